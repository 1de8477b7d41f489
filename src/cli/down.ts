import { ExitCode, SpecError, UsageError } from "../pod/errors.ts";
import { isPodName } from "../pod/names.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { hostOf, PodSession } from "./pod_session.ts";
import type { PodSpec } from "./pod_spec.ts";

/** A pod is taken down whatever its file says by now: without a sound one its pre_stop hooks are unknown. */
async function specIfSound(session: PodSession): Promise<PodSpec | undefined> {
  try {
    return await session.load();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    session.warn([
      `the spec is not sound, so that its pre_stop hooks are not run: ${error.message.split("\n")[0] ?? ""}`,
    ]);
    return undefined;
  }
}

/** Whether the pod of the files at hand, if any, has a service of this name. */
async function isService(name: string, session: PodSession): Promise<boolean> {
  try {
    if (await session.podName() === undefined) return false;
    const { pod } = await session.load();
    return pod.disabled.includes(name) || pod.containers.some((container) => container.name === name);
  } catch (error) {
    // Nobody asked for the files.
    if (!(error instanceof SpecError)) throw error;
    return false;
  }
}

/** `mesolet down`: by file, or by the pod's name alone. */
export async function run(invocation: Invocation<Commands["down"]["flags"]>): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const [named] = positionals;
  const byName = named ?? (globals.file.length === 0 ? globals.projectName : undefined);
  if (byName !== undefined && !isPodName(byName)) {
    throw new UsageError(`"${byName}" cannot be the name of a pod`);
  }
  const session = new PodSession(globals, context);
  const pod = byName ?? await session.podName();
  if (pod === undefined) {
    throw new UsageError("down needs a pod: its name, or its file with -f (mesolet ps lists the pods)");
  }
  const signal = context.interrupts.graceful;
  return await withEngine(globals, context, async (engine) => {
    const spec = byName === undefined ? await specIfSound(session) : undefined;
    const placed = spec === undefined
      ? undefined
      : await session.place(spec, await hostOf(engine, context), { supervision: "engine", scale: [] });
    const options = {
      volumes: values.volumes,
      ...(values.timeout === undefined ? {} : { graceSeconds: values.timeout }),
    };
    const planned = await session.planDown(pod, engine, options, signal, placed);
    if (planned.plan.steps.length === 0 && named !== undefined) {
      if (await isService(named, session)) {
        throw new UsageError(
          `down takes a pod's name, and ${named} is a service: mesolet rm -fs ${named} stops and removes it, ` +
            "mesolet down without a name the whole pod",
        );
      }
      session.warn([`there is no pod ${pod} on this engine: nothing to do`]);
      return ExitCode.ok;
    }
    const result = await session.carryOut(`Removing pod ${pod}`, planned, engine);
    return result.outcome === "succeeded" ? ExitCode.ok : result.failures[0]?.exitCode ?? ExitCode.failed;
  });
}
