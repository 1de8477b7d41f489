import type { CommandContext } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { withoutControls } from "./text_width.ts";

/** What is said beside the output of a launch, on standard error; each thing once until there is another one. */
export class LaunchNotes {
  #last = "";

  constructor(
    private readonly context: Pick<CommandContext, "error" | "errorStyle">,
    private readonly globals: Pick<GlobalValues, "quiet">,
  ) {}

  /** Something to know, unless nobody wants to hear. */
  note(text: string): void {
    if (!this.globals.quiet) this.#write(text);
  }

  /** Why it did not come to a good end: said also to who is quiet. */
  end(text: string): void {
    this.#write(text);
  }

  #write(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    const { error, errorStyle } = this.context;
    for (const line of text.split("\n")) {
      error.write(`${errorStyle.dim(`mesolet: ${withoutControls(line)}`)}\n`);
    }
  }
}
