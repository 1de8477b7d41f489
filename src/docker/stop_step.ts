import type { Step } from "../plan/step.ts";
import { apiAtLeast } from "../plan/api_version.ts";
import type { StepTools } from "./apply.ts";
import { segment } from "./connection.ts";
import { sendSignal } from "./container_steps.ts";
import { inspectContainer } from "./detail.ts";
import type { ApplyContext, ContainerDetail } from "./engine.ts";
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
  const isLate = await stopOrGiveUp(step, id, tools, context);
  if (!isLate) return;
  await sendSignal(tools.connection, {
    id,
    name: step.target.name,
    signal: "SIGKILL",
    abort: context.signal,
  });
}

/** Milliseconds after which even a stop with a grace of days is given up: a timer can wait no longer. */
const longestStop = 20 * 24 * 3_600_000;

/**
 * Makes the one call that stops a container: a second one would send the stop signal again, which many programs take
 * for "at once". Its bound is the grace and a margin. What grace the container was made with is asked only when the
 * engine's default has passed: most stops are done long before.
 *
 * @returns whether the bound was passed
 */
async function stopOrGiveUp(
  step: Step<"stop-container">,
  id: string,
  tools: StepTools,
  context: ApplyContext,
): Promise<boolean> {
  const { connection } = tools;
  const late = new AbortController();
  const done = new AbortController();
  const sleeping = AbortSignal.any([context.signal, done.signal]);
  const guard = async () => {
    const known = step.graceSeconds === undefined ? TimeBounds.engineStopGrace : step.graceSeconds * 1_000;
    await connection.clock.sleep(known + TimeBounds.stopMargin, sleeping);
    if (step.graceSeconds === undefined) {
      const detail = await inspectContainer(connection, id, sleeping);
      const own = (detail?.stopGraceSeconds ?? 0) * 1_000;
      if (own > known) await connection.clock.sleep(own - known, sleeping);
    }
    late.abort();
  };
  const guarding = guard().catch(() => {
    // Stopped in time, aborted, or an engine that does not even answer an inspection: then it is late as well.
    if (!sleeping.aborted) late.abort();
  });
  try {
    await connection.request({
      method: "POST",
      path: `/containers/${segment(id)}/stop`,
      query: { t: step.graceSeconds, signal: step.signal },
      call: `stop container ${step.target.name}`,
      bound: longestStop,
      accept: [304, 404],
      signal: AbortSignal.any([context.signal, late.signal]),
    });
    return false;
  } catch (error) {
    if (late.signal.aborted && !context.signal.aborted) return true;
    throw error;
  } finally {
    done.abort();
    await guarding;
  }
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
