/** `mesolet config`: shows what a Compose project comes to, and whether it is right. */

import {
  imageNames,
  printProject,
  printTree,
  profileNames,
  serviceNames,
  treeVariables,
} from "../compose/print.ts";
import { loadCompose } from "../compose/load.ts";
import type { ComposeProject } from "../compose/model.ts";
import { selectServices } from "../compose/profiles.ts";
import type { ComposeRequest, ComposeResult, SkippedSteps } from "../compose/request.ts";
import { isMapping, type Mapping } from "../compose/tree.ts";
import { hashService } from "../compose/service_hash.ts";
import { ExitCode, formatProblem, MesoletError, messageOf, UsageError } from "../pod/errors.ts";

/** The flags of `config` by their long names, and the services that it is asked for. */
export interface ConfigFlags {
  readonly text: Readonly<Record<string, string | undefined>>;
  readonly boolean: Readonly<Record<string, boolean>>;
  readonly rest: readonly string[];
}

/** What `config` writes to. */
export interface ConfigOutput {
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Writes a file; what goes wrong is thrown. */
  readonly writeFile: (path: string, text: string) => void;
}

/**
 * Prints a project in normal form, or one of the lists that flags ask for. Warnings go to standard error.
 *
 * @throws {SpecError} where the project is wrong
 * @throws {UsageError} where the flags are
 */
export async function runConfig(
  flags: ConfigFlags,
  request: ComposeRequest,
  to: ConfigOutput,
): Promise<number> {
  const format = flags.text.format ?? "yaml";
  if (format !== "yaml" && format !== "json") throw new UsageError(`--format is yaml or json, not ${format}`);
  for (const flag of ["lock-image-digests", "resolve-image-digests"]) {
    if (flags.boolean[flag]) {
      throw new UsageError(
        `--${flag} asks a registry for digests: config does not do that, mesolet pin writes them`,
      );
    }
  }
  const skip = skippedSteps(flags);
  const result = await loadCompose({ ...request, skip });
  for (const warning of await result.locate(result.warnings)) {
    to.writeError(`warning: ${formatProblem(warning)}\n`);
  }
  if (skip.interpolation) selectInTree(result.tree, flags.rest);
  else select(result.project, flags.rest);
  if (flags.boolean.quiet) return ExitCode.ok;
  const text = await shown(result, flags, format, skip);
  const output = flags.text.output;
  if (output === undefined) to.writeOut(text);
  else {
    try {
      to.writeFile(output, text);
    } catch (cause) {
      const reason = messageOf(cause);
      throw new MesoletError(`cannot write ${output}: ${reason}`, ExitCode.cannotCreate, { cause });
    }
  }
  return ExitCode.ok;
}

function skippedSteps(flags: ConfigFlags): SkippedSteps {
  const given = (flag: string) => flags.boolean[flag] === true;
  return {
    // The variables that a file uses are seen before they have values.
    interpolation: given("no-interpolate") || given("variables"),
    normalisation: given("no-normalize"),
    pathResolution: given("no-path-resolution"),
    consistency: given("no-consistency"),
    environmentResolution: given("no-env-resolution"),
  };
}

function select(project: ComposeProject, names: readonly string[]): void {
  if (names.length === 0) return;
  try {
    selectServices(project, names);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

/** Keeps the named services and what they depend on, in a tree that has no types yet. */
function selectInTree(tree: Mapping, names: readonly string[]): void {
  const services = tree.services;
  if (names.length === 0 || !isMapping(services)) return;
  const kept = new Set<string>();
  const work = [...names];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    const service = services[name];
    if (service === undefined && names.includes(name)) {
      throw new UsageError(`the project has no service ${JSON.stringify(name)}`);
    }
    if (kept.has(name)) continue;
    kept.add(name);
    if (isMapping(service) && isMapping(service.depends_on)) work.push(...Object.keys(service.depends_on));
  }
  for (const name of Object.keys(services)) if (!kept.has(name)) delete services[name];
}

async function shown(
  result: ComposeResult,
  flags: ConfigFlags,
  format: "yaml" | "json",
  skip: SkippedSteps,
): Promise<string> {
  const { project, tree } = result;
  if (flags.boolean.services) return lines(serviceNames(project));
  if (flags.boolean.images) return lines(imageNames(project));
  if (flags.boolean.volumes) return lines(Object.keys(project.volumes).sort());
  if (flags.boolean.networks) return lines(Object.keys(project.networks).sort());
  if (flags.boolean.models) return lines(Object.keys(project.models).sort());
  if (flags.boolean.profiles) return lines(profileNames(project));
  if (flags.boolean.environment) {
    return lines(Object.entries(project.environment).map(([name, value]) => `${name}=${value}`).sort());
  }
  if (flags.boolean.variables) return variableTable(result);
  if (flags.text.hash !== undefined) return await hashes(project, flags.text.hash);
  return skip.interpolation ? printTree(tree, format) : printProject(project, format);
}

function variableTable({ tree }: ComposeResult): string {
  const rows = [["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"]];
  for (const use of treeVariables(tree)) {
    rows.push([use.name, String(use.required), use.defaultValue ?? "", use.alternateValue ?? ""]);
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return lines(
    rows.map((row) => row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + 4)).join("").trimEnd()),
  );
}

async function hashes(project: ComposeProject, wanted: string): Promise<string> {
  const names = wanted === "*" ? serviceNames(project) : wanted.split(",").filter((name) => name !== "");
  const result: string[] = [];
  for (const name of names) {
    const service = project.services[name];
    if (service === undefined) {
      throw new UsageError(`the project has no active service ${JSON.stringify(name)}`);
    }
    result.push(`${name} ${await hashService(project, service)}`);
  }
  return lines(result);
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
