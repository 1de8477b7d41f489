import { parseMasterAddress } from "../../../src/mesos/detector/master_address.ts";
import { ZookeeperMasters } from "../../../src/mesos/detector/zookeeper_masters.ts";
import { ZookeeperSession } from "../../../src/mesos/detector/zookeeper/zookeeper_session.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { ZookeeperServer } from "../../support/zookeeper_server.ts";
import { HeardSession } from "../framework/session/session_samples.ts";
import { StrictMaster } from "../master/strict_master.ts";

const text = (words: string) => new TextEncoder().encode(words);

/** What a master says of itself, as recorded: `ip` as a number is of no use to anybody. */
const masterInfo = (port: number, more: Readonly<Record<string, unknown>> = {}) => ({
  address: { hostname: "master.example.com", ip: "127.0.0.1", port },
  capabilities: [{ type: "AGENT_UPDATE" }],
  hostname: "master.example.com",
  id: "4a5ba1f4-2a4f-4a2c-9d6d-0b0c6a1c9c1b",
  ip: 16777343,
  pid: `master@127.0.0.1:${port}`,
  port,
  version: "1.12.0",
  ...more,
});

/** A master's session, with a node as masters make them. It leads when those before it are gone. */
async function announce(
  server: ZookeeperServer,
  info: unknown,
  name = "json.info_",
): Promise<ZookeeperSession> {
  const session = new ZookeeperSession({
    servers: [{ hostname: "127.0.0.1", port: server.port }],
    clock: systemClock,
    random: () => 0,
    timeout: 2_000,
  });
  if (!await session.exists("/mesos")) await session.create("/mesos", text(""));
  const data = typeof info === "string" ? info : JSON.stringify(info);
  await session.create(`/mesos/${name}`, text(data), { ephemeral: true, sequential: true });
  return session;
}

/** The locator for `zk://…/mesos`, and what it told. */
function locate(server: ZookeeperServer | string, secure = false) {
  const where = typeof server === "string" ? server : `zk://${server.endpoint}/mesos`;
  const address = parseMasterAddress(where, "--master", secure);
  if (address.kind !== "zookeeper") throw new Error(`${where} is no ZooKeeper`);
  const masters = new ZookeeperMasters({ address, clock: systemClock, random: () => 0, timeout: 2_000 });
  const waits: string[] = [];
  let changes = 0;
  masters.onChange(() => changes++);
  return {
    masters,
    waits,
    get changes() {
      return changes;
    },
    async find() {
      const { hostname, port, secure } = await masters.find(
        AbortSignal.timeout(20_000),
        (reason) => waits.push(reason),
      );
      return `${secure ? "https://" : ""}${hostname}:${port}`;
    },
    [Symbol.asyncDispose]: () => masters.close(),
  };
}

Deno.test("a real ZooKeeper: the lowest number leads, and each change of the lead is told", async () => {
  await using server = await ZookeeperServer.start();
  await using located = locate(server);
  const first = located.find();
  await waitUntil("it says what it waits for", () => located.waits.length > 0);
  const one = await announce(server, masterInfo(1001));
  assertEquals(await first, "127.0.0.1:1001");
  assertMatch(
    located.waits[0] ?? "",
    /^there is no \/mesos of ZooKeeper at 127\.0\.0\.1:\d+: no master has been/,
  );
  await one.create("/mesos/log_replicas", text(""));
  const two = await announce(server, masterInfo(1002));
  const three = await announce(server, masterInfo(1003));
  assertEquals([await located.find(), located.changes], ["127.0.0.1:1001", 1]);
  await one.close();
  await waitUntil("the second leads", async () => await located.find() === "127.0.0.1:1002");
  await three.close();
  assertEquals([await located.find(), located.changes], ["127.0.0.1:1002", 2]);
  await two.close();
  await waitUntil("nobody leads", async () => {
    await located.masters.find(AbortSignal.timeout(50), (reason) => located.waits.push(reason)).catch(
      () => {},
    );
    return located.waits.some((reason) => reason.startsWith("no master leads: there is none in /mesos"));
  });
  const again = await announce(server, masterInfo(1002));
  assertEquals([await located.find(), located.changes], ["127.0.0.1:1002", 3]);
  await again.close();
});

Deno.test("a real ZooKeeper: what masters say of themselves, and what is no master", async () => {
  const table: readonly (readonly [info: unknown, secure: boolean, found: string | RegExp])[] = [
    [masterInfo(5050), false, "127.0.0.1:5050"],
    [masterInfo(5050), true, "https://master.example.com:5050"],
    [masterInfo(5050, { address: { ip: "::1", port: 7 } }), false, "::1:7"],
    [masterInfo(5050, { address: undefined }), false, "master.example.com:5050"],
    [masterInfo(5050, { address: { ip: "0.0.0.0", hostname: "m", port: 7 } }), false, "m:7"],
    [
      "{",
      false,
      /^what json\.info_0000000000 in \/mesos of ZooKeeper at .* says is not the address of a master$/,
    ],
    [null, false, /is not the address of a master$/],
    [masterInfo(70_000), false, /is not the address of a master$/],
    [{ address: { ip: 7, port: "x" } }, false, /is not the address of a master$/],
  ];
  for (const [info, secure, found] of table) {
    await using server = await ZookeeperServer.start();
    const master = await announce(server, info);
    await using located = locate(server, secure);
    if (typeof found === "string") assertEquals(await located.find(), found);
    else {
      const gone = new AbortController();
      const waiting = located.masters.find(gone.signal, (reason) => located.waits.push(reason));
      await waitUntil("it says so", () => located.waits.some((reason) => found.test(reason)));
      gone.abort(new Error("gone"));
      await assertRejects(() => waiting, Error, "gone");
    }
    await master.close();
  }
});

Deno.test("a real ZooKeeper: it crashes and comes back, and the leader that is known counts meanwhile", async () => {
  await using server = await ZookeeperServer.start();
  const master = await announce(server, masterInfo(1001));
  await using located = locate(`zk://127.0.0.1:1,${server.endpoint}/mesos`);
  assertEquals(await located.find(), "127.0.0.1:1001");
  await server.kill();
  await waitUntil("it is told", async () => {
    await located.find();
    return located.waits.some((reason) => reason.includes("Connection refused"));
  });
  assertEquals([await located.find(), located.changes], ["127.0.0.1:1001", 1]);
  // Longer than any session: everybody begins a new one.
  await waitUntil("the master's session is over", () => master.ended.aborted);
  await server.start();
  const next = await announce(server, masterInfo(1002));
  await waitUntil("the next master leads", async () => await located.find() === "127.0.0.1:1002");
  await next.close();
  await master.close();
});

Deno.test("ZooKeeper out of reach: it says what it waits for, and leaves when it is told to", async () => {
  await using located = locate("zk://127.0.0.1:1/mesos");
  const gone = new AbortController();
  const waiting = located.masters.find(gone.signal, (reason) => located.waits.push(reason));
  await waitUntil("it says so", () => located.waits.length > 0);
  assertEquals(located.waits[0], "Cannot connect to ZooKeeper at 127.0.0.1:1: Connection refused");
  gone.abort(new Error("gone"));
  await assertRejects(() => waiting, Error, "gone");
});

Deno.test("a real ZooKeeper: a session with the master goes where the lead goes", async () => {
  await using server = await ZookeeperServer.start();
  await using one = new StrictMaster();
  await using other = new StrictMaster();
  await using located = locate(server);
  await using heard = new HeardSession(located.masters);
  await waitUntil("it says what it waits for", () => heard.reasons("trouble").length > 0);
  const first = await announce(server, masterInfo(one.port));
  await heard.subscribed();
  const second = await announce(server, masterInfo(other.port));
  await first.close();
  await heard.subscribed(2);
  assertEquals(heard.reasons("disconnected"), ["another master leads now"]);
  await second.close();
  other.drop();
  await waitUntil("it waits", () => heard.reasons("trouble").length > 1);
  assertMatch(heard.reasons("trouble").at(-1) ?? "", /^no master leads: /);
  const third = await announce(server, masterInfo(one.port));
  await heard.subscribed(3);
  await heard.session.close();
  await third.close();
  assertEquals([...one.breaches, ...other.breaches], []);
});
