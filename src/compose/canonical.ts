/** Short forms become long ones. What has the wrong kind stays: the schema reports it. */

import { type PathRules, pathRules, ruleBelow } from "./path_rules.ts";
import { parseShortPort } from "./port_syntax.ts";
import type { ProblemCollector } from "./problems.ts";
import { isInteger, isNumeric, textOf } from "./scalars.ts";
import { describeValue } from "./schema.ts";
import { emptyMapping, isMapping, type Mapping, mappingOf, type PathSegments, type Tree } from "./tree.ts";
import { parseShortVolume } from "./volume_syntax.ts";

interface Context {
  readonly problems: ProblemCollector;
  /** Text that is not interpolated yet may be in no valid form. */
  readonly lenient: boolean;
}

type Form = (value: Tree, path: PathSegments, context: Context) => Tree;

const toList: Form = (value) => typeof value === "string" ? [value] : value;

const toText: Form = (value) =>
  typeof value === "string" || Array.isArray(value) || isMapping(value) ? value : textOf(value);

const toNames: Form = (value) => {
  if (!Array.isArray(value)) return value;
  const mapping = emptyMapping();
  for (const name of value) mapping[textOf(name)] = null;
  return mapping;
};

const toFileReference: Form = (value) => typeof value === "string" ? mappingOf({ source: value }) : value;

const toBuild: Form = (value) => typeof value === "string" ? mappingOf({ context: value }) : value;

const toExtends: Form = (value) => typeof value === "string" ? mappingOf({ service: value }) : value;

const toGpus: Form = (value) => typeof value === "string" ? [mappingOf({ count: value })] : value;

const toKeyValues: Form = (value, path, { problems, lenient }) => {
  if (!Array.isArray(value)) return value;
  const mapping = emptyMapping();
  for (const [index, item] of value.entries()) {
    const text = textOf(item);
    const equals = text.indexOf("=");
    if (equals < 0) {
      if (lenient) return value;
      problems.error([...path, index], `${JSON.stringify(text)} must be key=value`);
    } else {
      mapping[text.slice(0, equals)] = text.slice(equals + 1);
    }
  }
  return mapping;
};

const toDependencies: Form = (value) => {
  const mapping = emptyMapping();
  if (Array.isArray(value)) {
    for (const name of value) {
      mapping[textOf(name)] = mappingOf({ condition: "service_started", required: true });
    }
    return mapping;
  }
  if (!isMapping(value)) return value;
  for (const name in value) {
    const dependency = value[name] as Tree;
    if (!isMapping(dependency)) continue;
    dependency.condition ??= "service_started";
    if (!("required" in dependency)) dependency.required = true;
  }
  return value;
};

const toEnvironmentFiles: Form = (value) => {
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list)) return value;
  return list.map((entry) => {
    if (typeof entry === "string") return mappingOf({ path: entry, required: true });
    if (isMapping(entry) && !("required" in entry)) entry.required = true;
    return entry;
  });
};

const toVolume: Form = (value, path, { problems, lenient }) => {
  if (typeof value !== "string") return value;
  return attempt(value, path, problems, lenient, () => parseShortVolume(value));
};

const toDevice: Form = (value, path, { problems, lenient }) => {
  if (typeof value !== "string") return value;
  const parts = value.split(":");
  if (parts.length > 3) {
    if (!lenient) {
      problems.error(path, `${JSON.stringify(value)} has too many colons: use source, target, permissions`);
    }
    return value;
  }
  const [source = "", target = "", permissions = "rwm"] = parts;
  return mappingOf({ source, target: target === "" ? source : target, permissions });
};

const toPorts: Form = (value, path, { problems, lenient }) => {
  if (!Array.isArray(value)) return value;
  const ports: Tree[] = [];
  for (const [index, entry] of value.entries()) {
    if (isNumeric(entry) && !isInteger(entry)) {
      problems.error([...path, index], `must be a port, not ${describeValue(entry)}`);
    } else if (typeof entry === "string" || isNumeric(entry)) {
      const text = textOf(entry);
      const parsed = attempt(entry, [...path, index], problems, lenient, () => parseShortPort(text));
      if (Array.isArray(parsed)) ports.push(...parsed);
      else ports.push(parsed);
    } else {
      ports.push(entry);
    }
  }
  return ports;
};

const toSshKeys: Form = (value, path, { problems }) => {
  if (!Array.isArray(value)) return value;
  const mapping = emptyMapping();
  for (const [index, entry] of value.entries()) {
    const text = textOf(entry);
    const equals = text.indexOf("=");
    if (equals >= 0) mapping[text.slice(0, equals)] = text.slice(equals + 1);
    else if (text === "default") mapping[text] = null;
    else problems.error([...path, index], `${JSON.stringify(text)} must be "default" or id=path`);
  }
  return mapping;
};

const toExternal: Form = (value, path, { problems }) => {
  if (!isMapping(value) || !isMapping(value.external)) return value;
  const name = value.external.name;
  value.external = true;
  if (name === undefined) return value;
  problems.warning([...path, "external"], "external.name is deprecated: write external: true and name");
  if (value.name === undefined) value.name = name;
  else if (value.name !== name) {
    problems.error(
      [...path, "name"],
      `says ${describeValue(value.name)} but external.name says ${describeValue(name)}`,
    );
  }
  return value;
};

function attempt(
  value: Tree,
  path: PathSegments,
  problems: ProblemCollector,
  lenient: boolean,
  parse: () => Tree,
): Tree {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (!lenient) problems.error(path, error.message);
    return value;
  }
}

const serviceForms: Readonly<Record<string, Form>> = {
  build: toBuild,
  "build.additional_contexts": toKeyValues,
  "build.provenance": toText,
  "build.sbom": toText,
  "build.secrets.*": toFileReference,
  "build.ssh": toSshKeys,
  "configs.*": toFileReference,
  depends_on: toDependencies,
  "develop.watch.*.ignore": toList,
  "develop.watch.*.include": toList,
  "devices.*": toDevice,
  dns: toList,
  env_file: toEnvironmentFiles,
  extends: toExtends,
  gpus: toGpus,
  label_file: toList,
  models: toNames,
  networks: toNames,
  ports: toPorts,
  "secrets.*": toFileReference,
  "volumes.*": toVolume,
};

const forms: PathRules<Form> = pathRules<Form>({
  ...Object.fromEntries(Object.entries(serviceForms).map(([field, form]) => [`services.*.${field}`, form])),
  "configs.*": toExternal,
  "networks.*": toExternal,
  "secrets.*": toExternal,
  "volumes.*": toExternal,
});

/**
 * Turns all short forms of a tree into long ones, in place.
 *
 * @param lenient leaves text that is in no valid form as it is, because variables may still be in it
 */
export function makeCanonical(tree: Mapping, problems: ProblemCollector, lenient: boolean): void {
  visit(tree, forms, [], { problems, lenient });
}

function visit(value: Tree, place: PathRules<Form>, path: (string | number)[], context: Context): Tree {
  // From the outside in: a build that was text has parts once it is a mapping.
  const formed = place.rule === undefined ? value : place.rule(value, path, context);
  if (isMapping(formed)) {
    for (const key in formed) {
      const below = ruleBelow(place, key);
      if (below === undefined) continue;
      path.push(key);
      formed[key] = visit(formed[key] as Tree, below, path, context);
      path.pop();
    }
  } else if (Array.isArray(formed)) {
    const below = ruleBelow(place);
    if (below === undefined) return formed;
    for (let index = 0; index < formed.length; index++) {
      path.push(index);
      formed[index] = visit(formed[index] as Tree, below, path, context);
      path.pop();
    }
  }
  return formed;
}

/** Takes empty entries out of `dns`, so that `${DNS}` may be unset. */
export function omitEmptyServers(tree: Mapping): void {
  const services = tree.services;
  if (!isMapping(services)) return;
  for (const name in services) {
    const service = services[name] as Tree;
    if (!isMapping(service) || !Array.isArray(service.dns)) continue;
    service.dns = service.dns.filter((server) => server !== null && server !== "");
  }
}
