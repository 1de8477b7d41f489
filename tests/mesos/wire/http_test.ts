import { systemClock } from "../../../src/pod/clock.ts";
import type { Endpoint } from "../../../src/mesos/wire/agent_address.ts";
import { ConnectError, ExchangeError } from "../../../src/mesos/wire/connection_error.ts";
import { type AgentConnection, connectAgent, type ConnectOptions } from "../../../src/mesos/wire/http.ts";
import { RecordError } from "../../../src/mesos/wire/recordio.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import {
  chunk,
  lastChunk,
  plainAnswer,
  type RawRequest,
  type RawServer,
  rawServer,
  streamHead,
} from "./raw_server.ts";

const never = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (record: Uint8Array) => new TextDecoder().decode(record);

function connectTo(server: RawServer, options: Partial<ConnectOptions> = {}): AgentConnection {
  const endpoint: Endpoint = {
    kind: "tcp",
    secure: false,
    hostname: "127.0.0.1",
    port: server.port,
    path: "/api/v1/executor",
  };
  return connectAgent({ endpoint, media: "application/json", clock: systemClock, ...options });
}

async function recordsOf(records: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const record of records) all.push(text(record));
  return all;
}

Deno.test("requests carry the media type alone, the token, the body, and no more than Mesos understands", async () => {
  await using server = rawServer({ kind: "tcp" }, (request) => request.write(plainAnswer(202)));
  const connection = connectTo(server, {
    token: "a.b.c",
    media: "application/x-protobuf",
    headers: { "X-Always": "1" },
  });
  await connection.call(bytes("call"), never, { headers: { "Mesos-Stream-Id": "s1" } });
  connection.close();
  const [request] = server.requests;
  assertEquals(request?.line, "POST /api/v1/executor HTTP/1.1");
  assertEquals(text(request?.body ?? new Uint8Array()), "call");
  assertEquals(Object.fromEntries(request?.headers ?? []), {
    "content-type": "application/x-protobuf",
    accept: "application/x-protobuf",
    authorization: "Bearer a.b.c",
    "x-always": "1",
    "mesos-stream-id": "s1",
    "content-length": "4",
    connection: "keep-alive",
    host: `127.0.0.1:${server.port}`,
  });
});

Deno.test("every status is an answer, with the words of a refusal and its headers", async () => {
  const answers: readonly (readonly [number, string, Readonly<Record<string, string>>])[] = [
    [200, "", {}],
    [202, "", {}],
    [307, "", { Location: "//10.0.0.2:5050/api/v1/scheduler" }],
    [400, "Framework cannot be found", {}],
    [401, "401 Unauthorized.", {
      "WWW-Authenticate": 'Bearer realm="mesos-agent-executor", error="invalid_token"',
    }],
    [403, "Executor is not subscribed", {}],
    [404, "", {}],
    [503, "Agent has not finished recovery", {}],
  ];
  for (const [status, words, headers] of answers) {
    await using server = rawServer(
      { kind: "tcp" },
      (request) => request.write(plainAnswer(status, words, headers)),
    );
    const connection = connectTo(server);
    const called = await connection.call(bytes("c"), never);
    assertEquals([called.status, called.text], [status, words]);
    for (const [name, value] of Object.entries(headers)) assertEquals(called.headers.get(name), value);
    if (status !== 200) {
      const subscribed = await connection.subscribe(bytes("s"), never);
      assertEquals([subscribed.status, subscribed.text], [status, words]);
      assertEquals(await recordsOf(subscribed.records), []);
    }
    connection.close();
  }
});

Deno.test("calls share one connection and go out in order, each after the answer to the one before", async () => {
  const order: string[] = [];
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    order.push(`asked ${text(request.body)}`);
    await request.write(plainAnswer(202));
    order.push(`answered ${text(request.body)}`);
  });
  const connection = connectTo(server);
  await Promise.all(["1", "2", "3"].map((body) => connection.call(bytes(body), never)));
  assertEquals(order, ["asked 1", "answered 1", "asked 2", "answered 2", "asked 3", "answered 3"]);
  assertEquals(server.requests.map((request) => request.connection), [1, 1, 1]);
  connection.close();
});

Deno.test("calls are answered while a stream is open, on a connection of their own", async () => {
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    if (text(request.body) !== "subscribe") return await request.write(plainAnswer(202));
    await request.write(streamHead + chunk("2\n{}"));
  });
  const connection = connectTo(server);
  const { records, status } = await connection.subscribe(bytes("subscribe"), never);
  const iterator = records[Symbol.asyncIterator]();
  assertEquals(status, 200);
  assertEquals(text((await iterator.next()).value), "{}");
  assertEquals((await connection.call(bytes("update"), never)).status, 202);
  assertEquals((await connection.call(bytes("update"), never)).status, 202);
  assertEquals(server.requests.map((request) => request.connection), [1, 2, 2]);
  connection.close();
  await assertRejects(async () => await iterator.next(), ExchangeError, "was closed");
  await waitUntil("both connections are closed", () => server.open === 0);
});

Deno.test("records arrive however they are cut, and a last chunk ends the stream", async () => {
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    await request.write(streamHead + chunk("5\nhel") + chunk("lo3\nab"));
    await request.write(chunk("c0\n2\nde") + lastChunk);
  });
  const connection = connectTo(server);
  let activity = 0;
  const { records } = await connection.subscribe(bytes("s"), never, { onActivity: () => activity++ });
  assertEquals(await recordsOf(records), ["hello", "abc", "de"]);
  assert(activity > 0);
  connection.close();
});

Deno.test("a stream that is cut, ends in a record, or is none, throws after the records before", async () => {
  const cases:
    readonly (readonly [string, "close" | "keep", typeof ExchangeError | typeof RecordError, string])[] = [
      [chunk("2\n{}"), "close", ExchangeError, "Lost the connection to http://127.0.0.1:"],
      [chunk("2\n{}") + chunk("9\nabc"), "close", ExchangeError, "the other side closed it"],
      [chunk("2\n{}") + chunk("9\nabc") + lastChunk, "keep", RecordError, "ends after 3 of the 9 bytes"],
      [chunk("2\n{}") + chunk("<html>"), "keep", RecordError, "0x3c in the length"],
    ];
  for (const [stream, then, kind, words] of cases) {
    await using server = rawServer({ kind: "tcp" }, async (request) => {
      await request.write(streamHead + stream);
      if (then === "close") request.close();
    });
    const connection = connectTo(server);
    const { records } = await connection.subscribe(bytes("s"), never);
    const seen: string[] = [];
    await assertRejects(
      async () => {
        for await (const record of records) seen.push(text(record));
      },
      kind,
      words,
    );
    assertEquals(seen, ["{}"]);
    await waitUntil("the connection is closed", () => server.open === 0);
    connection.close();
  }
});

Deno.test("an idle stream is left alone for as long as it likes", async () => {
  const clock = new SteppedClock();
  let stream: RawRequest | undefined;
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    stream = request;
    await request.write(streamHead);
  });
  const connection = connectTo(server, { clock });
  const { records } = await connection.subscribe(bytes("s"), never);
  assertEquals(clock.sleeping, 0);
  const next = records[Symbol.asyncIterator]().next();
  await clock.advance(3_600_000);
  await stream?.write(chunk("2\n{}"));
  assertEquals(text((await next).value), "{}");
  connection.close();
});

Deno.test("who takes the stream no further, by its signal or by leaving its loop, closes the connection", async () => {
  await using server = rawServer({ kind: "tcp" }, (request) => request.write(streamHead + chunk("2\n{}")));
  const connection = connectTo(server);

  const left = await connection.subscribe(bytes("s"), never);
  for await (const _ of left.records) break;
  await waitUntil("the first connection is closed", () => server.open === 0);

  const ending = new AbortController();
  const aborted = await connection.subscribe(bytes("s"), ending.signal);
  ending.abort(new Error("enough"));
  await assertRejects(() => recordsOf(aborted.records), Error, "enough");
  await waitUntil("the second connection is closed", () => server.open === 0);

  const replaced = await connection.subscribe(bytes("s"), never);
  const newer = await connection.subscribe(bytes("s"), never);
  await assertRejects(() => recordsOf(replaced.records), ExchangeError, "A newer subscription");
  assertEquals(text((await newer.records[Symbol.asyncIterator]().next()).value), "{}");
  connection.close();
  await waitUntil("all connections are closed", () => server.open === 0);
});

Deno.test("a refused connection and a missing socket say that nothing was sent", async () => {
  const gone = rawServer({ kind: "tcp" }, () => {});
  await gone[Symbol.asyncDispose]();
  const refused = connectTo(gone);
  await assertRejects(() => refused.call(bytes("c"), never), ConnectError, "connection refused");
  await assertRejects(() => refused.subscribe(bytes("s"), never), ConnectError, "connection refused");
  refused.close();

  const endpoint: Endpoint = {
    kind: "unix",
    socket: "/nowhere/agent.sock",
    path: "/slave(1)/api/v1/executor",
  };
  const missing = connectTo(gone, { endpoint });
  await assertRejects(
    () => missing.call(bytes("c"), never),
    ConnectError,
    "Cannot connect to /slave(1)/api/v1/executor on the socket /nowhere/agent.sock: there is no such socket",
  );
  missing.close();
});

Deno.test("a domain socket is asked for the agent's own path, parentheses as they are", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-wire-" });
  try {
    const socket = `${directory}/agent.sock`;
    await using server = rawServer({ kind: "unix", path: socket }, async (request) => {
      if (text(request.body) === "c") return await request.write(plainAnswer(202));
      await request.write(streamHead + chunk("2\n{}") + lastChunk);
    });
    const endpoint: Endpoint = { kind: "unix", socket, path: "/slave(1)/api/v1/executor" };
    const connection = connectTo(server, { endpoint });
    assertEquals((await connection.call(bytes("c"), never)).status, 202);
    assertEquals(await recordsOf((await connection.subscribe(bytes("s"), never)).records), ["{}"]);
    assertEquals(server.requests[0]?.line, "POST /slave(1)/api/v1/executor HTTP/1.1");
    connection.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("an answer that never comes, or never ends, is given up after its bound", async () => {
  const beginnings = ["", "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\nslow"];
  for (const beginning of beginnings) {
    const clock = new SteppedClock();
    await using server = rawServer({ kind: "tcp" }, (request) => request.write(beginning));
    const connection = connectTo(server, { clock, bounds: { answer: 7_000 } });
    for (const ask of ["call", "subscribe"] as const) {
      const asked = server.requests.length;
      const answer = connection[ask](bytes(ask), never);
      await waitUntil("the request is there", () => server.requests.length > asked);
      const failed = assertRejects(() => answer, ExchangeError, "within 7 s");
      await clock.advance(7_000);
      await failed;
      assertEquals(clock.sleeping, 0);
    }
    await waitUntil("the connections are closed", () => server.open === 0);
    connection.close();
  }
});

Deno.test("a connection that does not come about is given up after its bound", async () => {
  // A server that listens for TLS and says nothing: the handshake never ends.
  await using server = rawServer({ kind: "tcp" }, () => {});
  const clock = new SteppedClock();
  const endpoint: Endpoint = {
    kind: "tcp",
    secure: true,
    hostname: "127.0.0.1",
    port: server.port,
    path: "/",
  };
  const connection = connectTo(server, { endpoint, clock, bounds: { connect: 900 } });
  const answer = connection.call(bytes("c"), never);
  await waitUntil("the connection is begun", () => server.open === 1);
  const failed = assertRejects(() => answer, ConnectError, "no connection within 0.9 s");
  await clock.advance(900);
  await failed;
  connection.close();
});

Deno.test("a call that finds its connection closed is sent again, once; one that breaks on a new one is not", async () => {
  let answered = 0;
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    // The first request of a connection is answered; the second finds the connection closed.
    const isFirst = server.requests.filter(({ connection }) =>
      connection === request.connection
    ).length === 1;
    if (!isFirst || text(request.body) === "break") return request.close();
    answered++;
    await request.write(plainAnswer(202));
  });
  const connection = connectTo(server);
  assertEquals((await connection.call(bytes("1"), never)).status, 202);
  assertEquals((await connection.call(bytes("2"), never)).status, 202);
  assertEquals([answered, server.requests.length], [2, 3]);
  const other = connectTo(server);
  await assertRejects(() => other.call(bytes("break"), never), ExchangeError, "the other side closed it");
  assertEquals(server.requests.length, 4);
  connection.close();
  other.close();
});

Deno.test("a connection that was closed while it was idle is made anew", async () => {
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    await request.write(plainAnswer(202));
    request.close();
  });
  const connection = connectTo(server);
  for (let index = 1; index <= 20; index++) {
    assertEquals((await connection.call(bytes(String(index)), never)).status, 202);
  }
  assert(server.requests.length >= 20);
  connection.close();
});

Deno.test("a signal ends a call, also one that waits for its turn, and the next has its turn", async () => {
  const held: RawRequest[] = [];
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    if (text(request.body) === "hold") held.push(request);
    else await request.write(plainAnswer(202, text(request.body)));
  });
  const connection = connectTo(server);
  const [first, second] = [new AbortController(), new AbortController()];
  const holding = connection.call(bytes("hold"), first.signal);
  const waiting = connection.call(bytes("waits"), second.signal);
  const third = connection.call(bytes("third"), never);
  await waitUntil("the first call is there", () => held.length === 1);
  second.abort(new Error("second"));
  await assertRejects(() => waiting, Error, "second");
  first.abort(new Error("first"));
  await assertRejects(() => holding, Error, "first");
  assertEquals((await third).text, "third");
  assertEquals(server.requests.map((request) => text(request.body)), ["hold", "third"]);
  connection.close();
  await assertRejects(() => connection.call(bytes("late"), never), ExchangeError, "was closed");
  await assertRejects(() => connection.subscribe(bytes("late"), never), ExchangeError, "was closed");
});

Deno.test("no more of a refusal is read than a person reads", async () => {
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    await request.write(`HTTP/1.1 400 Bad Request\r\nContent-Length: 10000000\r\n\r\n${"x".repeat(200_000)}`);
  });
  const connection = connectTo(server);
  const { text: words } = await connection.call(bytes("c"), never);
  assertEquals(words.length, 65_536);
  await waitUntil("the connection is closed", () => server.open === 0);
  connection.close();
});
