import { resolve } from "node:path/posix";
import { connectEngine } from "../docker/connect.ts";
import type { Engine } from "../docker/engine.ts";
import type { EarlyBoard } from "../operator/early_board.ts";
import { PodArchives } from "../images/pod_archives.ts";
import { startOperator } from "../operator/operator.ts";
import { lockOperator, lockPlace, type LockRequest } from "../operator/operator_lock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { podOomCounter } from "../supervisor/pod_oom.ts";
import { registriesFor } from "../registry/digest_source.ts";
import type { Policies } from "../policy/policies.ts";
import { makePodPinner } from "../supervisor/pod_pinner.ts";
import { makePodPlanner } from "../supervisor/pod_planner.ts";
import { parseListenAddress } from "../status/listen_address.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { pluginsOfHost } from "./host_plugins.ts";
import { policiesOfHost } from "./host_policies.ts";
import { onInterrupts, rescanWords } from "./on_interrupts.ts";
import { OperatorLog } from "./operator_log.ts";
import { engineKey } from "./operator_problems.ts";
import { openOperatorStatus, type OperatorStatus } from "./operator_status.ts";
import { hostOf } from "./pod_session.ts";
import { programVersion } from "./program_version.ts";
import { specFollower } from "./spec_follower.ts";
import { waitForEngine } from "./wait_for_engine.ts";

type OperatorInvocation = Invocation<Commands["operator"]["flags"]>;

/** How many pods are changed at one time: an engine makes few containers at once. */
const usualParallel = 8;

const usualListen = "127.0.0.1:10280";

const dockerFlags = ["parallel", "reap"] as const;
const mesosFlags = [
  "framework",
  "role",
  "agentUser",
  "principal",
  "secretFile",
  "state",
  "elect",
  "standby",
  "frameworkId",
  "executorUri",
  "executorFile",
  "executorAllow",
  "serve",
] as const;

/** `mesolet operator`: keeps the pods of directories running, until a signal ends it. */
export async function run(invocation: OperatorInvocation): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const { clock } = context;
  const log = new OperatorLog(context.out, values.logFormat ?? "text", () => clock.now());
  refuseOtherTarget(values);
  const listen = values.listen ?? usualListen;
  if (listen !== "none") parseListenAddress(listen);
  const directories = [...new Set(positionals.map((path) => resolve(context.workingDirectory, path)))];
  const policies = await policiesOfHost({ file: globals.policy });
  const status = await openOperatorStatus(listen, clock).catch(async (error) => {
    if (values.target !== "mesos") await refuseSecond(invocation, directories);
    else await (await import("./operator_mesos.ts")).refuseSecondOnCluster(invocation);
    throw error;
  });
  try {
    if (status.address !== undefined) log.line(`tells what runs at ${status.address}`);
    if (values.target === "mesos") {
      const { keepOnCluster } = await import("./operator_mesos.ts");
      return await keepOnCluster(invocation, { directories, policies, log, status });
    }
    const engine = await reachEngine(globals, context, log, status.board);
    if (engine === undefined) return ExitCode.ok;
    try {
      return await keepPods(invocation, { engine, directories, policies, log, status });
    } finally {
      engine.close();
    }
  } finally {
    await status.close();
  }
}

/** Flags of the one target say nothing to the other: whoever gives one has forgotten something. */
function refuseOtherTarget(values: OperatorInvocation["values"]): void {
  const isMesos = values.target === "mesos";
  const given = (isMesos ? dockerFlags : mesosFlags).filter((key) => {
    const value = values[key];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  const [first] = given;
  if (first === undefined) return;
  const flag = `--${first.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new MesoletError(
    isMesos ? `${flag} has no meaning with --target mesos` : `${flag} needs --target mesos`,
    ExitCode.usage,
  );
}

async function keepPods(
  invocation: OperatorInvocation,
  { engine, directories, policies, log, status }: {
    readonly engine: Engine;
    readonly directories: readonly string[];
    readonly policies: Policies;
    readonly log: OperatorLog;
    readonly status: OperatorStatus;
  },
): Promise<number> {
  const { globals, values, context } = invocation;
  const { clock, interrupts } = context;
  const plugins = await pluginsOfHost({ directory: globals.plugins, context });
  const lock = lockOperator(lockRequestOf(invocation, engine, directories));
  try {
    const host = await hostOf(engine, context);
    const registry = registriesFor({ environment: context.variables, clock, engine: engine.facts });
    // One for all: an archive of many pods is read once.
    const archives = new PodArchives();
    log.line(`keeps the pods of ${directories.join(", ")}`);
    const operator = startOperator({
      engine,
      clock,
      follow: specFollower(context, {
        directories,
        allowEmpty: values.allowEmpty,
        policies,
        plugins,
      }),
      plannerFor: (of) =>
        makePodPlanner({
          engine: of,
          host,
          clock,
          version: programVersion,
          pinner: makePodPinner({ engine: of, registry }),
          archives: (pod) => archives.coveredFor(pod),
        }),
      parallel: values.parallel ?? usualParallel,
      allowEmpty: values.allowEmpty,
      podOomKills: (pod) => podOomCounter(pod, host, clock, programVersion),
      metrics: status.metrics,
      onEvent: (event) => log.event(event),
    });
    status.board.begin(operator.board);
    if (status.address !== undefined) lock.announce(status.address);
    // The first signal ends the operator, and its pods where that was asked for; the second kills them.
    const unlisten = onInterrupts(interrupts, {
      graceful: () => operator.stop(values.stopPods ? "stop-pods" : "detach"),
      immediate: () => operator.killNow(),
      abandon: () => operator.stop("detach"),
      hangUp: () => {
        log.line(rescanWords);
        operator.rescan();
      },
    });
    const reaping = values.reap ? reap(invocation, log) : Promise.resolve();
    try {
      return await operator.done;
    } finally {
      unlisten();
      // Before the lock: who takes it next finds the address free.
      await status.close();
      if (interrupts.graceful.aborted) await reaping;
    }
  } finally {
    lock.release();
  }
}

function lockRequestOf(
  { globals, context }: OperatorInvocation,
  engine: Engine,
  directories: readonly string[],
): LockRequest {
  return {
    place: lockPlace(context.variables, Deno.uid()),
    engine: engineKey(engine.facts, globals, context.variables),
    directories,
  };
}

/**
 * The address of an operator is mostly taken by another one. Where that keeps the same directory its lock says so,
 * which is more than that an address is in use.
 *
 * @throws {MesoletError} when there is another operator
 */
async function refuseSecond(invocation: OperatorInvocation, directories: readonly string[]): Promise<void> {
  const { globals, context } = invocation;
  let engine: Engine;
  try {
    engine = await connectEngine({
      host: globals.host,
      context: globals.context,
      environment: context.variables,
      clock: context.clock,
      signal: context.interrupts.graceful,
    });
  } catch {
    return;
  }
  try {
    lockOperator(lockRequestOf(invocation, engine, directories)).release();
  } finally {
    engine.close();
  }
}

/** The engine, waited for as long as it takes; undefined when a signal came first. */
async function reachEngine(
  globals: GlobalValues,
  context: CommandContext,
  log: OperatorLog,
  board: EarlyBoard,
): Promise<Engine | undefined> {
  const signal = context.interrupts.graceful;
  try {
    return await waitForEngine(
      { host: globals.host, context: globals.context, environment: context.variables },
      {
        clock: context.clock,
        signal,
        onAttempt: () => board.wait(),
        onWait: (reason) => {
          board.wait(reason);
          log.line(`waiting for the engine: ${reason}`);
        },
      },
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** `mesolet reap --watch`, in the same process. */
async function reap(invocation: OperatorInvocation, log: OperatorLog): Promise<void> {
  const { run } = await import("./reap.ts");
  const out = log.asOutput();
  try {
    await run({
      ...invocation,
      values: { watch: true, interval: undefined, agent: undefined, dryRun: false, timeout: undefined },
      context: { ...invocation.context, out, error: out },
    });
  } catch (error) {
    log.line(
      `does not look for pods of Mesos any more: ${messageOf(error)}`,
    );
  }
}
