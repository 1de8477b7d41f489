import { type CoveredImages, nothingCovered } from "../plan/covered_images.ts";
import { MesoletError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { BundleReader } from "./bundle.ts";

/** Where archives of a pod's images are looked for. */
export interface ArchiveChoices {
  /** Absolute; absent: what the spec says, else `images` beside it. */
  readonly directory?: string | undefined;
  /** Beside what a spec says. */
  readonly remove?: boolean | undefined;
  /** No directory but below this one counts: what belongs to a task is in its sandbox. */
  readonly below?: string | undefined;
}

/** Finds the archives of pods. Each version of an archive is read once, for as long as this lives. */
export class PodArchives {
  readonly #choices: ArchiveChoices;
  #reader: BundleReader | undefined;

  constructor(choices: ArchiveChoices = {}) {
    this.#choices = choices;
  }

  /** What archives have for a pod; nothing where there are none. What is wrong with them is among what is told. */
  async coveredFor(pod: Pod): Promise<CoveredImages> {
    const { below } = this.#choices;
    const directory = this.#directoryOf(pod);
    if (directory === undefined) return nothingCovered;
    if (below !== undefined && !`${directory}/`.startsWith(`${below}/`)) {
      return {
        ...nothingCovered,
        problems: [`no archive of images is looked for in ${directory}: it is not below ${below}`],
      };
    }
    if (!await isThere(directory)) return nothingCovered;
    // Few pods have archives: what reads them is not loaded for the others.
    const { BundleReader, coveredBy } = await import("./bundle.ts");
    const reader = this.#reader ??= new BundleReader();
    try {
      const archives = await reader.read(directory, below);
      return coveredBy(archives, this.#choices.remove === true || pod.preload?.remove === true);
    } catch (error) {
      if (!(error instanceof MesoletError)) throw error;
      return { ...nothingCovered, problems: [error.message] };
    }
  }

  #directoryOf({ preload, source }: Pod): string | undefined {
    const { directory, below } = this.#choices;
    if (directory !== undefined) return directory;
    if (preload?.directory === null) return undefined;
    return preload?.directory ?? `${below ?? (source.directory === "/" ? "" : source.directory)}/images`;
  }
}

async function isThere(directory: string): Promise<boolean> {
  try {
    await Deno.stat(directory);
    return true;
  } catch (error) {
    // One that must not be looked at is told when it is read.
    return !(error instanceof Deno.errors.NotFound);
  }
}
