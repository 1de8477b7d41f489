import type { Engine, LogPiece } from "../../docker/engine.ts";
import { EngineError, hasStatus, isUnreadableLog } from "../../docker/engine_error.ts";
import type { Clock } from "../../pod/clock.ts";
import { MesoletError, messageOf } from "../../pod/errors.ts";
import { Label } from "../../pod/labels.ts";
import { Bell } from "../../supervisor/bell.ts";
import { openEventFeed } from "../../supervisor/event_feed.ts";
import { supervisionBounds } from "../../supervisor/supervision_bounds.ts";
import { ContainerLog } from "./container_log.ts";
import { LogProgress, sinceOf } from "./log_position.ts";
import { MergedOutput, type OutputSink } from "./merged_output.ts";
import { SandboxFileError } from "./rotated_file.ts";

/** After a failure (a full disk, an engine that is gone) a log is tried again after this long, in milliseconds. */
const retryPause = 30_000;
/** What was written is noted this long after it was. */
const notePause = 250;
/** The last lines are given up when none has arrived for this long. */
const finishSilence = 3_000;

/** The output of a pod's containers on its way into the sandbox. */
export interface SandboxLogs {
  /**
   * Follows a container from what is in the sandbox of it already, or from its first line. Containers that start later,
   * or again, are followed without being told.
   */
  begin(id: string, name: string): void;
  /**
   * Lets the last lines arrive, until none has come for 3 s, and closes everything.
   *
   * @param longest milliseconds that it may take in all
   */
  finish(longest: number): Promise<void>;
}

/** What recording the output of a pod needs. */
export interface RecordLogsOptions {
  readonly engine: Pick<Engine, "logPieces" | "events" | "ping" | "listContainers">;
  readonly clock: Clock;
  readonly pod: string;
  /** The directory for the files: made when it is not there. */
  readonly directory: string;
  /** The size of a file, and how many are kept of each, the one that is being written included. */
  readonly settings: { readonly maximumBytes: number; readonly files: number };
  /** Where the merged lines go. */
  readonly out: OutputSink;
  readonly err: OutputSink;
  /** Stands in front of the names in the merged output (`shop/web-1`), where several pods write to it. */
  readonly title?: string;
  /** Names of containers (`web-1`) that are known to come, so that their lines are aligned from the beginning. */
  readonly names?: readonly string[];
  /** Something a person should know: in one line, once for as long as it lasts. Must not throw. */
  readonly onProblem: (message: string) => void;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
}

/**
 * Writes the output of a pod's containers into the sandbox: each container's own in files, and all of it, line by line
 * with names in front, to the executor's own output. docs/executor-files.md says what is in which file.
 *
 * Nothing it does can fail the pod: what cannot be written is told once and tried again every 30 s, and then goes on
 * where it stopped, as far as the engine still has it. A sink or a disk that is slow slows the reading down; nothing is
 * held in memory but what arrived together.
 */
export function recordLogs(options: RecordLogsOptions): SandboxLogs {
  return new PodRecorder(options);
}

/** What is known of a container that is followed, or was. */
interface Recorded {
  readonly id: string;
  readonly name: string;
  /** In the merged output; absent before the first reading. */
  merged?: LogProgress;
  isOpen: boolean;
  /** Its log has to be read once more when the present reading has ended. */
  again: boolean;
  /** When it failed last, by the clock's `elapsed`; absent when all is well. */
  failedAt?: number;
  /** Its logging driver keeps nothing. */
  isUnreadable: boolean;
}

class PodRecorder implements SandboxLogs {
  readonly #options: RecordLogsOptions;
  readonly #merged: MergedOutput;
  readonly #containers = new Map<string, Recorded>();
  readonly #readings = new Map<string, Promise<void>>();
  readonly #finishing = new AbortController();
  readonly #stop = new AbortController();
  readonly #restored = new Bell();
  readonly #feed: ReturnType<typeof openEventFeed>;
  #listing: Promise<void> = Promise.resolve();
  /** By the clock's `elapsed`. */
  #writtenAt = 0;

  constructor(options: RecordLogsOptions) {
    this.#options = options;
    this.#merged = new MergedOutput(options);
    for (const name of options.names ?? []) this.#merged.know(this.#shown(name));
    const { engine, clock, pod, signal } = options;
    this.#feed = openEventFeed({ engine, clock, pod, bounds: supervisionBounds });
    this.#feed.subscribe((notice) => {
      if (notice.kind === "restored") this.#listing = this.#listing.then(() => this.#beginAll());
      if (notice.kind !== "event" || notice.event.action !== "start") return;
      const { containerId, containerName, labels } = notice.event;
      this.#beginAgain(containerId, containerName, labels);
    });
    signal.addEventListener("abort", () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
  }

  begin(id: string, name: string): void {
    if (this.#finishing.signal.aborted) return;
    let container = this.#containers.get(id);
    if (container === undefined) {
      container = {
        id,
        name: fileNameOf(name),
        isOpen: false,
        again: false,
        isUnreadable: false,
      };
      this.#containers.set(id, container);
      this.#merged.know(this.#shown(container.name));
    }
    if (container.isOpen || container.isUnreadable) return;
    container.isOpen = true;
    this.#read(container);
  }

  async finish(longest: number): Promise<void> {
    this.#finishing.abort();
    await this.#feed.close();
    const timer = new AbortController();
    const ended = Promise.all([...this.#readings.values()]);
    await Promise.race([ended, this.#untilSilent(longest, timer.signal)]);
    timer.abort();
    this.#end();
    await Promise.all([ended, this.#listing]);
  }

  /** Waits until nothing was written for a while. */
  async #untilSilent(longest: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const begun = clock.elapsed();
    this.#writtenAt = begun;
    for (let left = Infinity; left > 0;) {
      const now = clock.elapsed();
      left = Math.min(this.#writtenAt + finishSilence, begun + longest) - now;
      await clock.sleep(Math.max(0, left), signal).catch(() => left = 0);
    }
  }

  /** A container's name in the merged output. */
  #shown(name: string): string {
    const { title } = this.#options;
    return title === undefined ? name : `${title}/${name}`;
  }

  #end(): void {
    this.#finishing.abort();
    this.#stop.abort();
    this.#feed.close().catch(this.#onDefect);
  }

  readonly #onDefect = (error: unknown) => {
    this.#options.onProblem(`The logs in the sandbox are not complete: ${messageOf(error)}`);
  };

  #beginAgain(id: string, containerName: string, labels: Readonly<Record<string, string>>): void {
    if (labels[Label.role] === "pause") return;
    const container = this.#containers.get(id);
    if (container?.isOpen === true) container.again = true;
    else this.begin(id, nameOf(labels, containerName));
  }

  /** After an outage: whatever was started meanwhile, and what was written before the end of those that ended. */
  async #beginAll(): Promise<void> {
    try {
      const listed = await this.#options.engine.listContainers(this.#options.pod, this.#stop.signal);
      this.#restored.ring();
      for (const { id, name, labels } of listed) this.#beginAgain(id, name, labels);
    } catch (error) {
      // Gone again: it will be back again.
      if (!this.#stop.signal.aborted && !(error instanceof MesoletError)) this.#onDefect(error);
    }
  }

  /** Two containers of one name, as in a replacement, are written one after the other. */
  #read(container: Recorded): void {
    const { name } = container;
    const before = this.#readings.get(name) ?? Promise.resolve();
    const reading = before.then(() => this.#readUntilEnd(container)).catch(this.#onDefect).finally(() => {
      container.isOpen = false;
      if (this.#readings.get(name) === reading) this.#readings.delete(name);
    });
    this.#readings.set(name, reading);
  }

  async #readUntilEnd(container: Recorded): Promise<void> {
    const { directory, settings } = this.#options;
    const log = new ContainerLog(directory, container, settings);
    const signal = this.#stop.signal;
    try {
      do {
        container.again = false;
        try {
          await makeDirectory(directory);
          await log.open();
          const before = JSON.stringify(log.position);
          await this.#readOnce(container, log);
          delete container.failedAt;
          // An engine ends the stream of a container that has ended, also when its reader is behind: only a reading with
          // nothing new has all.
          if (JSON.stringify(log.position) !== before) container.again = true;
        } catch (error) {
          if (signal.aborted) return;
          if (!this.#mayTryAgain(container, error)) return;
          container.again = await this.#pause();
        }
      } while (container.again && !signal.aborted);
      await this.#merged.end(this.#shown(container.name));
    } finally {
      await log.close().catch(() => {});
    }
  }

  async #readOnce(container: Recorded, log: ContainerLog): Promise<void> {
    const { engine, clock } = this.#options;
    // A reading begins a little before what was written: each of both outputs passes over what it has.
    const merged = container.merged = new LogProgress(container.merged?.position ?? log.position);
    const since = sinceOf(log.position);
    const noting = new Noting(log, clock);
    try {
      const pieces = engine.logPieces(container.id, since === undefined ? {} : { since }, this.#stop.signal);
      for await (const some of pieces) {
        await log.write(some);
        this.#writtenAt = clock.elapsed();
        noting.begin();
        await this.#merged.write(this.#shown(container.name), unseen(merged, some));
        noting.throwIfFailed();
        // A full disk takes a little more each time: only what goes on for a while is well again.
        if (clock.elapsed() - (container.failedAt ?? 0) > 2 * retryPause) delete container.failedAt;
      }
    } finally {
      await noting.end();
    }
    await log.note();
  }

  /** Tells of a failure, once for as long as it lasts. */
  #mayTryAgain(container: Recorded, error: unknown): boolean {
    const { clock, onProblem } = this.#options;
    const reason = messageOf(error);
    // Of an engine that is gone others tell.
    if (error instanceof EngineError && /^(connection-lost|not-running)$/.test(error.reason)) return true;
    // The container is gone, or on its way out: what there was of its log has been read.
    if (hasStatus(error, 404) || hasStatus(error, 409)) return false;
    if (isUnreadableLog(error)) {
      container.isUnreadable = true;
      onProblem(`The log of ${container.name} is not in the sandbox: ${reason}`);
      return false;
    }
    if (container.failedAt === undefined) {
      onProblem(`The log of ${container.name} stops in the sandbox, and is tried again: ${reason}`);
    }
    container.failedAt = clock.elapsed();
    return true;
  }

  /** Waits until trying again may help. False: it is over. */
  async #pause(): Promise<boolean> {
    try {
      await this.#restored.wait(this.#options.clock, retryPause, this.#finishing.signal);
      return true;
    } catch {
      return false;
    }
  }
}

/** Notes what was written a moment after it was, while more may come. */
class Noting {
  readonly #over = new AbortController();
  #pending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly log: ContainerLog, private readonly clock: Clock) {}

  begin(): void {
    this.#pending ??= this.clock.sleep(notePause, this.#over.signal).then(() => this.log.note()).catch(
      (error) => {
        if (!this.#over.signal.aborted) this.#failure = { error };
      },
    ).finally(() => this.#pending = undefined);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#pending;
  }
}

function unseen(progress: LogProgress, pieces: readonly LogPiece[]): LogPiece[] {
  return pieces.filter((piece) => {
    const isNew = progress.isNew(piece);
    if (isNew) progress.add(piece);
    return isNew;
  });
}

/** `web-1`: what stands in front of a container's lines, and in the names of its files. */
function nameOf(labels: Readonly<Record<string, string>>, containerName: string): string {
  const name = labels[Label.container];
  return name === undefined ? containerName : `${name}-${labels[Label.number] ?? "1"}`;
}

/** @throws {SandboxFileError} where there is something else, which a container with the sandbox may have put there */
async function makeDirectory(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o755 });
    if (!(await Deno.lstat(path)).isDirectory) {
      throw new Error("there is something else that is no directory");
    }
  } catch (error) {
    throw new SandboxFileError(path, error);
  }
}

/** A name of outside as a part of a file's name. */
function fileNameOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
}
