import type { Clock } from "../../../pod/clock.ts";
import type { FrameworkInfo, SchedulerCall, SchedulerEvent, TaskStatus } from "../../wire/messages.ts";
import { Cluster, type ClusterOptions } from "../cluster/cluster.ts";
import { acknowledgeCall, killCalls } from "../cluster/master_calls.ts";
import type { ClusterEffect, ClusterMessage } from "../cluster/messages.ts";
import type { TaskRecord } from "../cluster/records.ts";
import { endOf } from "../cluster/task_end.ts";
import { groupReport } from "../cluster/task_group.ts";
import { readMemberId } from "../cluster/task_id.ts";
import type { Candidate } from "../placement/choose_agent.ts";
import { shortageOf } from "../placement/shortage.ts";
import type { MasterNotice, MasterSession } from "../session/master_session.ts";
import type { PodWish } from "../wish/pod_wish.ts";

/** What happens to a run, for people. */
export type OneOffNews =
  | { readonly kind: "subscribed"; readonly frameworkId: string; readonly address: string }
  /** There is no master, or it refuses something. */
  | { readonly kind: "trouble"; readonly text: string }
  /** The task has a place. It may be told again, with another task: the first one never arrived. */
  | { readonly kind: "placed"; readonly task: TaskRecord }
  | { readonly kind: "status"; readonly status: TaskStatus };

/** What a run works with. */
export interface OneOffOptions extends Pick<ClusterOptions, "roles" | "buildTask" | "newRun" | "bounds"> {
  readonly clock: Clock;
  /** What is to run once: a wish, or a task that runs already, of a framework with an id. */
  readonly of:
    | { readonly kind: "wish"; readonly wish: PodWish }
    | { readonly kind: "task"; readonly frameworkId: string; readonly task: TaskRecord };
  /** Without its id. */
  readonly info: FrameworkInfo;
  readonly openSession: (setup: {
    readonly framework: () => FrameworkInfo;
    readonly onNotice: (notice: MasterNotice) => void;
  }) => MasterSession;
  /** Must not throw. */
  readonly onNews: (news: OneOffNews) => void;
}

/** How a run ended: with the last status of its task; without one, it was taken back before there was a place. */
export interface OneOffEnd {
  readonly status?: TaskStatus;
}

/** How long the master may take to hear that the framework is over, in milliseconds. */
const farewellBound = 5_000;

/** A timer of this machine can run for some 24 days. */
const longestSleep = 24 * 3_600_000;

/**
 * One task as a framework of its own: finds it a place, sees it through, and never runs it twice. What a cluster decides
 * for a pod that is kept is decided by the same piece here; only that the first task that began is the last.
 */
export class OneOffRun {
  /** Fulfilled when the task is over. Rejected when the master is done with the framework. */
  readonly ended: Promise<OneOffEnd>;
  /** Fulfilled when the task's executor has ended, as far as the master tells. */
  readonly executorEnded: Promise<void>;
  readonly #options: OneOffOptions;
  readonly #cluster: Cluster;
  readonly #session: MasterSession;
  readonly #end = Promise.withResolvers<OneOffEnd>();
  readonly #executorEnd = Promise.withResolvers<void>();
  readonly #disconnected = new EventTarget();
  /** What agents offered last, by agent and role. */
  readonly #offered = new Map<string, Candidate>();
  #frameworkId: string | undefined;
  #task: TaskRecord | undefined;
  #isSubscribed = false;
  #isWanted = true;
  #isUrgent = false;
  #isOver = false;
  #timer: { readonly at: number; readonly end: AbortController } | undefined;

  constructor(options: OneOffOptions) {
    this.#options = options;
    const { of, roles, buildTask, newRun, bounds } = options;
    this.#frameworkId = of.kind === "task" ? of.frameworkId : undefined;
    this.#task = of.kind === "task" ? of.task : undefined;
    this.#cluster = new Cluster({
      stored: { isWhole: true, tasks: of.kind === "task" ? [of.task] : [], pods: [] },
      roles,
      buildTask,
      newRun,
      ...(bounds === undefined ? {} : { bounds }),
    });
    this.ended = this.#end.promise;
    this.executorEnded = this.#executorEnd.promise;
    // Whoever does not wait for it is not to be ended by it.
    this.ended.catch(() => {});
    this.#session = options.openSession({
      framework: () => this.#info,
      onNotice: (notice) => this.#onNotice(notice),
    });
    this.#session.done.catch((error) => this.#fail(error));
    if (of.kind === "wish") this.#wish(new Map([[of.wish.name, of.wish]]));
  }

  /** Absent before the first subscription. */
  get frameworkId(): string | undefined {
    return this.#frameworkId;
  }

  /** The task, once there is one. */
  get task(): TaskRecord | undefined {
    return this.#task;
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** Why there is no place so far; undefined where there is one, or nobody was asked. */
  get shortage(): string | undefined {
    const { of } = this.#options;
    if (of.kind !== "wish" || this.#task !== undefined || !this.#isSubscribed) return undefined;
    const { agents, fitting, lacks } = shortageOf(of.wish, this.#offered.values(), []);
    if (agents === 0) return "no agent offers anything so far";
    if (fitting > 0) return undefined;
    return lacks.map(({ text, agents: lacking }) => `${lacking} of ${agents} agents: ${text}`).join("; ");
  }

  /** Has the task ended as its pod says; with `at-once` its containers are killed. */
  kill(how: "well" | "at-once"): void {
    if (this.#isOver) return;
    const task = this.#task;
    this.#isUrgent ||= how === "at-once";
    if (this.#isWanted) {
      this.#isWanted = false;
      this.#wish(new Map());
    } else if (this.#isUrgent && task !== undefined) {
      for (const call of killCalls(this.#currentOf(task))) this.#do({ kind: "call", call });
    }
    if (task === undefined && !this.#hasTask()) this.#finish({});
  }

  /** Ends the framework and whatever it has on the cluster; waits for the master to hear it, for 5 s at most. */
  async tearDown(): Promise<void> {
    this.#isOver = true;
    if (this.#isSubscribed) {
      const over = new AbortController();
      const gone = Promise.race([
        new Promise<void>((resolve) =>
          this.#disconnected.addEventListener("disconnected", () => resolve(), { signal: over.signal })
        ),
        this.#session.done.catch(() => {}),
        this.#options.clock.sleep(farewellBound, over.signal).catch(() => {}),
      ]);
      this.#session.send({ type: "TEARDOWN" });
      await gone;
      over.abort();
    }
    await this.leave();
  }

  /** Leaves the framework with the master. */
  async leave(): Promise<void> {
    this.#isOver = true;
    this.#timer?.end.abort();
    await this.#session.close();
  }

  get #info(): FrameworkInfo {
    const { info } = this.#options;
    return this.#frameworkId === undefined ? info : { ...info, id: { value: this.#frameworkId } };
  }

  get #podName(): string {
    const { of } = this.#options;
    return of.kind === "wish" ? of.wish.name : of.task.pod;
  }

  #wish(wishes: ReadonlyMap<string, PodWish>): void {
    this.#handle({ kind: "wishes", wishes, changed: [this.#podName], isComplete: false });
  }

  #onNotice(notice: MasterNotice): void {
    const { onNews } = this.#options;
    switch (notice.kind) {
      case "subscribed": {
        const { frameworkId, address, isNew } = notice;
        this.#frameworkId = frameworkId;
        this.#isSubscribed = true;
        onNews({ kind: "subscribed", frameworkId, address });
        const region = notice.master?.domain?.fault_domain?.region.name;
        return this.#handle({ kind: "subscribed", isNew, ...(region === undefined ? {} : { region }) });
      }
      case "disconnected":
        this.#isSubscribed = false;
        this.#offered.clear();
        this.#disconnected.dispatchEvent(new Event("disconnected"));
        if (!this.#isOver) onNews({ kind: "trouble", text: `lost the master: ${notice.reason}` });
        return this.#handle({ kind: "disconnected" });
      case "trouble":
        return onNews({ kind: "trouble", text: notice.reason });
      case "refused":
        return onNews({
          kind: "trouble",
          text: `the master refused ${notice.call.type}: ${notice.reason}`,
        });
      case "event":
        return this.#onEvent(notice.event);
    }
  }

  #onEvent(event: SchedulerEvent): void {
    // An agent that is to be maintained is not left: nothing of this runs twice.
    if (event.type === "OFFERS") {
      this.#handle({ kind: "offers", offers: event.offers.offers ?? [] });
      for (const candidate of this.#cluster.lastOffers) {
        this.#offered.set(`${candidate.agent.id} ${candidate.role}`, candidate);
      }
    } else if (event.type === "UPDATE") this.#onStatus(event.update.status);
    else if (event.type === "FAILURE") {
      const gone = event.failure.executor_id?.value;
      if (gone !== undefined && gone === this.#task?.executorId) this.#executorEnd.resolve();
    }
  }

  #onStatus(told: TaskStatus): void {
    const task = this.#task;
    const status = task === undefined ? undefined : this.#reportOf(task, told);
    if (task === undefined || status === undefined || this.#isOver) {
      return this.#handle({ kind: "update", status: told });
    }
    const isEnd = endOf(task, status.state) !== undefined;
    if (isEnd && this.#isWanted && neverArrived(this.#currentOf(task), status)) {
      this.#task = undefined;
      return this.#handle({ kind: "update", status: told });
    }
    this.#options.onNews({ kind: "status", status });
    if (!isEnd) return this.#handle({ kind: "update", status: told });
    // The cluster would begin another one.
    const acknowledge = acknowledgeCall(told);
    if (acknowledge !== undefined) this.#session.send(acknowledge);
    this.#finish({ status });
  }

  /** What is told of the task; of one of a group, what that makes of the whole. Undefined: it is about another one. */
  #reportOf(task: TaskRecord, status: TaskStatus): TaskStatus | undefined {
    const id = status.task_id.value;
    if (task.members === undefined) return id === task.id ? status : undefined;
    if (readMemberId(id)?.instance !== task.id) return undefined;
    return groupReport(this.#currentOf(task), status).whole;
  }

  /** As the cluster knows it by now. */
  #currentOf(task: TaskRecord): TaskRecord {
    return this.#cluster.pods.get(this.#podName)?.tasks.get(task.id) ?? task;
  }

  #hasTask(): boolean {
    return (this.#cluster.pods.get(this.#podName)?.tasks.size ?? 0) > 0;
  }

  #finish(end: OneOffEnd): void {
    this.#isOver = true;
    this.#timer?.end.abort();
    this.#end.resolve(end);
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#timer?.end.abort();
    this.#end.reject(error);
  }

  #handle(message: ClusterMessage): void {
    if (this.#isOver) return;
    for (const effect of this.#cluster.handle(message, this.#options.clock.now())) this.#do(effect);
    this.#lookForTask();
    this.#setTimer();
    if (!this.#isWanted && this.#task === undefined && !this.#hasTask()) this.#finish({});
  }

  #lookForTask(): void {
    const tasks = this.#cluster.pods.get(this.#podName)?.tasks.values() ?? [];
    const [found] = tasks;
    if (found === undefined || found.id === this.#task?.id) return;
    this.#task = found;
    this.#options.onNews({ kind: "placed", task: found });
  }

  #do(effect: ClusterEffect): void {
    // Nothing is kept: when this process is gone, the master takes the task off as well.
    if (effect.kind === "call") this.#session.send(this.#isUrgent ? atOnce(effect.call) : effect.call);
  }

  #setTimer(): void {
    const at = this.#cluster.nextAt;
    if (this.#timer?.at === at) return;
    this.#timer?.end.abort();
    this.#timer = undefined;
    if (at === undefined || this.#isOver) return;
    const { clock } = this.#options;
    const end = new AbortController();
    this.#timer = { at, end };
    clock.sleep(Math.min(longestSleep, Math.max(0, at - clock.now())), end.signal).then(() => {
      this.#timer = undefined;
      this.#handle({ kind: "tick" });
    }, () => {});
  }
}

/**
 * Whether a task cannot have begun: the master dropped it (its offer was void, its agent restarted), or knows its agent
 * and not the task, though nobody has told of it yet.
 */
function neverArrived({ phase }: TaskRecord, { state }: TaskStatus): boolean {
  return state === "TASK_DROPPED" || (state === "TASK_GONE" && phase === "intended");
}

function atOnce(call: SchedulerCall): SchedulerCall {
  return call.type === "KILL"
    ? { ...call, kill: { ...call.kill, kill_policy: { grace_period: { nanoseconds: 0 } } } }
    : call;
}
