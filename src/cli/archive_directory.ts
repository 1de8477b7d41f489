import { type ArchivedImage, archivePieces, readImageArchive } from "../images/image_archive.ts";
import { formatImageReference, parseImageReference } from "../pod/image_reference.ts";
import type { Engine, ImageLoader } from "../docker/engine.ts";
import { EngineError } from "../docker/engine_error.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";

/** What is told while archives are loaded. */
export interface ArchiveStory {
  note(text: string): void;
  warn(text: string): void;
}

const archiveName = /\.(?:tar|tar\.(?:gz|bz2|xz|zst)|tgz|tbz2?|txz|tzst)$/i;

/**
 * Loads every archive of images in the directory `images` of another one, in the order of their names, into an engine
 * that does not have its images yet. One that is bad is told by name, and the others are loaded all the same.
 *
 * @param directory absolute; links that lead out of it are not followed
 * @returns the names, in full, of the images that the archives brought or had brought before
 * @throws {MesoletError} when the engine is lost meanwhile
 * @throws the signal's reason when it is aborted
 */
export async function loadArchiveDirectory(
  directory: string,
  engine: Pick<Engine, "observe" | "ping"> & ImageLoader,
  story: ArchiveStory,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const covered = new Set<string>();
  for (const name of await archivesIn(`${directory}/images`, story)) {
    const short = `images/${name}`;
    try {
      const { references, text } = await loadArchive(directory, short, engine, signal);
      for (const reference of references) covered.add(reference);
      story.note(`${short}: ${text}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MesoletError) && !isOfSystem(error)) throw error;
      if (error instanceof EngineError && error.reason !== "refused" && !await engine.ping(signal)) {
        throw error;
      }
      story.warn(`${short} is not loaded: ${messageOf(error)}`);
    }
  }
  return covered;
}

/** Errors of the system have its code; what has none is a defect of ours. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

async function archivesIn(directory: string, story: ArchiveStory): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (!isDirectory && archiveName.test(name)) names.push(name);
    }
  } catch (error) {
    // Without archives all images are the engine's, or a registry's.
    if (!(error instanceof Deno.errors.NotFound)) {
      story.warn(`no archive of images is loaded: ${directory} cannot be read: ${messageOf(error)}`);
    }
  }
  return names.sort();
}

interface LoadedArchive {
  /** In full. */
  readonly references: readonly string[];
  /** What became of it, in words. */
  readonly text: string;
}

async function loadArchive(
  directory: string,
  name: string,
  engine: Pick<Engine, "observe"> & ImageLoader,
  signal: AbortSignal,
): Promise<LoadedArchive> {
  using file = await openInside(directory, name);
  const content = await readImageArchive(file);
  if (content.kind === "images") {
    const references = content.images.flatMap(({ references }) => references);
    if (await areThere(content.images, engine, signal)) {
      return { references, text: `${wordsFor(references, content.images)} there already` };
    }
    await engine.loadImages(name, archivePieces(file, content), signal);
    return { references, text: `loaded ${references.join(", ") || "an image without a name"}` };
  }
  const loaded = await engine.loadImages(name, archivePieces(file, content), signal);
  return { references: loaded.flatMap(fullName), text: `loaded ${loaded.join(", ") || "by the engine"}` };
}

function wordsFor(references: readonly string[], images: readonly ArchivedImage[]): string {
  if (references.length === 0) return images.length === 1 ? "its image is" : "its images are";
  return `${references.join(", ")} ${references.length === 1 ? "is" : "are"}`;
}

/** Opens a regular file below a directory; a link may lead to another place in it, and nowhere else. */
async function openInside(directory: string, name: string): Promise<Deno.FsFile> {
  const refuse = (why: string): never => {
    throw new MesoletError(why, ExitCode.noInput);
  };
  const root = await Deno.realPath(directory);
  const path = await Deno.realPath(`${directory}/${name}`);
  if (!path.startsWith(root === "/" ? root : `${root}/`)) {
    refuse(`it is a link that leads out of ${directory}`);
  }
  // A FIFO would hold up whoever opens it.
  if (!(await Deno.lstat(path)).isFile) refuse("it is no file");
  return await Deno.open(path);
}

/** Whether the engine has all images of an archive, each under all of its names. */
async function areThere(
  images: readonly ArchivedImage[],
  engine: Pick<Engine, "observe">,
  signal: AbortSignal,
): Promise<boolean> {
  // What the archive calls by no digest has to be loaded to be known.
  if (images.some(({ ids }) => ids.length === 0)) return false;
  const wanted = images.flatMap(({ references, ids }) =>
    references.length > 0
      ? references.map((reference) => ({ reference: familiarName(reference), ids }))
      : [{ reference: ids[0] ?? "", ids }]
  );
  const needs = {
    images: wanted.map(({ reference }) => reference),
    networks: [],
    volumes: [],
    labelled: false,
    externalContainers: [],
    restartPolicies: [],
  };
  try {
    const { images: present } = await engine.observe({ pod: "", containers: [], needs }, signal);
    return wanted.every(({ reference, ids }) => ids.includes(present.get(reference)?.id ?? ""));
  } catch (error) {
    // An engine that cannot look for a name (Podman: `oci:1`) may load it all the same.
    if (error instanceof EngineError && error.reason === "refused") return false;
    throw error;
  }
}

/** A name as people write it: Podman finds an image of an archive that names it so only by that. */
function familiarName(reference: string): string {
  return reference.replace(/^docker\.io\/(?:library\/)?/, "");
}

/** Whether every image of a pod is among those that archives brought: then no registry has to be asked for any. */
export function areCovered(pod: Pod, covered: ReadonlySet<string>): boolean {
  const images = pod.containers.flatMap(({ image, mounts }) => [
    image,
    ...mounts.flatMap(({ type, source }) => type === "image" && source !== undefined ? [source] : []),
  ]);
  return images.every((image) => fullName(image).some((name) => covered.has(name)));
}

/** None for what names no image, as an id does not. */
function fullName(image: string): string[] {
  if (image.startsWith("sha256:")) return [];
  try {
    return [formatImageReference(parseImageReference(image))];
  } catch {
    return [];
  }
}
