import { Interrupted, Interrupts } from "../../src/cli/interrupts.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ManualSignals } from "./command_line.ts";

function degrees(interrupts: Interrupts): boolean[] {
  return [interrupts.graceful, interrupts.immediate, interrupts.abandon].map((signal) => signal.aborted);
}

Deno.test("each signal asks for more haste than the one before", () => {
  const signals = new ManualSignals();
  const interrupts = new Interrupts(signals.source);
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
  const interrupts = new Interrupts(signals.source);
  signals.send("SIGHUP");
  assertEquals(degrees(interrupts), [false, false, false]);
  interrupts.dispose();
});
