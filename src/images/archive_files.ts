import { createHash, type Hash } from "node:crypto";
import {
  type ArchiveBytes,
  ArchiveProblem,
  packingOf,
  piecesOf,
  PlainBytes,
  type ReadPacking,
} from "./archive_bytes.ts";
import { type EntryContent, type ScannedEntry, scanTar } from "./tar_scan.ts";
import { packedPiece, UnpackedBytes } from "./unpacked_bytes.ts";

/** A file of an archive, as far as a pass over it told. */
export interface ArchiveFile {
  readonly size: number;
  /** The whole of it, where it may be a document. */
  readonly document?: Document;
  /** In hexadecimal; only where it was asked for. */
  readonly sha256?: string;
  /** The same of what comes out of it, where it is packed and that was asked for. */
  readonly unpacked?: UnpackedFile;
}

/** A small file that begins as JSON does. */
export interface Document {
  readonly text: string;
  readonly sha256: string;
}

/** What is in a file that was packed. */
export interface UnpackedFile {
  readonly packing: "gzip" | "zstd";
  readonly size: number;
  readonly sha256: string;
}

/** What is in an archive, by name. */
export interface ArchiveFiles {
  readonly files: ReadonlyMap<string, ArchiveFile>;
  /** What links lead to, none of it out of the archive. */
  readonly links: ReadonlyMap<string, string>;
}

/** How a pass over an archive is made. */
export interface ListOptions {
  /** Digests of all files are taken, and of what these files unpack to. Absent: contents are passed over. */
  readonly digestsOf?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  /** Is told of the bytes that were looked at. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** Bytes of a document, and of all documents of one archive: real ones have some kilobytes. */
const largestDocument = 8 * 1024 * 1024;
const largestDocuments = 32 * 1024 * 1024;

/** A file of another name than documents have is looked into up to this size. */
const largestUnnamed = 1024 * 1024;

/** The two documents that say which images there are. */
export const [manifestName, indexName] = ["manifest.json", "index.json"] as const;

/**
 * Lists an archive in one pass. Nothing of it is unpacked to a disk, and no more than its documents is kept in memory.
 *
 * @param file it is left anywhere
 * @throws {ArchiveProblem} when the archive is damaged or hostile
 */
export async function listArchive(
  file: Deno.FsFile,
  packing: ReadPacking,
  options: ListOptions = {},
): Promise<ArchiveFiles> {
  const files = new Map<string, ArchiveFile>();
  const links = new Map<string, string>();
  let documents = 0;
  await scanFile(file, packing, async (entry, content) => {
    options.signal?.throwIfAborted();
    if (entry.kind === "directory") return;
    const isNamed = entry.name === manifestName || entry.name === indexName;
    if (files.has(entry.name) || links.has(entry.name)) {
      // Whoever unpacks it takes the last one; whoever reads it may take the first.
      throw new ArchiveProblem(`it has two entries ${JSON.stringify(entry.name)}`);
    }
    if (entry.kind === "link") {
      if (isNamed) throw new ArchiveProblem(`its ${entry.name} is a link`);
      links.set(entry.name, entry.target ?? "");
      return;
    }
    if (isNamed && entry.size > largestDocument) {
      throw new ArchiveProblem(`its ${entry.name} has more than ${largestDocument / 1024 ** 2} MiB`);
    }
    if (entry.size <= (isNamed || mayBeDocument(entry.name) ? largestDocument : largestUnnamed)) {
      const bytes = await content.whole();
      options.onBytes?.(bytes.length);
      const facts = ofSmallFile(bytes, isNamed, options.digestsOf?.has(entry.name) === true);
      documents += facts.document === undefined ? 0 : bytes.length;
      if (documents > largestDocuments) {
        throw new ArchiveProblem(`its manifests have more than ${largestDocuments / 1024 ** 2} MiB`);
      }
      files.set(entry.name, { size: entry.size, ...await facts.rest, ...present(facts.document) });
    } else if (options.digestsOf === undefined) files.set(entry.name, { size: entry.size });
    else {
      const unpacks = options.digestsOf.has(entry.name);
      files.set(entry.name, { size: entry.size, ...await digestsOf(content.pieces, unpacks, options) });
    }
  });
  return { files, links };
}

/**
 * Goes through an archive in whatever way it is packed.
 *
 * @throws {ArchiveProblem} when the archive is damaged or hostile
 */
export async function scanFile(
  file: Deno.FsFile,
  packing: ReadPacking,
  visit: (entry: ScannedEntry, content: EntryContent) => void | Promise<void>,
): Promise<void> {
  const { size } = await file.stat();
  await file.seek(0, Deno.SeekMode.Start);
  const scan = (bytes: ArchiveBytes) => scanTar(bytes, visit);
  if (packing === "none") return await scan(new PlainBytes(file, size));
  await using bytes = new UnpackedBytes(piecesOf(file, packedPiece), packing);
  await scan(bytes);
}

/** Documents of an OCI layout, and the configurations of `docker save`. */
function mayBeDocument(name: string): boolean {
  return name.endsWith(".json") || name.startsWith("blobs/sha256/");
}

function present(document: Document | undefined): { readonly document?: Document } {
  return document === undefined ? {} : { document };
}

function ofSmallFile(bytes: Uint8Array, isNamed: boolean, unpacks: boolean): {
  readonly document: Document | undefined;
  readonly rest: Promise<Pick<ArchiveFile, "sha256" | "unpacked">>;
} {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const first = bytes.find((byte) => !" \n\r\t".includes(String.fromCharCode(byte)));
  const isDocument = isNamed || first === "{".charCodeAt(0) || first === "[".charCodeAt(0);
  const document = isDocument ? { text: new TextDecoder().decode(bytes), sha256 } : undefined;
  return {
    document,
    rest: unpacks ? digestsOf(async (take) => await take(bytes), true, {}) : Promise.resolve({ sha256 }),
  };
}

/** The digest of a content, and of what it unpacks to, in one pass. */
async function digestsOf(
  pieces: EntryContent["pieces"],
  unpacks: boolean,
  options: ListOptions,
): Promise<Pick<ArchiveFile, "sha256" | "unpacked">> {
  const whole = createHash("sha256");
  let inner: InnerDigest | undefined;
  let isFirst = true;
  try {
    await pieces(async (piece) => {
      options.signal?.throwIfAborted();
      options.onBytes?.(piece.length);
      whole.update(piece);
      if (isFirst && unpacks) {
        const packing = packingOf(piece);
        if (packing === "bzip2" || packing === "xz") {
          throw new ArchiveProblem(`a layer of it is packed by ${packing}, which is not read`);
        }
        if (packing !== "none") inner = new InnerDigest(packing);
      }
      isFirst = false;
      await inner?.write(piece);
    });
    const unpacked = await inner?.end();
    return { sha256: whole.digest("hex"), ...(unpacked === undefined ? {} : { unpacked }) };
  } finally {
    await inner?.[Symbol.asyncDispose]();
  }
}

/** Takes the digest of what packed pieces unpack to. */
class InnerDigest implements AsyncDisposable {
  readonly #packing: "gzip" | "zstd";
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<UnpackedFile>;
  #problem: unknown;

  constructor(packing: "gzip" | "zstd") {
    this.#packing = packing;
    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#reading = this.#read(new UnpackedBytes(readable, packing), createHash("sha256"));
    this.#reading.catch((error) => this.#problem = error);
  }

  async write(piece: Uint8Array): Promise<void> {
    // Who unpacks it has given up: its own error says why.
    await this.#writer.write(new Uint8Array(piece)).catch(async (error) => {
      await this.#reading;
      throw error;
    });
    if (this.#problem !== undefined) throw this.#problem;
  }

  async end(): Promise<UnpackedFile> {
    await this.#writer.close().catch(() => {});
    return await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.abort().catch(() => {});
    await this.#reading.catch(() => {});
  }

  async #read(bytes: UnpackedBytes, hash: Hash): Promise<UnpackedFile> {
    let size = 0;
    for await (const piece of bytes.pieces()) {
      size += piece.length;
      hash.update(piece);
    }
    return { packing: this.#packing, size, sha256: hash.digest("hex") };
  }
}
