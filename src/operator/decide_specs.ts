/**
 * From what directories hold to what is to run: pure, so that every order of edits, losses and repairs can be played in
 * a table. A pass is {@linkcode seeScans}, reading what it asks for, and {@linkcode takeSpecs}.
 */

import type { Problem } from "../pod/errors.ts";
import { claimPods, type NamedPods } from "./claim_pods.ts";
import { believedGone, type Leaving } from "./leaving_pods.ts";
import { listProblems } from "./spec_problems.ts";
import { isGood, type LoadedSpec, type SpecScan, type WantedPod, type WantedPods } from "./spec_source.ts";
import type { SpecProblem } from "./pod_board.ts";

/** Times in milliseconds. */
export interface SpecBounds {
  /**
   * A spec that changes again within this time is being worked on: it is read when it has stood still for as long. What
   * is gone must be gone for as long: many programs take a file away to put another in its place.
   */
  readonly settle: number;
  /** How often a directory is looked at in full; a loss of many pods must last for as long. */
  readonly rescan: number;
  /** A spec that never stands still is read once in this time all the same. */
  readonly longestUnrest: number;
  /** A loss of many pods is believed as soon as one of a few. */
  readonly allowEmpty: boolean;
}

/** The bounds that hold where nothing else is said. */
export const specBounds: SpecBounds = {
  settle: 250,
  rescan: 5_000,
  longestUnrest: 60_000,
  allowEmpty: false,
};

/** What is known of one spec. */
export interface KnownSpec {
  readonly key: string;
  /** The watched directory that it is in. */
  readonly directory: string;
  /** As the last scan saw it. */
  readonly version: string;
  /** `clock.elapsed()` when a scan first saw it, in whatever version. */
  readonly appearedAt: number;
  /** `clock.elapsed()` when the last scan first saw this version. */
  readonly seenAt: number;
  /** It changes again and again, since this `elapsed` time. */
  readonly restlessSince?: number;
  /** What its newest version that was read came to. */
  readonly spec?: LoadedSpec;
  /** The newest version that was right. */
  readonly good?: WantedPod;
}

/** An entry of a directory that could not be looked at. */
export interface UnclearEntry {
  readonly directory: string;
  readonly problem: Problem;
  /** `clock.elapsed()` since when. */
  readonly appearedAt: number;
}

/** What is remembered from pass to pass. */
export interface SpecsState {
  readonly specs: ReadonlyMap<string, KnownSpec>;
  /** The pods that are wanted, by name. */
  readonly pods: NamedPods;
  /** Pods without a spec that are not believed to be gone yet. */
  readonly leaving: ReadonlyMap<string, Leaving>;
  /** Watched directories that the last scans could not read, and why. */
  readonly unreadable: ReadonlyMap<string, readonly Problem[]>;
  /** File systems that watched directories were on when they were last believed. */
  readonly devices: ReadonlyMap<string, string>;
  /** Watched directories, as they were when they last held specs. */
  readonly identities: ReadonlyMap<string, string>;
  /** Watched directories that are empty now, and others than those that held specs: what was in them may come yet. */
  readonly replaced: ReadonlySet<string>;
  /** Entries that the last scans could not look at. */
  readonly unclear: ReadonlyMap<string, UnclearEntry>;
  /** All watched directories. */
  readonly directories: readonly string[];
  readonly problems: readonly SpecProblem[];
}

/** A state that knows of nothing. */
export function initialSpecs(directories: readonly string[]): SpecsState {
  return {
    specs: new Map(),
    pods: new Map(),
    leaving: new Map(),
    unreadable: new Map(),
    devices: new Map(),
    identities: new Map(),
    replaced: new Set(),
    unclear: new Map(),
    directories: [...new Set(directories)],
    problems: [],
  };
}

/** What is asked for after the scans. */
export interface SpecsSeen {
  readonly state: SpecsState;
  /** Specs that have to be read. */
  readonly toRead: readonly { readonly key: string; readonly directory: string }[];
  /** `elapsed` time at which to look again; undefined where only a change can bring news. */
  readonly lookAgainAt: number | undefined;
}

/**
 * Takes in what scans found. What an unreadable directory held stays as it was.
 *
 * @param now `clock.elapsed()`
 */
export function seeScans(
  state: SpecsState,
  scans: readonly SpecScan[],
  now: number,
  bounds: SpecBounds,
): SpecsSeen {
  const specs = new Map(state.specs);
  const unreadable = new Map<string, readonly Problem[]>();
  const unclear = new Map<string, UnclearEntry>();
  const toRead: { key: string; directory: string }[] = [];
  let lookAgainAt: number | undefined;
  const devices = new Map(state.devices);
  const identities = new Map(state.identities);
  const replaced = new Set<string>();
  for (const scan of scans) {
    const { directory, specs: found, unclear: open, problems, readable, device, identity } = scan;
    if (!readable || isUnmounted(scan, state)) {
      unreadable.set(directory, readable ? [unmounted(directory)] : problems);
      continue;
    }
    if (device !== undefined) devices.set(directory, device);
    if (found.length + open.length === 0) {
      if (identities.has(directory) && identities.get(directory) !== identity) replaced.add(directory);
    } else if (identity !== undefined) identities.set(directory, identity);
    for (const { key, problem } of open) {
      unclear.set(key, { directory, problem, appearedAt: state.unclear.get(key)?.appearedAt ?? now });
    }
    const there = new Set([...found.map(({ key }) => key), ...open.map(({ key }) => key)]);
    for (const known of state.specs.values()) {
      if (known.directory === directory && !there.has(known.key)) specs.delete(known.key);
    }
    for (const { key, version } of found) {
      const known = seen(state.specs.get(key), { key, version, directory }, now, bounds);
      specs.set(key, known);
      if (known.spec?.version === version) continue;
      const due = readingDue(known, bounds);
      if (now < due) lookAgainAt = earlier(lookAgainAt, due);
      else toRead.push({ key, directory });
    }
  }
  const next = { ...state, specs, unreadable, devices, identities, replaced, unclear };
  return { state: next, toRead, lookAgainAt };
}

/** Whether a directory that held specs is empty, and on another file system: that was mounted over it, or is gone. */
function isUnmounted({ directory, specs, unclear, device }: SpecScan, state: SpecsState): boolean {
  const before = state.devices.get(directory);
  return device !== undefined && before !== undefined && device !== before &&
    specs.length + unclear.length === 0 &&
    state.specs.values().some((known) => known.directory === directory);
}

function unmounted(directory: string): Problem {
  return {
    severity: "error",
    path: "",
    message: "is on another file system than before, and empty: what runs of it is left alone",
    position: { file: directory },
  };
}

function seen(
  known: KnownSpec | undefined,
  found: { readonly key: string; readonly version: string; readonly directory: string },
  now: number,
  { settle }: SpecBounds,
): KnownSpec {
  if (known === undefined) return { ...found, appearedAt: now, seenAt: now };
  if (known.version === found.version) return known;
  const { restlessSince, ...rest } = known;
  const changed = { ...rest, ...found, seenAt: now };
  return now - known.seenAt < settle ? { ...changed, restlessSince: restlessSince ?? known.seenAt } : changed;
}

/** `elapsed` time at which a spec is to be read that is not known in this version. */
function readingDue({ seenAt, restlessSince }: KnownSpec, { settle, longestUnrest }: SpecBounds): number {
  return restlessSince === undefined ? seenAt : Math.min(seenAt + settle, restlessSince + longestUnrest);
}

/** What came of a pass. */
export interface SpecsDecided {
  readonly state: SpecsState;
  readonly wanted: WantedPods;
  readonly lookAgainAt: number | undefined;
}

/** The files that each pod on the engine was made of, by its labels: they say who of two specs with its name owns it. */
export type RunningFiles = ReadonlyMap<string, readonly string[]>;

/**
 * Takes in what was read, and decides what is to run.
 *
 * @param running by the pod's name; counts only for pods that no spec has been given yet
 * @param time `now` is `clock.elapsed()`, `date` is `clock.now()`
 */
export function takeSpecs(
  before: SpecsState,
  loaded: readonly LoadedSpec[],
  running: RunningFiles,
  time: { readonly now: number; readonly date: number },
  bounds: SpecBounds,
): SpecsDecided {
  const specs = withLoaded(before.specs, loaded);
  const { pods: claimed, rivals } = claimPods(specs.values(), before.pods, running);
  const gone = believedGone({ before: { ...before, specs }, claimed, now: time.now, bounds });
  const pods = new Map(claimed);
  for (const [name, { pod }] of gone.leaving) pods.set(name, pod);
  const state = { ...before, specs, pods, leaving: gone.leaving };
  const problems = listProblems({ state, rivals, losses: gone.losses, date: time.date, bounds });
  return {
    state: { ...state, problems },
    wanted: {
      pods,
      problems,
      loaded: loaded.filter((spec) => !saysTheSame(spec, before.specs.get(spec.key)?.spec)),
      directories: new Map(
        before.directories.map((directory) => [directory, directoryState(state, directory)]),
      ),
    },
    lookAgainAt: gone.lookAgainAt,
  };
}

function withLoaded(
  known: ReadonlyMap<string, KnownSpec>,
  loaded: readonly LoadedSpec[],
): ReadonlyMap<string, KnownSpec> {
  if (loaded.length === 0) return known;
  const specs = new Map(known);
  for (const spec of loaded) {
    const before = specs.get(spec.key);
    if (before === undefined) continue;
    const good = isGood(spec) ? { ...spec, directory: before.directory } : before.good;
    const { restlessSince: _, ...rest } = before;
    // The version that was read may be newer than the one that was seen, and it is of more files.
    specs.set(spec.key, {
      ...rest,
      version: spec.version,
      spec,
      ...(good === undefined ? {} : { good }),
    });
  }
  return specs;
}

/** Whether a spec was only read again: its files look otherwise, and say the same. */
function saysTheSame(spec: LoadedSpec, before: LoadedSpec | undefined): boolean {
  if (before === undefined) return false;
  if (isGood(spec)) return isGood(before) && spec.pod === before.pod;
  return !isGood(before) && spec.problems === before.problems;
}

function directoryState(state: SpecsState, directory: string): "known" | "unclear" | "unreadable" {
  if (state.unreadable.has(directory)) return "unreadable";
  for (const entry of state.unclear.values()) if (entry.directory === directory) return "unclear";
  for (const known of state.specs.values()) {
    if (known.directory === directory && known.good === undefined) return "unclear";
  }
  return "known";
}

/** The earlier of two times, either of which may be missing. */
export function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}
