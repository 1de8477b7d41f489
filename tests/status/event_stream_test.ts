import { resumeAfter } from "../../src/status/event_stream.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { FakeBoard } from "./fake_board.ts";
import { eventStream } from "../../src/status/event_stream.ts";
import { RawClient } from "./raw_client.ts";
import { serving } from "./serving.ts";

const bounds = { heartbeat: 10_000, gather: 100 };

/** Reads a stream of events on a stepped clock. */
class Reader {
  readonly ending = new AbortController();
  readonly #pieces: AsyncGenerator<Uint8Array, void, undefined>;

  constructor(readonly board: FakeBoard, readonly clock: SteppedClock, since?: number) {
    this.#pieces = eventStream(board, { run: "run", since, clock, bounds }, this.ending.signal);
  }

  /** The next piece, once so many milliseconds have passed: each message in a word, events by number. */
  async next(milliseconds = 0): Promise<string[] | undefined> {
    const piece = this.#pieces.next();
    await this.clock.advance(milliseconds);
    const { done, value } = await piece;
    if (done === true || value === undefined) return undefined;
    return new TextDecoder().decode(value).split("\n\n").filter((text) => text !== "").map((text) =>
      /^id: (\S+)\n/.exec(text)?.[1] ??
        text.replace("event: ", "").replace("\ndata: {}", "").replace("\n", " ")
    );
  }
}

function boardWith(count: number): FakeBoard {
  const board = new FakeBoard();
  for (let number = 1; number <= count; number++) board.happen(`event ${number}`);
  return board;
}

Deno.test("a reader gets what happens from now on, with what changed, and a sign of life in between", async () => {
  const board = boardWith(3);
  const reader = new Reader(board, new SteppedClock());
  assertEquals(await reader.next(), ["retry: 1000", "run-3"]);
  assertEquals(await reader.next(10_000), ["alive"]);
  board.happen("four");
  board.happen("five");
  assertEquals(await reader.next(100), ["run-4", "run-5"]);
  assertEquals(await reader.next(), ["change"]);
  board.changed();
  assertEquals(await reader.next(100), ["change"]);
  assertEquals(await reader.next(10_000), ["alive"]);
  reader.ending.abort();
  assertEquals(await reader.next(), undefined);
  assertEquals([board.listeners, reader.clock.sleeping], [0, 0]);
});

Deno.test("a reader goes on where it was", async () => {
  const reader = new Reader(boardWith(5), new SteppedClock(), 3);
  await reader.next();
  assertEquals(await reader.next(), ["run-4", "run-5"]);
  reader.ending.abort();
  assertEquals(await reader.next(), undefined);
});

Deno.test("a reader that was away for too long is told what it missed, in pieces of a bounded size", async () => {
  const reader = new Reader(boardWith(1_250), new SteppedClock(), 20);
  await reader.next();
  const first = await reader.next();
  assertEquals(first?.slice(0, 2), ['gap data: {"from":21,"to":250}', "run-251"]);
  assertEquals(first?.length, 101);
  assertEquals((await reader.next())?.at(-1), "run-450");
  reader.ending.abort();
});

Deno.test("a reader that is slow finds what is there by then: nothing is kept for it", async () => {
  const board = boardWith(0);
  const reader = new Reader(board, new SteppedClock());
  await reader.next();
  const waiting = reader.next(100);
  board.happen("one");
  assertEquals(await waiting, ["run-1"]);
  for (let count = 0; count < 3_000; count++) board.happen("more");
  assertEquals((await reader.next())?.[0], 'gap data: {"from":2,"to":2001}');
  reader.ending.abort();
});

Deno.test("what happens up to the end is told before it", async () => {
  const board = boardWith(0);
  const reader = new Reader(board, new SteppedClock());
  await reader.next();
  const waiting = reader.next();
  board.happen("the last");
  reader.ending.abort();
  assertEquals(await waiting, ["run-1"]);
  assertEquals(await reader.next(), ["change"]);
  assertEquals(await reader.next(), undefined);
});

Deno.test("an id of another run, or none, is no place to go on from", () => {
  assertEquals(resumeAfter("run-17", "run"), 17);
  assertEquals(resumeAfter("old-17", "run"), 0);
  for (const id of ["17", "", "run-", "run-x", "-1", "run-99999999999999999999"]) {
    assertEquals(resumeAfter(id, "run"), 0);
  }
});

Deno.test("/v1/events resumes by Last-Event-ID, whatever the address asks for", async () => {
  await using server = await serving();
  for (const text of ["one", "two", "three\nid: 9\n\n"]) server.board.happen(text, "web");
  using first = await RawClient.connect(server.address);
  await first.send("GET /v1/events?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const text = await first.until('"three');
  const id = /id: (\S+-2)\n/.exec(text)?.[1];
  assert(id !== undefined);
  using second = await RawClient.connect(server.address);
  await second.send(`GET /v1/events?since=0 HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: ${id}\r\n\r\n`);
  const resumed = await second.until('id: 9\\n\\n"}');
  assert(!resumed.includes('"two"'), resumed);
  assert(resumed.includes('"number":3,"time":"2026-01-01T00:00:03.000Z","kind":"pod","pod":"web"'), resumed);
});
