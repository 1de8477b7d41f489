import { assert } from "../support/assert.ts";

Deno.test("an edit keeps nothing of the look that found it, which knows all other specs", async () => {
  const script = new URL("grow_by_edits.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-check",
      "--node-modules-dir=manual",
      "--v8-flags=--expose-gc",
      script,
    ],
  }).output();
  const grown = Number(new TextDecoder().decode(stdout) || Number.NaN);
  // A look at a thousand specs has half a mebibyte.
  assert(grown < 50_000, `${grown} bytes for each edit${new TextDecoder().decode(stderr)}`);
});
