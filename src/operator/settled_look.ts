import { DirectoryProblem, type FilesLook, type FileState, type SpecFiles } from "./spec_files.ts";

/** What stat said, by path. */
type States = readonly (readonly [path: string, state: string])[];

/** What was in directories. */
type Listings = readonly (readonly [directory: string, names: ReadonlySet<string>])[];

/**
 * All that a look at the file system saw, for the looks after it: mostly nothing has changed, and to see that costs a
 * small part of what it costs to work out again what follows from it.
 */
export class SettledLook {
  readonly #files: Pick<SpecFiles, "list" | "stat">;
  readonly #states: States;
  readonly #names: Listings;

  private constructor(
    files: Pick<SpecFiles, "list" | "stat">,
    states: States,
    names: Listings,
  ) {
    this.#files = files;
    this.#states = states;
    this.#names = names;
  }

  /** Undefined where something could not be looked at: that is looked at anew each time. */
  static of(look: FilesLook): SettledLook | undefined {
    const states: [string, string][] = [];
    const names: [string, ReadonlySet<string>][] = [];
    for (const [path, state] of look.states()) {
      if (state.kind === "unreadable") return undefined;
      // What a listed directory does not have is seen by its names.
      if (!look.isKnownAbsent(path)) states.push([path, textOf(state)]);
    }
    for (const [directory, found] of look.listings()) {
      if (found instanceof DirectoryProblem) return undefined;
      names.push([directory, found]);
    }
    return new SettledLook(look.files, states, names);
  }

  /** Whether a look now would see the same. */
  isStill(): boolean {
    return this.#names.every(([directory, names]) => this.#hasStill(directory, names)) &&
      this.#states.every(([path, state]) => textOf(this.#files.stat(path)) === state);
  }

  #hasStill(directory: string, names: ReadonlySet<string>): boolean {
    try {
      const found = this.#files.list(directory);
      return found.length === names.size && found.every((name) => names.has(name));
    } catch (error) {
      if (error instanceof DirectoryProblem) return false;
      throw error;
    }
  }
}

function textOf(state: FileState): string {
  if (state.kind === "file") return state.signature;
  // Directories change with everything that is put into them: what counts of that are their names.
  return state.kind === "directory" || state.kind === "special"
    ? `${state.kind} ${state.identity}`
    : state.kind;
}
