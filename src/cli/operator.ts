import { resolve } from "node:path/posix";
import type { Engine } from "../docker/engine.ts";
import { specBounds } from "../operator/decide_specs.ts";
import { type Operator, startOperator } from "../operator/operator.ts";
import { lockOperator, lockPlace } from "../operator/operator_lock.ts";
import type { PodBoard } from "../operator/pod_board.ts";
import { followDirectories } from "../operator/spec_directories.ts";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, messageOf } from "../pod/errors.ts";
import { podOomCounter } from "../supervisor/pod_oom.ts";
import { makePodPlanner } from "../supervisor/pod_planner.ts";
import { parseListenAddress } from "../status/listen_address.ts";
import type { StatusMetrics } from "../status/metrics.ts";
import type { StatusListener, StatusServer } from "../status/server.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { OperatorLog } from "./operator_log.ts";
import { engineKey } from "./operator_problems.ts";
import { hostOf } from "./pod_session.ts";
import { programVersion } from "./program_version.ts";
import { waitForEngine } from "./wait_for_engine.ts";

type OperatorInvocation = Invocation<Commands["operator"]["flags"]>;

/** How many pods are changed at one time: an engine makes few containers at once. */
const usualParallel = 8;

const usualListen = "127.0.0.1:10280";

/** `mesolet operator`: keeps the pods of directories running, until a signal ends it. */
export async function run(invocation: OperatorInvocation): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const { clock, interrupts } = context;
  const log = new OperatorLog(context.out, values.logFormat ?? "text", () => clock.now());
  const listen = values.listen ?? usualListen;
  if (listen !== "none") parseListenAddress(listen);
  const directories = [...new Set(positionals.map((path) => resolve(context.workingDirectory, path)))];
  const engine = await reachEngine(globals, context, log);
  if (engine === undefined) return ExitCode.ok;
  const closing = new AbortController();
  try {
    const lock = lockOperator({
      place: lockPlace(context.variables, Deno.uid()),
      engine: engineKey(engine.facts, globals, context.variables),
      directories,
    });
    let listener: StatusListener | undefined;
    let server: StatusServer | undefined;
    try {
      // An address that is in use is told before anything is done.
      if (listen !== "none") {
        const { listenForStatus } = await import("../status/server.ts");
        listener = await listenForStatus(listen, clock);
      }
      const { StatusMetrics } = await import("../status/metrics.ts");
      const metrics = new StatusMetrics(programVersion);
      const host = await hostOf(engine, context);
      log.line(`keeps the pods of ${directories.join(", ")}`);
      const operator = startOperator({
        engine,
        clock,
        follow: (setup) =>
          followDirectories({
            ...setup,
            directories,
            clock,
            environment: context.variables,
            bounds: { ...specBounds, allowEmpty: values.allowEmpty },
          }),
        plannerFor: (of) => makePodPlanner({ engine: of, host, clock, version: programVersion }),
        parallel: values.parallel ?? usualParallel,
        allowEmpty: values.allowEmpty,
        podOomKills: (pod) => podOomCounter(pod, host, clock, programVersion),
        metrics,
        onEvent: (event) => log.event(event),
      });
      const unlisten = endOnSignals(operator, values.stopPods, context);
      const reaping = values.reap ? reap(invocation, log) : Promise.resolve();
      try {
        server = listener === undefined
          ? undefined
          : await serve(operator.board, metrics, listener, { clock, signal: closing.signal });
        if (server !== undefined) {
          lock.announce(server.address);
          log.line(`tells what runs at ${server.address}`);
        }
        const code = await operator.done;
        closing.abort();
        await server?.done;
        return code;
      } catch (error) {
        operator.stop("detach");
        await operator.done;
        throw error;
      } finally {
        unlisten();
        closing.abort();
        if (interrupts.graceful.aborted) await reaping;
      }
    } finally {
      if (server === undefined) await listener?.close();
      lock.release();
    }
  } finally {
    engine.close();
  }
}

/** The engine, waited for as long as it takes; undefined when a signal came first. */
async function reachEngine(
  globals: GlobalValues,
  context: CommandContext,
  log: OperatorLog,
): Promise<Engine | undefined> {
  const signal = context.interrupts.graceful;
  try {
    return await waitForEngine(
      { host: globals.host, context: globals.context, environment: context.variables },
      { clock: context.clock, signal, onWait: (reason) => log.line(`waiting for the engine: ${reason}`) },
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** The first signal ends the operator, and its pods where that was asked for; the second kills them, the third leaves. */
function endOnSignals(operator: Operator, stopPods: boolean, context: CommandContext): () => void {
  const { interrupts } = context;
  const listeners: [AbortSignal, () => void][] = [
    [interrupts.graceful, () => operator.stop(stopPods ? "stop-pods" : "detach")],
    [interrupts.immediate, () => operator.killNow()],
    [interrupts.abandon, () => operator.stop("detach")],
  ];
  for (const [signal, listener] of listeners) {
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  }
  const unlisten = interrupts.onHangUp(() => operator.rescan());
  return () => {
    unlisten();
    for (const [signal, listener] of listeners) signal.removeEventListener("abort", listener);
  };
}

/** Tells over HTTP what runs. */
async function serve(
  board: PodBoard,
  metrics: Pick<StatusMetrics, "text">,
  listener: StatusListener,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<StatusServer> {
  const { serveStatus } = await import("../status/server.ts");
  return serveStatus({ board, metrics, listener, clock, signal, version: programVersion });
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
