import { waitForEngine } from "../../src/cli/wait_for_engine.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

const nowhere = { host: "unix:///nowhere/docker.sock", environment: {} };
const never = new AbortController().signal;

Deno.test("an engine that is not there is waited for, which is said once, until the time is up", async () => {
  const clock = new SteppedClock();
  const told: string[] = [];
  const waiting = waitForEngine(nowhere, {
    clock,
    signal: never,
    timeout: 30,
    onWait: (why) => told.push(why),
  });
  let isOver = false;
  const failed = assertRejects(() => waiting, MesoletError).finally(() => isOver = true);
  await waitUntil("it gives up", async () => {
    await clock.advance(1_000);
    return isOver;
  });
  const { message, exitCode } = await failed;
  assertEquals(exitCode, ExitCode.unavailable);
  assert(message.endsWith("(waited for 30 s)"), message);
  assertEquals(told.length, 1);
});

Deno.test("without patience it is tried once", async () => {
  const told: string[] = [];
  const clock = new SteppedClock();
  const waiting = waitForEngine(nowhere, {
    clock,
    signal: never,
    timeout: 0,
    onWait: (why) => told.push(why),
  });
  let isOver = false;
  const failed = assertRejects(() => waiting, MesoletError, "no engine listens").finally(() => isOver = true);
  await waitUntil("it gives up", async () => {
    await clock.advance(200);
    return isOver;
  });
  await failed;
  assertEquals(told, []);
});

Deno.test("what no waiting mends is told at once", async () => {
  await assertRejects(
    () =>
      waitForEngine({ host: "ssh://build", environment: {} }, {
        clock: new SteppedClock(),
        signal: never,
        onWait: () => {},
      }),
    MesoletError,
    "ssh",
  );
});

Deno.test("a signal ends the waiting", async () => {
  const abort = new AbortController();
  const clock = new SteppedClock();
  const waiting = waitForEngine(nowhere, {
    clock,
    signal: abort.signal,
    onWait: () => abort.abort(new MesoletError("interrupted", ExitCode.interrupted)),
  });
  let isOver = false;
  const failed = assertRejects(() => waiting, MesoletError, "interrupted").finally(() => isOver = true);
  await waitUntil("it ends", async () => {
    await clock.advance(200);
    return isOver;
  });
  await failed;
});
