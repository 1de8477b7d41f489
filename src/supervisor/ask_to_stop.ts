import { askByHttp } from "../docker/http_probe.ts";
import { openPort } from "../docker/pod_port.ts";
import type { Engine } from "../docker/engine.ts";
import type { Clock } from "../pod/clock.ts";
import { messageOf } from "../pod/errors.ts";
import type { HttpLifecycle } from "../pod/http_lifecycle.ts";
import type { Pod } from "../pod/model.ts";
import type { PodStatus } from "../pod/status.ts";
import { portSourceOf } from "./port_source.ts";
import { inWords } from "./words.ts";

/** What asking a pod to end needs. */
export interface AskingTools {
  readonly engine: Pick<Engine, "execute">;
  readonly clock: Clock;
  /** How the pod is at this moment. */
  readonly status: () => PodStatus;
  /** Fulfilled when nothing of the pod runs any more. */
  readonly ended: Promise<void>;
  /** Aborted when nobody wants to wait any longer. */
  readonly signal: AbortSignal;
  /** Milliseconds for all of it; absent: what the requests say. */
  readonly bound?: number;
  /** Is told what became of each request. */
  readonly tell: (text: string) => void;
}

/** An answer takes no longer, in milliseconds. */
const longestAnswer = 5000;

/**
 * Asks a pod by HTTP to end, before anybody stops it: each request in its turn, and after one that was taken (a status
 * below 400) the time that it has to end by itself. What nobody takes is not waited for: the next one comes at once.
 *
 * Never rejected. Source: Aurora's HTTP lifecycle (`/quitquitquit`, `/abortabortabort`).
 */
export async function askToStop(pod: Pod, lifecycle: HttpLifecycle, tools: AskingTools): Promise<void> {
  const { clock, tell } = tools;
  const over = new AbortController();
  const signal = AbortSignal.any([tools.signal, over.signal]);
  tools.ended.then(() => over.abort());
  const until = tools.bound === undefined ? Infinity : clock.elapsed() + tools.bound;
  for (const { path, wait } of lifecycle.requests) {
    const left = until - clock.elapsed();
    if (signal.aborted || left <= 0) break;
    const what = `POST ${path} to port ${lifecycle.port}`;
    try {
      const status = await post(pod, lifecycle, path, Math.min(left, longestAnswer), { ...tools, signal });
      tell(`${what}: HTTP ${status}${status < 400 ? `, waiting for ${inWords(wait)} at most` : ""}`);
      if (status >= 400) continue;
    } catch (error) {
      if (signal.aborted) break;
      tell(`${what}: ${messageOf(error)}`);
      continue;
    }
    const pause = Math.min(wait, Math.max(0, until - clock.elapsed()));
    await clock.sleep(pause, signal).catch(() => {});
  }
  over.abort();
}

/** Somebody may know a port as it is published alone, where an image says what is behind it. */
function portInPod(port: number, { containers }: PodStatus): number {
  const ports = containers.flatMap((container) => container.ports);
  if (ports.some(({ target }) => target === port)) return port;
  return ports.find(({ published, protocol }) => published === port && protocol === "tcp")?.target ?? port;
}

async function post(
  pod: Pod,
  { port, container }: HttpLifecycle,
  path: string,
  bound: number,
  { engine, clock, status, signal }: Pick<AskingTools, "engine" | "clock" | "status" | "signal">,
): Promise<number> {
  const owner = status().containers.find(({ name, state }) =>
    state === "running" && (container === undefined || name === container)
  );
  const source = portSourceOf(pod, owner);
  const inPod = portInPod(port, status());
  const late = new AbortController();
  const timer = new AbortController();
  clock.sleep(bound, timer.signal).then(
    () => late.abort(new Error(`no answer within ${inWords(bound)}`)),
    () => {},
  );
  const both = AbortSignal.any([signal, late.signal]);
  const to = { source, version: 4 as const, seconds: Math.ceil(bound / 1000) + 1 };
  try {
    return await askByHttp(
      { scheme: "http", host: "127.0.0.1", port: inPod, path, method: "POST" },
      (asked) => openPort({ ...to, port: asked }, engine, both),
      both,
    );
  } finally {
    timer.abort();
  }
}
