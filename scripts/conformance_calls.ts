/**
 * The second half of `deno task conformance`: records the Engine calls that mesolet makes for `up -d`, a second
 * `up -d` and `down -v -t 0` in `services` mode, against an engine that answers everything, and compares them with
 * those of Docker Compose. Labels of mesolet's own and calls for its own image are left out of the comparison.
 */

/** What is the same at least, in per cent of the cases. */
const leastSame = 95;

/**
 * Runs the comparison.
 *
 * @param executable the program, as a file that can be run.
 * @param only a regular expression of cases; absent: all.
 * @returns whether enough cases are the same.
 */
export async function compareCalls(
  executable: string,
  recordings: string,
  directory: string,
  only?: string,
): Promise<boolean> {
  // The recorder keeps its sockets beside the corpus, and paths of the corpus stand in the calls: it gets its own.
  const root = `${directory}/recording`;
  await Deno.mkdir(`${root}/mock`, { recursive: true });
  for (const part of ["corpus", "expected", "tools"]) {
    await copyTree(`${recordings}/${part}`, `${root}/${part}`);
  }
  await Deno.copyFile(`${recordings}/cases.jsonl`, `${root}/cases.jsonl`);
  const wrapper = `${directory}/mesolet-services`;
  await Deno.writeTextFile(wrapper, `#!/bin/sh\nexec '${executable}' --network services "$@"\n`);
  await Deno.chmod(wrapper, 0o755);
  const recorder = new Deno.Command("node", {
    args: [`${root}/tools/record-api.mjs`, ...(only === undefined ? [] : [only])],
    env: { ORACLE_ROOT: root, COMPOSE_BIN: wrapper, OUT: `${root}/calls` },
    stdin: "null",
  });
  const recorded = await recorder.output();
  if (!recorded.success) throw new Error(`the recorder failed: ${new TextDecoder().decode(recorded.stderr)}`);
  await stripOwn(`${root}/calls`);
  const { stdout } = await new Deno.Command("python3", {
    args: [
      `${root}/tools/diff-api.py`,
      `${recordings}/expected-api`,
      `${root}/calls`,
      ...(only === undefined ? [] : [only]),
    ],
    stdin: "null",
    stderr: "inherit",
  }).output();
  await Deno.stdout.write(stdout);
  const [, same = "0", all = "1"] = /(\d+)\/(\d+) same/.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(same) / Number(all) * 100 >= leastSame;
}

async function copyTree(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  if (!success) throw new Error(`cannot copy ${from}`);
}

/** Takes out of recordings what is mesolet's own: labels, and calls for the pause image. */
async function stripOwn(directory: string): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) await stripOwn(path);
    else {
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, JSON.stringify(JSON.parse(text, withoutOwn)));
    }
  }
}

function withoutOwn(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.filter((member) => !isCallForPauseImage(member));
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("io.mesolet.")));
}

/** Whether a recorded call is about the image of the pause container, which `down` removes where nothing needs it. */
function isCallForPauseImage(call: unknown): boolean {
  return typeof call === "object" && call !== null && "path" in call && typeof call.path === "string" &&
    call.path.startsWith("/images/mesolet/pause:");
}
