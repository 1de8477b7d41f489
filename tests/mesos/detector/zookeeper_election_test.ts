import type { Leadership } from "../../../src/mesos/detector/election.ts";
import {
  ZookeeperElection,
  type ZookeeperElectionOptions,
} from "../../../src/mesos/detector/zookeeper_election.ts";
import { ZookeeperSession } from "../../../src/mesos/detector/zookeeper/zookeeper_session.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { SilentLine } from "../../support/silent_line.ts";
import { ZookeeperServer } from "../../support/zookeeper_server.ts";

const path = "/mesolet/shop";

/** An instance that stands for election, with what came of it. */
class Candidate implements AsyncDisposable {
  readonly waits: string[] = [];
  lead: Leadership | undefined;
  readonly #gone = new AbortController();
  readonly #campaign: Promise<void>;

  constructor(port: number, name: string, options: Partial<ZookeeperElectionOptions> = {}) {
    const election = new ZookeeperElection({
      servers: [{ hostname: "127.0.0.1", port }],
      path,
      name,
      clock: systemClock,
      random: () => 0,
      timeout: 2_000,
      ...options,
    });
    this.#campaign = election.campaign(this.#gone.signal, (reason) => this.waits.push(reason)).then(
      (lead) => {
        this.lead = lead;
      },
      () => {},
    );
  }

  async leads(): Promise<Leadership> {
    await waitUntil("it leads", () => this.lead !== undefined, 30_000);
    if (this.lead === undefined) throw new Error("It leads no more");
    return this.lead;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gone.abort();
    await this.#campaign;
    await this.lead?.resign();
  }
}

function look(port: number): ZookeeperSession {
  return new ZookeeperSession({
    servers: [{ hostname: "127.0.0.1", port }],
    clock: systemClock,
    random: () => 0,
    timeout: 2_000,
  });
}

const candidates = async (session: ZookeeperSession) =>
  (await session.children(path)).filter((name) => name.startsWith("candidate-"))
    .sort((one, other) => one.slice(-10) < other.slice(-10) ? -1 : 1);

Deno.test("a real ZooKeeper: one of three leads, the next takes over, and has the framework's id", async () => {
  await using server = await ZookeeperServer.start();
  await using one = new Candidate(server.port, "host-a");
  const first = await one.leads();
  await using two = new Candidate(server.port, "host-b");
  await waitUntil("the second waits", () => two.waits.length > 0);
  await using three = new Candidate(server.port, "host-c");
  await waitUntil("the third waits", () => three.waits.length > 0);
  assertEquals([two.waits, three.waits], [
    ["another instance leads: host-a"],
    ["another instance leads: host-a"],
  ]);
  assertEquals(await first.readNote(), undefined);
  await first.writeNote("f-1");
  await first.writeNote("f-1");
  await first.resign();
  assert(first.lost.aborted);
  const second = await two.leads();
  assertEquals(await second.readNote(), "f-1");
  await second.writeNote(undefined);
  await second.writeNote("f-2");
  assertEquals([await second.readNote(), three.lead], ["f-2", undefined]);
  await assertRejects(() => first.writeNote("f-3"));
  await second.resign();
  assertEquals(await (await three.leads()).readNote(), "f-2");
});

Deno.test("a real ZooKeeper: a leader that is cut off knows it before another one leads", async () => {
  await using server = await ZookeeperServer.start();
  await using line = new SilentLine(server.port);
  await using one = new Candidate(line.port, "host-a");
  const first = await one.leads();
  await using two = new Candidate(server.port, "host-b");
  await waitUntil("the second waits", () => two.waits.length > 0);
  const order: string[] = [];
  first.lost.addEventListener("abort", () => order.push("lost"), { once: true });
  const taken = two.leads().then(() => order.push("taken over"));
  line.fallSilent();
  await taken;
  assertEquals(order, ["lost", "taken over"]);
  assertMatch(
    String(first.lost.reason),
    /This instance leads no more: The session with ZooKeeper has expired/,
  );
  await assertRejects(() => first.writeNote("f"));
});

Deno.test("a real ZooKeeper: one that hangs longer than sessions last costs the lead, and gives it anew", async () => {
  await using server = await ZookeeperServer.start();
  await using one = new Candidate(server.port, "host-a");
  const first = await one.leads();
  await server.freeze();
  await waitUntil("it is lost", () => first.lost.aborted);
  server.thaw();
  await using two = new Candidate(server.port, "host-b");
  await two.leads();
});

Deno.test("a real ZooKeeper: the lead outlives a crash of ZooKeeper that is shorter than the session", async () => {
  await using server = await ZookeeperServer.start(500);
  const options = { timeout: 10_000 };
  await using one = new Candidate(server.port, "host-a", options);
  const first = await one.leads();
  await first.writeNote("f");
  await using two = new Candidate(server.port, "host-b", options);
  await waitUntil("the second waits", () => two.waits.length > 0);
  await server.kill();
  await waitUntil(
    "the second says so",
    () => two.waits.some((reason) => reason.includes("ZooKeeper at 127")),
  );
  await server.start();
  assertEquals(await first.readNote(), "f");
  assertEquals([first.lost.aborted, two.lead], [false, undefined]);
  await first.resign();
  await two.leads();
});

Deno.test("a real ZooKeeper: a leader whose node is deleted leads no more, and one that waits enters again", async () => {
  await using server = await ZookeeperServer.start();
  await using one = new Candidate(server.port, "host-a");
  const first = await one.leads();
  await using two = new Candidate(server.port, "host-b");
  await waitUntil("the second waits", () => two.waits.length > 0);
  const session = look(server.port);
  const [, second = ""] = await candidates(session);
  await session.delete(`${path}/${second}`);
  // Who waits watches the one before it alone, and notices then.
  const [leader = ""] = await candidates(session);
  await session.delete(`${path}/${leader}`);
  await waitUntil("the first has lost", () => first.lost.aborted);
  assertMatch(String(first.lost.reason), /somebody has deleted \/mesolet\/shop\/candidate-/);
  await two.leads();
  assertEquals((await candidates(session)).length, 1);
  await session.close();
});

Deno.test("a real ZooKeeper: the end of one in the middle wakes one, and nobody leads before its time", async () => {
  await using server = await ZookeeperServer.start();
  const all: Candidate[] = [];
  const session = look(server.port);
  for (let index = 0; index < 5; index++) {
    all.push(new Candidate(server.port, `host-${index}`));
    await waitUntil("it has entered", async () => {
      await all[0]?.leads();
      return (await candidates(session)).length === index + 1;
    });
  }
  await all[2]?.[Symbol.asyncDispose]();
  await waitUntil("it is gone", async () => (await candidates(session)).length === 4);
  for (const index of [0, 1, 3, 4]) {
    await all[index]?.leads();
    assertEquals(all.filter(({ lead }) => lead !== undefined && !lead.lost.aborted).length, 1);
    await all[index]?.[Symbol.asyncDispose]();
  }
  assertEquals(await candidates(session), []);
  await session.close();
});

Deno.test("a real ZooKeeper: with USER:PASSWORD nobody else can lead, or take the id", async () => {
  await using server = await ZookeeperServer.start();
  await using one = new Candidate(server.port, "host-a", { authority: "me:secret" });
  await (await one.leads()).writeNote("f");
  await using other = new Candidate(server.port, "host-b");
  await waitUntil("it is told", () => other.waits.length > 0);
  assertMatch(other.waits[0] ?? "", /the node is not for everybody: give zk:\/\/USER:PASSWORD@…$/);
  assert(!JSON.stringify(other.waits).includes("secret"));
});
