import type { Engine } from "../../docker/engine.ts";
import type { Clock } from "../../pod/clock.ts";
import { MesoletError, messageOf } from "../../pod/errors.ts";
import type { PodStatus } from "../../pod/status.ts";
import { bounded } from "../../supervisor/bounded.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { ExecutorEnvironment } from "./executor_environment.ts";
import {
  type PodIdentity,
  podRecordOf,
  type RecordedImage,
  type RecordedPhase,
  recordedPhaseOf,
} from "./pod_record.ts";
import type { Ending } from "./task_report.ts";
import { replaceFile } from "./replaced_file.ts";

/** How long the engine may take to say which images the containers are of, in milliseconds. */
const imageBound = 5_000;

/** What writing `pod.json` needs. */
export interface PodRecordWriterOptions {
  readonly task: TaskInfo;
  readonly taskPod: TaskPod;
  readonly engine: Pick<Engine, "listContainers" | "observe">;
  readonly clock: Clock;
  readonly environment: Pick<ExecutorEnvironment, "frameworkId" | "executorId" | "agentId" | "sandbox">;
  /** Version of mesolet. */
  readonly version: string;
  /** The name of the file in the sandbox: `pod.json` by default. */
  readonly fileName?: string;
  /** Is told, once for as long as it lasts, that the file cannot be written. Must not throw. */
  readonly onProblem: (problem: string) => void;
}

/**
 * Keeps `pod.json` in the sandbox up to date: one writing at a time, always of the newest status, and only when
 * something has changed. Readers see a whole file, the old or the new one. That it cannot be written is told and
 * nothing else: it is tried again at the next change.
 */
export class PodRecordWriter {
  readonly #options: PodRecordWriterOptions;
  readonly #identity: PodIdentity;
  readonly #images = new Map<string, RecordedImage>();
  readonly #asked = new Set<string>();
  #wanted: { readonly status: PodStatus; readonly phase: RecordedPhase; readonly since: number } | undefined;
  #phase: { readonly name: RecordedPhase; readonly since: number } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #written = "";
  #failed = false;

  constructor(options: PodRecordWriterOptions) {
    const { task, taskPod, environment, version } = options;
    const { frameworkId, executorId, agentId } = environment;
    this.#options = options;
    this.#identity = {
      task: task.task_id.value,
      framework: frameworkId,
      executor: executorId,
      ...(agentId === undefined ? {} : { agent: agentId }),
      network: taskPod.pod.network.mode,
      ports: taskPod.ports,
      version,
    };
  }

  /**
   * Takes a status in; what was not written yet of former ones is passed over.
   *
   * @param ending why the executor itself ends the task, if it does
   */
  write(status: PodStatus, ending?: Ending["kind"]): void {
    const phase = recordedPhaseOf(status, ending);
    if (this.#phase?.name !== phase) this.#phase = { name: phase, since: status.observedAt };
    this.#wanted = { status, phase, since: this.#phase.since };
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#writeAll();
  }

  /** Fulfilled when the newest status is written, or could not be. */
  async finish(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let wanted = this.#wanted; wanted !== undefined; wanted = this.#wanted) {
      this.#wanted = undefined;
      await this.#writeOne(wanted);
    }
    this.#isWriting = false;
  }

  async #writeOne(
    { status, phase, since }: { status: PodStatus; phase: RecordedPhase; since: number },
  ): Promise<void> {
    const { environment, fileName = "pod.json", onProblem } = this.#options;
    await this.#findImages(status);
    const text = `${
      JSON.stringify(podRecordOf(status, this.#identity, phase, since, this.#images), null, 2)
    }\n`;
    if (text === this.#written) return;
    try {
      await replaceFile(`${environment.sandbox}/${fileName}`, text);
      this.#written = text;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) onProblem(messageOf(error));
      this.#failed = true;
    }
  }

  /** One list for all containers that are new, and one look at each of their images. What is not told is left out. */
  async #findImages({ pod, containers }: PodStatus): Promise<void> {
    const fresh = containers.flatMap(({ id, image }) =>
      id === undefined || this.#asked.has(id) ? [] : [{ id, image }]
    );
    if (fresh.length === 0) return;
    for (const { id } of fresh) this.#asked.add(id);
    const { engine, clock } = this.#options;
    const options = { clock, signal: new AbortController().signal };
    try {
      await bounded("look at the images of the pod", imageBound, options, async (signal) => {
        const listed = await engine.listContainers(pod, signal);
        const imageIds = new Map(listed.map(({ id, imageId }) => [id, imageId]));
        // By id: the name may stand for another image by now.
        const wanted = fresh.flatMap(({ id }) => imageIds.get(id) ?? []);
        const needs = { ...noNeeds, images: [...new Set(wanted)] };
        const { images } = await engine.observe({ pod, containers: listed, needs }, signal);
        for (const { id, image } of fresh) {
          const imageId = imageIds.get(id);
          if (imageId === undefined) continue;
          const digest = digestFor(image, images.get(imageId)?.digests ?? []);
          this.#images.set(id, { id: imageId, ...(digest === undefined ? {} : { digest }) });
        }
      });
    } catch (error) {
      // An engine that does not answer is told of by those who need it.
      if (!(error instanceof MesoletError)) throw error;
    }
  }
}

const noNeeds = {
  networks: [],
  volumes: [],
  labelled: false,
  externalContainers: [],
  restartPolicies: [],
} as const;

/** The digest under the name that the spec has; an image may be known by others as well. */
export function digestFor(image: string, digests: readonly string[]): string | undefined {
  const name = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return digests.find((digest) => digest.startsWith(`${name}@`)) ?? digests[0];
}
