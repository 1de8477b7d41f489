import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { Clock } from "../../pod/clock.ts";
import type { ReachedEngine } from "./task_tools.ts";

/** An engine that is being restarted answers again within this, in milliseconds. */
const usualPatience = 60_000;

const pause = 1_000;

/** Where the engine is, as the flags of the command line and the environment say. */
export interface EngineAt {
  readonly host?: string | undefined;
  readonly context?: string | undefined;
  /**
   * As for Docker's own client: DOCKER_HOST and its kin. An agent gives its executors none of them, so that in general
   * the engine is found at its usual socket.
   */
  readonly environment: Readonly<Record<string, string>>;
}

/** The engine of this host, reached once for all tasks. */
export class EngineReach {
  readonly #clock: Clock;
  readonly #at: EngineAt;
  readonly #patience: number;
  readonly #onWait: (reason: string) => void;
  readonly #closed = new AbortController();
  #reaching: Promise<ReachedEngine> | undefined;

  /**
   * @param options.onWait is told why the engine is waited for, once for each wait
   * @param options.patience for how long it is, in milliseconds; a minute without it
   */
  constructor(
    options: EngineAt & {
      readonly clock: Clock;
      readonly onWait: (reason: string) => void;
      readonly patience?: number;
    },
  ) {
    const { clock, onWait, patience = usualPatience, ...at } = options;
    this.#patience = patience;
    this.#clock = clock;
    this.#onWait = onWait;
    this.#at = at;
  }

  /**
   * The engine, waited for if it does not answer yet.
   *
   * @throws {MesoletError} when it does not answer for as long as it is waited for; the next call tries anew
   */
  reach(signal: AbortSignal): Promise<ReachedEngine> {
    const reaching = this.#reaching ??= this.#connect();
    reaching.catch(() => {
      if (this.#reaching === reaching) this.#reaching = undefined;
    });
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      reaching.then(resolve, reject);
    });
  }

  /** Frees the connection. */
  async close(): Promise<void> {
    this.#closed.abort();
    try {
      (await this.#reaching)?.engine.close();
    } catch {
      // It was never reached.
    }
  }

  async #connect(): Promise<ReachedEngine> {
    // The agent is to hear of the executor before the engine's library is evaluated.
    const [{ connectEngine }, { cgroupHostOfProcess, cgroupsUsable }] = await Promise.all([
      import("../../docker/connect.ts"),
      import("../../docker/cgroup.ts"),
    ]);
    const began = this.#clock.elapsed();
    for (let isFirst = true;; isFirst = false) {
      try {
        const engine = await connectEngine({
          ...this.#at,
          clock: this.#clock,
          signal: this.#closed.signal,
        });
        const cgroups = await cgroupsUsable(engine.facts, cgroupHostOfProcess(this.#clock));
        return { engine, host: { engine: engine.facts, environment: [], cgroups } };
      } catch (error) {
        const isPassing = error instanceof MesoletError &&
          (error.exitCode === ExitCode.unavailable || error.exitCode === ExitCode.temporary);
        if (!isPassing || this.#closed.signal.aborted) throw error;
        if (this.#clock.elapsed() - began >= this.#patience) {
          throw new MesoletError(`${error.message} (tried for ${this.#patience / 1000} s)`, error.exitCode, {
            cause: error,
          });
        }
        if (isFirst) this.#onWait(error.message);
        await this.#clock.sleep(pause, this.#closed.signal);
      }
    }
  }
}
