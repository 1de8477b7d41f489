import { readSmallFile } from "../compose/deno_files.ts";
import { loadCompose } from "../compose/load.ts";
import { located } from "../compose/located.ts";
import type { ComposeProject } from "../compose/model.ts";
import { podErrors, podOf, type PodRequest } from "../compose/pod.ts";
import { selectServices } from "../compose/profiles.ts";
import { relativeMountsOutside } from "../compose/relative_mounts.ts";
import type { Conversion, ConversionSource } from "../convert/conversion.ts";
import { withBoundImages } from "../convert/bound_images.ts";
import type { ExecutorProgram } from "../mesos/framework/task/task_of_wish.ts";
import { ExitCode, MesoletError, messageOf, SpecError, UsageError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { Digests } from "../pod/pins.ts";
import { registriesFor } from "../registry/digest_source.ts";
import type { Commands } from "./commands.ts";
import { composeRequestOf } from "./compose_request.ts";
import type { CommandContext, Invocation } from "./context.ts";
import { printWarnings } from "./pod_spec.ts";

type ConvertInvocation = Invocation<Commands["convert"]["flags"]>;
type Values = ConvertInvocation["values"];
type Target = NonNullable<Values["to"]>;

/** `mesolet convert`: a pod for another system; without `--to` it is `config`. */
export async function run(invocation: ConvertInvocation): Promise<number> {
  const { values, positionals, globals, context } = invocation;
  const { to } = values;
  if (to === undefined) return await (await import("./config_command.ts")).run(invocation);
  const program = programOf(values, to);
  const asked = composeRequestOf(globals, context);
  const podRequest = (project: ComposeProject): PodRequest => ({
    project,
    readFile: readSmallFile,
    forCluster: true,
    ...(globals.network === undefined ? {} : { network: globals.network }),
  });
  const compose = await loadCompose({
    ...asked,
    furtherErrors: (project) => podErrors(podRequest(project)),
  });
  if (positionals.length > 0) {
    try {
      selectServices(compose.project, positionals);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UsageError(cause.message, { cause });
    }
  }
  const made = await located(compose, () => podOf(podRequest(compose.project)));
  const source = await boundSource(compose.project, made.pod, to, context);
  const { pod, offeredPorts } = await located(compose, () => podOf(podRequest(source)));
  const outside = await relativeMountsOutside(compose.project, asked);
  const convert = await converterTo(to, values, program);
  const conversion = await located(
    compose,
    () => convert({ project: source, pod, offeredPorts, readFile: readSmallFile, outside }),
  );
  const losses = await compose.locate(conversion.losses);
  if (values.strict && losses.length > 0) {
    throw new SpecError(losses.map((loss) => ({ ...loss, severity: "error" })), ExitCode.failed);
  }
  const notes = await compose.locate([...made.warnings, ...conversion.notes]);
  await printWarnings([...compose.warnings, ...notes, ...losses], globals, context);
  await write(conversion.text, values.output, context);
  return losses.length > 0 ? ExitCode.failed : ExitCode.ok;
}

/** Systems that know nothing of pins and binders get images by digest; the others find digests where the pod runs. */
async function boundSource(
  project: ComposeProject,
  pod: Pod,
  to: Target,
  context: CommandContext,
): Promise<ComposeProject> {
  if (to === "marathon" || to === "aurora" || to === "taskinfo") return project;
  const images = [...new Set(pod.containers.flatMap(({ pins }) => pins ?? []))].sort();
  const registry = registriesFor({ environment: context.variables, clock: context.clock });
  const signal = context.interrupts.graceful;
  const digests: Digests = new Map(
    await Promise.all(images.map(async (image) => [image, await registry.digestOf(image, signal)] as const)),
  );
  return withBoundImages(project, pod, digests);
}

/** The module of each target is loaded when it is asked for. */
async function converterTo(
  to: Target,
  values: Values,
  program: ExecutorProgram,
): Promise<(source: ConversionSource) => Conversion> {
  switch (to) {
    case "taskinfo": {
      const { toTaskInfo } = await import("../convert/taskinfo.ts");
      const { agent } = values;
      return (source) => toTaskInfo(source, { program, ...(agent === undefined ? {} : { agent }) });
    }
    case "marathon": {
      const { toMarathon } = await import("../convert/marathon.ts");
      return (source) => toMarathon(source, { program });
    }
    case "aurora": {
      const { toAurora } = await import("../convert/aurora.ts");
      return (source) =>
        toAurora(source, {
          cluster: values.cluster ?? "devcluster",
          role: values.role ?? "www-data",
          environment: values.stage ?? "prod",
          executor: values.executorName ?? "mesolet",
        });
    }
    case "compose": {
      const { toCompose } = await import("../convert/compose.ts");
      return (source) => toCompose(source, { pauseImage: values.pauseImage ?? "registry.k8s.io/pause:3.10" });
    }
    case "kube": {
      const { toKube } = await import("../convert/kube.ts");
      const volumeSize = values.volumeSize ?? "1Gi";
      if (!/^\d+(\.\d+)?([KMGTPE]i?)?$/.test(volumeSize)) {
        throw new UsageError(
          `--volume-size ${volumeSize}: a size is a number with Mi, Gi or Ti, such as 10Gi`,
        );
      }
      return (source) => toKube(source, { volumeSize });
    }
    case "linuxkit": {
      const { toLinuxKit, usualSystem } = await import("../convert/linuxkit.ts");
      const { kernel, commandLine, initImage, disk } = values;
      return (source) =>
        toLinuxKit(source, {
          kernel: kernel ?? usualSystem.kernel,
          commandLine: commandLine ?? usualSystem.commandLine,
          init: initImage.length > 0 ? initImage : usualSystem.init,
          hasDisk: disk,
        });
    }
  }
}

function programOf({ executorUri, executorFile }: Values, to: Target): ExecutorProgram {
  if (executorUri !== undefined && executorFile !== undefined) {
    throw new UsageError(
      "--executor-uri and --executor-file are two places of one program: give one of them",
    );
  }
  if (executorFile !== undefined) {
    if (executorFile.startsWith("/")) return { kind: "file", path: executorFile };
    throw new UsageError(`--executor-file ${executorFile} must be an absolute path of the agents`);
  }
  if (executorUri !== undefined) return { kind: "uri", uri: executorUri };
  if (to === "marathon" || to === "taskinfo") {
    throw new UsageError(
      `--to ${to} needs the place where agents have this program: --executor-uri URI, or --executor-file PATH`,
    );
  }
  return { kind: "file", path: "" };
}

async function write(text: string, file: string | undefined, context: CommandContext): Promise<void> {
  if (file === undefined) {
    context.out.write(text);
    return;
  }
  try {
    const path = file.startsWith("/") ? file : `${context.workingDirectory}/${file}`;
    // It may hold secrets.
    await Deno.writeTextFile(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new MesoletError(`Cannot write ${file}: ${messageOf(cause)}`, ExitCode.cannotCreate, { cause });
  }
}
