import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import type { StatusHook, StatusMoment } from "../../pod/status_hook.ts";
import { bounded } from "../../supervisor/bounded.ts";
import { runHostCommand } from "../../supervisor/host_command.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { ExecutorEnvironment } from "./executor_environment.ts";
import { type HookFacts, postFacts } from "./hook_action.ts";
import { messageText } from "./message_text.ts";

/** How long a hook that was given up may take to end, in milliseconds. */
const endBound = 1_000;

/** What running hooks needs. */
export interface StatusHookTools {
  readonly environment: Pick<
    ExecutorEnvironment,
    "frameworkId" | "executorId" | "agentId" | "sandbox" | "variables"
  >;
  readonly clock: Clock;
  /** Is told of each hook that failed. */
  readonly log: (text: string) => void;
  /** Ends what is under way: nothing is told of that. */
  readonly signal: AbortSignal;
}

/**
 * Runs the hooks of a moment, one after the other in the order of the spec, each within its own bound. A hook that
 * fails does not keep the later ones from running.
 *
 * @returns what is wrong with the first one that must not fail; undefined when all is well or the signal was aborted
 */
export async function runStatusHooks(
  moment: StatusMoment,
  about: {
    readonly task: TaskInfo;
    readonly taskPod: TaskPod;
    readonly reason: string;
    readonly exitCode?: number;
  },
  tools: StatusHookTools,
): Promise<string | undefined> {
  const { clock, environment, log, signal } = tools;
  const { frameworkId, executorId, agentId } = environment;
  const facts: HookFacts = {
    moment,
    task: about.task.task_id.value,
    pod: about.taskPod.pod.name,
    framework: frameworkId,
    executor: executorId,
    ...(agentId === undefined ? {} : { agent: agentId }),
    // It may hold what a container wrote, and no variable takes a NUL.
    reason: messageText(about.reason),
    ...(about.exitCode === undefined ? {} : { exitCode: about.exitCode }),
    time: new Date(clock.now()).toISOString(),
  };
  let failure: string | undefined;
  for (const hook of about.taskPod.settings.statusHooks) {
    if (hook.moment !== moment) continue;
    const problem = await runHook(hook, facts, tools);
    if (signal.aborted) return undefined;
    if (problem === undefined) continue;
    log(`${hook.onFailure === "fail" ? "" : "warning: "}${problem}`);
    if (hook.onFailure === "fail") failure ??= problem;
  }
  return failure;
}

async function runHook(
  hook: StatusHook,
  facts: HookFacts,
  { environment, clock, signal }: StatusHookTools,
): Promise<string | undefined> {
  const { action, timeout } = hook;
  // A command may have its secrets among its words, a URL in its query: neither is repeated whole.
  const name = action.kind === "command" ? action.command[0] ?? "" : withoutSecrets(action.url);
  const what = `the ${facts.moment} hook ${name}`;
  let work: Promise<string | undefined> = Promise.resolve(undefined);
  try {
    const problem = await bounded(`wait for ${what}`, timeout, { clock, signal }, (bound) => {
      work = action.kind === "command"
        ? runHostCommand(action.command, {
          directory: environment.sandbox,
          variables: { ...environment.variables, ...variablesOf(facts) },
          clock,
        }, bound).then(({ problem }) => problem)
        : postFacts(action.url, facts, bound);
      return work;
    });
    return problem === undefined ? undefined : `${what} failed: ${problem}`;
  } catch (error) {
    await ended(work, clock);
    if (signal.aborted) return undefined;
    if (error instanceof MesoletError) return error.message;
    throw error;
  }
}

/** Waits until what was given up has ended, which takes a moment unless the kernel cannot end it. */
async function ended(work: Promise<unknown>, clock: Clock): Promise<void> {
  const timer = new AbortController();
  const bound = clock.sleep(endBound, timer.signal).catch(() => {});
  await Promise.race([work.catch(() => {}), bound]);
  timer.abort();
}

/** The facts as variables of the environment. */
function variablesOf(facts: HookFacts): Record<string, string> {
  return {
    MESOLET_MOMENT: facts.moment,
    MESOLET_TASK_ID: facts.task,
    MESOLET_POD: facts.pod,
    MESOLET_FRAMEWORK_ID: facts.framework,
    MESOLET_EXECUTOR_ID: facts.executor,
    ...(facts.agent === undefined ? {} : { MESOLET_AGENT_ID: facts.agent }),
    MESOLET_REASON: facts.reason,
    ...(facts.exitCode === undefined ? {} : { MESOLET_EXIT_CODE: `${facts.exitCode}` }),
    MESOLET_TIME: facts.time,
  };
}

/** A URL without its user, password, query and fragment. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return "with a URL that is none";
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
