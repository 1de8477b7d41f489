/** Plays what happens to directories against the pure decisions. */

import {
  initialSpecs,
  type RunningFiles,
  seeScans,
  type SpecBounds,
  specBounds,
  type SpecsState,
  takeSpecs,
} from "../../src/operator/decide_specs.ts";
import type { LoadedSpec, WantedPods } from "../../src/operator/spec_source.ts";
import type { Pod } from "../../src/pod/model.ts";

/** What a spec says: the name of its pod, or undefined for what is wrong. */
export interface Content {
  readonly version: string;
  readonly pod?: string;
}

const emptyPod: Omit<Pod, "name" | "source"> = {
  network: { mode: "pod" },
  containers: [],
  networks: [],
  volumes: [],
  essential: [],
  essentialIsExplicit: false,
  disabled: [],
};

/** Directories in memory, and an operator's decisions about them. */
export class Play {
  /** What is in each directory, by key; undefined for one that cannot be read. */
  readonly directories = new Map<string, Map<string, Content> | undefined>();
  /** File systems by directory. */
  readonly devices = new Map<string, string>();
  /** What tells a directory from another one at the same path. */
  readonly identities = new Map<string, string>();
  /** Keys that cannot be looked at. */
  readonly unclear = new Set<string>();
  running: RunningFiles = new Map();
  /** Keys that were read, in order. */
  readonly reads: string[] = [];
  state: SpecsState;
  wanted: WantedPods | undefined;
  lookAgainAt: number | undefined;
  readonly bounds: SpecBounds;
  #version = 0;

  constructor(bounds: Partial<SpecBounds> = {}, directories: readonly string[] = ["/d"]) {
    this.bounds = { ...specBounds, ...bounds };
    this.state = initialSpecs(directories);
    for (const directory of directories) this.directories.set(directory, new Map());
  }

  /** Writes specs in a new version: the pod's name by key, undefined for one that is wrong. */
  write(specs: Readonly<Record<string, string | undefined>>): void {
    for (const [key, pod] of Object.entries(specs)) {
      this.#at(key)?.set(key, { version: String(++this.#version), ...(pod === undefined ? {} : { pod }) });
    }
  }

  remove(...keys: string[]): void {
    for (const key of keys) this.#at(key)?.delete(key);
  }

  /** Looks at the directories, at a time in milliseconds. Gives what is to run: `web=a.yaml@1 …`. */
  pass(now: number): string {
    const scans = [...this.directories].map(([directory, content]) => ({
      directory,
      readable: content !== undefined,
      ...(this.devices.has(directory) ? { device: this.devices.get(directory) ?? "" } : {}),
      ...(this.identities.has(directory) ? { identity: this.identities.get(directory) ?? "" } : {}),
      directories: [],
      specs: [...content ?? []].filter(([key]) => !this.unclear.has(key)).sort().map((
        [key, { version }],
      ) => ({
        key,
        version,
      })),
      unclear: [...this.unclear].filter((key) => key.startsWith(`${directory}/`)).map((key) => ({
        key,
        problem: { severity: "error" as const, path: "", message: "may not be read" },
      })),
      problems: content === undefined
        ? [{ severity: "error" as const, path: "", message: "cannot be read" }]
        : [],
    }));
    const seen = seeScans(this.state, scans, now, this.bounds);
    this.reads.push(...seen.toRead.map(({ key }) => key));
    const loaded = seen.toRead.map(({ key }): LoadedSpec => {
      const { version, pod } = this.#at(key)?.get(key) ?? { version: "none" };
      if (pod === undefined) {
        return {
          key,
          version,
          files: [key],
          problems: [{ severity: "error", path: "", message: "is wrong", position: { file: key, line: 1 } }],
        };
      }
      const source = { kind: "compose" as const, files: [key], directory: "/", environmentFiles: [] };
      return {
        key,
        version,
        files: [key],
        warnings: [],
        pod: { ...emptyPod, name: pod, source },
        locate: (problems) => Promise.resolve([...problems]),
      };
    });
    const decided = takeSpecs(seen.state, loaded, this.running, { now, date: 1_000_000 + now }, this.bounds);
    this.state = decided.state;
    this.wanted = decided.wanted;
    const times = [seen.lookAgainAt, decided.lookAgainAt].filter((time) => time !== undefined);
    this.lookAgainAt = times.length === 0 ? undefined : Math.min(...times);
    return this.pods();
  }

  /** Passes at the times that the decisions ask for, until they ask for none any more. */
  settle(now: number): string {
    this.pass(now);
    while (this.lookAgainAt !== undefined) this.pass(this.lookAgainAt);
    return this.pods();
  }

  pods(): string {
    return [...this.wanted?.pods ?? []].map(([name, { key, version }]) =>
      `${name}=${key.replace("/d/", "")}@${version}`
    ).join(" ");
  }

  problems(): string[] {
    return (this.wanted?.problems ?? []).map(({ key, pod, problem, keptVersion, since }) =>
      `${key.replace("/d/", "")} ${pod ?? "-"} ${keptVersion ? "kept" : "not kept"} ${
        since - 1_000_000
      }: ${problem.message}`
    );
  }

  #at(key: string): Map<string, Content> | undefined {
    return this.directories.get(key.slice(0, key.lastIndexOf("/")));
  }
}
