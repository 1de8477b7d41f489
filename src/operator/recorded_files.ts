import { type ComposeFiles, type FileKind, FileProblem } from "../compose/files.ts";
import type { Clock } from "../pod/clock.ts";
import { sha256 } from "../pod/sha256.ts";
import type { FilesLook, FileState, SpecFiles } from "./spec_files.ts";
import { partVersion, passingVersion, type SpecPart, timeStampGrain } from "./spec_version.ts";

/** The largest file that a spec is read from: 1 MiB, more than any pod that a person wrote. */
export const largestSpecFile = 1024 * 1024;

/**
 * Files as one reading of a spec sees them: each is looked at once and read once, so that all that follows from it is of
 * one version, and what the spec was made of is known afterwards.
 */
export class RecordedFiles implements ComposeFiles {
  readonly #states = new Map<string, FileState>();
  readonly #texts = new Map<string, string | FileProblem>();
  readonly #bytes = new Map<string, Uint8Array | undefined>();
  readonly #digests = new Map<string, string | undefined>();
  readonly #counts = new Map<string, SpecPart["counts"]>();
  #passing = false;

  /** @param look gives stat data, which has to be older than what is read: a change in between is another version then */
  constructor(
    readonly files: Pick<SpecFiles, "readText" | "readBytes" | "followLinks">,
    readonly look: FilesLook,
    readonly clock: Pick<Clock, "now">,
  ) {}

  readText(path: string): string {
    const state = this.#stat(path, "content");
    let text = this.#texts.get(path);
    if (text === undefined) this.#texts.set(path, text = this.#read(path, state));
    if (text instanceof FileProblem) throw text;
    return text;
  }

  /** The bytes of a config or secret; undefined where they cannot be had. */
  readBytes(path: string): Uint8Array | undefined {
    this.#stat(path, "content");
    if (!this.#bytes.has(path)) {
      const bytes = this.files.readBytes(path);
      this.#bytes.set(path, bytes);
      this.#digests.set(path, bytes === undefined ? undefined : sha256(bytes));
    }
    return this.#bytes.get(path);
  }

  /** There is nobody at the standard input of an operator. */
  readStandardInput(): string {
    throw new FileProblem("an operator has no standard input");
  }

  kind(path: string): FileKind {
    const { kind } = this.#stat(path, "presence");
    // What may not be looked at is reported when it is read.
    return kind === "unreadable" ? "absent" : kind;
  }

  followLinks(path: string): string {
    return this.files.followLinks(path);
  }

  /** What was made of which path, in the order in which it was first asked for. Follows links as they are now. */
  listParts(): readonly SpecPart[] {
    return Array.from(this.#counts, ([path, counts]) => {
      const target = counts === "content" ? this.files.followLinks(path) : path;
      return target === path ? { path, counts } : { path, counts, target };
    });
  }

  /** Paths whose content was asked for. */
  get contentPaths(): readonly string[] {
    return [...this.#counts].filter(([, counts]) => counts === "content").map(([path]) => path);
  }

  /** The texts that were read, by path. */
  get texts(): ReadonlyMap<string, string> {
    const read = new Map<string, string>();
    for (const [path, text] of this.#texts) if (typeof text === "string") read.set(path, text);
    return read;
  }

  /** The version of what was asked for, as the stat data was before anything was read. */
  get version(): string {
    let version = "";
    for (const [path, counts] of this.#counts) {
      version += `${partVersion(this.#states.get(path) ?? { kind: "absent" }, counts)}\n`;
    }
    return this.#passing ? passingVersion(version) : version;
  }

  /**
   * Looks and reads again all that another reading asked for, and says whether it comes to the same.
   * What was read is kept for the reading that follows where it does not.
   */
  repeats(earlier: RecordedFiles): boolean {
    for (const [path, counts] of earlier.#counts) {
      if (!this.#repeats(path, counts, earlier)) {
        this.#counts.clear();
        return false;
      }
    }
    return true;
  }

  /** Forgets contents that only the pod needs, which has them. */
  forgetBytes(): void {
    this.#bytes.clear();
  }

  /** These files once more, as they were read. */
  replay(): ComposeFiles {
    return {
      readText: (path) => {
        const text = this.#texts.get(path) ?? new FileProblem("was not read");
        if (text instanceof FileProblem) throw text;
        return text;
      },
      readStandardInput: () => this.readStandardInput(),
      kind: (path) => {
        const kind = this.#states.get(path)?.kind ?? "absent";
        return kind === "unreadable" ? "absent" : kind;
      },
      followLinks: (path) => path,
    };
  }

  #repeats(path: string, counts: SpecPart["counts"], earlier: RecordedFiles): boolean {
    const state = this.#stat(path, counts);
    if (partVersion(state, "presence") !== partVersion(earlier.#states.get(path) ?? state, "presence")) {
      return false;
    }
    if (earlier.#digests.has(path)) {
      this.readBytes(path);
      if (this.#digests.get(path) !== earlier.#digests.get(path)) return false;
    }
    const before = earlier.#texts.get(path);
    if (before === undefined) return true;
    let now = this.#texts.get(path);
    if (now === undefined) this.#texts.set(path, now = this.#read(path, state));
    return typeof before === "string"
      ? before === now
      : now instanceof FileProblem && now.message === before.message;
  }

  #stat(path: string, counts: SpecPart["counts"]): FileState {
    if (counts === "content" || !this.#counts.has(path)) this.#counts.set(path, counts);
    let state = this.#states.get(path);
    if (state === undefined) this.#states.set(path, state = this.look.stat(path));
    if (counts === "content" && state.kind === "file") {
      this.#passing ||= Math.abs(this.clock.now() - state.changed) < timeStampGrain;
    }
    return state;
  }

  #read(path: string, state: FileState): string | FileProblem {
    if (state.kind === "file" && state.size > largestSpecFile) {
      return new FileProblem(`is larger than ${largestSpecFile / 1024 / 1024} MiB`);
    }
    try {
      return this.files.readText(path);
    } catch (error) {
      if (error instanceof FileProblem) return error;
      throw error;
    }
  }
}
