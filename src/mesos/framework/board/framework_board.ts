/** What a framework lets be seen of its cluster. */

import type {
  AgentEntry,
  AgentTask,
  ClusterBoard,
  ClusterCounts,
  InstanceWhy,
  MasterLink,
  OfferedResources,
  PlaceShortage,
} from "../../../operator/cluster_board.ts";
import type { ReachablePod } from "../../../operator/reachable_pod.ts";
import type { Clock } from "../../../pod/clock.ts";
import { present } from "../../../pod/present.ts";
import type { SchedulerCall, SchedulerEvent } from "../../wire/messages.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterPod, Waiting } from "../cluster/cluster_pod.ts";
import { instancesOf, stateOf } from "../cluster/instance_view.ts";
import { agentFacts, type TaskRecord } from "../cluster/records.ts";
import { reachablePods } from "../discovery/endpoints.ts";
import type { AgentFacts } from "../placement/agent_facts.ts";
import type { Candidate } from "../placement/choose_agent.ts";
import type { ScalarName } from "../placement/needs.ts";
import { shortageOf } from "../placement/shortage.ts";
import type { MasterNotice } from "../session/master_session.ts";
import { CallCounts } from "./call_counts.ts";
import { type KnownAgent, KnownAgents } from "./known_agents.ts";

type ShownCluster = Pick<Cluster, "pods" | "leaving" | "lastOffers" | "silentSince">;

/** A master offers once a second: what is older than this it does not want to offer. In milliseconds. */
const silence = 10_000;

/** Reads the cluster when it is asked; what is told by the master and gone again is kept in mind here. */
export class FrameworkBoard implements ClusterBoard {
  readonly #cluster: ShownCluster;
  readonly #clock: Pick<Clock, "now">;
  readonly #agents = new KnownAgents();
  readonly #counts = new CallCounts();
  #master: MasterLink = { connected: false };

  constructor(cluster: ShownCluster, clock: Pick<Clock, "now">) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  get master(): MasterLink {
    return this.#master;
  }

  get counts(): ClusterCounts {
    return this.#counts;
  }

  agents(): readonly AgentEntry[] {
    const facts = new Map<string, AgentFacts>();
    const tasks = new Map<string, TaskRecord[]>();
    for (const pod of this.#cluster.pods.values()) {
      for (const task of pod.tasks.values()) {
        const own = tasks.get(task.agent.id);
        if (own === undefined) {
          tasks.set(task.agent.id, [task]);
          facts.set(task.agent.id, agentFacts(task.agent));
        } else own.push(task);
      }
    }
    for (const known of this.#agents.all(this.#clock.now())) facts.set(known.facts.id, known.facts);
    return [...facts.values()]
      .map((agent) => this.#agentEntry(agent, tasks.get(agent.id) ?? []))
      .sort((one, other) => compare(one.hostname, other.hostname) || compare(one.id, other.id));
  }

  why(name: string): readonly InstanceWhy[] {
    const pod = this.#cluster.pods.get(name);
    if (pod === undefined) return [];
    // Slots that nothing is in are alike, and a pod may have many.
    let ofEmpty: PlaceShortage | undefined;
    return instancesOf(pod, this.#clock.now())
      .filter(({ ready, state }) => !(ready && state === "running"))
      .map((instance): InstanceWhy => {
        const waiting = instance.state === "waiting" ? pod.waiting.get(instance.slot) : undefined;
        if (waiting === undefined) return instance;
        const shortage = isEmpty(pod, instance.slot)
          ? ofEmpty ??= this.#shortage(waiting)
          : this.#shortage(waiting);
        return { ...instance, waitsSince: waiting.since, shortage };
      });
  }

  endpoints(): readonly ReachablePod[] {
    return reachablePods(this.#cluster.pods.values());
  }

  // What the framework tells it

  /** The session told something, and the cluster has taken it. */
  notice(notice: MasterNotice): void {
    const { address, framework } = this.#master;
    const before = present({ address, framework });
    switch (notice.kind) {
      case "subscribed":
        this.#master = { connected: true, address: notice.address, framework: notice.frameworkId };
        return;
      case "disconnected":
      case "trouble":
        this.#master = { ...before, connected: false, reason: notice.reason };
        return;
      case "refused":
        return this.#counts.refusal();
      case "event":
        return this.#event(notice.event);
    }
  }

  /** The master is told something. */
  call(call: SchedulerCall): void {
    this.#counts.call(call);
  }

  #event(event: SchedulerEvent): void {
    this.#counts.event(event);
    if (event.type === "OFFERS") this.#agents.take(this.#cluster.lastOffers, this.#clock.now());
    if (event.type !== "FAILURE") return;
    const { agent_id, executor_id } = event.failure;
    // Without an executor it is the agent that failed.
    if (agent_id !== undefined && executor_id === undefined) this.#agents.lose(agent_id.value);
  }

  /** Roles that are offered nothing at all: then it does not matter what agents had at one time. */
  #silences(roles: readonly string[], agents: number): { readonly text: string; readonly agents: number }[] {
    const now = this.#clock.now();
    return roles.flatMap((role) => {
      const since = this.#cluster.silentSince(role);
      if (since === undefined || now - since < silence) return [];
      const text = `nothing is offered to the role ${role}, for ${Math.round((now - since) / 1000)} s: ` +
        "its quota is used up, or others have all there is";
      return [{ text, agents }];
    });
  }

  #agentEntry(facts: AgentFacts, tasks: readonly TaskRecord[]): AgentEntry {
    const known = this.#agents.get(facts.id);
    const isLeaving = this.#cluster.leaving.has(facts.id) ||
      [...known?.offers.values() ?? []].some(({ candidate }) => candidate.leaving !== undefined);
    return present({
      id: facts.id,
      hostname: facts.hostname,
      region: facts.region,
      zone: facts.zone,
      attributes: [...facts.attributes].map(([name, values]) => ({ name, values })),
      state: tasks.some(({ unreachableSince }) => unreachableSince !== undefined)
        ? "unreachable" as const
        : isLeaving
        ? "leaving" as const
        : "known" as const,
      offered: known === undefined ? undefined : offeredBy(known),
      tasks: tasks.map(agentTask).sort((one, other) => compare(one.pod, other.pod) || one.slot - other.slot),
    });
  }

  #shortage({ pod, slot, wish }: Waiting): PlaceShortage {
    const times = new Map<string, number>();
    const candidates: Candidate[] = [];
    for (const { facts, at, offers } of this.#agents.all(this.#clock.now())) {
      times.set(facts.id, at);
      for (const { candidate } of offers.values()) {
        candidates.push(
          this.#cluster.leaving.has(facts.id) ? { ...candidate, leaving: "maintenance" } : candidate,
        );
      }
    }
    const { agents, fitting, lacks, nearest } = shortageOf(wish, candidates, pod.siblingsOf(slot));
    return {
      agents,
      fitting,
      lacks: [...this.#silences(wish.roles, agents), ...lacks],
      nearest: nearest.map(({ agent, lacks }) => ({
        agent: { id: agent.id, hostname: agent.hostname },
        at: times.get(agent.id) ?? 0,
        lacks,
      })),
    };
  }
}

function isEmpty(pod: ClusterPod, slot: number): boolean {
  return [...pod.tasks.values()].every((task) => task.slot !== slot);
}

function offeredBy({ offers, at }: KnownAgent): OfferedResources {
  const all = [...offers.values()].map(({ candidate }) => candidate.available);
  const sum = (name: ScalarName) => all.reduce((total, available) => total + available.left(name), 0) / 1000;
  return {
    at,
    roles: [...offers.keys()].sort(),
    cpus: sum("cpus"),
    memory: sum("memory"),
    disk: sum("disk"),
    gpus: sum("gpus"),
    ports: all.reduce((total, available) => total + available.portsLeft, 0),
  };
}

function agentTask(task: TaskRecord): AgentTask {
  return { pod: task.pod, slot: task.slot, task: task.id, state: stateOf(task) };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
