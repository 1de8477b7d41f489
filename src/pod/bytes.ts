// The one import of `@std/bytes` in the program: its npm build has no types of its own.
// @ts-types="../../types/std/bytes.d.ts"
import { concat } from "@std/bytes";

export { concat };

/** Bytes one after the other; where there is only one piece it is given back as it is, without a copy. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : concat(pieces);
}
