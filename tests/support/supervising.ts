import { makePodPlanner, type PodPlanner } from "../../src/supervisor/pod_planner.ts";
import {
  type PodOutcome,
  supervise,
  type SuperviseOptions,
  type Supervision,
} from "../../src/supervisor/supervise.ts";
import type { Pod } from "../../src/pod/model.ts";
import type { ContainerStatus, PodStatus } from "../../src/pod/status.ts";
import { assertEquals } from "./assert.ts";
import { podOfText } from "./compose_pod.ts";
import { host } from "./placing.ts";
import { ScriptedEngine } from "./scripted_engine.ts";
import { SteppedClock } from "./stepped_clock.ts";

/** A supervised pod on an engine in memory, in a time that a test steps. */
export class SupervisedPod {
  readonly clock: SteppedClock = new SteppedClock();
  readonly engine: ScriptedEngine = new ScriptedEngine(this.clock);
  readonly planner: PodPlanner = makePodPlanner({
    engine: this.engine,
    host: { ...host, engine: this.engine.facts },
    clock: this.clock,
    version: "test",
  });
  /** Every status that was reported. */
  readonly statuses: PodStatus[] = [];
  outcome: PodOutcome | undefined;
  #supervision: Supervision | undefined;

  /** Begins the supervision; what can happen without time passing has happened. */
  async begin(pod: Pod, options: Partial<SuperviseOptions> = {}): Promise<void> {
    const supervision = supervise(pod, {
      engine: this.engine,
      clock: this.clock,
      planner: this.planner,
      onStatus: (status) => this.statuses.push(status),
      ...options,
    });
    this.#supervision = supervision;
    this.outcome = undefined;
    supervision.done.then((outcome) => this.outcome = outcome, () => {});
    await this.clock.settle();
  }

  get supervision(): Supervision {
    if (this.#supervision === undefined) throw new Error("begin() comes first");
    return this.#supervision;
  }

  get status(): PodStatus {
    return this.supervision.status;
  }

  container(name: string): ContainerStatus {
    const found = this.status.containers.find((container) => container.name === name);
    if (found === undefined) throw new Error(`The status has no container ${name}`);
    return found;
  }

  /** The phases that were reported, without repetitions. */
  get phases(): string[] {
    return this.statuses.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]);
  }

  /** Starts of a container so far. */
  starts(containerName: string): number {
    return this.engine.applied.filter((id) => id === `start ${containerName}`).length;
  }

  /** Waits for the end, stepping the time if it takes some; then nothing may be left open. */
  async ended(milliseconds = 0): Promise<PodOutcome> {
    await this.clock.advance(milliseconds);
    if (this.outcome === undefined) {
      throw new Error(`The supervision has not ended: ${JSON.stringify(this.status)}`);
    }
    assertEquals(this.clock.sleeping, 0, "sleeps are left");
    assertEquals(this.engine.openStreams, 0, "event streams are left");
    return await this.supervision.done;
  }

  /** Ends the supervision at the end of a test, leaving the pod as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#supervision?.detach();
    await this.clock.settle();
    await this.#supervision?.done;
  }
}

/** A pod from the services of a Compose text. */
export async function podFrom(services: string, extension = ""): Promise<Pod> {
  const { pod } = await podOfText(
    `name: shop\nx-pod:\n  network: services\n${extension}services:\n${services}`,
  );
  return pod;
}

/** The same, with one network namespace for all. */
export async function sharedPodFrom(services: string, extension = ""): Promise<Pod> {
  const { pod } = await podOfText(`name: shop\nx-pod:\n  network: pod\n${extension}services:\n${services}`);
  return pod;
}
