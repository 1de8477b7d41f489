/** What goes wrong on a cluster, drawn by chance. */

import { systemClock } from "../../../src/pod/clock.ts";
import type { HostedExecutor, StrictAgentHost } from "../../mesos/master/strict_agent_host.ts";
import { sampleOf } from "../random.ts";
import type { ChaosPod } from "./chaos_pods.ts";
import type { ChaosScene } from "./chaos_scene.ts";
import { pingTimeout } from "./chaos_scene.ts";
import { instanceOf } from "./instance_watch.ts";

/** How often the executor of one instance is killed at most: the pauses before another one grow. */
const mostKills = 2;
/** An edit is this long under way, in milliseconds: who is killed then has no pause before its successor. */
const editTime = 20_000;

/** Does what a machine room does to a cluster. */
export class ChaosDeeds {
  /** Instances that something was done to which may replace their containers: `plain3.0`. */
  readonly hit = new Set<string>();
  readonly #scene: ChaosScene;
  readonly #random: () => number;
  readonly #kills = new Map<string, number>();
  /** By pod, when its spec was changed last. */
  readonly #edits = new Map<string, number>();
  /** Tasks whose executors were killed. */
  readonly #dead = new Set<string>();
  /** Agents with which something is done already. */
  readonly #busy = new Map<StrictAgentHost, Promise<void>>();
  #version = 1;

  constructor(scene: ChaosScene, random: () => number) {
    this.#scene = scene;
    this.#random = random;
  }

  /** Does one thing after the other, for so many milliseconds; then all is mended. */
  async goOn(time: number): Promise<void> {
    const deeds: readonly (() => Promise<void>)[] = [
      ...Array(4).fill(() => this.#killOperator()),
      ...Array(6).fill(() => this.#killExecutor()),
      ...Array(4).fill(() => this.#restartAgent()),
      ...Array(3).fill(() => this.#restartMaster()),
      ...Array(2).fill(() => this.#failOver()),
      ...Array(5).fill(() => this.#changeSpec()),
      ...Array(2).fill(() => this.#pauseOperator()),
      ...Array(2).fill(() => this.#pauseExecutor()),
      () => this.#dropStream(),
    ];
    const end = systemClock.elapsed() + time;
    while (systemClock.elapsed() < end && this.#scene.wrongs.length === 0) {
      await this.#one(deeds)?.();
      await systemClock.sleep(this.#upTo(2_000));
    }
    await Promise.all(this.#busy.values());
  }

  async #killOperator(): Promise<void> {
    const down = this.#upTo(2_000);
    this.#scene.tell(`the operator is killed, and started after ${down} ms`);
    await this.#scene.killOperator();
    await systemClock.sleep(down);
    this.#scene.startOperator();
    // So that it comes to something now and then before it is killed again.
    await systemClock.sleep(this.#upTo(4_000));
  }

  async #killExecutor(): Promise<void> {
    const found = await this.#anExecutor((instance) => (this.#kills.get(instance) ?? 0) < mostKills);
    if (found === undefined) return;
    const { host, executor, instance } = found;
    const task = executor.executorId;
    this.#scene.tell(`the executor of ${task} is killed`);
    this.#kills.set(instance, (this.#kills.get(instance) ?? 0) + 1);
    this.hit.add(instance);
    this.#dead.add(task);
    const [pod = ""] = instance.split(".");
    if (systemClock.elapsed() - (this.#edits.get(pod) ?? -Infinity) < editTime) {
      this.#scene.watch.uncount(task);
    }
    await host.killExecutor(executor.executorId);
  }

  async #restartAgent(): Promise<void> {
    const host = this.#anIdleAgent();
    if (host === undefined) return;
    const isLong = this.#random() < 0.4;
    const downFor = isLong ? pingTimeout + this.#upTo(5_000) : this.#upTo(2_000);
    this.#scene.tell(`agent ${host.id.slice(-3)} is killed, and started after ${downFor} ms`);
    for (const { executorId } of await host.executors()) {
      const instance = instanceOf(executorId);
      // A start takes time: also after a short one it may be out of reach for longer than it is waited for.
      const moves = instance === "moves.0";
      if (moves) this.#scene.watch.uncount(executorId);
      if (moves || host === this.#scene.hosts[0]) this.hit.add(instance);
    }
    this.#keepBusy(host, host.restart({ downFor }));
  }

  async #restartMaster(): Promise<void> {
    const downFor = this.#upTo(3_000);
    this.#scene.tell(`the master is killed, and started after ${downFor} ms`);
    await this.#scene.master.restart({ downFor, agentsAfter: this.#upTo(1_500) });
  }

  async #failOver(): Promise<void> {
    this.#scene.tell("the master is killed, and the other one leads");
    await this.#scene.failOver();
  }

  #dropStream(): Promise<void> {
    this.#scene.tell("the stream of the master breaks");
    this.#scene.master.drop();
    return Promise.resolve();
  }

  async #changeSpec(): Promise<void> {
    const pods = this.#scene.pods.filter(({ kind }) => kind === "plain" || kind === "other");
    const pod = this.#one(pods);
    if (pod === undefined) return;
    const isThere = this.#scene.wanted.has(pod.name);
    this.#changing(pod);
    if (isThere && this.#random() < 0.3) {
      this.#scene.tell(`the spec of ${pod.name} is deleted`);
      this.#scene.take(pod);
      return;
    }
    const said = `version ${++this.#version}`;
    this.#scene.tell(`the spec of ${pod.name} is ${isThere ? "edited" : "added"}: ${said}`);
    this.#scene.put(pod, said);
    // Another one that was deleted may come back at the same moment.
    const missing = this.#one(pods.filter(({ name }) => !this.#scene.wanted.has(name)));
    if (missing === undefined) return;
    this.#changing(missing);
    this.#scene.tell(`the spec of ${missing.name} is added`);
    this.#scene.put(missing, said);
    await systemClock.sleep(this.#upTo(500));
  }

  #changing({ name, replicas }: ChaosPod): void {
    this.#edits.set(name, systemClock.elapsed());
    for (let slot = 0; slot < replicas; slot++) this.hit.add(`${name}.${slot}`);
    for (const task of this.#dead) {
      if (instanceOf(task).startsWith(`${name}.`)) this.#scene.watch.uncount(task);
    }
  }

  async #pauseOperator(): Promise<void> {
    const time = this.#upTo(4_000);
    this.#scene.tell(`the operator stands still for ${time} ms`);
    this.#scene.operator.program.signal("SIGSTOP");
    await systemClock.sleep(time);
    this.#scene.operator.program.signal("SIGCONT");
  }

  async #pauseExecutor(): Promise<void> {
    const found = await this.#anExecutor(() => true);
    // An agent that is started in the meantime would rightly give it up.
    if (found?.executor.pid === undefined || this.#busy.has(found.host)) return;
    const { host, executor: { executorId, pid } } = found;
    const time = this.#upTo(4_000);
    this.#scene.tell(`the executor of ${executorId} stands still for ${time} ms`);
    const signal = (name: Deno.Signal) => {
      try {
        Deno.kill(pid, name);
      } catch {
        // It has ended since.
      }
    };
    signal("SIGSTOP");
    this.#keepBusy(host, systemClock.sleep(time).then(() => signal("SIGCONT")));
  }

  /** An executor that runs, of an instance that may be chosen. */
  async #anExecutor(mayBe: (instance: string) => boolean): Promise<
    | { readonly host: StrictAgentHost; readonly executor: HostedExecutor; readonly instance: string }
    | undefined
  > {
    const all = await Promise.all(
      this.#scene.hosts.map(async (host) =>
        (await host.executors()).map((executor) => ({
          host,
          executor,
          instance: instanceOf(executor.executorId),
        }))
      ),
    );
    return this.#one(
      all.flat().filter(({ executor, instance }) => executor.pid !== undefined && mayBe(instance)),
    );
  }

  #anIdleAgent(): StrictAgentHost | undefined {
    return this.#one(this.#scene.hosts.filter((host) => !this.#busy.has(host)));
  }

  #keepBusy(host: StrictAgentHost, work: Promise<void>): void {
    this.#busy.set(
      host,
      work.catch((error) => {
        this.#scene.wrongs.push(`an agent could not be restarted: ${error}`);
      }).finally(() => this.#busy.delete(host)),
    );
  }

  #one<Item>(items: readonly Item[]): Item | undefined {
    return sampleOf(items, 1, this.#random)[0];
  }

  #upTo(most: number): number {
    return Math.floor(this.#random() * most);
  }
}
