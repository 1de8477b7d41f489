import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { PodReason, PodStatus } from "../pod/status.ts";
import type { ContainerDetail, Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import { Bell } from "./bell.ts";
import { mayRun } from "./container_record.ts";
import { decide } from "./decide.ts";
import { needsDetail } from "./decide_list.ts";
import { type EventFeed, openEventFeed } from "./event_feed.ts";
import type { PodPlanner } from "./pod_planner.ts";
import { postMortem } from "./post_mortem.ts";
import type { RestartHistory } from "./restart_history.ts";
import { startAgain, stopUnhooked } from "./start_again.ts";
import { startsAgain } from "./starts_again.ts";
import { statusOf } from "./supervised_status.ts";
import { type SupervisionBounds, supervisionBounds } from "./supervision_bounds.ts";
import {
  type Effect,
  initialState,
  type Message,
  nextTick,
  type SupervisionSettings,
  type SupervisorState,
} from "./supervisor_state.ts";
import { takeDown } from "./take_down.ts";
import type { WalkObserver } from "./walk_observer.ts";
import { Work } from "./work.ts";

/** What the supervision of a pod needs. */
export interface SuperviseOptions extends Partial<SupervisionSettings> {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly planner: PodPlanner;
  /** Is told of every change of the status, from the first one on. Must not throw. */
  readonly onStatus?: (status: PodStatus) => void;
  /** Is told of every plan that is about to be walked, as it is walked. Plans of restarts may overlap with others. */
  readonly onPlan?: (plan: Plan, purpose: PlanPurpose) => void;
  readonly observer?: WalkObserver;
  /** How many processes of the pod its own limit of memory has had killed so far. Absent: the pod has no limit. */
  readonly podOomKills?: () => Promise<number>;
  readonly bounds?: Partial<SupervisionBounds>;
  /** What is known of how often a container was started before we came, by its id. */
  readonly history?: (id: string) => RestartHistory | undefined;
  /**
   * A moment by both clocks: times are counted from it on. Supervisions that share one list at the same moments. Absent:
   * the beginning.
   */
  readonly origin?: { readonly now: number; readonly elapsed: number };
}

/** What a plan is walked for. */
export type PlanPurpose = "pull" | "bring-up" | "put-back" | "restart" | "take-down";

/** How the supervision of a pod ended. */
export interface PodOutcome {
  /** `detached`: the pod goes on without us. */
  readonly kind: "ended" | "detached";
  readonly status: PodStatus;
  /** What could not be stopped or removed. */
  readonly problem?: MesoletError;
}

/** A pod that is kept as wanted. */
export interface Supervision {
  /** What is wanted: of the last edit that counted. */
  readonly pod: Pod;
  readonly status: PodStatus;
  /** Fulfilled when the pod has ended and everything is closed. Rejected only by a defect of mesolet itself. */
  readonly done: Promise<PodOutcome>;
  /** Something else is wanted: a launch is broken off, and what differs is replaced. Ignored once the pod ends. */
  edit(pod: Pod): void;
  /**
   * Stops the pod, whatever is under way. A launch that is broken off is removed; so is everything with `remove` (by
   * default as `atEnd` says). The second call is {@linkcode killNow}.
   *
   * @param options.graceSeconds over the graces of the spec
   * @param options.reasonCode `killed`, unless there is a better word
   */
  stop(
    reason: string,
    options?: { readonly graceSeconds?: number; readonly remove?: boolean; readonly reasonCode?: PodReason },
  ): void;
  /** Kills what is left of the pod at once. */
  killNow(): void;
  /** Ends the supervision and leaves the pod as it is. */
  detach(): void;
}

/**
 * Keeps a pod as wanted: brings it up, starts containers again by their restart policies, makes lost ones anew,
 * notices its end, takes it down. docs/supervision.md says what happens when.
 *
 * There is one writer: everything that happens is a message, and messages are decided one after the other. No state is
 * kept anywhere but on the engine.
 */
export function supervise(pod: Pod, options: SuperviseOptions): Supervision {
  return new Supervisor(pod, options);
}

class Supervisor implements Supervision {
  readonly done: Promise<PodOutcome>;
  readonly #options: SuperviseOptions;
  readonly #bounds: SupervisionBounds;
  readonly #feed: EventFeed;
  readonly #messages: Message[] = [];
  readonly #bell = new Bell();
  /** Aborted when all is over: nothing may outlive the supervisor. */
  readonly #lifetime = new AbortController();
  /** Aborted when the pod is not to be kept any more: nothing is started from then on. */
  readonly #keeping = new AbortController();
  readonly #hastened = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #restarts = new Set<Promise<void>>();
  readonly #begunAt: { readonly now: number; readonly elapsed: number };
  #work: Work | undefined;
  #defect: { readonly error: unknown } | undefined;
  #state: SupervisorState;
  #status: PodStatus;
  #told = "";

  constructor(pod: Pod, options: SuperviseOptions) {
    this.#options = options;
    this.#bounds = { ...supervisionBounds, ...options.bounds };
    const { clock, engine } = options;
    this.#begunAt = options.origin ?? { now: clock.now(), elapsed: clock.elapsed() };
    const settings: SupervisionSettings = {
      atEnd: options.atEnd ?? "remove",
      found: options.found ?? "start",
      whenLaunchFails: options.whenLaunchFails ?? "end",
      byHand: options.byHand ?? "judge",
    };
    this.#state = initialState(pod, settings, this.#bounds, this.#now());
    this.#status = statusOf(this.#state, clock.now());
    this.#feed = openEventFeed({ engine, clock, pod: pod.name, bounds: this.#bounds });
    this.#feed.subscribe((notice) => {
      if (notice.kind === "event") this.#post(notice);
      else this.#post({ kind: notice.kind === "lost" ? "feed-lost" : "feed-restored" });
    });
    this.#post({ kind: "begin" });
    this.done = this.#run();
  }

  get pod(): Pod {
    return this.#state.pod;
  }

  get status(): PodStatus {
    return this.#status;
  }

  edit(pod: Pod): void {
    this.#post({ kind: "edit", pod });
  }

  stop(
    reason: string,
    options: { readonly graceSeconds?: number; readonly remove?: boolean; readonly reasonCode?: PodReason } =
      {},
  ): void {
    this.#post({
      kind: "stop",
      reason,
      reasonCode: options.reasonCode ?? "killed",
      remove: options.remove ?? this.#state.settings.atEnd === "remove",
      ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
    });
  }

  killNow(): void {
    this.#post({ kind: "kill-now" });
  }

  detach(): void {
    this.#post({ kind: "detach" });
  }

  #post(message: Message): void {
    this.#messages.push(message);
    this.#bell.ring();
  }

  /** Milliseconds since 1970 by a clock that does not jump while we run. */
  #now(): number {
    return this.#begunAt.now + this.#options.clock.elapsed() - this.#begunAt.elapsed;
  }

  async #run(): Promise<PodOutcome> {
    try {
      this.#tell();
      while (this.#state.mode !== "ended") {
        const message = this.#messages.shift() ?? await this.#nextMessage();
        if (this.#defect !== undefined) throw this.#defect.error;
        if (message !== undefined) this.#handle(message);
      }
    } finally {
      this.#work?.abort();
      this.#keeping.abort();
      this.#hastened.abort();
      this.#lifetime.abort();
      await this.#feed.close();
      await Promise.all(this.#tasks);
    }
    const { leftBehind, verdict } = this.#state;
    return {
      kind: verdict === undefined ? "detached" : "ended",
      status: this.#status,
      ...(leftBehind === undefined ? {} : { problem: new MesoletError(leftBehind, ExitCode.temporary) }),
    };
  }

  async #nextMessage(): Promise<Message | undefined> {
    const due = nextTick(this.#state);
    const pause = due === undefined ? this.#bounds.resync : Math.max(0, due - this.#now());
    const why = await this.#bell.wait(this.#options.clock, pause, this.#lifetime.signal);
    if (why === "timed-out" && due !== undefined) return { kind: "tick" };
    return this.#messages.shift();
  }

  #handle(message: Message): void {
    const decision = decide(this.#state, message, this.#now());
    this.#state = decision.state;
    for (const effect of decision.effects) this.#begin(effect);
    this.#tell();
  }

  /** Reports the status, if it differs in more than its time. */
  #tell(): void {
    const status = statusOf(this.#state, this.#options.clock.now());
    const text = JSON.stringify({ ...status, observedAt: 0 });
    if (text === this.#told) return;
    this.#told = text;
    this.#status = status;
    this.#options.onStatus?.(status);
  }

  #begin(effect: Effect): void {
    switch (effect.kind) {
      case "list":
        return this.#spawn(this.#list());
      case "plan":
        return this.#startWork(effect);
      case "walk":
        this.#work?.walk(effect);
        return;
      case "abort-work":
        this.#work?.abort();
        return;
      case "look":
        return this.#spawn(this.#look(effect.key, effect.id));
      case "restart":
        return this.#spawn(this.#restart(effect.key, effect.id), this.#restarts);
      case "stop-unhooked":
        return this.#spawn(this.#stopUnhooked(effect.key, effect.id), this.#restarts);
      case "take-down":
        this.#keeping.abort();
        return this.#spawn(this.#takeDown(effect));
      case "hasten":
        this.#hastened.abort();
        return;
    }
  }

  /** Runs something beside the messages, until the end at most. */
  #spawn(task: Promise<void>, among: Set<Promise<void>> = this.#tasks): void {
    const settled: Promise<void> = task.catch((error) => {
      this.#defect ??= { error };
      this.#bell.ring();
    }).finally(() => {
      this.#tasks.delete(settled);
      among.delete(settled);
    });
    this.#tasks.add(settled);
    among.add(settled);
  }

  async #list(): Promise<void> {
    const { engine } = this.#options;
    const signal = this.#lifetime.signal;
    try {
      const isFirst = !this.#state.listed;
      const containers = await engine.listContainers(this.#state.pod.name, signal);
      const ids = needsDetail(this.#state, containers);
      const details = new Map<string, ContainerDetail | null>();
      await Promise.all(ids.map(async (id) => details.set(id, await engine.inspect(id, signal))));
      const podOomKills = await this.#podOomKills();
      this.#post({
        kind: "listed",
        containers,
        details,
        ...(isFirst ? { history: this.#historyOf(containers) } : {}),
        ...(podOomKills === undefined ? {} : { podOomKills }),
      });
    } catch (error) {
      if (!signal.aborted) this.#post({ kind: "list-failed", reason: messageOf(error) });
    }
  }

  #historyOf(containers: readonly ObservedContainer[]): ReadonlyMap<string, RestartHistory> {
    const { history } = this.#options;
    return new Map(containers.flatMap(({ id }) => {
      const past = history?.(id);
      return past === undefined ? [] : [[id, past] as const];
    }));
  }

  #startWork(effect: Extract<Effect, { kind: "plan" }>): void {
    const { engine, clock, planner, observer } = this.#options;
    const { generation } = effect;
    const work = new Work({
      engine,
      clock,
      planner,
      feed: this.#feed,
      bounds: this.#bounds,
      observer,
      startsAgain: (detail) => startsAgain(this.#state, detail),
      onPlanned: (plan, containers) => this.#post({ kind: "planned", generation, plan, containers }),
      onWalk: (plan, purpose) => this.#options.onPlan?.(plan, purpose),
      onPutBack: (plan) => this.#post({ kind: "putting-back", generation, plan }),
      onPulls: (pulls) => this.#post({ kind: "pulls", generation, pulls }),
    }, {
      pod: this.#state.pod,
      containers: effect.containers,
      restore: effect.restore,
      previous: this.#work?.ended,
    });
    this.#work = work;
    this.#spawn(work.ended.then((result) => this.#post({ kind: "work-ended", generation, result })));
  }

  /** Looks at a container that ended or is unwell. */
  async #look(key: string, id: string): Promise<void> {
    const { engine, clock } = this.#options;
    const signal = this.#lifetime.signal;
    const { detail, lastLog, isUnwell } = await postMortem(id, {
      engine,
      clock,
      bounds: this.#bounds,
      signal,
    });
    const podOomKills = isUnwell ? await this.#podOomKills() : undefined;
    this.#post({
      kind: "post-mortem",
      key,
      id,
      detail,
      lastLog,
      ...(podOomKills === undefined ? {} : { podOomKills }),
    });
  }

  async #restart(key: string, id: string): Promise<void> {
    const record = this.#state.containers.get(key);
    if (record === undefined) return;
    const container = { name: record.name, number: record.number, containerName: record.containerName, id };
    const outcome = await startAgain(this.#state.pod, container, {
      ...this.#options,
      feed: this.#feed,
      bounds: this.#bounds,
      signal: this.#keeping.signal,
      lifetime: this.#lifetime.signal,
      onPlan: (plan) => this.#options.onPlan?.(plan, "restart"),
    });
    if (outcome === "aborted") return;
    this.#post({ kind: "restarted", key, id, ...(outcome === "started" ? {} : { failure: outcome }) });
  }

  async #stopUnhooked(key: string, id: string): Promise<void> {
    const find = () => this.#state.containers.get(key);
    await stopUnhooked({ name: find()?.containerName ?? id, id }, {
      ...this.#options,
      bounds: this.#bounds,
      signal: this.#keeping.signal,
      isWanted: () => {
        const record = find();
        return record?.id === id && record.hookFailure !== undefined && mayRun(record);
      },
    });
  }

  async #takeDown(effect: Extract<Effect, { kind: "take-down" }>): Promise<void> {
    const { engine, clock, planner, observer } = this.#options;
    // What was begun has settled when its walk ends, which an abort bounds.
    await Promise.all([this.#work?.ended, ...this.#restarts]);
    const leftBehind = await takeDown({
      pod: this.#state.pod,
      remove: effect.remove,
      ...(effect.graceSeconds === undefined ? {} : { graceSeconds: effect.graceSeconds }),
    }, {
      engine,
      clock,
      planner,
      bounds: this.#bounds,
      hastened: this.#hastened.signal,
      onWalk: (plan) => this.#options.onPlan?.(plan, "take-down"),
      ...(observer === undefined ? {} : { observer }),
    });
    this.#post({ kind: "taken-down", ...(leftBehind === undefined ? {} : { leftBehind }) });
  }

  async #podOomKills(): Promise<number | undefined> {
    try {
      return await this.#options.podOomKills?.();
    } catch {
      return undefined;
    }
  }
}
