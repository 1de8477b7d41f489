import type { Clock } from "../../pod/clock.ts";
import { bounded, BoundPassedError } from "../../supervisor/bounded.ts";
import { inWords } from "../../supervisor/words.ts";
import type { Probe, ProbeResult } from "./probe_result.ts";

/** A check that goes on until it is stopped. */
export interface RunningCheck {
  /** No result is told any more, and a try that is under way is ended. Harmless when repeated. */
  stop(): void;
  /** Fulfilled when it was stopped and nothing of it is left. Rejected only by a defect of mesolet itself. */
  readonly done: Promise<void>;
}

/** When a check is tried: the members that health checks and checks of Mesos have in common. */
export interface CheckTimes {
  readonly delay_seconds?: number;
  readonly interval_seconds?: number;
  readonly timeout_seconds?: number;
}

/** An interval of 0 would keep the machine busy with nothing else; in milliseconds. */
const shortestInterval = 100;

/**
 * Tries again and again: first after the delay, then an interval after the end of the try before. Between the tries
 * nothing happens, for a tenth of a second at the least. A time-out of 0 is none.
 *
 * Source of the defaults (15, 10 and 20 s) and of that order: Mesos, `mesos.proto` and `checks/checker_process.cpp`.
 */
export function repeatProbe(
  options: {
    readonly times: CheckTimes;
    readonly probe: Probe;
    readonly clock: Clock;
    readonly onResult: (result: ProbeResult) => void;
  },
): RunningCheck {
  const { times, clock, probe, onResult } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  const run = async () => {
    try {
      await clock.sleep(1000 * (times.delay_seconds ?? 15), signal);
      for (;;) {
        const result = await tryOnce(probe, 1000 * (times.timeout_seconds ?? 20), clock, signal);
        if (signal.aborted) return;
        onResult(result);
        await clock.sleep(Math.max(shortestInterval, 1000 * (times.interval_seconds ?? 10)), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  return { stop: () => stopped.abort(), done: run() };
}

async function tryOnce(
  probe: Probe,
  milliseconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeResult> {
  if (milliseconds <= 0) return await probe(signal);
  try {
    return await bounded("check", milliseconds, { clock, signal }, probe);
  } catch (error) {
    if (!(error instanceof BoundPassedError)) throw error;
    return { kind: "failed", reason: `no result within ${inWords(milliseconds)}` };
  }
}
