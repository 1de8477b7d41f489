import { denoFiles, readSmallFile } from "../compose/deno_files.ts";
import { loadCompose } from "../compose/load.ts";
import { located } from "../compose/located.ts";
import type { ComposeProject } from "../compose/model.ts";
import { podErrors, podOf, type PodRequest } from "../compose/pod.ts";
import { projectDirectoryOf } from "../compose/project_setup.ts";
import type { ComposeResult } from "../compose/request.ts";
import { ExitCode, type Problem, SpecError, UsageError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import { isPodName } from "../pod/names.ts";
import type { PolicyPlace } from "../policy/allowed_paths.ts";
import type { SpecAccess } from "../policy/confined_files.ts";
import type { Policies } from "../policy/policies.ts";
import { composeRequestOf } from "./compose_request.ts";
import type { CommandContext } from "./context.ts";
import { pluginsOfHost } from "./host_plugins.ts";
import { policiesOfHost } from "./host_policies.ts";
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
  #policies: Promise<Policies> | undefined;
  #place: PolicyPlace = { names: {}, followLinks: (path) => path };
  #access: SpecAccess = { ...denoFiles, readBytes: readSmallFile };

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
    const { compose, notes } = await this.#changed(await this.#load());
    const made = await located(compose, () => podOf(this.#podRequest(compose.project)));
    const policies = await this.#hostPolicies();
    const refusals = policies.judge(made.pod, this.#place);
    if (refusals.length > 0) throw new SpecError(await compose.locate(refusals));
    const warnings = await compose.locate([...compose.warnings, ...made.warnings, ...notes]);
    await printWarnings(warnings, this.#globals, this.#context);
    return { pod: policies.complete(made.pod), locate: (problems) => compose.locate(problems) };
  }

  /** As plugins want it, and what they say of it. */
  async #changed(
    compose: ComposeResult,
  ): Promise<{ readonly compose: ComposeResult; readonly notes: readonly Problem[] }> {
    const { interrupts } = this.#context;
    const plugins = await pluginsOfHost({ directory: this.#globals.plugins, context: this.#context });
    if (plugins === undefined) return { compose, notes: [] };
    const { noteProblems } = await import("../plugins/plugins.ts");
    const changed = await plugins.change(compose, { runner: "up" }, this.#access, interrupts.graceful);
    return { compose: changed.compose, notes: noteProblems(changed.notes) };
  }

  #load(): Promise<ComposeResult> {
    return this.#loaded ??= this.#loadOnce();
  }

  async #loadOnce(): Promise<ComposeResult> {
    const request = composeRequestOf(this.#globals, this.#context);
    const policies = await this.#hostPolicies();
    const spec = policies.all.length === 0 ? undefined : projectDirectoryOf(request);
    this.#place = {
      names: spec === undefined ? {} : { spec },
      followLinks: (path) => request.access.followLinks(path),
    };
    this.#access = policies.confine({ ...request.access, readBytes: readSmallFile }, this.#place);
    return await loadCompose({
      ...request,
      access: this.#access,
      furtherErrors: (project) => podErrors(this.#podRequest(project)),
    });
  }

  #hostPolicies(): Promise<Policies> {
    return this.#policies ??= policiesOfHost({ file: this.#globals.policy });
  }

  #podRequest(project: ComposeProject): PodRequest {
    const { network } = this.#globals;
    const readFile = (path: string) => this.#access.readBytes(path);
    return { project, readFile, ...(network === undefined ? {} : { network }) };
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
