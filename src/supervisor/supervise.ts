import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { PodReason, PodStatus } from "../pod/status.ts";
import type { ContainerDetail } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { askToStop } from "./ask_to_stop.ts";
import { Bell } from "./bell.ts";
import { mayRun } from "./container_record.ts";
import { decide } from "./decide.ts";
import { needsDetail } from "./decide_list.ts";
import { type EventFeed, openEventFeed } from "./event_feed.ts";
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
import type { PodOutcome, SuperviseOptions, Supervision } from "./supervision.ts";
import { takeDown } from "./take_down.ts";
import { Work } from "./work.ts";

export type * from "./supervision.ts";

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
  /** Fulfilled when nothing of a pod that is to end runs any more. */
  readonly #quiet = Promise.withResolvers<void>();
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
    if (this.#state.mode === "stopping" && !this.#runs()) this.#quiet.resolve();
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
    const graceSeconds = await this.#askToStop(effect.graceSeconds);
    const leftBehind = await takeDown({
      pod: this.#state.pod,
      remove: effect.remove,
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
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

  /**
   * Asks the pod to end, where its spec says how. What has a grace gives half of it at most for that.
   *
   * @returns what is left of the grace, in seconds
   */
  async #askToStop(graceSeconds: number | undefined): Promise<number | undefined> {
    const { engine, clock, onStopRequest } = this.#options;
    const { pod } = this.#state;
    const lifecycle = pod.httpLifecycle;
    if (lifecycle === undefined || graceSeconds === 0 || !this.#runs() || this.#hastened.signal.aborted) {
      return graceSeconds;
    }
    const began = clock.elapsed();
    await askToStop(pod, lifecycle, {
      engine,
      clock,
      status: () => this.#status,
      ended: this.#quiet.promise,
      signal: AbortSignal.any([this.#hastened.signal, this.#lifetime.signal]),
      ...(graceSeconds === undefined ? {} : { bound: graceSeconds * 500 }),
      tell: (text) => onStopRequest?.(text),
    });
    if (graceSeconds === undefined) return undefined;
    return Math.max(1, Math.floor(graceSeconds - (clock.elapsed() - began) / 1000));
  }

  #runs(): boolean {
    return this.#status.containers.some(({ state }) => state === "running" || state === "paused");
  }

  async #podOomKills(): Promise<number | undefined> {
    try {
      return await this.#options.podOomKills?.();
    } catch {
      return undefined;
    }
  }
}
