import { ExitCode } from "../pod/errors.ts";
import type { Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import type { Connection } from "./connection.ts";
import { inspectContainer } from "./detail.ts";
import type { ApplyContext, ContainerDetail } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { containerEvents } from "./events.ts";
import { judgeCondition } from "./judge_condition.ts";
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
    const verdict = judgeCondition(step.target.name, detail, step.condition, false);
    if (verdict.kind !== "failed") return verdict.kind === "satisfied";
    throw new EngineError(`Cannot ${call}: ${verdict.message}`, ExitCode.failed, { reason: "refused", call });
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
