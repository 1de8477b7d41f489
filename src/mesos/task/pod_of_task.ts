/** From a task of Mesos to a pod: where its spec is, what the task adds, and which ports of the host it gets. */

import { loadCompose } from "../../compose/load.ts";
import { located } from "../../compose/located.ts";
import { podErrors, podOf, type PodRequest } from "../../compose/pod.ts";
import { printForLoading } from "../../compose/print.ts";
import { ProblemList } from "../../compose/problem_list.ts";
import type { ComposeProject } from "../../compose/model.ts";
import type { ComposeResult } from "../../compose/request.ts";
import { cleanPath } from "../../compose/volume_syntax.ts";
import { ExitCode, type Problem, SpecError } from "../../pod/errors.ts";
import type { Container, Pod } from "../../pod/model.ts";
import { noteProblems } from "../../plugins/plugins.ts";
import { noPolicies, type Policies } from "../../policy/policies.ts";
import { runParameterNames } from "./docker_parameters.ts";
import { adaptContainer, hostPaths, sourceOnHost, taskLabels, userOf } from "./adapt_pod.ts";
import { assignPorts } from "./assign_ports.ts";
import { findSpec, type FoundSpec } from "./find_spec.ts";
import { bindThermos } from "./thermos_bindings.ts";
import type { ThermosPod } from "./thermos_job.ts";
import { lifecycleOfTask } from "./task_lifecycle.ts";
import { bindingsOf, thermosPodOf } from "./thermos_task.ts";
import { documentOf, imageContainerName, type ImageRun } from "./image_run.ts";
import { type OfferedPorts, offeredPortsOf } from "./offered_ports.ts";
import { persistentMounts } from "./persistent_volumes.ts";
import { podNameOf } from "./pod_name.ts";
import { describePorts, type PortWish, readPortWishes } from "./port_wishes.ts";
import type { SandboxFiles } from "./sandbox_files.ts";
import { settingsOf, type TaskChoices } from "./task_choices.ts";
import { frameworkVariables, taskVariables, type Variables } from "./task_environment.ts";
import { readTaskLabels } from "./task_labels.ts";
import { readTaskData } from "./task_data.ts";
import type { TaskPod, TaskPodRequest, TaskSettings } from "./task_pod.ts";
import { podResourcesOf } from "./task_resources.ts";
import { warnOfUnusedFields } from "./unused_fields.ts";

export type * from "./task_pod.ts";

/**
 * Makes the pod of a task: finds its spec, loads it, and gives the containers what the task has for them.
 *
 * @throws {SpecError} where the spec or a label is wrong, with all problems
 * @throws {MesoletError} where there is no spec, or it cannot be read; the messages are fit for the task's status
 */
export async function podOfTask(given: TaskPodRequest): Promise<TaskPod> {
  const sandbox = { path: cleanPath(given.sandbox.path), onHost: cleanPath(given.sandbox.onHost) };
  const { policies = noPolicies } = given;
  const place = {
    names: { sandbox: sandbox.path, spec: sandbox.path },
    followLinks: (path: string) => given.files.followLinks(path),
  };
  const files = {
    ...policies.confine(given.files, place),
    list: (directory: string) => given.files.list(directory),
  };
  const request: TaskPodRequest = { ...given, sandbox, files };
  const { task, identity } = request;
  const problems = new ProblemList();
  const labels = readTaskLabels(task.labels, problems);
  const { choices } = labels;
  const fromFramework = frameworkVariables(request, problems);
  const data = await readTaskData(task);
  const { aurora } = data;
  const offered = offeredPortsOf(task, fromFramework, aurora?.ports);
  refuseErrors(problems);
  const spec = await findSpec(request, labels, data, problems);
  warnOfUnusedFields(request, spec, problems);
  const variables = { ...fromFramework, ...taskVariables(request, offered, [], aurora) };
  const name = podNameOf({ name: task.name, id: task.task_id.value }, identity, choices.name);
  const ready = readySpec(spec, { request, choices, aurora, policies }, problems);
  const document = loadable(ready, choices, offered, problems);
  refuseErrors(problems);
  const { compose, made, notes } = await renamed(document, async () => {
    const podRequest = (project: ComposeProject): PodRequest => ({
      project,
      readFile: (path) => files.readBytes(path),
      forTask: true,
      ...(choices.network === undefined ? {} : { network: choices.network }),
    });
    const loaded = await load(document, { ...request, name, variables, choices }, podRequest);
    const { compose, notes } = await request.change?.(loaded, files) ?? { compose: loaded, notes: [] };
    const made = await located(compose, () => podOf(podRequest(compose.project)));
    return { compose, made, notes: noteProblems(notes) };
  });
  const user = userOf(request, choices.user, problems, aurora?.role);
  const settings = settingsOf(choices, made.pod.statusHooks ?? [], aurora);
  const judged = asJudged(made.pod, user, settings);
  problems.problems.push(...policies.judge(judged, place));
  const pod = policies.complete(made.pod);
  const wishes = choices.ports === undefined
    ? readPortWishes(made.offeredPorts, pod.containers, offered, "x-pod.ports", problems)
    : readPortWishes(choices.ports, pod.containers, offered, "label mesolet.ports", problems);
  const { containers, assigned } = assignPorts(
    withOffered(pod, spec, offered, wishes),
    offered,
    wishes,
    problems,
  );
  const onHost = hostPaths(sandbox, files.followLinks(sandbox.path));
  const gifts = {
    variables: { ...fromFramework, ...taskVariables(request, offered, assigned, aurora) },
    ...(user === undefined ? {} : { user }),
    pull: choices.pull,
    onHost,
    sandbox,
    mounts: persistentMounts(request, problems),
  };
  const { resources: _resources, ...rest } = pod;
  const resources = choices.cgroup === "none" ? undefined : podResourcesOf(task, pod, problems);
  const httpLifecycle = lifecycleOfTask(pod, choices, { assigned, offered }, problems);
  const complete: Pod = {
    ...rest,
    ...(httpLifecycle === undefined ? {} : { httpLifecycle }),
    ...(resources === undefined ? {} : { resources }),
    ...essentialOf(pod, choices, problems),
    source: sourceOnHost({ ...pod.source, files: spec.origin.files }, onHost),
    containers: containers.map((container) => adaptContainer(container, gifts, problems)),
    labels: taskLabels(request),
  };
  checkContainerIsThere(choices, containers, problems);
  const placed = await compose.locate([
    ...compose.warnings,
    ...made.warnings,
    ...notes,
    ...problems.problems,
  ]);
  const warnings = placed.map((problem) => document.rename(problem));
  if (warnings.some(({ severity }) => severity === "error")) throw new SpecError(warnings, ExitCode.data);
  return {
    pod: complete,
    origin: spec.origin,
    ports: assigned,
    settings,
    judgeAgain: () => policies.judge(judged, place),
    ...(!("healthCheck" in ready) ? {} : { healthCheck: ready.healthCheck }),
    warnings,
    ...(request.change === undefined
      ? {}
      : { document: JSON.parse(printForLoading(compose.project, "json")) as unknown }),
  };
}

/** The pod with what labels of the task say in place of its spec, and may say as little. */
function asJudged(pod: Pod, user: string | undefined, { statusHooks }: TaskSettings): Pod {
  if (user === undefined) return { ...pod, statusHooks };
  return {
    ...pod,
    statusHooks,
    containers: pod.containers.map((container) => ({ ...container, user: container.user ?? user })),
  };
}

/** The spec with what the task has for its text, and what the owner of the host has for its parameters. */
function readySpec(
  spec: FoundSpec,
  about: Parameters<typeof thermosPodOf>[1],
  problems: ProblemList,
): LoadableSpec {
  if ("thermos" in spec) return { name: spec.name, ...thermosPodOf(spec, about, problems) };
  if ("text" in spec && spec.origin.rule === "data" && about.aurora !== undefined) {
    const bindings = bindingsOf(about.request, about.aurora);
    const text = bindThermos(
      spec.text,
      bindings,
      (written, reason) => problems.error(spec.name, `${written}: ${reason}`),
    );
    return { ...spec, text };
  }
  return governed(spec, about.policies, problems);
}

/** A task of one container with the parameters that everyone gets, and without those that nobody may give. */
function governed(spec: PlainSpec, policies: Policies, problems: ProblemList): PlainSpec {
  if (!("run" in spec)) return spec;
  const judged = policies.judgeParameters(spec.run.parameters, runParameterNames);
  for (const message of judged.refusals) problems.error(spec.name, message);
  return { ...spec, run: { ...spec.run, parameters: judged.parameters } };
}

/** What the loader is to load: files that are there, and perhaps one that is not. */
interface Loadable {
  readonly files: readonly string[];
  readonly text?: string;
  /** Gives a problem the name that people know its place by. */
  readonly rename: (problem: Problem) => Problem;
}

type PlainSpec = Exclude<FoundSpec, { readonly thermos: unknown }>;

/** A spec that the loader can be given: a job of Thermos is a Compose document by now. */
type LoadableSpec = PlainSpec | ThermosPod & { readonly name: string };

/** The name in the sandbox that a spec without a file of its own is loaded by; a real file there is never seen. */
const virtualName = ".mesolet-task-spec";

function loadable(
  spec: LoadableSpec,
  choices: TaskChoices,
  offered: OfferedPorts,
  problems: ProblemList,
): Loadable {
  if ("files" in spec) return { files: spec.files, rename: (problem) => problem };
  const isVirtual = (file: string) => file.endsWith(`/${virtualName}`);
  if ("text" in spec) {
    return {
      files: [virtualName],
      text: spec.text,
      rename: (problem) =>
        problem.position === undefined || !isVirtual(problem.position.file)
          ? problem
          : { ...problem, position: { ...problem.position, file: spec.name } },
    };
  }
  // It has no lines that a person wrote.
  const withoutLines = (problem: Problem): Problem =>
    problem.position === undefined || !isVirtual(problem.position.file)
      ? problem
      : { ...problem, position: { file: spec.name } };
  if ("document" in spec) {
    return { files: [virtualName], text: JSON.stringify(spec.document), rename: withoutLines };
  }
  const document = documentOf(spec.run, ({ key, value }, reason) => {
    problems.error(spec.name, `the parameter ${JSON.stringify(key)} (${JSON.stringify(value)}): ${reason}`);
  });
  warnOfUnusedPorts(spec.run, choices, offered, problems);
  refuseOtherPorts(spec.run, choices, offered, problems);
  return {
    files: [virtualName],
    text: JSON.stringify(document),
    rename: withoutLines,
  };
}

/** A container that is known by its image alone gets its ports by wishes, or by number. */
function warnOfUnusedPorts(
  run: ImageRun,
  choices: TaskChoices,
  offered: OfferedPorts,
  problems: ProblemList,
): void {
  if (!run.publishOffered || choices.ports !== undefined || offered.ordered.length === 0) return;
  problems.warning(
    "",
    "nothing says which ports the image listens on: the offered ports go to those that it EXPOSEs, the lowest first, " +
      "and others are published under their own number, for a program that listens on PORT0; otherwise set the label " +
      "mesolet.ports, such as 6379=PORT0",
  );
}

/** Frameworks that name a port of the host mean that one: it has to be the task's, as for Mesos' own Docker executor. */
function refuseOtherPorts(
  { network, ports }: ImageRun,
  choices: TaskChoices,
  { ordered }: OfferedPorts,
  problems: ProblemList,
): void {
  if (choices.ports !== undefined || network === "host") return;
  for (const { published, path } of ports) {
    if (path === undefined || published === undefined || ordered.includes(published)) continue;
    problems.error(path, `${published} is none of the task's ports: ${describePorts(ordered)}`);
  }
}

/** The pod, with the ports that its one container is not known to listen on otherwise. */
function withOffered(
  pod: Pod,
  spec: FoundSpec,
  { ordered }: OfferedPorts,
  wishes: readonly PortWish[],
): Pick<Pod, "containers" | "network"> {
  if (!("run" in spec) || !spec.run.publishOffered) return pod;
  const wished = new Set(wishes.map(({ hostPort }) => hostPort));
  const rest = ordered.slice(0, mostPublished).filter((port) => !wished.has(port));
  const publish = (container: Container): Container => ({
    ...container,
    ports: [
      ...container.ports,
      ...rest.map((port) => ({
        target: port,
        protocol: "tcp" as const,
        published: String(port),
        // Who says anything of ports is believed to have said all.
        ...(wishes.length === 0 ? { ofImage: true as const } : {}),
      })),
    ],
  });
  return {
    network: pod.network,
    containers: pod.containers.map((container) =>
      container.name === imageContainerName && pod.network.mode !== "none" ? publish(container) : container
    ),
  };
}

/** A published port costs the engine a process; nobody who is offered more wants them all. */
const mostPublished = 32;

/** Runs what may refuse the spec; its problems get the names that people know their places by. */
async function renamed<Result>({ rename }: Loadable, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(error.problems.map(rename), error.exitCode, { cause: error });
  }
}

function load(
  { files, text }: Loadable,
  request: TaskPodRequest & {
    readonly name: string;
    readonly variables: Variables;
    readonly choices: TaskChoices;
  },
  podRequest: (project: ComposeProject) => PodRequest,
): Promise<ComposeResult> {
  const { sandbox, choices } = request;
  const path = `${sandbox.path}/${virtualName}`;
  return loadCompose({
    files,
    projectName: request.name,
    ...(choices.profiles === undefined ? {} : { profiles: choices.profiles }),
    environment: request.variables,
    workingDirectory: sandbox.path,
    access: text === undefined ? request.files : withText(request.files, path, text),
    furtherErrors: (project) => podErrors(podRequest(project)),
  });
}

/** The file system with one file more. */
function withText(files: SandboxFiles, path: string, text: string): SandboxFiles {
  return {
    ...files,
    readText: (asked) => asked === path ? text : files.readText(asked),
    kind: (asked) => asked === path ? "file" : files.kind(asked),
    followLinks: (asked) => asked === path ? path : files.followLinks(asked),
  };
}

function refuseErrors(problems: ProblemList): void {
  if (problems.problems.some(({ severity }) => severity === "error")) throw new SpecError(problems.problems);
}

function essentialOf(
  pod: Pod,
  { essential }: TaskChoices,
  problems: ProblemList,
): Partial<Pick<Pod, "essential" | "essentialIsExplicit">> {
  if (essential === undefined) return {};
  const names = pod.containers.map(({ name }) => name);
  for (const name of essential) {
    if (!names.includes(name)) {
      problems.error("label mesolet.essential", `no container is called ${name}: use ${names.join(", ")}`);
    }
  }
  return { essential: [...new Set(essential)].sort(), essentialIsExplicit: true };
}

function checkContainerIsThere(
  { checkContainer }: TaskChoices,
  containers: readonly Container[],
  problems: ProblemList,
): void {
  const names = containers.map(({ name }) => name);
  if (checkContainer === undefined || names.includes(checkContainer)) return;
  problems.error(
    "label mesolet.check-container",
    `no container is called ${checkContainer}: use ${names.join(", ")}`,
  );
}
