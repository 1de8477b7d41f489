/**
 * SHA-256 (FIPS 180-4) of a text or bytes, as 64 hexadecimal digits.
 *
 * Our own, because hashing here is pure and thus synchronous, which Web Crypto is not, and because loading Node's
 * crypto takes longer than all the hashes of a command.
 */
export function sha256(data: string | Uint8Array): string {
  const message = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const state = Uint32Array.from(initialState);
  const schedule = new Uint32Array(64);
  const whole = message.length - message.length % blockSize;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  for (let at = 0; at < whole; at += blockSize) compress(state, view, at, schedule);
  const end = lastBlocks(message, whole);
  for (let at = 0; at < end.byteLength; at += blockSize) compress(state, end, at, schedule);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** Bytes. */
const blockSize = 64;

/** The rest of the message, a one bit, zeros, and its length in bits. */
function lastBlocks(message: Uint8Array, from: number): DataView {
  const rest = message.subarray(from);
  const blocks = new Uint8Array(rest.length + 9 <= blockSize ? blockSize : 2 * blockSize);
  blocks.set(rest);
  blocks[rest.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setBigUint64(blocks.length - 8, BigInt(message.length) * 8n);
  return view;
}

function compress(state: Uint32Array, message: DataView, at: number, schedule: Uint32Array): void {
  const word = (index: number) => schedule[index] ?? 0;
  for (let index = 0; index < 16; index++) schedule[index] = message.getUint32(at + index * 4);
  for (let index = 16; index < 64; index++) {
    const early = word(index - 15);
    const late = word(index - 2);
    const small0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
    const small1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
    schedule[index] = word(index - 16) + small0 + word(index - 7) + small1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let round = 0; round < 64; round++) {
    const large1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + large1 + choice + (roundConstants[round] ?? 0) + word(round)) | 0;
    const large0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + large0 + majority) | 0;
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + value;
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The fractional parts of roots of the first primes, as 32-bit words: the standard's way to constants. */
const primes = firstPrimes(64);
const initialState = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const roundConstants = primes.map((prime) => fraction(Math.cbrt(prime)));

function fraction(root: number): number {
  return ((root % 1) * 2 ** 32) >>> 0;
}

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
}
