/** Bytes that came with a task, as the texts that they may be. */

import { concat } from "../../pod/bytes.ts";

/** The most that the spec of a pod may be when it is unpacked: 10 MiB. */
export const largestPayload = 10 * 1024 * 1024;

/**
 * The texts that bytes may stand for, the plainest first: UTF-8, gzip of it, and base64 of either. Bytes that are none
 * of these (a thrift blob) give nothing; so do those with a NUL in them.
 *
 * @throws {RangeError} where they are larger than 10 MiB, before or after unpacking, or broken gzip
 */
export async function textsOfPayload(bytes: Uint8Array): Promise<string[]> {
  if (bytes.length > largestPayload) throw new RangeError(tooLarge);
  const plain = textOf(isGzip(bytes) ? await gunzip(bytes) : bytes);
  if (plain === undefined) return [];
  const decoded = decodeBase64(plain);
  if (decoded === undefined) return [plain];
  const inner = textOf(isGzip(decoded) ? await gunzip(decoded) : decoded);
  return inner === undefined ? [plain] : [plain, inner];
}

const tooLarge = `is larger than ${largestPayload / 1024 / 1024} MiB when it is unpacked`;

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const reader = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
      if (total > largestPayload) {
        // A few kilobytes can unpack to gigabytes: the rest is never made.
        await reader.cancel();
        throw new RangeError(tooLarge);
      }
      pieces.push(value);
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new RangeError("begins like gzip and cannot be unpacked", { cause });
  }
  return concat(pieces);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    // Not UTF-8: whatever it is, it is no spec.
    return undefined;
  }
}

function decodeBase64(text: string): Uint8Array | undefined {
  const packed = text.replace(/\s+/g, "");
  if (packed.length < 8 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(packed)) return undefined;
  try {
    return Uint8Array.fromBase64(packed.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // Words of the same letters, such as the name of an image.
    return undefined;
  }
}
