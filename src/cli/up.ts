import { ExitCode, UsageError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import { withAllPins } from "../pod/pins.ts";
import { type CoveredImages, nothingCovered } from "../plan/covered_images.ts";
import { restrict } from "../plan/restrict.ts";
import { UncoveredPins } from "../plan/uncovered_pins.ts";
import { podArchivesOf } from "./archive_flags.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngineBeside } from "./engine_session.ts";
import { hostOf, PodSession, upOptionsOf } from "./pod_session.ts";
import { waitEngineOf } from "./wait_engine_flag.ts";
import { deadlineAfter, withWaits } from "./wait_steps.ts";

type UpInvocation = Invocation<Commands["up"]["flags"]>;

/** `mesolet up`. */
export function run(invocation: UpInvocation): Promise<number> {
  return runUp(invocation, { adapt: invocation.values.pin ? withAllPins : undefined });
}

/** How `up` is run by another command. */
export interface UpSetup {
  /** Changes the pod that was loaded before anything is made of it. */
  readonly adapt?: ((pod: Pod) => Pod) | undefined;
  /** Whether archives of images are looked for; absent: they are. */
  readonly archives?: boolean;
}

/**
 * Runs the pod of the files that the command line names.
 *
 * @param setup what the command line does not say
 */
export async function runUp(invocation: UpInvocation, { adapt, archives = true }: UpSetup): Promise<number> {
  const { values } = invocation;
  const detached = values.detach || values.wait || values.noStart;
  const ends = values.abortOnContainerExit || values.exitCodeFrom !== undefined;
  if (detached && ends) {
    throw new UsageError(
      "--abort-on-container-exit and --exit-code-from need the foreground: leave --detach out",
    );
  }
  if (values.waitTimeout !== undefined && !values.wait) throw new UsageError("--wait-timeout needs --wait");
  if (values.wait && values.noStart) throw new UsageError("--wait and --no-start exclude each other");
  const own = podArchivesOf(values, invocation.context);
  const coveredFor = (pod: Pod) => archives ? own.coveredFor(pod) : Promise.resolve(nothingCovered);
  return detached
    ? await runDetached(invocation, coveredFor, adapt)
    : await (await import("./up_foreground.ts")).runForeground(invocation, coveredFor, adapt);
}

async function runDetached(
  invocation: UpInvocation,
  coveredFor: (pod: Pod) => Promise<CoveredImages>,
  adapt?: (pod: Pod) => Pod,
): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const session = new PodSession(globals, context);
  const asked = upOptionsOf(values, positionals, context);
  const load = () => session.load(adapt);
  return await withEngineBeside(globals, context, load, async (engine, loaded) => {
    const covered = await coveredFor(loaded.pod);
    const options = { ...asked, covered };
    const uncovered = { ...loaded, pod: new UncoveredPins().of(loaded.pod, covered) };
    const spec = await session.pin(uncovered, engine, options, context.interrupts.graceful);
    const placed = await session.place(spec, await hostOf(engine, context), {
      supervision: "engine",
      scale: values.scale,
    });
    const deadline = deadlineAfter(values.waitTimeout, `the pod ${placed.name} is not ready`, context.clock);
    try {
      const signal = AbortSignal.any([context.interrupts.graceful, deadline.signal]);
      const result = await session.bringUp(placed, engine, options, signal, (planned) => {
        if (!values.wait) return planned.plan;
        const chosen = new Set(restrict(placed, options).containers.map(({ name }) => name));
        return withWaits(planned.plan, placed, planned.observed, chosen);
      });
      return result.outcome === "succeeded" ? ExitCode.ok : result.failures[0]?.exitCode ?? ExitCode.failed;
    } finally {
      deadline.dispose();
    }
  }, waitEngineOf(values.waitEngine));
}
