import type { Clock } from "../../pod/clock.ts";
import { MesoletError, messageOf } from "../../pod/errors.ts";
import { MesosLabel } from "../../pod/labels.ts";
import type { Pod } from "../../pod/model.ts";
import { present } from "../../pod/present.ts";
import { PodArchives } from "../../images/pod_archives.ts";
import type { DigestSource } from "../../registry/digest_source.ts";
import { makePodPinner } from "../../supervisor/pod_pinner.ts";
import { podOomCounter } from "../../supervisor/pod_oom.ts";
import type { Engine } from "../../docker/engine.ts";
import type { Host } from "../../plan/host.ts";
import type { Policies } from "../../policy/policies.ts";
import { denoSandboxFiles } from "../task/deno_sandbox_files.ts";
import type { HostUser, TaskPod, TaskPodRequest } from "../task/task_pod.ts";
import type { ExecutorEventSubscribed } from "../wire/messages_executor.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { AgentSession } from "./agent_session.ts";
import { refuseImpossibleChecks, startChecks } from "./checks.ts";
import type { ExecutorEnvironment } from "./executor_environment.ts";
import type { OutputSink } from "./merged_output.ts";
import type { EngineReach } from "./reach_engine.ts";
import { guardedEngine } from "./guarded_engine.ts";
import { ownCgroup } from "./own_cgroup.ts";
import { SandboxPlaces } from "./sandbox_places.ts";
import { openTaskOutputs } from "./task_outputs.ts";
import type { TaskPlugins } from "./task_plugins.ts";
import type { TaskTools } from "./task_tools.ts";

/** What the tools of all tasks of an executor are made of. */
export interface ExecutorToolsOptions {
  readonly environment: ExecutorEnvironment;
  /** Words of the command line that are no flags of ours. */
  readonly words: readonly string[];
  readonly clock: Clock;
  readonly version: string;
  readonly reach: EngineReach;
  /** The label of this process as the owner of what it makes; undefined where it cannot be told. */
  readonly owner: string | undefined;
  /** The registries as an engine reaches them. */
  readonly registriesOf: (engine: Engine) => DigestSource;
  readonly users: (name: string) => HostUser | undefined;
  /**
   * What the owner of the host lets tasks do. Asked for with each task, which fails where that is not to be learned.
   */
  readonly policies: () => Promise<Policies>;
  readonly plugins: TaskPlugins;
  readonly out: OutputSink;
  readonly err: OutputSink;
  readonly log: (text: string) => void;
  /** Aborted when the executor ends. */
  readonly signal: AbortSignal;
}

/** Makes the tools of tasks from what the agent said at the subscription. */
export function executorTools(
  options: ExecutorToolsOptions,
): (subscribed: ExecutorEventSubscribed, session: Pick<AgentSession, "update">) => TaskTools {
  const { environment, clock, version, reach, log } = options;
  const places = new SandboxPlaces(environment.sandbox);
  const archives = new PodArchives({ below: environment.sandbox });
  let sweep: Promise<void> | undefined;
  const judges: NonNullable<TaskPod["judgeAgain"]>[] = [];
  return (subscribed, session) => {
    const capabilities = subscribed.framework_info.capabilities ?? [];
    return {
      clock,
      version,
      knowsKilling: capabilities.some(({ type }) => type === "TASK_KILLING_STATE"),
      send: (status) => session.update(status),
      log,
      resolve: async (task) => {
        const ofChecks = refuseImpossibleChecks(task, clock);
        const change = await options.plugins.changer(task, options.signal);
        const taskPod = await resolve(task, subscribed, { ...options, ...present({ change }) });
        for (const { message, path } of [...taskPod.warnings, ...ofChecks]) {
          log(`warning: ${path === "" ? "" : `${path}: `}${message}`);
        }
        if (taskPod.judgeAgain !== undefined) judges.push(taskPod.judgeAgain);
        return nested(owned(taskPod, options.owner), log);
      },
      engine: async (signal) => {
        const reached = await reach.reach(signal);
        sweep ??= sweepLeftovers(reached.engine, subscribed, options);
        return {
          ...reached,
          engine: guardedEngine(reached.engine, () => judges.flatMap((judge) => judge())),
        };
      },
      pinnerFor: (taskPod, engine) =>
        makePodPinner({
          engine,
          registry: options.registriesOf(engine),
          ...present({ known: taskPod.settings.digests }),
        }),
      openOutputs: (task, taskPod, engine) =>
        openTaskOutputs({
          task,
          taskPod,
          engine,
          clock,
          environment,
          places,
          version,
          out: options.out,
          err: options.err,
          log,
        }),
      startChecks: (running, listener) => startChecks({ ...running, clock, log }, listener),
      tellOfEnd: (about, signal) => options.plugins.tell("pre-kill", about, signal),
      runHooks: async (moment, about, signal) => {
        if (moment !== "launching") {
          await options.plugins.tell(moment === "running" ? "post-launch" : "post-kill", about, signal);
        }
        const { runStatusHooks } = await import("./status_hooks.ts");
        return await runStatusHooks(moment, about, { environment, clock, log, signal });
      },
      archives: (pod) => archives.coveredFor(pod),
      podOomKills: (pod: Pod, host: Host) => podOomCounter(pod, host, clock, version),
    };
  };
}

/**
 * Pods of the framework whose executors were killed are removed, beside what is launched: this one may be the successor
 * of one of them, whether it has the same ids or others.
 */
async function sweepLeftovers(
  engine: Engine,
  { container_id: container }: ExecutorEventSubscribed,
  { environment, clock, log, signal }: ExecutorToolsOptions,
): Promise<void> {
  try {
    const [{ reapOnce }, { processViewOfHost }] = await Promise.all([
      import("../reap/reap.ts"),
      import("../reap/process_view.ts"),
    ]);
    const reaped = await reapOnce({
      engine,
      clock,
      view: processViewOfHost(),
      isWanted: (labels) =>
        labels[MesosLabel.framework] === environment.frameworkId &&
        labels[MesosLabel.container] !== container?.value,
      dryRun: false,
      // A pod is being launched beside it, which shares it.
      shared: false,
      signal,
    });
    for (const { pod, reason, outcome, problem } of reaped) {
      if (outcome !== "kept") log(`pod ${pod} of a former run: ${outcome}: ${problem ?? reason}`);
    }
  } catch (error) {
    if (!signal.aborted) log(`warning: pods of a former run are not looked for: ${messageOf(error)}`);
  }
}

async function resolve(
  task: TaskInfo,
  subscribed: ExecutorEventSubscribed,
  options: ExecutorToolsOptions & Pick<TaskPodRequest, "change">,
): Promise<TaskPod> {
  // The loader is evaluated when the first task comes: the agent is to hear of the executor before that.
  const [{ podOfTask }, policies] = await Promise.all([
    import("../task/pod_of_task.ts"),
    options.policies(),
  ]);
  const { environment, words, users, change } = options;
  const { container_id: container, agent_info: agent } = subscribed;
  const agentId = agent.id?.value ?? environment.agentId;
  const made = podOfTask({
    task,
    executor: subscribed.executor_info,
    identity: {
      frameworkId: environment.frameworkId,
      executorId: environment.executorId,
      ...(agentId === undefined ? {} : { agentId }),
      ...(container === undefined ? {} : { containerId: container.value }),
      hostname: agent.hostname,
    },
    sandbox: { path: environment.sandbox, onHost: environment.sandboxOnHost },
    words,
    variables: environment.variables,
    files: denoSandboxFiles,
    users,
    policies,
    ...present({ change }),
  });
  return await made.catch((error) => {
    throw inSandbox(error, environment.sandbox);
  });
}

/** The path of a sandbox is some two hundred characters of ids, which say nothing to whoever reads a message. */
function inSandbox(error: unknown, sandbox: string): unknown {
  if (!(error instanceof MesoletError)) return error;
  return new MesoletError(error.message.replaceAll(`${sandbox}/`, ""), error.exitCode, { cause: error });
}

/** The pod's cgroup below the executor's own, where the task asks for that. */
function nested(taskPod: TaskPod, log: (text: string) => void): TaskPod {
  if (taskPod.settings.cgroup !== "nested") return taskPod;
  let parent: string | undefined;
  try {
    parent = ownCgroup(Deno.readTextFileSync("/proc/self/cgroup"));
  } catch (error) {
    log(`warning: the executor's own cgroup cannot be read: ${messageOf(error)}`);
  }
  if (parent === undefined) {
    log("warning: the pod's cgroup is not made below the executor's: that is for cgroups of version 1");
    return taskPod;
  }
  return { ...taskPod, pod: { ...taskPod.pod, cgroupParent: parent } };
}

/** Whoever finds the pod can tell whether the process that made it is still there. */
function owned(taskPod: TaskPod, owner: string | undefined): TaskPod {
  if (owner === undefined) return taskPod;
  const labels = { ...taskPod.pod.labels, [MesosLabel.owner]: owner };
  return { ...taskPod, pod: { ...taskPod.pod, labels } };
}
