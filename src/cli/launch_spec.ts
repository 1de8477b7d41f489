import { denoFiles } from "../compose/deno_files.ts";
import type { ComposeFiles } from "../compose/files.ts";
import { joinPath } from "../compose/paths.ts";
import type { ComposeRequest } from "../compose/request.ts";
import type { TravellingSpec } from "../compose/travelling_spec.ts";
import {
  flagsOfImage,
  imageDocument,
  labelsOf,
  type LaunchDocument,
  overlayDocument,
} from "../mesos/framework/one_off/image_document.ts";
import type { LaunchFlags } from "../mesos/framework/one_off/launch_flags.ts";
import { oneOffWish } from "../mesos/framework/one_off/one_off_wish.ts";
import { readConstraint } from "../mesos/framework/one_off/read_constraint.ts";
import type { PodWish } from "../mesos/framework/wish/pod_wish.ts";
import { ExitCode, type Problem, SpecError, UsageError } from "../pod/errors.ts";
import { isPodName } from "../pod/names.ts";
import { loadForCluster } from "./cluster_spec.ts";
import type { CommandContext } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { policiesOfHost } from "./host_policies.ts";

/** What a command line asks to launch. */
export interface LaunchRequest extends LaunchFlags {
  /** A Compose file, in place of an image. */
  readonly pod: string | undefined;
  readonly name: string | undefined;
  readonly constraint: readonly string[];
  readonly image: string | undefined;
  readonly words: readonly string[];
  /** Of the framework; none: those of the pod. */
  readonly role: readonly string[];
}

/** What is to be launched. */
export interface LaunchSpec {
  readonly wish: PodWish;
  /** Of the framework; not empty. */
  readonly roles: readonly string[];
  readonly travelling: TravellingSpec;
  /** The containers' replicas, as their files in the sandbox are called: `web-1`. */
  readonly replicas: readonly string[];
  readonly warnings: readonly Problem[];
}

/** A file that is not there: it has what flags say. */
const virtualName = ".mesolet-launch.json";

/**
 * Makes of flags what a cluster is to run: a Compose document, loaded and checked as every other.
 *
 * @throws {UsageError} where a flag makes no sense
 * @throws {SpecError} with all problems; those of flags have the flags' names, and are errors of usage when they are all
 */
export async function launchSpec(
  request: LaunchRequest,
  globals: Pick<GlobalValues, "network" | "envFile" | "profile" | "policy">,
  context: Pick<CommandContext, "variables" | "workingDirectory">,
): Promise<LaunchSpec> {
  const flags = inFlags(() => ({
    constraints: request.constraint.map(constraintOf),
    labels: labelsOf(request),
    document: documentOf(request, globals, context),
  }));
  const { document, labels, constraints } = flags;
  const asked = composeRequest(request, document, globals, context);
  try {
    const { network } = globals;
    const policies = await policiesOfHost({ file: globals.policy });
    const spec = await loadForCluster(asked, { network, policies });
    const { compose, pod, warnings, offeredPorts, travelling } = spec;
    const origin = { directory: context.workingDirectory, files: pod.source.files };
    const roles = request.role.length > 0 ? request.role : pod.cluster?.roles ?? ["*"];
    const { wish, problems } = oneOffWish({
      wish: { pod, origin, travelling, offeredPorts, roles },
      constraints,
      labels,
    });
    const all = await compose.locate([...warnings, ...problems]);
    if (wish === undefined) throw new SpecError(all);
    return {
      wish,
      roles,
      travelling,
      replicas: pod.containers.flatMap(({ name, replicas }) =>
        Array.from({ length: replicas }, (_, index) => `${name}-${index + 1}`)
      ),
      warnings: all.map((problem) => named(problem, document)),
    };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const problems = error.problems.map((problem) => named(problem, document));
    const ofFlags = problems.every(({ severity, path }) => severity !== "error" || path.startsWith("--"));
    throw new SpecError(problems, ofFlags ? ExitCode.usage : error.exitCode, { cause: error });
  }
}

function documentOf(
  request: LaunchRequest,
  { network }: Pick<GlobalValues, "network">,
  { variables }: Pick<CommandContext, "variables">,
): LaunchDocument | undefined {
  const { image, pod, words } = request;
  if (pod !== undefined) {
    const [other] = [...(image === undefined ? [] : [`the image ${image}`]), ...flagsOfImage(request)];
    if (other === undefined) return overlayDocument(request);
    throw new RangeError(`--pod runs what its file says: ${other} is for an image without one`);
  }
  if (image === undefined) {
    throw new RangeError("launch needs an image, or --pod FILE: see mesolet help launch");
  }
  return imageDocument(image, words, request, { network, variables });
}

function composeRequest(
  { pod, name, image = "" }: LaunchRequest,
  document: LaunchDocument | undefined,
  { envFile, profile }: Pick<GlobalValues, "envFile" | "profile">,
  { variables, workingDirectory }: Pick<CommandContext, "variables" | "workingDirectory">,
): ComposeRequest {
  if (name !== undefined && !isPodName(name)) {
    throw new UsageError(
      `--name ${name}: a name has lower-case letters, digits, - and _, with a letter or digit in front`,
    );
  }
  const path = joinPath(workingDirectory, virtualName);
  const text = document === undefined ? undefined : JSON.stringify(document.document);
  const access = text === undefined ? denoFiles : withText(denoFiles, path, text);
  const common = {
    workingDirectory,
    ...(name === undefined ? {} : { projectName: name }),
    searchAbove: false,
  };
  if (pod !== undefined) {
    return {
      ...common,
      files: [pod, ...(document === undefined ? [] : [path])],
      profiles: profile,
      environmentFiles: envFile,
      environment: variables,
      access,
    };
  }
  return {
    ...common,
    files: [path],
    defaultName: nameOfImage(image),
    // What a command line says has its values: neither a .env of this directory nor this shell is asked.
    environment: {},
    access: { ...access, kind: (asked) => asked.endsWith("/.env") ? "absent" : access.kind(asked) },
  };
}

/** The last part of an image's name, without tag and digest. */
export function nameOfImage(image: string): string {
  const [path = ""] = image.split("@");
  const last = path.slice(path.lastIndexOf("/") + 1).split(":")[0] ?? "";
  const name = last.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-").replace(/^[_-]+/, "").slice(0, 63);
  return name === "" ? "launch" : name;
}

/** The file system with one file more. */
function withText(files: ComposeFiles, path: string, text: string): ComposeFiles {
  return {
    ...files,
    readText: (asked) => asked === path ? text : files.readText(asked),
    kind: (asked) => asked === path ? "file" : files.kind(asked),
    followLinks: (asked) => asked === path ? path : files.followLinks(asked),
  };
}

/** A problem by the names that a person knows: nobody wrote the document. */
function named(problem: Problem, document: LaunchDocument | undefined): Problem {
  const { position, ...rest } = problem;
  if (document === undefined || position?.file.endsWith(virtualName) === false) return problem;
  return { ...rest, path: document.nameOf(problem.path) };
}

function constraintOf(text: string) {
  try {
    return readConstraint(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`--constraint: ${error.message}`, { cause: error });
  }
}

function inFlags<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
