/** A pod for another system: what goes in, and what comes out. */

import type { ComposeProject } from "../compose/model.ts";
import { ProblemList } from "../compose/problem_list.ts";
import type { RelativeMounts } from "../compose/relative_mounts.ts";
import type { FileReader } from "../compose/travelling_files.ts";
import type { Problem } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";

/** A spec that was loaded to be converted. */
export interface ConversionSource {
  readonly project: ComposeProject;
  /** Made of the project for a cluster: `x-pod.placement` and its kin are read. */
  readonly pod: Pod;
  /** `x-pod.ports`, as written. */
  readonly offeredPorts: readonly string[];
  readonly readFile: FileReader;
  /** Mounts of paths that are no paths of another host. */
  readonly outside: RelativeMounts;
}

/** What a spec becomes. */
export interface Conversion {
  /** Ends with a line feed. It may hold secrets: it is what was asked for, and is shown nowhere else. */
  readonly text: string;
  /** What the target cannot express, by the field's path. */
  readonly losses: readonly Problem[];
  /** What a person should know of the text all the same. */
  readonly notes: readonly Problem[];
}

/** Collects what a conversion has to say. */
export class Report {
  readonly #losses = new ProblemList();
  readonly #notes = new ProblemList();

  /** The target does not do what this field says. */
  lost(path: string, why: string): void {
    this.#losses.warning(path, `is lost: ${why}`);
  }

  /** The target does it, and there is something to know. */
  note(path: string, message: string): void {
    this.#notes.warning(path, message);
  }

  /** The result; what was said twice is said once. */
  conversion(text: string): Conversion {
    return { text, losses: once(this.#losses.problems), notes: once(this.#notes.problems) };
  }

  /** Takes over losses that were found elsewhere. */
  takeLosses(problems: readonly Problem[]): void {
    this.#losses.problems.push(...problems);
  }

  /** Takes over notes that were made elsewhere. */
  takeNotes(problems: readonly Problem[]): void {
    this.#notes.problems.push(...problems);
  }
}

function once(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = JSON.stringify([path, message]);
    return !seen.has(key) && seen.add(key);
  });
}
