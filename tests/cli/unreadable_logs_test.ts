import { UnreadableLogs } from "../../src/cli/unreadable_logs.ts";
import { refusedByEngine } from "../../src/docker/engine_error.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertThrows } from "../support/assert.ts";

async function* broken(error: unknown): AsyncGenerator<string> {
  await Promise.resolve();
  yield "first";
  throw error;
}

Deno.test("a log that cannot be read is a warning while others are left, and an error when none is", async () => {
  const refusals = [
    refusedByEngine("read", 501, "configured logging driver does not support reading"),
    refusedByEngine("read", 500, "this container is using the 'none' log driver, cannot read logs"),
  ];
  const warnings: string[] = [];
  const unreadable = new UnreadableLogs(2, (message) => warnings.push(message));
  unreadable.check();
  assertEquals(await Array.fromAsync(unreadable.skip(broken(refusals[0]), "a-1")), ["first"]);
  unreadable.check();
  assertEquals(warnings, ["no log of a-1: its logging driver does not support reading"]);
  await Array.fromAsync(unreadable.skip(broken(refusals[1]), "b-1"));
  assertEquals(warnings.length, 1);
  const error = assertThrows(() => unreadable.check(), MesoletError, "Cannot read the logs of a-1, b-1");
  assertEquals(error.exitCode, ExitCode.unavailable);
});

Deno.test("any other failure of a log is one", async () => {
  const unreadable = new UnreadableLogs(2, () => {});
  const lines = unreadable.skip(broken(refusedByEngine("read", 500, "no space left")), "a-1");
  await assertRejects(() => Array.fromAsync(lines), MesoletError, "no space left");
});
