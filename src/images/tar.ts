/**
 * Writes and reads tar archives: ustar, with a pax header in front of an entry whose name or numbers do not fit.
 * The bytes depend on the entries alone, so that an image made of one has always the same id.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block".
 */

import { concat } from "../pod/bytes.ts";
import { blockSize, checkSum, numberAt, parsePax, textAt } from "./tar_header.ts";

/** One entry of an archive. */
export interface TarEntry {
  /** Relative, with slashes: `run/secrets/token`. */
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file. */
  readonly content?: Uint8Array;
  /** Of a symlink. */
  readonly linkTarget?: string;
  /** Seconds since 1970; 0 when absent. */
  readonly modified?: number;
}

/**
 * Makes an archive.
 *
 * @throws {RangeError} for a negative number, which tar cannot hold
 */
export function writeTar(entries: readonly TarEntry[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const content = entry.kind === "file" ? entry.content ?? new Uint8Array() : new Uint8Array();
    parts.push(headersOf(entry, content.length));
    parts.push(content, tarPadding(content.length));
  }
  parts.push(tarEnd());
  return concat(parts);
}

/** The header of a file whose content follows, to be filled up with {@linkcode tarPadding}. */
export function tarFileHeader(name: string, size: number): Uint8Array<ArrayBuffer> {
  return headersOf({ name, kind: "file", mode: 0o644, uid: 0, gid: 0 }, size);
}

/** The header of an entry, with a pax header in front where it needs one. */
function headersOf(entry: TarEntry, size: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const records = paxRecordsOf(entry, size);
  if (records.length > 0) {
    const text = concat(records);
    parts.push(
      header({ name: "pax", type: "x", mode: 0o644, uid: 0, gid: 0, size: text.length, modified: 0 }),
    );
    parts.push(text, tarPadding(text.length));
  }
  parts.push(header({
    name: entry.kind === "directory" && !entry.name.endsWith("/") ? `${entry.name}/` : entry.name,
    type: entry.kind === "file" ? "0" : entry.kind === "directory" ? "5" : "2",
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size,
    modified: entry.modified ?? 0,
    ...(entry.linkTarget === undefined ? {} : { linkTarget: entry.linkTarget }),
  }));
  return concat(parts);
}

/** What ends an archive. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * blockSize);
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modified: number;
  readonly linkTarget?: string;
}

const encoder = new TextEncoder();

function header(fields: Header): Uint8Array {
  const block = new Uint8Array(blockSize);
  const text = (offset: number, length: number, value: string) => {
    block.set(encoder.encode(value).subarray(0, length), offset);
  };
  const { name, prefix } = splitName(fields.name);
  text(0, 100, name);
  octal(block, 100, 8, fields.mode);
  octal(block, 108, 8, fields.uid);
  octal(block, 116, 8, fields.gid);
  octal(block, 124, 12, fields.size);
  octal(block, 136, 12, fields.modified);
  text(148, 8, "        ");
  text(156, 1, fields.type);
  text(157, 100, fields.linkTarget ?? "");
  text(257, 8, "ustar\x0000");
  text(345, 155, prefix);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** A number that does not fit is in the pax header as well; readers that know pax take it from there. */
function octal(block: Uint8Array, offset: number, length: number, value: number): void {
  if (value < 0) throw new RangeError(`Cannot write ${value} into a tar archive: it is negative`);
  const digits = length - 1;
  const fits = value < 8 ** digits;
  block.set(encoder.encode((fits ? value : 0).toString(8).padStart(digits, "0")), offset);
}

/** ustar holds 100 bytes of a name, and 155 more of its directories if a slash stands at the right place. */
function splitName(name: string): { readonly name: string; readonly prefix: string; readonly fits: boolean } {
  const bytes = encoder.encode(name);
  if (bytes.length <= 100) return { name, prefix: "", fits: isAscii(bytes) };
  for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
    const prefix = name.slice(0, at);
    const rest = name.slice(at + 1);
    if (rest !== "" && encoder.encode(prefix).length <= 155 && encoder.encode(rest).length <= 100) {
      return { name: rest, prefix, fits: isAscii(bytes) };
    }
  }
  return { name: name.slice(0, 100), prefix: "", fits: false };
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

function paxRecordsOf(entry: TarEntry, size: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  const directoryName = entry.kind === "directory" && !entry.name.endsWith("/")
    ? `${entry.name}/`
    : entry.name;
  if (!splitName(directoryName).fits) records.push(paxRecord("path", directoryName));
  const link = encoder.encode(entry.linkTarget ?? "");
  if (link.length > 100 || !isAscii(link)) records.push(paxRecord("linkpath", entry.linkTarget ?? ""));
  if (entry.uid >= 8 ** 7) records.push(paxRecord("uid", String(entry.uid)));
  if (entry.gid >= 8 ** 7) records.push(paxRecord("gid", String(entry.gid)));
  if (size >= 8 ** 11) records.push(paxRecord("size", String(size)));
  return records;
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return concat([encoder.encode(String(length)), rest]);
}

/** What fills a content of this size up to whole blocks. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((blockSize - size % blockSize) % blockSize);
}

/**
 * Reads an archive.
 *
 * @throws {RangeError} when it is cut off or a checksum is wrong
 */
export function readTar(archive: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = [];
  let pax = new Map<string, string>();
  for (let offset = 0; offset + blockSize <= archive.length;) {
    const block = archive.subarray(offset, offset + blockSize);
    if (block.every((byte) => byte === 0)) break;
    checkSum(block, offset);
    const type = textAt(block, 156, 1);
    const size = Number(pax.get("size") ?? numberAt(block, 124, 12));
    const start = offset + blockSize;
    if (start + size > archive.length) {
      throw new RangeError(`Cannot read the tar archive: it is cut off at ${offset}`);
    }
    const content = archive.subarray(start, start + size);
    offset = start + size + (blockSize - size % blockSize) % blockSize;
    if (type === "x") {
      pax = parsePax(content);
      continue;
    }
    if (type !== "g") entries.push(entryOf(block, type, content, pax));
    pax = new Map();
  }
  return entries;
}

function entryOf(
  block: Uint8Array,
  type: string,
  content: Uint8Array,
  pax: ReadonlyMap<string, string>,
): TarEntry {
  const prefix = textAt(block, 345, 155);
  const short = textAt(block, 0, 100);
  const name = pax.get("path") ?? (prefix === "" ? short : `${prefix}/${short}`);
  const common = {
    name: name.replace(/\/$/, ""),
    mode: numberAt(block, 100, 8),
    uid: Number(pax.get("uid") ?? numberAt(block, 108, 8)),
    gid: Number(pax.get("gid") ?? numberAt(block, 116, 8)),
    modified: numberAt(block, 136, 12),
  };
  if (type === "5") return { ...common, kind: "directory" };
  if (type === "2") {
    return { ...common, kind: "symlink", linkTarget: pax.get("linkpath") ?? textAt(block, 157, 100) };
  }
  return { ...common, kind: "file", content };
}
