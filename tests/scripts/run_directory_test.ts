import { makeRunDirectory, mountPointsBelow } from "../../scripts/test/run_directory.ts";
import { assertEquals } from "../support/assert.ts";

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

async function withParent(work: (parent: string, warned: string[]) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "mesolet-runs-" });
  const warned: string[] = [];
  try {
    await work(parent, warned);
    assertEquals(warned, []);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

Deno.test("a run removes its own directory, and leaves that of another run which is alive", async () => {
  await withParent(async (parent, warned) => {
    const warn = (line: string) => warned.push(line);
    const one = await makeRunDirectory(parent, warn);
    assertEquals((Deno.statSync(one.path).mode ?? 0) & 0o7777, 0o1777);
    Deno.writeTextFileSync(`${one.path}/file`, "");
    const other = await makeRunDirectory(parent, warn);
    assertEquals(namesIn(one.path), ["file"]);
    await other.remove();
    assertEquals(namesIn(one.path), ["file"]);
    await one.remove();
    assertEquals(namesIn(parent), []);
  });
});

Deno.test("what a run left that was killed is removed by the next; what has no lock is nobody's business", async () => {
  await withParent(async (parent, warned) => {
    const module = new URL("../../scripts/test/run_directory.ts", import.meta.url);
    const program = `
      const { makeRunDirectory } = await import(${JSON.stringify(module.href)});
      const { path } = await makeRunDirectory(${JSON.stringify(parent)}, () => {});
      Deno.mkdirSync(path + "/deep");
      Deno.writeTextFileSync(path + "/deep/file", "");
      Deno.kill(Deno.pid, "SIGKILL");
    `;
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", program],
      env: { DENO_NO_UPDATE_CHECK: "1" },
      stdout: "null",
    }).output();
    assertEquals(signal, "SIGKILL");
    assertEquals(namesIn(parent).length, 2);
    Deno.mkdirSync(`${parent}/mesolet-tests-other`);
    const run = await makeRunDirectory(parent, (line) => warned.push(line));
    await run.remove();
    assertEquals(namesIn(parent), ["mesolet-tests-other"]);
  });
});

Deno.test("mounts in a directory are seen, and those beside it are not", () => {
  const line = (point: string) => `29 1 0:26 / ${point} rw,nosuid shared:4 - tmpfs tmpfs rw`;
  const text = ["/", "/tmp", "/tmp/run", "/tmp/run/a/b", "/tmp/runs"].map(line).join("\n");
  assertEquals(mountPointsBelow("/tmp/run", text), ["/tmp/run", "/tmp/run/a/b"]);
});
