import { Interrupted, Interrupts } from "../../src/cli/interrupts.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ManualSignals } from "./command_line.ts";

function degrees(interrupts: Interrupts): boolean[] {
  return [interrupts.graceful, interrupts.immediate, interrupts.abandon].map((signal) => signal.aborted);
}

Deno.test("each signal asks for more haste than the one before", () => {
  const signals = new ManualSignals();
  let now = 0;
  const interrupts = new Interrupts(signals.source, () => now += 100);
  assertEquals(degrees(interrupts), [false, false, false]);
  signals.send("SIGINT");
  assertEquals(degrees(interrupts), [true, false, false]);
  signals.send("SIGTERM");
  assertEquals(degrees(interrupts), [true, true, false]);
  signals.send("SIGINT");
  signals.send("SIGINT");
  assertEquals(degrees(interrupts), [true, true, true]);
  assert(interrupts.graceful.reason instanceof Interrupted);
  assertEquals(interrupts.graceful.reason.exitCode, 130);
  interrupts.dispose();
  assertEquals(signals.listeners, 0);
});

Deno.test("a closed terminal ends nothing", () => {
  const signals = new ManualSignals();
  const interrupts = new Interrupts(signals.source, () => 0);
  signals.send("SIGHUP");
  assertEquals(degrees(interrupts), [false, false, false]);
  interrupts.dispose();
});

Deno.test("a signal that comes several times at once, through each parent of a group, is one", () => {
  const signals = new ManualSignals();
  let now = 0;
  const interrupts = new Interrupts(signals.source, () => now);
  for (const at of [0, 1, 99]) {
    now = at;
    signals.send("SIGTERM");
  }
  assertEquals(degrees(interrupts), [true, false, false]);
  // Another one is another wish, however soon it comes, and so is the same one later.
  signals.send("SIGINT");
  assertEquals(degrees(interrupts), [true, true, false]);
  now = 199;
  signals.send("SIGINT");
  assertEquals(degrees(interrupts), [true, true, true]);
  interrupts.dispose();
});
