/** Where the pod of a task comes from: the rules of docs/mesos-task.md in their order, the first that applies. */

import type { ProblemList } from "../../compose/problem_list.ts";
import { defaultNames } from "../../compose/project_setup.ts";
import { ExitCode, formatProblem, MesoletError, SpecError } from "../../pod/errors.ts";
import type { TaskInfo } from "../wire/messages.ts";
import { runOfApp } from "./app_document.ts";
import { hasDockerImage, runOfContainer } from "./docker_container.ts";
import type { ImageRun } from "./image_run.ts";
import { runOfWords, wordsOfLine } from "./image_words.ts";
import { defaultFiles, labelledFiles, listing } from "./sandbox_spec.ts";
import { recogniseSpec } from "./spec_text.ts";
import { type TaskData, unpacked } from "./task_data.ts";
import type { TaskLabels } from "./task_labels.ts";
import type { SpecOrigin, TaskPodRequest } from "./task_pod.ts";

/** A spec that was found: files of the sandbox, a text, or a task of one container. */
export type FoundSpec =
  & { readonly origin: SpecOrigin }
  & (
    | { readonly files: readonly string[] }
    /** `name` stands for the file's in messages. */
    | { readonly text: string; readonly name: string }
    | { readonly run: ImageRun; readonly name: string }
    /** A job of Aurora's own executor. */
    | { readonly thermos: Readonly<Record<string, unknown>>; readonly name: string }
  );

/**
 * Finds the spec of a task.
 *
 * @throws {MesoletError} where a rule applies and its spec cannot be had, and where none applies
 */
export async function findSpec(
  request: TaskPodRequest,
  labels: TaskLabels,
  data: TaskData,
  problems: ProblemList,
): Promise<FoundSpec> {
  const { task, sandbox, files, words } = request;
  if (request.containerAlone === true) return containerSpec(request, problems);
  if (labels.files !== undefined) {
    const commands = [task.command, request.executor?.command];
    const found = labelledFiles(labels.files, sandbox.path, files, commands);
    return fromFiles("files-label", `the label ${labels.files.label}`, found);
  }
  if (data.problem !== undefined) throw data.problem;
  const text = await specText(labels, data);
  if (text !== undefined) return text;
  const byDefault = defaultFiles(sandbox.path, files);
  if (byDefault.files.length > 0) {
    if (byDefault.others.length > 0) {
      problems.warning(
        "",
        `${byDefault.files.join(", ")} is used; also in the sandbox: ${byDefault.others.join(", ")}`,
      );
    }
    return fromFiles("sandbox-file", "the sandbox, as no label or data names a spec", byDefault.files);
  }
  if (hasDockerImage(task.container)) return containerSpec(request, problems);
  const image = imageSpec(task, data, words, problems);
  if (image !== undefined) return image;
  // What names an image that is none says more than that there is nothing.
  if (problems.problems.some(({ severity }) => severity === "error")) throw new SpecError(problems.problems);
  throw nothingFound(request, data, problems);
}

function containerSpec({ task, words }: TaskPodRequest, problems: ProblemList): FoundSpec {
  return {
    origin: { rule: "docker-container", description: "the task's container (TaskInfo.container)", files: [] },
    run: runOfContainer(task, words, problems),
    name: "TaskInfo.container",
  };
}

function fromFiles(rule: SpecOrigin["rule"], where: string, files: readonly string[]): FoundSpec {
  return { origin: { rule, description: `${files.join(", ")}, by ${where}`, files }, files };
}

/** The spec itself in a label, which has to be one, or in the data, which may be anything. */
async function specText(labels: TaskLabels, data: TaskData): Promise<FoundSpec | undefined> {
  if (labels.specData !== undefined) {
    const { label, text } = labels.specData;
    const name = `label ${label}`;
    const texts = await unpacked(name, new TextEncoder().encode(text));
    const found = composeText(texts, name);
    if (found !== undefined) return { ...textSpec("label", name, found) };
    throw new MesoletError(
      `${name} holds no Compose file: it has to be a mapping with services, as text, gzip or base64`,
      ExitCode.data,
    );
  }
  const { name, thermos } = data;
  if (thermos !== undefined) {
    const description = `the processes of the Aurora job in ${name}`;
    return { origin: { rule: "thermos", description, files: [] }, thermos, name };
  }
  const found = composeText(data.texts, name);
  return found === undefined ? undefined : textSpec("data", name, found);
}

function textSpec(rule: SpecOrigin["rule"], name: string, text: string): FoundSpec {
  return { origin: { rule, description: `the text of ${name}`, files: [] }, text, name };
}

/** The place where another format of a spec would be taken: so far there is Compose alone. */
function composeText(texts: readonly string[], where: string): string | undefined {
  for (const text of texts) {
    const { kind } = recogniseSpec(text);
    if (kind === "compose") return text;
    if (kind === "kubernetes") {
      throw new MesoletError(
        `${where} is a Kubernetes manifest, which is not read yet: write the pod as a Compose file`,
        ExitCode.data,
      );
    }
  }
  return undefined;
}

/** Image first: in the data, in the task's command, or on the executor's own command line. */
function imageSpec(
  task: TaskInfo,
  data: TaskData,
  words: readonly string[],
  problems: ProblemList,
): FoundSpec | undefined {
  const found = (run: ImageRun, name: string, where: string): FoundSpec => ({
    origin: { rule: "image", description: `the image ${run.image} of ${where}`, files: [] },
    run,
    name,
  });
  for (const text of data.texts) {
    const recognised = recogniseSpec(text);
    const run = recognised.kind === "object"
      ? runOfApp(recognised.value, problems)
      : runOfWords(wordsOfLine(text));
    if (run !== undefined) return found(run, "TaskInfo.data", `the task's data (${data.name})`);
  }
  const { value = "", shell = true, arguments: given = [] } = task.command ?? {};
  const command = runOfWords(shell ? wordsOfLine(value) : [value, ...given]);
  if (command !== undefined) {
    return found(command, "TaskInfo.command", "the task's command (TaskInfo.command)");
  }
  const own = runOfWords(words);
  return own === undefined ? undefined : found(own, "the executor's arguments", "the executor's arguments");
}

function nothingFound(
  { task, sandbox, files, words }: TaskPodRequest,
  data: TaskData,
  problems: ProblemList,
): MesoletError {
  const container = task.container === undefined
    ? "none"
    : `one of type ${task.container.type} without a Docker image`;
  return new MesoletError(
    "The task has no spec of a pod. Looked for: files that the label mesolet.spec or fileName names (no such label); " +
      `a Compose file in TaskInfo.data (${
        describeData(data)
      }) or the label mesolet.spec-data (no such label); ` +
      `${defaultNames.join(", ")} in the sandbox (it holds ${listing(files.list(sandbox.path))}); ` +
      `an image in TaskInfo.container (${container}); an image in front of TaskInfo.command or of the executor's ` +
      `arguments (${words.length === 0 ? "none" : words.join(" ")})` +
      // A label that is misspelt is often all that is missing.
      problems.problems.map((problem) => `; ${formatProblem(problem)}`).join(""),
    ExitCode.noInput,
  );
}

function describeData({ length, texts, aurora }: TaskData): string {
  if (length === 0) return "none";
  if (aurora !== undefined) return "a task of Aurora without services or processes";
  const [text] = texts;
  if (text === undefined) return `${length} bytes that are no text`;
  return recogniseSpec(text).kind === "object"
    ? "a JSON object without services or an image"
    : `${length} bytes of text without services`;
}
