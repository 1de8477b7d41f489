import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import { cgroupHostOfProcess } from "../docker/cgroup.ts";
import type { Engine } from "../docker/engine.ts";
import { askAgent } from "../mesos/reap/agent_view.ts";
import { processViewOfHost } from "../mesos/reap/process_view.ts";
import { type Reaped, reapOnce } from "../mesos/reap/reap.ts";
import { CgroupReaper, emptyFor, type ReapedCgroup } from "../mesos/reap/reap_cgroups.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { warningLine } from "./error_report.ts";

type ReapInvocation = Invocation<Commands["reap"]["flags"]>;

/** Pause between two looks, in seconds. */
const usualInterval = 30;

/** `mesolet reap`: removes pods of Mesos tasks whose executor is gone. */
export async function run(invocation: ReapInvocation): Promise<number> {
  const { globals, values, context } = invocation;
  if (values.interval !== undefined && !values.watch) throw new UsageError("--interval is for --watch");
  if (!values.watch) {
    return await withEngine(globals, context, async (engine) => {
      const reaped = await look(engine, invocation);
      let failed = print(reaped, new Set(), invocation);
      const cgroups = await lookAtCgroups(engine, invocation);
      failed = printCgroups(cgroups, invocation) || failed;
      if (reaped.length + cgroups.length === 0 && !globals.quiet) {
        context.error.write("no pod of a Mesos task is here\n");
      }
      return failed ? ExitCode.temporary : ExitCode.ok;
    });
  }
  return await watch(invocation);
}

/** Looks twice, where the first look finds any that may be left over. */
async function lookAtCgroups(
  engine: Engine,
  { values, context }: ReapInvocation,
): Promise<readonly ReapedCgroup[]> {
  const signal = context.interrupts.graceful;
  const reaper = new CgroupReaper(engine, cgroupHostOfProcess(context.clock));
  await reaper.look(values.dryRun, signal);
  if (reaper.suspected === 0) return [];
  await context.clock.sleep(emptyFor, signal);
  return await reaper.look(values.dryRun, signal);
}

/** Looks again and again. An engine or agent that is gone for a while is waited for. */
async function watch(invocation: ReapInvocation): Promise<number> {
  const { globals, values, context } = invocation;
  const signal = context.interrupts.graceful;
  const told = new Set<string>();
  let trouble = "";
  let cgroups: CgroupReaper | undefined;
  while (!signal.aborted) {
    try {
      await withEngine(
        globals,
        context,
        async (engine) => {
          print(await look(engine, invocation), told, invocation);
          cgroups = new CgroupReaper(engine, cgroupHostOfProcess(context.clock), cgroups);
          printCgroups(await cgroups.look(values.dryRun, signal), invocation);
        },
      );
      trouble = "";
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof MesoletError)) throw error;
      if (error.message !== trouble) {
        context.error.write(`${warningLine(error.message, context.errorStyle)}\n`);
      }
      trouble = error.message;
    }
    await context.clock.sleep((values.interval ?? usualInterval) * 1000, signal).catch(() => {});
  }
  return ExitCode.ok;
}

async function look(engine: Engine, { values, context }: ReapInvocation): Promise<readonly Reaped[]> {
  const signal = context.interrupts.graceful;
  return await reapOnce({
    engine,
    clock: context.clock,
    view: processViewOfHost(),
    agent: values.agent === undefined ? undefined : await askAgent(values.agent, signal),
    dryRun: values.dryRun,
    shared: true,
    ...(values.timeout === undefined ? {} : { graceSeconds: values.timeout }),
    signal,
  });
}

/**
 * One line for each pod that was removed, or that a person should know of; in a watch, once for as long as it lasts.
 *
 * @returns whether something could not be removed
 */
function print(
  reaped: readonly Reaped[],
  told: Set<string>,
  { globals, values, context }: ReapInvocation,
): boolean {
  const lines = new Map<string, string>();
  for (const { pod, task, outcome, reason, problem, isDoubtful } of reaped) {
    const what = `pod ${pod} of task ${task}`;
    if (outcome === "removed") context.out.write(`${what}: removed: ${reason}\n`);
    else if (outcome === "would be removed") lines.set(pod, `${what}: would be removed: ${reason}`);
    else if (outcome === "failed") lines.set(pod, `${what}: could not be removed: ${problem ?? ""}`);
    else if (isDoubtful || (values.dryRun && !globals.quiet)) lines.set(pod, `${what}: kept: ${reason}`);
  }
  for (const line of lines.values()) {
    if (!told.has(line)) context.out.write(`${line}\n`);
  }
  told.clear();
  for (const line of lines.values()) told.add(line);
  return reaped.some(({ outcome }) => outcome === "failed");
}

/** @returns whether something could not be removed */
function printCgroups(reaped: readonly ReapedCgroup[], { context }: ReapInvocation): boolean {
  for (const { pod, outcome, problem } of reaped) {
    const what = `the empty cgroup of pod ${pod}, of which nothing else is here`;
    context.out.write(
      outcome === "failed" ? `${what}: could not be removed: ${problem ?? ""}\n` : `${what}: ${outcome}\n`,
    );
  }
  return reaped.some(({ outcome }) => outcome === "failed");
}
