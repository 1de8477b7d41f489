import { type ArchiveBytes, ArchiveProblem } from "./archive_bytes.ts";
import { blockSize, checkSum, numberAt, parsePax, textAt } from "./tar_header.ts";

/** An entry of an archive that is passed over. */
export interface ScannedEntry {
  /** Relative to the archive's root, without `./` in front and `/` at its end: `blobs/sha256/…`. */
  readonly name: string;
  readonly kind: "file" | "directory" | "link";
  readonly size: number;
  /** Of a link: what it leads to, from the archive's root. */
  readonly target?: string;
}

/** The content of an entry, as a visitor asks for it: once, in one of two ways. */
export interface EntryContent {
  /** All of it. */
  readonly whole: () => Promise<Uint8Array>;
  /** Piece by piece: nothing else is read before `take` has done with one. */
  readonly pieces: (take: (piece: Uint8Array) => void | Promise<void>) => Promise<void>;
}

/** What an archive may have, so that a hostile one takes neither memory nor time. */
export interface ScanBounds {
  readonly entries: number;
  /** Bytes of names and other data about one entry. */
  readonly header: number;
}

export const scanBounds: ScanBounds = { entries: 100_000, header: 64 * 1024 };

/**
 * Goes through a tar archive without unpacking it: contents are read where the visitor asks for them, and passed over
 * otherwise. Names and links that lead out of the archive, and entries that no image has (devices, FIFOs), are refused.
 *
 * Source: POSIX.1-2017, pax; GNU tar's long names (types `L` and `K`).
 *
 * @param visit is called for each entry
 * @throws {ArchiveProblem} when the archive is no tar, cut off, or not to be trusted
 */
export async function scanTar(
  bytes: ArchiveBytes,
  visit: (entry: ScannedEntry, content: EntryContent) => void | Promise<void>,
  bounds: ScanBounds = scanBounds,
): Promise<void> {
  let records = new Map<string, string>();
  let count = 0;
  for (let isFirst = true;; isFirst = false) {
    const block = (await bytes.read(blockSize)).slice();
    if (block.length === 0 && !isFirst) return;
    if (block.length < blockSize) throw new ArchiveProblem(isFirst ? notTar : cutOff);
    if (block.every((byte) => byte === 0)) return;
    checkHeader(block, isFirst);
    if (++count > bounds.entries) throw new ArchiveProblem(`it has more than ${bounds.entries} entries`);
    const type = textAt(block, 156, 1);
    const size = sizeOf(block, records);
    if ("xgLK".includes(type) && type !== "") {
      if (size > bounds.header) throw new ArchiveProblem("it has a name of more than 64 KiB");
      const text = await whole(bytes, size);
      if (type === "x") records = parsePax(text);
      if (type === "L") records.set("path", textAt(text, 0, text.length));
      if (type === "K") records.set("linkpath", textAt(text, 0, text.length));
      continue;
    }
    const entry = entryOf(block, type, size, records);
    records = new Map();
    let reading: Promise<unknown> | undefined;
    await visit(entry, {
      whole() {
        const read = whole(bytes, entry.size);
        reading = read;
        return read;
      },
      pieces(take) {
        const read = inPieces(bytes, entry.size, take);
        reading = read;
        return read;
      },
    });
    if (reading === undefined && !await bytes.skip(padded(entry.size))) throw new ArchiveProblem(cutOff);
    await reading;
  }
}

const cutOff = "it is cut off";
const notTar = "it is no tar archive";

function checkHeader(block: Uint8Array, isFirst: boolean): void {
  try {
    checkSum(block, 0);
  } catch (cause) {
    throw new ArchiveProblem(
      isFirst ? notTar : "it is damaged: the header of an entry has a wrong checksum",
      {
        cause,
      },
    );
  }
}

function sizeOf(block: Uint8Array, records: ReadonlyMap<string, string>): number {
  const size = Number(records.get("size") ?? numberAt(block, 124, 12));
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new ArchiveProblem("it is damaged: an entry has no size");
  }
  return size;
}

function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

async function whole(bytes: ArchiveBytes, size: number): Promise<Uint8Array> {
  const read = await bytes.read(padded(size));
  if (read.length < padded(size)) throw new ArchiveProblem(cutOff);
  return read.slice(0, size);
}

const largestPiece = 256 * 1024;

async function inPieces(
  bytes: ArchiveBytes,
  size: number,
  take: (piece: Uint8Array) => void | Promise<void>,
): Promise<void> {
  for (let left = size; left > 0;) {
    const piece = await bytes.read(Math.min(left, largestPiece));
    if (piece.length === 0) throw new ArchiveProblem(cutOff);
    left -= piece.length;
    await take(piece);
  }
  if (!await bytes.skip(padded(size) - size)) throw new ArchiveProblem(cutOff);
}

function entryOf(
  block: Uint8Array,
  type: string,
  size: number,
  records: ReadonlyMap<string, string>,
): ScannedEntry {
  const prefix = textAt(block, 257, 6) === "ustar" ? textAt(block, 345, 155) : "";
  const short = textAt(block, 0, 100);
  const path = records.get("path") ?? (prefix === "" ? short : `${prefix}/${short}`);
  const name = insideOf(path, "");
  if (name === undefined) throw new ArchiveProblem(`its entry ${JSON.stringify(path)} leads out of it`);
  switch (type) {
    case "":
    case "0":
    case "7":
      // Before POSIX a directory was a file whose name ends in a slash.
      return path.endsWith("/") ? { name, kind: "directory", size } : { name, kind: "file", size };
    case "5":
      return { name, kind: "directory", size: 0 };
    case "1":
    case "2": {
      const target = records.get("linkpath") ?? textAt(block, 157, 100);
      const from = type === "1" ? "" : name.slice(0, Math.max(0, name.lastIndexOf("/")));
      const inside = insideOf(target, from);
      if (inside === undefined) {
        throw new ArchiveProblem(
          `its link ${JSON.stringify(path)} leads out of it, to ${JSON.stringify(target)}`,
        );
      }
      return { name, kind: "link", size: 0, target: inside };
    }
    default:
      throw new ArchiveProblem(
        `its entry ${JSON.stringify(path)} is neither a file nor a directory nor a link`,
      );
  }
}

/** A path from a directory of the archive on, from its root; undefined when it leads out. */
function insideOf(path: string, directory: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of `${directory}/${path}`.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
