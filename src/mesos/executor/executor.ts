import type { Clock } from "../../pod/clock.ts";
import { ExitCode } from "../../pod/errors.ts";
import type { ExecutorEvent, ExecutorEventSubscribed } from "../wire/messages_executor.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { AgentSession } from "./agent_session.ts";
import { graceOfShutdown } from "./kill_grace.ts";
import { LaunchGate } from "./launch_gate.ts";
import type { SessionNotice } from "./session_notice.ts";
import { TaskRun } from "./task_run.ts";
import type { TaskTools } from "./task_tools.ts";

/** The times of an executor, in milliseconds. */
export interface ExecutorBounds {
  /** How long an executor that never got a task waits for its first. */
  readonly firstTask: number;
  /** With no task left, how long reports may wait for the agent (protocol: an acknowledgement may never come). */
  readonly acknowledgements: number;
  /** The same when the agent is about to end the executor. */
  readonly lastAcknowledgements: number;
  /** After its last task an executor may still get another one. */
  readonly linger: number;
}

/** The bounds that hold outside tests. */
export const executorBounds: ExecutorBounds = {
  firstTask: 10 * 60_000,
  acknowledgements: 60_000,
  lastAcknowledgements: 1_000,
  linger: 1_000,
};

/** Hooks of a task's end may go on for this long after the pod's share of the grace of SHUTDOWN, in milliseconds. */
const lastHooks = 500;

/** So long before the agent ends the executor its tasks are given up, and their ends reported, in milliseconds. */
const lastWord = 700;

/** What an executor works with. */
export interface ExecutorOptions {
  readonly clock: Clock;
  /** What the agent gives the executor from SHUTDOWN to its end, in milliseconds. */
  readonly shutdownGrace: number;
  /** Opens the session; what the agent says comes to `onNotice`, from the next turn of the event loop on. */
  readonly openSession: (onNotice: (notice: SessionNotice) => void) => AgentSession;
  /** The tools of a task, once the agent knows us. */
  readonly toolsFor: (
    subscribed: ExecutorEventSubscribed,
    session: Pick<AgentSession, "update">,
  ) => TaskTools;
  /** Answers a MESSAGE of the framework. */
  readonly answer: (
    data: Uint8Array,
    tasks: readonly TaskRun[],
    session: Pick<AgentSession, "message">,
  ) => void;
  readonly log: (text: string) => void;
  /** Aborted by SIGTERM: as SHUTDOWN. */
  readonly terminated: AbortSignal;
  readonly bounds?: Partial<ExecutorBounds>;
}

/**
 * The life of an executor under an agent: subscribes, runs what is launched, and ends when nothing is left to run and
 * every report has reached the agent, or when it is told to.
 *
 * @returns the exit code of the process
 */
export async function runExecutor(options: ExecutorOptions): Promise<number> {
  return await new Executor(options).run();
}

class Executor {
  readonly #options: ExecutorOptions;
  readonly #bounds: ExecutorBounds;
  readonly #runs = new Map<string, TaskRun>();
  readonly #changed = new Changes();
  #session: AgentSession | undefined;
  #subscribed: ExecutorEventSubscribed | undefined;
  /** Aborted at SHUTDOWN when its grace is over for hooks: the agent ends those who wait for them. */
  readonly #hurried = new AbortController();
  readonly #over = new AbortController();
  /** Fulfilled at SHUTDOWN. */
  readonly #ending = Promise.withResolvers<undefined>();
  #hadTask = false;
  #isAbandoned = false;
  #shutdown: { readonly why: string; readonly exitCode: number } | undefined;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#bounds = { ...executorBounds, ...options.bounds };
  }

  async run(): Promise<number> {
    const { terminated } = this.#options;
    const session = this.#options.openSession((notice) => this.#onNotice(notice));
    this.#session = session;
    const onTerminated = () => this.#shutDown("the executor got SIGTERM", ExitCode.ok);
    if (terminated.aborted) onTerminated();
    terminated.addEventListener("abort", onTerminated, { once: true });
    try {
      await this.#untilIdle(session);
      return this.#shutdown?.exitCode ?? ExitCode.ok;
    } finally {
      terminated.removeEventListener("abort", onTerminated);
      this.#over.abort();
      await session.close();
    }
  }

  async #untilIdle(session: AgentSession): Promise<void> {
    const { clock, log } = this.#options;
    for (;;) {
      await this.#changed.until(() => this.#isOver, {
        clock,
        // Only an executor that waits for its first task is bounded here: a task may run for ever.
        milliseconds: this.#hadTask || this.#shutdown !== undefined ? undefined : this.#bounds.firstTask,
      });
      if (!this.#hadTask && this.#shutdown === undefined && this.#runs.size === 0) {
        log(`no task came within ${this.#bounds.firstTask / 1000} s: the executor ends`);
        return;
      }
      if (!this.#isOver) continue;
      const isHurried = this.#shutdown !== undefined;
      const patience = this.#isAbandoned
        ? lastWord / 2
        : isHurried
        ? this.#bounds.lastAcknowledgements
        : this.#bounds.acknowledgements;
      const isSettled = await Promise.race([
        session.settled(patience),
        // Whoever waits with patience when the end comes starts again with less.
        ...(isHurried ? [] : [this.#ending.promise]),
      ]);
      if (isSettled === undefined) continue;
      if (!isSettled && this.#isOver) {
        log(`${session.unacknowledged} reports were not acknowledged within ${patience / 1000} s`);
        return;
      }
      if (!isHurried) {
        await this.#changed.until(() => !this.#isOver, { clock, milliseconds: this.#bounds.linger });
      }
      if (this.#isOver && (this.#shutdown !== undefined || session.unacknowledged === 0)) return;
    }
  }

  /** Nothing runs, and something did; or it is over anyway. */
  get #isOver(): boolean {
    return this.#isAbandoned ||
      (this.#runs.size === 0 && (this.#hadTask || this.#shutdown !== undefined));
  }

  #onNotice(notice: SessionNotice): void {
    const { log } = this.#options;
    switch (notice.kind) {
      case "subscribed":
        this.#subscribed = notice.subscribed;
        log(notice.again ? "subscribed with the agent again" : "subscribed with the agent");
        return;
      case "event":
        return this.#onEvent(notice.event);
      case "acknowledged":
        return;
      case "refused":
        return log(`${notice.taskId}: the agent does not take ${notice.state}: ${notice.reason}`);
      case "disconnected":
        return log(`the agent is gone: ${notice.reason}`);
      case "remark":
        return log(notice.text);
      case "gave-up":
        return this.#shutDown(notice.reason, notice.exitCode);
    }
  }

  #onEvent(event: ExecutorEvent): void {
    switch (event.type) {
      case "LAUNCH":
        return this.#launch(event.launch.task);
      case "LAUNCH_GROUP":
        return this.#launchGroup(event.launch_group.task_group.tasks ?? []);
      case "KILL": {
        const { task_id: { value }, kill_policy: policy } = event.kill;
        const run = this.#runs.get(value);
        if (run === undefined) return this.#options.log(`KILL of ${value}, which does not run here: ignored`);
        return run.kill(policy);
      }
      case "MESSAGE":
        if (this.#session !== undefined) {
          this.#options.answer(event.message.data, [...this.#runs.values()], this.#session);
        }
        return;
      case "SHUTDOWN":
        return this.#shutDown("the agent shut the executor down", ExitCode.ok);
      case "ERROR":
        return this.#shutDown(`the agent reports an error: ${event.error.message}`, ExitCode.unavailable);
      default:
        return;
    }
  }

  #launch(task: TaskInfo, gate?: LaunchGate): void {
    const [subscribed, session] = [this.#subscribed, this.#session];
    const id = task.task_id.value;
    // An executor that ends takes no more work: the agent reports what was not taken.
    if (subscribed === undefined || session === undefined || this.#shutdown !== undefined) {
      return this.#options.log(`LAUNCH of ${id}, while the executor ends: not taken`);
    }
    const before = this.#runs.get(id);
    if (before?.isEnded === false) {
      return this.#options.log(`LAUNCH of ${id}, which runs already: ignored`);
    }
    this.#options.log(`${id}: launched`);
    this.#hadTask = true;
    const tools = this.#options.toolsFor(subscribed, session);
    const run = new TaskRun(task, {
      ...tools,
      resolve: async (of) => {
        // Both have the same pod: what is left of the former one is on its way out.
        await before?.done;
        const resolving = () => tools.resolve(of);
        return await (gate?.pass(resolving) ?? resolving());
      },
      runHooks: (moment, about, signal) =>
        tools.runHooks(moment, about, AbortSignal.any([signal, this.#hurried.signal])),
    });
    this.#runs.set(id, run);
    run.done.then(() => {
      if (this.#runs.get(id) === run) this.#runs.delete(id);
      this.#changed.notify();
    });
    this.#changed.notify();
  }

  /**
   * The tasks of a group live and die together: nothing of any is made before the specs of all are sound, and the end of
   * one but with success ends the others.
   */
  #launchGroup(tasks: readonly TaskInfo[]): void {
    const ids = tasks.map(({ task_id: { value } }) => value);
    // What runs already is not launched again, and passes no gate.
    const launched = ids.filter((id) => this.#runs.get(id)?.isEnded !== false);
    const gate = new LaunchGate(new Set(launched).size);
    for (const task of tasks) this.#launch(task, gate);
    for (const id of ids) {
      this.#runs.get(id)?.ended.then((state) => {
        if (state === "TASK_FINISHED") return;
        for (const other of ids) {
          if (other === id) continue;
          this.#runs.get(other)?.endWithGroup(`the task ${id} of its group ended with ${state}`);
        }
      });
    }
  }

  #shutDown(why: string, exitCode: number): void {
    if (this.#shutdown !== undefined) return;
    this.#shutdown = { why, exitCode };
    this.#ending.resolve(undefined);
    this.#options.log(`${why}: the executor ends`);
    const { clock, shutdownGrace } = this.#options;
    const grace = graceOfShutdown(shutdownGrace);
    clock.sleep(grace + lastHooks, this.#over.signal).then(() => this.#hurried.abort(), () => {});
    clock.sleep(Math.max(0, shutdownGrace - lastWord), this.#over.signal).then(
      () => this.#abandon(),
      () => {},
    );
    for (const run of this.#runs.values()) run.shutDown(why, grace);
    this.#changed.notify();
  }

  /** An engine that hangs must not keep the framework from hearing of its tasks: the agent ends us in a moment. */
  #abandon(): void {
    this.#isAbandoned = true;
    for (const run of this.#runs.values()) run.giveUp();
    this.#changed.notify();
  }
}

/** Lets one wait until something holds, with a bound. */
class Changes {
  readonly #waiting = new Set<() => void>();

  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async until(
    condition: () => boolean,
    limit: { readonly clock: Clock; readonly milliseconds: number | undefined },
  ): Promise<void> {
    if (condition()) return;
    const over = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (condition()) resolve();
    };
    this.#waiting.add(check);
    const bound = limit.milliseconds === undefined
      ? undefined
      : limit.clock.sleep(limit.milliseconds, over.signal).then(resolve, () => {});
    await promise;
    this.#waiting.delete(check);
    over.abort();
    await bound;
  }
}
