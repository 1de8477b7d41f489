/**
 * What readers of tar archives have in common: the fields of a header block and of a pax header.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block".
 */

/** Headers and contents begin at multiples of this. */
export const blockSize = 512;

/** @throws {RangeError} when the checksum of a header block is wrong; `offset` is for the message */
export function checkSum(block: Uint8Array, offset: number): void {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (sum !== numberAt(block, 148, 8)) {
    throw new RangeError(`Cannot read the tar archive: the header at ${offset} has a wrong checksum`);
  }
}

/** The records of a pax header; reads as far as they are well-formed. */
export function parsePax(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let offset = 0; offset < bytes.length;) {
    const space = bytes.indexOf(0x20, offset);
    const length = Number(new TextDecoder().decode(bytes.subarray(offset, space)));
    if (space < 0 || !(length > 0)) break;
    const record = new TextDecoder().decode(bytes.subarray(space + 1, offset + length - 1));
    const equals = record.indexOf("=");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    offset += length;
  }
  return records;
}

/** A text field, up to its first zero. */
export function textAt(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** A number field: octal digits, or binary with the first bit set, as GNU tar writes what does not fit. */
export function numberAt(block: Uint8Array, offset: number, length: number): number {
  if (((block[offset] ?? 0) & 0x80) !== 0) {
    const bytes = block.subarray(offset + 1, offset + length);
    return bytes.reduce((number, byte) => number * 256 + byte, (block[offset] ?? 0) & 0x7f);
  }
  return parseInt(textAt(block, offset, length).trim() || "0", 8);
}
