import { FrameReader } from "../../src/docker/frames.ts";
import { logLines } from "../../src/docker/logs.ts";
import type { LogLine } from "../../src/docker/engine.ts";
import { assert, assertEquals } from "../support/assert.ts";

const encoder = new TextEncoder();

function frame(stream: 0 | 1 | 2, text: string): Uint8Array {
  const content = encoder.encode(text);
  const bytes = new Uint8Array(8 + content.length);
  bytes[0] = stream;
  new DataView(bytes.buffer).setUint32(4, content.length);
  bytes.set(content, 8);
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function lines(bytes: Uint8Array, size: number, terminal = false): Promise<LogLine[]> {
  return await Array.fromAsync(logLines(chunked(bytes, size), terminal));
}

const time = "2026-01-02T03:04:05.123456789Z";

Deno.test("frames are taken apart wherever the stream is split", () => {
  const bytes = joined(frame(1, "out"), frame(2, "error"), frame(1, ""), frame(0, "in"));
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new FrameReader();
    const texts = { stdout: "", stderr: "" };
    let frames = 0;
    for (let offset = 0; offset < bytes.length; offset += size) {
      for (const part of reader.read(bytes.subarray(offset, offset + size))) {
        texts[part.stream] += new TextDecoder().decode(part.bytes);
        if (part.begins) frames++;
      }
    }
    assertEquals([texts, frames], [{ stdout: "outin", stderr: "error" }, 3], `chunks of ${size}`);
  }
});

Deno.test("lines of both streams are told apart, also inside of a character and without an end", async () => {
  const bytes = joined(
    frame(1, `${time} grün\n`),
    frame(2, `${time} déjà\r\n`),
    frame(1, `${time} \n`),
    frame(1, `${time} no end`),
  );
  const expected: LogLine[] = [
    { stream: "stdout", time, text: "grün" },
    { stream: "stderr", time, text: "déjà" },
    { stream: "stdout", time, text: "" },
    { stream: "stdout", time, text: "no end" },
  ];
  for (let size = 1; size <= bytes.length; size++) {
    assertEquals(await lines(bytes, size), expected, `${size}`);
  }
});

Deno.test("a line that the engine kept in pieces is one line, with its time once", async () => {
  const bytes = joined(
    frame(1, `${time} ${"a".repeat(16384)}`),
    frame(2, `${time} between\n`),
    frame(1, `${time} ${"b".repeat(100)}\n`),
  );
  for (const size of [1, 7, 4096, 20_000]) {
    const [first, second] = await lines(bytes, size);
    assertEquals(first, { stream: "stderr", time, text: "between" });
    assertEquals(second, { stream: "stdout", time, text: "a".repeat(16384) + "b".repeat(100) });
  }
});

Deno.test("a line without an end comes in parts that can be kept in memory", async () => {
  const bytes = joined(
    frame(1, `${time} ${"a".repeat(100_000)}`),
    frame(1, `${time} ${"a".repeat(50_000)}\n`),
  );
  const found = await lines(bytes, 32_768);
  assert(found.length > 1);
  assertEquals(found.map(({ text }) => text).join(""), "a".repeat(150_000));
  assertEquals(new Set(found.map((line) => line.time)).size, 1);
});

Deno.test("what a terminal shows is raw and all of it is stdout", async () => {
  const bytes = encoder.encode(`${time} \u001b[1mbold\u001b[0m\r\n${time} second\r\n`);
  assertEquals(await lines(bytes, 5, true), [
    { stream: "stdout", time, text: "\u001b[1mbold\u001b[0m" },
    { stream: "stdout", time, text: "second" },
  ]);
});
