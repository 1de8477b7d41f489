/** Ways to cut a stream into pieces, as a network does. */

/** Pieces of one size, the last may be smaller. */
export function cutEvery(stream: Uint8Array, size: number): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(stream.length / size) },
    (_, index) => stream.subarray(index * size, (index + 1) * size),
  );
}

/**
 * Pieces of sizes by chance: mostly small ones, some large, some empty.
 *
 * @param below gives a whole number from 0 to below its argument
 */
export function cutAtRandom(stream: Uint8Array, below: (bound: number) => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const size = below(4) === 0 ? below(100_000) : below(30);
    pieces.push(stream.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
