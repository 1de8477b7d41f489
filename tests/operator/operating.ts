import type { Clock } from "../../src/pod/clock.ts";
import { OperatorLabel } from "../../src/pod/labels.ts";
import type { Pod } from "../../src/pod/model.ts";
import type { ContainerStatus, PodPhase } from "../../src/pod/status.ts";
import type { RunningFiles } from "../../src/operator/decide_specs.ts";
import {
  type FollowSpecs,
  type Operator,
  type OperatorOptions,
  startOperator,
} from "../../src/operator/operator.ts";
import type { PodEntry, SpecProblem } from "../../src/operator/pod_board.ts";
import type { DirectoryState, WantedPod } from "../../src/operator/spec_source.ts";
import type { LookReason } from "../../src/operator/watch_directory.ts";
import { makePodPlanner } from "../../src/supervisor/pod_planner.ts";
import { podOfText } from "../support/compose_pod.ts";
import { host } from "../support/placing.ts";
import { ScriptedEngine } from "../support/scripted_engine.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

/** The directory that the specs of these tests are in. */
export const directory = "/pods";

/** Specs that a test puts there, changes and takes away: what they say is believed at once. */
export class GivenSpecs {
  readonly pods = new Map<string, WantedPod>();
  problems: readonly SpecProblem[] = [];
  state: DirectoryState = "known";
  /** Whether a look hangs. */
  hangs = false;
  looks = 0;
  /** What the operator said of pods on the engine. */
  running: RunningFiles = new Map();
  changed: (reason: LookReason) => void = () => {};

  /** Puts a spec there, in a new version. */
  async put(name: string, services: string, extension = ""): Promise<void> {
    const pod = await podNamed(name, services, extension);
    const key = `${directory}/${name}.yaml`;
    this.pods.set(name, {
      key,
      version: "",
      pod,
      files: [key],
      warnings: [],
      locate: (problems) => Promise.resolve([...problems]),
      directory,
    });
  }

  take(name: string): void {
    this.pods.delete(name);
  }

  /** To be given to an operator. */
  follow(clock: Clock): FollowSpecs {
    return ({ running, signal, onLook }) => {
      this.running = running;
      this.changed = (reason) => {
        if (this.hangs) return;
        this.looks++;
        onLook({
          pods: new Map(this.pods),
          problems: this.problems,
          directories: new Map([[directory, this.state]]),
          loaded: [],
        }, reason);
      };
      const follow = async () => {
        await Promise.resolve();
        this.changed("start");
        try {
          for (;;) {
            await clock.sleep(5_000, signal);
            this.changed("rescan");
          }
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      };
      return { rescan: () => this.changed("asked"), done: follow() };
    };
  }
}

/** A pod of the watched directory from the services of a Compose text. */
export async function podNamed(name: string, services: string, extension = ""): Promise<Pod> {
  const text = `name: ${name}\nx-pod:\n  network: services\n${extension}services:\n${services}`;
  const { pod } = await podOfText(text, { name });
  return { ...pod, labels: { [OperatorLabel.directory]: directory } };
}

/** An operator on an engine in memory, in a time that a test steps. */
export class Operating implements AsyncDisposable {
  readonly clock: SteppedClock = new SteppedClock();
  readonly engine: ScriptedEngine = new ScriptedEngine(this.clock);
  readonly specs: GivenSpecs = new GivenSpecs();
  exitCode: number | undefined;
  #operator: Operator | undefined;

  /** Starts an operator; what can happen without time passing has happened. */
  async start(options: Partial<OperatorOptions> = {}): Promise<void> {
    this.exitCode = undefined;
    const operator = startOperator({
      engine: this.engine,
      clock: this.clock,
      follow: this.specs.follow(this.clock),
      plannerFor: (engine) =>
        makePodPlanner({
          engine,
          host: { ...host, engine: this.engine.facts },
          clock: this.clock,
          version: "test",
        }),
      parallel: 8,
      ...options,
      bounds: { listWindow: 0, ...options.bounds },
    });
    this.#operator = operator;
    operator.done.then((code) => this.exitCode = code, () => {});
    await this.clock.settle();
  }

  get operator(): Operator {
    if (this.#operator === undefined) throw new Error("start() comes first");
    return this.#operator;
  }

  /** Tells the operator that specs have changed. */
  async change(): Promise<void> {
    this.specs.changed("change");
    await this.clock.settle();
  }

  /** Stops the operator, which leaves its pods. */
  async stop(mode: "detach" | "stop-pods" = "detach"): Promise<void> {
    this.operator.stop(mode);
    await this.clock.settle();
  }

  entry(name: string): PodEntry {
    const entry = this.operator.board.pods().find((pod) => pod.name === name);
    if (entry === undefined) throw new Error(`The board has no pod ${name}`);
    return entry;
  }

  container(pod: string, name: string): ContainerStatus {
    const found = this.entry(pod).status.containers.find((container) => container.name === name);
    if (found === undefined) throw new Error(`${pod} has no container ${name}`);
    return found;
  }

  /** Phases by pod. */
  get phases(): Readonly<Record<string, PodPhase>> {
    return Object.fromEntries(this.operator.board.pods().map(({ name, status }) => [name, status.phase]));
  }

  /** What was told, since event `since`. */
  told(since = 0): string[] {
    return this.operator.board.events(since).map(({ text }) => text);
  }

  /** Ids of all containers, by name. */
  get ids(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.engine.names.map((name) => [name, this.engine.idOf(name)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#operator?.stop("detach");
    await this.clock.advance(60_000);
    await this.#operator?.done;
  }
}
