import { MesoletError } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";
import { FakeBoard, logEntry, podEntry } from "./fake_board.ts";
import { ask, RawClient, statusOf } from "./raw_client.ts";
import { serving } from "./serving.ts";

const request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const follow = "GET /v1/pods/web/logs?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-status-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A board with a pod that writes lines as long as somebody takes them. */
function talkativeBoard(): { readonly board: FakeBoard; readonly written: () => number } {
  const board = new FakeBoard();
  board.entries = [podEntry("web")];
  let written = 0;
  board.log = async function* (signal) {
    while (!signal.aborted) {
      written++;
      yield logEntry("x".repeat(10_000));
      // Lines of an engine come through the event loop.
      if (written % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  };
  return { board, written: () => written };
}

Deno.test("a connection takes one request after the other, also when they come at once or in pieces", async () => {
  await using server = await serving();
  using client = await RawClient.connect(server.address);
  await client.send(request + request);
  await client.until("\r\n\r\nok\n");
  await client.until("\r\n\r\nok\n");
  for (const piece of ["GET /heal", "thz HTTP/1.1\r", "\nHost: localhost\r\n\r", "\n"]) {
    await client.send(piece);
  }
  await client.until("\r\n\r\nok\n");
});

Deno.test("a client of HTTP/1.0 gets a stream without chunks", async () => {
  await using server = await serving();
  server.board.entries = [podEntry("web")];
  server.board.log = async function* () {
    yield logEntry("one");
  };
  using client = await RawClient.connect(server.address);
  await client.send("GET /v1/pods/web/logs HTTP/1.0\r\n\r\n");
  assert((await client.rest()).endsWith("\r\n\r\napi | one\n"));
});

Deno.test("a request that is too long is refused", async () => {
  await using server = await serving();
  const long = await ask(server.address, "GET /", { X: "x".repeat(17_000) });
  assertEquals(statusOf(long), 431);
  using client = await RawClient.connect(server.address);
  // Without an end: what was read so far is enough.
  await client.send("GET /" + "x".repeat(16_500));
  assertEquals(statusOf(await client.rest()), 431);
});

Deno.test("a client that never ends its request is let go", async () => {
  const clock = new SteppedClock();
  await using server = await serving({ clock });
  using client = await RawClient.connect(server.address);
  await client.send("GET / HT");
  await waitUntil("the server reads", () => clock.sleeping > 0);
  await clock.advance(30_000);
  assertEquals(await client.rest(), "");
});

Deno.test("a reader that takes nothing holds up what writes, fills no memory, and is let go", async () => {
  const clock = new SteppedClock();
  const { board, written } = talkativeBoard();
  await using server = await serving({ clock, board });
  using client = await RawClient.connect(server.address);
  await client.send(follow);
  await client.until("api | ");
  let before = -1;
  await waitUntil("no more lines are read", async () => {
    const same = before === written();
    before = written();
    // A few turns of the event loop, in which a line would have been taken.
    for (let turn = 0; turn < 50; turn++) await clock.settle();
    return same && before === written();
  });
  // What the kernel holds, of both sides; each line has 10 kB.
  assert(written() < 2_000, `${written()} lines were read`);
  assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
  await clock.advance(30_000);
  assert(!(await client.rest()).endsWith("0\r\n\r\n"));
});

Deno.test("a follower that leaves ends the log behind it", async () => {
  await using server = await serving();
  server.board.entries = [podEntry("web")];
  let ended = false;
  server.board.log = async function* (signal) {
    yield logEntry("one");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    ended = true;
  };
  using client = await RawClient.connect(server.address);
  await client.send(follow);
  await client.until("one");
  client[Symbol.dispose]();
  await waitUntil("the log is ended", () => ended);
});

Deno.test("a log that fails half-way does not look like one that ended", async () => {
  await using server = await serving();
  server.board.entries = [podEntry("web")];
  server.board.log = async function* () {
    yield logEntry("one");
    await Promise.resolve();
    throw new MesoletError("the engine went away", 69);
  };
  using client = await RawClient.connect(server.address);
  await client.send(follow);
  const text = await client.rest();
  assert(text.includes("one") && !text.endsWith("0\r\n\r\n"), text);
});

Deno.test("idle connections make room, and streams leave room for questions", async () => {
  await using server = await serving({ bounds: { connections: 4, streams: 2 } });
  const clients: RawClient[] = [];
  try {
    for (let count = 0; count < 4; count++) {
      const client = await RawClient.connect(server.address);
      clients.push(client);
      await client.send(request);
      await client.until("ok\n");
    }
    assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
    assertEquals(await clients[0]?.rest(), "");
    for (const client of clients.slice(1, 3)) {
      await client.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await client.until("event: alive");
    }
    const answer = await ask(server.address, "GET /v1/events");
    assertEquals(statusOf(answer), 503);
    assertMatch(answer, /^retry-after: 10\r$/mi);
    assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
});

Deno.test("a server whose connections are all busy turns others away, and takes them again later", async () => {
  await using server = await serving({ bounds: { connections: 2 } });
  const busy: RawClient[] = [];
  try {
    for (let count = 0; count < 2; count++) {
      const client = await RawClient.connect(server.address);
      busy.push(client);
      await client.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await client.until("event: alive");
    }
    assertEquals(await ask(server.address, "GET /healthz").catch(() => ""), "");
  } finally {
    for (const client of busy) client[Symbol.dispose]();
  }
  await waitUntil(
    "it answers again",
    async () => statusOf(await ask(server.address, "GET /healthz").catch(() => "")) === 200,
  );
});

Deno.test("at the end streams end well, and who does not read or listen is cut off", async () => {
  const clock = new SteppedClock();
  const { board } = talkativeBoard();
  const server = await serving({ clock, board });
  using events = await RawClient.connect(server.address);
  await events.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await events.until("event: alive");
  using idle = await RawClient.connect(server.address);
  await idle.send(request);
  await idle.until("ok\n");
  using deaf = await RawClient.connect(server.address);
  await deaf.send(follow);
  await deaf.until("api | ");
  let over = false;
  const stopped = server.stop().then(() => over = true);
  assert((await events.rest()).endsWith("0\r\n\r\n"));
  assertEquals(await idle.rest(), "");
  await waitUntil("the moment that it is given is over", async () => {
    await clock.advance(500);
    return over;
  });
  await stopped;
  assertEquals(clock.sleeping, 0);
  assertEquals(board.listeners, 0);
});

Deno.test("a log that hears nothing of the end holds nothing up", async () => {
  const server = await serving();
  server.board.entries = [podEntry("web")];
  const never = Promise.withResolvers<void>();
  server.board.log = async function* () {
    yield logEntry("one");
    await never.promise;
  };
  using client = await RawClient.connect(server.address);
  await client.send(follow);
  await client.until("one");
  await server.stop();
  never.resolve();
});

Deno.test("a unix socket is its owner's alone and goes with the server", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/status.sock`;
    const mask = Deno.umask();
    const server = await serving({ listen: `unix:${path}` });
    assertEquals(Deno.umask(), mask);
    const { mode, isSocket } = await Deno.lstat(path);
    assertEquals([isSocket, (mode ?? 0) & 0o777], [true, 0o600]);
    // There is no name to be rebound.
    assertEquals(statusOf(await ask(server.address, "GET /healthz", { Host: "any" })), 200);
    await server.stop();
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
  });
});

Deno.test("a socket that a killed process left is replaced; one that is in use, or a file, is not", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/status.sock`;
    const listen = `unix:${path}`;
    // Closing a listener leaves its socket in the file system, as a kill does.
    Deno.listen({ transport: "unix", path }).close();
    await using server = await serving({ listen });
    assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
    const used = await assertRejects(() => serving({ listen }), MesoletError);
    assertMatch(used.message, /another process listens there/);
    assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
    await Deno.writeTextFile(`${directory}/notes`, "mine");
    await assertRejects(() => serving({ listen: `unix:${directory}/notes` }), MesoletError);
    assertEquals(await Deno.readTextFile(`${directory}/notes`), "mine");
    await assertRejects(() => serving({ listen: `unix:${directory}/no/status.sock` }), MesoletError);
  });
});

Deno.test("a port that is in use is told with what to do", async () => {
  await using server = await serving();
  const { host } = new URL(server.address);
  const error = await assertRejects(() => serving({ listen: host }), MesoletError);
  assertEquals(
    error.message,
    `Cannot listen at ${host}: another process listens there; choose another with --listen, or none`,
  );
});
