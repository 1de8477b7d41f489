import type { AgentRecord } from "../../cluster_record.ts";
import type { MasterRecord } from "../../master_record.ts";
import type { InstanceRecord } from "../../pod_record.ts";
import type { Tone } from "./page_model.ts";

/** What the page makes of a cluster: pure, so that it is tested without a browser. */

/** Hostnames that the table of pods shows of one pod. */
const shownHosts = 2;

export function toneOfInstance({ state, ready }: Pick<InstanceRecord, "state" | "ready">): Tone {
  switch (state) {
    case "running":
      return ready ? "good" : "busy";
    case "finished":
      return "over";
    case "backing-off":
    case "unreachable":
      return "bad";
    default:
      return "busy";
  }
}

/** Somebody should look at it: it failed, is out of reach, or there is no place for it. */
export function isInTrouble({ state }: Pick<InstanceRecord, "state">): boolean {
  return state === "backing-off" || state === "unreachable" || state === "waiting";
}

/** `running`, `running, not ready`, `waiting for a place`. */
export function instanceText({ state, ready }: Pick<InstanceRecord, "state" | "ready">): string {
  if (state === "running" && !ready) return "running, not ready";
  if (state === "waiting") return "waiting for a place";
  return state === "backing-off" ? "backing off" : state;
}

/** `2 of 3`: instances that are ready, of those that there are to be. */
export function readyText(instances: readonly InstanceRecord[]): string {
  const ready = new Set(
    instances.filter((each) => each.ready && each.state === "running").map(({ slot }) => slot),
  );
  return `${ready.size} of ${new Set(instances.map(({ slot }) => slot)).size}`;
}

/** `a, b and 4 more`: where the instances of a pod are. */
export function hostsText(instances: readonly InstanceRecord[]): string {
  const hosts = [...new Set(instances.flatMap(({ agent }) => agent === undefined ? [] : [agent.hostname]))]
    .sort();
  const more = hosts.length - shownHosts;
  const shown = hosts.slice(0, shownHosts).join(", ");
  return hosts.length === 0 ? "–" : more > 0 ? `${shown} and ${more} more` : shown;
}

export function toneOfAgent({ state }: Pick<AgentRecord, "state">): Tone {
  return state === "known" ? "good" : state === "unreachable" ? "bad" : "busy";
}

/** `ok`: nothing is known against it. */
export function agentText({ state }: Pick<AgentRecord, "state">): string {
  return state === "known" ? "ok" : state;
}

/** `eu / eu-1 · rack: r1`: where an agent is, and what it has. */
export function traitsText({ region, zone, attributes }: AgentRecord): string {
  const place = [region, zone].filter((each) => each !== undefined).join(" / ");
  const traits = attributes.map(({ name, values }) => `${name}: ${values.join(", ")}`);
  return [...(place === "" ? [] : [place]), ...traits].join(" · ");
}

/** The agents that a person asked for; every word has to be in the hostname, a trait, the state or a pod there. */
export function chosenAgents(agents: readonly AgentRecord[], filter: string): AgentRecord[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [...agents];
  return agents.filter((agent) => {
    const pods = agent.tasks.map(({ pod }) => pod);
    const text = [agent.hostname, agent.id, agentText(agent), traitsText(agent), ...pods].join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** `12 GiB`, `900 MiB`. */
export function mebibytesText(amount: number): string {
  if (amount < 1024) return `${Math.floor(amount)} MiB`;
  const gibibytes = amount / 1024;
  return `${
    gibibytes < 10 ? Math.floor(gibibytes * 10) / 10 : Math.floor(gibibytes).toLocaleString("en")
  } GiB`;
}

/** `0.5`, `12`: at most two decimals. */
export function cpusText(amount: number): string {
  return String(Math.floor(amount * 100) / 100);
}

/** How the operator stands with its master. */
export function masterText({ connected, master, reason }: MasterRecord): string {
  if (connected) return `Master ${master ?? ""}`;
  return reason === undefined ? "No master yet" : `No master: ${reason}`;
}
