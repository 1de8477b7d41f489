import type { Clock } from "../pod/clock.ts";
import {
  earlier,
  initialSpecs,
  type RunningFiles,
  seeScans,
  type SpecBounds,
  specBounds,
  type SpecsSeen,
  type SpecsState,
  takeSpecs,
} from "./decide_specs.ts";
import { SpecReader, type SpecReaderSetup } from "./load_spec.ts";
import { scanDirectory } from "./scan_directory.ts";
import { SettledLook } from "./settled_look.ts";
import { FilesLook, hostSpecFiles, type SpecFiles } from "./spec_files.ts";
import type { LoadedSpec, WantedPods } from "./spec_source.ts";
import {
  type DirectoryWatch,
  type LookReason,
  watchBounds,
  watchDirectories,
  type WatchSetup,
} from "./watch_directory.ts";
import { type WatchTarget, WatchTargets } from "./watch_target.ts";

/** What directories of specs are read with. */
export interface SpecDirectoriesSetup extends Omit<SpecReaderSetup, "files" | "clock"> {
  /** Absolute paths. */
  readonly directories: readonly string[];
  readonly clock: Clock;
  /** Absent: the host's. */
  readonly files?: SpecFiles;
  /** Pods on the engine at the start. */
  readonly running?: RunningFiles;
  readonly bounds?: SpecBounds;
}

/** What a pass over all directories came to. */
export interface SpecsLook {
  readonly wanted: WantedPods;
  readonly target: WatchTarget;
  readonly lookAgainAt: number | undefined;
  /** Whether a spec came, went, or says something else than at the look before. */
  readonly foundNews: boolean;
}

/** So long specs are read in one go, in milliseconds, before others have their turn. */
const longestGo = 50;

/** Directories of specs, as far as they are known: one pass after the other. */
export class SpecDirectories {
  readonly #setup: SpecDirectoriesSetup;
  readonly #files: SpecFiles;
  readonly #reader: SpecReader;
  readonly #targets: WatchTargets;
  #state: SpecsState;
  /** The last look, where nothing but a change of the files can make another one come to something else. */
  #settled: { readonly look: SettledLook; readonly result: SpecsLook } | undefined;

  constructor(setup: SpecDirectoriesSetup) {
    this.#setup = setup;
    this.#files = setup.files ?? hostSpecFiles;
    this.#reader = new SpecReader({ ...setup, files: this.#files });
    this.#targets = new WatchTargets(this.#files);
    this.#state = initialSpecs(setup.directories);
  }

  /** Looks at everything by stat, reads what is new, and says what is to run. */
  async look(): Promise<SpecsLook> {
    if (this.#settled?.look.isStill() === true) return this.#settled.result;
    this.#settled = undefined;
    const look = new FilesLook(this.#files);
    const { hasRead, ...result } = await this.#lookAnew(look);
    // What was just read may have to be read again though it looks the same.
    if (!hasRead && !result.foundNews && result.lookAgainAt === undefined) {
      const settled = SettledLook.of(look);
      if (settled !== undefined) this.#settled = { look: settled, result };
    }
    look.forget();
    return result;
  }

  async #lookAnew(look: FilesLook): Promise<SpecsLook & { readonly hasRead: boolean }> {
    const { clock, bounds = specBounds, running = new Map() } = this.#setup;
    const scans = this.#state.directories.map((directory) =>
      scanDirectory(directory, look, (key) => this.#reader.partsOf(key))
    );
    const seen = seeScans(this.#state, scans, clock.elapsed(), bounds);
    this.#reader.keepOnly(seen.state.specs);
    const before = this.#state.specs;
    const sameKeys = before.size === seen.state.specs.size &&
      before.keys().every((key) => seen.state.specs.has(key));
    const loaded = await this.#read(seen.toRead, look);
    const time = { now: clock.elapsed(), date: clock.now() };
    const decided = takeSpecs(seen.state, loaded, running, time, bounds);
    this.#state = decided.state;
    const target = this.#targets.target(scans, this.#reader.allParts(), look);
    return {
      wanted: decided.wanted,
      target,
      lookAgainAt: earlier(seen.lookAgainAt, decided.lookAgainAt),
      foundNews: !sameKeys || decided.wanted.loaded.length > 0,
      hasRead: loaded.length > 0,
    };
  }

  async #read(specs: SpecsSeen["toRead"], look: FilesLook): Promise<LoadedSpec[]> {
    const { clock } = this.#setup;
    const loaded: LoadedSpec[] = [];
    let started = clock.elapsed();
    for (const { key, directory } of specs) {
      if (clock.elapsed() - started > longestGo) {
        await clock.sleep(0);
        started = clock.elapsed();
      }
      loaded.push(await this.#reader.read(key, directory, look));
    }
    return loaded;
  }
}

/** What following directories needs. */
export interface FollowSetup extends SpecDirectoriesSetup, Pick<WatchSetup, "signal" | "onTrouble" | "open"> {
  /** Told after every pass, changed or not; `rescan` with something in `loaded` means that a change was missed. */
  readonly onLook: (wanted: WantedPods, reason: LookReason) => void;
}

/** Keeps saying what the directories want, as soon as it changes. */
export function followDirectories(setup: FollowSetup): DirectoryWatch {
  const directories = new SpecDirectories(setup);
  const { rescan } = setup.bounds ?? specBounds;
  return watchDirectories({
    ...setup,
    bounds: { ...watchBounds, rescan },
    async onChange(reason) {
      const { wanted, ...answer } = await directories.look();
      setup.onLook(wanted, reason);
      return answer;
    },
  });
}
