import { sha256 as digestOf } from "@noble/hashes/sha2";

/**
 * SHA-256 (FIPS 180-4) of a text or bytes, as 64 hexadecimal digits.
 *
 * By a library, because hashing here is pure and thus synchronous, which Web Crypto is not.
 */
export function sha256(data: string | Uint8Array): string {
  return digestOf(typeof data === "string" ? new TextEncoder().encode(data) : data).toHex();
}
