import { UsageError } from "../pod/errors.ts";
import { accessCluster, type ClusterAccess } from "./cluster_access.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import { refuseContradictions } from "./executor_program.ts";
import { LaunchNotes } from "./launch_notes.ts";
import { type LaunchRequest, launchSpec } from "./launch_spec.ts";
import { printWarnings } from "./pod_spec.ts";

/** `mesolet launch` as it was called. */
export type LaunchInvocation = Invocation<Commands["launch"]["flags"]>;

/** `mesolet launch`: runs one container, or one pod, on a cluster. */
export async function run(invocation: LaunchInvocation): Promise<number> {
  const { globals, values, context } = invocation;
  refuseTerminal(values);
  const notes = new LaunchNotes(context, globals);
  const id = detachedId(invocation);
  if (id !== undefined) {
    const access = await accessFor(values, context);
    try {
      const { attach, stop } = await import("./launch_attach.ts");
      return await (values.stop === undefined ? attach : stop)(id, { invocation, access, notes });
    } finally {
      await access.close();
    }
  }
  const spec = await launchSpec(requestOf(invocation), globals, context);
  await printWarnings(spec.warnings, globals, context);
  if (values.dryRun) {
    const { printTask } = await import("./launch_dry_run.ts");
    return await printTask(spec, invocation);
  }
  refuseContradictions(values, context);
  const access = await accessFor(values, context);
  try {
    const { launchTask } = await import("./launch_task.ts");
    return await launchTask(spec, { invocation, access, notes });
  } finally {
    await access.close();
  }
}

function accessFor(values: LaunchInvocation["values"], context: CommandContext): Promise<ClusterAccess> {
  return accessCluster(
    values,
    context,
    "launch needs --master, or MESOLET_MASTER: where the cluster's master is",
  );
}

function refuseTerminal({ tty, interactive }: LaunchInvocation["values"]): void {
  if (!tty && !interactive) return;
  throw new UsageError(
    `${
      tty ? "--tty" : "--interactive"
    } is not possible: the output of a task is read from files of its agent, and it ` +
      "has no input. For a container that only looks for a terminal there is --docker-arg tty=true",
  );
}

/** The framework of `--attach` or `--stop`, which go with nothing that is to be launched. */
function detachedId({ values, positionals }: LaunchInvocation): string | undefined {
  const { attach, stop, pod, detach, dryRun } = values;
  const id = attach ?? stop;
  if (id === undefined) return undefined;
  const flag = attach === undefined ? "--stop" : "--attach";
  const [image] = positionals;
  if (attach !== undefined && stop !== undefined) throw new UsageError("give one of --attach and --stop");
  if (image !== undefined || pod !== undefined || detach || dryRun) {
    throw new UsageError(`${flag} takes the id of what runs already: nothing else can be launched with it`);
  }
  if (id === "") throw new UsageError(`${flag} needs the framework's id, as --detach printed it`);
  return id;
}

function requestOf({ values, positionals: [image, ...words] }: LaunchInvocation): LaunchRequest {
  return { ...values, image, words };
}
