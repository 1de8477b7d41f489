import { ExitCode, UsageError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import { withAllPins } from "../pod/pins.ts";
import { restrict } from "../plan/restrict.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngineBeside } from "./engine_session.ts";
import { hostOf, PodSession, upOptionsOf } from "./pod_session.ts";
import { deadlineAfter, withWaits } from "./wait_steps.ts";

type UpInvocation = Invocation<Commands["up"]["flags"]>;

/** `mesolet up`. */
export function run(invocation: UpInvocation): Promise<number> {
  return runUp(invocation, invocation.values.pin ? withAllPins : undefined);
}

/**
 * Runs the pod of the files that the command line names.
 *
 * @param adapt changes the pod that was loaded before anything is made of it
 */
export async function runUp(invocation: UpInvocation, adapt?: (pod: Pod) => Pod): Promise<number> {
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
  return detached
    ? await runDetached(invocation, adapt)
    : await (await import("./up_foreground.ts")).runForeground(invocation, adapt);
}

async function runDetached(invocation: UpInvocation, adapt?: (pod: Pod) => Pod): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const session = new PodSession(globals, context);
  const options = upOptionsOf(values, positionals, context);
  return await withEngineBeside(globals, context, () => session.load(adapt), async (engine, loaded) => {
    const spec = await session.pin(loaded, engine, options, context.interrupts.graceful);
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
  });
}
