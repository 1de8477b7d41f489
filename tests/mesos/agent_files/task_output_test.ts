import { InstanceOutput } from "../../../src/mesos/agent_files/instance_output.ts";
import { followOutput } from "../../../src/mesos/framework/one_off/follow_output.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals } from "../../support/assert.ts";
import { type ShownSandbox, showSandbox } from "./shown_sandbox.ts";

const clock = systemClock;
const signal = new AbortController().signal;

/** The sandbox of Mesos' own executor, with those of two tasks in it. */
async function showTasks(): Promise<ShownSandbox> {
  const shown = await showSandbox();
  await Deno.remove(`${shown.path}/logs`, { recursive: true });
  // Agents link to the sandbox of the nested container.
  for (const [member, container] of [["web-1", "c1"], ["my.db-1", "c2"]] as const) {
    await Deno.mkdir(`${shown.path}/containers/${container}`, { recursive: true });
    await Deno.mkdir(`${shown.path}/tasks`, { recursive: true });
    await Deno.symlink(`${shown.path}/containers/${container}`, `${shown.path}/tasks/E.${member}`);
  }
  await Deno.writeTextFile(`${shown.path}/stdout`, "of the executor\n");
  await Deno.writeTextFile(`${shown.path}/tasks/E.web-1/stdout`, "2026-01-01T00:00:01Z one\n");
  await Deno.writeTextFile(`${shown.path}/tasks/E.web-1/stdout.1`, "2026-01-01T00:00:00Z zero\n");
  await Deno.writeTextFile(`${shown.path}/tasks/E.web-1/stderr`, "");
  await Deno.writeTextFile(`${shown.path}/tasks/E.web-1/data`, "none of it\n");
  await Deno.writeTextFile(`${shown.path}/tasks/E.my.db-1/stderr`, "2026-01-01T00:00:02Z db\n");
  return shown;
}

Deno.test("output of tasks of Mesos' own executor is read as that of ours", async () => {
  await using shown = await showTasks();
  const read = async (options: { container?: string; tail?: number }) =>
    (await Array.fromAsync(
      new InstanceOutput(shown.sandbox, { clock, follow: false, ...options }).lines(signal),
    )).map(({ container, line }) => `${container} ${line.stream} ${line.text}`);
  assertEquals(await read({}), [
    "web-1 stdout 2026-01-01T00:00:00Z zero",
    "web-1 stdout 2026-01-01T00:00:01Z one",
    "my.db-1 stderr 2026-01-01T00:00:02Z db",
  ]);
  assertEquals(await read({ container: "my.db" }), ["my.db-1 stderr 2026-01-01T00:00:02Z db"]);
  assertEquals(await read({ container: "web", tail: 1 }), ["web-1 stdout 2026-01-01T00:00:01Z one"]);
});

Deno.test("output of tasks of Mesos' own executor is followed to its end", async () => {
  await using shown = await showTasks();
  const over = new AbortController();
  const pieces: string[] = [];
  over.abort();
  await followOutput({
    clock,
    open: () => Promise.resolve(shown.sandbox),
    onPiece: ({ container, stream, bytes }) => {
      pieces.push(`${container} ${stream} ${new TextDecoder().decode(bytes).trim()}`);
      return Promise.resolve();
    },
    onTrouble: (reason) => pieces.push(reason),
    over: over.signal,
  }, signal);
  assertEquals(pieces.sort(), [
    "my.db-1 stderr 2026-01-01T00:00:02Z db",
    "web-1 stdout 2026-01-01T00:00:00Z zero",
    "web-1 stdout 2026-01-01T00:00:01Z one",
  ]);
});
