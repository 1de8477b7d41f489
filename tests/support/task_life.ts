import { systemClock } from "../../src/pod/clock.ts";
import { MesosLabel } from "../../src/pod/labels.ts";
import { processViewOfHost } from "../../src/mesos/reap/process_view.ts";
import { type Reaped, reapOnce } from "../../src/mesos/reap/reap.ts";
import { podNameOf } from "../../src/mesos/task/pod_name.ts";
import type { ExecutorInfo } from "../../src/mesos/wire/messages.ts";
import type { TaskState, TaskStatus } from "../../src/mesos/wire/messages_task.ts";
import { programWords } from "../cli/program.ts";
import type { StrictAgent, StrictAgentOptions } from "../mesos/agent/strict_agent.ts";
import { assertEquals, AssertionError } from "./assert.ts";
import { type TestEngine, testEngine } from "./engine.ts";
import { RunningExecutor } from "./mesos_task.ts";
import { waitUntil } from "./wait.ts";

/** A command that goes on until it is told to end. */
export const untilTold = `["sh", "-c", "trap 'exit 0' TERM; sleep 10000 & wait"]`;

/** A command that goes on, also when it is told to end. */
export const stubborn = `["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1000; done"]`;

/** A command that waits for the file `name` of the sandbox, and goes on with `then`. */
export function waitingFor(name: string, then: string): string {
  return `["sh", "-c", "trap 'exit 0' TERM; until [ -e /mnt/mesos/sandbox/${name} ]; do sleep 0.05; done; ${then}"]`;
}

/** A spec of one container with this command. */
export function specOf(command: string, more: readonly string[] = []): string {
  return [
    "services:",
    "  web:",
    "    image: busybox",
    `    command: ${command}`,
    ...more.map((line) => `    ${line}`),
  ]
    .join("\n");
}

/** What a test has of an executor that runs. */
export interface TaskLife {
  readonly engine: TestEngine;
  readonly executor: RunningExecutor;
  readonly agent: StrictAgent;
}

/**
 * Runs `work` with an executor. At its end the agent must have nothing against the executor's manners, and nothing of
 * its tasks may be left.
 */
export async function withExecutor(
  options: Partial<StrictAgentOptions> & { readonly words?: readonly string[] },
  work: (life: TaskLife) => Promise<void>,
): Promise<void> {
  await using engine = await testEngine();
  await using executor = await RunningExecutor.start(engine, options);
  const { agent } = executor;
  try {
    await work({ engine, executor, agent });
    assertEquals(agent.problems, []);
    assertEquals([...await executor.left(), ...await cgroupsLeft(agent)], []);
  } catch (error) {
    const said = await executor.read("stderr").catch(() => "");
    const message = error instanceof Error ? error.message : String(error);
    throw new AssertionError(`${message}\nThe executor said:\n${said}`, { cause: error });
  }
}

/** The executor that tasks name to share one. */
export function sharedExecutor(agent: StrictAgent, id = "shared"): ExecutorInfo {
  return {
    type: "CUSTOM",
    executor_id: { value: id },
    framework_id: { value: agent.frameworkId },
    command: { shell: true, value: `exec ${programWords.map((word) => `'${word}'`).join(" ")}` },
  };
}

/** The states that a task went through. An update that is sent again is still one. */
export function statesOf(agent: StrictAgent, taskId: string): string[] {
  const seen = new Set<string>();
  return agent.updates.flatMap(({ task_id: { value }, uuid, state }) => {
    const key = uuid?.toHex() ?? "";
    if (value !== taskId || (key !== "" && seen.has(key))) return [];
    seen.add(key);
    return [state];
  });
}

/** Waits for a task to come to a state; one that has ended otherwise is not waited for. */
export async function reached(agent: StrictAgent, taskId: string, state: TaskState): Promise<TaskStatus> {
  const isEnd = (status: TaskStatus) =>
    status.state === "TASK_FAILED" || status.state === "TASK_FINISHED" || status.state === "TASK_KILLED";
  const status = await agent.update((one) =>
    one.task_id.value === taskId && (one.state === state || (isEnd(one) && isLatest(agent, one)))
  );
  if (status.state !== state) throw new AssertionError(`${taskId}: ${status.state}: ${status.message}`);
  return status;
}

/** Kills a task as schedulers do: again, until they hear of its end. An agent that starts loses kills. */
export async function killUntilOver(agent: StrictAgent, taskId: string): Promise<void> {
  let looks = 0;
  await waitUntil(`${taskId} is killed`, () => {
    if (looks++ % 50 === 0) agent.kill(taskId);
    return statesOf(agent, taskId).includes("TASK_KILLED");
  });
}

function isLatest({ updates }: StrictAgent, { task_id, uuid }: TaskStatus): boolean {
  return updates.findLast((one) => one.task_id.value === task_id.value)?.uuid === uuid;
}

/** The exit code of the executor that was started last; -1 when it does not end within the deadline. */
export async function exitCode(agent: StrictAgent, deadline = 20_000): Promise<number> {
  const over = new AbortController();
  const late = systemClock.sleep(deadline, over.signal).then(() => -1, () => -1);
  try {
    return await Promise.race([agent.exited.then(({ code }) => code), late]);
  } finally {
    over.abort();
  }
}

/** The name of the pod of a task that the executor which was started last runs. */
export function podOf(agent: StrictAgent, taskId: string): string {
  const containerId = agent.sandbox.replace(/.*\//, "");
  return podNameOf({ name: "shop", id: taskId }, { frameworkId: agent.frameworkId, containerId });
}

/** Does what `mesolet reap` does, for the tasks of one agent: other tests have theirs. */
export async function reapFor(agent: StrictAgent, { engine }: TestEngine): Promise<readonly Reaped[]> {
  return await reapOnce({
    engine,
    clock: systemClock,
    view: processViewOfHost(),
    isWanted: (labels) => labels[MesosLabel.framework] === agent.frameworkId,
    dryRun: false,
    shared: false,
    graceSeconds: 0,
    signal: new AbortController().signal,
  });
}

/** Cgroups of pods of the executor that was started last. */
export async function cgroupsLeft(agent: StrictAgent): Promise<string[]> {
  const tasks = new Set(agent.updates.map(({ task_id: { value } }) => value));
  return await cgroupsOf([...tasks].map((taskId) => podOf(agent, taskId)));
}

/** The parent cgroups that pods have, in every tree. */
export async function cgroupsOf(pods: readonly string[]): Promise<string[]> {
  const roots = ["/sys/fs/cgroup"];
  for await (const { name, isDirectory } of Deno.readDir("/sys/fs/cgroup")) {
    if (isDirectory) roots.push(`/sys/fs/cgroup/${name}`);
  }
  return roots.flatMap((root) => pods.map((pod) => `${root}/mesolet/${pod}`)).filter(exists);
}

/** Whether there is such a file or directory. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
