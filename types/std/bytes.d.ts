// The npm build of the standard library ships no types: these are for the part that mesolet uses.

/** Bytes one after the other, in an array of their own. */
export function concat(buffers: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
