import { type Clock, systemClock } from "../../../src/pod/clock.ts";
import { isProblem, ZookeeperError } from "../../../src/mesos/detector/zookeeper/zookeeper_error.ts";
import {
  type ZookeeperOptions,
  ZookeeperSession,
} from "../../../src/mesos/detector/zookeeper/zookeeper_session.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { ZookeeperServer } from "../../support/zookeeper_server.ts";

const text = (words: string) => new TextEncoder().encode(words);
const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A session with what it told. */
function open(ports: readonly number[], options: Partial<ZookeeperOptions> = {}) {
  const troubles: string[] = [];
  const session = new ZookeeperSession({
    servers: ports.map((port) => ({ hostname: "127.0.0.1", port })),
    clock: systemClock,
    random: () => 0,
    timeout: 2_000,
    onTrouble: (reason) => troubles.push(reason),
    ...options,
  });
  return { session, troubles, [Symbol.asyncDispose]: () => session.close() };
}

Deno.test("a real ZooKeeper: nodes are made, read, changed, listed and deleted, and say what is wrong", async () => {
  await using server = await ZookeeperServer.start();
  await using client = open([server.port]);
  const { session, troubles } = client;
  assertEquals(await session.create("/a", text("one")), "/a");
  assertEquals(await session.exists("/a"), true);
  assertEquals(await session.exists("/nosuch"), false);
  const { data, version } = await session.read("/a");
  assertEquals([words(data), version], ["one", 0]);
  await session.write("/a", text("zwölf"), 0);
  const later = await session.read("/a");
  assertEquals([words(later.data), later.version], ["zwölf", 1]);
  const first = await session.create("/a/n-", text(""), { sequential: true });
  const second = await session.create("/a/n-", text(""), { sequential: true, ephemeral: true });
  assertEquals([first, second], ["/a/n-0000000000", "/a/n-0000000001"]);
  assertEquals([...await session.children("/a")].sort(), ["n-0000000000", "n-0000000001"]);
  const large = new Uint8Array(500_000).map((_, index) => index % 251);
  await session.create("/large", large);
  assertEquals((await session.read("/large")).data, large);
  const many = Array.from({ length: 500 }, (_, index) => session.create(`/a/m${index}`, text("")));
  await Promise.all(many);
  assertEquals((await session.children("/a")).length, 502);

  const problem = async (work: Promise<unknown>) => {
    const error = await assertRejects(() => work, ZookeeperError);
    return `${error.problem}: ${error.message}`;
  };
  assertEquals(
    await problem(session.read("/nosuch")),
    "no-node: Cannot read /nosuch in ZooKeeper: there is no such node",
  );
  assertEquals(
    await problem(session.create("/a", text(""))),
    "node-exists: Cannot make /a in ZooKeeper: the node is there already",
  );
  assertEquals(
    await problem(session.write("/a", text(""), 7)),
    "bad-version: Cannot write /a in ZooKeeper: somebody else has changed the node",
  );
  assertMatch(await problem(session.delete("/a")), /^other: Cannot delete \/a in ZooKeeper: error -111$/);
  assertEquals(troubles, []);
  await session.close();
  assertMatch(await problem(session.read("/a")), /^session-over: /);
});

Deno.test("a real ZooKeeper: watches are called once, for nodes that come, change and go", async () => {
  await using server = await ZookeeperServer.start();
  await using one = open([server.port]);
  await using other = open([server.port]);
  const seen: string[] = [];
  await one.session.exists("/a", () => seen.push("exists"));
  await other.session.create("/a", text(""));
  await waitUntil("it comes", () => seen.length === 1);
  await one.session.children("/a", () => seen.push("children"));
  await other.session.create("/a/b", text(""), { ephemeral: true });
  await waitUntil("a child", () => seen.length === 2);
  await one.session.read("/a", () => seen.push("content"));
  await other.session.write("/a", text("x"), 0);
  await waitUntil("the content", () => seen.length === 3);
  await one.session.exists("/a/b", () => seen.push("gone"));
  await other.session.close();
  await waitUntil("the session's node goes with it", () => seen.length === 4);
  assertEquals(seen, ["exists", "children", "content", "gone"]);
});

Deno.test("a real ZooKeeper: USER:PASSWORD keeps others from writing", async () => {
  await using server = await ZookeeperServer.start();
  await using mine = open([server.port], { authority: "me:secret" });
  await using nobody = open([server.port]);
  await using again = open([server.port], { authority: "me:secret" });
  await mine.session.create("/mine", text("x"));
  assertEquals(words((await nobody.session.read("/mine")).data), "x");
  const error = await assertRejects(() => nobody.session.write("/mine", text("y"), 0), ZookeeperError);
  assertEquals(
    error.message,
    "Cannot write /mine in ZooKeeper: the node is not for everybody: give zk://USER:PASSWORD@…",
  );
  await again.session.write("/mine", text("z"), 0);
});

Deno.test("a real ZooKeeper: a session outlives a crash of the server, with its nodes, and watches are called", async () => {
  await using server = await ZookeeperServer.start(500);
  await using client = open([server.port], { timeout: 10_000 });
  const { session, troubles } = client;
  await session.create("/e", text(""), { ephemeral: true });
  let called = 0;
  await session.exists("/e", () => called++);
  await server.kill();
  await waitUntil("it is told", () => troubles.length > 1);
  assertMatch(troubles[0] ?? "", /^Lost the connection to ZooKeeper at 127/);
  assertMatch(troubles[1] ?? "", /^Cannot connect to ZooKeeper at 127.0.0.1:\d+: Connection refused$/);
  const waiting = session.exists("/e");
  await server.start();
  assertEquals([await waiting, called], [true, 1]);
  assert(!session.ended.aborted);
});

Deno.test("three real ZooKeepers: a session moves from one that dies or hangs to the next, with its nodes", async () => {
  await using servers = await ZookeeperServer.startThree(500);
  const [first, second] = servers;
  const ports = servers.map(({ port }) => port);
  await using client = open(ports, { timeout: 10_000, authority: "me:secret" });
  await using witness = open(ports.slice(2), { timeout: 10_000 });
  const { session } = client;
  await session.create("/e", text(""), { ephemeral: true });
  for (const away of ["kill", "freeze"] as const) {
    let called = 0;
    await session.exists("/e", () => called++);
    await (away === "kill" ? first : second)?.[away]();
    await waitUntil("its watch is called", () => called === 1);
    assertEquals([await session.exists("/e"), await witness.session.exists("/e")], [true, true]);
    // Who asks is known to the next server as well.
    await session.write("/e", text(away), (await session.read("/e")).version);
    if (away === "kill") await first?.start();
  }
  assertEquals(words((await session.read("/e")).data), "freeze");
  assert(!session.ended.aborted);
  second?.thaw();
  await session.close();
  assertEquals(await witness.session.exists("/e"), false);
});

Deno.test("a real ZooKeeper: a server that hangs is left for another one, and alone it ends the session", async () => {
  await using server = await ZookeeperServer.start();
  // Not of one ensemble: the other one does not know the session, and says so.
  await using other = await ZookeeperServer.start();
  await using client = open([server.port]);
  await client.session.create("/e", text(""), { ephemeral: true });
  let called = 0;
  await client.session.exists("/e", () => called++);
  await server.freeze();
  await waitUntil("the session is over", () => client.session.ended.aborted);
  assertEquals(called, 1);
  assertMatch(String(client.session.ended.reason), /no server was heard of in time$/);
  assertMatch(client.troubles[0] ?? "", /was silent for \d s$/);
  server.thaw();
  await using next = open([server.port]);
  await waitUntil("the node is gone", async () => !await next.session.exists("/e"));

  await using both = open([server.port, other.port]);
  await both.session.exists("/e");
  await server.freeze();
  await waitUntil("the session is over", () => both.session.ended.aborted);
  assertMatch(String(both.session.ended.reason), /has expired/);
  server.thaw();
});

Deno.test("a real ZooKeeper: nothing is left of a session that is closed without a server, or while it hangs", async () => {
  await using server = await ZookeeperServer.start();
  const client = open([server.port]);
  await client.session.exists("/");
  await server.freeze();
  const asked = client.session.exists("/").then(() => false, (error) => isProblem(error, "session-over"));
  await client.session.close();
  assertEquals(await asked, true);
  server.thaw();
  await server.kill();
  const alone = open([server.port]);
  const waiting = alone.session.exists("/").then(() => false, (error) => isProblem(error, "session-over"));
  await waitUntil("it tried", () => alone.troubles.length > 0);
  await alone.session.close();
  assertEquals(await waiting, true);
});

/** A server that answers the greeting with these bytes, and then what it is told. */
function fakeZookeeper(answers: readonly (readonly number[] | "expired" | "welcome" | "close" | "hang")[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  let count = 0;
  const greet = (timeout: number) => [
    ...[0, 0, 0, 36, 0, 0, 0, 0, 0, 0, timeout >> 8, timeout & 255],
    ...[0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 16],
    ...Array.from({ length: 16 }, () => 0),
  ];
  const serving = (async () => {
    for await (const connection of listener) {
      connections.add(connection);
      const answer = answers[Math.min(count++, answers.length - 1)] ?? "close";
      await connection.read(new Uint8Array(1_024)).catch(() => null);
      if (answer === "close") connection.close();
      else if (answer !== "hang") {
        const bytes = answer === "expired" ? greet(0) : answer === "welcome" ? greet(1_500) : answer;
        await connection.write(new Uint8Array(bytes)).catch(() => 0);
        if (Array.isArray(answer)) connection.close();
      }
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // It is.
        }
      }
      await serving;
    },
  };
}

Deno.test("ZooKeeper: servers that say nothing, break off in the middle, or speak otherwise, are left for the next", async () => {
  for (
    const bad of ["hang", "close", [0, 0, 0], [0, 0, 0, 36, 0, 0], [0x48, 0x54, 0x54, 0x50], [
      0,
      0,
      0,
      1,
      0,
    ]] as const
  ) {
    await using server = fakeZookeeper([bad, "welcome"]);
    // Bounds of attempts pass sooner than those of the session.
    const clock: Clock = {
      ...systemClock,
      sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 200), signal),
    };
    await using client = open([server.port], { clock });
    await waitUntil("the next connection", () => server.count >= 2);
    assert(client.troubles.length > 0, JSON.stringify(bad));
  }
});

Deno.test("ZooKeeper: a session that a server knows to have expired is over", async () => {
  await using server = fakeZookeeper(["expired"]);
  await using client = open([server.port]);
  await waitUntil("it is over", () => client.session.ended.aborted);
  assertMatch(String(client.session.ended.reason), /The session with ZooKeeper has expired$/);
});

Deno.test("ZooKeeper: a silent server is left before the session is over", async () => {
  await using server = fakeZookeeper(["welcome"]);
  await using client = open([server.port]);
  await waitUntil("the next connection", () => server.count >= 2);
  assertMatch(client.troubles[0] ?? "", /was silent for 1 s$/);
});
