/** What the tests of the loader share: files in memory, and what loading them gives. */

import { loadCompose } from "../../src/compose/load.ts";
import type { ComposeProject, ComposeService } from "../../src/compose/model.ts";
import { printProject } from "../../src/compose/print.ts";
import type { ComposeRequest, ComposeResult } from "../../src/compose/request.ts";
import { formatProblem, SpecError } from "../../src/pod/errors.ts";
import { memoryFiles } from "../support/memory_files.ts";

/** One Compose text, or files by path below `/p`. */
export type Given = string | Readonly<Record<string, string>>;

/** Loads `/p/compose.yaml`, or the files that are named. */
export async function loadResult(
  given: Given,
  options: Partial<ComposeRequest> = {},
): Promise<ComposeResult> {
  const files: Record<string, string> = {};
  const texts = typeof given === "string" ? { "compose.yaml": given } : given;
  for (const [path, text] of Object.entries(texts)) files[path.startsWith("/") ? path : `/p/${path}`] = text;
  return await loadCompose({
    files: ["/p/compose.yaml"],
    projectName: "proj",
    environment: { HOME: "/home/me" },
    workingDirectory: "/p",
    access: memoryFiles(files, files["/p/-"]),
    ...options,
  });
}

/** Loads a project, whose checks of consistency are on. */
export async function load(given: Given, options: Partial<ComposeRequest> = {}): Promise<ComposeProject> {
  return (await loadResult(given, options)).project;
}

/** Gives the normal form as plain data, as `config --format json` prints it. */
export async function model(
  given: Given,
  options: Partial<ComposeRequest> = {},
): Promise<Record<string, unknown>> {
  return JSON.parse(printProject(await load(given, options), "json")) as Record<string, unknown>;
}

/** Gives the service `s` as plain data, without what every service has. */
export async function service(
  given: Given,
  options: Partial<ComposeRequest> = {},
): Promise<Record<string, unknown>> {
  const services = (await model(given, options)).services as Record<string, Record<string, unknown>>;
  const { image: _image, networks, command, entrypoint, ...rest } = services.s ?? {};
  return {
    ...rest,
    ...(command === null ? {} : { command }),
    ...(entrypoint === null ? {} : { entrypoint }),
    ...(JSON.stringify(networks) === '{"default":null}' ? {} : { networks }),
  };
}

/** Writes the service `s` with fields in YAML, two blanks indented. */
export function serviceText(fields: string): string {
  return `services:\n  s:\n    image: x\n${fields.replace(/^(?=.)/gm, "    ")}\n`;
}

/** Gives the problems that stop the loader, a line for each. */
export async function problems(given: Given, options: Partial<ComposeRequest> = {}): Promise<string[]> {
  try {
    await loadResult(given, options);
  } catch (error) {
    if (error instanceof SpecError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

/** Gives the warnings, a line for each, with their positions. */
export async function warnings(given: Given, options: Partial<ComposeRequest> = {}): Promise<string[]> {
  const result = await loadResult(given, options);
  return (await result.locate(result.warnings)).map(formatProblem);
}

/** Gives one service of a project. */
export function serviceOf(project: ComposeProject, name: string): ComposeService {
  const found = project.services[name];
  if (found === undefined) throw new Error(`the project has no service ${name}`);
  return found;
}
