import { messageOf } from "../pod/errors.ts";
import type { Clock } from "../pod/clock.ts";
import { Bell } from "../supervisor/bell.ts";
import { type ChangeFeed, openChangeFeed } from "./change_feed.ts";
import { earlier } from "./decide_specs.ts";
import { timeStampGrain } from "./spec_version.ts";
import type { WatchTarget } from "./watch_target.ts";

/** Why directories are looked at. */
export type LookReason =
  /** It is the first time. */
  | "start"
  /** Something changed. */
  | "change"
  /** Too much changed for the kernel to tell. */
  | "overflow"
  /** The time for a full look has come: whatever it finds was missed. */
  | "rescan"
  /** The last look asked for another one at this time. */
  | "due"
  /** Somebody asked for it. */
  | "asked"
  /** Directories are watched from now on that were not, or were other ones. */
  | "watched";

/** What follows from a look. */
export interface LookAnswer {
  readonly target: WatchTarget;
  /** `clock.elapsed()` at which to look again. */
  readonly lookAgainAt: number | undefined;
  /** Whether anything was another than at the last look. */
  readonly foundNews: boolean;
}

/** Times in milliseconds. */
export interface WatchBounds {
  /** After a change, nothing must happen for so long. */
  readonly quiet: number;
  /** But no change waits for longer than this. */
  readonly longestQuiet: number;
  /** How often everything is looked at, whatever was noticed. */
  readonly rescan: number;
}

/**
 * The bounds that hold where nothing else is said. The quiet period is just longer than the grain of time stamps: what is
 * looked at earlier has to be looked at again.
 */
export const watchBounds: WatchBounds = { quiet: timeStampGrain + 1, longestQuiet: 200, rescan: 5_000 };

/** What watching needs. */
export interface WatchSetup {
  readonly clock: Clock;
  /** Looks at the directories; never called twice at once. */
  readonly onChange: (reason: LookReason) => Promise<LookAnswer>;
  readonly signal: AbortSignal;
  /** Told when changes cannot be watched; then they are found by the full looks. */
  readonly onTrouble?: (message: string) => void;
  readonly bounds?: WatchBounds;
  /** Watches directories, without what is below them. */
  readonly open?: (directories: readonly string[]) => ChangeFeed;
}

/** Directories that are watched. */
export interface DirectoryWatch {
  /** Looks at once. */
  rescan(): void;
  /** Resolves when the signal was aborted and all has ended; rejects with what `onChange` throws. */
  readonly done: Promise<void>;
}

/**
 * Looks at directories when they may have changed: a moment after a change, and in full every few seconds, since changes
 * are hints that may be lost. A pass that takes long makes the next change wait four times as long, within bounds, so
 * that a storm of changes leaves time for other work.
 */
export function watchDirectories(setup: WatchSetup): DirectoryWatch {
  const watch = new Watch(setup);
  return { rescan: () => watch.rescan(), done: watch.run() };
}

/** So often in a row it is tried at once to watch anew. */
const promptRetries = 3;

class Watch {
  readonly #setup: WatchSetup;
  readonly #bounds: WatchBounds;
  readonly #bell = new Bell();
  #feed: ChangeFeed | undefined;
  /** The feed that is to take its place when it watches. */
  #nextFeed: ChangeFeed | undefined;
  /** All feeds, to the end of the last of their iterations. */
  readonly #ended = new Set<Promise<void>>();
  /** The directories of the newest feed; undefined where a new one has to be opened. */
  #armed: string | undefined;
  #target: WatchTarget | undefined;
  #firstChange: number | undefined;
  #lastChange = 0;
  #watching = false;
  #lost = false;
  #asked = false;
  #trouble: string | undefined;
  /** In a row. */
  #failures = 0;

  constructor(setup: WatchSetup) {
    this.#setup = setup;
    this.#bounds = setup.bounds ?? watchBounds;
  }

  rescan(): void {
    this.#asked = true;
    this.#bell.ring();
  }

  async run(): Promise<void> {
    const { clock, onChange, signal } = this.#setup;
    let reason: LookReason = "start";
    try {
      while (!signal.aborted) {
        this.#firstChange = undefined;
        const started = clock.elapsed();
        const answer = await onChange(reason);
        const took = clock.elapsed() - started;
        // Nobody told of what a full look finds: there may be nobody any more.
        if (reason === "rescan" && answer.foundNews) this.#armed = undefined;
        this.#arm(answer.target);
        reason = await this.#nextReason(started, took, answer.lookAgainAt);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#feed?.close();
      this.#nextFeed?.close();
      await Promise.all(this.#ended);
    }
  }

  async #nextReason(started: number, took: number, lookAgainAt: number | undefined): Promise<LookReason> {
    const { clock, signal } = this.#setup;
    const { quiet, longestQuiet, rescan } = this.#bounds;
    const lookDue = lookAgainAt === undefined ? undefined : Math.max(lookAgainAt, started + quiet);
    const rested = clock.elapsed() + Math.min(longestQuiet, Math.max(quiet, 4 * took));
    for (;;) {
      signal.throwIfAborted();
      if (this.#asked) {
        this.#asked = false;
        return "asked";
      }
      // What changed before it was watched can only be found by looking.
      if (this.#watching) {
        this.#watching = false;
        return "watched";
      }
      const now = clock.elapsed();
      const first = this.#firstChange;
      const changeDue = first === undefined
        ? undefined
        : Math.min(Math.max(this.#lastChange + quiet, rested), first + longestQuiet);
      if (changeDue !== undefined && now >= changeDue) {
        const reason = this.#lost ? "overflow" : "change";
        this.#lost = false;
        return reason;
      }
      if (lookDue !== undefined && now >= lookDue) return "due";
      if (now >= started + rescan) return "rescan";
      const next = earlier(earlier(changeDue, lookDue), started + rescan) ?? now + rescan;
      await this.#bell.wait(clock, Math.max(1, next - now), signal);
    }
  }

  /** Watches what is to be watched, if it is not. The feed before goes on until the new one watches. */
  #arm(target: WatchTarget): void {
    if (target === this.#target && this.#armed !== undefined) return;
    this.#target = target;
    const armed = JSON.stringify([...target.directories].sort());
    if (armed === this.#armed) return;
    this.#armed = armed;
    this.#nextFeed?.close();
    const feed = (this.#setup.open ?? openChangeFeed)([...target.directories.keys()]);
    this.#nextFeed = feed;
    const ended = this.#follow(feed).finally(() => this.#ended.delete(ended));
    this.#ended.add(ended);
  }

  async #follow(feed: ChangeFeed): Promise<void> {
    try {
      for await (const change of feed) {
        if (change.kind === "changed") {
          if (change.paths.some((path) => this.#target?.concerns(path))) this.#changed(false);
        } else if (change.kind === "lost") this.#changed(true);
        else this.#took(feed);
      }
    } catch (error) {
      feed.close();
      if (feed === this.#feed || feed === this.#nextFeed) this.#failed(error);
    }
  }

  /** The next look begins to watch anew: at once, since a directory may just have gone, but not for ever. */
  #failed(error: unknown): void {
    this.#armed = undefined;
    if (++this.#failures <= promptRetries) {
      this.#watching = true;
      this.#bell.ring();
      return;
    }
    const every = `${this.#bounds.rescan / 1_000} s`;
    this.#tell(
      `changes are found only every ${every}: ${messageOf(error)}`,
    );
  }

  #took(feed: ChangeFeed): void {
    if (feed !== this.#nextFeed) return;
    this.#feed?.close();
    [this.#feed, this.#nextFeed] = [feed, undefined];
    this.#trouble = undefined;
    this.#failures = 0;
    this.#watching = true;
    this.#bell.ring();
  }

  #changed(lost: boolean): void {
    this.#lost ||= lost;
    this.#lastChange = this.#setup.clock.elapsed();
    this.#firstChange ??= this.#lastChange;
    this.#bell.ring();
  }

  #tell(message: string): void {
    if (this.#trouble === message) return;
    this.#trouble = message;
    this.#setup.onTrouble?.(message);
  }
}
