/** What an agent asks of containers that were launched. Each call is a process of its own: the engine remembers. */

import type { ContainerMeter, Engine } from "../docker/engine.ts";
import { numberOf, objectOf } from "../docker/json.ts";
import type { Step } from "../plan/step.ts";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { removePod } from "../supervisor/remove_pod.ts";
import { ifNotLocked, withLock } from "./container_lock.ts";
import { type KnownContainer, knownContainers, wasStarted } from "./known_container.ts";
import { limitsOf } from "./limits.ts";
import type { ResourceStatistics, Termination, Update } from "./messages.ts";
import { statisticsOf } from "./statistics.ts";
import { type ContainerEnd, terminationOf } from "./termination.ts";
import { endInMemory, untilEnded } from "./until_ended.ts";

/** What every call needs. */
export interface ContainerizerTools {
  readonly engine: Engine & ContainerMeter;
  readonly clock: Clock;
  /** The agent's; empty where none is named: then containers of all agents are meant. */
  readonly workDirectory: string;
  /** Where the locks of containers are. */
  readonly locks: string;
  /** For people: standard error. */
  readonly log: (text: string) => void;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Aborted by the second one. */
  readonly immediate: AbortSignal;
}

/** Milliseconds that a wait gives a launch to begin, when there is no such container yet. */
const launchPatience = 10_000;

/** Milliseconds between looks for it. */
const lookAgain = 200;

/**
 * Changes what a container may use, in place. Memory is not lowered below what is in use: that would kill it, and so it
 * is a soft limit then, as Mesos' own containerizer has it.
 *
 * @throws {MesoletError} where there is no such container, or the engine refuses
 */
export async function updateContainer(update: Update, tools: ContainerizerTools): Promise<void> {
  const { engine, signal, log } = tools;
  const { main } = await runningContainer(update.containerId, tools);
  const { nanoCpus, memoryBytes } = limitsOf(update.resources);
  const body: Record<string, number> = {};
  if (nanoCpus !== undefined) body["NanoCpus"] = nanoCpus;
  if (memoryBytes !== undefined) {
    const inUse = numberOf(objectOf((await engine.statistics(main.id, signal))?.["memory_stats"])["usage"]);
    if (inUse <= memoryBytes) {
      body["Memory"] = memoryBytes;
      body["MemorySwap"] = memoryBytes;
      body["MemoryReservation"] = 0;
    } else {
      body["MemoryReservation"] = memoryBytes;
      log(
        `warning: ${inUse} bytes of memory are in use, more than ${memoryBytes}: the hard limit stays as it is`,
      );
    }
  }
  if (Object.keys(body).length === 0) return;
  const step: Step<"update-container"> = {
    id: `update ${main.name}`,
    kind: "update-container",
    cause: "the agent says what it may use",
    after: [],
    target: { name: main.name, id: main.id },
    body,
  };
  await engine.apply(step, {
    ids: new Map([[main.name, main.id]]),
    signal,
    onWarning: (_, message) => log(`warning: ${message}`),
  });
}

/** @throws {MesoletError} where there is no such container, or it has ended */
export async function usageOf(containerId: string, tools: ContainerizerTools): Promise<ResourceStatistics> {
  const { engine, clock, signal } = tools;
  const { main } = await runningContainer(containerId, tools);
  const [counted, inspected] = await Promise.all([
    engine.statistics(main.id, signal),
    engine.inspectVerbatim(main.id, signal),
  ]);
  if (counted === null || inspected === null) throw unknown(containerId);
  return statisticsOf(counted, inspected, clock.now() / 1000);
}

/**
 * Waits until a container has ended. It may be called before the launch, beside it, when the container has ended
 * already, and once more when it is gone, as long as the engine remembers.
 *
 * @param told writes the Termination; false where nobody took it: then the container stays, for whoever asks again
 * @throws {MesoletError} where there is no such container
 */
export async function waitFor(
  containerId: string,
  tools: ContainerizerTools,
  told: (termination: Termination) => Promise<boolean>,
): Promise<void> {
  const { engine, clock, locks, log, signal, immediate } = tools;
  const launched = await launchedContainer(containerId, tools);
  if ("gone" in launched) {
    await told(terminationOf(launched));
    return;
  }
  const { pod, main } = launched;
  const end = await untilEnded(pod, main.id, { engine, clock, signal, log });
  if (!await told(terminationOf(end)) || end.gone) return;
  try {
    await withLock(
      locks,
      containerId,
      "change",
      () => removePod(pod, { engine, clock, signal: immediate, graceSeconds: 0 }),
    );
  } catch (error) {
    // The agent knows of the end; whatever is left it will find among the containers, and destroy.
    log(`warning: something of container ${containerId} is left: ${messageOf(error)}`);
  }
}

/** Ends a container with its grace, and removes it. One that is not there is destroyed already. */
export async function destroyContainer(
  containerId: string,
  tools: ContainerizerTools,
  graceSeconds?: number,
): Promise<void> {
  const { engine, clock, signal, log } = tools;
  const known = await find(containerId, tools);
  if (known === undefined) return log(`container ${containerId} is not there`);
  await removePod(known.pod, {
    engine,
    clock,
    signal,
    ...(graceSeconds === undefined ? {} : { graceSeconds }),
  });
}

/** The ids of all containers that were started and nobody has waited for: those that run, and those that have ended. */
export async function startedContainers(
  { engine, workDirectory, signal }: ContainerizerTools,
): Promise<readonly string[]> {
  const known = await knownContainers(engine, workDirectory, signal);
  return known.filter(wasStarted).map(({ id }) => id);
}

/**
 * After a restart of the agent: removes what launches have left that were killed before anything was started. All else
 * is as it was, since it is read from the engine; what the agent does not know it waits for and destroys.
 *
 * @throws {MesoletError} when something is left after all
 */
export async function recoverContainers(tools: ContainerizerTools): Promise<void> {
  const { engine, clock, workDirectory, locks, signal, log } = tools;
  const known = await knownContainers(engine, workDirectory, signal);
  const left = known.filter((container) => !wasStarted(container));
  await Promise.all(left.map(({ id, pod }) =>
    ifNotLocked(locks, id, async () => {
      // A launch may have gone on between the two looks.
      const now = await find(id, tools);
      if (now === undefined || wasStarted(now)) return;
      await removePod(pod, { engine, clock, signal, graceSeconds: 0 });
      log(`container ${id} was never started, and is removed`);
    })
  ));
  for (const { id, main } of known.filter(wasStarted)) log(`container ${id}: ${main?.state ?? "gone"}`);
}

async function find(
  containerId: string,
  { engine, workDirectory, signal }: ContainerizerTools,
): Promise<KnownContainer | undefined> {
  const known = await knownContainers(engine, workDirectory, signal);
  return known.find(({ id }) => id === containerId);
}

type Started = Required<KnownContainer>;

async function runningContainer(containerId: string, tools: ContainerizerTools): Promise<Started> {
  const { id, pod, main } = await find(containerId, tools) ?? {};
  if (id === undefined || pod === undefined || main === undefined) throw unknown(containerId);
  if (main.state === "running" || main.state === "paused") return { id, pod, main };
  throw new MesoletError(`Container ${containerId} does not run: it is ${main.state}`, ExitCode.failed);
}

/**
 * A container that was started, or how it ended where it is gone. A launch that is under way holds the lock; one that
 * has not begun is given a little time.
 */
async function launchedContainer(
  containerId: string,
  tools: ContainerizerTools,
): Promise<Started | ContainerEnd> {
  const { engine, clock, locks, signal } = tools;
  const look = async (): Promise<Started | undefined> => {
    const known = await find(containerId, tools);
    return known?.main !== undefined && wasStarted(known)
      ? { id: known.id, pod: known.pod, main: known.main }
      : undefined;
  };
  const until = clock.elapsed() + launchPatience;
  for (;;) {
    // What is being destroyed holds the lock as well, and is to be seen before it is gone.
    const known = await look() ?? await withLock(locks, containerId, "look", look) ??
      await endInMemory(containerId, { engine, clock, signal });
    if (known !== undefined) return known;
    if (clock.elapsed() >= until) throw unknown(containerId);
    await clock.sleep(lookAgain, signal);
  }
}

function unknown(containerId: string): MesoletError {
  return new MesoletError(
    `There is no container ${containerId}: it was not launched here, or has been waited for or destroyed`,
    ExitCode.failed,
  );
}
