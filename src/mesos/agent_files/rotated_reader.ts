import type { Sandbox, SandboxFile } from "./sandbox.ts";

/** What agents give at a time, in bytes (Mesos, `files.cpp`: sixteen pages). */
const page = 64 * 1024;
/** So many bytes in front of the place are read again: a file that was moved aside is known by them. */
const markLength = 64;
/** The greatest part of a log that its last lines are looked for in, in bytes. */
const longestTail = 8 * 1024 * 1024;

/** A file and what was moved aside of it: number 0 is written, 1 is the last that was moved, and so on. */
interface Generation {
  readonly number: number;
  readonly file: SandboxFile;
}

/** Where reading goes on. */
interface Place {
  readonly offset: number;
  /** The bytes in front of it. */
  readonly mark: Uint8Array;
  /** What the file that was moved aside before this one looks like, which never changes: the file is known by it. */
  readonly before: string;
}

/**
 * Reads a file that its writer moves aside when it is full (`NAME.1`, `NAME.2` …, see docs/executor-files.md), from its
 * oldest part on or from its last lines on, and goes on with what is written. An agent tells neither inodes nor of
 * renames: a file is known by the one that was moved aside before it, and by the bytes in front of the place.
 */
export class RotatedReader {
  readonly #sandbox: Sandbox;
  readonly #directory: string;
  readonly #name: string;
  /** Absent: nothing was read yet. */
  #place: Place | undefined;

  /** @param directory of the sandbox, without a slash at its end */
  constructor(sandbox: Sandbox, directory: string, name: string) {
    this.#sandbox = sandbox;
    this.#directory = directory;
    this.#name = name;
  }

  /**
   * What is there behind what was read before.
   *
   * @param files the directory as it was listed just now
   */
  async *read(files: readonly SandboxFile[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const generations = generationsOf(files, this.#name);
    let at = await this.#find(generations, signal);
    while (at !== undefined) {
      const { number }: Generation = at;
      for (;;) {
        const { offset, mark, before } = this.#place ?? beginningOf(number, generations);
        const part = await this.#sandbox.read(this.#path(number), offset - mark.length, page, signal);
        // Otherwise it was moved just now: the next listing says where it is.
        if (part === undefined || !startsWith(part.data, mark)) return;
        const fresh = part.data.subarray(mark.length);
        if (fresh.length === 0) break;
        // Before it is given on: whoever takes it may not come back.
        this.#place = { offset: offset + fresh.length, mark: part.data.slice(-markLength), before };
        yield fresh;
        if (offset + fresh.length >= part.size) break;
      }
      at = generations.findLast((one) => one.number < number);
      if (at !== undefined) this.#place = beginningOf(at.number, generations);
    }
  }

  /** Lets the next reading begin with the last lines of what is there. */
  async seekTail(lines: number, files: readonly SandboxFile[], signal: AbortSignal): Promise<void> {
    const newest = generationsOf(files, this.#name)[0];
    if (lines === 0 && newest !== undefined) return this.#set(newest.number, newest.file.size, files);
    let missing = lines;
    let seen = 0;
    let isLast = true;
    for (const { number, file } of generationsOf(files, this.#name)) {
      let end = file.size;
      while (end > 0) {
        const begin = Math.max(0, end - page);
        const part = await this.#sandbox.read(this.#path(number), begin, end - begin, signal);
        if (part === undefined || part.data.length < end - begin) return;
        for (let at = part.data.length - 1; at >= 0; at--) {
          if (part.data[at] !== newline) {
            // A line without an end counts as well.
            if (isLast) missing--;
            isLast = false;
            continue;
          }
          isLast = false;
          if (missing <= 0) return this.#set(number, begin + at + 1, files);
          missing--;
        }
        seen += end - begin;
        end = begin;
        if (seen >= longestTail) return this.#set(number, end, files);
      }
    }
  }

  #set(number: number, offset: number, files: readonly SandboxFile[]): void {
    this.#place = { ...beginningOf(number, generationsOf(files, this.#name)), offset };
  }

  /** The generation to go on in; undefined: there is nothing new. */
  async #find(generations: readonly Generation[], signal: AbortSignal): Promise<Generation | undefined> {
    const oldest = generations.at(-1);
    const place = this.#place;
    if (oldest === undefined || place === undefined) {
      if (oldest !== undefined) this.#place = beginningOf(oldest.number, generations);
      return oldest;
    }
    const likely = generations.filter(({ number }) => lookBefore(number, generations) === place.before);
    // One that is shorter than it was is written again by who cut it off.
    if (likely.length === 1 && likely[0]?.number === 0 && likely[0].file.size <= place.offset) {
      return undefined;
    }
    for (const candidate of [...likely, ...(place.mark.length === 0 ? [] : generations)]) {
      if (await this.#isAt(candidate, place, signal)) return candidate;
    }
    // What was read has been removed: all that is there is newer.
    this.#place = beginningOf(oldest.number, generations);
    return oldest;
  }

  async #isAt({ number, file }: Generation, { offset, mark }: Place, signal: AbortSignal): Promise<boolean> {
    if (file.size < offset) return false;
    if (mark.length === 0) return true;
    const part = await this.#sandbox.read(this.#path(number), offset - mark.length, mark.length, signal);
    return part !== undefined && startsWith(part.data, mark);
  }

  #path(number: number): string {
    return `${this.#directory}/${this.#name}${number === 0 ? "" : `.${number}`}`;
  }
}

const newline = 0x0a;

function beginningOf(number: number, generations: readonly Generation[]): Place {
  return { offset: 0, mark: new Uint8Array(), before: lookBefore(number, generations) };
}

/** What the file looks like that was moved aside before the one of a number. */
function lookBefore(number: number, generations: readonly Generation[]): string {
  const older = generations.find((one) => one.number > number)?.file;
  return older === undefined ? "none" : `${older.size} ${older.modified}`;
}

/** The newest first. */
function generationsOf(files: readonly SandboxFile[], name: string): Generation[] {
  return files.flatMap((file) => {
    if (file.name === name) return [{ number: 0, file }];
    const number = file.name.startsWith(`${name}.`) ? file.name.slice(name.length + 1) : "";
    return /^[1-9]\d{0,4}$/.test(number) ? [{ number: Number(number), file }] : [];
  }).sort((one, other) => one.number - other.number);
}

function startsWith(data: Uint8Array, mark: Uint8Array): boolean {
  return data.length >= mark.length && mark.every((byte, index) => data[index] === byte);
}
