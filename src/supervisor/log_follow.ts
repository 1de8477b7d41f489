import type { Engine, LogLine } from "../docker/engine.ts";
import { isUnreadableLog } from "../docker/engine_error.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { MesoletError } from "../pod/errors.ts";
import type { Clock } from "../pod/clock.ts";
import { LogMerge, type MergedLine } from "./log_merge.ts";
import { isPause, replicaName } from "./replica_name.ts";

/** Lines are held back for at most this long to bring those of many containers into the order of time. */
export const reorderWindow = 150;

/** After a container has ended, whether any still runs is looked at after these pauses, in milliseconds. */
const idlePauses = [20, 200, 1000];

/** Engines put times to the last lines of a container up to this long after its end, in milliseconds. */
const lateLines = 50;

/** What to follow. */
export interface FollowRequest {
  readonly engine: Pick<Engine, "logs" | "events" | "listContainers">;
  readonly clock: Clock;
  readonly pod: string;
  /** Which containers, those included that start later. */
  readonly wanted: (labels: Readonly<Record<string, string>>) => boolean;
  /** How much of the past is shown of containers that are there at the beginning. */
  readonly tail?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  /** The log ends when none of the containers runs any more; else when {@linkcode LogFollower.finish} says so. */
  readonly endsWhenIdle: boolean;
  /** Is told, once, of a container whose log cannot be read; that of the others goes on. */
  readonly onUnreadable: (name: string) => void;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

/** The log of a whole pod as it grows: of the containers that are there, and of those that start later or again. */
export class LogFollower {
  readonly #request: FollowRequest;
  readonly #merge: LogMerge<LogLine>;
  readonly #stop = new AbortController();
  readonly #noNew = new AbortController();
  readonly #open = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #again = new Map<string, () => void>();
  readonly #last = new Map<string, string>();
  readonly #unreadable = new Set<string>();
  #hasDied = false;
  #checking: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(request: FollowRequest) {
    this.#request = request;
    this.#merge = new LogMerge<LogLine>({ clock: request.clock, window: reorderWindow });
  }

  /** Follows a container that is there at the beginning, with as much of its past as was asked for. */
  begin(id: string, name: string): void {
    const { tail, since } = this.#request;
    this.#follow(id, name, {
      ...(tail === undefined ? {} : { tail }),
      ...(since === undefined ? {} : { since }),
    });
  }

  /**
   * A container has ended before the log begins: when it is started again, what it wrote in that life is not shown.
   *
   * @param endedAt milliseconds since 1970, by the engine's clock
   */
  passOver(id: string, endedAt: number): void {
    this.#seen.add(id);
    this.#last.set(id, new Date(endedAt + lateLines).toISOString());
  }

  /** No container will be added any more: the log ends when those that are followed have ended. */
  finish(): void {
    this.#noNew.abort();
  }

  /** Ends the log now. */
  stop(): void {
    this.#stop.abort();
    this.finish();
  }

  /** The lines. To be iterated once. */
  async *lines(): AsyncGenerator<MergedLine<LogLine>, void, void> {
    const watching = this.#watch();
    try {
      yield* this.#merge.lines();
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      this.stop();
      await watching;
    }
  }

  get #signal(): AbortSignal {
    return AbortSignal.any([this.#request.signal, this.#stop.signal]);
  }

  async #watch(): Promise<void> {
    const { engine, clock, pod, wanted, endsWhenIdle } = this.#request;
    const signal = AbortSignal.any([this.#signal, this.#noNew.signal]);
    // From the moment before the first look: what starts in between is not missed.
    let since = clock.now();
    try {
      while (!signal.aborted) {
        for await (const event of engine.events({ pod, since }, signal)) {
          since = event.time;
          if (!wanted(event.labels)) continue;
          if (event.action === "start") {
            this.#followAgain(event.containerId, replicaName(event.labels, event.containerName), event.time);
          }
          if (event.action === "die" && endsWhenIdle) this.#checkSoon(signal);
        }
        if (signal.aborted) return;
        // The stream was lost: the engine may be restarting.
        await clock.sleep(1000, signal);
        const running = await this.#runningOrGone(signal);
        for (const { id, name, labels } of running ?? []) {
          this.#followAgain(id, replicaName(labels, name), since);
        }
        if (endsWhenIdle && running?.length === 0) this.finish();
      }
    } catch (error) {
      if (!signal.aborted) this.#failure = { error };
    } finally {
      await this.#checking;
      this.#merge.close();
    }
  }

  #checkSoon(signal: AbortSignal): void {
    this.#hasDied = true;
    this.#checking ??= this.#check(signal).finally(() => this.#checking = undefined);
  }

  /** Engines tell of an end a moment before their lists do: it is looked at again after a while. */
  async #check(signal: AbortSignal): Promise<void> {
    try {
      while (this.#hasDied) {
        this.#hasDied = false;
        for (const pause of idlePauses) {
          await this.#request.clock.sleep(pause, signal);
          if ((await this.#running(signal)).length === 0) return this.finish();
        }
      }
    } catch (error) {
      // An engine that is gone is noticed by the loss of its events.
      if (!signal.aborted && !(error instanceof MesoletError)) this.#failure = { error };
    }
  }

  async #running(signal: AbortSignal): Promise<ObservedContainer[]> {
    const listed = await this.#request.engine.listContainers(this.#request.pod, signal);
    return listed.filter((each) =>
      !isPause(each) && this.#request.wanted(each.labels) &&
      (each.state === "running" || each.state === "restarting")
    );
  }

  /** Undefined while the engine is gone and the log has to outlast that. */
  async #runningOrGone(signal: AbortSignal): Promise<ObservedContainer[] | undefined> {
    try {
      return await this.#running(signal);
    } catch (error) {
      if (signal.aborted || this.#request.endsWhenIdle || !(error instanceof MesoletError)) throw error;
      return undefined;
    }
  }

  /** A container that starts again goes on behind its last line; a new one is shown from its beginning. */
  #followAgain(id: string, name: string, time: number): void {
    if (this.#open.has(id)) {
      // Its log of before is still being read: that of now comes behind it.
      this.#again.set(id, () => this.#followAgain(id, name, time));
      return;
    }
    const last = Date.parse(this.#last.get(id) ?? "");
    const since = Number.isNaN(last) ? time : Math.min(time, last);
    this.#follow(id, name, this.#seen.has(id) ? { since: since - 1000 } : {});
  }

  #follow(id: string, name: string, options: { readonly tail?: number; readonly since?: number }): void {
    if (this.#open.has(id)) return;
    this.#open.add(id);
    this.#seen.add(id);
    const lines = this.#request.engine.logs(id, { follow: true, ...options }, this.#signal);
    this.#merge.add({ name, lines: this.#unseen(lines, id, name) });
  }

  /** Lines that were not shown yet: the log of a container that starts again is read from a moment before. */
  async *#unseen(
    lines: AsyncIterable<LogLine>,
    id: string,
    name: string,
  ): AsyncGenerator<LogLine, void, void> {
    const before = this.#last.get(id) ?? "";
    try {
      for await (const line of lines) {
        if (line.time <= before) continue;
        this.#last.set(id, line.time);
        yield line;
      }
    } catch (error) {
      if (isUnreadableLog(error)) {
        if (!this.#unreadable.has(id)) this.#request.onUnreadable(name);
        this.#unreadable.add(id);
        return;
      }
      // A log that has to outlast the engine is taken up again when the engine is back.
      if (this.#request.endsWhenIdle || !(error instanceof MesoletError)) throw error;
    } finally {
      this.#open.delete(id);
      const again = this.#again.get(id);
      this.#again.delete(id);
      if (!this.#stop.signal.aborted) again?.();
    }
  }
}
