import { ExitCode, UsageError } from "../pod/errors.ts";
import type { LifecycleRequest } from "../plan/lifecycle.ts";
import { needsForDown } from "../plan/needs.ts";
import type { Observed } from "../plan/observed.ts";
import type { PlacedPod } from "../plan/placed.ts";
import { Label } from "../pod/labels.ts";
import type { Plan } from "../plan/step.ts";
import type { Engine } from "../docker/engine.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { hostOf, PodSession } from "./pod_session.ts";

/** What `stop`, `start`, `restart`, `kill` and `rm` differ in. */
export interface LifecycleCommand {
  /** `Stopping`: what stands before the pod's name over the progress. */
  readonly doing: string;
  readonly plan: (request: LifecycleRequest, observed: Observed | undefined) => Plan;
  /** The plan needs to know what is on the engine besides the pod's containers, as `down` does. */
  readonly observes?: boolean;
  readonly graceSeconds?: number | undefined;
  /** The spec's pre_stop hooks are run: it is loaded where it is at hand. */
  readonly hooks: boolean;
}

/**
 * Does something to the containers of a pod that is there: the services named on the command line, or all. With a
 * pod's name no file is needed.
 */
export async function runLifecycle(invocation: Invocation, command: LifecycleCommand): Promise<number> {
  const { globals, positionals, context } = invocation;
  const session = new PodSession(globals, context);
  const pod = await session.podName();
  if (pod === undefined) {
    throw new UsageError("name the pod with -p, or its file with -f (mesolet ps lists the pods)");
  }
  const signal = context.interrupts.graceful;
  return await withEngine(globals, context, async (engine) => {
    const containers = await engine.listContainers(pod, signal);
    const needsSpec = command.hooks && containers.some(({ labels }) => labels[Label.preStop] !== undefined);
    const spec = needsSpec ? await specAtHand(session, engine, invocation) : undefined;
    const needs = needsForDown(pod, containers, engine.facts);
    const observed = command.observes === true && containers.length > 0
      ? await engine.observe({ pod, containers, needs }, signal)
      : undefined;
    const plan = command.plan({
      pod,
      containers,
      ...(positionals.length === 0 ? {} : { only: positionals }),
      ...(command.graceSeconds === undefined ? {} : { graceSeconds: command.graceSeconds }),
      ...(spec === undefined ? {} : { spec }),
    }, observed);
    const result = await session.carryOut(`${command.doing} pod ${pod}`, { plan, containers }, engine);
    return result.outcome === "succeeded" ? ExitCode.ok : result.failures[0]?.exitCode ?? ExitCode.failed;
  });
}

/** The placed spec, unless only a name was given: then nobody says where its files are. */
export async function specAtHand(
  session: PodSession,
  engine: Engine,
  invocation: Invocation,
): Promise<PlacedPod | undefined> {
  const { globals, context } = invocation;
  if (globals.projectName !== undefined && globals.file.length === 0) return undefined;
  const spec = await session.load();
  return await session.place(spec, await hostOf(engine, context), { supervision: "engine", scale: [] });
}
