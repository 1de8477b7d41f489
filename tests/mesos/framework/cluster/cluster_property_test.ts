import type { ClusterEffect } from "../../../../src/mesos/framework/cluster/messages.ts";
import { Cluster } from "../../../../src/mesos/framework/cluster/cluster.ts";
import { readTaskId } from "../../../../src/mesos/framework/cluster/task_id.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import type {
  Offer,
  SchedulerCall,
  TaskInfo,
  TaskState,
  TaskStatus,
} from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { randomFrom } from "../../../support/random.ts";
import { offer, PlayedStore, wish } from "./playing.ts";

interface ModelTask {
  readonly agent: string;
  readonly info: TaskInfo;
  state: TaskState;
}

const over = /^TASK_(FINISHED|FAILED|KILLED|ERROR|LOST|DROPPED|GONE)$/;

/** A master with its agents, as much of them as matters here: what is told may be late or get lost. */
class ModelMaster {
  readonly tasks = new Map<string, ModelTask>();
  readonly unreachable = new Set<string>();
  /** What is on its way to the framework. */
  readonly events: TaskStatus[] = [];
  wantsOffers = false;
  /** Offers that were made and not used, by id. */
  readonly #offered = new Map<string, string>();
  #number = 0;

  constructor(readonly agents: readonly string[], private readonly random: () => number) {}

  take(call: SchedulerCall): void {
    // A call may get lost with its connection.
    if (call.type === "REVIVE") this.wantsOffers = true;
    if (call.type === "SUPPRESS") this.wantsOffers = false;
    if (call.type === "ACCEPT") {
      const [id] = call.accept.offer_ids ?? [];
      const agent = this.#offered.get(id?.value ?? "");
      for (const { launch } of call.accept.operations ?? []) {
        for (const info of launch?.task_infos ?? []) this.#launch(info, agent);
      }
    }
    if (call.type === "KILL") this.#kill(call.kill.task_id.value);
    if (call.type === "RECONCILE") this.#reconcile(call.reconcile.tasks?.map(({ task_id }) => task_id.value));
  }

  makeOffers(): Offer[] {
    this.#offered.clear();
    if (!this.wantsOffers) return [];
    return this.agents.filter((agent) => !this.unreachable.has(agent)).flatMap((agent) => {
      const used = [...this.tasks.values()].filter((task) =>
        task.agent === agent && !over.test(task.state)
      ).length;
      const id = `o${++this.#number}`;
      this.#offered.set(id, agent);
      return used >= 4 ? [] : [{ ...offer(agent, 4 - used, 1000), id: { value: id } }];
    });
  }

  /** Something happens to a task. */
  step(): void {
    const alive = [...this.tasks].filter(([, { state, agent }]) =>
      !over.test(state) && !this.unreachable.has(agent)
    );
    const [id, task] = alive[Math.floor(this.random() * alive.length)] ?? [];
    if (id === undefined || task === undefined) return;
    if (task.state === "TASK_STAGING") this.#set(id, "TASK_RUNNING");
    else if (task.state === "TASK_KILLING") this.#set(id, "TASK_KILLED");
    else if (this.random() < 0.1) this.#set(id, "TASK_FAILED");
  }

  lose(agent: string): void {
    if (this.unreachable.has(agent)) return;
    this.unreachable.add(agent);
    for (const [id, task] of this.tasks) {
      if (task.agent === agent && !over.test(task.state)) this.#tell(id, "TASK_UNREACHABLE");
    }
  }

  find(agent: string): void {
    if (!this.unreachable.delete(agent)) return;
    for (const [id, task] of this.tasks) {
      if (task.agent !== agent || over.test(task.state)) continue;
      if (this.random() < 0.2) this.#set(id, "TASK_GONE");
      else this.#tell(id, task.state);
    }
  }

  /** By slot: the tasks that run, as far as anybody can reach them. */
  running(): Map<string, string[]> {
    const slots = new Map<string, string[]>();
    for (const [id, { state, agent }] of this.tasks) {
      if (over.test(state) || this.unreachable.has(agent)) continue;
      const identity = readTaskId(id);
      const slot = `${identity?.pod}.${identity?.slot}`;
      slots.set(slot, [...slots.get(slot) ?? [], id]);
    }
    return slots;
  }

  #launch(info: TaskInfo, agent: string | undefined): void {
    const id = info.task_id.value;
    // Mesos does not notice that an id was used before.
    if (this.tasks.has(id)) throw new Error(`${id} is launched twice`);
    const isGood = agent === info.agent_id.value && !this.unreachable.has(agent);
    this.tasks.set(id, { info, agent: info.agent_id.value, state: isGood ? "TASK_STAGING" : "TASK_LOST" });
    if (!isGood) this.#tell(id, "TASK_LOST");
  }

  #kill(id: string): void {
    const task = this.tasks.get(id);
    if (task === undefined || over.test(task.state)) return this.#tell(id, "TASK_GONE");
    if (!this.unreachable.has(task.agent)) this.#set(id, "TASK_KILLING");
  }

  #reconcile(ids: readonly string[] | undefined): void {
    for (const id of ids ?? this.tasks.keys()) {
      const task = this.tasks.get(id);
      if (task === undefined) this.#tell(id, "TASK_UNKNOWN");
      else if (this.unreachable.has(task.agent)) {
        if (ids !== undefined) this.#tell(id, "TASK_UNREACHABLE");
      } else if (ids !== undefined || !over.test(task.state)) this.#tell(id, task.state);
    }
  }

  #set(id: string, state: TaskState): void {
    const task = this.tasks.get(id);
    if (task === undefined) return;
    task.state = state;
    this.#tell(id, state);
  }

  #tell(id: string, state: TaskState): void {
    const agent_id = { value: this.tasks.get(id)?.agent ?? "a" };
    this.events.push({ task_id: { value: id }, agent_id, state });
  }
}

/** A framework that is killed between any two of its effects. */
class Trial {
  readonly random: () => number;
  readonly master: ModelMaster;
  readonly store = new PlayedStore();
  /** Tasks on agents that were out of reach when all was forgotten: no master tells of them. */
  readonly excused = new Set<string>();
  wishes = new Map<string, PodWish>();
  now = Date.UTC(2026, 0, 1);
  #cluster: Cluster;
  #runs = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
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
    this.say({ kind: "disconnected" }, 0);
    // What was on its way is lost; the master goes on.
    this.master.events.length = 0;
    this.master.wantsOffers = false;
    this.say({ kind: "subscribed", isNew: false }, 0);
  }

  /** The file of the store is gone; the framework is still the same one. */
  loseStore(): void {
    const { master, store } = this;
    for (const [id, { agent }] of master.tasks) if (master.unreachable.has(agent)) this.excused.add(id);
    store.tasks.clear();
    store.pods.clear();
    store.isWhole = false;
    this.#cluster = this.#begin(false);
  }

  #begin(isNew: boolean): Cluster {
    const cluster = new Cluster({
      roles: ["mesolet"],
      buildTask: ({ name }, { id, agent, taken }) => ({
        name,
        task_id: { value: id },
        agent_id: { value: agent.id },
        resources: taken.resources,
      }),
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
    if (effect.kind === "call") this.master.take(effect.call);
  }

  #wish(name: string, version: string): PodWish {
    const replicas = name === "web" ? 3 : 1;
    return wish(name, { version, replicas, unreachableWait: 60_000 });
  }
}

Deno.test("cluster: killed at any moment, with agents lost and found, it comes to what is wanted, each once", () => {
  for (let seed = 1; seed <= 250; seed++) {
    const trial = new Trial(seed);
    const { random, master } = trial;
    trial.want(["web", "db"], "v1", 0);
    for (let step = 0; step < 200; step++) {
      const chance = 0.02;
      trial.step(chance);
      const dice = random();
      const agent = master.agents[Math.floor(random() * master.agents.length)] ?? "a";
      if (dice < 0.01) master.lose(agent);
      else if (dice < 0.03) master.find(agent);
      else if (dice < 0.04) {
        trial.want(random() < 0.5 ? ["web", "db"] : ["db"], `v${1 + Math.floor(random() * 3)}`, chance);
      } else if (dice < 0.05) trial.reconnect();
      else if (dice < 0.055) trial.loseStore();
      for (const [slot, ids] of master.running()) {
        const counted = ids.filter((id) => !trial.store.givenUp.has(id) && !trial.excused.has(id));
        assertEquals(counted.length <= 1, true, `seed ${seed}: ${slot} runs as ${counted.join(" and ")}`);
      }
    }
    for (const agent of master.agents) master.find(agent);
    trial.want(["web", "cache"], "v9", 0);
    for (let step = 0; step < 3_000; step++) {
      trial.offer(0);
      const event = master.events.shift();
      if (event !== undefined) trial.say({ kind: "update", status: event }, 0);
      else trial.pass(10_000, 0);
      for (const [id, { state }] of master.tasks) {
        if (state === "TASK_STAGING" || state === "TASK_KILLING") settle(master, id, state);
      }
    }
    const expected = ["cache.0.v9", "web.0.v9", "web.1.v9", "web.2.v9"];
    const running = [...master.running().values()].flat().map((id) => id.slice(0, id.lastIndexOf(".")))
      .sort();
    assertEquals(running, expected, `seed ${seed}`);
    assertEquals(trial.store.tasks.size, 4, `seed ${seed}`);
  }
});

/** What is under way comes to its end. */
function settle(master: ModelMaster, id: string, state: TaskState): void {
  const task = master.tasks.get(id);
  if (task === undefined) return;
  task.state = state === "TASK_STAGING" ? "TASK_RUNNING" : "TASK_KILLED";
  master.events.push({ task_id: { value: id }, agent_id: { value: task.agent }, state: task.state });
}
