/** Directories that are followed for real, for tests. */

import { followDirectories } from "../../src/operator/spec_directories.ts";
import type { WantedPods } from "../../src/operator/spec_source.ts";
import type { LookReason } from "../../src/operator/watch_directory.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { formatProblem } from "../../src/pod/errors.ts";
import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { CountedFiles, type TestDirectory } from "./directory.ts";

/** Directories that are followed for real. */
export class Following {
  readonly files = new CountedFiles();
  readonly looks: { readonly reason: LookReason; readonly wanted: WantedPods }[] = [];
  readonly watch;
  readonly #ending = new AbortController();

  constructor(
    directories: readonly string[],
    options: { readonly rescan?: number; readonly allowEmpty?: boolean } = {},
  ) {
    const { rescan = 5_000, allowEmpty = false } = options;
    this.watch = followDirectories({
      directories,
      environment: {},
      clock: systemClock,
      files: this.files,
      signal: this.#ending.signal,
      bounds: { settle: 250, rescan, longestUnrest: 60_000, allowEmpty },
      onLook: (wanted, reason) => this.looks.push({ wanted, reason }),
    });
  }

  /** What is wanted now: `web=busybox api=other`. */
  get pods(): string {
    return [...this.looks.at(-1)?.wanted.pods ?? []].map(([name, { pod }]) =>
      `${name}=${pod.containers.map(({ image }) => image).join()}`
    ).join(" ");
  }

  get problems(): string[] {
    return (this.looks.at(-1)?.wanted.problems ?? []).map(({ problem, keptVersion }) =>
      `${formatProblem(problem)}${keptVersion ? " (kept)" : ""}`
    );
  }

  /** Waits until these pods are wanted. */
  async wants(pods: string): Promise<void> {
    await waitUntil(`${pods === "" ? "nothing" : pods} is wanted`, () => {
      assertEquals(this.pods, pods);
      return true;
    });
  }

  /** Waits until nothing is read any more: what was written just before may be read twice. */
  async rests(): Promise<void> {
    let looks = -1;
    await waitUntil("a full look reads nothing", async () => {
      if (looks === this.looks.length) return false;
      looks = this.looks.length;
      const reads = this.files.reads.length;
      this.watch.rescan();
      await waitUntil("the look is done", () => this.looks.length > looks);
      return reads === this.files.reads.length && this.looks.at(-1)?.wanted.loaded.length === 0;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.watch.done;
  }
}

/** Follows a directory, with full looks so seldom that what is seen was noticed. */
export function noticing(directory: TestDirectory): Following {
  return new Following([directory.path], { rescan: 3_600_000 });
}
