import { Cluster, type ClusterOptions } from "../../../../src/mesos/framework/cluster/cluster.ts";
import type { ClusterEffect, ClusterMessage } from "../../../../src/mesos/framework/cluster/messages.ts";
import type { PodRecord, Stored, TaskRecord } from "../../../../src/mesos/framework/cluster/records.ts";
import { noRules } from "../../../../src/mesos/framework/placement/rules.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import type { Offer, SchedulerCall, TaskState, TaskStatus } from "../../../../src/mesos/wire/messages.ts";
import { needing, ports, scalar } from "../placement/offering.ts";

/** A pod as specs would want it: one instance of 1 CPU and 100 MiB, unless the test says otherwise. */
export function wish(name: string, more: Partial<PodWish> = {}): PodWish {
  return {
    name,
    origin: { directory: "/pods", files: [`/pods/${name}.yaml`] },
    version: "v1",
    replicas: 1,
    needs: needing(1, 100),
    rules: noRules,
    roles: ["mesolet"],
    update: {
      parallel: 1,
      order: "stop-first",
      healthyFor: 10_000,
      maximumFailures: 0,
      onFailure: "pause",
    },
    unreachableWait: 300_000,
    stopTime: 15_000,
    hasHealth: false,
    task: { payload: "", uris: [], labels: {}, ports: [] },
    ...more,
  };
}

/** An offer of an agent, `o-a` for the agent `a`. */
export function offer(agent: string, cpus: number, memory: number, more: Partial<Offer> = {}): Offer {
  return {
    id: { value: `o-${agent}` },
    framework_id: { value: "framework" },
    agent_id: { value: agent },
    hostname: `${agent}.example`,
    allocation_info: { role: "mesolet" },
    resources: [scalar("cpus", cpus), scalar("mem", memory), ports("31000-31009")],
    ...more,
  };
}

/** What a framework has stored. */
export class PlayedStore {
  readonly tasks = new Map<string, TaskRecord>();
  readonly pods = new Map<string, PodRecord>();
  /** Ids of tasks that were given up at one time. */
  readonly givenUp = new Set<string>();
  isWhole = true;

  take(effects: readonly ClusterEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "store") continue;
      for (const change of effect.changes) {
        if (change.kind === "put-task") {
          this.tasks.set(change.task.id, change.task);
          if (change.task.phase === "given-up") this.givenUp.add(change.task.id);
        }
        if (change.kind === "remove-task") this.tasks.delete(change.id);
        if (change.kind === "put-pod") this.pods.set(change.pod.name, change.pod);
        if (change.kind === "remove-pod") this.pods.delete(change.name);
        if (change.kind === "whole") this.isWhole = true;
      }
    }
  }

  /** As it comes back from JSON. */
  get stored(): Stored {
    const { isWhole } = this;
    return JSON.parse(
      JSON.stringify({ isWhole, tasks: [...this.tasks.values()], pods: [...this.pods.values()] }),
    );
  }
}

/** A cluster, played by hand: what it does comes back as lines. */
export class Play {
  readonly store = new PlayedStore();
  readonly #options: Omit<ClusterOptions, "stored">;
  cluster: Cluster;
  now = Date.UTC(2026, 0, 1);
  #wishes = new Map<string, PodWish>();
  #runs = 0;

  constructor(options: Partial<ClusterOptions> = {}) {
    this.#options = {
      roles: ["mesolet"],
      buildTask: ({ name }, { id, agent, taken, executorId }) => ({
        name,
        task_id: { value: id },
        agent_id: { value: agent.id },
        resources: taken.resources,
        executor: { executor_id: { value: executorId }, type: "CUSTOM" },
      }),
      newRun: () => `r${++this.#runs}`,
      ...options,
    };
    this.cluster = new Cluster({ ...this.#options, stored: this.store.stored });
  }

  /** It is killed, and begins anew with what was stored. */
  restart(): void {
    this.cluster = new Cluster({ ...this.#options, stored: this.store.stored });
  }

  say(message: ClusterMessage): string[] {
    const effects = this.cluster.handle(message, this.now);
    this.store.take(effects);
    return effects.flatMap(lineOf);
  }

  want(...wishes: readonly PodWish[]): string[] {
    const before = this.#wishes;
    this.#wishes = new Map(wishes.map((one) => [one.name, one]));
    const changed = new Set([...before.keys(), ...this.#wishes.keys(), ...this.cluster.pods.keys()]);
    return this.say({ kind: "wishes", wishes: this.#wishes, changed, isComplete: true });
  }

  /** A framework that was registered just now. */
  begin(...wishes: readonly PodWish[]): string[] {
    return [...this.want(...wishes), ...this.say({ kind: "subscribed", isNew: true })];
  }

  offers(...offers: readonly Offer[]): string[] {
    return this.say({ kind: "offers", offers });
  }

  update(id: string, state: TaskState, more: Partial<TaskStatus> = {}): string[] {
    const agent = this.store.tasks.get(id)?.agent.id ?? "a";
    const status = { task_id: { value: id }, agent_id: { value: agent }, state, ...more };
    return this.say({ kind: "update", status });
  }

  /** Lets time pass, with every tick that is due on the way. */
  pass(milliseconds: number): string[] {
    const until = this.now + milliseconds;
    const lines: string[] = [];
    for (let ticks = 0; ticks < 10_000; ticks++) {
      const next = this.cluster.nextAt;
      if (next === undefined || next > until) {
        this.now = until;
        return lines;
      }
      this.now = Math.max(this.now, next);
      lines.push(...this.say({ kind: "tick" }));
    }
    throw new Error("its reminders never end");
  }
}

function lineOf(effect: ClusterEffect): string[] {
  if (effect.kind === "store") return [];
  if (effect.kind === "tell") {
    return [effect.pod === undefined ? effect.text : `${effect.pod}: ${effect.text}`];
  }
  return [callLine(effect.call)];
}

function callLine(call: SchedulerCall): string {
  switch (call.type) {
    case "ACCEPT": {
      const { offer_ids = [], operations = [], filters } = call.accept;
      const tasks = operations.flatMap(({ launch, launch_group }) =>
        launch?.task_infos ?? launch_group?.task_group.tasks ?? []
      );
      const names = tasks.map(({ task_id }) => task_id.value).join(" ");
      return `ACCEPT ${
        offer_ids.map(({ value }) => value).join(" ")
      } for ${filters?.refuse_seconds} s: ${names}`;
    }
    case "DECLINE": {
      const { offer_ids = [], filters } = call.decline;
      return `DECLINE ${offer_ids.map(({ value }) => value).join(" ")} for ${filters?.refuse_seconds} s`;
    }
    case "KILL":
      return `KILL ${call.kill.task_id.value} on ${call.kill.agent_id?.value}`;
    case "ACKNOWLEDGE":
      return `ACKNOWLEDGE ${call.acknowledge.task_id.value}`;
    case "RECONCILE": {
      const { tasks = [] } = call.reconcile;
      return tasks.length === 0
        ? "RECONCILE all"
        : `RECONCILE ${tasks.map(({ task_id }) => task_id.value).join(" ")}`;
    }
    case "ACCEPT_INVERSE_OFFERS": {
      const { inverse_offer_ids = [] } = call.accept_inverse_offers;
      return `ACCEPT_INVERSE_OFFERS ${inverse_offer_ids.map(({ value }) => value).join(" ")}`;
    }
    case "REVIVE":
      return rolesLine(call.type, call.revive?.roles);
    case "SUPPRESS":
      return rolesLine(call.type, call.suppress?.roles);
    default:
      return call.type;
  }
}

/** Roles are named where they are not just that of most tests. */
function rolesLine(type: string, roles: readonly string[] = []): string {
  return roles.join(" ") === "mesolet" ? type : `${type} ${roles.join(" ")}`;
}
