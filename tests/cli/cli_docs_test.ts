import { documentPath, formatted, renderReference, withReference } from "../../scripts/cli_docs.ts";
import { visibleCommands } from "../../src/cli/commands.ts";
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

Deno.test("a document without the marks is not written over", () => {
  assertThrows(() => withReference("# mine\n", "generated"), Error, "Cannot find the marks");
});
