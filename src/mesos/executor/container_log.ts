import type { LogPiece } from "../../docker/engine.ts";
import {
  firstPosition,
  type LogPosition,
  LogProgress,
  type StreamName,
  type StreamPosition,
} from "./log_position.ts";
import { replaceFile } from "./replaced_file.ts";
import { type FileMark, RotatedFile } from "./rotated_file.ts";

const streams: readonly StreamName[] = ["stdout", "stderr"];

/** What is noted of a stream: which pieces were written, and where the file ends with them. */
type StreamNote = StreamPosition & FileMark;

/** The content of `.NAME.position`. */
interface Note {
  readonly version: 1;
  /** Id of the container: a later one of the same name begins with its own first line. */
  readonly id: string;
  readonly stdout: StreamNote;
  readonly stderr: StreamNote;
}

/**
 * The output of one container in the sandbox: `NAME.stdout` and `NAME.stderr`, byte for byte, and `.NAME.position`,
 * which says what of the engine's log is in them. Whoever opens them again after a crash, at whatever moment, cuts off
 * what stands behind the position and reads on from there: nothing is missing and nothing is there twice.
 */
export class ContainerLog {
  readonly #id: string;
  readonly #notePath: string;
  readonly #files: Readonly<Record<StreamName, RotatedFile>>;
  #progress = new LogProgress({ stdout: firstPosition, stderr: firstPosition });
  #noted = "";
  #isOpen = false;
  #last: Promise<void> = Promise.resolve();

  constructor(
    directory: string,
    container: { readonly id: string; readonly name: string },
    bounds: { readonly maximumBytes: number; readonly files: number },
  ) {
    const path = `${directory}/${container.name}`;
    this.#id = container.id;
    this.#notePath = `${directory}/.${container.name}.position`;
    this.#files = {
      stdout: new RotatedFile(`${path}.stdout`, bounds),
      stderr: new RotatedFile(`${path}.stderr`, bounds),
    };
  }

  /** What was written. */
  get position(): LogPosition {
    return this.#progress.position;
  }

  /**
   * Opens the files at what is noted.
   *
   * @throws {SandboxFileError}
   */
  open(): Promise<void> {
    return this.#inTurn(() => this.#open());
  }

  async #open(): Promise<void> {
    this.#shut();
    const note = await this.#read();
    for (const stream of streams) await this.#files[stream].open(note?.[stream]);
    const position = ({ time, count }: StreamPosition) => ({ time, count });
    this.#progress = new LogProgress({
      stdout: note === undefined ? firstPosition : position(note.stdout),
      stderr: note === undefined ? firstPosition : position(note.stderr),
    });
    this.#isOpen = true;
    await this.#note();
  }

  /**
   * Writes the pieces that are new.
   *
   * @throws {SandboxFileError} what is not noted has to be written again then, after {@linkcode open}
   */
  write(pieces: readonly LogPiece[]): Promise<void> {
    return this.#inTurn(() => this.#write(pieces));
  }

  async #write(pieces: readonly LogPiece[]): Promise<void> {
    const pending: Record<StreamName, Uint8Array[]> = { stdout: [], stderr: [] };
    const sizes: Record<StreamName, number> = { stdout: 0, stderr: 0 };
    const flush = async () => {
      for (const stream of streams) {
        if (pending[stream].length > 0) await this.#files[stream].write(pending[stream]);
        pending[stream] = [];
        sizes[stream] = 0;
      }
    };
    for (const piece of pieces) {
      if (!this.#progress.isNew(piece)) continue;
      const { stream, bytes } = piece;
      const file = this.#files[stream];
      if (file.isFull(sizes[stream], bytes)) {
        await flush();
        // Noted before it is moved aside, and before anything is written to the new one: a move that is not noted is
        // found again by the inode, and one of a file that is not kept has nothing that could be written twice.
        await this.#note();
        await file.rotate();
        await this.#note();
      }
      this.#progress.add(piece);
      file.accept(bytes);
      pending[stream].push(bytes);
      sizes[stream] += bytes.length;
    }
    await flush();
  }

  /**
   * Notes what was written so far.
   *
   * @throws {SandboxFileError}
   */
  note(): Promise<void> {
    return this.#inTurn(() => this.#note());
  }

  async #note(): Promise<void> {
    if (!this.#isOpen) return;
    const { stdout, stderr } = this.#progress.position;
    const note: Note = {
      version: 1,
      id: this.#id,
      stdout: { ...stdout, ...this.#files.stdout.mark },
      stderr: { ...stderr, ...this.#files.stderr.mark },
    };
    const text = `${JSON.stringify(note)}\n`;
    if (text === this.#noted) return;
    await replaceFile(this.#notePath, text);
    this.#noted = text;
  }

  /**
   * Notes what was written and closes the files.
   *
   * @throws {SandboxFileError} after they are closed
   */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#note();
      } finally {
        this.#shut();
      }
    });
  }

  /** A note says what is written only while nothing is being written. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #shut(): void {
    this.#isOpen = false;
    this.#noted = "";
    for (const stream of streams) this.#files[stream].close();
  }

  async #read(): Promise<Note | undefined> {
    try {
      const note = parseNote(await Deno.readTextFile(this.#notePath));
      return note?.id === this.#id ? note : undefined;
    } catch {
      // Without a note the log is written from its beginning, behind what is there.
      return undefined;
    }
  }
}

function parseNote(text: string): Note | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || value.version !== 1 || typeof value.id !== "string") return undefined;
  const stdout = parseStream(value.stdout);
  const stderr = parseStream(value.stderr);
  if (stdout === undefined || stderr === undefined) return undefined;
  return { version: 1, id: value.id, stdout, stderr };
}

function parseStream(value: unknown): StreamNote | undefined {
  if (!isObject(value)) return undefined;
  const { time, count, inode, size } = value;
  if (typeof time !== "string" || typeof count !== "number") return undefined;
  if (typeof inode !== "number" || typeof size !== "number") return undefined;
  return { time, count, inode, size };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
