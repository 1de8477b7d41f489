import type { UpOptions } from "./plan_options.ts";
import type { Step } from "./step.ts";

/** What the first steps of a pod brought, so that the next plan does not ask for it again. */
export class BroughtImages {
  readonly #pulled = new Set<string>();
  readonly #tried = new Set<string>();

  /** These steps were carried out; those that may fail, perhaps in vain. */
  add(steps: readonly Step<"pull-image" | "load-images">[]): void {
    for (const step of steps) {
      if (step.kind === "pull-image") this.#pulled.add(step.image);
      else this.#tried.add(step.archive);
    }
  }

  get options(): Pick<UpOptions, "pulled" | "triedArchives"> {
    return { pulled: this.#pulled, triedArchives: this.#tried };
  }
}
