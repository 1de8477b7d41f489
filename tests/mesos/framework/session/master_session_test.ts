import { SessionEnd } from "../../../../src/mesos/framework/session/session_end.ts";
import type { SchedulerCall } from "../../../../src/mesos/wire/messages.ts";
import { assert, assertEquals, assertMatch } from "../../../support/assert.ts";
import { waitUntil } from "../../../support/wait.ts";
import { plainAnswer, rawServer } from "../../wire/raw_server.ts";
import { makeCertificates } from "../../wire/certificates.ts";
import { StrictMaster } from "../../master/strict_master.ts";
import { HeardSession, listed, reconcileAll } from "./session_samples.ts";

Deno.test("session: subscribes, is given an id, makes calls in their order on its stream, and says nothing more", async () => {
  for (const media of ["application/json", "application/x-protobuf"] as const) {
    await using master = new StrictMaster({ scatter: true });
    master.addAgent();
    await using heard = new HeardSession(master.endpoint, { media });
    const calls: SchedulerCall[] = [
      { type: "REVIVE" },
      reconcileAll,
      { type: "SUPPRESS" },
      { type: "REVIVE" },
    ];
    // Before there is a subscription a call is lost.
    heard.session.send({ type: "TEARDOWN" });
    heard.onNotice = (notice) => {
      if (notice.kind === "subscribed") { for (const call of calls) heard.session.send(call); }
    };
    await waitUntil(
      "offers",
      () => heard.notices.some((one) => one.kind === "event" && one.event.type === "OFFERS"),
    );
    await waitUntil("all calls", () => master.exchanges.length >= 5);
    assertEquals(heard.told, ["subscribed anew"]);
    assertEquals(
      master.exchanges.map((exchange) => exchange.replace("POST /api/v1/scheduler ", "")),
      ["SUBSCRIBE 200", "REVIVE 202", "RECONCILE 202", "SUPPRESS 202", "REVIVE 202"],
    );
    await heard.session.close();
    assertEquals(master.exchanges.length, 5, "leaving is silent: the framework stays with the master");
    assert(master.host.core.state.frameworks.has(heard.id ?? ""));
    assertEquals(master.breaches, []);
  }
});

Deno.test("session: with an id it is the framework that it was, and is not offered anything that nobody waits for", async () => {
  await using master = new StrictMaster();
  master.addAgent();
  let id: string | undefined;
  {
    await using first = new HeardSession(master.endpoint);
    await first.subscribed();
    id = first.id;
  }
  await using second = new HeardSession(master.endpoint, { id: id ?? "" });
  await second.subscribed();
  assertEquals([second.told, second.id], [["subscribed"], id]);
  assertEquals(second.notices.filter((one) => one.kind === "event" && one.event.type === "OFFERS"), []);
  assertEquals(master.breaches, []);
});

Deno.test("session: an id that its owner does not keep is kept by the session", async () => {
  await using master = new StrictMaster();
  await using heard = new HeardSession(master.endpoint);
  heard.onNotice = () => heard.id = undefined;
  await heard.subscribed();
  master.drop();
  await heard.subscribed(2);
  assertEquals(heard.told.filter((text) => text.startsWith("subscribed")), ["subscribed anew", "subscribed"]);
  assertEquals(master.host.core.state.frameworks.size, 1);
});

Deno.test("session: a stream that is cut, and a master that is restarted", async () => {
  await using master = new StrictMaster();
  await using heard = new HeardSession(master.endpoint);
  await heard.subscribed();
  master.drop();
  await heard.subscribed(2);
  await master.restart({ downFor: 100, routingFor: 100, recoveringFor: 200, agentsAfter: 0 });
  await heard.subscribed(3);
  const disconnections = heard.reasons("disconnected");
  assertEquals(disconnections.length, 2);
  for (const reason of disconnections) assertMatch(reason, /^Lost the connection to http|closed the stream$/);
  assert(heard.reasons("trouble").length > 0, "it says what it meets on the way");
  assertEquals(heard.end, undefined);
  // What it asks of a master that has no paths yet is refused, and no breach of manners.
  assertEquals(master.breaches.filter((breach) => !breach.includes("404")), []);
});

Deno.test("session: each status that a master answers SUBSCRIBE with, on the way and at first", async () => {
  await using master = new StrictMaster();
  await using heard = new HeardSession(master.endpoint, { bounds: { backOffLast: 160 } });
  await heard.subscribed();
  let times = 1;
  for (const status of [400, 401, 403, 404, 500, 503]) {
    master.refuse(status);
    master.drop();
    await waitUntil(
      `it tells of ${status}`,
      () => heard.reasons("trouble").some((reason) => reason.includes(`(${status}`)),
    );
    master.refuse();
    await heard.subscribed(++times);
  }
  assertEquals(heard.end, undefined, "what runs does not end with a master that refuses for a while");

  for (const status of [400, 401, 403]) {
    master.refuse(status);
    await using refused = new HeardSession(master.endpoint);
    const end = await refused.ended();
    assert(end instanceof SessionEnd);
    assertEquals(end.why, "refused");
    assertMatch(end.message, new RegExp(`^the master at ${master.endpoint} refuses .*\\(${status}\\)`));
  }
  for (const status of [404, 500, 503]) {
    master.refuse(status);
    await using waiting = new HeardSession(master.endpoint);
    await waitUntil("it waits", () => waiting.reasons("trouble").length === 1);
    master.refuse();
    await waiting.subscribed();
  }
});

Deno.test("session: nobody listens, and later a master does", async () => {
  const master = new StrictMaster();
  await master.stop();
  await using heard = new HeardSession(master.endpoint);
  await waitUntil("it says so", () => heard.reasons("trouble").length > 0);
  assertMatch(heard.reasons("trouble")[0] ?? "", /^Cannot connect to http:.*: connection refused$/);
  await master.start({ routingFor: 0, recoveringFor: 0, agentsAfter: 0 });
  await heard.subscribed();
  assertEquals(heard.reasons("disconnected"), []);
  await heard.session.close();
  await master[Symbol.asyncDispose]();
});

Deno.test("session: masters that do not lead name the one that does, over several steps", async () => {
  await using leader = new StrictMaster();
  await using second = new StrictMaster();
  await using first = new StrictMaster();
  second.follow(leader.endpoint);
  first.follow(second.endpoint);
  await using heard = new HeardSession(`${first.endpoint},${second.endpoint}`);
  await heard.subscribed();
  assertEquals(heard.told, ["subscribed anew"]);
  assertEquals([first.exchanges, second.exchanges], [
    ["POST /api/v1/scheduler ? 307"],
    ["POST /api/v1/scheduler ? 307"],
  ]);
  assertEquals(leader.breaches, []);
});

Deno.test("session: the lead changes: calls and the stream are answered by who leads then", async () => {
  await using one = new StrictMaster();
  await using other = new StrictMaster();
  other.follow(one.endpoint);
  await using heard = new HeardSession(`${other.endpoint},${one.endpoint}`);
  await heard.subscribed();
  other.host.phase = "leading";
  one.follow(other.endpoint);
  await heard.subscribed(2);
  const { length } = other.exchanges;
  heard.session.send(reconcileAll);
  await waitUntil("the call", () => other.exchanges.length > length);
  assertEquals(other.exchanges.at(-1), "POST /api/v1/scheduler RECONCILE 202");
  assertEquals([...one.breaches, ...other.breaches], []);
});

Deno.test("session: masters that name each other, or none, are no leader; the next of the list is asked", async () => {
  await using leader = new StrictMaster();
  await using one = new StrictMaster();
  await using other = new StrictMaster();
  one.follow(other.endpoint);
  other.follow(one.endpoint);
  await using heard = new HeardSession(`${one.endpoint},${leader.endpoint}`);
  await heard.subscribed();
  assertEquals(heard.told, [
    `trouble: the master at ${other.endpoint} names no leader that can be asked (//${one.endpoint}/api/v1/scheduler)`,
    "subscribed anew",
  ]);
  assertEquals(one.exchanges.length + other.exchanges.length, 6, "it does not go round for ever");
  one.follow(undefined);
  await using without = new HeardSession(one.endpoint);
  await waitUntil("it waits", () => without.reasons("trouble").length > 0);
  assertEquals(without.told, [
    `trouble: the master at ${one.endpoint} does not lead, or recovers (503 No leader elected)`,
  ]);
});

Deno.test("session: a framework that was removed is told so for good", async () => {
  await using master = new StrictMaster();
  await using heard = new HeardSession(master.endpoint);
  await heard.subscribed();
  heard.session.send({ type: "TEARDOWN" });
  const end = await heard.ended();
  assert(end instanceof SessionEnd);
  assertEquals([end.why, end.message], [
    "removed",
    "the master has removed the framework: Framework has been removed",
  ]);
  // The session of another start is told the same at once.
  await using again = new HeardSession(master.endpoint, { id: heard.id ?? "" });
  const second = await again.ended();
  assert(second instanceof SessionEnd);
  assertEquals([second.why, again.told], ["removed", []]);
});

Deno.test("session: a framework as the master takes none is refused at first, and tried again later on", async () => {
  await using master = new StrictMaster();
  await using wrong = new HeardSession(master.endpoint, { info: { roles: ["/wrong"] } });
  const end = await wrong.ended();
  assert(end instanceof SessionEnd);
  assertEquals(end.why, "refused");
  assertMatch(end.message, /^the master refuses this framework: .*Role '\/wrong' cannot start with a slash$/);

  const roles = ["*"];
  await using heard = new HeardSession(master.endpoint, { info: { roles } });
  await heard.subscribed();
  roles[0] = "/wrong";
  master.drop();
  await waitUntil(
    "it is refused",
    () => heard.reasons("trouble").some((reason) => reason.includes("'/wrong'")),
  );
  roles[0] = "*";
  await heard.subscribed(2);
  assertEquals(heard.end, undefined);
});

Deno.test("session: of two instances with one id the later has it, and the earlier ends", async () => {
  await using master = new StrictMaster();
  await using first = new HeardSession(master.endpoint);
  await first.subscribed();
  await using second = new HeardSession(master.endpoint, { id: first.id ?? "" });
  const end = await first.ended();
  assert(end instanceof SessionEnd);
  assertEquals(end.why, "failed-over");
  await second.subscribed();
  second.session.send(reconcileAll);
  await waitUntil("its call", () => master.exchanges.some((exchange) => exchange.includes("RECONCILE 202")));
  assertEquals(second.told, ["subscribed"]);
  assertEquals(master.breaches, []);
});

Deno.test("session: an instance whose call meets the stream of its successor hears why before it subscribes anew", async () => {
  await using master = new StrictMaster();
  await using first = new HeardSession(master.endpoint);
  await first.subscribed();
  // The call is answered before the stream says anything.
  const { core } = master.host;
  const refusal = core.refusal.bind(core);
  core.refusal = (call, stream, principal) =>
    call.type === "REVIVE"
      ? {
        status: 400,
        text: "The stream ID 'a' included in this request didn't match the stream ID currently",
      }
      : refusal(call, stream, principal);
  first.session.send({ type: "REVIVE" });
  first.session.send(reconcileAll);
  await waitUntil(
    "it is refused",
    () => master.exchanges.some((exchange) => exchange.includes("REVIVE 400")),
  );
  await using second = new HeardSession(master.endpoint, { id: first.id ?? "" });
  const end = await first.ended();
  assert(end instanceof SessionEnd);
  assertEquals(end.why, "failed-over");
  await second.subscribed();
  assertEquals(
    master.exchanges.map((exchange) => exchange.replace("POST /api/v1/scheduler ", "")),
    ["SUBSCRIBE 200", "REVIVE 400", "SUBSCRIBE 200"],
    "calls behind one that is not taken are not made",
  );
});

Deno.test("session: a stream that the master knows no more is replaced by another", async () => {
  await using master = new StrictMaster();
  await using heard = new HeardSession(master.endpoint);
  await heard.subscribed();
  for (const [id, framework] of master.host.core.state.frameworks) {
    if (id === heard.id && framework.stream !== undefined) {
      framework.stream = { ...framework.stream, id: "another" };
    }
  }
  heard.session.send(reconcileAll);
  await heard.subscribed(2);
  assertMatch(heard.reasons("disconnected")[0] ?? "", /^the master refused RECONCILE: 400 The stream ID/);
  heard.session.send(reconcileAll);
  await waitUntil("the call", () => master.exchanges.some((exchange) => exchange.includes("RECONCILE 202")));
});

Deno.test("session: a call that is wrong in itself is given back, and those behind it are made", async () => {
  await using master = new StrictMaster();
  await using heard = new HeardSession(master.endpoint);
  await heard.subscribed();
  heard.session.send({
    type: "ACKNOWLEDGE",
    acknowledge: { task_id: { value: "a" }, agent_id: { value: "b" }, uuid: new Uint8Array(3) },
  });
  heard.session.send(reconcileAll);
  await waitUntil(
    "the second call",
    () => master.exchanges.some((exchange) => exchange.includes("RECONCILE 202")),
  );
  assertEquals(heard.told, [
    "subscribed anew",
    "refused ACKNOWLEDGE: 400 Failed to validate scheduler::Call: Not a valid UUID",
  ]);
});

Deno.test("session: says who it is with every call, and never in what it tells", async () => {
  const secret = "s3cr3t-word";
  const encoded = btoa(`operator:${secret}`);
  await using master = new StrictMaster({ credentials: new Map([["operator", secret]]) });
  const info = { principal: "operator" };
  await using heard = new HeardSession(master.endpoint, {
    info,
    credential: { principal: "operator", secret },
  });
  await heard.subscribed();
  heard.session.send(reconcileAll);
  await waitUntil("the call", () => master.exchanges.some((exchange) => exchange.includes("RECONCILE 202")));
  assertEquals(master.breaches, []);

  await using nobody = new HeardSession(master.endpoint, { info });
  assertMatch(String(await nobody.ended()), /give --principal and --secret-file$/);
  await using wrong = new HeardSession(master.endpoint, {
    info,
    credential: { principal: "operator", secret: "other" },
  });
  assertMatch(String(await wrong.ended()), /the principal or its secret is wrong/);

  // A master, or a proxy before it, that repeats what it was sent.
  const { host } = master;
  host.core.refusal = () => ({ status: 400, text: `no: ${encoded} ${secret}` });
  heard.session.send(reconcileAll);
  await waitUntil("it is refused", () => heard.reasons("refused").length > 0);
  assertEquals(heard.reasons("refused"), ["400 no: (secret) (secret)"]);
  assert(!JSON.stringify([heard.notices, wrong.notices, String(wrong.end)]).includes(secret));
});

Deno.test("session: over TLS, with redirects that stay on it", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-session-" });
  try {
    const files = await makeCertificates(directory, "IP:127.0.0.1");
    const tls = {
      certificate: await Deno.readTextFile(files.server),
      key: await Deno.readTextFile(files.serverKey),
    };
    const authorities = [await Deno.readTextFile(files.authority)];
    await using leader = new StrictMaster({ tls });
    await using other = new StrictMaster({ tls });
    other.follow(leader.endpoint);
    await using heard = new HeardSession(listed(`https://${other.endpoint}`), {
      tls: { verify: true, authorities },
    });
    await heard.subscribed();
    heard.session.send(reconcileAll);
    await waitUntil(
      "the call",
      () => leader.exchanges.some((exchange) => exchange.includes("RECONCILE 202")),
    );
    assertEquals(heard.told, ["subscribed anew"]);

    await using untrusting = new HeardSession(listed(leader.endpoint, true), { tls: { verify: true } });
    await waitUntil("it is told", () => untrusting.reasons("trouble").length > 0);
    assertMatch(untrusting.reasons("trouble")[0] ?? "", /no authority that is trusted vouches/);
    await using plain = new HeardSession(leader.endpoint);
    await waitUntil("it is told", () => plain.reasons("trouble").length > 0);
    await plain.session.close();
    await untrusting.session.close();
    await heard.session.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("session: closing while a call has no answer, and while a master is silent", async () => {
  await using master = new StrictMaster();
  const heard = new HeardSession(master.endpoint);
  await heard.subscribed();
  master.hang();
  heard.session.send(reconcileAll);
  heard.session.send({ type: "REVIVE" });
  await heard.session.close();
  const { length } = heard.notices;
  const late = new HeardSession(master.endpoint);
  await late.session.close();
  assertEquals([heard.notices.length, late.notices], [length, []]);
  assertEquals([heard.end, late.end], [undefined, undefined]);
  master.resume();
});

Deno.test("session: of calls that find their connection closed all but ACCEPT are made once more", async () => {
  const types: string[] = [];
  const event = JSON.stringify({
    type: "SUBSCRIBED",
    subscribed: { framework_id: { value: "f-1" }, heartbeat_interval_seconds: 15 },
  });
  const record = `${event.length}\n${event}`;
  await using server = rawServer({ kind: "tcp" }, async (request) => {
    const { type } = JSON.parse(new TextDecoder().decode(request.body));
    types.push(type);
    if (type === "SUBSCRIBE") {
      return await request.write(
        "HTTP/1.1 200 OK\r\nMesos-Stream-Id: s\r\nContent-Type: application/json\r\n" +
          `Transfer-Encoding: chunked\r\n\r\n${record.length.toString(16)}\r\n${record}\r\n`,
      );
    }
    // A connection is good for one call; the next one is read, and nobody hears what became of it.
    const calls = server.requests.filter(({ connection }) => connection === request.connection);
    if (calls.length > 1) request.close();
    else await request.write(plainAnswer(202));
  });
  await using heard = new HeardSession(`127.0.0.1:${server.port}`, { media: "application/json" });
  await heard.subscribed();
  for (const type of ["REVIVE", "SUPPRESS"] as const) heard.session.send({ type });
  await waitUntil("both have come", () => types.length === 4);
  assertEquals(types, ["SUBSCRIBE", "REVIVE", "SUPPRESS", "SUPPRESS"]);
  heard.session.send({ type: "ACCEPT", accept: { offer_ids: [{ value: "o" }] } });
  await heard.subscribed(2);
  assertEquals(types.slice(4), ["ACCEPT", "SUBSCRIBE"]);
  assertMatch(heard.told[1] ?? "", /ACCEPT did not reach the master/);
});
