import { formatProblem } from "../pod/errors.ts";
import type { FoundOrphans } from "./find_orphans.ts";
import type { LiveBoard } from "./live_board.ts";
import type { SpecProblem } from "./pod_board.ts";
import { isGood, type LoadedSpec } from "./spec_source.ts";

/** Tells on a board what is wrong with specs, and which pods without a spec are kept: each once, for as long as it lasts. */
export class SpecTeller {
  readonly #board: Pick<LiveBoard, "tell" | "setProblems">;
  readonly #kept = new Map<string, string>();
  #told: ReadonlySet<string> = new Set();
  /** Specs that were wrong when there was last something to tell. */
  #wrong: ReadonlySet<string> = new Set();

  constructor(board: Pick<LiveBoard, "tell" | "setProblems">) {
    this.#board = board;
  }

  /**
   * What is wrong is told once, and so is that it is right again, or gone.
   *
   * @param loaded specs that were read just now: their warnings are told
   */
  tellSpecs(problems: readonly SpecProblem[], loaded: readonly LoadedSpec[]): void {
    const before = this.#told;
    this.#told = new Set(problems.map(({ problem }) => formatProblem(problem)));
    this.#board.setProblems(problems);
    for (const { problem, keptVersion, pod } of problems) {
      const text = formatProblem(problem);
      if (before.has(text)) continue;
      this.#board.tell("spec", text + (keptVersion ? " (the last good version goes on)" : ""), pod);
    }
    if (before.size > 0 && this.#told.size === 0) {
      const isMended = loaded.some((spec) => isGood(spec) && this.#wrong.has(spec.key));
      this.#board.tell(
        "operator",
        isMended ? "all specs are right again" : "no spec is wrong any more: what was wrong is gone",
      );
    }
    if (problems.length > 0) this.#wrong = new Set(problems.map(({ key }) => key));
    for (const spec of loaded) {
      if (!isGood(spec)) continue;
      for (const warning of spec.warnings) {
        this.#board.tell("spec", `warning: ${formatProblem(warning)}`, spec.pod.name);
      }
    }
  }

  /** Why pods without a spec are kept. */
  tellKept(kept: FoundOrphans["kept"]): void {
    for (const [directory, { pods, why }] of kept) {
      const text = why === "too-many"
        ? `${directory} has no specs of ${pods} pods that run, most of all: they are kept until a second look, ` +
          "unless --allow-empty is given"
        : `${pods} pods of ${directory} have no spec, and are kept as long as not every spec there can be read`;
      if (this.#kept.get(directory) !== text) this.#board.tell("operator", text);
      this.#kept.set(directory, text);
    }
  }
}
