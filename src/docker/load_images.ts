import type { Connection } from "./connection.ts";
import { refusedByEngine } from "./engine_error.ts";
import { isObject, textOf } from "./json.ts";
import { readJsonLines } from "./json_lines.ts";
import { Silence } from "./silence.ts";
import { TimeBounds } from "./time_bounds.ts";

/** Sends an archive to an engine piece by piece, as fast as it takes it: see `ImageStore`. */
export async function loadImages(
  connection: Connection,
  archive: string,
  pieces: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const call = `load ${archive}`;
  const silence = new Silence(connection.clock, {
    call,
    bound: TimeBounds.loadSilence,
    advice: "Look at the engine's log (journalctl -u docker) and at its disk, and try again",
  });
  const unreadable = new AbortController();
  const loaded: string[] = [];
  try {
    silence.restart();
    const chunks = await connection.stream({
      method: "POST",
      path: "/images/load",
      // Of a quiet load nothing is heard until its end.
      query: { quiet: false },
      archive: watched(pieces, silence, unreadable),
      call,
      bound: Infinity,
      signal: AbortSignal.any([signal, silence.signal, unreadable.signal]),
    });
    // The status may be 200 before the archive has been looked at: whether it worked stands in the stream.
    for await (const line of readJsonLines(silence.watch(chunks))) {
      if (!isObject(line)) continue;
      const said = textOf(line.error);
      if (said !== "") throw refusedByEngine(call, 500, said);
      const name = /^Loaded image(?: ID)?(?:\(s\))?: *(.*)/s.exec(textOf(line.stream))?.[1]?.trim();
      if (name !== undefined) loaded.push(...name.split(/[,\s]+/).filter((text) => text !== ""));
    }
  } finally {
    silence.end();
  }
  return loaded;
}

/**
 * The same pieces; each that is taken is progress. What goes wrong with the reading ends the call with its own error: a
 * transport would tell that its body failed.
 */
function watched(
  pieces: ReadableStream<Uint8Array<ArrayBuffer>>,
  silence: Silence,
  unreadable: AbortController,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = pieces.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        silence.restart();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        unreadable.abort(error);
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
