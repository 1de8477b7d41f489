import type { ComposeFiles } from "../compose/files.ts";
import { loadCompose } from "../compose/load.ts";
import type { ComposeProject } from "../compose/model.ts";
import { printForLoading } from "../compose/print.ts";
import type { ComposeResult } from "../compose/request.ts";
import { formatProblem, type Problem, SpecError } from "../pod/errors.ts";
import type { Plugin, PluginInput, PluginNote, PluginStep } from "./plugin.ts";
import { PluginProblem, type PluginTools, runPlugin } from "./run_plugin.ts";

/** What plugins are told beside the pod. */
export type PluginFacts = Pick<PluginInput, "runner" | "task" | "reason">;

/** A project as plugins want it, and what they said. */
export interface ChangedProject {
  readonly compose: ComposeResult;
  readonly notes: readonly PluginNote[];
}

/** A document that a plugin answered with is loaded under this name; no file is called so. */
const virtualName = ".mesolet-plugin-pod.json";

/** The plugins of a host, in their order. */
export class Plugins {
  constructor(
    readonly all: readonly Plugin[],
    readonly tools: Omit<PluginTools, "signal">,
  ) {}

  /**
   * Lets each plugin change a project before it is launched, the next one with what the one before made of it. The same
   * project has to come to the same each time: what differs is another version of the pod.
   *
   * @param access reads the files beside the project
   * @throws {SpecError} where a plugin refuses it, fails, or makes something of it that is no Compose file
   */
  async change(
    given: ComposeResult,
    facts: PluginFacts,
    access: ComposeFiles,
    signal: AbortSignal,
  ): Promise<ChangedProject> {
    let compose = given;
    const notes: PluginNote[] = [];
    for (const plugin of this.all) {
      const before = printForLoading(compose.project, "json");
      const input: PluginInput = { schema: 1, step: "pre-launch", pod: JSON.parse(before), ...facts };
      try {
        const answer = await runPlugin(plugin, input, { ...this.tools, signal });
        const isChanged = answer.pod !== undefined &&
          JSON.stringify(answer.pod) !== JSON.stringify(input.pod);
        if (isChanged) compose = await reloaded(plugin, answer.pod, compose, access);
        const reason = answer.reason ?? (isChanged ? "changed the pod" : undefined);
        if (reason !== undefined) notes.push({ plugin: plugin.name, reason });
      } catch (error) {
        if (!(error instanceof PluginProblem)) throw error;
        throw refusal(error.message, compose.project, error);
      }
    }
    return { compose, notes };
  }

  /**
   * Tells each plugin of a step. One that fails keeps the others from nothing.
   *
   * @returns what went wrong, a line for each
   */
  async tell(
    step: Exclude<PluginStep, "pre-launch">,
    { pod, ...facts }: PluginFacts & { readonly pod?: unknown },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const plugin of this.all) {
      const input: PluginInput = { schema: 1, step, ...(pod === undefined ? {} : { pod }), ...facts };
      try {
        await runPlugin(plugin, input, { ...this.tools, signal });
      } catch (error) {
        if (!(error instanceof PluginProblem)) throw error;
        problems.push(error.message);
      }
    }
    return problems;
  }
}

/** Notes as people are told of them, beside the warnings of a spec. */
export function noteProblems(notes: readonly PluginNote[]): Problem[] {
  return notes.map(({ plugin, reason }) => ({
    severity: "warning",
    path: "",
    message: `the plugin ${plugin}: ${reason}`,
  }));
}

async function reloaded(
  { name }: Plugin,
  pod: unknown,
  before: ComposeResult,
  access: ComposeFiles,
): Promise<ComposeResult> {
  const { project } = before;
  const { workingDirectory: directory } = project;
  const path = `${directory}/${virtualName}`;
  // Values are values: a `$` in them is one.
  const text = JSON.stringify(
    pod,
    (_, value: unknown) => typeof value === "string" ? value.replaceAll("$", "$$$$") : value,
  );
  let compose: ComposeResult;
  try {
    compose = await loadCompose({
      files: [path],
      environment: { COMPOSE_DISABLE_ENV_FILE: "1" },
      workingDirectory: directory,
      projectDirectory: directory,
      profiles: ["*"],
      access: {
        readText: (asked) => asked === path ? text : access.readText(asked),
        readStandardInput: () => access.readStandardInput(),
        kind: (asked) => asked === path ? "file" : access.kind(asked),
        followLinks: (asked) => asked === path ? path : access.followLinks(asked),
      },
    });
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const first = error.problems.find(({ severity }) => severity === "error");
    const { path: field = "", message = error.message } = first ?? {};
    // It has no lines that a person wrote.
    const what = formatProblem({ severity: "error", path: field, message });
    throw refusal(`what the plugin ${name} made of it cannot be used: ${what}`, project, error);
  }
  if (compose.project.name !== project.name) {
    const message = `the plugin ${name} changed its name to ${compose.project.name}, which cannot be changed`;
    throw refusal(message, project);
  }
  const { files, environmentFiles, disabledServices } = project;
  return {
    ...before,
    project: { ...compose.project, workingDirectory: directory, files, environmentFiles, disabledServices },
  };
}

function refusal(message: string, { files: [file] }: ComposeProject, cause?: unknown): SpecError {
  const position = file === undefined ? {} : { position: { file } };
  return new SpecError([{ severity: "error", path: "", message, ...position }], undefined, { cause });
}
