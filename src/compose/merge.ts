/**
 * Merging one tree over another by the rules of the Compose Specification (13-merge), for several files and for
 * `extends`.
 */

import { type PathRules, pathRules, ruleBelow } from "./path_rules.ts";
import type { ProblemCollector } from "./problems.ts";
import { textOf } from "./scalars.ts";
import { describeValue } from "./schema.ts";
import { emptyMapping, isMapping, type Mapping, mappingOf, type Tree } from "./tree.ts";

type MergeRule =
  /** The later value alone counts. */
  | "replace"
  /** Both become lists of `key=value`, one after the other; the last of a key wins afterwards. */
  | "keyValueList"
  /** As before, without exact duplicates. */
  | "hostList"
  /** A list of names is a mapping of names to nothing. */
  | "names"
  /** A list of names is a mapping to `service_started`. */
  | "dependencies"
  /** Text is the context. */
  | "build"
  /** Options merge only where the driver stays the same. */
  | "logging"
  /** Address pools merge by subnet. */
  | "pools";

const serviceRules: Readonly<Record<string, MergeRule>> = {
  annotations: "keyValueList",
  build: "build",
  "build.additional_contexts": "keyValueList",
  "build.args": "keyValueList",
  "build.extra_hosts": "hostList",
  "build.labels": "keyValueList",
  command: "replace",
  depends_on: "dependencies",
  "deploy.labels": "keyValueList",
  dns: "keyValueList",
  dns_opt: "keyValueList",
  dns_search: "keyValueList",
  entrypoint: "replace",
  env_file: "keyValueList",
  environment: "keyValueList",
  extra_hosts: "hostList",
  "healthcheck.test": "replace",
  label_file: "keyValueList",
  labels: "keyValueList",
  logging: "logging",
  models: "names",
  networks: "names",
  sysctls: "keyValueList",
  tmpfs: "keyValueList",
  "ulimits.*": "replace",
};

const rules: PathRules<MergeRule> = pathRules<MergeRule>({
  ...Object.fromEntries(Object.entries(serviceRules).map(([field, rule]) => [`services.*.${field}`, rule])),
  "networks.*.ipam.config": "pools",
  "networks.*.labels": "keyValueList",
  "volumes.*.labels": "keyValueList",
});

const oneService = ruleBelow(ruleBelow(rules, "services"));

/** Merges a file's tree over what was merged before; both may be changed. */
export function mergeFiles(base: Mapping, override: Mapping, problems: ProblemCollector): Mapping {
  return new Merger(problems, []).mappings(base, override, rules);
}

/** Merges one entry (`services.web`) over another; both may be changed. */
export function mergeEntries(
  base: Tree,
  override: Tree,
  path: readonly [section: string, name: string],
  problems: ProblemCollector,
): Tree {
  const place = ruleBelow(ruleBelow(rules, path[0]), path[1]);
  return new Merger(problems, [...path]).values(base, override, place);
}

/** Merges a service over the one that it extends; both may be changed. */
export function mergeServices(
  base: Mapping,
  override: Mapping,
  name: string,
  problems: ProblemCollector,
): Mapping {
  return new Merger(problems, ["services", name]).mappings(base, override, oneService);
}

class Merger {
  constructor(readonly problems: ProblemCollector, readonly path: (string | number)[]) {}

  values(base: Tree, override: Tree, place: PathRules<MergeRule> | undefined): Tree {
    if (place?.rule !== undefined) return this.#byRule(place.rule, base, override, place);
    if (override === null) return base;
    if (isMapping(base)) {
      return isMapping(override) ? this.mappings(base, override, place) : this.#clash(base, override);
    }
    if (Array.isArray(base)) {
      return Array.isArray(override) ? [...base, ...override] : this.#clash(base, override);
    }
    return override;
  }

  mappings(base: Mapping, override: Mapping, place: PathRules<MergeRule> | undefined): Mapping {
    for (const key in override) {
      const value = override[key] as Tree;
      if (!(key in base)) {
        base[key] = value;
        continue;
      }
      this.path.push(key);
      base[key] = this.values(base[key] as Tree, value, ruleBelow(place, key));
      this.path.pop();
    }
    return base;
  }

  #clash(base: Tree, override: Tree): Tree {
    this.problems.error(
      this.path,
      `${describeValue(override)} cannot be merged over ${describeValue(base)} of an earlier file`,
    );
    return base;
  }

  #byRule(rule: MergeRule, base: Tree, override: Tree, place: PathRules<MergeRule>): Tree {
    switch (rule) {
      case "replace":
        return override;
      case "keyValueList":
        return [...asList(base), ...asList(override)];
      case "hostList": {
        const list = asList(base);
        return [...list, ...asList(override).filter((item) => !list.includes(item))];
      }
      case "names":
        return this.mappings(asMapping(base, () => null), asMapping(override, () => null), place);
      case "dependencies":
        return this.mappings(
          asMapping(base, startedDependency),
          asMapping(override, startedDependency),
          place,
        );
      case "build":
        return this.mappings(asBuild(base), asBuild(override), place);
      case "logging":
        return this.#logging(base, override, place);
      case "pools":
        return this.#pools(base, override);
    }
  }

  #logging(base: Tree, override: Tree, place: PathRules<MergeRule>): Tree {
    if (override === null) return base;
    if (!isMapping(base) || !isMapping(override)) return override;
    const changed = "driver" in base && "driver" in override && base.driver !== override.driver;
    return changed ? override : this.mappings(base, override, place);
  }

  #pools(base: Tree, override: Tree): Tree {
    if (!Array.isArray(base)) return override;
    if (!Array.isArray(override)) return base;
    const pools = [...base];
    for (const pool of override) {
      const index = pools.findIndex((known) =>
        isMapping(known) && isMapping(pool) && known.subnet === pool.subnet
      );
      const known = pools[index];
      if (isMapping(known) && isMapping(pool)) pools[index] = this.mappings(known, pool, undefined);
      else pools.push(pool);
    }
    return pools;
  }
}

/** Makes a list of `key=value` of a mapping, sorted; a key without a value stands alone. */
function asList(value: Tree): Tree[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return [value];
  if (!isMapping(value)) return [];
  const list: string[] = [];
  for (const key in value) {
    const item = value[key] as Tree;
    if (item === null) list.push(key);
    else if (Array.isArray(item)) list.push(...item.map((one) => `${key}=${textOf(one)}`));
    else list.push(`${key}=${textOf(item)}`);
  }
  return list.sort();
}

function asMapping(value: Tree, make: () => Tree): Mapping {
  if (isMapping(value)) return value;
  const mapping = emptyMapping();
  if (!Array.isArray(value)) return mapping;
  for (const name of value) mapping[textOf(name)] = make();
  return mapping;
}

function startedDependency(): Mapping {
  return mappingOf({ condition: "service_started", required: true });
}

function asBuild(value: Tree): Mapping {
  if (isMapping(value)) return value;
  return typeof value === "string" ? mappingOf({ context: value }) : emptyMapping();
}
