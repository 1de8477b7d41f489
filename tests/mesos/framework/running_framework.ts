import { ListedMasters } from "../../../src/mesos/detector/master_locator.ts";
import { parseMasterAddress } from "../../../src/mesos/detector/master_address.ts";
import { type Framework, startFramework } from "../../../src/mesos/framework/framework.ts";
import { openMasterSession } from "../../../src/mesos/framework/session/master_session.ts";
import { openSqliteStore } from "../../../src/mesos/framework/store/sqlite_store.ts";
import type { PodWish } from "../../../src/mesos/framework/wish/pod_wish.ts";
import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import { LiveBoard } from "../../../src/operator/live_board.ts";
import type { PodInstance } from "../../../src/operator/pod_board.ts";
import type { WantedPod, WantedPods } from "../../../src/operator/spec_source.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import type { Labels } from "../../../src/mesos/wire/messages_basics.ts";
import { waitUntil } from "../../support/wait.ts";
import type { StrictMaster } from "../master/strict_master.ts";
import { politeInfo } from "../master/test_framework.ts";

/** A framework before a strict master, whose specs are what a test says. */
export class RunningFramework implements AsyncDisposable {
  readonly lines: string[] = [];
  /** Of the tasks that were made, in their order: what their images stand for. */
  readonly digests: string[] = [];
  /** What registries say. */
  digestOf: (image: string) => Promise<string> = (image) => Promise.reject(new Error(`there is no ${image}`));
  readonly #master: StrictMaster;
  readonly #path: string;
  readonly #media: MediaType;
  #framework: Framework | undefined;
  #board: LiveBoard | undefined;
  #close: () => void = () => {};
  #onLook: (wanted: WantedPods) => void = () => {};
  #wishes: readonly PodWish[] = [];
  #runs = 0;

  private constructor(master: StrictMaster, path: string, media: MediaType) {
    this.#master = master;
    this.#path = path;
    this.#media = media;
  }

  /** @param path of its store; another one with the same path takes over what this one had */
  static async start(
    master: StrictMaster,
    path: string,
    wishes: readonly PodWish[],
    media: MediaType = "application/x-protobuf",
  ): Promise<RunningFramework> {
    const running = new RunningFramework(master, path, media);
    running.#wishes = wishes;
    await running.#start();
    return running;
  }

  get framework(): Framework {
    if (this.#framework === undefined) throw new Error("it does not run");
    return this.#framework;
  }

  get board(): LiveBoard {
    if (this.#board === undefined) throw new Error("it does not run");
    return this.#board;
  }

  /** Everything that is wanted, from now on. */
  want(...wishes: readonly PodWish[]): void {
    this.#wishes = wishes;
    this.#look();
  }

  /** Leaves what runs, and begins anew with what was stored. */
  async restart(): Promise<void> {
    await this.#end();
    await this.#start();
  }

  /** The instances of a pod: `0 running on a, 1 waiting`. */
  instances(pod: string): readonly PodInstance[] {
    return this.board.pods().find(({ name }) => name === pod)?.instances ?? [];
  }

  async allRun(): Promise<void> {
    await waitUntil("all pods run", () => {
      const pods = this.board.pods();
      return this.board.ready && pods.length === this.#wishes.length &&
        pods.every(({ status, name }) =>
          status.phase === "running" &&
          this.instances(name).length === this.#wishes.find((wish) => wish.name === name)?.replicas
        );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #start(): Promise<void> {
    const { store } = await openSqliteStore(this.#path);
    this.#close = () => store.close();
    const address = parseMasterAddress(this.#master.endpoint, "--master");
    if (address.kind !== "list") throw new Error("a list is expected");
    const locator = new ListedMasters(address.masters, address.secure);
    const board = this.#board = new LiveBoard({
      clock: systemClock,
      readLogs: async function* () {},
      onEvent: ({ text }) => this.lines.push(text),
    });
    this.#framework = startFramework({
      store,
      clock: systemClock,
      info: { ...politeInfo, roles: ["mesolet"] },
      openSession: (setup) =>
        openMasterSession({
          ...setup,
          locator,
          media: this.#media,
          clock: systemClock,
          random: () => 0.5,
          bounds: { backOffLast: 800 },
        }),
      follow: ({ onLook, signal }) => {
        this.#onLook = (wanted) => onLook(wanted, "change");
        queueMicrotask(() => this.#look());
        const done = new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true })
        );
        return { done, rescan: () => this.#look() };
      },
      wishOf: ({ pod }) => {
        const wish = this.#wishes.find(({ name }) => name === pod.name);
        return { ...(wish === undefined ? {} : { wish }), problems: [] };
      },
      registry: { digestOf: (image) => this.digestOf(image) },
      buildTask: ({ name, task }, { id, frameworkId, executorId, agent, taken }) => ({
        name,
        task_id: { value: id },
        agent_id: { value: agent.id },
        resources: taken.resources,
        labels: this.#labelled(task.labels),
        executor: {
          executor_id: { value: executorId },
          framework_id: { value: frameworkId },
          type: "CUSTOM",
          command: { value: "mesolet" },
        },
      }),
      newRun: () => `${Date.now().toString(36)}${++this.#runs}`,
      board,
    });
  }

  #labelled(labels: Readonly<Record<string, string>>): Labels {
    const digests = labels["mesolet.digests"];
    if (digests !== undefined) this.digests.push(digests);
    return { labels: Object.entries(labels).map(([key, value]) => ({ key, value })) };
  }

  async #end(): Promise<void> {
    const framework = this.#framework;
    if (framework === undefined) return;
    this.#framework = undefined;
    framework.stop("detach");
    await framework.done.catch(() => {});
    this.#close();
  }

  #look(): void {
    const pods = new Map(this.#wishes.map((wish) => [wish.name, specOf(wish)]));
    this.#onLook({ pods, problems: [], directories: new Map([["/pods", "known"]]), loaded: [] });
  }
}

/** A spec that nobody looks into: the wish is what it comes to. */
function specOf({ name, origin }: PodWish): WantedPod {
  const pod = { name } as WantedPod["pod"];
  const [key = ""] = origin.files;
  return {
    key,
    version: "1",
    pod,
    files: origin.files,
    warnings: [],
    locate: () => Promise.resolve([]),
    directory: origin.directory,
  };
}
