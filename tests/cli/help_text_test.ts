import type { Command } from "../../src/cli/command.ts";
import { commands, visibleCommands } from "../../src/cli/commands.ts";
import { commandHelp, generalHelp, usageOf } from "../../src/cli/help_text.ts";
import { styleFor } from "../../src/cli/style.ts";
import { textWidth } from "../../src/cli/text_width.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";

const plain = styleFor(false);

const sample: Command = {
  name: "sample",
  group: "Run",
  summary: "Do something with services",
  description: ["It does it with great care, and it takes more than one line to say so."],
  flags: {
    force: { kind: "boolean", short: "f", summary: "Do not ask" },
    outputFormat: {
      kind: "text",
      placeholder: "FORMAT",
      choices: ["text", "json"],
      summary: "How to print",
      variable: "SAMPLE_FORMAT",
      otherwise: "text",
    },
    veryLongNameOfAFlagIndeed: { kind: "integer", placeholder: "NUMBER", minimum: 0, summary: "A number" },
    secret: { kind: "boolean", hidden: true, summary: "Not shown" },
  },
  positionals: [{ name: "FIRST", required: true, repeated: false }, {
    name: "REST",
    required: false,
    repeated: true,
  }],
  examples: [{ line: "mesolet sample a b", summary: "Do it with a and b" }],
};

Deno.test("help of a command tells its usage, flags and examples", () => {
  assertEquals(
    commandHelp(sample, plain, 80),
    `Do something with services.

Usage: mesolet sample [FLAGS] FIRST [REST…]

It does it with great care, and it takes more than one line to say so.

Flags:
  -f, --force                     Do not ask
      --output-format FORMAT      How to print (text|json; variable
                                  SAMPLE_FORMAT; without it: text)
      --very-long-name-of-a-flag-indeed NUMBER
                                  A number

Examples:
  # Do it with a and b
  mesolet sample a b

Flags of every command: see mesolet help.
`,
  );
});

Deno.test("usage shows choices in place of a name", () => {
  assertEquals(usageOf(commands.completion), "mesolet completion bash|zsh|fish");
  assertEquals(usageOf(commands.help), "mesolet help [COMMAND]");
});

Deno.test("general help lists every command that people call, and no other", () => {
  const help = generalHelp(visibleCommands(), plain, 100);
  for (const command of Object.values<Command>(commands)) {
    assertEquals(help.includes(`\n  ${command.name} `), command.hidden !== true, command.name);
  }
  assertStringIncludes(help, "-f, --file FILE");
});

Deno.test("help fits the terminal", () => {
  for (const command of visibleCommands()) {
    for (const line of commandHelp(command, styleFor(true), 80).split("\n")) {
      // Examples are for copying: they are not broken.
      if (!line.includes("mesolet") && !line.includes("#")) assert(textWidth(line) <= 80, line);
    }
  }
});
