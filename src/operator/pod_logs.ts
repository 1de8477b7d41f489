import type { Clock } from "../pod/clock.ts";
import { Label } from "../pod/labels.ts";
import type { Engine, LogLine } from "../docker/engine.ts";
import { isUnreadableLog } from "../docker/engine_error.ts";
import { LogFollower } from "../supervisor/log_follow.ts";
import { LogMerge } from "../supervisor/log_merge.ts";
import { isPause, replicaName } from "../supervisor/replica_name.ts";

/** Whose log is wanted, and how much of it. */
export interface PodLogsRequest {
  readonly engine: Pick<Engine, "logs" | "events" | "listContainers">;
  readonly clock: Clock;
  /** The container's name in the spec; absent: all. */
  readonly container?: string;
  readonly follow: boolean;
  readonly tail?: number;
  readonly signal: AbortSignal;
}

/**
 * The log of a pod, of its containers in the order of time. With `follow` it goes on, also with containers that are
 * started later, until the signal is aborted. A log that cannot be read is left out.
 */
export async function* podLogs(
  pod: string,
  request: PodLogsRequest,
): AsyncGenerator<{ readonly container: string; readonly line: LogLine }, void, undefined> {
  const { engine, clock, container, follow, tail, signal } = request;
  const isWanted = (labels: Readonly<Record<string, string>>) =>
    labels[Label.role] !== "pause" && (container === undefined || labels[Label.container] === container);
  const past = tail === undefined ? {} : { tail };
  const follower = new LogFollower({
    engine,
    clock,
    pod,
    wanted: isWanted,
    ...past,
    endsWhenIdle: false,
    onUnreadable: () => {},
    signal,
  });
  const merge = new LogMerge<LogLine>({ clock });
  try {
    for (const each of await engine.listContainers(pod, signal)) {
      if (isPause(each) || !isWanted(each.labels)) continue;
      const name = replicaName(each.labels, each.name);
      if (follow) follower.begin(each.id, name);
      else merge.add({ name, lines: readable(engine.logs(each.id, { follow: false, ...past }, signal)) });
    }
    merge.close();
    for await (const { source, line } of follow ? follower.lines() : merge.lines()) {
      yield { container: source, line };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* readable(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    if (!isUnreadableLog(error)) throw error;
  }
}
