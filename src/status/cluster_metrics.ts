import { Counter, Gauge, type Registry } from "prom-client";
import type { ClusterBoard } from "../operator/cluster_board.ts";
import type { PodEntry, PodInstance } from "../operator/pod_board.ts";

/** Every state is told always, as with phases of pods. */
const states: readonly PodInstance["state"][] = [
  "waiting",
  "backing-off",
  "finished",
  "launching",
  "running",
  "unreachable",
  "stopping",
];

/** What there is to count of a cluster; docs/operator-http.md lists the names. All of it is read when it is asked for. */
export class ClusterMetrics {
  readonly #connected: Gauge;
  readonly #agents: Gauge<"state">;
  readonly #instances: Gauge<"state">;
  readonly #ready: Gauge;
  readonly #offers: Counter<"result">;
  readonly #launches: Counter;
  readonly #updates: Counter<"state">;
  readonly #answers: Counter;
  readonly #refused: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#connected = new Gauge({
      name: "mesolet_master_connected",
      help: "1 while there is a subscription at a master of Mesos, else 0",
      registers,
    });
    this.#agents = new Gauge({
      name: "mesolet_agents",
      help: "Agents that offered something or have tasks of ours, by state",
      labelNames: ["state"],
      registers,
    });
    this.#instances = new Gauge({
      name: "mesolet_instances",
      help: "Instances of pods by their state",
      labelNames: ["state"],
      registers,
    });
    this.#ready = new Gauge({
      name: "mesolet_instances_ready",
      help: "Instances of pods that run and are healthy as far as they say",
      registers,
    });
    this.#offers = new Counter({
      name: "mesolet_offers_total",
      help: "Offers of resources that were received, accepted and declined",
      labelNames: ["result"],
      registers,
    });
    this.#launches = new Counter({
      name: "mesolet_task_launches_total",
      help: "Tasks that the master was told to launch",
      registers,
    });
    this.#updates = new Counter({
      name: "mesolet_status_updates_total",
      help: "Status updates of tasks by their state",
      labelNames: ["state"],
      registers,
    });
    this.#answers = new Counter({
      name: "mesolet_reconciliation_answers_total",
      help: "Answers of the master about tasks that it was asked for",
      registers,
    });
    this.#refused = new Counter({
      name: "mesolet_calls_refused_total",
      help: "Calls that the master refused",
      registers,
    });
  }

  /** Takes over what is to be seen now. */
  read(cluster: ClusterBoard, pods: readonly PodEntry[]): void {
    this.#connected.set(cluster.master.connected ? 1 : 0);
    const agents = { known: 0, leaving: 0, unreachable: 0 };
    for (const { state } of cluster.agents()) agents[state]++;
    for (const [state, count] of Object.entries(agents)) this.#agents.set({ state }, count);
    const byState = new Map<string, number>(states.map((state) => [state, 0]));
    let ready = 0;
    for (const { instances = [] } of pods) {
      for (const instance of instances) {
        byState.set(instance.state, (byState.get(instance.state) ?? 0) + 1);
        if (instance.ready && instance.state === "running") ready++;
      }
    }
    for (const [state, count] of byState) this.#instances.set({ state }, count);
    this.#ready.set(ready);
    this.#readCounts(cluster);
  }

  #readCounts({ counts }: ClusterBoard): void {
    // They are counted elsewhere, and taken over as they are.
    for (const each of [this.#offers, this.#launches, this.#updates, this.#answers, this.#refused]) {
      each.reset();
    }
    for (const [result, count] of Object.entries(counts.offers)) this.#offers.inc({ result }, count);
    this.#launches.inc(counts.launches);
    for (const [state, count] of counts.updates) this.#updates.inc({ state }, count);
    this.#answers.inc(counts.answers);
    this.#refused.inc(counts.refused);
  }
}
