import type { Engine } from "../docker/engine.ts";
import { guardedEngine } from "../mesos/executor/guarded_engine.ts";
import type { Host } from "../plan/host.ts";
import { needsForUp } from "../plan/needs.ts";
import { place } from "../plan/place.ts";
import { defaultUpOptions } from "../plan/plan_options.ts";
import { planUp } from "../plan/up.ts";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, formatProblem, MesoletError, messageOf } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import { removePod } from "../supervisor/remove_pod.ts";
import { walkPlan } from "../supervisor/walk_plan.ts";
import type { ContainerizerTools } from "./containerizer.ts";
import { executorPodOf, type LaunchSurroundings } from "./executor_pod.ts";
import { fetchUris } from "./fetch_uris.ts";
import { knownContainers, wasStarted } from "./known_container.ts";
import type { Launch } from "./messages.ts";

/** What launching needs besides. */
export interface LaunchTools extends ContainerizerTools {
  readonly surroundings: LaunchSurroundings;
  readonly hostOf: (engine: Engine) => Promise<Host>;
  readonly version: string;
}

/**
 * Makes a container and starts it: it runs when this returns. The same launch once more finds it running, and is well;
 * one that was killed half-way is gone on with.
 *
 * @throws {MesoletError} when it does not run; nothing of it is left then
 */
export async function launchContainer(launch: Launch, tools: LaunchTools): Promise<void> {
  const { engine, clock, signal, log, surroundings } = tools;
  const made = await executorPodOf(launch, surroundings);
  const { pod, launched, directory } = made;
  const host = await tools.hostOf(engine);
  const { placed, problems } = place(pod, host, {
    supervision: "engine",
    version: tools.version,
    scale: {},
  });
  for (const problem of [...made.warnings, ...problems]) log(`warning: ${formatProblem(problem)}`);
  const before = (await knownContainers(engine, "", signal)).find(({ id }) => id === launch.containerId);
  const isRunning = before?.main?.state === "running";
  if (before !== undefined && wasStarted(before) && !isRunning) {
    throw refused(launch, "was launched already, and has ended");
  }
  if (!isRunning) {
    await fetchUris({
      uris: launched.uris,
      directory,
      variables: surroundings.variables,
      log,
      signal,
      ...present({ user: launch.user, libexec: surroundings.libexec }),
    });
  }
  const options = { ...defaultUpOptions, now: clock.now() };
  const containers = await engine.listContainers(placed.name, signal);
  const observed = await engine.observe({
    pod: placed.name,
    containers,
    needs: needsForUp(placed, containers, engine.facts, options),
  }, signal);
  const plan = planUp(placed, observed, options);
  if (isRunning) {
    if (plan.steps.length > 0) throw refused(launch, "runs already, launched as something else");
    log(`container ${launch.containerId} runs already`);
    return;
  }
  for (const warning of plan.warnings) log(`warning: ${warning}`);
  const ids = new Map(containers.map(({ name, id }) => [name, id]));
  const guarded = guardedEngine(engine, made.judgeAgain);
  const result = await walkPlan(plan, { engine: guarded, clock, signal, ids });
  for (const { message } of result.warnings) log(`warning: ${message}`);
  if (result.outcome === "succeeded") return;
  await removeWhatIsLeft(placed.name, tools);
  throw result.failures[0] ?? signal.reason;
}

function refused({ containerId }: Launch, why: string): MesoletError {
  return new MesoletError(`Cannot launch container ${containerId}: it ${why}`, ExitCode.failed);
}

/** An agent asks for nothing more of a container whose launch has failed. */
async function removeWhatIsLeft(
  pod: string,
  { engine, clock, log, immediate }: { readonly engine: Engine; readonly clock: Clock } & LaunchTools,
): Promise<void> {
  try {
    await removePod(pod, { engine, clock, signal: immediate, graceSeconds: 0 });
  } catch (error) {
    log(
      `warning: something of pod ${pod} is left: ${
        messageOf(error)
      }; mesolet containerizer recover removes it`,
    );
  }
}
