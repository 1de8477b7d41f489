import type { PodBoard } from "../operator/pod_board.ts";
import type { Clock } from "../pod/clock.ts";
import { eventRecordOf } from "./pod_record.ts";
import type { ServerBounds } from "./server_bounds.ts";

const encoder = new TextEncoder();

/** Events in one piece: a reader that comes late is not sent the whole ring at once. */
const gathered = 100;

/**
 * The server-sent events of a board (https://html.spec.whatwg.org/multipage/server-sent-events.html). Nothing is
 * queued for a reader: when it has taken one piece, the next is made of what the board has by then. What a slow reader
 * missed meanwhile is told as a gap.
 *
 * @param options.run tells this run of the operator from another, whose events have the same numbers
 * @param options.since only events with a greater number; absent: only those to come
 */
export async function* eventStream(
  board: Pick<PodBoard, "events" | "onChange">,
  options: {
    readonly run: string;
    readonly since: number | undefined;
    readonly clock: Clock;
    readonly bounds: Pick<ServerBounds, "heartbeat" | "gather">;
  },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { run, clock, bounds } = options;
  let last = options.since ?? board.events().at(-1)?.number ?? 0;
  let changed = false;
  let wake = () => {};
  const stop = board.onChange(() => {
    changed = true;
    wake();
  });
  try {
    // With an id, so that a reader that is cut off before the first event goes on from here as well.
    yield encoder.encode(`retry: 1000\n\nid: ${run}-${last}\n${message("alive", {})}`);
    while (true) {
      // What happened up to the end is told as well.
      const isOver = signal.aborted;
      // Before the events are read: what changes from now on is told the next time.
      const tellsChange = changed;
      changed = false;
      for (let events = board.events(last); events.length > 0; events = board.events(last)) {
        const first = events[0]?.number ?? last + 1;
        let text = first > last + 1 ? message("gap", { from: last + 1, to: first - 1 }) : "";
        for (const event of events.slice(0, gathered)) {
          text += `id: ${run}-${event.number}\ndata: ${JSON.stringify(eventRecordOf(event))}\n\n`;
          last = event.number;
        }
        yield encoder.encode(text);
      }
      if (tellsChange) yield encoder.encode(message("change", {}));
      if (isOver) return;
      if (!changed) {
        const woken = new AbortController();
        wake = () => woken.abort();
        const stops = () => woken.abort();
        signal.addEventListener("abort", stops, { once: true });
        if (signal.aborted) stops();
        await clock.sleep(bounds.heartbeat, woken.signal).catch(() => {});
        signal.removeEventListener("abort", stops);
        wake = () => {};
      }
      if (changed) await clock.sleep(bounds.gather, signal).catch(() => {});
      else if (!signal.aborted) yield encoder.encode(message("alive", {}));
    }
  } finally {
    stop();
  }
}

/**
 * The number after which a reader wants to go on, from the id of the last event that it got. An id of another run of
 * the operator says nothing of this one's events: all that are kept are new to it.
 */
export function resumeAfter(id: string, run: string): number {
  const [, ofRun, digits] = /^(.+)-(\d{1,15})$/.exec(id) ?? [];
  return ofRun === run ? Number(digits) : 0;
}

/** Without an id, so that it is not what a reader resumes after. */
function message(event: string, data: Readonly<Record<string, unknown>>): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
