/** Before any file is merged: which files, which variables, which name. */

import { ExitCode } from "../pod/errors.ts";
import type { ComposeFiles } from "./files.ts";
import { interpolate, InterpolationError } from "./interpolation.ts";
import { parseBoolean } from "./interpolate_tree.ts";
import { directoryOf, joinPath } from "./paths.ts";
import { LoadingStopped, ProblemCollector } from "./problems.ts";
import type { ComposeRequest } from "./request.ts";
import { textOf } from "./scalars.ts";
import { environmentWith, lookupIn } from "./tree_loader.ts";
import { isMapping, type Tree } from "./tree.ts";
import type { YamlDocument } from "./yaml_document.ts";

/** What is known before the files are merged. */
export interface ProjectSetup {
  /** Absolute paths in merge order; `-` is standard input. */
  readonly files: readonly string[];
  /** Absolute. */
  readonly directory: string;
  /** Absolute paths of the environment files that were asked for. */
  readonly environmentFiles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly profiles: readonly string[];
}

/** The names of a Compose file that needs no naming, the preferred one first. */
export const defaultNames: readonly string[] = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
];
/** The names of a file that is merged over it, the preferred one first. */
export const overrideNames: readonly string[] = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/** Finds out which files and variables a request means; what is wrong stops the loader. */
export function setUpProject(request: ComposeRequest, problems: ProblemCollector): ProjectSetup {
  const { access, workingDirectory } = request;
  const absolute = (path: string) => path === "-" ? path : joinPath(workingDirectory, path);
  const given = (request.files ?? []).map(absolute);
  const explicit = request.projectDirectory === undefined || request.projectDirectory === ""
    ? undefined
    : absolute(request.projectDirectory);
  const environmentFiles = askedEnvironmentFiles(request).map(absolute);
  // A .env beside the files may name the files; then there may be another .env beside those.
  const directoryBefore = explicit ?? directoryFrom(given, workingDirectory);
  let environment: Readonly<Record<string, string>> = request.environment;
  const readBeside = (directory: string) => {
    const files = environmentFiles.length > 0
      ? environmentFiles
      : defaultEnvironmentFile(directory, request, problems);
    environment = environmentWith(environment, files, access, problems, []);
  };
  readBeside(directoryBefore);
  const files = given.length > 0 ? given : findFiles(environment, directoryBefore, request, problems);
  const directory = explicit ?? directoryFrom(files, workingDirectory);
  if (directory !== directoryBefore) readBeside(directory);
  const profiles = (request.profiles ?? []).length > 0
    ? request.profiles ?? []
    : splitTexts(environment.COMPOSE_PROFILES ?? "", ",");
  return { files, directory, environmentFiles, environment, profiles };
}

/** The directory that relative paths of a project start from; undefined where no project is found. */
export function projectDirectoryOf(request: ComposeRequest): string | undefined {
  try {
    return setUpProject(request, new ProblemCollector()).directory;
  } catch (error) {
    if (error instanceof LoadingStopped) return undefined;
    throw error;
  }
}

function askedEnvironmentFiles(request: ComposeRequest): readonly string[] {
  const asked = request.environmentFiles ?? [];
  return asked.length > 0 ? asked : splitTexts(request.environment.COMPOSE_ENV_FILES ?? "", ",");
}

function defaultEnvironmentFile(
  directory: string,
  request: ComposeRequest,
  problems: ProblemCollector,
): string[] {
  const disabled = request.environment.COMPOSE_DISABLE_ENV_FILE ?? "";
  if (disabled !== "" && readSwitch(disabled, problems)) return [];
  const file = `${directory}/.env`;
  return request.access.kind(file) === "file" ? [file] : [];
}

function readSwitch(text: string, problems: ProblemCollector): boolean {
  if (text === "1" || text === "0") return text === "1";
  try {
    return parseBoolean(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw problems.stop([], `COMPOSE_DISABLE_ENV_FILE: ${error.message}`, { exitCode: ExitCode.usage });
  }
}

function directoryFrom(files: readonly string[], workingDirectory: string): string {
  const first = files.find((file) => file !== "-");
  return first === undefined ? workingDirectory : directoryOf(first);
}

function splitTexts(text: string, separator: string): string[] {
  return text.split(separator).map((part) => part.trim()).filter((part) => part !== "");
}

function findFiles(
  environment: Readonly<Record<string, string>>,
  start: string,
  { access, workingDirectory, searchAbove = true }: ComposeRequest,
  problems: ProblemCollector,
): string[] {
  const named = environment.COMPOSE_FILE;
  if (named !== undefined && named !== "") {
    const separator = environment.COMPOSE_PATH_SEPARATOR || ":";
    return named.split(separator).map((path) => path === "-" ? path : joinPath(workingDirectory, path));
  }
  for (let directory = start;; directory = directoryOf(directory)) {
    const { files, others } = defaultFilesIn(directory, access);
    const [file] = files;
    if (file !== undefined) {
      if (others.length > 0) problems.warning([], `is used; also there: ${others.join(", ")}`, { file });
      return files;
    }
    if (!searchAbove || directory === "/" || directory === ".") break;
  }
  throw problems.stop(
    [],
    `there is no ${defaultNames.join(", ")} in ${start}${
      searchAbove ? " or above: name a file with -f" : ""
    }`,
    { exitCode: ExitCode.noInput },
  );
}

/** The files of a directory that are used when none is named, and those of the other default names. */
export function defaultFilesIn(
  directory: string,
  access: ComposeFiles,
): { readonly files: string[]; readonly others: readonly string[] } {
  const there = (names: readonly string[]) =>
    names.map((name) => joinPath(directory, name)).filter((path) => access.kind(path) !== "absent");
  const [file, ...others] = there(defaultNames);
  if (file === undefined) return { files: [], others: [] };
  const [override] = there(overrideNames);
  return { files: override === undefined ? [file] : [file, override], others };
}

/** Makes a name of any text: lower case, letters, digits, `-` and `_`, starting with a letter or digit. */
export function normaliseProjectName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9_-]/g, "").replace(/^[_-]+/, "");
}

/**
 * Finds the name of a project: `-p`, COMPOSE_PROJECT_NAME, the last `x-pod.name` of the files, their last `name`, the
 * default name that is asked for, the directory.
 * What is no name stops the loader.
 */
export function nameProject(
  request: ComposeRequest,
  setup: ProjectSetup,
  documents: (file: string) => readonly YamlDocument[],
  problems: ProblemCollector,
): string {
  const given = request.projectName || setup.environment.COMPOSE_PROJECT_NAME;
  if (given !== undefined && given !== "") {
    if (normaliseProjectName(given) === given) return given;
    throw problems.stop(
      [],
      `the project name ${JSON.stringify(given)} must be lower-case letters, digits, - and _, ` +
        `and start with a letter or digit`,
      { exitCode: ExitCode.usage },
    );
  }
  let found = "";
  let file: string | undefined;
  let fromPod = false;
  for (const candidate of setup.files) {
    for (const { value } of documents(candidate)) {
      if (!isMapping(value)) continue;
      const pod = value["x-pod"];
      const podName = isMapping(pod) ? nameText(pod.name) : "";
      const text = podName === "" ? nameText(value.name) : podName;
      if (text === "" || (fromPod && podName === "")) continue;
      fromPod = podName !== "";
      [found, file] = [text, candidate];
    }
  }
  problems.file = file;
  const name = file === undefined
    ? normaliseProjectName(request.defaultName ?? setup.directory.split("/").pop() ?? "")
    : normaliseProjectName(request.skip?.interpolation ? found : interpolatedName(found, setup, problems));
  if (name === "") {
    const unnamed = request.defaultName === undefined
      ? `the directory ${setup.directory}`
      : JSON.stringify(request.defaultName);
    const origin = file === undefined ? unnamed : JSON.stringify(found);
    throw problems.stop(
      file === undefined ? [] : ["name"],
      `${origin} gives no project name: set one with -p or \`name\``,
    );
  }
  problems.file = undefined;
  return name;
}

function nameText(value: Tree | undefined): string {
  return value === undefined || value === null || typeof value === "object" ? "" : textOf(value);
}

function interpolatedName(text: string, setup: ProjectSetup, problems: ProblemCollector): string {
  try {
    return interpolate(text, {
      lookup: lookupIn(setup.environment),
      unset: (name) => problems.unsetVariable(name, ["name"]),
    });
  } catch (error) {
    if (!(error instanceof InterpolationError)) throw error;
    throw problems.stop(["name"], error.message);
  }
}
