import { readSmallFile } from "../compose/deno_files.ts";
import { loadCompose } from "../compose/load.ts";
import { located } from "../compose/located.ts";
import type { ComposeProject } from "../compose/model.ts";
import { podErrors, podOf, type PodRequest } from "../compose/pod.ts";
import type { ComposeResult } from "../compose/request.ts";
import { ExitCode, type Problem, SpecError, UsageError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import { isPodName } from "../pod/names.ts";
import { composeRequestOf } from "./compose_request.ts";
import type { CommandContext } from "./context.ts";
import { problemLine } from "./error_report.ts";
import type { GlobalValues } from "./global_flags.ts";

/** A pod as its files have it. */
export interface PodSpec {
  readonly pod: Pod;
  /** Gives problems the place in the files that their path stands at. */
  readonly locate: (problems: readonly Problem[]) => Promise<Problem[]>;
}

/** The files that the global flags name. They are read once: standard input can be read only once. */
export class PodFiles {
  readonly #globals: GlobalValues;
  readonly #context: CommandContext;
  #loaded: Promise<ComposeResult> | undefined;

  constructor(globals: GlobalValues, context: CommandContext) {
    this.#globals = globals;
    this.#context = context;
  }

  /**
   * The name of the pod; undefined where no file is given and none is found. With `-p` no file is read.
   *
   * @throws {UsageError} for a name that no pod can have
   */
  async podName(): Promise<string | undefined> {
    const { projectName, file } = this.#globals;
    if (projectName !== undefined) {
      if (isPodName(projectName)) return projectName;
      throw new UsageError(
        `${JSON.stringify(projectName)} cannot be the name of a pod: ` +
          "lower-case letters, digits, - and _, with a letter or digit in front",
      );
    }
    try {
      return (await this.#load()).project.name;
    } catch (error) {
      const asked = file.length > 0 || (this.#context.variables["COMPOSE_FILE"] ?? "") !== "";
      if (!asked && error instanceof SpecError && error.exitCode === ExitCode.noInput) return undefined;
      throw error;
    }
  }

  /**
   * The pod. Warnings are printed, with their places.
   *
   * @throws {SpecError} with every problem and its place.
   */
  async pod(): Promise<PodSpec> {
    const compose = await this.#load();
    const made = await located(compose, () => podOf(this.#podRequest(compose.project)));
    const warnings = await compose.locate([...compose.warnings, ...made.warnings]);
    await printWarnings(warnings, this.#globals, this.#context);
    return { pod: made.pod, locate: (problems) => compose.locate(problems) };
  }

  #load(): Promise<ComposeResult> {
    return this.#loaded ??= loadCompose({
      ...composeRequestOf(this.#globals, this.#context),
      furtherErrors: (project) => podErrors(this.#podRequest(project)),
    });
  }

  #podRequest(project: ComposeProject): PodRequest {
    const { network } = this.#globals;
    return { project, readFile: readSmallFile, ...(network === undefined ? {} : { network }) };
  }
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

/** The name of the pod that the global flags name; undefined where no file is given and none is found. */
export function podNameOf(globals: GlobalValues, context: CommandContext): Promise<string | undefined> {
  return new PodFiles(globals, context).podName();
}
