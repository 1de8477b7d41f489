import { type BundleArchive, bundleName, BundleReader, isOfSystem } from "../images/bundle.ts";
import { loadArchive, type LoadedArchive } from "../images/load_archive.ts";
import { openArchive } from "../images/open_archive.ts";
import type { Engine, ImageLoader } from "../docker/engine.ts";
import { EngineError } from "../docker/engine_error.ts";
import { MesoletError, messageOf } from "../pod/errors.ts";
import type { Container, Pod } from "../pod/model.ts";
import { fullImageName } from "../plan/covered_images.ts";

/** What is told while archives are loaded. */
export interface ArchiveStory {
  note(text: string): void;
  warn(text: string): void;
}

/** An engine that images are loaded into. */
export type LoadingEngine = Pick<Engine, "ping"> & ImageLoader;

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
  engine: LoadingEngine,
  story: ArchiveStory,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const covered = new Set<string>();
  let archives: BundleArchive[] = [];
  try {
    archives = await new BundleReader().read(`${directory}/${bundleName}`, directory);
  } catch (error) {
    // Without archives all images are the engine's, or a registry's.
    if (!(error instanceof MesoletError)) throw error;
    story.warn(`no archive of images is loaded: ${error.message}`);
  }
  for (const archive of archives) {
    const loaded = await loadOne(archive, engine, signal);
    if ("problem" in loaded) story.warn(`${archive.title} is not loaded: ${loaded.problem}`);
    else {
      // What an engine says that it loaded may be an id.
      for (const name of loaded.references.map(fullImageName)) if (name !== undefined) covered.add(name);
      story.note(`${archive.title}: ${wordsFor(loaded)}`);
    }
  }
  return covered;
}

/**
 * Loads one archive.
 *
 * @returns what became of it, or why it is not loaded
 * @throws {MesoletError} when the engine is lost meanwhile
 * @throws the signal's reason when it is aborted
 */
export async function loadOne(
  { content, path, title, within }: BundleArchive,
  engine: LoadingEngine,
  signal: AbortSignal,
): Promise<LoadedArchive | { readonly problem: string }> {
  if ("problem" in content) return content;
  try {
    using file = await openArchive(path, within);
    return await loadArchive(file, { title, store: engine.images, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof MesoletError) && !isOfSystem(error)) throw error;
    if (error instanceof EngineError && error.reason !== "refused" && !await engine.ping(signal)) {
      throw error;
    }
    return { problem: messageOf(error) };
  }
}

/** What became of an archive, in words. */
export function wordsFor({ outcome, references, ids }: LoadedArchive): string {
  if (outcome === "unverified") {
    return `loaded ${references.join(", ") || "by the engine"}, and not verified: only the engine unpacks it`;
  }
  if (outcome === "loaded") return `loaded ${references.join(", ") || "an image without a name"}`;
  if (references.length === 0) return `its ${ids.length === 1 ? "image is" : "images are"} there already`;
  return `${references.join(", ")} ${references.length === 1 ? "is" : "are"} there already`;
}

/** The pod as it runs from images that archives brought: no registry is asked for those. */
export function withoutPulls(pod: Pod, covered: ReadonlySet<string>): Pod {
  return {
    ...pod,
    containers: pod.containers.map((container): Container => {
      const isCovered = (image: string) => covered.has(fullImageName(image) ?? "");
      const { pins = [], ...rest } = container;
      // What an archive has is known by what it is: no registry is to say what its tag stands for.
      const left = pins.filter((image) => !isCovered(image));
      const pinned = left.length === 0 ? rest : { ...rest, pins: left };
      return isCovered(container.image) ? { ...pinned, pull: { kind: "never" } } : pinned;
    }),
  };
}
