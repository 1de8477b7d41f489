import { ArchiveProblem } from "./archive_bytes.ts";
import { type ArchivedImage, formatPlatform, idsOf } from "./archived_image.ts";
import { chooseVariant } from "./choose_variant.ts";
import { type ChosenImage, imageStream } from "./image_stream.ts";
import { archivePieces, type ReadArchive, readImageArchive, verifyImageArchive } from "./image_archive.ts";
import type { ImageStore } from "./image_store.ts";

/** What is to be loaded of an archive, and how. */
export interface LoadRequest {
  /** How the archive is called in messages. */
  readonly title: string;
  /** Names, in full, of the images that are wanted; absent: all of the archive, also those without a name. */
  readonly wanted?: ReadonlySet<string> | undefined;
  readonly store: ImageStore;
  readonly signal: AbortSignal;
  /** Is told how far it is: bytes of the archive that were read, of all that are to be read. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What became of an archive. */
export interface LoadedArchive {
  /** `unverified`: loaded, and only the engine could unpack it. */
  readonly outcome: "loaded" | "present" | "unverified";
  /** The names of its images, in full where they are known; of those that were wanted. */
  readonly references: readonly string[];
  /** The ids of the images, where they are known. */
  readonly ids: readonly string[];
}

/**
 * Sees to it that an engine has the images of an archive under their names. They are there already when the engine has
 * their ids under all of their names; else the archive is verified, and then loaded.
 *
 * @throws {ArchiveProblem} when the archive is wrong; then nothing of it was given to the engine
 * @throws the engine's own errors; the signal's reason when it is aborted
 */
export async function loadArchive(file: Deno.FsFile, request: LoadRequest): Promise<LoadedArchive> {
  const { title, store, signal } = request;
  const read = await readImageArchive(file, signal);
  if (read.kind === "unread") {
    const loaded = await store.load(title, await archivePieces(file, read.packing), signal);
    return { outcome: "unverified", references: loaded, ids: [] };
  }
  const images = chosenOf(read, request);
  const told = {
    references: images.flatMap(({ references }) => references),
    ids: images.map(({ variant }) => variant.id),
  };
  if (await areThere(read, images, store, signal)) return { outcome: "present", ...told };
  let done = 0;
  const onBytes = (count: number) => request.onProgress?.(done += count, read.size);
  const verified = await verifyImageArchive(file, read, { signal, onBytes });
  // Whatever the archive is, an engine that takes docker save takes what is made of it; as it stands, an engine which
  // keeps its images in containerd calls them by the manifests that are in it.
  const isWhole = images.length === read.images.length && read.form === "docker-save" &&
    [...verified.layers.values()].every(({ packing }) => packing !== "zstd") &&
    images.every(({ references }, index) => references.length === read.images[index]?.references.length);
  const pieces = isWhole
    ? await archivePieces(file, read.packing)
    : imageStream(file, verified, images.map(withTags));
  await store.load(title, pieces, signal);
  return { outcome: "loaded", ...told };
}

/** The images that are wanted, for the platform of the engine. */
function chosenOf(read: ReadArchive, { wanted, store: { platform } }: LoadRequest): ChosenImage[] {
  return read.images.flatMap((image) => {
    const references = wanted === undefined
      ? image.references
      : image.references.filter((reference) => wanted.has(reference));
    if (wanted !== undefined && references.length === 0) return [];
    const variant = chooseVariant(image, platform);
    if (variant !== undefined) return [{ references, variant }];
    throw new ArchiveProblem(
      `its image ${image.references[0] ?? idsOf(image)[0]} is for ${
        platformsOf(image)
      }, and the engine runs ` +
        formatPlatform(platform),
    );
  });
}

function platformsOf({ variants }: ArchivedImage): string {
  return variants.map(({ platform }) => formatPlatform(platform)).join(", ");
}

/** A name with a digest is no tag that an engine could give. */
function withTags({ references, variant }: ChosenImage): ChosenImage {
  return { references: references.filter((reference) => !reference.includes("@")), variant };
}

/** Whether the engine has all images, each under all of its names. */
async function areThere(
  { images }: ReadArchive,
  chosen: readonly ChosenImage[],
  store: ImageStore,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await Promise.all(chosen.map(async (choice) => {
    const image = images.find(({ variants }) => variants.includes(choice.variant));
    const ids = image === undefined ? [choice.variant.id] : idsOfChoice(image, choice);
    const { references: tags } = withTags(choice);
    const names = tags.length > 0 ? tags : [choice.variant.id];
    const present = await Promise.all(names.map((name) => store.idOf(name, signal)));
    return present.every((id) => id !== undefined && ids.includes(id));
  }));
  return found.every((isThere) => isThere);
}

function idsOfChoice({ root }: ArchivedImage, { variant }: ChosenImage): string[] {
  return [variant.id, variant.manifest, root].filter((id) => id !== undefined);
}
