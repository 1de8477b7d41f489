/** The Compose loader: a request in, a project in normal form out. */

import { ExitCode, type Problem, SpecError } from "../pod/errors.ts";
import { checkConsistency } from "./consistency.ts";
import { decodeProject } from "./decode_project.ts";
import { resolveEnvironmentFiles, resolveLabelFiles } from "./environment_files.ts";
import type { ComposeFiles } from "./files.ts";
import { SourceMap } from "./locate.ts";
import type { ComposeProject } from "./model.ts";
import { normalise } from "./normalise.ts";
import { LoadingStopped, ProblemCollector } from "./problems.ts";
import { dropUnused, partServices } from "./profiles.ts";
import { nameProject, type ProjectSetup, setUpProject } from "./project_setup.ts";
import type { ComposeRequest, ComposeResult } from "./request.ts";
import { formatPath, type Mapping, parsePath } from "./tree.ts";
import { lookupIn, TreeLoader } from "./tree_loader.ts";
import { ExactReaderNeeded } from "./yaml_document.ts";
import type { LoadedExactReader } from "./yaml_exact.ts";

/**
 * Loads a Compose project: finds and reads the files, puts values for variables, includes, extends, merges, checks,
 * and writes out what follows. Reads the files through `request.access` and asks nothing else of the host.
 *
 * @throws {SpecError} with every problem that was found, errors and warnings, each with its position where it has one
 */
export async function loadCompose(asked: ComposeRequest): Promise<ComposeResult> {
  const request = { ...asked, access: readingInputOnce(asked.access) };
  try {
    return await loadWith(request, undefined);
  } catch (error) {
    if (!(error instanceof ExactReaderNeeded)) throw error;
    // Few files need it: to start over for them costs less than to load it for all.
    return await loadWith(request, await loadExactReader());
  }
}

/** Standard input is gone when it was read; starting over needs it again. */
function readingInputOnce(access: ComposeFiles): ComposeFiles {
  let input: string | undefined;
  return {
    readText: (path) => access.readText(path),
    readStandardInput: () => input ??= access.readStandardInput(),
    kind: (path) => access.kind(path),
    followLinks: (path) => access.followLinks(path),
  };
}

async function loadExactReader(): Promise<LoadedExactReader> {
  return (await import("./yaml_exact.ts")).exactReader;
}

async function loadWith(
  request: ComposeRequest,
  exact: LoadedExactReader | undefined,
): Promise<ComposeResult> {
  const problems = new ProblemCollector();
  const sources = new SourceMap();
  try {
    const { project, tree } = load(request, problems, sources, exact);
    return {
      project,
      tree,
      warnings: problems.found.map((found) => ({
        severity: found.severity,
        message: found.message,
        path: formatPath(found.segments),
        ...(found.file === undefined ? {} : {
          position: found.line === undefined ? { file: found.file } : { file: found.file, line: found.line },
        }),
      })),
      positionOf: async (path) => sources.find(path, await loadExactReader()),
      locate: async (unplaced) => {
        if (unplaced.length === 0) return [];
        const reader = await loadExactReader();
        return unplaced.map((problem) => locateProblem(problem, sources, reader));
      },
    };
  } catch (error) {
    if (!(error instanceof LoadingStopped)) throw error;
    const placed = sources.place(error.found, exact ?? await loadExactReader());
    throw new SpecError(inFileOrder(placed), error.exitCode, { cause: error });
  }
}

/**
 * Problems as a person walks through the files: file by file, line by line; first those without a place. What is
 * wrong in one place is one problem, whoever takes it over from there.
 */
function inFileOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ position }) => position?.file))];
  const seen = new Set<string>();
  return problems
    .filter(({ severity, message, position, path }) => {
      const key = JSON.stringify([
        severity,
        message,
        position?.line === undefined ? [position?.file, path] : position,
      ]);
      return !seen.has(key) && seen.add(key);
    })
    .sort(({ position: one }, { position: other }) =>
      files.indexOf(one?.file) - files.indexOf(other?.file) ||
      (one?.line ?? 0) - (other?.line ?? 0) ||
      (one?.column ?? 0) - (other?.column ?? 0)
    );
}

function locateProblem(problem: Problem, sources: SourceMap, reader: LoadedExactReader): Problem {
  if (problem.path === "" || problem.position?.line !== undefined) return problem;
  const position = sources.find(problem.path, reader);
  return position === undefined ? problem : { ...problem, position };
}

function load(
  request: ComposeRequest,
  problems: ProblemCollector,
  sources: SourceMap,
  exact: LoadedExactReader | undefined,
): { project: ComposeProject; tree: Mapping } {
  const skip = request.skip ?? {};
  const setup = setUpProject(request, problems);
  const loader = new TreeLoader({
    access: request.access,
    problems,
    sources,
    exact,
    skip,
    home: setup.environment.HOME,
  });
  const { files } = setup;
  // What can be read is loaded without the rest, so that its problems are told as well.
  const readable = files.filter((file) => problems.attempt(() => loader.documents(file)) !== undefined);
  if (readable.length === 0) problems.check();
  problems.file = undefined;
  const name = nameProject(
    request,
    { ...setup, files: readable },
    (file) => loader.documents(file),
    problems,
  );
  const environment: Record<string, string> = Object.assign(Object.create(null), setup.environment, {
    COMPOSE_PROJECT_NAME: name,
  });
  const tree = loader.load(readable, { directory: setup.directory, environment, including: [] });
  if (Object.keys(tree).length === 0) {
    problems.check();
    throw problems.stop(
      [],
      "the file is empty",
      setup.files[0] === undefined ? {} : { file: setup.files[0] },
    );
  }
  const lookup = lookupIn(environment);
  if (!skip.normalisation) {
    tree.name = name;
    normalise(tree, name, lookup);
  }
  if (skip.interpolation) {
    problems.check();
    return { project: emptyProject(name, setup, environment), tree };
  }
  const project = makeProject(tree, name, setup, environment, problems);
  // Nothing of the project is used when something is wrong: what can still be found is told with it.
  problems.takeErrors();
  if (!skip.consistency) {
    checkConsistency(project, problems);
    problems.takeErrors();
  }
  if (!skip.environmentResolution) {
    resolveEnvironmentFiles(project, request.access, problems);
    resolveLabelFiles(project, request.access, problems);
  }
  if (problems.hasErrors && !problems.lacksParts) {
    for (const { path, message } of request.furtherErrors?.(project) ?? []) {
      problems.error(parsePath(path), message);
    }
  }
  problems.check(ExitCode.data);
  dropUnused(project);
  return { project, tree };
}

function makeProject(
  tree: Mapping,
  name: string,
  setup: ProjectSetup,
  environment: Record<string, string>,
  problems: ProblemCollector,
): ComposeProject {
  const decoded = decodeProject(tree, lookupIn(environment), problems);
  const { active, disabled } = partServices(decoded.services, setup.profiles);
  return {
    ...emptyProject(name, setup, environment),
    ...decoded,
    services: active,
    disabledServices: disabled,
  };
}

function emptyProject(
  name: string,
  setup: ProjectSetup,
  environment: Record<string, string>,
): ComposeProject {
  return {
    name,
    workingDirectory: setup.directory,
    files: [...setup.files],
    environmentFiles: [...setup.environmentFiles],
    environment,
    profiles: [...setup.profiles],
    services: {},
    disabledServices: {},
    networks: {},
    volumes: {},
    configs: {},
    secrets: {},
    models: {},
    extensions: {},
  };
}
