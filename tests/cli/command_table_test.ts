import { type Command, flagName, type Flags } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { globalFlags } from "../../src/cli/global_flags.ts";
import { handlers } from "../../src/cli/handlers.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { assert, assertEquals } from "../support/assert.ts";

const all = Object.entries<Command>(commands);

Deno.test("a command is found under its own name", () => {
  for (const [name, command] of all) assertEquals(command.name, name);
});

Deno.test("every command has a module that can be loaded", async () => {
  for (const [name, load] of Object.entries(handlers)) {
    assertEquals(typeof (await load()).run, "function", name);
  }
});

Deno.test("names and letters of flags are unique within a command", () => {
  for (const [name, command] of [...all, ["the globals", { flags: globalFlags }] as const]) {
    const flags: Flags = command.flags;
    const names = Object.entries(flags).flatMap((
      [key, flag],
    ) => [flagName(key, flag), ...flag.aliases ?? []]);
    const letters = Object.values(flags).flatMap((flag) => flag.short ?? []);
    assertEquals(new Set(names).size, names.length, name);
    assertEquals(new Set(letters).size, letters.length, name);
    for (const letter of letters) assertEquals(letter.length, 1);
  }
});

Deno.test("a command's flag that has a global one's name means the same kind of thing", () => {
  const globals: Flags = globalFlags;
  for (const [name, command] of all) {
    for (const [key, flag] of Object.entries(command.flags)) {
      const global = globals[key];
      if (global !== undefined) assertEquals(flag.kind, global.kind, `${name} --${flagName(key, flag)}`);
    }
  }
});

Deno.test("summaries are sentences without a full stop", () => {
  for (const [name, command] of all) {
    for (const text of [command.summary, ...Object.values(command.flags).map((flag) => flag.summary)]) {
      assert(/^[A-Z]/.test(text) && !text.endsWith("."), `${name}: ${text}`);
    }
  }
});

Deno.test("every example is a command line that is understood", () => {
  for (const [name, command] of all) {
    for (const { line } of command.examples) {
      const own = /(?:^|\()mesolet ([^|&>)]*)/.exec(line)?.[1]?.trim();
      assert(own !== undefined, line);
      assertEquals<string | undefined>(parseCommandLine(own.split(/\s+/), {}).command?.name, name, line);
    }
  }
});
