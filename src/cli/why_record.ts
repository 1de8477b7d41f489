import { isObject, type JsonObject, listOf, objectOf, textOf } from "../pod/json.ts";
import { numberOf } from "../docker/json.ts";
import { present } from "../pod/present.ts";
import type { InstanceWhyRecord, ShortageRecord, WhyRecord } from "../status/cluster_record.ts";
import { readInstance, readMaster } from "./operator_records.ts";

/** What an operator tells at `/v1/pods/NAME/why`; absent when it is no such answer. */
export function readWhy(value: unknown): WhyRecord | undefined {
  if (!isObject(value) || textOf(value["pod"]) === "") return undefined;
  return {
    schema: 1,
    pod: textOf(value["pod"]),
    phase: textOf(value["phase"]),
    reason: textOf(value["reason"]),
    master: readMaster(objectOf(value["master"])),
    instances: listOf(value["instances"]).map((entry) => readInstanceWhy(objectOf(entry))),
  };
}

function readInstanceWhy(entry: JsonObject): InstanceWhyRecord {
  const { shortage } = entry;
  return present({
    ...readInstance(entry),
    waitsSince: textOf(entry["waitsSince"]) || undefined,
    shortage: isObject(shortage) ? readShortage(shortage) : undefined,
  });
}

function readShortage(entry: JsonObject): ShortageRecord {
  return {
    agents: numberOf(entry["agents"]),
    fitting: numberOf(entry["fitting"]),
    lacks: listOf(entry["lacks"]).map(objectOf).map((lack) => ({
      text: textOf(lack["text"]),
      agents: numberOf(lack["agents"]),
    })),
    nearest: listOf(entry["nearest"]).map(objectOf).map((near) => {
      const agent = objectOf(near["agent"]);
      return {
        agent: { id: textOf(agent["id"]), hostname: textOf(agent["hostname"]) },
        at: textOf(near["at"]),
        lacks: listOf(near["lacks"]).map(textOf),
      };
    }),
  };
}
