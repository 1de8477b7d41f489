import type { MasterLocator } from "../../../../src/mesos/detector/master_locator.ts";
import { type Clock, systemClock } from "../../../../src/pod/clock.ts";
import { masterSessionBounds } from "../../../../src/mesos/framework/session/master_session.ts";
import { SilenceWatch } from "../../../../src/mesos/framework/session/silence_watch.ts";
import { encodeRecord } from "../../../../src/mesos/wire/recordio.ts";
import { assertEquals, assertMatch } from "../../../support/assert.ts";
import { SteppedClock } from "../../../support/stepped_clock.ts";
import { waitUntil } from "../../../support/wait.ts";
import { StrictMaster } from "../../master/strict_master.ts";
import { chunk, plainAnswer, type RawRequest, rawServer } from "../../wire/raw_server.ts";
import { HeardSession, reconcileAll, stepUntil } from "./session_samples.ts";

const bounds = masterSessionBounds;
const json = "application/json";

const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: one\r\n\r\n";
const record = (text: string) =>
  chunk(new TextDecoder().decode(encodeRecord(new TextEncoder().encode(text))));
const subscribedEvent = (seconds?: number) =>
  record(JSON.stringify({
    type: "SUBSCRIBED",
    subscribed: {
      framework_id: { value: "f" },
      ...(seconds === undefined ? {} : { heartbeat_interval_seconds: seconds }),
    },
  }));

Deno.test("session: a master that falls silent is left after five heartbeats", async () => {
  await using master = new StrictMaster();
  const clock = new SteppedClock();
  await using heard = new HeardSession(master.endpoint, { clock, bounds });
  await heard.subscribed();
  master.hang();
  await clock.advance(74_000);
  assertEquals(heard.told, ["subscribed anew"]);
  await clock.advance(1_500);
  await waitUntil("it gives the stream up", () => heard.reasons("disconnected").length === 1);
  assertEquals(heard.reasons("disconnected"), [`the master at ${master.endpoint} was silent for 75 s`]);
  // The next SUBSCRIBE gets no answer either.
  await stepUntil(clock, "it is told", () => heard.reasons("trouble").length > 0);
  assertMatch(heard.reasons("trouble")[0] ?? "", /^No answer of http:.* within 10 s$/);
  master.resume();
  await stepUntil(clock, "it is back", () => heard.subscriptions === 2);
  assertEquals(master.breaches, []);
});

Deno.test("session: heartbeats keep a stream, also in pieces and behind empty records", async () => {
  const clock = new SteppedClock();
  let stream: RawRequest | undefined;
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    stream = request;
    await request.write(head + subscribedEvent(15));
  });
  await using heard = new HeardSession(`127.0.0.1:${server.port}`, { clock, bounds, media: json });
  await heard.subscribed();
  const pieces = [[record('{"type":"HEARTBEAT"}')], [chunk("0\n20\n{"), chunk('"type":"HEARTBEAT"}')]];
  for (const [index, piece] of [...pieces, ...pieces].entries()) {
    await clock.advance(70_000);
    for (const part of piece) await stream?.write(part);
    await waitUntil("the heartbeat", () => heard.notices.length === index + 2);
  }
  assertEquals(heard.told, ["subscribed anew"]);
});

Deno.test("silence: watched from the start or the last sign of life on, and no longer than wanted", async () => {
  const clock = new SteppedClock();
  const silences: number[] = [];
  const watch = new SilenceWatch(clock, (silence) => silences.push(silence));
  watch.start(1_000);
  await clock.advance(900);
  watch.heard();
  await clock.advance(999);
  assertEquals(silences, []);
  await clock.advance(1);
  assertEquals(silences, [1_000]);
  watch.start(1_000);
  watch.start(3_000);
  await clock.advance(2_999);
  watch.stop();
  await clock.advance(10_000);
  assertEquals([silences, clock.sleeping], [[1_000], 0]);
});

Deno.test("session: a master that never confirms, one that says nothing of heartbeats, and one of another kind", async () => {
  const clock = new SteppedClock();
  let answers = 0;
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    answers++;
    if (answers === 1) return await request.write(head + record('{"type":"HEARTBEAT"}'));
    if (answers === 2) return await request.write(plainAnswer(200, "<html>"));
    await request.write(head + subscribedEvent(answers === 3 ? undefined : 0));
  });
  const address = `127.0.0.1:${server.port}`;
  await using heard = new HeardSession(address, { clock, bounds, media: json });
  await waitUntil("SUBSCRIBE", () => answers === 1);
  await stepUntil(clock, "it is left", () => heard.told.length > 0);
  assertEquals(heard.told, [`trouble: the master at ${address} was silent for 10 s`]);
  await stepUntil(clock, "the next answer", () => heard.told.length > 1);
  assertEquals(heard.told[1], `trouble: ${address} takes SUBSCRIBE, but not as a master of Mesos`);
  for (const times of [1, 2]) {
    await stepUntil(clock, "it subscribes", () => heard.subscriptions === times);
    await clock.advance(74_000);
    assertEquals(heard.reasons("disconnected").length, times - 1);
    await clock.advance(2_000);
    await waitUntil("it leaves", () => heard.reasons("disconnected").length === times);
  }
});

Deno.test("session: what cannot be read ends a stream, since it may have been an update", async () => {
  const bad = [
    record("{"),
    record('{"type":"OFFERS"}'),
    chunk("x\n{}"),
    chunk("99999999999999999999999\n"),
    "0\r\n\r\n",
    "zz\r\n",
  ];
  for (const text of bad) {
    let answers = 0;
    await using server = rawServer({ kind: "tcp" }, async (request) => {
      await request.write(head + subscribedEvent(15) + (answers++ === 0 ? text : ""));
    });
    await using heard = new HeardSession(`127.0.0.1:${server.port}`, { media: json });
    await heard.subscribed(2);
    assertEquals(heard.told.map((line) => line.replace(/:.*/, "")), [
      "subscribed anew",
      "disconnected",
      "subscribed",
    ]);
  }
});

Deno.test("session: an event of a kind that is not known is told as such, and empty records are none", async () => {
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    await request.write(
      head + record('{"type":"HEARTBEAT"}') + chunk("0\n0\n") + subscribedEvent() + chunk("0\n") +
        record('{"type":"A_NEWER_ONE"}') + subscribedEvent(),
    );
  });
  await using heard = new HeardSession(`127.0.0.1:${server.port}`, { media: json });
  await waitUntil("the second SUBSCRIBED", () => heard.told.length >= 3);
  assertEquals(heard.told, ["subscribed anew", "UNKNOWN", "SUBSCRIBED"]);
});

Deno.test("session: pauses grow to fifteen seconds, for subscriptions that fall at once as well", async () => {
  const expected = [937.5, 1_875, 3_750, 7_500, 15_000, 15_000, 15_000];
  const pauses: number[] = [];
  // Pauses pass at once; other waits bound what does happen.
  const clock: Clock = {
    ...systemClock,
    sleep(milliseconds, signal) {
      if (!expected.includes(milliseconds)) return systemClock.sleep(milliseconds, signal);
      pauses.push(milliseconds);
      return pauses.length < expected.length ? Promise.resolve() : systemClock.sleep(milliseconds, signal);
    },
  };
  let requests = 0;
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    await request.write(requests++ < 3 ? plainAnswer(503) : `${head}${subscribedEvent()}0\r\n\r\n`);
  });
  await using heard = new HeardSession(`127.0.0.1:${server.port}`, { clock, bounds, media: json });
  await waitUntil("all pauses", () => pauses.length === expected.length);
  assertEquals([pauses, heard.subscriptions], [expected, 4]);
  assertEquals(heard.reasons("trouble").length, 1, "the same reason is told once");
});

Deno.test("session: calls that get no answer, or that another server answers, end the subscription", async () => {
  for (const status of [307, 404, 503]) {
    await using master = new StrictMaster();
    await using heard = new HeardSession(master.endpoint);
    await heard.subscribed();
    master.refuse(status);
    heard.session.send(reconcileAll);
    await waitUntil("it leaves", () => heard.reasons("disconnected").length === 1);
    assertEquals(heard.reasons("disconnected"), [`the master refused RECONCILE: ${status}`]);
    master.refuse();
    await heard.subscribed(2);
  }
  await using master = new StrictMaster();
  const clock = new SteppedClock();
  await using heard = new HeardSession(master.endpoint, { clock, bounds });
  await heard.subscribed();
  master.hang();
  heard.session.send(reconcileAll);
  await stepUntil(clock, "it leaves", () => heard.reasons("disconnected").length === 1);
  assertMatch(
    heard.reasons("disconnected")[0] ?? "",
    /^RECONCILE did not reach the master: No answer of http/,
  );
  master.resume();
});

Deno.test("session: another leader ends the stream, and any pause", async () => {
  await using one = new StrictMaster();
  await using other = new StrictMaster();
  let leader = one;
  const listeners = new Set<() => void>();
  const locator: MasterLocator = {
    find: () => Promise.resolve({ hostname: "127.0.0.1", port: leader.port, secure: false }),
    failed: () => {},
    redirected: () => false,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => Promise.resolve(),
  };
  const change = (to: StrictMaster) => {
    leader = to;
    for (const listener of [...listeners]) listener();
  };
  const clock = new SteppedClock();
  await using heard = new HeardSession(locator, { clock, bounds });
  await heard.subscribed();
  change(other);
  await waitUntil("it leaves", () => heard.reasons("disconnected").length === 1);
  assertEquals(heard.reasons("disconnected"), ["another master leads now"]);
  await stepUntil(clock, "it subscribes there", () => heard.subscriptions === 2);
  other.refuse(503);
  other.drop();
  await waitUntil("it pauses", () => clock.sleeping === 1 && heard.reasons("disconnected").length === 2);
  // Nobody steps the clock on: without the change the pause would not end.
  change(one);
  await heard.subscribed(3);
  await heard.session.close();
  assertEquals([listeners.size, clock.sleeping], [0, 0]);
});

Deno.test("session: nothing sleeps when it is closed", async () => {
  await using master = new StrictMaster();
  const clock = new SteppedClock();
  const heard = new HeardSession(master.endpoint, { clock, bounds });
  await heard.subscribed();
  await heard.session.close();
  assertEquals(clock.sleeping, 0);
});
