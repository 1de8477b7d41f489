import type { Clock } from "../../pod/clock.ts";
import { messageOf } from "../../pod/errors.ts";
import { formatDigests, parseDigests } from "../../pod/pins.ts";
import type { DigestSource } from "../../registry/digest_source.ts";
import type { Store } from "./store/store.ts";
import type { PodWish } from "./wish/pod_wish.ts";

/** The label of a task that tells its executor what the images of its pod stand for. */
export const digestsLabel = "mesolet.digests";

/** The first pause before registries are asked again, and the longest one, in milliseconds. */
const [firstPause, longestPause] = [5_000, 5 * 60_000];

/** What became of finding out the digests of a wish. */
export type PinOutcome =
  | { readonly wish: PodWish }
  /** Why not; it is tried again. */
  | { readonly problem: string };

/** What finding out works with. */
export interface PinnedWishesSetup {
  readonly store: Pick<Store, "digestsOf" | "setDigests">;
  readonly clock: Clock;
  /** Absent: nothing is found out here. */
  readonly registry: DigestSource | undefined;
}

/**
 * Finds out what the images of wishes stand for, once for each version of a pod: all of its instances run the same, on
 * whichever agent and whenever they are launched. What was found out is stored.
 */
export class PinnedWishes {
  readonly #setup: PinnedWishesSetup;
  /** By the pod's name: what is being found out. */
  readonly #asking = new Map<string, AbortController>();

  constructor(setup: PinnedWishesSetup) {
    this.#setup = setup;
  }

  /**
   * The wish with what its images stand for; undefined while that is being found out.
   *
   * @param onOutcome is told of it later, of each try
   */
  take(wish: PodWish, onOutcome: (outcome: PinOutcome) => void): PodWish | undefined {
    const { store, registry } = this.#setup;
    this.forget(wish.name);
    const { pins = [], version } = wish;
    if (pins.length === 0 || registry === undefined) return wish;
    const known = store.digestsOf(wish.name);
    const digests = known?.version === version ? parseDigests(known.digests) : undefined;
    if (digests !== undefined && pins.every((image) => digests.has(image))) return labelled(wish, digests);
    const stop = new AbortController();
    this.#asking.set(wish.name, stop);
    this.#ask(wish, registry, onOutcome, stop.signal).catch((error) => {
      if (!stop.signal.aborted) onOutcome({ problem: messageOf(error) });
    });
    return undefined;
  }

  /** Nobody wants to know any more. */
  forget(name: string): void {
    this.#asking.get(name)?.abort();
    this.#asking.delete(name);
  }

  /** The spec of a pod is gone: should it come again, what its images stand for is found out anew. */
  drop(name: string): void {
    this.forget(name);
    if (this.#setup.store.digestsOf(name) !== undefined) this.#setup.store.setDigests(name, undefined);
  }

  /** Ends whatever is under way. */
  close(): void {
    for (const name of [...this.#asking.keys()]) this.forget(name);
  }

  async #ask(
    wish: PodWish,
    registry: DigestSource,
    onOutcome: (outcome: PinOutcome) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, clock } = this.#setup;
    for (let pause = firstPause;; pause = Math.min(longestPause, pause * 2)) {
      try {
        const digests = new Map(
          await Promise.all(
            (wish.pins ?? []).map(async (image) => [image, await registry.digestOf(image, signal)] as const),
          ),
        );
        signal.throwIfAborted();
        store.setDigests(wish.name, { version: wish.version, digests: formatDigests(digests) });
        this.#asking.delete(wish.name);
        return onOutcome({ wish: labelled(wish, digests) });
      } catch (error) {
        signal.throwIfAborted();
        onOutcome({ problem: messageOf(error) });
      }
      await clock.sleep(pause, signal);
    }
  }
}

function labelled(wish: PodWish, digests: ReadonlyMap<string, string>): PodWish {
  const labels = { ...wish.task.labels, [digestsLabel]: formatDigests(digests) };
  return { ...wish, task: { ...wish.task, labels } };
}
