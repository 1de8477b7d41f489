import { basename } from "node:path/posix";
import { MesoletError, messageOf } from "../pod/errors.ts";
import type { CoveredImage, CoveredImages } from "../plan/covered_images.ts";
import type { ArchivedImage } from "./archived_image.ts";
import { type ArchiveContent, readImageArchive } from "./image_archive.ts";
import { openArchive } from "./open_archive.ts";

/** The directory beside a spec that has archives of its images. */
export const bundleName = "images";

const archiveName = /\.(?:tar|tar\.(?:gz|bz2|xz|zst)|tgz|tbz2?|txz|tzst)$/i;

/** An archive of a bundle: what is in it, or why that is not known. */
export type BundleArchive = ArchivePlace & {
  readonly content: ArchiveContent | { readonly problem: string };
};

/** Where an archive is. */
export interface ArchivePlace {
  /** Absolute. */
  readonly path: string;
  /** How people call it: `images/web.tar`. */
  readonly title: string;
  /** Links may not lead out of this directory. */
  readonly within: string;
}

/** The archives of directories, in the order of their names. Each version of a file is read once. */
export class BundleReader {
  readonly #known = new Map<
    string,
    { readonly version: string; readonly content: BundleArchive["content"] }
  >();

  /**
   * Lists the archives of a directory and reads what is in them. A directory that is not there has none.
   *
   * @param directory absolute
   * @param within links may not lead out of it; absent: the directory
   * @throws {MesoletError} when the directory cannot be read
   */
  async read(directory: string, within = directory): Promise<BundleArchive[]> {
    const archives: BundleArchive[] = [];
    for (const place of await archivesIn(directory, within)) {
      archives.push({ ...place, content: await this.#contentOf(place) });
    }
    return archives;
  }

  /** One archive by its own path; links are followed to anywhere. */
  async readOne(path: string, title: string): Promise<BundleArchive> {
    const place = { path, title, within: "/" };
    return { ...place, content: await this.#contentOf(place) };
  }

  async #contentOf({ path, within }: ArchivePlace): Promise<BundleArchive["content"]> {
    try {
      using file = await openArchive(path, within);
      const { dev, ino, size, mtime, ctime } = await file.stat();
      const version = [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
      const before = this.#known.get(path);
      if (before?.version === version) return before.content;
      const content = await readImageArchive(file).catch((error: unknown) => problemOf(error));
      this.#known.set(path, { version, content });
      return content;
    } catch (error) {
      return problemOf(error);
    }
  }
}

/** @throws what is neither an archive's fault nor the system's: a defect of ours */
function problemOf(error: unknown): { readonly problem: string } {
  if (error instanceof MesoletError || isOfSystem(error)) return { problem: messageOf(error) };
  throw error;
}

/** Errors of the system have its code. */
export function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

async function archivesIn(directory: string, within: string): Promise<ArchivePlace[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (!isDirectory && archiveName.test(name)) names.push(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (!isOfSystem(error)) throw error;
    throw new MesoletError(
      `Cannot read ${directory}, where archives of images may be: ${messageOf(error)}`,
      66,
      {
        cause: error,
      },
    );
  }
  return names.sort().map((name) => ({
    path: `${directory === "/" ? "" : directory}/${name}`,
    title: `${basename(directory)}/${name}`,
    within,
  }));
}

/** What the archives of a bundle have. Of two that have an image under one name, the first one counts. */
export function coveredBy(archives: readonly BundleArchive[], remove: boolean): CoveredImages {
  const images = new Map<string, CoveredImage>();
  const problems: string[] = [];
  for (const { content, ...place } of archives) {
    if ("problem" in content) {
      problems.push(`${place.title} is not loaded: ${content.problem}`);
      continue;
    }
    if (content.kind === "unread") {
      problems.push(
        `${place.title} is not looked into: it is packed by ${content.packing}; pack it by gzip or zstd, or load it ` +
          "with `mesolet images load`",
      );
      continue;
    }
    for (const image of content.images) {
      const variants = variantsOf(image);
      for (const reference of image.references) {
        const before = images.get(reference);
        if (before === undefined) {
          images.set(reference, { archive: place.path, title: place.title, within: place.within, variants });
        } else if (!isSame(before.variants, variants)) {
          problems.push(
            `${place.title} has another image as ${reference} than ${before.title}, which counts`,
          );
        }
      }
    }
  }
  return { images, problems, remove };
}

function variantsOf({ variants, root }: ArchivedImage): CoveredImage["variants"] {
  return variants.map(({ id, manifest, platform }) => ({
    ...platform,
    ids: [id, manifest, root].filter((id) => id !== undefined),
  }));
}

function isSame(one: CoveredImage["variants"], other: CoveredImage["variants"]): boolean {
  return one.some(({ ids }) => other.some((variant) => variant.ids[0] === ids[0]));
}
