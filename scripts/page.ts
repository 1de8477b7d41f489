/**
 * `deno task page`: compiles the script of the status page, `src/status/page/browser`, into one file of JavaScript that
 * the program sends to browsers. Run it after a change there; a test fails when it was forgotten.
 */
import { root } from "./bundle.ts";

/** What browsers run. */
export const pageScript = `${root}src/status/page/page_script.js`;

const header =
  "// deno-fmt-ignore-file\n// deno-lint-ignore-file\n// Made by `deno task page` of browser/main.ts: not to be edited.\n";

/** @throws {Error} with what the bundler said, when it fails. */
export async function compilePageScript(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform",
      "browser",
      "--format",
      "esm",
      "src/status/page/browser/main.ts",
    ],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`the page's script could not be bundled:\n${decoder.decode(stderr)}`);
  return header + decoder.decode(stdout);
}

if (import.meta.main) await Deno.writeTextFile(pageScript, await compilePageScript());
