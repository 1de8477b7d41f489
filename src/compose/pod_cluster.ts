/** Reads what `x-pod` says for a cluster: placement, replicas, update, roles, unreachable, uris, containerizer. */

import {
  defaultCluster,
  type PlacementRules,
  type PodCluster,
  readyWithinOf,
  type Requirement,
  type RequirementTest,
  type UpdatePolicy,
} from "../pod/cluster.ts";
import type { ProblemList } from "./problem_list.ts";
import { parseDurationNanoseconds } from "./units.ts";

/** A cluster has agents by the thousand, and a pod may be meant to run on each. */
const mostReplicas = 100_000;
/** Nobody waits longer. */
const longestWait = 365 * 24 * 3_600_000;

type Reader = (value: unknown, path: string, problems: ProblemList) => Partial<PodCluster>;

/** Fields of `x-pod` that are for a cluster alone. A wrong one is told by its path, and is then as good as absent. */
const readers: Readonly<Record<string, Reader>> = {
  placement: (value, path, problems) => ({ placement: readPlacement(value, path, problems) }),
  replicas: (value, path, problems) => ({
    replicas: readCount(value, path, { least: 0, most: mostReplicas }, problems) ??
      defaultCluster.replicas,
  }),
  update: (value, path, problems) => ({ update: readUpdate(value, path, problems) }),
  unreachable: (value, path, problems) => ({ unreachableWait: readUnreachable(value, path, problems) }),
  roles: (value, path, problems) => ({ roles: readRoles(value, path, problems) }),
  uris: (value, path, problems) => ({ uris: readUris(value, path, problems) }),
  containerizer: (value, path, problems) =>
    readWord(value, path, ["docker", "mesos"], problems) === "mesos" ? { containerizer: "mesos" } : {},
};

/** Whether a field of `x-pod` is for a cluster alone. */
export function isClusterField(name: string): boolean {
  return Object.hasOwn(readers, name);
}

/** Reads such a field. */
export function readClusterField(
  name: string,
  value: unknown,
  path: string,
  problems: ProblemList,
): Partial<PodCluster> {
  return readers[name]?.(value, path, problems) ?? {};
}

/**
 * What of the wishes makes a pod on a single host another one than the spec describes, in paths: agents that it must
 * not run on, and how often it runs. The rest says how a cluster goes about it, and one host does without.
 */
export function unmetOnOneHost({ placement, replicas, containerizer }: PodCluster): readonly string[] {
  return [
    ...(containerizer === undefined ? [] : ["x-pod.containerizer"]),
    ...(placement.require.length > 0 ? ["x-pod.placement.require"] : []),
    ...(replicas === 1 ? [] : ["x-pod.replicas"]),
  ];
}

function readPlacement(value: unknown, path: string, problems: ProblemList): PlacementRules {
  const rules = { require: [] as Requirement[], unique: [] as string[], spread: [] as string[] };
  const fields = fieldsOf(value);
  if (fields === undefined) {
    problems.error(path, "must be a mapping with require, unique and spread");
    return rules;
  }
  for (const [name, field] of Object.entries(fields)) {
    const where = `${path}.${name}`;
    if (name === "require") rules.require = readRequirements(field, where, problems);
    else if (name === "unique") rules.unique = readNames(field, where, "attributes of agents", problems);
    else if (name === "spread") rules.spread = readNames(field, where, "attributes of agents", problems);
    else refuseUnknown(name, where, "placement", "require, unique and spread", problems);
  }
  return rules;
}

function readRequirements(value: unknown, path: string, problems: ProblemList): Requirement[] {
  const fields = fieldsOf(value);
  if (fields === undefined) {
    problems.error(path, "must be a mapping from attributes of agents to values, such as {rack: r1}");
    return [];
  }
  return Object.entries(fields).flatMap(([name, wanted]) => {
    const where = `${path}.${name}`;
    if (name === "") {
      problems.error(where, "names no attribute of agents");
      return [];
    }
    return readTests(wanted, where, problems).map((test) => ({ name, test }));
  });
}

function readTests(wanted: unknown, path: string, problems: ProblemList): RequirementTest[] {
  const plain = textOf(wanted);
  if (plain !== undefined) return [{ kind: "is", value: plain }];
  const fields = fieldsOf(wanted);
  if (fields === undefined || Object.keys(fields).length === 0) {
    problems.error(path, "must be a value, or a mapping with not, in or matches");
    return [];
  }
  return Object.entries(fields).flatMap(([word, field]): RequirementTest[] => {
    const where = `${path}.${word}`;
    if (word === "in") {
      const values = Array.isArray(field) ? field.map(textOf) : [];
      if (values.length > 0 && values.every((each) => each !== undefined)) return [{ kind: "in", values }];
      problems.error(where, "must be a list of values");
      return [];
    }
    const text = textOf(field);
    if (word !== "not" && word !== "matches") {
      refuseUnknown(word, where, "a requirement", "not, in and matches", problems);
    } else if (text === undefined) {
      problems.error(where, word === "not" ? "must be a value" : 'must be text, such as "ssd.*"');
    } else if (word === "not") return [{ kind: "not", value: text }];
    else {
      const reason = patternProblem(text);
      if (reason === undefined) return [{ kind: "matches", pattern: text }];
      problems.error(where, `${JSON.stringify(text)} is no regular expression: ${reason}`);
    }
    return [];
  });
}

/** The whole value is matched, so what is tried is the expression by itself: `a)|(b` is one only in brackets. */
function patternProblem(text: string): string | undefined {
  try {
    new RegExp(text, "u");
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message.replace(/^Invalid regular expression: (?:.*: )?/s, "");
  }
}

const updateFields = "parallel, order, healthy_for, ready_within, max_failures and on_failure";

function readUpdate(value: unknown, path: string, problems: ProblemList): UpdatePolicy {
  const policy = { ...defaultCluster.update };
  const fields = fieldsOf(value);
  if (fields === undefined) {
    problems.error(path, `must be a mapping with ${updateFields}`);
    return policy;
  }
  const counts = { least: 0, most: mostReplicas };
  for (const [name, field] of Object.entries(fields)) {
    const where = `${path}.${name}`;
    switch (name) {
      case "parallel":
        policy.parallel = readCount(field, where, { ...counts, least: 1 }, problems) ?? policy.parallel;
        break;
      case "max_failures":
        policy.maximumFailures = readCount(field, where, counts, problems) ?? policy.maximumFailures;
        break;
      case "healthy_for":
        policy.healthyFor = readDuration(field, where, problems) ?? policy.healthyFor;
        break;
      case "ready_within":
        policy.readyWithin = readDuration(field, where, problems) ?? readyWithinOf(policy);
        break;
      case "order":
        policy.order = readWord(field, where, ["stop-first", "start-first"], problems) ?? policy.order;
        // Whoever says so has a reason for it, which holds for an agent that is to be left as well.
        policy.leaving = policy.order;
        break;
      case "on_failure":
        policy.onFailure = readWord(field, where, ["pause", "rollback", "continue"], problems) ??
          policy.onFailure;
        break;
      default:
        refuseUnknown(name, where, "update", updateFields, problems);
    }
  }
  return policy;
}

function readUnreachable(value: unknown, path: string, problems: ProblemList): number | null {
  const fields = fieldsOf(value);
  let wait = defaultCluster.unreachableWait;
  if (fields === undefined) {
    problems.error(path, "must be a mapping with wait, such as {wait: 5m}");
    return wait;
  }
  for (const [name, field] of Object.entries(fields)) {
    const where = `${path}.${name}`;
    if (name !== "wait") refuseUnknown(name, where, "unreachable", "wait", problems);
    else if (field === "forever") wait = null;
    else wait = readDuration(field, where, problems, ", or forever") ?? wait;
  }
  return wait;
}

/** Roles are paths of words; what Mesos refuses in one is refused here (Mesos, `common/roles.cpp`). */
function readRoles(value: unknown, path: string, problems: ProblemList): string[] {
  const roles = readNames(value, path, "roles", problems);
  if (roles.length === 0 && Array.isArray(value) && value.length === 0) problems.error(path, "names no role");
  roles.forEach((role, index) => {
    const words = role.split("/");
    const isRole = role === "*" ||
      words.every((word) =>
        /^[^-\s\p{Cc}*\\/][^\s\p{Cc}*\\/]*$/u.test(word) && word !== "." && word !== ".."
      );
    if (!isRole) problems.error(`${path}[${index}]`, `${JSON.stringify(role)} is no role of Mesos`);
  });
  return roles;
}

function readUris(value: unknown, path: string, problems: ProblemList): string[] {
  const uris = readNames(value, path, "URIs", problems);
  uris.forEach((uri, index) => {
    if (/^[a-z][a-z0-9+.-]*:\/\/./i.test(uri) || uri.startsWith("/")) return;
    problems.error(
      `${path}[${index}]`,
      `${JSON.stringify(uri)} is no URI that an agent could fetch, such as https://example.org/page.tgz`,
    );
  });
  return uris;
}

function readNames(value: unknown, path: string, what: string, problems: ProblemList): string[] {
  const names = Array.isArray(value) ? value : undefined;
  if (names === undefined || !names.every((name) => typeof name === "string" && name !== "")) {
    problems.error(path, `must be a list of ${what}`);
    return [];
  }
  return [...new Set<string>(names)];
}

function readCount(
  value: unknown,
  path: string,
  { least, most }: { readonly least: number; readonly most: number },
  problems: ProblemList,
): number | undefined {
  // A variable of the spec comes as text.
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof count === "number" && Number.isInteger(count) && count >= least && count <= most) return count;
  problems.error(path, `must be a whole number from ${least} to ${most}`);
  return undefined;
}

function readDuration(
  value: unknown,
  path: string,
  problems: ProblemList,
  more = "",
): number | undefined {
  try {
    if (typeof value !== "string" && value !== 0) throw new RangeError("it is no text");
    const milliseconds = Math.round(parseDurationNanoseconds(String(value)) / 1e6);
    if (milliseconds >= 0 && milliseconds <= longestWait) return milliseconds;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  problems.error(path, `must be a duration of at most a year, such as 10s or 1m30s${more}`);
  return undefined;
}

function readWord<Word extends string>(
  value: unknown,
  path: string,
  words: readonly Word[],
  problems: ProblemList,
): Word | undefined {
  const found = words.find((word) => word === value);
  if (found === undefined) problems.error(path, `must be one of ${words.join(", ")}`);
  return found;
}

function refuseUnknown(
  name: string,
  path: string,
  owner: string,
  fields: string,
  problems: ProblemList,
): void {
  if (!name.startsWith("x-")) problems.error(path, `is not a field of ${owner}: it has ${fields}`);
}

function textOf(value: unknown): string | undefined {
  return ["string", "number", "boolean"].includes(typeof value) && value !== "" ? String(value) : undefined;
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}
