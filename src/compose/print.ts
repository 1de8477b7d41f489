/** The ways in which `config` shows a project. */

import { plainOf } from "./field_reader.ts";
import type { ComposeProject, ComposeService } from "./model.ts";
import { variablesOf, type VariableUse } from "./interpolation.ts";
import { isMapping, type Mapping, type Tree } from "./tree.ts";
import { printYaml } from "./yaml_printer.ts";

/** How a model is printed. */
export type PrintFormat = "yaml" | "json";

const unprinted = new Set(["extensions", "environmentValue"]);
const sectionOrder = ["name", "services", "networks", "volumes", "configs", "secrets", "models"];

/**
 * Prints a project in normal form. Keys are sorted.
 *
 * YAML is a Compose file to be loaded again, so each `$` is doubled in it; JSON is data, and shows values as they are.
 */
export function printProject(project: ComposeProject, format: PrintFormat): string {
  return printModel(modelOf(project, format), format);
}

/**
 * Prints a project as a file that can be loaded again: as {@linkcode printProject}, but for what Docker Compose
 * prints in a form that it does not take: names with a capital letter or of any letters,
 * sizes below zero.
 */
export function printForLoading(project: ComposeProject, format: PrintFormat): string {
  const model = modelOf(project, format);
  const services = model.services as Record<string, Record<string, unknown>>;
  for (const service of Object.values(services)) {
    if (service.blkio_config !== undefined) service.blkio_config = withSmallNames(service.blkio_config);
    // Names of any letters are taken from a list alone.
    for (const field of ["environment", "labels", "annotations"]) {
      const map = service[field] as Record<string, string | null> | undefined;
      if (map === undefined || Object.keys(map).every((name) => /^[\w.-]+$/.test(name))) continue;
      service[field] = Object.entries(map).map(([name, value]) => value === null ? name : `${name}=${value}`);
    }
    // A size below zero is taken as a number alone.
    for (const field of ["mem_limit", "mem_reservation", "shm_size"]) {
      if (String(service[field]).startsWith("-")) service[field] = Number(service[field]);
    }
  }
  return printModel(model, format);
}

function withSmallNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSmallNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toLowerCase(), withSmallNames(member)]),
  );
}

function modelOf(project: ComposeProject, format: PrintFormat): Record<string, unknown> {
  const model: Record<string, unknown> = { name: project.name };
  for (const section of ["services", "networks", "volumes", "configs", "secrets", "models"] as const) {
    // Docker Compose leaves models out of its JSON.
    if (section === "models" && format === "json") continue;
    if (section === "services" || Object.keys(project[section]).length > 0) {
      model[section] = printable(project[section]);
    }
  }
  return Object.assign(model, project.extensions);
}

function printModel(model: Record<string, unknown>, format: PrintFormat): string {
  if (format === "json") return `${JSON.stringify(sorted(model), null, 2)}\n`;
  const escaped = escapeDollars(omitAbsentCommands(model)) as Record<string, unknown>;
  return printYaml(inSectionOrder(sorted(escaped) as Record<string, unknown>));
}

/** Prints a merged tree that was not interpolated, without doubling any `$`. */
export function printTree(tree: Mapping, format: PrintFormat): string {
  const plain = sorted(plainOf(tree)) as Record<string, unknown>;
  return format === "json" ? `${JSON.stringify(plain, null, 2)}\n` : printYaml(inSectionOrder(plain));
}

/** Copies services or resources without the fields that are not for show, and without empty names. */
function printable(resources: object): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>;
  for (const [name, resource] of Object.entries(resources)) {
    const shown = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of Object.entries(resource as object)) {
      if (!unprinted.has(key) && !(key === "name" && item === "")) shown[key] = item;
    }
    result[name] = shown;
  }
  return result;
}

function omitAbsentCommands(model: Record<string, unknown>): Record<string, unknown> {
  const services = Object.create(null) as Record<string, unknown>;
  for (const [name, service] of Object.entries(model.services as Record<string, Record<string, unknown>>)) {
    const shown = { ...service };
    for (const field of ["command", "entrypoint"]) if (shown[field] === null) delete shown[field];
    services[name] = shown;
  }
  return { ...model, services };
}

function escapeDollars(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escapeDollars);
  if (typeof value !== "object" || value === null) return value;
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) result[key] = escapeDollars(item);
  return result;
}

/** Copies data with all keys in order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  const result = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(record).sort()) result[key] = sorted(record[key]);
  return result;
}

function inSectionOrder(model: Record<string, unknown>): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>;
  for (const key of [...sectionOrder, ...Object.keys(model)]) if (key in model) result[key] = model[key];
  return result;
}

/** Lists the names of the active services. */
export function serviceNames(project: ComposeProject): string[] {
  return Object.keys(project.services).sort();
}

/** Lists the images of the active services; a service that is only built has the name that Docker Compose gives it. */
export function imageNames(project: ComposeProject): string[] {
  return serviceNames(project).map((name) => project.services[name]?.image ?? `${project.name}-${name}`);
}

/** Lists all profiles that services name. */
export function profileNames(project: ComposeProject): string[] {
  const services: ComposeService[] = [
    ...Object.values(project.services),
    ...Object.values(project.disabledServices),
  ];
  return [...new Set(services.flatMap((service) => service.profiles ?? []))].sort();
}

/** Lists the variables that a tree's text uses, each once, by name. */
export function treeVariables(tree: Tree): VariableUse[] {
  const uses = new Map<string, VariableUse>();
  const visit = (value: Tree) => {
    if (typeof value === "string") {
      for (const use of variablesOf(value)) {
        const known = uses.get(use.name);
        uses.set(
          use.name,
          known === undefined ? use : { ...use, ...known, required: known.required || use.required },
        );
      }
    } else if (Array.isArray(value)) value.forEach(visit);
    else if (isMapping(value)) Object.values(value).forEach(visit);
  };
  visit(tree);
  return [...uses.values()].sort((left, right) => left.name < right.name ? -1 : 1);
}
