import type { Step } from "../plan/step.ts";
import { apiAtLeast } from "../plan/api_version.ts";
import type { StepTools } from "./apply.ts";
import { segment } from "./connection.ts";
import { sendSignal } from "./container_steps.ts";
import { inspectContainer } from "./detail.ts";
import type { ApplyContext } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { idOrName } from "./references.ts";
import { TimeBounds } from "./time_bounds.ts";

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
    await waitOrKill(step, step.signal, tools, context);
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

/** After a signal that was sent by hand: the end within the grace period, or SIGKILL. */
async function waitOrKill(
  step: Step<"stop-container">,
  signal: string,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const id = idOrName(step.target, context.ids);
  const grace = (step.graceSeconds ?? TimeBounds.engineStopGrace / 1_000) * 1_000;
  try {
    await tools.connection.request({
      method: "POST",
      path: `/containers/${segment(id)}/wait`,
      query: { condition: "not-running" },
      call: `wait for container ${step.target.name} to end after ${signal}`,
      bound: Math.max(grace, 1),
      accept: [404],
      signal: context.signal,
    });
  } catch (error) {
    if (!isTimeOut(error)) throw error;
    await tools.connection.request({
      method: "POST",
      path: `/containers/${segment(id)}/stop`,
      query: { t: 0 },
      call: `stop container ${step.target.name}`,
      bound: TimeBounds.stopMargin,
      accept: [304, 404],
      signal: context.signal,
    });
  }
}
