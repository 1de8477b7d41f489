import type { PodReason } from "../pod/status.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { type ContainerRecord, mayRun } from "./container_record.ts";
import { backOff } from "./restart_policy.ts";
import { nextResync } from "./supervision_bounds.ts";
import type { Effect, SupervisorState, Verdict } from "./supervisor_state.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A state that is being changed by one message, and what is to be done because of it. It is made from a state and
 * gives a new one: nobody else sees it.
 */
export class Draft {
  readonly effects: Effect[] = [];
  readonly containers: Map<string, ContainerRecord>;
  readonly #state: Writable<SupervisorState>;

  constructor(state: SupervisorState, readonly now: number) {
    this.containers = new Map(state.containers);
    this.#state = { ...state, containers: this.containers };
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** Changes members; those given as undefined are taken away. */
  set(changes: { readonly [Key in keyof SupervisorState]?: SupervisorState[Key] | undefined }): void {
    assign(this.#state, changes);
  }

  do(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Changes the record of a container; members given as undefined are taken away. */
  update(
    key: string,
    changes: { readonly [Key in keyof ContainerRecord]?: ContainerRecord[Key] | undefined },
  ): ContainerRecord | undefined {
    const record = this.containers.get(key);
    if (record === undefined) return undefined;
    const changed: Writable<ContainerRecord> = { ...record };
    assign(changed, changes);
    this.containers.set(key, changed);
    return changed;
  }

  byId(id: string): ContainerRecord | undefined {
    for (const record of this.containers.values()) if (record.id === id) return record;
    return undefined;
  }

  /** Whether the pod is to be kept as wanted: it is neither ended nor on its way down. */
  get isKept(): boolean {
    return this.#state.mode === "launching" || this.#state.mode === "running";
  }

  /** Lists the pod's containers, unless that is under way. */
  list(): void {
    if (this.#state.listing || !this.isKept) return;
    this.set({ listing: true, resyncAt: nextResync(this.now, this.#state.bounds) });
    this.do({ kind: "list" });
  }

  /**
   * Sees to it that a plan is made and walked: now, after the one that is under way, or after a pause when plans
   * follow each other and the pod is still not as wanted.
   *
   * @param containers a list from this very moment, to plan from
   */
  converge(containers?: readonly ObservedContainer[]): void {
    if (!this.isKept) return;
    const { work, workEndedAt, bounds } = this.#state;
    if (work !== undefined) return this.set({ workWanted: true });
    if (this.#state.retryAt !== undefined) return;
    const isFollowing = workEndedAt !== undefined && this.now - workEndedAt < bounds.backOffFirst;
    const inRow = isFollowing ? this.#state.worksInRow + 1 : 1;
    this.set({ worksInRow: inRow });
    if (inRow > bounds.worksInRow) {
      return this.set({ retryAt: this.now + backOff(inRow - bounds.worksInRow, bounds) });
    }
    this.startWork(containers);
  }

  /** Makes a plan at once, whatever pause was going on. */
  startWork(containers?: readonly ObservedContainer[]): void {
    const generation = this.#state.generation + 1;
    this.set({
      generation,
      work: { generation, pod: this.#state.pod, stage: "planning", touches: new Set(), pulls: 0 },
      workWanted: false,
      retryAt: undefined,
    });
    const restore = this.#state.satisfied;
    this.do({ kind: "plan", generation, restore, ...(containers === undefined ? {} : { containers }) });
  }

  /** The pod has ended by itself: what is left of it is stopped. */
  endPod(verdict: Verdict, options: { readonly remove?: boolean } = {}): void {
    if (!this.isKept) return;
    const remove = options.remove ?? this.#state.settings.atEnd === "remove";
    this.set({ verdict });
    this.takeDown({ byRequest: false, remove });
  }

  /** The supervision ends, and what is there is left as it is. */
  leave(verdict: Verdict): void {
    this.#abortWork();
    this.set({ mode: "ended", verdict });
  }

  takeDown(
    request: { readonly byRequest: boolean; readonly remove: boolean; readonly graceSeconds?: number },
  ): void {
    this.#abortWork();
    this.set({
      mode: "stopping",
      stop: {
        byRequest: request.byRequest,
        remove: request.remove,
        removing: request.remove,
        hastened: false,
      },
      retryAt: undefined,
      workWanted: false,
    });
    for (const record of [...this.containers.values()]) {
      // Nothing is started again from now on.
      if (!mayRun(record) && record.life.kind !== "ended" && record.life.kind !== "absent") {
        this.update(record.key, { life: { kind: "waiting" } });
      }
    }
    const { graceSeconds } = request;
    this.do({
      kind: "take-down",
      remove: request.remove,
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
    });
  }

  trouble(reason: string, reasonCode: PodReason): void {
    this.set({ trouble: { reason, reasonCode } });
  }

  #abortWork(): void {
    if (this.#state.work === undefined) return;
    this.set({ work: undefined });
    this.do({ kind: "abort-work" });
  }
}

/** Like `Object.assign`, but a member given as undefined is taken away. */
function assign<T extends object>(
  target: T,
  changes: { readonly [Key in keyof T]?: T[Key] | undefined },
): void {
  for (const key of Object.keys(changes) as (keyof T)[]) {
    const value = changes[key];
    if (value === undefined) delete target[key];
    else target[key] = value;
  }
}
