import { assert, assertEquals } from "../../support/assert.ts";
import { encodeSchedulerCall, type MediaType } from "../../../src/mesos/wire/codec.ts";
import type { SchedulerCall } from "../../../src/mesos/wire/messages.ts";
import { RecordDecoder } from "../../../src/mesos/wire/recordio.ts";
import { makeCertificates } from "../wire/certificates.ts";
import { StrictMaster } from "./strict_master.ts";
import { politeInfo } from "./test_framework.ts";

const media: MediaType = "application/json";

function post(master: StrictMaster, call: SchedulerCall, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`http://${master.endpoint}/api/v1/scheduler`, {
    method: "POST",
    headers: { "Content-Type": media, Accept: media, ...headers },
    body: encodeSchedulerCall(call, media),
    redirect: "manual",
  });
}

const subscribe: SchedulerCall = { type: "SUBSCRIBE", subscribe: { framework_info: politeInfo } };

async function textOf(response: Response): Promise<string> {
  return `${response.status} ${await response.text()}`;
}

Deno.test("strict master: the phases of a master that starts, follows, or is alone", async () => {
  await using master = new StrictMaster();
  const ask = async () =>
    await textOf(await post(master, { type: "REVIVE", framework_id: { value: "nosuch" } }));
  assertEquals(await ask(), "400 Framework cannot be found");
  master.host.phase = "routing";
  assertEquals(await ask(), "404 404 Not Found.");
  master.host.phase = "recovering";
  assertEquals(await ask(), "503 Master has not finished recovery");
  master.follow(undefined);
  assertEquals(await ask(), "503 No leader elected");
  master.refuse(500);
  assertEquals(await ask(), "500 ");
  master.refuse();
  master.host.lead();
  assertEquals(await ask(), "400 Framework cannot be found");
});

Deno.test("strict master: 307 to the leader, protocol-relative", async () => {
  await using leader = new StrictMaster();
  await using master = new StrictMaster();
  master.follow(leader.endpoint);
  const answer = await post(master, subscribe);
  assertEquals(await textOf(answer), "307 ");
  assertEquals(answer.headers.get("location"), `//${leader.endpoint}/api/v1/scheduler`);
  for (
    const [endpoint, path, location] of [
      [master.endpoint, "/master/redirect", `//${leader.endpoint}`],
      [leader.endpoint, "/redirect", `//127.0.0.1:${leader.port}`],
      [master.endpoint, "/state?x=1", `//${leader.endpoint}/state?x=1`],
    ] as const
  ) {
    const redirected = await fetch(`http://${endpoint}${path}`, { redirect: "manual" });
    assertEquals(await textOf(redirected), "307 ");
    assertEquals(redirected.headers.get("location"), location);
  }
  const health = await fetch(`http://${master.endpoint}/health`);
  assertEquals(await textOf(health), "200 ");
});

Deno.test("strict master: who does not show who it is, is refused everywhere", async () => {
  await using master = new StrictMaster({ credentials: new Map([["p", "s"]]) });
  assertEquals(await textOf(await post(master, subscribe)), "401 401 Unauthorized.");
  const state = await fetch(`http://${master.endpoint}/master/state`);
  assertEquals(await textOf(state), "401 401 Unauthorized.");
  assertEquals(state.headers.get("www-authenticate"), 'Basic realm="mesos-master-readonly"');
  const shown = await fetch(`http://${master.endpoint}/master/version`, {
    headers: { Authorization: `Basic ${btoa("p:s")}` },
  });
  assertEquals((await shown.json()).version, "1.12.0");
  assert(master.breaches.some((breach) => breach.includes("was answered 401")), master.breaches.join());
});

Deno.test("strict master: records in scattered chunks, and a stream that breaks", async () => {
  await using master = new StrictMaster({ scatter: true });
  master.addAgent();
  const answer = await post(master, subscribe);
  assert(answer.body !== null);
  const decoder = new RecordDecoder();
  const types: string[] = [];
  const reader = answer.body.getReader();
  while (!types.includes("OFFERS")) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const record of decoder.push(value)) types.push(JSON.parse(new TextDecoder().decode(record)).type);
  }
  assertEquals(types, ["SUBSCRIBED", "HEARTBEAT", "OFFERS"]);
  master.drop();
  await reader.read().then(() => reader.read()).catch(() => {/* It is cut. */});
  await reader.cancel().catch(() => {/* It is cut. */});
  assertEquals(master.exchanges, ["POST /api/v1/scheduler SUBSCRIBE 200"]);
});

Deno.test("strict master: over TLS", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-master-" });
  const { authority, server, serverKey } = await makeCertificates(directory, "IP:127.0.0.1");
  const [ca, certificate, key] = await Promise.all(
    [authority, server, serverKey].map((path) => Deno.readTextFile(path)),
  );
  await Deno.remove(directory, { recursive: true });
  await using master = new StrictMaster({ tls: { certificate: certificate ?? "", key: key ?? "" } });
  using client = Deno.createHttpClient({ caCerts: [ca ?? ""] });
  const answer = await fetch(`https://${master.endpoint}/master/version`, { client });
  assertEquals((await answer.json()).version, "1.12.0");
});

Deno.test("strict master: unknown paths and calls of operators", async () => {
  await using master = new StrictMaster();
  const operate = async (body: string, type = "application/json") =>
    await textOf(
      await fetch(`http://${master.endpoint}/api/v1`, {
        method: "POST",
        headers: { "Content-Type": type },
        body,
      }),
    );
  assertEquals(await textOf(await fetch(`http://${master.endpoint}/nosuch`)), "404 404 Not Found.");
  assertEquals(await operate("{"), "400 Failed to parse body into JSON: syntax error at line 1 near: ");
  assertEquals(await operate("{}"), "400 Failed to validate master::Call: Expecting 'type' to be present");
  assertEquals(
    await operate("{}", "text/plain"),
    "415 Expecting 'Content-Type' of application/json or application/x-protobuf",
  );
  assertEquals(
    await operate('{"type":"GET_HEALTH"}'),
    '200 {"type":"GET_HEALTH","get_health":{"healthy":true}}',
  );
});
