import type { Engine, LogLine } from "../docker/engine.ts";
import type { Clock } from "../pod/clock.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { LogMerge, type MergedLine } from "./log_merge.ts";
import { isPause, replicaName } from "./observed_names.ts";

/** Lines are held back for at most this long to bring those of many containers into the order of time. */
export const reorderWindow = 150;

/** What to follow. */
export interface FollowRequest {
  readonly engine: Pick<Engine, "logs" | "events" | "listContainers">;
  readonly clock: Clock;
  readonly pod: string;
  /** The containers to begin with. */
  readonly containers: readonly ObservedContainer[];
  /** Whether a container that starts later is followed too. */
  readonly wanted: (labels: Readonly<Record<string, string>>) => boolean;
  readonly tail?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly signal: AbortSignal;
}

/**
 * The lines of containers of a pod as they come, those of containers that start (again) later too. Ends when no
 * container of them runs any more, or `signal` is aborted.
 */
export async function* followLogs(request: FollowRequest): AsyncGenerator<MergedLine<LogLine>, void, void> {
  const { engine, clock, pod } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const merge = new LogMerge<LogLine>({ clock, window: reorderWindow });
  const open = new Set<string>();
  const last = new Map<string, string>();
  let failure: { readonly error: unknown } | undefined;

  const follow = (id: string, name: string, options: { readonly tail?: number; readonly since?: number }) => {
    if (open.has(id)) return;
    open.add(id);
    const lines = unseen(engine.logs(id, { follow: true, ...options }, signal), id, last);
    merge.add({ name, lines: ended(lines, () => open.delete(id)) });
  };
  const seen = new Set<string>();
  for (const container of request.containers) {
    seen.add(container.id);
    follow(container.id, replicaName(container.labels, container.name), {
      ...(request.tail === undefined ? {} : { tail: request.tail }),
      ...(request.since === undefined ? {} : { since: request.since }),
    });
  }
  const watch = async () => {
    try {
      for (;;) {
        for await (const event of engine.events({ pod }, signal)) {
          if (event.action === "start" && request.wanted(event.labels)) {
            // A container that starts again goes on behind its last line; a new one is shown from its beginning.
            follow(event.containerId, replicaName(event.labels, event.containerName), {
              ...(seen.has(event.containerId) ? { since: event.time - 1000 } : {}),
            });
            seen.add(event.containerId);
          }
          if (event.action === "die" && !await isAlive()) return;
        }
        if (signal.aborted || !await isAlive()) return;
        // The stream was lost: the engine may be restarting.
        await clock.sleep(1000, signal);
      }
    } catch (error) {
      if (!signal.aborted) failure = { error };
    } finally {
      merge.close();
    }
  };
  const isAlive = async () => {
    const now = await engine.listContainers(pod, signal);
    return now.some((each) =>
      !isPause(each) && request.wanted(each.labels) &&
      (each.state === "running" || each.state === "restarting")
    );
  };
  const watching = watch();
  try {
    yield* merge.lines();
    if (failure !== undefined) throw failure.error;
  } finally {
    stop.abort();
    await watching;
  }
}

/** Lines that were not shown yet: the log of a container that starts again is read from a moment before. */
async function* unseen(
  lines: AsyncIterable<LogLine>,
  id: string,
  last: Map<string, string>,
): AsyncGenerator<LogLine, void, void> {
  const before = last.get(id) ?? "";
  for await (const line of lines) {
    if (line.time <= before) continue;
    last.set(id, line.time);
    yield line;
  }
}

async function* ended<Line>(lines: AsyncIterable<Line>, onEnd: () => void): AsyncGenerator<Line, void, void> {
  try {
    yield* lines;
  } finally {
    onEnd();
  }
}
