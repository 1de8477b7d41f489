import type { Engine } from "../docker/engine.ts";
import { EngineError } from "../docker/engine_error.ts";
import { numberOf, objectOf } from "../docker/json.ts";
import type { Clock } from "../pod/clock.ts";
import { ContainerizerLabel, Label } from "../pod/labels.ts";
import { present } from "../pod/present.ts";
import type { ContainerEnd } from "./termination.ts";

/** Between two looks where no event comes, in milliseconds. */
const resync = 10_000;

/** How far back events are asked for, in milliseconds: what happens between two looks is not to be missed. */
const overlap = 2_000;

/** After an event, or trouble with the engine, in milliseconds. */
const betweenLooks = 200;

/** What waiting needs. */
export interface EndTools {
  readonly engine: Pick<Engine, "events" | "inspect" | "inspectVerbatim">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Is told of trouble with the engine, once for as long as it lasts. */
  readonly log: (text: string) => void;
}

/**
 * Waits until a container has ended, or is gone. Events say when to look, and keep the exit code of one that is removed
 * before anybody can ask; what holds is what an inspection says. An engine that is away is waited for: a container may
 * live on meanwhile, and to give it up would end it.
 *
 * @param container of the pod, by the engine's id
 */
export async function untilEnded(pod: string, container: string, tools: EndTools): Promise<ContainerEnd> {
  const { clock, signal, log } = tools;
  const seen: Seen = { outOfMemory: false };
  let trouble = "";
  for (;;) {
    try {
      const end = await lookAndListen(pod, container, seen, tools);
      if (end !== undefined) return end;
    } catch (error) {
      if (signal.aborted || !(error instanceof EngineError)) throw error;
      if (error.message !== trouble) log(`warning: ${error.message}; it is waited for`);
      trouble = error.message;
    }
    await clock.sleep(betweenLooks, signal);
  }
}

/** What events have told. */
interface Seen {
  exitCode?: number;
  outOfMemory: boolean;
  memoryLimit?: number;
}

/** Looks once; where the container goes on, returns at its next event, when the events are lost, or after a while. */
async function lookAndListen(
  pod: string,
  container: string,
  seen: Seen,
  { engine, clock, signal }: EndTools,
): Promise<ContainerEnd | undefined> {
  const stop = new AbortController();
  const happened = Promise.withResolvers<void>();
  const listening = (async () => {
    const since = clock.now() - overlap;
    for await (const event of engine.events({ pod, since }, AbortSignal.any([signal, stop.signal]))) {
      if (event.containerId !== container) continue;
      if (event.action === "oom") seen.outOfMemory = true;
      if (event.action === "die" && event.exitCode !== undefined) seen.exitCode = event.exitCode;
      if (event.action === "die" || event.action === "destroy") happened.resolve();
    }
  })().finally(() => happened.resolve());
  try {
    const detail = await engine.inspect(container, signal);
    if (detail === null) return { ...seen, gone: true };
    const limit = memoryLimitOf(await engine.inspectVerbatim(container, signal));
    if (limit !== undefined) seen.memoryLimit = limit;
    if (detail.state === "exited" || detail.state === "dead") {
      return present({
        exitCode: detail.exitCode,
        outOfMemory: detail.outOfMemory || seen.outOfMemory,
        error: detail.error === "" ? undefined : detail.error,
        memoryLimit: seen.memoryLimit,
        gone: false,
      });
    }
    await Promise.race([
      happened.promise,
      clock.sleep(resync, AbortSignal.any([signal, stop.signal])).catch(() => {}),
    ]);
    return undefined;
  } finally {
    stop.abort();
    await listening.catch(() => {});
  }
}

/** How far back an engine is asked for a container that is gone, in milliseconds; it keeps some hundred events. */
const longAgo = 24 * 3_600_000;

/**
 * How a container ended that is not there any more, as far as the engine remembers: its end may be asked for by one who
 * comes after it was destroyed.
 */
export async function endInMemory(
  containerId: string,
  { engine, clock, signal }: Pick<EndTools, "clock" | "signal"> & { readonly engine: Pick<Engine, "events"> },
): Promise<ContainerEnd | undefined> {
  const now = clock.now();
  let end: ContainerEnd | undefined;
  let outOfMemory = false;
  for await (const event of engine.events({ since: now - longAgo, until: now }, signal)) {
    const { labels, action, exitCode } = event;
    if (labels[ContainerizerLabel.container] !== containerId || labels[Label.role] === "pause") continue;
    if (action === "oom") outOfMemory = true;
    if (action === "die") end = present({ exitCode, outOfMemory, gone: true });
  }
  return end;
}

function memoryLimitOf(inspected: Readonly<Record<string, unknown>> | null): number | undefined {
  return numberOf(objectOf(inspected?.["HostConfig"])["Memory"]) || undefined;
}
