import { type ByteSink, MemoryOutput, QueuedOutput } from "../../src/cli/output.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals } from "../support/assert.ts";

/** Takes at most `most` bytes in one write, and waits for `gate` before it takes any. */
function slowSink(most: number, gate: Promise<void> = Promise.resolve()): ByteSink & { text(): string } {
  const taken: number[] = [];
  return {
    async write(bytes) {
      await gate;
      const count = Math.min(most, bytes.length);
      taken.push(...bytes.subarray(0, count));
      return count;
    },
    text: () => new TextDecoder().decode(new Uint8Array(taken)),
  };
}

Deno.test("all that is written arrives in order, however little a write takes", async () => {
  const sink = slowSink(3);
  const output = new QueuedOutput(sink, systemClock);
  output.write("héllo ");
  output.writeBytes(new TextEncoder().encode("world"));
  output.write("");
  output.write("!\n");
  await output.flush();
  assertEquals(sink.text(), "héllo world!\n");
});

Deno.test("a writer of much is held up until the reader has caught up", async () => {
  const gate = Promise.withResolvers<void>();
  const output = new QueuedOutput(slowSink(1 << 20, gate.promise), systemClock);
  output.write("x".repeat(300 * 1024));
  let ready = false;
  const waiting = output.ready().then(() => ready = true);
  await Promise.resolve();
  assertEquals(ready, false);
  gate.resolve();
  await waiting;
  await output.flush();
  await output.ready();
});

Deno.test("a reader that has gone closes the output and fails nothing", async () => {
  const output = new QueuedOutput({ write: () => Promise.reject(new Deno.errors.BrokenPipe()) }, systemClock);
  output.write("x");
  await output.flush();
  assertEquals(output.closed.aborted, true);
  output.write("y");
  await output.ready();
  await output.flush();
});

Deno.test("a terminal that is not ready is asked again", async () => {
  let refusals = 3;
  const sink = slowSink(100);
  const output = new QueuedOutput({
    write: (bytes) => refusals-- > 0 ? Promise.reject(new Deno.errors.WouldBlock()) : sink.write(bytes),
  }, { ...systemClock, sleep: () => Promise.resolve() });
  output.write("patience");
  await output.flush();
  assertEquals(sink.text(), "patience");
});

Deno.test("output in memory puts split characters together", () => {
  const output = new MemoryOutput();
  const bytes = new TextEncoder().encode("é");
  output.writeBytes(bytes.subarray(0, 1));
  output.writeBytes(bytes.subarray(1));
  assertEquals(output.text, "é");
});
