import type { ClusterEffect } from "../../../../src/mesos/framework/cluster/messages.ts";
import { Cluster } from "../../../../src/mesos/framework/cluster/cluster.ts";
import { memberId, readTaskId } from "../../../../src/mesos/framework/cluster/task_id.ts";
import type { PodWish, UpdatePolicy } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import { randomFrom } from "../../../support/random.ts";
import type { TaskInfo } from "../../../../src/mesos/wire/messages.ts";
import { instanceOf, ModelMaster } from "./model_master.ts";
import { PlayedStore, wish } from "./playing.ts";

/** A framework that is killed between any two of its effects. */
export class Trial {
  readonly random: () => number;
  readonly master: ModelMaster;
  readonly store = new PlayedStore();
  /** Tasks on agents that were out of reach when all was forgotten: no master tells of them. */
  readonly excused = new Set<string>();
  /** Tasks on agents that were to be left: where instances start first, a successor runs beside each for a while. */
  readonly succeeded = new Set<string>();
  /** Whether no two tasks of an instance may ever run, as far as anybody can know. */
  readonly stopsFirst: boolean;
  readonly #policy: UpdatePolicy;
  wishes = new Map<string, PodWish>();
  now = Date.UTC(2026, 0, 1);
  #cluster: Cluster;
  #runs = 0;
  #hasLost = false;
  /** Whether all pods are groups of tasks; some always are. */
  readonly #hasGroups: boolean;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.stopsFirst = seed % 2 === 0;
    this.#hasGroups = seed % 3 === 0;
    const order = this.stopsFirst ? "stop-first" : "start-first";
    this.#policy = {
      parallel: 1 + seed % 3,
      order,
      leaving: order,
      healthyFor: 10_000,
      readyWithin: seed % 4 === 0 ? 30_000 : 600_000,
      maximumFailures: seed % 5 === 0 ? 1 : 0,
      onFailure: (["pause", "rollback", "continue"] as const)[seed % 7 % 3] ?? "pause",
    };
    this.master = new ModelMaster(["a", "b", "c"], this.random);
    this.#cluster = this.#begin(true);
  }

  /** @param chance that it is killed on the way */
  say(message: Parameters<Cluster["handle"]>[0], chance: number): void {
    const effects = this.#cluster.handle(message, this.now);
    for (const effect of effects) {
      if (this.random() < chance) {
        this.#cluster = this.#begin(false);
        return;
      }
      this.#do(effect);
    }
  }

  want(names: readonly string[], version: string, chance: number): void {
    const before = this.wishes;
    this.wishes = new Map(names.map((name) => [name, this.#wish(name, version)]));
    const changed = new Set([...before.keys(), ...this.wishes.keys()]);
    this.say({ kind: "wishes", wishes: this.wishes, changed, isComplete: true }, chance);
  }

  /** Everybody does something, or the time passes. */
  step(chance: number): void {
    const { master } = this;
    const dice = this.random();
    if (dice < 0.4) {
      const event = master.events.shift();
      if (event !== undefined) this.say({ kind: "update", status: event }, chance);
    } else if (dice < 0.7) master.step();
    else if (dice < 0.8) this.offer(chance);
    else this.pass(this.random() * 20_000, chance);
  }

  offer(chance: number): void {
    const offers = this.master.makeOffers();
    if (offers.length > 0) this.say({ kind: "offers", offers }, chance);
  }

  pass(milliseconds: number, chance: number): void {
    this.now += milliseconds;
    for (let ticks = 0; (this.#cluster.nextAt ?? Infinity) <= this.now; ticks++) {
      if (ticks > 1_000) throw new Error("its reminders never end");
      this.say({ kind: "tick" }, chance);
    }
  }

  reconnect(): void {
    this.#excuse();
    this.say({ kind: "disconnected" }, 0);
    // What was on its way is lost; the master goes on.
    this.master.events.length = 0;
    this.master.wantsOffers = false;
    this.say({ kind: "subscribed", isNew: false }, 0);
    this.askToLeave(0);
  }

  /** An agent is drained, or is not any more. */
  drain(agent: string): void {
    const { master } = this;
    if (master.drained.delete(agent)) return;
    this.#succeed(agent);
    master.drain(agent);
  }

  /** An agent is to be maintained, or is not any more. */
  maintain(agent: string, chance: number): void {
    const id = this.master.maintained.get(agent);
    if (id !== undefined) {
      this.master.maintained.delete(agent);
      return this.say({ kind: "inverse-offer-rescinded", id }, chance);
    }
    this.master.maintained.set(agent, "");
    // In an hour it is to be left, and soon it may be gone.
    this.master.begins.set(agent, this.now + this.random() * 80 * 60_000 - 20 * 60_000);
    this.#succeed(agent);
    this.askToLeave(chance);
  }

  askToLeave(chance: number): void {
    const offers = this.master.inverseOffers();
    if (offers.length > 0) this.say({ kind: "inverse-offers", offers }, chance);
  }

  /** Slots, or slots and versions, of which more than one task runs that should not. */
  doubled(): string[] {
    return [...this.master.running()].flatMap(([slot, ids]) => {
      const counted = ids.filter((id) => !this.store.givenUp.has(id) && !this.excused.has(id));
      if (this.stopsFirst) return counted.length > 1 ? [`${slot} runs as ${counted.join(" and ")}`] : [];
      const staying = counted.filter((id) =>
        !this.succeeded.has(id) && this.store.tasks.get(id)?.phase !== "killing" &&
        !this.master.isEnding(id)
      );
      const versions = staying.map((id) => readTaskId(id)?.version);
      return new Set(versions).size < versions.length ? [`${slot} runs as ${staying.join(" and ")}`] : [];
    });
  }

  #succeed(agent: string): void {
    for (const id of this.master.on(agent)) this.succeeded.add(id);
  }

  /** The file of the store is gone; the framework is still the same one. */
  loseStore(): void {
    const { store } = this;
    this.#hasLost = true;
    // What was told to end, and did not hear it, is not known to be on its way out any more.
    for (const { id, phase } of store.tasks.values()) if (phase === "killing") this.succeeded.add(id);
    store.tasks.clear();
    store.pods.clear();
    store.isWhole = false;
    this.#cluster = this.#begin(false);
  }

  /** What was lost with the store and is out of reach, no master tells of: nobody can know of it. */
  #excuse(): void {
    if (!this.#hasLost) return;
    for (const [id, { agent }] of this.master.tasks) {
      const instance = instanceOf(id);
      if (this.master.unreachable.has(agent) && !this.store.tasks.has(instance)) this.excused.add(instance);
    }
  }

  #begin(isNew: boolean): Cluster {
    this.#excuse();
    const cluster = new Cluster({
      roles: ["mesolet"],
      buildTask: ({ name }, { id, agent, taken }) => {
        const task = (id: string): TaskInfo => ({
          name,
          task_id: { value: id },
          agent_id: { value: agent.id },
          resources: taken.resources,
        });
        if (name === "web" && !this.#hasGroups) return task(id);
        const tasks = ["web-1", "web-2", "log-1"].map((member) => task(memberId(id, member)));
        return { executor: { executor_id: { value: id } }, tasks };
      },
      newRun: () => `r${++this.#runs}`,
      stored: this.store.stored,
    });
    this.#cluster = cluster;
    this.master.events.length = 0;
    this.master.wantsOffers = false;
    const first: ClusterEffect[] = [
      ...cluster.handle({ kind: "subscribed", isNew }, this.now),
      ...cluster.handle({
        kind: "wishes",
        wishes: this.wishes,
        changed: this.#names(),
        isComplete: true,
      }, this.now),
    ];
    for (const effect of first) this.#do(effect);
    const offers = this.master.inverseOffers();
    if (offers.length > 0) {
      for (const effect of cluster.handle({ kind: "inverse-offers", offers }, this.now)) this.#do(effect);
    }
    return cluster;
  }

  /** After a start everything is news. */
  #names(): Set<string> {
    return new Set([
      ...this.wishes.keys(),
      ...this.store.pods.keys(),
      ...[...this.store.tasks.values()].map(({ pod }) => pod),
    ]);
  }

  #do(effect: ClusterEffect): void {
    if (effect.kind === "store") this.store.take([effect]);
    if (effect.kind !== "call") return;
    this.master.take(effect.call);
    for (const agent of this.master.left.splice(0)) {
      const still = [...this.store.tasks.values()].filter((task) =>
        task.agent.id === agent && task.phase !== "given-up"
      );
      if (still.length > 0) throw new Error(`${agent} is said to be left with ${still[0]?.id} on it`);
    }
  }

  #wish(name: string, version: string): PodWish {
    const replicas = name === "web" ? 3 : 1;
    return wish(name, { version, replicas, unreachableWait: 60_000, update: this.#policy });
  }
}
