import { ArchiveProblem } from "./archive_bytes.ts";
import { scanFile } from "./archive_files.ts";
import type { ImageVariant } from "./archived_image.ts";
import type { VerifiedArchive, VerifiedLayer } from "./image_archive.ts";
import { tarEnd, tarFileHeader, tarPadding } from "./tar.ts";
import type { EntryContent } from "./tar_scan.ts";
import { UnpackedBytes } from "./unpacked_bytes.ts";

/** An image that is to be taken out of an archive, under names of its own. */
export interface ChosenImage {
  /** Tags, in full. */
  readonly references: readonly string[];
  readonly variant: ImageVariant;
}

type Take = (piece: Uint8Array) => Promise<void>;

/** Where the parts of images are in an archive that is written. */
export interface ArchiveForm {
  readonly config: (variant: ImageVariant) => string;
  /** @param digest of the unpacked layer, in hexadecimal */
  readonly layer: (digest: string) => string;
  /** What comes first, by name. */
  readonly documents: (
    archive: VerifiedArchive,
    images: readonly ChosenImage[],
  ) => readonly (readonly [string, Uint8Array])[];
}

/**
 * The form of `docker save`, which every engine loads.
 *
 * Source: moby, "image/spec/v1.2", `manifest.json`.
 */
export const dockerSaveForm: ArchiveForm = {
  config: ({ id }) => `${id.slice("sha256:".length)}.json`,
  layer: (digest) => `${digest}.tar`,
  documents: (_, images) => [["manifest.json", manifestOf(images, dockerSaveForm)]],
};

/** `manifest.json` of images in a form. */
export function manifestOf(images: readonly ChosenImage[], form: ArchiveForm): Uint8Array {
  return jsonBytes(images.map(({ references, variant }) => ({
    Config: form.config(variant),
    RepoTags: references.length === 0 ? null : references,
    Layers: variant.layerDigests.map((digest) => form.layer(digest)),
  })));
}

/** JSON as it is written into archives. */
export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * Some images of an archive in another form: layers unpacked, each once, under names of our own. It is made while it is
 * read, from one pass over the archive; nothing is kept on a disk.
 */
export function imageStream(
  file: Deno.FsFile,
  archive: VerifiedArchive,
  images: readonly ChosenImage[],
  form: ArchiveForm = dockerSaveForm,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(
    undefined,
    { highWaterMark: 1 },
    { highWaterMark: 0 },
  );
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const take: Take = async (piece) => {
    await writer.ready;
    await writer.write(new Uint8Array(piece));
  };
  writeAll(file, archive, images, form, take).then(
    () => writer.close(),
    (error) => writer.abort(error),
  ).catch(() => {});
  return readable;
}

async function writeAll(
  file: Deno.FsFile,
  archive: VerifiedArchive,
  images: readonly ChosenImage[],
  form: ArchiveForm,
  take: Take,
): Promise<void> {
  for (const [name, bytes] of form.documents(archive, images)) {
    await writeFile(name, bytes.length, (put) => put(bytes), take);
  }
  const configs = new Map(images.map(({ variant }) => [variant.config, form.config(variant)]));
  const wanted = new Set(images.flatMap(({ variant }) => variant.layers));
  const written = new Set<string>();
  await scanFile(file, archive.content.packing, async (entry, { pieces }) => {
    const config = configs.get(entry.name);
    if (config !== undefined) await writeFile(config, entry.size, (put) => pieces(put), take);
    const layer = archive.layers.get(entry.name);
    // The same layer may be there twice, as it is and packed.
    if (layer === undefined || !wanted.has(entry.name) || written.has(layer.digest)) return;
    written.add(layer.digest);
    await writeFile(form.layer(layer.digest), layer.size, (put) => unpacked(pieces, layer, put), take);
  });
  await take(tarEnd());
}

/** One file of an archive, of a size that is known before. */
async function writeFile(
  name: string,
  size: number,
  write: (put: Take) => Promise<void>,
  take: Take,
): Promise<void> {
  await take(tarFileHeader(name, size));
  let length = 0;
  await write(async (piece) => {
    length += piece.length;
    if (length > size) throw new ArchiveProblem(changed);
    await take(piece);
  });
  if (length !== size) throw new ArchiveProblem(changed);
  await take(tarPadding(size));
}

const changed = "it has changed while it was loaded";

async function unpacked(pieces: EntryContent["pieces"], layer: VerifiedLayer, put: Take): Promise<void> {
  const { packing } = layer;
  if (packing === "none") return await pieces(put);
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const feeding = pieces((piece) => writer.write(new Uint8Array(piece))).then(
    () => writer.close(),
    (error) => writer.abort(error),
  );
  feeding.catch(() => {});
  await using bytes = new UnpackedBytes(readable, packing);
  for await (const piece of bytes.pieces()) await put(piece);
  await feeding;
}
