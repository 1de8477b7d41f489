import { askMaster, type MasterAccess, MasterRefusal } from "../mesos/framework/ask_master.ts";
import { frameworkInfo } from "../mesos/framework/framework_info.ts";
import { type DetachedTask, detachedTask, type NoTask } from "../mesos/framework/one_off/detached_task.ts";
import { OneOffRun } from "../mesos/framework/one_off/one_off_run.ts";
import { openMasterSession } from "../mesos/framework/session/master_session.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { Interrupted } from "./interrupts.ts";
import { tellOutcome } from "./launch_outcome.ts";
import { showOutput } from "./launch_output.ts";
import type { LaunchTools } from "./launch_task.ts";
import { onInterrupts } from "./on_interrupts.ts";

/** Between two questions to a master that does not answer, in milliseconds. */
const askPause = 1_000;

/**
 * `mesolet launch --attach ID`: shows the output of what was detached, from its beginning, until it ends; then the
 * framework is over. Ctrl-C leaves it running.
 *
 * @returns the exit code of the task
 */
export async function attach(id: string, tools: LaunchTools): Promise<number> {
  const { invocation: { context }, access, notes } = tools;
  const found = await find(id, "attach to", tools);
  const { task } = found;
  const owner = { frameworkId: id, executorId: task.executorId, agentId: task.agent.id };
  const output = showOutput(owner, {
    access,
    context,
    onTrouble: (reason) => notes.note(`the output cannot be read: ${reason}`),
  });
  const run = openRun(id, found, tools);
  const left = Promise.withResolvers<number>();
  const leave = () => left.resolve(codeOf(context.interrupts.graceful));
  const unlisten = onInterrupts(context.interrupts, { graceful: leave, immediate: leave });
  context.out.closed.addEventListener("abort", leave, { once: true });
  let isOver = false;
  try {
    const ended = async () => {
      const status = found.end ?? (await run.ended).status;
      if (status === undefined) return ExitCode.ok;
      await output.finish(run.executorEnded);
      isOver = true;
      return await tellOutcome(status, { output, notes });
    };
    const code = await Promise.race([ended(), left.promise]);
    if (!isOver) notes.note(`it goes on; --stop ${id} ends it`);
    return code;
  } finally {
    unlisten();
    context.out.closed.removeEventListener("abort", leave);
    await output.stop();
    await (isOver ? tearDown(run, tools) : run.leave());
  }
}

/** `mesolet launch --stop ID`: ends what was detached; a second Ctrl-C does it at once. @returns 0 */
export async function stop(id: string, tools: LaunchTools): Promise<number> {
  const { invocation: { context: { interrupts } }, notes } = tools;
  const found = await find(id, "stop", tools);
  const run = openRun(id, found, tools);
  const given = Promise.withResolvers<number>();
  const unlisten = onInterrupts(interrupts, {
    graceful: () => run.kill("at-once"),
    immediate: () => given.resolve(codeOf(interrupts.immediate)),
  });
  try {
    const ended = async () => {
      if (found.end === undefined) {
        run.kill("well");
        await run.ended;
      }
      notes.note(`${found.task.id} is over`);
      return ExitCode.ok;
    };
    return await Promise.race([ended(), given.promise]);
  } finally {
    unlisten();
    await tearDown(run, tools);
  }
}

/** The framework is of no more use: it is taken off, once there is a master to take it off. */
async function tearDown(run: OneOffRun, { invocation: { context: { clock, interrupts } } }: LaunchTools) {
  let isRefused = false;
  run.ended.catch(() => isRefused = true);
  while (!run.isSubscribed && !isRefused && !interrupts.immediate.aborted) {
    await clock.sleep(50, interrupts.immediate).catch(() => {});
  }
  await run.tearDown();
}

function openRun(id: string, found: DetachedTask, { invocation, access, notes }: LaunchTools): OneOffRun {
  const { values, context: { clock } } = invocation;
  const { name, roles, user, failoverTimeout, task } = found;
  return new OneOffRun({
    clock,
    of: { kind: "task", frameworkId: id, task },
    roles,
    buildTask: () => {
      throw new Error("nothing is launched for a framework that has its task");
    },
    newRun: () => clock.now().toString(36),
    info: frameworkInfo({
      name,
      roles,
      ...(user === "" ? {} : { user }),
      principal: values.principal,
      failoverTimeout,
    }),
    openSession: (setup) => openMasterSession({ ...setup, ...access.sessionSetup }),
    onNews: (news) => {
      if (news.kind === "trouble") notes.note(news.text);
    },
  });
}

/** Asks the master for the framework and its task, until one answers. */
async function find(
  id: string,
  what: "attach to" | "stop",
  { invocation, access, notes }: LaunchTools,
): Promise<DetachedTask> {
  const { values: { timeout }, context: { clock, interrupts } } = invocation;
  const signal = interrupts.graceful;
  const asked: MasterAccess = {
    locator: access.locator,
    clock,
    ...(access.tls === undefined ? {} : { tls: access.tls }),
    ...(access.credential === undefined ? {} : { credential: access.credential }),
  };
  const onWait = (reason: string) => notes.note(reason);
  const since = clock.elapsed();
  for (;;) {
    try {
      const frameworks = await askMaster(asked, "GET_FRAMEWORKS", signal, onWait);
      const tasks = await askMaster(asked, "GET_TASKS", signal, onWait);
      const found = detachedTask(id, { frameworks, tasks }, clock.now());
      if (typeof found === "string") throw new NothingThere(`${what} ${id}`, found);
      return found;
    } catch (error) {
      const isPassing = error instanceof MesoletError && !(error instanceof NothingThere) &&
        !(error instanceof MasterRefusal && error.exitCode === ExitCode.permission);
      if (!isPassing || signal.aborted) throw error;
      if (timeout !== undefined && clock.elapsed() - since > timeout * 1000) throw error;
      notes.note(error.message);
    }
    await clock.sleep(askPause, signal);
  }
}

const words: Readonly<Record<NoTask, string>> = {
  "no-framework": "the master knows no framework with this id",
  over: "it is over, and was taken off the cluster",
  "no-task": "it has no task",
};

class NothingThere extends MesoletError {
  override readonly name = "NothingThere";

  constructor(what: string, why: NoTask) {
    super(`Cannot ${what}: ${words[why]}`, ExitCode.noInput);
  }
}

function codeOf(signal: AbortSignal): number {
  return signal.reason instanceof Interrupted ? signal.reason.exitCode : ExitCode.interrupted;
}
