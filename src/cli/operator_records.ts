import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from "../docker/json.ts";
import { present } from "../pod/present.ts";
import type {
  BoardRecord,
  ContainerRecord,
  EventRecord,
  InstanceRecord,
  PodRecord,
  ProblemRecord,
} from "../status/pod_record.ts";
import type { MasterRecord } from "../status/master_record.ts";

/**
 * Reads what an operator tells in JSON (docs/operator-http.md). It may be older or newer than we are: what is not there
 * is empty or absent, what is not known is passed over.
 */

/** Absent when it is no answer of an operator at all. */
export function readBoard(value: unknown): BoardRecord | undefined {
  if (!isObject(value) || typeof value["schema"] !== "number" || !Array.isArray(value["pods"])) {
    return undefined;
  }
  return present({
    schema: 1 as const,
    mesolet: textOf(value["mesolet"]),
    ready: value["ready"] === true,
    waitsFor: optionalText(value["waitsFor"]),
    cluster: isObject(value["cluster"]) ? readMaster(value["cluster"]) : undefined,
    pods: listOf(value["pods"]).flatMap((entry) => readPod(entry) ?? []),
    problems: listOf(value["problems"]).map((entry) => readProblem(objectOf(entry))),
  });
}

/** Whether an operator of a cluster has a master. */
export function readMaster(entry: JsonObject): MasterRecord {
  return present({
    connected: entry["connected"] === true,
    master: optionalText(entry["master"]),
    framework: optionalText(entry["framework"]),
    reason: optionalText(entry["reason"]),
  });
}

/** Absent when it is no pod. */
export function readPod(value: unknown): PodRecord | undefined {
  if (!isObject(value) || textOf(value["name"]) === "") return undefined;
  return present({
    name: textOf(value["name"]),
    file: textOf(value["file"]),
    phase: textOf(value["phase"]),
    reason: textOf(value["reason"]),
    reasonCode: textOf(value["reasonCode"]),
    exitCode: optionalNumber(value["exitCode"]),
    address: optionalText(value["address"]),
    since: textOf(value["since"]),
    observedAt: textOf(value["observedAt"]),
    containers: listOf(value["containers"]).map((entry) => readContainer(objectOf(entry))),
    instances: Array.isArray(value["instances"])
      ? listOf(value["instances"]).map((entry) => readInstance(objectOf(entry)))
      : undefined,
    problem: isObject(value["problem"]) ? readProblem(value["problem"]) : undefined,
  });
}

/** Absent when it is no event. */
export function readEvent(value: unknown): EventRecord | undefined {
  if (!isObject(value) || typeof value["number"] !== "number") return undefined;
  return present({
    number: value["number"],
    time: textOf(value["time"]),
    kind: textOf(value["kind"]),
    pod: optionalText(value["pod"]),
    text: textOf(value["text"]),
  });
}

export function readContainer(entry: JsonObject): ContainerRecord {
  return present({
    name: textOf(entry["name"]),
    number: numberOf(entry["number"]) || 1,
    containerName: textOf(entry["containerName"]),
    id: optionalText(entry["id"]),
    image: textOf(entry["image"]),
    essential: entry["essential"] === true,
    state: textOf(entry["state"]),
    health: optionalText(entry["health"]),
    reason: optionalText(entry["reason"]),
    exitCode: optionalNumber(entry["exitCode"]),
    outOfMemory: entry["outOfMemory"] === true,
    restarts: numberOf(entry["restarts"]),
    startedAt: optionalText(entry["startedAt"]),
    finishedAt: optionalText(entry["finishedAt"]),
    startsAgainAt: optionalText(entry["startsAgainAt"]),
    addresses: listOf(entry["addresses"]).map(textOf),
    ports: listOf(entry["ports"]).map(objectOf).map((port) => ({
      target: numberOf(port["target"]),
      protocol: textOf(port["protocol"]) || "tcp",
      hostAddress: textOf(port["hostAddress"]),
      published: numberOf(port["published"]),
    })),
  });
}

export function readInstance(entry: JsonObject): InstanceRecord {
  const agent = entry["agent"];
  return present({
    slot: numberOf(entry["slot"]),
    state: textOf(entry["state"]),
    ready: entry["ready"] === true,
    version: textOf(entry["version"]),
    task: optionalText(entry["task"]),
    agent: isObject(agent) ? { id: textOf(agent["id"]), hostname: textOf(agent["hostname"]) } : undefined,
    address: optionalText(entry["address"]),
    ports: listOf(entry["ports"]).map(numberOf),
    since: optionalText(entry["since"]),
    startsAgainAt: optionalText(entry["startsAgainAt"]),
    reason: optionalText(entry["reason"]),
    tasks: Array.isArray(entry["tasks"])
      ? listOf(entry["tasks"]).map(objectOf).map((task) =>
        present({
          container: textOf(task["container"]),
          task: textOf(task["task"]),
          state: textOf(task["state"]),
          healthy: typeof task["healthy"] === "boolean" ? task["healthy"] : undefined,
          reason: optionalText(task["reason"]),
        })
      )
      : undefined,
  });
}

function readProblem(entry: JsonObject): ProblemRecord {
  const position = entry["position"];
  return present({
    file: textOf(entry["file"]),
    pod: optionalText(entry["pod"]),
    severity: textOf(entry["severity"]),
    message: textOf(entry["message"]),
    path: textOf(entry["path"]),
    position: isObject(position)
      ? present({
        file: textOf(position["file"]),
        line: optionalNumber(position["line"]),
        column: optionalNumber(position["column"]),
      })
      : undefined,
    keptVersion: entry["keptVersion"] === true,
    since: textOf(entry["since"]),
  });
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
