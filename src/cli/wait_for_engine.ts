import { connectEngine, type ConnectOptions } from "../docker/connect.ts";
import type { Engine, ImageLoader } from "../docker/engine.ts";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";

/** Milliseconds between attempts to reach an engine that is not there yet. */
const pause = 1_000;

/** How an engine is waited for. */
export interface EngineWait {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Seconds; absent: as long as it takes. */
  readonly timeout?: number | undefined;
  /** Is told why it waits, and again when there is another reason. */
  readonly onWait: (reason: string) => void;
  /** Is told of every attempt that failed: it does not hang. */
  readonly onAttempt?: () => void;
}

/**
 * An engine, waited for where it does not answer yet: at the start of a host others may be started later.
 *
 * @throws {MesoletError} when it does not answer in time, or for what no waiting mends: a wrong setting, no permission
 * @throws the signal's reason when it is aborted
 */
export async function waitForEngine(
  options: Pick<ConnectOptions, "host" | "context" | "environment">,
  wait: EngineWait,
): Promise<Engine & ImageLoader> {
  const { clock, signal, timeout } = wait;
  const began = clock.elapsed();
  for (let told = "";;) {
    try {
      return await connectEngine({ ...options, clock, signal });
    } catch (error) {
      signal.throwIfAborted();
      const isPassing = error instanceof MesoletError &&
        (error.exitCode === ExitCode.unavailable || error.exitCode === ExitCode.temporary);
      if (!isPassing) throw error;
      wait.onAttempt?.();
      if (timeout !== undefined && clock.elapsed() - began >= timeout * 1_000) {
        throw new MesoletError(`${error.message} (waited for ${timeout} s)`, error.exitCode, {
          cause: error,
        });
      }
      if (error.message !== told) wait.onWait(error.message);
      told = error.message;
      await clock.sleep(pause, signal);
    }
  }
}
