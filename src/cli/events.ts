import type { EngineEvent } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { Label } from "../pod/labels.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import type { GlobalValues } from "./global_flags.ts";
import { ofServices, serviceOf } from "./observed_names.ts";
import { PodFiles, podNameOf } from "./pod_spec.ts";
import type { Style } from "./style.ts";
import { parseTimeArgument } from "./time_argument.ts";

/** `mesolet events`: until Ctrl-C, or until `--until`. */
export async function run(invocation: Invocation<Commands["events"]["flags"]>): Promise<number> {
  const { operatorUrl } = invocation.values;
  if (operatorUrl !== undefined) {
    return await (await import("./operator_events.ts")).run(invocation, operatorUrl);
  }
  const { globals, values, positionals, context } = invocation;
  const { clock, out } = context;
  const pod = values.allPods ? undefined : await podNameOf(globals, context);
  let since = values.since === undefined
    ? undefined
    : parseTimeArgument("--since", values.since, clock.now());
  const until = values.until === undefined
    ? undefined
    : parseTimeArgument("--until", values.until, clock.now());
  const over = new AbortController();
  const signal = AbortSignal.any([context.interrupts.graceful, out.closed, over.signal]);
  const timer = new AbortController();
  if (until !== undefined) {
    // The engine is given a moment for events that happened just before.
    clock.sleep(Math.max(500, until - clock.now()), timer.signal).then(() => over.abort(), () => {});
  }
  try {
    return await withEngine(globals, context, async (engine) => {
      await checkServices(pod, invocation, (name) => engine.listContainers(name, signal));
      while (!signal.aborted) {
        for await (const event of engine.events({ ...named({ pod, since }) }, signal)) {
          since = event.time + 1;
          if (until !== undefined && event.time > until) return ExitCode.ok;
          if (positionals.length > 0 && !positionals.includes(event.labels[Label.container] ?? "")) continue;
          out.write(`${values.json ? eventJson(event) : eventLine(event, context.outStyle)}\n`);
          await out.ready();
        }
        // The stream was lost: the engine may be restarting.
        if (!signal.aborted) await clock.sleep(1000, signal).catch(() => {});
      }
      if (context.interrupts.graceful.aborted) throw context.interrupts.graceful.reason;
      return ExitCode.ok;
    });
  } finally {
    timer.abort();
  }
}

/**
 * A name that means nothing would be waited for for ever: it has to be that of a container that there is, or be in the
 * spec, whose containers may come later.
 *
 * @throws {MesoletError} 64
 */
async function checkServices(
  pod: string | undefined,
  { globals, positionals, context }: Invocation<Commands["events"]["flags"]>,
  list: (pod: string | undefined) => Promise<readonly ObservedContainer[]>,
): Promise<void> {
  if (positionals.length === 0) return;
  const containers = await list(pod);
  const known = new Set(containers.map(serviceOf));
  const unknown = positionals.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const ofSpec = new Set(globals.projectName === undefined ? await serviceNames(globals, context) : []);
  ofServices(containers, unknown.filter((name) => !ofSpec.has(name)), pod);
}

async function serviceNames(globals: GlobalValues, context: CommandContext): Promise<readonly string[]> {
  try {
    const { pod } = await new PodFiles({ ...globals, quiet: true }, context).pod();
    return pod.containers.map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    return [];
  }
}

function named(options: { readonly pod: string | undefined; readonly since: number | undefined }) {
  return {
    ...(options.pod === undefined ? {} : { pod: options.pod }),
    ...(options.since === undefined ? {} : { since: options.since }),
  };
}

/** `2026-01-31T12:00:00.000Z shop web-1 die (exit code 3)`. */
export function eventLine(event: EngineEvent, style: Style): string {
  const time = style.dim(new Date(event.time).toISOString());
  const detail = event.exitCode !== undefined
    ? ` (exit code ${event.exitCode})`
    : event.health !== undefined
    ? ` (${event.health})`
    : "";
  return `${time} ${event.labels[Label.pod] ?? "-"} ${event.containerName} ${
    actionColour(event, style)
  }${detail}`;
}

function actionColour(event: EngineEvent, style: Style): string {
  const bad = event.action === "oom" || (event.action === "die" && event.exitCode !== 0) ||
    event.health === "unhealthy";
  return bad ? style.red(event.action) : style.bold(event.action);
}

/** One JSON object on one line. */
export function eventJson(event: EngineEvent): string {
  return JSON.stringify({
    time: new Date(event.time).toISOString(),
    action: event.action,
    pod: event.labels[Label.pod],
    service: event.labels[Label.container],
    number: Number(event.labels[Label.number] ?? 1),
    container: event.containerName,
    id: event.containerId,
    exitCode: event.exitCode,
    health: event.health,
  });
}
