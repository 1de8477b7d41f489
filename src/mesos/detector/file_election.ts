import type { Clock } from "../../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import type { Election, Leadership } from "./election.ts";

/** How an election by a file is held. */
export interface FileElectionOptions {
  /** Absolute. The directory is made when it is missing. */
  readonly path: string;
  /** Who this is, for those that wait: `host-a, process 12`. */
  readonly name: string;
  readonly clock: Clock;
}

/** How often those that wait look, and the leader looks for its file; milliseconds. */
const lookPause = 1_000;

/**
 * An election by the kernel's lock on a file: on one host, or on a file system that several hosts share and that locks
 * for all of them. The lock goes with the process, so that a killed leader is succeeded at once. The file says who
 * leads; one beside it has the framework's id.
 */
export class FileElection implements Election {
  readonly #options: FileElectionOptions;

  constructor(options: FileElectionOptions) {
    this.#options = options;
  }

  async campaign(signal: AbortSignal, onWait: (reason: string) => void): Promise<Leadership> {
    const { path, name, clock } = this.#options;
    let told = "";
    for (;;) {
      signal.throwIfAborted();
      const file = await this.#open();
      if (file.tryLockSync(true)) {
        if (file.statSync().ino === inodeAt(path)) {
          note(file, name);
          return new FileLeadership(file, this.#options);
        }
        // It was removed between our opening and our locking: the next one is another file.
        file.close();
        continue;
      }
      const holder = readHolder(file);
      file.close();
      const reason = `another instance leads: ${holder === "" ? `it has ${path}` : holder}`;
      if (reason !== told) onWait(reason);
      told = reason;
      await clock.sleep(lookPause, signal);
    }
  }

  async #open(): Promise<Deno.FsFile> {
    const { path } = this.#options;
    try {
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true, mode: 0o700 });
      return await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    } catch (cause) {
      throw new MesoletError(
        `Cannot make the lock ${path}: ${messageOf(cause)}. Name a file that can be written`,
        ExitCode.cannotCreate,
        { cause },
      );
    }
  }
}

class FileLeadership implements Leadership {
  readonly #file: Deno.FsFile;
  readonly #options: FileElectionOptions;
  readonly #lost = new AbortController();
  readonly #guarding: Promise<void>;

  constructor(file: Deno.FsFile, options: FileElectionOptions) {
    this.#file = file;
    this.#options = options;
    this.#guarding = this.#guard();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async readNote(): Promise<string | undefined> {
    try {
      const text = (await Deno.readTextFile(this.#idPath)).trim();
      return text === "" ? undefined : text;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw this.#failed("read", cause);
    }
  }

  async writeNote(id: string | undefined): Promise<void> {
    this.lost.throwIfAborted();
    const next = `${this.#idPath}.next`;
    try {
      const file = await Deno.open(next, { write: true, create: true, truncate: true, mode: 0o600 });
      try {
        const bytes = new TextEncoder().encode(`${id ?? ""}\n`);
        for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
        await file.syncData();
      } finally {
        file.close();
      }
      // All or nothing, whenever the power goes.
      await Deno.rename(next, this.#idPath);
    } catch (cause) {
      throw this.#failed("write", cause);
    }
  }

  async resign(): Promise<void> {
    this.#end("the lead was given away");
    await this.#guarding;
  }

  get #idPath(): string {
    return `${this.#options.path}.framework`;
  }

  /** Whoever removes the file gives others one that can be locked. */
  async #guard(): Promise<void> {
    const { path, clock } = this.#options;
    const own = this.#file.statSync().ino;
    try {
      while (inodeAt(path) === own) await clock.sleep(lookPause, this.lost);
      this.#end(`somebody has removed ${path}, so that others may lead`);
    } catch {
      // It is over.
    }
  }

  #end(reason: string): void {
    if (this.lost.aborted) return;
    this.#lost.abort(new MesoletError(`This instance leads no more: ${reason}`, ExitCode.temporary));
    // The file stays, so that those who wait have nothing to race for but its lock.
    this.#file.close();
  }

  #failed(verb: string, cause: unknown): MesoletError {
    return new MesoletError(
      `Cannot ${verb} ${this.#idPath}: ${
        messageOf(cause)
      }. It keeps the framework's id for the next instance`,
      ExitCode.io,
      { cause },
    );
  }
}

/** The lock is held without it. */
function note(file: Deno.FsFile, name: string): void {
  try {
    file.truncateSync(0);
    file.writeSync(new TextEncoder().encode(`${name}\n`));
  } catch {
    // Others are told that somebody leads, and not who.
  }
}

function readHolder(file: Deno.FsFile): string {
  const bytes = new Uint8Array(256);
  const text = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  return text.split("\n", 1)[0]?.replaceAll(/\p{Cc}/gu, " ").trim() ?? "";
}

function inodeAt(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return undefined;
  }
}
