import { denoFiles } from "../compose/deno_files.ts";
import { loadCompose } from "../compose/load.ts";
import { podOf } from "../compose/pod.ts";
import type { ComposeRequest, ComposeResult } from "../compose/request.ts";
import { ExitCode, type Problem, SpecError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { CommandContext } from "./context.ts";
import { problemLine } from "./error_report.ts";
import type { GlobalValues } from "./global_flags.ts";

/** A pod as its files have it. */
export interface PodSpec {
  readonly pod: Pod;
  /** Gives problems the place in the files that their path stands at. */
  readonly locate: (problems: readonly Problem[]) => Promise<Problem[]>;
}

/** What the global flags and the surroundings ask the Compose loader for. */
export function composeRequestOf(
  globals: Pick<GlobalValues, "file" | "projectName" | "profile" | "envFile" | "projectDirectory">,
  context: Pick<CommandContext, "variables" | "workingDirectory">,
): ComposeRequest {
  return {
    files: globals.file,
    profiles: globals.profile,
    environmentFiles: globals.envFile,
    ...(globals.projectName === undefined ? {} : { projectName: globals.projectName }),
    ...(globals.projectDirectory === undefined ? {} : { projectDirectory: globals.projectDirectory }),
    environment: context.variables,
    workingDirectory: context.workingDirectory,
    access: denoFiles,
  };
}

/**
 * Loads the pod that the global flags name. Warnings are printed, with their places.
 *
 * @throws {SpecError} with every problem and its place.
 */
export async function loadPodSpec(globals: GlobalValues, context: CommandContext): Promise<PodSpec> {
  const request = composeRequestOf(globals, context);
  const compose = await loadCompose(request);
  const made = await located(compose, () =>
    podOf({
      project: compose.project,
      readFile: readSmallFile,
      ...(globals.network === undefined ? {} : { network: globals.network }),
    }));
  await printWarnings(await compose.locate([...compose.warnings, ...made.warnings]), globals, context);
  return { pod: made.pod, locate: (problems) => compose.locate(problems) };
}

/** Prints warnings, unless nobody wants to hear. */
export async function printWarnings(
  problems: readonly Problem[],
  globals: Pick<GlobalValues, "quiet">,
  context: Pick<CommandContext, "error" | "errorStyle">,
): Promise<void> {
  if (globals.quiet) return;
  for (const problem of problems) context.error.write(`${problemLine(problem, context.errorStyle)}\n`);
  await context.error.flush();
}

/** Runs what may refuse a spec; the refusal gets its places. */
export async function located<Result>(
  source: Pick<ComposeResult, "locate">,
  work: () => Result,
): Promise<Result> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(await source.locate(error.problems), error.exitCode, { cause: error });
  }
}

/** The name of the pod that the global flags name; undefined where no file is given and none is found. */
export async function podNameOf(globals: GlobalValues, context: CommandContext): Promise<string | undefined> {
  if (globals.projectName !== undefined) return globals.projectName;
  try {
    return (await loadCompose(composeRequestOf(globals, context))).project.name;
  } catch (error) {
    const asked = globals.file.length > 0 || (context.variables["COMPOSE_FILE"] ?? "") !== "";
    if (!asked && error instanceof SpecError && error.exitCode === ExitCode.noInput) return undefined;
    throw error;
  }
}

/** Contents of secrets and configs go into hashes; what is larger is no such thing. */
const largestReadFile = 1024 * 1024;

function readSmallFile(path: string): Uint8Array | undefined {
  try {
    const information = Deno.statSync(path);
    if (!information.isFile || information.size > largestReadFile) return undefined;
    return Deno.readFileSync(path);
  } catch {
    // The pod's loader reports what it cannot do without.
    return undefined;
  }
}
