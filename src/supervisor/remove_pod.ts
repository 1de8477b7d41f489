import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { Clock } from "../pod/clock.ts";
import type { Engine } from "../docker/engine.ts";
import { planDown } from "../plan/down.ts";
import { needsForDown } from "../plan/needs.ts";
import { bounded } from "./bounded.ts";
import { walkPlan } from "./walk_plan.ts";

/** How often it is tried, when the engine refuses or something of the pod was still being made. */
const tries = 3;

/** Looking up what is left, in milliseconds. */
const lookBound = 30_000;

/**
 * Removes all that is left of a pod whose spec nobody has: containers with their graces, networks, copied files, its
 * cgroup. Data volumes stay.
 *
 * @param options.graceSeconds over the graces that the containers were made with
 * @throws {MesoletError} when something is left after all
 */
export async function removePod(
  pod: string,
  options: {
    readonly engine: Engine;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly graceSeconds?: number;
  },
): Promise<void> {
  const { engine, clock, signal, graceSeconds } = options;
  let problem: MesoletError | undefined;
  for (let attempt = 1; attempt <= tries; attempt++) {
    const containers = await engine.listContainers(pod, signal);
    const observed = await bounded(
      `look up what is left of pod ${pod}`,
      lookBound,
      { clock, signal },
      (bound) =>
        engine.observe({ pod, containers, needs: needsForDown(pod, containers, engine.facts) }, bound),
    );
    const plan = planDown(pod, observed, {
      volumes: false,
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
    });
    if (plan.steps.length === 0) return;
    const ids = new Map(containers.map(({ name, id }) => [name, id]));
    const result = await walkPlan(plan, { engine, clock, signal, ids });
    if (result.outcome === "aborted") throw signal.reason;
    problem = result.failures[0];
    if (problem === undefined) return;
  }
  throw problem ??
    new MesoletError(`Cannot remove pod ${pod}: something of it is made again`, ExitCode.temporary);
}

/** No pod has this name, so that nothing but what all of them share is found of it. */
const nobody = "-";

/** Removes what all pods of a host share, where none is left that uses it: each of several that went may have seen others. */
export async function removeShared(
  options: { readonly engine: Engine; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  await removePod(nobody, options);
}
