import { gathered } from "../../src/docker/gathered.ts";
import { logPieces } from "../../src/docker/log_pieces.ts";
import { assertEquals, assertLess, assertRejects } from "../support/assert.ts";

const encoder = new TextEncoder();

function frame(stream: 1 | 2, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + content.length);
  bytes[0] = stream;
  new DataView(bytes.buffer).setUint32(4, content.length);
  bytes.set(content, 8);
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.slice(offset, offset + size);
}

/** All pieces as `stream time bytes`. */
async function piecesOf(bytes: Uint8Array, size: number, terminal = false): Promise<string[]> {
  const pieces: string[] = [];
  for await (const some of logPieces(chunked(bytes, size), terminal)) {
    for (const { stream, time, bytes } of some) pieces.push(`${stream} ${time} ${bytes.toHex()}`);
  }
  return pieces;
}

const time = "2026-01-02T03:04:05.123456789Z";
const hex = (text: string) => encoder.encode(text).toHex();

Deno.test("messages are taken apart wherever the stream is split, byte for byte", async () => {
  const binary = Uint8Array.of(0xff, 0xfe, 0, 0x0d, 0x0a);
  const bytes = joined(
    frame(1, encoder.encode(`${time} out\n`)),
    frame(2, joined(encoder.encode(`${time} `), binary)),
    frame(1, encoder.encode(`${time} `)),
    frame(1, encoder.encode("2026-01-02T03:04:05.1Z no end")),
    frame(1, encoder.encode("no time")),
  );
  const expected = [
    `stdout ${time} ${hex("out\n")}`,
    `stderr ${time} ${binary.toHex()}`,
    `stdout ${time} `,
    `stdout 2026-01-02T03:04:05.100000000Z ${hex("no end")}`,
    `stdout  ${hex("no time")}`,
  ];
  for (let size = 1; size <= bytes.length; size++) assertEquals(await piecesOf(bytes, size), expected);
  // A message that is cut off is left out: it comes again as a whole.
  assertEquals(await piecesOf(bytes.subarray(0, bytes.length - 1), 7), expected.slice(0, -1));
});

Deno.test("the lines of a terminal are taken apart wherever the stream is split", async () => {
  const bytes = encoder.encode(`${time} one\r\n${time} \r\n${time} no end`);
  const expected = [
    `stdout ${time} ${hex("one\r\n")}`,
    `stdout ${time} ${hex("\r\n")}`,
    `stdout ${time} ${hex("no end")}`,
  ];
  for (let size = 1; size <= bytes.length; size++) assertEquals(await piecesOf(bytes, size, true), expected);
});

Deno.test("a terminal's line without an end is passed on in parts", async () => {
  const long = "x".repeat(200_000);
  const pieces = await piecesOf(encoder.encode(`${time} ${long}\n${time} next\n`), 1000, true);
  assertEquals(pieces.at(-1), `stdout ${time} ${hex("next\n")}`);
  assertEquals(pieces.slice(0, -1).map((piece) => piece.split(" ")[2]).join(""), hex(`${long}\n`));
  assertEquals(pieces.length > 2, true);
});

Deno.test("what arrives during the work on what came before comes at once, and no more is held than may be", async () => {
  let asked = 0;
  async function* source() {
    for (; asked < 100; asked++) yield Uint8Array.of(asked);
  }
  const reader = gathered(source(), 10);
  const seen: number[] = [];
  let times = 0;
  for await (const chunk of reader) {
    times++;
    const before = asked;
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    for (let turns = 0; turns < 100; turns++) await Promise.resolve();
    assertLess(asked - before, 13);
    seen.push(...chunk);
  }
  assertEquals(seen, Array.from({ length: 100 }, (_, index) => index));
  assertLess(times, 50);
});

Deno.test("a source that fails does so behind what came before", async () => {
  async function* source() {
    yield Uint8Array.of(1);
    yield Uint8Array.of(2);
    throw new Error("broken");
  }
  const seen: number[] = [];
  await assertRejects(
    async () => {
      for await (const chunk of gathered(source(), 10)) seen.push(...chunk);
    },
    Error,
    "broken",
  );
  assertEquals(seen, [1, 2]);
});

Deno.test("a reader that leaves early stops the reading", async () => {
  let ended = false;
  async function* source() {
    try {
      for (;;) yield Uint8Array.of(1);
    } finally {
      ended = true;
    }
  }
  for await (const _ of gathered(source(), 10)) break;
  for (let turns = 0; turns < 100; turns++) await Promise.resolve();
  assertEquals(ended, true);
});
