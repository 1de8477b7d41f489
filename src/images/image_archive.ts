import { messageOf } from "../pod/errors.ts";
import {
  type ArchiveBytes,
  ArchiveProblem,
  GzipBytes,
  packedPiece,
  packingOf,
  piecesOf,
  PlainBytes,
} from "./archive_bytes.ts";
import { formatImageReference, parseImageReference } from "../pod/image_reference.ts";
import { isObject, listOf, objectOf, textOf } from "../pod/json.ts";
import { scanTar } from "./tar_scan.ts";

/** An image of an archive. */
export interface ArchivedImage {
  /** In full: `docker.io/library/busybox:latest`. None where the archive has the image without a name. */
  readonly references: readonly string[];
  /**
   * What an engine may call the image once it is loaded, `sha256:…`: the digest of its configuration, or where the
   * engine keeps its images in containerd, that of its manifest.
   */
  readonly ids: readonly string[];
}

/** What is known of an archive before an engine has seen it. */
export type ArchiveContent =
  | { readonly kind: "images"; readonly packing: "none" | "gzip"; readonly images: readonly ArchivedImage[] }
  /** Packed in a way that only the engine unpacks. */
  | { readonly kind: "unread"; readonly packing: "bzip2" | "xz" | "zstd" };

/** Bytes of `manifest.json`, `index.json` or a manifest, and of all that are read: real ones have some kilobytes. */
const largestDocument = 8 * 1024 * 1024;
const largestDocuments = 32 * 1024 * 1024;

/** Images and names of one archive. */
const mostImages = 1_000;
const mostManifests = 1_000;

/**
 * Reads what images an archive has: one of `docker save` (`manifest.json`), an OCI layout (`index.json`), or both, as it
 * is or packed by gzip. Nothing of it is unpacked to a disk, and layers are passed over.
 *
 * Source: moby, "image/spec/v1.2"; OCI image layout specification 1.1, "index.json".
 *
 * @param file an archive; it is left at its beginning
 * @throws {ArchiveProblem} when it is damaged, hostile or no image archive; the digests in it are not verified
 */
export async function readImageArchive(file: Deno.FsFile): Promise<ArchiveContent> {
  const size = (await file.stat()).size;
  await file.seek(0, Deno.SeekMode.Start);
  const beginning = await new PlainBytes(file, size).read(6);
  const packing = packingOf(beginning);
  if (packing !== "none" && packing !== "gzip") {
    await file.seek(0, Deno.SeekMode.Start);
    return { kind: "unread", packing };
  }
  const documents = await documentsOf(file, size, packing, new Set([manifestName, indexName]));
  if (documents.texts.size === 0) {
    throw new ArchiveProblem(`it has no images: neither ${manifestName} of docker save nor ${indexName}`);
  }
  const images = documents.texts.has(manifestName)
    ? withManifestIds(imagesOfManifest(documents), rootsOfIndex(documents))
    : await imagesOfIndex(documents, (names) => documentsOf(file, size, packing, names));
  await file.seek(0, Deno.SeekMode.Start);
  if (images.length === 0) throw new ArchiveProblem("it names no image");
  return { kind: "images", packing, images };
}

/**
 * An archive as it is given to an engine. What gzip packed is unpacked on the way, since Podman 4 does not; so the
 * bounds of unpacking hold for what an engine gets as well.
 *
 * @param file at its beginning
 */
export function archivePieces(
  file: Deno.FsFile,
  { packing }: Pick<ArchiveContent, "packing">,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return packing === "gzip" ? new GzipBytes(piecesOf(file, packedPiece)).pieces() : piecesOf(file);
}

const manifestName = "manifest.json";
const indexName = "index.json";

interface Documents {
  readonly texts: ReadonlyMap<string, string>;
  /** All files and links. */
  readonly names: ReadonlySet<string>;
}

/** One pass over the archive, with the texts of some of its files. */
async function documentsOf(
  file: Deno.FsFile,
  size: number,
  packing: "none" | "gzip",
  wanted: ReadonlySet<string>,
): Promise<Documents> {
  const texts = new Map<string, string>();
  const names = new Set<string>();
  let read = 0;
  await file.seek(0, Deno.SeekMode.Start);
  const scan = (bytes: ArchiveBytes) =>
    scanTar(bytes, async (entry, content) => {
      if (entry.kind !== "directory") names.add(entry.name);
      if (!wanted.has(entry.name)) return;
      if (entry.kind !== "file") throw new ArchiveProblem(`its ${entry.name} is a ${entry.kind}`);
      if (entry.size > largestDocument) {
        throw new ArchiveProblem(`its ${entry.name} has more than ${largestDocument / 1024 ** 2} MiB`);
      }
      read += entry.size;
      if (read > largestDocuments) {
        throw new ArchiveProblem(`its manifests have more than ${largestDocuments / 1024 ** 2} MiB`);
      }
      // Of two with one name the later one counts, as it does for an engine that unpacks the archive.
      texts.set(entry.name, new TextDecoder().decode(await content()));
    });
  if (packing === "none") await scan(new PlainBytes(file, size));
  else {
    await using bytes = new GzipBytes(piecesOf(file, packedPiece));
    await scan(bytes);
  }
  return { texts, names };
}

function parsed(documents: Documents, name: string): unknown {
  const text = documents.texts.get(name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ArchiveProblem(`its ${name} is no JSON: ${messageOf(cause)}`, { cause });
  }
}

function imagesOfManifest(documents: Documents): ArchivedImage[] {
  const document = parsed(documents, manifestName);
  if (document === undefined) return [];
  if (!Array.isArray(document)) throw new ArchiveProblem(`its ${manifestName} is no list of images`);
  if (document.length > mostImages) throw new ArchiveProblem(`it has more than ${mostImages} images`);
  return document.map((entry) => {
    const { Config, RepoTags, Layers } = objectOf(entry);
    const config = textOf(Config);
    for (const part of [config, ...listOf(Layers).map(textOf)]) {
      if (!documents.names.has(part)) {
        throw new ArchiveProblem(`a part of its image is not in it: ${JSON.stringify(part)}`);
      }
    }
    const digest = /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json)?$/.exec(config)?.[1];
    return {
      references: referencesOf(listOf(RepoTags).map(textOf)),
      ids: digest === undefined ? [] : [`sha256:${digest}`],
    };
  });
}

/** The whole names of images, from outside: what is none is refused. */
function referencesOf(texts: readonly string[]): string[] {
  if (texts.length > mostImages) throw new ArchiveProblem(`an image of it has more than ${mostImages} names`);
  return texts.map((text) => {
    try {
      return formatImageReference(parseImageReference(text));
    } catch (cause) {
      throw new ArchiveProblem(`it has an image with the name ${JSON.stringify(text)}, which is none`, {
        cause,
      });
    }
  });
}

/** An entry of `index.json`. */
interface IndexRoot {
  readonly digest: string;
  readonly references: readonly string[];
}

function rootsOfIndex(documents: Documents): IndexRoot[] {
  const document = parsed(documents, indexName);
  if (document === undefined) return [];
  if (!isObject(document)) throw new ArchiveProblem(`its ${indexName} is no index of images`);
  return descriptorsIn(document).map((entry) => ({
    digest: digestOf(entry),
    references: referencesOf(namesIn(objectOf(entry.annotations))),
  }));
}

/** docker save writes both documents since version 25: the images of the one have the digests of the other. */
function withManifestIds(images: readonly ArchivedImage[], roots: readonly IndexRoot[]): ArchivedImage[] {
  return images.map(({ references, ids }) => ({
    references,
    ids: [
      ...ids,
      ...roots.filter((root) => root.references.some((reference) => references.includes(reference)))
        .map(({ digest }) => digest),
    ],
  }));
}

/** Podman calls an image by its configuration, which stands in the manifest; a manifest may be a list of such. */
async function imagesOfIndex(
  documents: Documents,
  read: (names: ReadonlySet<string>) => Promise<Documents>,
): Promise<ArchivedImage[]> {
  const roots = rootsOfIndex(documents);
  const known = new Map<string, unknown>();
  let wanted = new Set(roots.map(({ digest }) => digest));
  for (let depth = 0; depth < 2 && wanted.size > 0; depth++) {
    const found = await read(new Set([...wanted].map(blobName)));
    const next = new Set<string>();
    for (const digest of wanted) {
      const manifest = objectOf(parsed(found, blobName(digest)));
      known.set(digest, manifest);
      for (const child of descriptorsIn(manifest)) {
        const name = digestOf(child);
        if (!known.has(name) && documents.names.has(blobName(name))) next.add(name);
      }
    }
    if (known.size + next.size > mostManifests) {
      throw new ArchiveProblem(`it has more than ${mostManifests} manifests`);
    }
    wanted = next;
  }
  return roots.map(({ digest, references }) => ({
    references,
    ids: [digest, ...configsBelow(digest, known)],
  }));
}

function configsBelow(root: string, known: ReadonlyMap<string, unknown>): string[] {
  const own = objectOf(known.get(root));
  const manifests = [own, ...descriptorsIn(own).map((entry) => objectOf(known.get(digestOf(entry))))];
  return manifests.flatMap(({ config }) => isObject(config) ? [digestOf(config)] : []);
}

function descriptorsIn(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  const entries = listOf(document.manifests).map(objectOf);
  if (entries.length > mostManifests) {
    throw new ArchiveProblem(`it has more than ${mostManifests} manifests`);
  }
  return entries;
}

function digestOf(descriptor: Readonly<Record<string, unknown>>): string {
  const digest = textOf(descriptor.digest);
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new ArchiveProblem(`it has ${JSON.stringify(digest)} for a digest`);
}

function blobName(digest: string): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}

/**
 * The name of an image of an OCI layout. containerd writes the whole of it; the specification's own annotation is the
 * whole for some tools (skopeo, Podman), and the bare tag for others, which names no image.
 */
function namesIn(annotations: Readonly<Record<string, unknown>>): string[] {
  const whole = textOf(annotations["io.containerd.image.name"]);
  if (whole !== "") return [whole];
  const name = textOf(annotations["org.opencontainers.image.ref.name"]);
  return /[:/]/.test(name) ? [name] : [];
}
