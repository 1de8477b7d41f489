import { ExitCode } from "../pod/errors.ts";
import type { Step, WaitCondition } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import type { Connection } from "./connection.ts";
import { inspectContainer } from "./detail.ts";
import type { ApplyContext, ContainerDetail } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { containerEvents } from "./events.ts";
import { idOrName } from "./references.ts";

/**
 * Events make it fast, this makes it right: Podman tells of an end before an inspection knows it, and then says no more.
 * In milliseconds.
 */
const lookInterval = 5_000;

/** Before a lost stream of events is opened again, in milliseconds. */
const reopenPause = 500;

/**
 * Waits until a container has reached a condition, by events; after each one, and when the stream is lost, the
 * container is looked at. There is no bound but the caller's signal: how long a health check or a job may take is the
 * spec's to say.
 *
 * @throws {EngineError} when the condition can no longer be reached
 */
export async function waitForContainer(
  step: Step<"wait-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const call = `wait until container ${step.target.name} is ${step.condition}`;
  await watchUntil(tools.connection, idOrName(step.target, context.ids), (detail) => {
    const verdict = judge(step.condition, detail);
    if (verdict === "reached") return true;
    if (verdict === "waiting") return false;
    throw new EngineError(`Cannot ${call}: ${verdict.never}`, ExitCode.failed, { reason: "refused", call });
  }, context.signal);
}

/**
 * Looks at a container now and after each of its events, until `isDone` says so.
 *
 * @param isDone is given null when the container is gone
 */
export async function watchUntil(
  connection: Connection,
  id: string,
  isDone: (detail: ContainerDetail | null) => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    const stop = new AbortController();
    const timer = new AbortController();
    let isTimeToLook = false;
    try {
      // The stream is opened before the look: nothing that happens in between is missed.
      const events = await containerEvents(
        connection,
        { container: id },
        AbortSignal.any([stop.signal, signal]),
      );
      connection.clock.sleep(lookInterval, timer.signal).then(() => {
        isTimeToLook = true;
        stop.abort();
      }, () => {});
      if (isDone(await inspectContainer(connection, id, signal))) return;
      for await (const _ of events) {
        if (isDone(await inspectContainer(connection, id, signal))) return;
      }
      signal.throwIfAborted();
    } finally {
      timer.abort();
      stop.abort();
    }
    if (!isTimeToLook) await connection.clock.sleep(reopenPause, signal);
  }
}

/** Whether a container has reached a condition, may still, or never will. */
export function judge(
  condition: WaitCondition,
  detail: ContainerDetail | null,
): "reached" | "waiting" | { readonly never: string } {
  if (detail === null) return { never: "it is gone" };
  const ended = detail.state === "exited" || detail.state === "dead";
  switch (condition) {
    case "running":
      if (detail.state === "running") return "reached";
      return ended ? { never: `it ended with exit code ${detail.exitCode}` } : "waiting";
    case "healthy":
      if (detail.health === "healthy" && detail.state === "running") return "reached";
      if (ended) return { never: `it ended with exit code ${detail.exitCode}` };
      if (detail.state === "running" && detail.health === undefined) {
        return { never: "it has no health check" };
      }
      return detail.health === "unhealthy" ? { never: "it is unhealthy" } : "waiting";
    case "completed":
      if (!ended) return "waiting";
      return detail.exitCode === 0 ? "reached" : { never: `it ended with exit code ${detail.exitCode}` };
  }
}
