import { documentPath, formatted, renderReference, withReference } from "../../scripts/cli_docs.ts";
import type { Command, Flags } from "../../src/cli/command.ts";
import { commands, visibleCommands } from "../../src/cli/commands.ts";
import { globalFlags } from "../../src/cli/global_flags.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

const document = await Deno.readTextFile(documentPath);

Deno.test("docs/cli.md is what the table of commands says (else: deno run -A scripts/cli_docs.ts)", async () => {
  const made = withReference(document, renderReference(visibleCommands()));
  assertEquals(document, await formatted(made));
});

Deno.test("docs/cli.md tells every exit code", () => {
  for (const [name, code] of Object.entries(ExitCode)) {
    assert(new RegExp(`\n\\| ${code} +\\| `).test(document), `${name} (${code}) is missing`);
  }
});

Deno.test("docs/cli.md tells every variable that stands for a flag, or that the command line looks at", async () => {
  const names = new Set<string>();
  const flags: Flags[] = [globalFlags, ...Object.values<Command>(commands).map((command) => command.flags)];
  for (const flag of flags.flatMap((one) => Object.values(one))) {
    if ((flag.kind === "text" || flag.kind === "integer") && flag.variable !== undefined) {
      names.add(flag.variable);
    }
  }
  for (const room of ["cli", "compose", "docker", "operator"]) {
    const directory = new URL(`../../src/${room}/`, import.meta.url);
    for await (const { name } of Deno.readDir(directory)) {
      if (!name.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(new URL(name, directory));
      for (const [, variable = ""] of text.matchAll(/(?:variables|environment)(?:\.|\[")([A-Z][A-Z_]+)/g)) {
        names.add(variable);
      }
    }
  }
  const [, variables = ""] = /\n## Variables\n([\s\S]*?)\n## /.exec(document) ?? [];
  names.delete("HOME");
  assert(names.size > 10, [...names].join(" "));
  assertEquals([...names].filter((name) => !variables.includes(`\`${name}\``)), []);
});

Deno.test("a document without the marks is not written over", () => {
  assertThrows(() => withReference("# mine\n", "generated"), Error, "Cannot find the marks");
});
