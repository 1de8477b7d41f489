import type { Resource } from "../../../src/mesos/wire/messages.ts";
import { idOf, list, members, statusesIn, typed, typeOf } from "../agent/recorded_messages.ts";
import type { RecordedLine, Recording } from "../agent/recording.ts";
import { Amounts } from "./amounts.ts";

/** What the recorded master and its agent were: ids, in the order in which they were given, and resources. */
export function masterFactsOf(recording: Recording) {
  const { lines } = recording;
  const events = (type: string) =>
    lines.filter((line) => line.dir === "master->scheduler" && line.kind === "chunk" && typeOf(line) === type)
      .map((line) => members(members(line.body)[type.toLowerCase()]));
  const subscribed = events("SUBSCRIBED");
  const masterIds = [...new Set(subscribed.map(({ master_info }) => String(members(master_info).id)))];
  const frameworkIds = subscribed.map(({ framework_id }) => idOf(framework_id));
  const offers = events("OFFERS").flatMap(({ offers }) => list(offers)).map(members);
  const [masterId = ""] = masterIds;
  const firstFramework = frameworkIds.find((id) => id.startsWith(masterId)) ?? "-0";
  const firstOffer = idOf(offers[0]?.id);
  const containers = new Map<string, string[]>();
  const pids = new Map<string, number>();
  for (const line of lines) {
    if (line.dir === "agent->executor" && typeOf(line) === "SUBSCRIBED") {
      const one = members(members(line.body).subscribed);
      const info = members(one.executor_info);
      const key = `${idOf(info.framework_id)} ${idOf(info.executor_id)}`;
      const known = containers.get(key) ?? [];
      const id = idOf(one.container_id);
      if (!known.includes(id)) containers.set(key, [...known, id]);
    }
    for (const { container_status: container } of statusesIn(line)) {
      const { container_id: id, executor_pid: pid } = container ?? {};
      if (id !== undefined && pid !== undefined) pids.set(id.value, pid);
    }
  }
  return {
    masterIds,
    firstFramework: Number(firstFramework.split("-").at(-1)),
    firstOffer: Number(firstOffer.split("-O").at(-1) || "0"),
    resources: resourcesOf(list(offers[0]?.resources)),
    agentId: idOf(offers[0]?.agent_id) || `${masterId}-S0`,
    containers,
    pids,
    streamIds: lines.filter((line) => line.dir === "master->scheduler" && line.kind === "response-head")
      .map((line) => line.headers?.find(([name]) => name === "Mesos-Stream-Id")?.[1])
      .filter((id) => id !== undefined),
    /** Of updates that the agent made itself. */
    uuids: [
      ...new Set(
        lines.flatMap(statusesIn).filter(({ source }) => source === "SOURCE_AGENT")
          .map(({ uuid }) => uuid?.toBase64() ?? ""),
      ),
    ],
    allocations: allocationsOf(lines),
  };
}

/** Those of the recorded agent; where somebody else uses some of them all the time, without these. */
function resourcesOf(offered: readonly unknown[]): readonly Resource[] {
  const free = Amounts.of(offered.map((resource) => typed<Resource>("Resource", resource)));
  return recordedResources.map((resource) =>
    resource.type === "SCALAR"
      ? { ...resource, scalar: { value: free.scalar(resource.name) ?? resource.scalar?.value ?? 0 } }
      : resource
  );
}

const recordedResources: readonly Resource[] = [
  { name: "cpus", type: "SCALAR", scalar: { value: 4 } },
  { name: "mem", type: "SCALAR", scalar: { value: 8_192 } },
  { name: "disk", type: "SCALAR", scalar: { value: 10_000 } },
  { name: "ports", type: "RANGES", ranges: { range: [{ begin: 31_000, end: 32_000 }] } },
].map((resource) => typed<Resource>("Resource", resource));

/**
 * When the recorded master allocated by time: each second. The moments are seen from offers that nothing else was a
 * reason for; between two of them the second is counted from the first.
 */
function allocationsOf(lines: readonly RecordedLine[]): readonly number[] {
  const reasons = new Set(["SUBSCRIBE", "REVIVE", "UPDATE_MAINTENANCE_SCHEDULE"]);
  const seen: number[] = [];
  let reasonAt = -Infinity;
  for (const line of lines) {
    if (line.kind === "request" && reasons.has(String(typeOf(line)))) reasonAt = line.at_ms;
    if (statusesIn(line).some(({ reason }) => reason === "REASON_AGENT_REREGISTERED")) reasonAt = line.at_ms;
    if (line.dir !== "master->scheduler" || !String(typeOf(line)).endsWith("OFFERS")) continue;
    if (line.at_ms - reasonAt > 50) seen.push(line.at_ms);
  }
  const [first] = seen;
  if (first === undefined) return [];
  const end = (lines.at(-1)?.at_ms ?? 0) + 1;
  const moments: number[] = [];
  for (let at = first - 1_000; at > 0; at -= 1_000) moments.unshift(at);
  for (const [index, anchor] of seen.entries()) {
    const next = seen[index + 1] ?? end;
    for (let at = anchor; at < next - (index + 1 < seen.length ? 500 : 0); at += 1_000) moments.push(at);
  }
  return moments;
}
