import { type CoveredImage, fullImageName, idsFor, nothingCovered } from "./covered_images.ts";
import type { WantedImage } from "./mounted_images.ts";
import type { Observed, ObservedImage } from "./observed.ts";
import type { UpOptions } from "./plan_options.ts";
import type { StepList } from "./step_list.ts";

/** The steps that load archives, one for each archive that brings something. */
export class ArchiveSteps {
  readonly #observed: Observed;
  readonly #options: UpOptions;
  readonly #wanted = new Map<
    string,
    { readonly cover: CoveredImage; readonly images: Map<string, string> }
  >();

  constructor(observed: Observed, options: UpOptions) {
    this.#observed = observed;
    this.#options = options;
  }

  /**
   * Has an image come from the archive that has it. What an archive has counts for its name: the engine may have another
   * image under it, and a registry a newer one.
   *
   * @param existing what the engine has under the name
   * @param isMade whether anything is made of it by this plan
   * @returns whether the image is an archive's, so that no registry is asked for it
   */
  takes({ image, platform }: WantedImage, existing: ObservedImage | null, isMade: boolean): boolean {
    const { covered = nothingCovered, pull, pulled, triedArchives } = this.#options;
    const name = fullImageName(image);
    const cover = name === undefined ? undefined : covered.images.get(name);
    // Whoever asks for a registry gets one.
    if (name === undefined || cover === undefined || pull === "always") return false;
    const ids = idsFor(cover, this.#observed.engine);
    if (ids.length === 0 || (platform !== undefined && !isFor(cover, platform))) return false;
    const isThere = existing !== null && ids.includes(existing.id);
    if (triedArchives?.has(cover.archive) === true) return isThere;
    if (isThere || pulled.has(image)) {
      if (covered.remove) this.#want(cover, name, "its images are there, and it is to be removed");
      return true;
    }
    // What runs, runs on: only making it anew needs the image.
    if (existing === null && !isMade) return true;
    const cause = existing === null
      ? `${image} is not there`
      : `it has another image than the engine as ${image}`;
    this.#want(cover, name, cause);
    return true;
  }

  addTo(steps: StepList): void {
    for (const { cover: { archive, title, within }, images } of this.#wanted.values()) {
      steps.add({
        id: `load ${title}`,
        kind: "load-images",
        cause: [...new Set(images.values())].join(", "),
        after: [],
        // One that is damaged is told, and what it does not bring a registry may have.
        optional: true,
        archive,
        title,
        within,
        images: [...images.keys()].sort(),
        remove: this.#options.covered?.remove ?? false,
      });
    }
  }

  #want(cover: CoveredImage, name: string, cause: string): void {
    const wanted = this.#wanted.get(cover.archive) ?? { cover, images: new Map<string, string>() };
    wanted.images.set(name, cause);
    this.#wanted.set(cover.archive, wanted);
  }
}

/** Whether an archive has an image for the platform `os[/architecture[/variant]]` of a spec. */
function isFor({ variants }: CoveredImage, platform: string): boolean {
  const [os, architecture, variant] = platform.toLowerCase().split("/");
  return variants.length === 1 &&
    variants.every((own) =>
      own.os === os && (architecture === undefined || own.architecture === architecture) &&
      (variant === undefined || own.variant === undefined || own.variant === variant)
    );
}
