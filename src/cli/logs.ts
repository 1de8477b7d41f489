import type { LogLine } from "../docker/engine.ts";
import { ExitCode, UsageError } from "../pod/errors.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { Label } from "../pod/labels.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { warningLine } from "./error_report.ts";
import { LogFollower } from "../supervisor/log_follow.ts";
import { LogMerge } from "../supervisor/log_merge.ts";
import { LogWriter } from "./log_writer.ts";
import { inOrder, numberOf, ofServices } from "./observed_names.ts";
import { isPause, replicaName } from "../supervisor/replica_name.ts";
import { podNameOf } from "./pod_spec.ts";
import { styleFor } from "./style.ts";
import { parseTimeArgument } from "./time_argument.ts";
import { UnreadableLogs } from "./unreadable_logs.ts";

/** `mesolet logs`. */
export async function run(invocation: Invocation<Commands["logs"]["flags"]>): Promise<number> {
  const { operatorUrl } = invocation.values;
  if (operatorUrl !== undefined) {
    return await (await import("./operator_logs.ts")).run(invocation, operatorUrl);
  }
  const { globals, values, positionals, context } = invocation;
  const pod = await podNameOf(globals, context);
  if (pod === undefined) {
    throw new UsageError(
      "logs needs a pod: name it with -p, or its file with -f (mesolet ps lists the pods)",
    );
  }
  const now = context.clock.now();
  const since = values.since === undefined ? undefined : parseTimeArgument("--since", values.since, now);
  const until = values.until === undefined ? undefined : parseTimeArgument("--until", values.until, now);
  const tail = parseTail(values.tail);
  const closed = context.out.closed;
  const signal = AbortSignal.any([context.interrupts.graceful, closed]);

  return await withEngine(globals, context, async (engine) => {
    const isWanted = (labels: Readonly<Record<string, string>>) =>
      labels[Label.role] !== "pause" &&
      (positionals.length === 0 || positionals.includes(labels[Label.container] ?? "")) &&
      (values.index === undefined || Number(labels[Label.number] ?? 1) === values.index);
    const containers = inOrder(ofServices(await engine.listContainers(pod, signal), positionals, pod))
      .filter((container) => !isPause(container))
      .filter((container) => values.index === undefined || numberOf(container) === values.index);
    if (containers.length === 0 && !globals.quiet) {
      context.error.write(`${warningLine(`the pod ${pod} has no containers`, context.errorStyle)}\n`);
    }
    const writer = new LogWriter(context.out, {
      style: values.noColor ? styleFor(false) : context.outStyle,
      prefix: !values.noLogPrefix,
      timestamps: values.timestamps,
    }, containers.map(nameOf));
    const range = {
      ...(tail === undefined ? {} : { tail }),
      ...(since === undefined ? {} : { since }),
    };
    const unreadable = new UnreadableLogs(containers.length, (message) => {
      if (!globals.quiet) context.error.write(`${warningLine(message, context.errorStyle)}\n`);
    });
    if (values.follow && until === undefined) {
      const follower: LogFollower = new LogFollower({
        engine,
        clock: context.clock,
        pod,
        wanted: isWanted,
        endsWhenIdle: true,
        onUnreadable: (name) => {
          unreadable.add(name);
          if (unreadable.isAll) follower.stop();
        },
        ...range,
        signal,
      });
      for (const container of containers) follower.begin(container.id, nameOf(container));
      if (!containers.some(({ state }) => state === "running" || state === "restarting")) follower.finish();
      for await (const { source, line } of follower.lines()) await writer.write(source, line);
    } else {
      const merge = new LogMerge<LogLine>({ clock: context.clock });
      for (const container of containers) {
        const options = { follow: false, ...range, ...(until === undefined ? {} : { until }) };
        const name = nameOf(container);
        const lines = engine.logs(container.id, options, signal);
        merge.add({ name, lines: unreadable.skip(lines, name) });
      }
      merge.close();
      for await (const { source, line } of merge.lines()) await writer.write(source, line);
    }
    if (context.interrupts.graceful.aborted) throw context.interrupts.graceful.reason;
    unreadable.check();
    return ExitCode.ok;
  });
}

function nameOf(container: ObservedContainer): string {
  return replicaName(container.labels, container.name);
}

function parseTail(text: string | undefined): number | undefined {
  // A negative number is all, as for Docker.
  if (text === undefined || text === "all" || /^-\d+$/.test(text)) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`--tail takes a number of lines or all, not "${text}"`);
}
