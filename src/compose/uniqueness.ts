/** Lists in which a later entry takes the place of an earlier one with the same key. */

import { type PathRules, pathRules, ruleBelow } from "./path_rules.ts";
import type { ProblemCollector } from "./problems.ts";
import { targetOfShortVolume } from "./volume_syntax.ts";
import { isNumeric, textOf } from "./scalars.ts";
import { isMapping, type Mapping, type Tree } from "./tree.ts";

/** Gives an entry's key; a string in `problem` where it has none. Entries of the wrong kind are the schema's affair. */
type KeyOf = (entry: Tree, index: number) => string | { problem: string };

const keyBeforeEquals: KeyOf = (entry) => textOf(entry).split("=", 1)[0] ?? "";
const wholeText: KeyOf = (entry) => textOf(entry);

const mountTarget: KeyOf = (entry, index) => {
  if (typeof entry === "string") return targetOfShortVolume(entry) ?? `#${index}`;
  if (!isMapping(entry)) return `#${index}`;
  return typeof entry.target === "string"
    ? entry.target
    : { problem: "needs the field target: where it is mounted" };
};

const deviceTarget: KeyOf = (entry, index) => {
  if (typeof entry === "string") {
    const parts = entry.split(":");
    return parts[1] ?? parts[0] ?? "";
  }
  if (!isMapping(entry)) return `#${index}`;
  return typeof entry.target === "string"
    ? entry.target
    : { problem: "needs the field target: the device's path inside" };
};

function fileTarget(directory: string): KeyOf {
  return (entry, index) => {
    if (typeof entry === "string") return `${directory}/${entry}`;
    if (!isMapping(entry)) return `#${index}`;
    return typeof entry.target === "string" ? entry.target : `${directory}/${textOf(entry.source ?? "")}`;
  };
}

const portKey: KeyOf = (entry, index) => {
  if (typeof entry === "string" || isNumeric(entry)) return textOf(entry);
  if (!isMapping(entry)) return `#${index}`;
  if (entry.target === undefined) return { problem: "needs the field target: the port inside the container" };
  const published = entry.published === undefined ? "%" : textOf(entry.published);
  const protocol = entry.protocol === undefined ? "tcp" : textOf(entry.protocol);
  const address = entry.host_ip === undefined ? "0.0.0.0" : textOf(entry.host_ip);
  return `${address}:${published}:${textOf(entry.target)}/${protocol}`;
};

const filePath: KeyOf = (entry, index) => {
  if (typeof entry === "string") return entry;
  if (!isMapping(entry)) return `#${index}`;
  return typeof entry.path === "string"
    ? entry.path
    : { problem: "needs the field path: the environment file" };
};

const serviceRules: Readonly<Record<string, KeyOf>> = {
  annotations: keyBeforeEquals,
  "build.additional_contexts": keyBeforeEquals,
  "build.args": keyBeforeEquals,
  "build.labels": keyBeforeEquals,
  "build.tags": keyBeforeEquals,
  cap_add: keyBeforeEquals,
  cap_drop: keyBeforeEquals,
  configs: fileTarget(""),
  "deploy.labels": keyBeforeEquals,
  devices: deviceTarget,
  dns: keyBeforeEquals,
  dns_opt: keyBeforeEquals,
  dns_search: keyBeforeEquals,
  env_file: filePath,
  environment: keyBeforeEquals,
  expose: wholeText,
  labels: keyBeforeEquals,
  links: keyBeforeEquals,
  "networks.*.aliases": keyBeforeEquals,
  "networks.*.link_local_ips": keyBeforeEquals,
  ports: portKey,
  profiles: keyBeforeEquals,
  secrets: fileTarget("/run/secrets"),
  sysctls: keyBeforeEquals,
  tmpfs: keyBeforeEquals,
  volumes: mountTarget,
};

const rules: PathRules<KeyOf> = pathRules<KeyOf>({
  ...Object.fromEntries(Object.entries(serviceRules).map(([field, rule]) => [`services.*.${field}`, rule])),
  "networks.*.labels": keyBeforeEquals,
});

/** Keeps, in lists whose entries have a key, the last entry of each key, at the place of the first. */
export function keepLastOfEach(tree: Mapping, problems: ProblemCollector): void {
  visit(tree, rules, [], problems);
}

function visit(
  value: Mapping,
  place: PathRules<KeyOf>,
  path: (string | number)[],
  problems: ProblemCollector,
): void {
  for (const key in value) {
    const below = ruleBelow(place, key);
    if (below === undefined) continue;
    const child = value[key] as Tree;
    path.push(key);
    if (isMapping(child)) visit(child, below, path, problems);
    else if (Array.isArray(child) && below.rule !== undefined) {
      value[key] = unique(child, below.rule, path, problems);
    }
    path.pop();
  }
}

function unique(list: Tree[], keyOf: KeyOf, path: (string | number)[], problems: ProblemCollector): Tree[] {
  const kept: Tree[] = [];
  const places = new Map<string, number>();
  for (const [index, entry] of list.entries()) {
    const key = keyOf(entry, index);
    if (typeof key !== "string") {
      problems.error([...path, index], key.problem);
      kept.push(entry);
      continue;
    }
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, kept.length);
      kept.push(entry);
    } else {
      kept[place] = entry;
    }
  }
  return kept;
}
