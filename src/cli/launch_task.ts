import { frameworkInfo } from "../mesos/framework/framework_info.ts";
import { OneOffRun } from "../mesos/framework/one_off/one_off_run.ts";
import { openMasterSession } from "../mesos/framework/session/master_session.ts";
import type { BuildTask } from "../mesos/framework/cluster/messages.ts";
import { launchBuilder } from "../mesos/framework/task/launch_of_wish.ts";
import type { TaskRecord } from "../mesos/framework/cluster/records.ts";
import type { PodWish } from "../mesos/framework/wish/pod_wish.ts";
import type { TaskStatus } from "../mesos/wire/messages.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { ClusterAccess } from "./cluster_access.ts";
import { type OfferedProgram, offerProgram } from "./executor_program.ts";
import { Interrupted } from "./interrupts.ts";
import type { LaunchInvocation } from "./launch.ts";
import type { LaunchNotes } from "./launch_notes.ts";
import { tellOutcome } from "./launch_outcome.ts";
import { showOutput, type TaskOutput } from "./launch_output.ts";
import type { LaunchSpec } from "./launch_spec.ts";
import { onInterrupts } from "./on_interrupts.ts";

/** What every kind of launch works with. */
export interface LaunchTools {
  readonly invocation: LaunchInvocation;
  readonly access: ClusterAccess;
  readonly notes: LaunchNotes;
}

/** The name of the framework, where nothing else is said. */
const usualFramework = "mesolet-launch";

/**
 * For how long the master keeps a task when nobody speaks for its framework, in seconds: while somebody waits for it,
 * long enough for a broken connection to be made anew; else four weeks.
 */
const failoverTimeouts = { attached: 15, detached: 28 * 86_400 } as const;

/** Between two looks at why there is no place, in milliseconds. */
const shortagePause = 3_000;
/** A task that was to end at once is waited for so long, in milliseconds. */
const urgentBound = 10_000;
/** 128 + SIGPIPE. */
const nobodyReads = 141;

const noProgram: Promise<OfferedProgram> = Promise.resolve({ program: { kind: "file", path: "" } });

/** Launches what was asked for, and sees it through, or to its start with `--detach`. @returns the exit code */
export async function launchTask(spec: LaunchSpec, tools: LaunchTools): Promise<number> {
  const { invocation: { values, context }, access, notes } = tools;
  const late = new AbortController();
  const served = new AbortController();
  if (values.timeout !== undefined) {
    context.clock.sleep(values.timeout * 1000, served.signal).then(
      () => late.abort(noMaster(values.timeout, "")),
      () => {},
    );
  }
  // Agents need no program of ours for a pod that they run by themselves.
  const offered = spec.wish.task.group !== undefined ? noProgram : offerProgram(values, {
    ...context,
    locator: access.locator,
    signal: AbortSignal.any([context.interrupts.graceful, late.signal]),
    onWait: (reason) => notes.note(reason),
    tell: (line) => notes.note(line),
  });
  const { program, server } = await offered.finally(() => served.abort());
  try {
    return await new Launch(spec, tools, launchBuilder({ program, grants: values.executorAllow })).run();
  } finally {
    await server?.close();
  }
}

class Launch {
  readonly #tools: LaunchTools;
  readonly #spec: LaunchSpec;
  readonly #run: OneOffRun;
  readonly #running = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  #output: TaskOutput | undefined;
  #interrupted: number | undefined;
  #trouble = "";

  constructor(spec: LaunchSpec, tools: LaunchTools, buildTask: BuildTask) {
    this.#tools = tools;
    this.#spec = spec;
    const { invocation: { values, context: { clock } }, access } = tools;
    let runs = 0;
    this.#run = new OneOffRun({
      clock,
      of: { kind: "wish", wish: spec.wish },
      roles: spec.roles,
      buildTask,
      newRun: () => `${clock.now().toString(36)}${(runs++).toString(36)}`,
      info: frameworkInfo({
        name: values.framework ?? usualFramework,
        roles: spec.roles,
        user: values.agentUser,
        principal: values.principal,
        failoverTimeout: values.detach ? failoverTimeouts.detached : failoverTimeouts.attached,
      }),
      openSession: (setup) => openMasterSession({ ...setup, ...access.sessionSetup }),
      onNews: (news) => {
        if (news.kind === "placed") this.#place(news.task);
        else if (news.kind === "status") this.#hear(news.status);
        else if (news.kind === "trouble") {
          this.#trouble = news.text;
          tools.notes.note(news.text);
        }
      },
    });
  }

  async run(): Promise<number> {
    const { context: { interrupts, out }, values } = this.#tools.invocation;
    const unlisten = onInterrupts(interrupts, {
      graceful: () => this.#kill("well", codeOf(interrupts.graceful)),
      immediate: () => this.#kill("at-once", codeOf(interrupts.immediate)),
    });
    const onClosed = () => this.#kill("at-once", nobodyReads);
    out.closed.addEventListener("abort", onClosed, { once: true });
    let isLeft = false;
    try {
      const [code, left] = await Promise.race([
        this.#untilPlaced(),
        this.#untilEnd(),
        this.#untilUrgent(),
        ...(values.detach ? [this.#untilRunning()] : []),
      ]);
      isLeft = left;
      return code;
    } finally {
      this.#over.abort();
      unlisten();
      out.closed.removeEventListener("abort", onClosed);
      await this.#output?.stop();
      await (isLeft ? this.#run.leave() : this.#run.tearDown());
    }
  }

  #kill(how: "well" | "at-once", code: number): void {
    this.#interrupted ??= code;
    this.#run.kill(how);
  }

  #place(task: TaskRecord): void {
    const { notes } = this.#tools;
    const where = portsOf(this.#spec.wish, task);
    notes.note(
      `${task.id} goes to ${task.agent.hostname}${where.length === 0 ? "" : ` (${where.join(", ")})`}`,
    );
  }

  #hear(status: TaskStatus): void {
    const { notes, invocation: { values, context }, access } = this.#tools;
    const { state } = status;
    if (state === "TASK_UNREACHABLE") {
      notes.note("its agent is out of reach: it is waited for, Ctrl-C gives it up");
    }
    if (state === "TASK_UNKNOWN") {
      notes.note("the master does not know its agent: it is waited for, Ctrl-C gives it up");
    }
    const { frameworkId, task } = this.#run;
    if (frameworkId !== undefined && task !== undefined && !values.detach && hasExecutor(status)) {
      this.#output ??= showOutput(
        { frameworkId, executorId: task.executorId, agentId: task.agent.id },
        {
          access,
          context,
          replicas: this.#spec.replicas,
          onTrouble: (reason) => notes.note(`the output cannot be read: ${reason}`),
        },
      );
    }
    if (state === "TASK_RUNNING") this.#running.resolve();
  }

  /** Ends only when there is no place in time; tells why there is none so far. */
  async #untilPlaced(): Promise<Outcome> {
    const { notes, invocation: { values: { timeout }, context: { clock } } } = this.#tools;
    let since = clock.elapsed();
    for (;;) {
      // One that never arrived waits for a place anew.
      if (this.#run.task !== undefined) since = clock.elapsed();
      const left = timeout === undefined ? Infinity : since + timeout * 1000 - clock.elapsed();
      if (left <= 0) break;
      try {
        await clock.sleep(Math.min(left, shortagePause), this.#over.signal);
      } catch {
        return await forever;
      }
      const { shortage } = this.#run;
      if (shortage !== undefined) notes.note(`waits for a place: ${shortage}`);
    }
    const { isSubscribed, shortage } = this.#run;
    if (!isSubscribed) throw noMaster(timeout, this.#trouble);
    const why = shortage === undefined ? "" : `: ${shortage}`;
    throw new MesoletError(`there was no place within ${timeout} s${why}`, ExitCode.temporary);
  }

  async #untilEnd(): Promise<Outcome> {
    const { status } = await this.#run.ended;
    const interrupted = this.#interrupted;
    if (status === undefined) return [interrupted ?? ExitCode.interrupted, false];
    await this.#output?.finish(this.#run.executorEnded);
    // Whoever went away is not to be told how it ended.
    if (interrupted === nobodyReads) return [nobodyReads, false];
    return [
      await tellOutcome(status, { output: this.#output, notes: this.#tools.notes, interrupted }),
      false,
    ];
  }

  /** With --detach: fulfilled when it runs. */
  async #untilRunning(): Promise<Outcome> {
    await this.#running.promise;
    // Whoever has just asked for its end gets that.
    if (this.#interrupted !== undefined) return await forever;
    const { invocation: { context: { out } }, notes } = this.#tools;
    const id = this.#run.frameworkId ?? "";
    out.write(`${id}\n`);
    notes.note(`it runs; mesolet launch --attach ${id} shows its output, --stop ${id} ends it`);
    return [ExitCode.ok, true];
  }

  /** It was to end at once, and nobody has told that it did: the framework goes, and it with that. */
  async #untilUrgent(): Promise<Outcome> {
    const { interrupts, clock } = this.#tools.invocation.context;
    await new Promise<void>((resolve) => {
      if (interrupts.immediate.aborted) resolve();
      else interrupts.immediate.addEventListener("abort", () => resolve(), { once: true });
    });
    await clock.sleep(urgentBound, this.#over.signal).catch(() => forever);
    return [this.#interrupted ?? ExitCode.interrupted, false];
  }
}

/** The exit code, and whether the task goes on without this process. */
type Outcome = readonly [code: number, isLeft: boolean];

const forever = new Promise<never>(() => {});

function hasExecutor({ state }: TaskStatus): boolean {
  return state !== "TASK_STAGING" && state !== "TASK_DROPPED" && state !== "TASK_ERROR";
}

/** `web:80 is 31005`, for every port that is published. */
function portsOf({ task: { ports } }: PodWish, { ports: taken }: TaskRecord): string[] {
  return ports.flatMap(({ need, target, protocol }) => {
    const port = taken[need];
    return port === undefined ? [] : [`port ${target}${protocol === "tcp" ? "" : `/${protocol}`} is ${port}`];
  });
}

function noMaster(seconds: number | undefined, why: string): MesoletError {
  return new MesoletError(
    `there was no master within ${seconds} s${why === "" ? "" : `: ${why}`}`,
    ExitCode.unavailable,
  );
}

/** What shells say of a signal. */
function codeOf(signal: AbortSignal): number {
  return signal.reason instanceof Interrupted ? signal.reason.exitCode : ExitCode.interrupted;
}
