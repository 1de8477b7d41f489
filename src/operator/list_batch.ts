import type { Clock } from "../pod/clock.ts";
import { Label } from "../pod/labels.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { untilAborted } from "../supervisor/until_aborted.ts";

/** Lists of containers by pod. */
interface Listed {
  of(pod: string | undefined): readonly ObservedContainer[];
}

/** A list that is under way. */
interface Running {
  /** Undefined: all pods are listed. */
  readonly pod: string | undefined;
  /** Pods of which something changed since it was begun: they need another one. */
  readonly changed: Set<string>;
  readonly listed: Promise<Listed>;
}

/** Requests that wait for the next list. */
interface Gathering {
  readonly pods: Set<string | undefined>;
  readonly listed: Promise<Listed>;
}

/**
 * Answers many requests for containers of pods by few calls. Requests that come within a short time are answered by one
 * list of all pods, also those that come while it is under way; a request that is alone is answered by a list of its
 * own pod. Two lists are never under way at one time.
 *
 * A list that was begun before something of a pod changed answers no request that is made for the pod after that.
 */
export class ListBatch {
  readonly #list: (pod: string | undefined) => Promise<readonly ObservedContainer[]>;
  readonly #clock: Clock;
  readonly #window: number;
  #running: Running | undefined;
  #gathering: Gathering | undefined;

  /**
   * @param list one call of the engine
   * @param options.window milliseconds that a request waits for others
   */
  constructor(
    list: (pod: string | undefined) => Promise<readonly ObservedContainer[]>,
    options: { readonly clock: Clock; readonly window: number },
  ) {
    this.#list = list;
    this.#clock = options.clock;
    this.#window = options.window;
  }

  /** The containers of a pod, or of all. What is given may be changed by nobody. */
  async request(pod: string | undefined, signal?: AbortSignal): Promise<ObservedContainer[]> {
    signal?.throwIfAborted();
    const listed = this.#underWay(pod) ?? this.#next(pod);
    const lists = signal === undefined ? await listed : await untilAborted(listed, signal);
    return [...lists.of(pod)];
  }

  /** Something of a pod is, or may be, other than before. */
  changed(pod: string): void {
    this.#running?.changed.add(pod);
  }

  #underWay(pod: string | undefined): Promise<Listed> | undefined {
    const running = this.#running;
    if (running === undefined || (running.pod !== undefined && running.pod !== pod)) return undefined;
    const isOld = pod === undefined ? running.changed.size > 0 : running.changed.has(pod);
    return isOld ? undefined : running.listed;
  }

  #next(pod: string | undefined): Promise<Listed> {
    if (this.#gathering !== undefined) {
      this.#gathering.pods.add(pod);
      return this.#gathering.listed;
    }
    const pods = new Set([pod]);
    const listed = this.#gather(pods);
    // Those who wait for it may all have left by the time it fails.
    listed.catch(() => {});
    this.#gathering = { pods, listed };
    return listed;
  }

  async #gather(pods: ReadonlySet<string | undefined>): Promise<Listed> {
    if (this.#window > 0) await this.#clock.sleep(this.#window);
    else await Promise.resolve();
    await this.#running?.listed.catch(() => {});
    this.#gathering = undefined;
    const [pod] = pods.size === 1 ? pods : [undefined];
    const running: Running = { pod, changed: new Set(), listed: this.#call(pod) };
    this.#running = running;
    try {
      return await running.listed;
    } finally {
      this.#running = undefined;
    }
  }

  async #call(pod: string | undefined): Promise<Listed> {
    const containers = await this.#list(pod);
    let byPod: ReadonlyMap<string, readonly ObservedContainer[]> | undefined;
    return {
      of(wanted) {
        if (wanted === pod) return containers;
        byPod ??= Map.groupBy(containers, ({ labels }) => labels[Label.pod] ?? "");
        return byPod.get(wanted ?? "") ?? [];
      },
    };
  }
}
