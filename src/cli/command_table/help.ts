import type { Command } from "../command.ts";

/** Commands about mesolet itself. */

export const version = {
  name: "version",
  group: "Help",
  summary: "Print the version",
  flags: {
    json: {
      kind: "boolean",
      summary: "Print as JSON, with the commit, how and for what it was built, its file, runtime and schemas",
    },
    short: { kind: "boolean", summary: "Print only the number" },
  },
  positionals: [],
  examples: [
    { line: "mesolet version --short", summary: "The number alone, for scripts" },
    { line: "mesolet version --json", summary: "What to put into a report of a defect" },
  ],
} as const satisfies Command;

export const help = {
  name: "help",
  group: "Help",
  summary: "Print help, also of one command",
  flags: {},
  positionals: [{ name: "COMMAND", required: false, repeated: false }],
  examples: [{ line: "mesolet help up", summary: "All flags of up, with examples" }],
} as const satisfies Command;

export const completion = {
  name: "completion",
  group: "Help",
  summary: "Print a script that completes commands in a shell",
  flags: {},
  positionals: [{ name: "SHELL", required: true, repeated: false, choices: ["bash", "zsh", "fish"] }],
  examples: [
    { line: "source <(mesolet completion bash)", summary: "Complete in this bash" },
    {
      line: "mesolet completion fish > ~/.config/fish/completions/mesolet.fish",
      summary: "Complete in every fish",
    },
  ],
} as const satisfies Command;

/** What the completion scripts call: prints candidates for the last word. */
export const complete = {
  name: "__complete",
  group: "Help",
  summary: "Print candidates for the last of the words",
  hidden: true,
  flags: {},
  positionals: [{ name: "WORD", required: false, repeated: true }],
  verbatimAfterFirst: true,
  examples: [],
} as const satisfies Command;
