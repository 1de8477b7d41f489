import { planAsJson, printPlan } from "../plan/print.ts";
import { nothingCovered } from "../plan/covered_images.ts";
import type { Plan } from "../plan/step.ts";
import { UncoveredPins } from "../plan/uncovered_pins.ts";
import { planUp } from "../plan/up.ts";
import { ExitCode, type Problem, UsageError } from "../pod/errors.ts";
import { withAllPins } from "../pod/pins.ts";
import { hasPins } from "../supervisor/pod_pinner.ts";
import { podArchivesOf } from "./archive_flags.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { observedOffline, offlineHost, offlineWarnings } from "./offline_engine.ts";
import type { PlannedTask } from "./plan_task.ts";
import { hostOf, PodSession, upOptionsOf } from "./pod_session.ts";
import { policiesOfHost } from "./host_policies.ts";
import { printWarnings } from "./pod_spec.ts";
import { printTask, taskAsJson } from "./task_summary.ts";

/** `mesolet plan` and `mesolet plan down`. */
export async function run(invocation: Invocation<Commands["plan"]["flags"]>): Promise<number> {
  const { values, context } = invocation;
  if (values.offers !== undefined) {
    return await (await import("./plan_offers.ts")).run(invocation, values.offers);
  }
  if (values.role.length > 0) {
    throw new UsageError("--role is for --offers: name the file of the offers with it");
  }
  const asked = await askedTask(invocation);
  const plan = await planOf(invocation, asked);
  if (values.format === "json") {
    const json = { ...(asked === undefined ? {} : { task: taskAsJson(asked) }), ...planAsJson(plan) };
    context.out.write(`${JSON.stringify(json, null, 2)}\n`);
  } else context.out.write(`${asked === undefined ? "" : `${printTask(asked)}\n`}${printPlan(plan)}`);
  return ExitCode.ok;
}

/** The task that `--task` names; undefined without it. */
async function askedTask(
  { globals, values, context }: Invocation<Commands["plan"]["flags"]>,
): Promise<PlannedTask | undefined> {
  const { task: file, sandbox } = values;
  if (file === undefined) {
    if (sandbox !== undefined) throw new UsageError("--sandbox is for --task: name the task's file with it");
    return undefined;
  }
  if (globals.file.length > 0) {
    throw new UsageError("--task and --file exclude each other: the task says where its spec is");
  }
  const { loadTask } = await import("./plan_task.ts");
  const task = await loadTask(file, sandbox ?? ".", {
    workingDirectory: context.workingDirectory,
    policies: await policiesOfHost({ file: globals.policy, tasks: { allow: [] } }),
  });
  await printWarnings(task.pod.warnings, globals, context);
  return task;
}

/** `down` and `up` are words of the command unless the pod has a service of that name. */
async function planOf(
  invocation: Invocation<Commands["plan"]["flags"]>,
  task: PlannedTask | undefined,
): Promise<Plan> {
  const { globals, values, positionals, context } = invocation;
  const session = new PodSession(globals, context);
  const spec = task === undefined
    ? await session.load(values.pin ? withAllPins : undefined)
    : { pod: task.pod.pod, locate: (problems: readonly Problem[]) => Promise.resolve([...problems]) };
  const isService = (name: string) => spec.pod.containers.some((container) => container.name === name);
  const [first = "", ...rest] = positionals;
  const isVerb = (first === "down" || first === "up") && !isService(first);
  const services = isVerb ? rest : positionals;
  const request = {
    supervision: values.detach || values.noStart ? "engine" : "mesolet",
    scale: values.scale,
  } as const;
  const signal = context.interrupts.graceful;

  if (values.offline) {
    const placed = await session.place(spec, offlineHost, request);
    if (isVerb && first === "down") return { pod: placed.name, steps: [], warnings: [] };
    const options = upOptionsOf(values, services, context);
    const plan = planUp(placed, observedOffline(placed, options), options);
    const unpinned = hasPins(spec.pod)
      ? ["no registry is asked offline: up runs pinned images by their digests"]
      : [];
    return { ...plan, warnings: [...plan.warnings, ...offlineWarnings(placed, options), ...unpinned] };
  }
  return await withEngine(globals, context, async (engine) => {
    const isUp = !isVerb || first !== "down";
    const covered = isUp && task === undefined
      ? await podArchivesOf(values, context).coveredFor(spec.pod)
      : nothingCovered;
    const uncovered = { ...spec, pod: new UncoveredPins().of(spec.pod, covered) };
    const wanted = isUp
      ? await session.pin(uncovered, engine, upOptionsOf(values, services, context), signal)
      : spec;
    const placed = await session.place(wanted, await hostOf(engine, context), request);
    if (!isUp) {
      return (await session.planDown(placed.name, engine, { volumes: values.volumes }, signal, placed)).plan;
    }
    return (await session.planUp(
      placed,
      engine,
      { ...upOptionsOf(values, services, context), covered },
      signal,
    )).plan;
  });
}
