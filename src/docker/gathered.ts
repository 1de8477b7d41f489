import { joined } from "../pod/bytes.ts";

/**
 * Reads on while what was read is being worked on, so that what arrives in many small chunks is worked on in a few
 * large ones: all that has arrived comes at once. Reading stops while more than `mostHeld` bytes are held.
 *
 * Whoever leaves the loop early has to end the source as well: a reading may be under way.
 */
export async function* gathered(
  chunks: AsyncIterable<Uint8Array>,
  mostHeld: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let arrived = Promise.withResolvers<void>();
  let room = Promise.withResolvers<void>();
  const pump = async () => {
    try {
      for await (const chunk of chunks) {
        held.push(chunk);
        size += chunk.length;
        arrived.resolve();
        if (size > mostHeld) await room.promise;
        if (isOver) return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      isOver = true;
      arrived.resolve();
    }
  };
  // It never rejects: what it fails with is thrown behind what came before.
  pump();
  try {
    for (;;) {
      await arrived.promise;
      arrived = Promise.withResolvers();
      if (isOver) arrived.resolve();
      const taken = held;
      held = [];
      size = 0;
      room.resolve();
      room = Promise.withResolvers();
      if (taken.length > 0) yield joined(taken);
      else if (failure !== undefined) throw failure.error;
      else if (isOver) return;
    }
  } finally {
    isOver = true;
    room.resolve();
  }
}
