/** Interpolation of a whole tree, and the types that its results take. */

import { interpolate, InterpolationError, type Lookup } from "./interpolation.ts";
import { type PathRules, pathRules, ruleBelow } from "./path_rules.ts";
import type { ProblemCollector } from "./problems.ts";
import { emptyMapping, isMapping, type Mapping, type Tree } from "./tree.ts";
import { parseFloatingPoint, parseInteger } from "./units.ts";

type Cast = "integer" | "float" | "boolean";

/** Text in these places becomes a number or a boolean, whether or not a variable was in it. */
const casts: PathRules<Cast> = pathRules<Cast>(Object.fromEntries([
  ...[
    "cpu_count",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "deploy.replicas",
    "deploy.update_config.parallelism",
    "deploy.rollback_config.parallelism",
    "deploy.restart_policy.max_attempts",
    "deploy.placement.max_replicas_per_node",
    "healthcheck.retries",
    "oom_score_adj",
    "pids_limit",
    "ports.*.target",
    "scale",
    "ulimits.*",
    "ulimits.*.hard",
    "ulimits.*.soft",
  ].map((field): [string, Cast] => [`services.*.${field}`, "integer"]),
  ...[
    "cpu_percent",
    "cpus",
    "deploy.update_config.max_failure_ratio",
    "deploy.rollback_config.max_failure_ratio",
  ].map((field): [string, Cast] => [`services.*.${field}`, "float"]),
  ...[
    "init",
    "depends_on.*.required",
    "depends_on.*.restart",
    "healthcheck.disable",
    "oom_kill_disable",
    "privileged",
    "read_only",
    "stdin_open",
    "tty",
    "volumes.*.read_only",
    "volumes.*.volume.nocopy",
  ].map((field): [string, Cast] => [`services.*.${field}`, "boolean"]),
  ...[
    "networks.*.external",
    "networks.*.internal",
    "networks.*.attachable",
    "networks.*.enable_ipv4",
    "networks.*.enable_ipv6",
    "volumes.*.external",
    "secrets.*.external",
    "configs.*.external",
  ].map((field): [string, Cast] => [field, "boolean"]),
]));

/**
 * Puts values for the variables in all text of a tree (not in keys) and casts where the schema wants a number or a
 * boolean. Unset variables and old words for booleans are warnings; what is wrong becomes a problem, and the text
 * stays.
 */
export function interpolateTree(tree: Mapping, lookup: Lookup, problems: ProblemCollector): Mapping {
  const walker = new Interpolator(lookup, problems);
  return walker.mapping(tree, casts);
}

class Interpolator {
  readonly #path: (string | number)[] = [];

  constructor(readonly lookup: Lookup, readonly problems: ProblemCollector) {}

  mapping(mapping: Mapping, rules: PathRules<Cast> | undefined): Mapping {
    const result = emptyMapping();
    for (const key in mapping) {
      this.#path.push(key);
      result[key] = this.#value(mapping[key] as Tree, ruleBelow(rules, key));
      this.#path.pop();
    }
    return result;
  }

  #value(value: Tree, rules: PathRules<Cast> | undefined): Tree {
    if (typeof value === "string") return this.#text(value, rules?.rule);
    if (Array.isArray(value)) {
      return value.map((item, index) => {
        this.#path.push(index);
        const result = this.#value(item, ruleBelow(rules));
        this.#path.pop();
        return result;
      });
    }
    return isMapping(value) ? this.mapping(value, rules) : value;
  }

  #text(text: string, cast: Cast | undefined): Tree {
    try {
      const value = text.includes("$")
        ? interpolate(text, {
          lookup: this.lookup,
          unset: (name) => this.problems.unsetVariable(name, this.#path),
        })
        : text;
      return cast === undefined ? value : this.#cast(value, cast);
    } catch (error) {
      if (!(error instanceof InterpolationError || error instanceof RangeError)) throw error;
      this.problems.error(this.#path, error.message);
      return text;
    }
  }

  #cast(value: string, cast: Cast): Tree {
    if (cast === "integer") return parseInteger(value);
    if (cast === "float") return parseFloatingPoint(value);
    return parseBoolean(value, (advice) => this.problems.warning(this.#path, advice));
  }
}

/**
 * Reads a boolean word: `true`, `false`, and YAML 1.1's `y`, `yes`, `on`, `n`, `no`, `off` with advice against them.
 *
 * @throws {RangeError} where the text is another word
 */
export function parseBoolean(text: string, advise: (message: string) => void = () => {}): boolean {
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "y":
    case "yes":
    case "on":
      advise(`${JSON.stringify(text)} is not a boolean in YAML 1.2: write true`);
      return true;
    case "n":
    case "no":
    case "off":
      advise(`${JSON.stringify(text)} is not a boolean in YAML 1.2: write false`);
      return false;
    default:
      throw new RangeError(`${JSON.stringify(text)} is not a boolean: write true or false`);
  }
}
