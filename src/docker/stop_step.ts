import type { Step } from "../plan/step.ts";
import { apiAtLeast } from "../plan/api_version.ts";
import type { StepTools } from "./apply.ts";
import { segment } from "./connection.ts";
import { sendSignal } from "./container_steps.ts";
import { inspectContainer } from "./detail.ts";
import type { ApplyContext, ContainerDetail } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { idOrName } from "./references.ts";
import { TimeBounds } from "./time_bounds.ts";
import { watchUntil } from "./wait_step.ts";

/**
 * Stops a container: its stop signal, the grace period, SIGKILL. One that ended already is left as it is.
 *
 * Bounded even when the engine hangs: after the grace period and a margin the container is killed by a call of its
 * own, and when that hangs too it is an error.
 */
export async function stopContainer(
  step: Step<"stop-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const id = idOrName(step.target, context.ids);
  // Engines before API 1.42 cannot be told a signal with the stop: it is sent first, the stop then waits and kills.
  const signalInStop = apiAtLeast(tools.facts, "1.42");
  if (step.signal !== undefined && !signalInStop) {
    await sendSignal(tools.connection, {
      id,
      name: step.target.name,
      signal: step.signal,
      abort: context.signal,
    });
    await waitOrKill(step, tools, context);
    return;
  }
  const stop = async (graceSeconds: number) =>
    await tools.connection.request({
      method: "POST",
      path: `/containers/${segment(id)}/stop`,
      query: { t: step.graceSeconds, signal: step.signal },
      call: `stop container ${step.target.name}`,
      bound: graceSeconds * 1_000 + TimeBounds.stopMargin,
      accept: [304, 404],
      signal: context.signal,
    });
  try {
    await stop(step.graceSeconds ?? TimeBounds.engineStopGrace / 1_000);
  } catch (error) {
    if (!isTimeOut(error)) throw error;
    // Only now is the container's own grace worth a call: most stops are done long before.
    if (step.graceSeconds === undefined) {
      const detail = await inspectContainer(tools.connection, id, context.signal);
      if (detail === null) return;
      const own = detail.stopGraceSeconds ?? 0;
      if (own * 1_000 > TimeBounds.engineStopGrace) {
        try {
          await stop(own);
          return;
        } catch (second) {
          if (!isTimeOut(second)) throw second;
        }
      }
    }
    await sendSignal(tools.connection, {
      id,
      name: step.target.name,
      signal: "SIGKILL",
      abort: context.signal,
    });
  }
}

function isTimeOut(error: unknown): boolean {
  return error instanceof EngineError && error.reason === "timed-out";
}

/**
 * After a signal that was sent by hand: the end within the grace period, or SIGKILL. By events and not by the call that
 * waits, whose conditions Podman reads in its own way.
 */
async function waitOrKill(
  step: Step<"stop-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const { connection } = tools;
  const id = idOrName(step.target, context.ids);
  const grace = step.graceSeconds === undefined ? TimeBounds.engineStopGrace : step.graceSeconds * 1_000;
  const late = new AbortController();
  const done = new AbortController();
  connection.clock.sleep(grace, done.signal).then(() => late.abort(), () => {});
  const isOver = (detail: ContainerDetail | null) =>
    detail === null || detail.state === "exited" || detail.state === "dead";
  try {
    await watchUntil(connection, id, isOver, AbortSignal.any([context.signal, late.signal]));
  } catch (error) {
    context.signal.throwIfAborted();
    if (!late.signal.aborted) throw error;
    await connection.request({
      method: "POST",
      path: `/containers/${segment(id)}/stop`,
      query: { t: 0 },
      call: `stop container ${step.target.name}`,
      bound: TimeBounds.stopMargin,
      accept: [304, 404],
      signal: context.signal,
    });
  } finally {
    done.abort();
  }
}
