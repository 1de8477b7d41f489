import { parseCommandLine } from "../../src/cli/parse.ts";
import { programVersion } from "../../src/cli/program_version.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { programPath, receiptPath, unitPath, usualPrefix, usualSpecs } from "../../src/setup/setup_model.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { type AuroraExecutor, type AuroraJob, auroraTask } from "../mesos/aurora_task.ts";
import { exampleJson } from "../mesos/example_tasks.ts";
import { type MarathonApp, marathonTask } from "../mesos/marathon_task.ts";

const page = await Deno.readTextFile(new URL("../../docs/install.md", import.meta.url));

/** The code of one language in the page, a block each. */
function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language).map(([, , text = ""]) => text);
}

const [marathon = "", aurora = ""] = blocks("json");
const file = `mesolet-${programVersion}-linux-x64`;

Deno.test("docs/install.md: every command of mesolet is one, with flags that exist", () => {
  const lines = blocks("sh").join("\n").split("\n")
    .flatMap((line) => /^(?:sudo )?(?:\.\/)?mesolet\S* +(setup[^#]*)/.exec(line)?.[1]?.trim() ?? []);
  assertEquals(lines.length, 5);
  for (const line of lines) {
    assertEquals<string | undefined>(parseCommandLine(line.split(/\s+/), {}).command?.name, "setup");
  }
  const [drop = ""] = blocks("ini");
  const [, words = ""] = /^ExecStart=\S+ (.+)$/m.exec(drop) ?? [];
  assertEquals<string | undefined>(parseCommandLine(words.split(" "), {}).command?.name, "operator");
  for (const [flag] of page.matchAll(/`(--[a-z-]+)( DIR)?`/g)) {
    const name = flag.replaceAll("`", "");
    if (name === "--fetcher_cache_size") continue;
    parseCommandLine(["setup", ...name.split(" "), "--help"], {});
  }
});

Deno.test("docs/install.md: places and exit codes are those of setup", () => {
  for (const path of [programPath(usualPrefix), usualSpecs, unitPath, receiptPath]) {
    assertStringIncludes(page, `| \`${path}\` `);
  }
  const codes: number[] = Object.values(ExitCode);
  for (const [, code] of page.matchAll(/^\| (\d+) +\|/gm)) assert(codes.includes(Number(code)), code);
  assertStringIncludes(page, file);
});

Deno.test("docs/install.md: Marathon makes a task of its app that fetches the file under a plain name, cached", () => {
  const app: MarathonApp = JSON.parse(marathon);
  const offer = { taskId: "t", frameworkId: "f", hostname: "127.0.0.1", ports: [31000], sendsApp: false };
  const { executor } = marathonTask(app, offer);
  assertEquals(executor?.command?.uris?.[0], {
    value: `https://files.example.com/${file}`,
    executable: true,
    extract: false,
    cache: true,
    output_file: "mesolet",
  });
});

Deno.test("docs/install.md: the command for Aurora runs the file that has the sum, and no other", async () => {
  const executors: readonly AuroraExecutor[] = JSON.parse(aurora);
  const job = exampleJson<AuroraJob>("aurora-job.json");
  const { executor } = auroraTask(executors, job, { taskId: "t", frameworkId: "f", ports: [31000] });
  const command = executor?.command;
  assertEquals(command?.uris?.[0], {
    value: `https://files.example.com/${file}`,
    executable: true,
    extract: false,
    cache: true,
  });
  const directory = await Deno.makeTempDir();
  try {
    const text = '#!/bin/sh\necho runs "$@"\n';
    await Deno.writeTextFile(`${directory}/${file}`, text, { mode: 0o755 });
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
      .toHex();
    const run = async (sum: string) => {
      const words = ["-c", (command?.value ?? "").replace("SHA256", sum)];
      const { code, stdout } = await new Deno.Command("sh", { args: words, cwd: directory, stderr: "null" })
        .output();
      return [code, new TextDecoder().decode(stdout)];
    };
    assertEquals(await run(digest), [0, `${file}: OK\nruns executor\n`]);
    assertEquals(await run("0".repeat(64)), [1, `${file}: FAILED\n`]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
