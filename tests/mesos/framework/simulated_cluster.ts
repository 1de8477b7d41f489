import { Cluster, type ClusterOptions } from "../../../src/mesos/framework/cluster/cluster.ts";
import { instancesOf } from "../../../src/mesos/framework/cluster/instance_view.ts";
import type {
  BuildTask,
  ClusterEffect,
  ClusterMessage,
} from "../../../src/mesos/framework/cluster/messages.ts";
import { frameworkInfo } from "../../../src/mesos/framework/framework_info.ts";
import type { Store } from "../../../src/mesos/framework/store/store.ts";
import type { PodWish } from "../../../src/mesos/framework/wish/pod_wish.ts";
import type {
  FrameworkInfo,
  SchedulerCall,
  SchedulerEvent,
  TaskInfo,
} from "../../../src/mesos/wire/messages.ts";
import type { PodInstance } from "../../../src/operator/pod_board.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { DirectMaster, type DirectStream } from "../master/direct_master.ts";
import type { MasterSettings } from "../master/master_settings.ts";
import type { SimulatedAgent } from "../master/simulated_agent.ts";
import { SimulatedAgents, type SimulatedBehaviour } from "../master/simulated_agents.ts";
import { PlayedStore } from "./cluster/playing.ts";

/** How a simulation is set up. */
export interface SimulationOptions {
  readonly roles?: readonly string[];
  readonly core?: Partial<MasterSettings>;
  readonly behaviour?: SimulatedBehaviour;
  /** Tasks as the test would have them, instead of plain ones. */
  readonly buildTask?: BuildTask;
  readonly bounds?: ClusterOptions["bounds"];
  /** Where else everything is written. */
  readonly disk?: Pick<Store, "write">;
}

/** What a cluster did. */
export interface Deeds {
  /** Calls to the master by type. */
  readonly calls: ReadonlyMap<string, number>;
  /** Messages that it took. */
  readonly messages: number;
  /** Records that were written, and how often something was. */
  readonly records: number;
  readonly writes: number;
  /** Looks at a pod that may be different. */
  readonly looks: number;
  /** Milliseconds that were spent on deciding, by the clock of the machine. */
  readonly spent: number;
}

/** Such a task as the strict master takes. */
const plainTask: BuildTask = ({ name }, { id, frameworkId, executorId, agent, taken }) => ({
  name,
  task_id: { value: id },
  agent_id: { value: agent.id },
  resources: taken.resources,
  executor: {
    executor_id: { value: executorId },
    framework_id: { value: frameworkId },
    type: "CUSTOM",
    command: { value: "mesolet" },
  },
});

/**
 * A cluster before the strict master, both in the process of the test: with a stepped clock, so that days pass in no time,
 * and without sockets, so that there may be a thousand agents.
 */
export class SimulatedCluster implements Disposable {
  readonly clock = new SteppedClock();
  readonly master: DirectMaster;
  readonly agents: SimulatedAgents;
  readonly store = new PlayedStore();
  /** What was told to people: `web: instance 0 …`. */
  readonly lines: string[] = [];
  readonly #options: SimulationOptions;
  readonly #info: FrameworkInfo;
  #cluster: Cluster;
  #wishes = new Map<string, PodWish>();
  #stream: DirectStream | undefined;
  #life = new AbortController();
  #timer: { readonly at: number; readonly end: AbortController } | undefined;
  #id: string | undefined;
  #runs = 0;
  #deeds = noDeeds();

  constructor(options: SimulationOptions = {}) {
    const { roles = ["mesolet"], core, behaviour } = options;
    this.#options = options;
    this.#info = frameworkInfo({ name: "simulated", roles, failoverTimeout: 14 * 86_400 });
    this.master = new DirectMaster({ clock: this.clock, ...(core === undefined ? {} : { core }) });
    this.agents = new SimulatedAgents(this.master.host, this.clock, behaviour);
    this.#cluster = this.#newCluster();
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  /** What it did since this was asked for. */
  takeDeeds(): Deeds {
    const deeds = this.#deeds;
    this.#deeds = noDeeds();
    return deeds;
  }

  /** Everything that is wanted, from now on. */
  want(...wishes: readonly PodWish[]): void {
    const before = this.#wishes;
    this.#wishes = new Map(wishes.map((wish) => [wish.name, wish]));
    const changed = new Set(before.keys());
    for (const [name, wish] of this.#wishes) {
      if (before.get(name) === wish) changed.delete(name);
      else changed.add(name);
    }
    this.#handle({ kind: "wishes", wishes: this.#wishes, changed, isComplete: true });
  }

  /** Subscribes, and does so again whenever it has to. */
  subscribe(): void {
    const { signal } = this.#life;
    const id = this.#id === undefined ? {} : { id: { value: this.#id } };
    const isNew = this.#id === undefined;
    const answer = this.master.subscribe({
      type: "SUBSCRIBE",
      ...(this.#id === undefined ? {} : { framework_id: { value: this.#id } }),
      subscribe: {
        framework_info: { ...this.#info, ...id },
        suppressed_roles: this.#info.roles ?? [],
      },
    }, {
      event: (event) => {
        if (!signal.aborted) this.#hear(event, isNew);
      },
      ended: () => {
        if (signal.aborted) return;
        this.#stream = undefined;
        this.#handle({ kind: "disconnected" });
        this.#subscribeLater();
      },
    });
    if ("status" in answer) this.#subscribeLater();
    else this.#stream = answer;
  }

  /** It is killed, and begins anew with what was stored. */
  restart(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#timer?.end.abort();
    this.#timer = undefined;
    this.#stream?.close();
    this.#stream = undefined;
    this.#cluster = this.#newCluster();
    const wishes = this.#wishes;
    const known = [...this.store.pods.keys(), ...[...this.store.tasks.values()].map(({ pod }) => pod)];
    const changed = new Set([...wishes.keys(), ...known]);
    this.#handle({ kind: "wishes", wishes, changed, isComplete: true });
    this.subscribe();
  }

  /** Lets time pass. */
  pass(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds);
  }

  instances(pod: string): readonly PodInstance[] {
    const found = this.cluster.pods.get(pod);
    return found === undefined ? [] : instancesOf(found, this.clock.now());
  }

  /** The instances of a pod: `0 v1 running on agent1`, those on their way out included. */
  shown(pod: string): string[] {
    return this.instances(pod).map(({ slot, version, state, agent }) =>
      `${slot} ${version} ${state}${agent === undefined ? "" : ` on ${agent.hostname}`}`
    );
  }

  /** The agent that an instance is on. */
  agentOf(pod: string, slot = 0): SimulatedAgent {
    const id = this.instances(pod).find((one) => one.slot === slot)?.agent?.id ?? "";
    const agent = this.agents.byId(id);
    if (agent === undefined) throw new Error(`instance ${slot} of ${pod} is nowhere`);
    return agent;
  }

  /** The task of an instance. */
  taskOf(pod: string, slot = 0): string {
    const task = this.instances(pod).find((one) => one.slot === slot)?.task;
    if (task === undefined) throw new Error(`there is no instance ${slot} of ${pod}`);
    return task;
  }

  /** A task as the master has it. */
  infoOf(task: string): TaskInfo | undefined {
    for (const { tasks } of this.master.host.core.state.frameworks.values()) {
      const found = [...tasks.values()].find(({ id }) => id === task);
      if (found !== undefined) return found.info;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#life.abort();
    this.#timer?.end.abort();
    this.agents.end();
    this.master.end();
  }

  #newCluster(): Cluster {
    const { roles = ["mesolet"], bounds, buildTask = plainTask } = this.#options;
    return new Cluster({
      stored: this.store.stored,
      roles,
      buildTask,
      newRun: () => `r${++this.#runs}`,
      ...(bounds === undefined ? {} : { bounds }),
    });
  }

  #subscribeLater(): void {
    this.clock.sleep(1_000, this.#life.signal).then(() => this.subscribe(), () => {});
  }

  #hear(event: SchedulerEvent, isNew: boolean): void {
    switch (event.type) {
      case "SUBSCRIBED": {
        this.#id = event.subscribed.framework_id.value;
        const region = event.subscribed.master_info?.domain?.fault_domain?.region.name;
        return this.#handle({ kind: "subscribed", isNew, region });
      }
      case "OFFERS":
        return this.#handle({ kind: "offers", offers: event.offers.offers ?? [] });
      case "INVERSE_OFFERS":
        return this.#handle({ kind: "inverse-offers", offers: event.inverse_offers.inverse_offers ?? [] });
      case "RESCIND_INVERSE_OFFER": {
        const { value: id } = event.rescind_inverse_offer.inverse_offer_id;
        return this.#handle({ kind: "inverse-offer-rescinded", id });
      }
      case "UPDATE":
        return this.#handle({ kind: "update", status: event.update.status });
    }
  }

  #handle(message: ClusterMessage): void {
    const deeds = this.#deeds;
    const begin = performance.now();
    const effects = this.#cluster.handle(message, this.clock.now());
    deeds.looks += this.#cluster.takeTouched().size;
    deeds.spent += performance.now() - begin;
    deeds.messages++;
    for (const effect of effects) this.#do(effect);
    this.#setTimer();
  }

  #do(effect: ClusterEffect): void {
    const deeds = this.#deeds;
    switch (effect.kind) {
      case "store":
        deeds.writes++;
        deeds.records += effect.changes.length;
        this.#options.disk?.write(effect.changes);
        return this.store.take([effect]);
      case "tell":
        this.lines.push(effect.pod === undefined ? effect.text : `${effect.pod}: ${effect.text}`);
        return;
      case "call": {
        deeds.calls.set(effect.call.type, (deeds.calls.get(effect.call.type) ?? 0) + 1);
        const call = { ...effect.call, framework_id: { value: this.#id ?? "" } };
        // Every member of the union has the framework's id.
        this.master.call(call as SchedulerCall, this.#stream?.id ?? "none");
      }
    }
  }

  #setTimer(): void {
    const at = this.#cluster.nextAt;
    if (this.#timer?.at === at) return;
    this.#timer?.end.abort();
    this.#timer = undefined;
    if (at === undefined) return;
    const end = new AbortController();
    this.#timer = { at, end };
    this.clock.sleep(Math.max(0, at - this.clock.now()), end.signal).then(() => {
      this.#timer = undefined;
      this.#handle({ kind: "tick" });
    }, () => {});
  }
}

function noDeeds() {
  return { calls: new Map<string, number>(), messages: 0, records: 0, writes: 0, looks: 0, spent: 0 };
}
