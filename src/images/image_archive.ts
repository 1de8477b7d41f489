import {
  ArchiveProblem,
  isRead,
  type Packing,
  packingOf,
  piecesOf,
  PlainBytes,
  type ReadPacking,
} from "./archive_bytes.ts";
import { type ArchiveFiles, listArchive, type ListOptions } from "./archive_files.ts";
import type { ArchivedImage } from "./archived_image.ts";
import { type ImagesOfArchive, imagesOfArchive } from "./images_of_archive.ts";
import { packedPiece, UnpackedBytes } from "./unpacked_bytes.ts";

/** What is known of an archive before an engine has seen it. */
export type ArchiveContent =
  | ReadArchive
  /** Packed in a way that only the engine unpacks. */
  | { readonly kind: "unread"; readonly packing: Exclude<Packing, ReadPacking> };

/** An archive that was read. */
export interface ReadArchive extends ImagesOfArchive {
  readonly kind: "images";
  readonly packing: ReadPacking;
  /** Bytes of the file. */
  readonly size: number;
}

/** A layer as it comes out of an archive. */
export interface VerifiedLayer {
  /** Digest of the unpacked layer, in hexadecimal. */
  readonly digest: string;
  /** Its bytes, unpacked. */
  readonly size: number;
  /** How it is packed in the archive. */
  readonly packing: ReadPacking;
}

/** An archive whose every blob has the digest that it should have. */
export interface VerifiedArchive {
  readonly content: ReadArchive;
  /** By the file in the archive. */
  readonly layers: ReadonlyMap<string, VerifiedLayer>;
}

/**
 * Reads which images an archive has: one of `docker save`, an OCI layout, or both, as it is or packed by gzip or zstd.
 * Nothing of it is unpacked to a disk. Documents are verified; layers are passed over, but for that they are there.
 *
 * @throws {ArchiveProblem} when it is damaged, hostile or no image archive
 */
export async function readImageArchive(file: Deno.FsFile, signal?: AbortSignal): Promise<ArchiveContent> {
  const { size } = await file.stat();
  if (size === 0) throw new ArchiveProblem("it is empty");
  await file.seek(0, Deno.SeekMode.Start);
  const packing = packingOf(await new PlainBytes(file, size).read(6));
  if (!isRead(packing)) return { kind: "unread", packing };
  const files = await listArchive(file, packing, { signal });
  return { kind: "images", packing, size, ...imagesOfArchive(files) };
}

/**
 * Reads the whole of an archive and verifies it: every blob has the digest and the size that its name or a manifest
 * says, every layer the digest that the image's configuration says of it unpacked.
 *
 * @throws {ArchiveProblem} when anything of it is wrong
 */
export async function verifyImageArchive(
  file: Deno.FsFile,
  read: ReadArchive,
  options: Omit<ListOptions, "digestsOf"> = {},
): Promise<VerifiedArchive> {
  const layers = read.images.flatMap(({ variants }) => variants.flatMap(({ layers }) => layers));
  const archive = await listArchive(file, read.packing, { ...options, digestsOf: new Set(layers) });
  const content = { ...read, ...imagesOfArchive(archive) };
  for (const [name, { sha256 }] of archive.files) {
    const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1];
    if (digest !== undefined && sha256 !== digest) {
      throw new ArchiveProblem(`its blob sha256:${digest} is damaged: its content has another digest`);
    }
  }
  return { content, layers: layersOf(content.images, archive) };
}

function layersOf(images: readonly ArchivedImage[], { files }: ArchiveFiles): Map<string, VerifiedLayer> {
  const verified = new Map<string, VerifiedLayer>();
  for (const { references, variants } of images) {
    for (const { id, layers, layerDigests } of variants) {
      layers.forEach((name, index) => {
        const file = files.get(name);
        const digest = file?.unpacked?.sha256 ?? file?.sha256 ?? "";
        if (digest !== layerDigests[index]) {
          throw new ArchiveProblem(
            `the layer ${name} of its image ${
              references[0] ?? id
            } is damaged: unpacked it is sha256:${digest}, and the ` +
              `image says sha256:${layerDigests[index]}`,
          );
        }
        verified.set(name, {
          digest,
          size: file?.unpacked?.size ?? file?.size ?? 0,
          packing: file?.unpacked?.packing ?? "none",
        });
      });
    }
  }
  return verified;
}

/**
 * An archive as it stands, but for what the whole of it is packed by, since Podman 4 does not unpack that. So the bounds
 * of unpacking hold for what an engine gets as well.
 */
export async function archivePieces(
  file: Deno.FsFile,
  packing: Packing,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  await file.seek(0, Deno.SeekMode.Start);
  return packing === "gzip" || packing === "zstd"
    ? new UnpackedBytes(piecesOf(file, packedPiece), packing).pieces()
    : piecesOf(file);
}
