/** Several operators of one framework, as processes: which of them acts, and what the next one finds. */

import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { ZookeeperServer } from "../support/zookeeper_server.ts";
import { projectDirectory, startProgram } from "./program.ts";
import { StandbyCluster } from "./standby_cluster.ts";

Deno.test("operator --target mesos: a second one of the same state is refused with who has it", async () => {
  await using cluster = new StandbyCluster();
  // Also where the address of its status is what it meets first.
  const listen = ["--listen", `unix:${cluster.directory}/status.sock`];
  const first = cluster.operator(...cluster.state("a"), ...listen);
  await cluster.allRun();
  const other = await cluster.operator(...cluster.state("a"), ...listen).ended();
  const { code, error } = await cluster.operator(...cluster.state("a")).ended();
  assertEquals([other.code, other.error], [code, error]);
  assertEquals(code, 75);
  assertMatch(
    error,
    new RegExp(`^error: Another operator has the state .*/a/framework\\.db: .*process ${first.id}\\.`),
  );
});

Deno.test("operator --target mesos: one whose framework is taken by somebody else ends, and leaves its pods", async () => {
  await using cluster = new StandbyCluster();
  const first = cluster.operator(...cluster.state("a"));
  const before = await cluster.allRun();
  const [framework] = cluster.master.host.core.state.frameworks.values();
  if (framework === undefined) throw new Error("there is no framework");
  const other = await fetch(`http://${cluster.master.endpoint}/api/v1/scheduler`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({
      type: "SUBSCRIBE",
      framework_id: { value: framework.id },
      subscribe: { framework_info: framework.info },
    }),
  });
  const { code, error } = await first.ended();
  assertEquals(code, 75);
  assertMatch(error, /another instance of this framework has taken over/);
  assertEquals(cluster.tasks, before);
  await other.body?.cancel();
});

Deno.test("operator --target mesos: one that waits for a master says so, and ends well", async () => {
  await using directory = await projectDirectory({});
  await using operator = startProgram([
    ["operator", directory.path, "--listen", "none", "--target", "mesos", "--master", "127.0.0.1:1"],
    ["--executor-file", "/opt/mesolet", "--state", `${directory.path}/.state/framework.db`],
  ].flat());
  await operator.seen("waits for the master: Cannot connect to ");
  operator.signal("SIGTERM");
  assertEquals((await operator.ended()).code, 0);
});

Deno.test("operator --target mesos: the password of ZooKeeper is in nothing that it says", async () => {
  await using directory = await projectDirectory({});
  await using operator = startProgram([
    ["operator", directory.path, "--listen", "none", "--target", "mesos", "--framework-id", "F"],
    ["--master", "zk://me:very-secret@127.0.0.1:1/mesos", "--executor-file", "/opt/mesolet"],
    ["--state", `${directory.path}/.state/framework.db`],
  ].flat());
  await operator.seen("on the cluster of zk://127.0.0.1:1/mesos");
  await operator.seen("Cannot connect to ZooKeeper at 127.0.0.1:1");
  operator.signal("SIGTERM");
  const { code, out, error } = await operator.ended();
  assertEquals([code, `${out}${error}`.includes("very-secret")], [0, false]);
});

Deno.test("operator --target mesos: another name and another user are told, and what runs goes on", async () => {
  await using cluster = new StandbyCluster();
  const first = cluster.operator(...cluster.state("a"));
  const before = await cluster.allRun();
  first.signal("SIGTERM");
  assertEquals((await first.ended()).code, 0);
  const flags = ["--framework", "shop", "--agent-user", "pods"];
  const second = cluster.operator(...cluster.state("a"), ...flags);
  await second.seen("the framework is called shop now, and was mesolet");
  await second.seen("executors of new tasks run as pods, and no more as root");
  await second.seen("subscribed at the master");
  cluster.put("web", "two");
  await waitUntil("web is replaced", () => !cluster.tasks.includes(before[2] ?? ""), 30_000);
  assertEquals((await cluster.allRun()).slice(0, 2), before.slice(0, 2));
  const [framework, ...more] = cluster.master.host.core.state.frameworks.values();
  assertEquals([framework?.info.name, more.length], ["shop", 0]);
  const users = [...framework?.tasks.values() ?? []].map(({ info }) => info.executor?.command?.user);
  assertEquals(users.filter((user) => user === "pods").length, 1);
  second.signal("SIGTERM");
  await second.ended();
  const third = await cluster.operator(...cluster.state("a"), ...flags, "--principal", "shop").ended();
  assertEquals(third.code, 64);
  assertMatch(third.error, /was registered with no principal, and now there is principal shop/);
});

Deno.test("operator --target mesos: a standby takes over from one that is killed, and no pod runs twice", async () => {
  await using cluster = new StandbyCluster();
  const first = cluster.operator(...cluster.state("a"));
  const before = await cluster.allRun();
  const socket = `${cluster.directory}/status.sock`;
  const second = cluster.operator(...cluster.state("a"), "--standby", "--listen", `unix:${socket}`);
  await second.seen(`another instance leads: `);
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
  const ask = async (path: string) => {
    const answer = await fetch(`http://localhost${path}`, { client });
    return [answer.status, (await answer.text()).trim()] as const;
  };
  const [status, text] = await ask("/readyz");
  assertEquals(status, 503);
  assertMatch(text, new RegExp(`^waits for the lead: another instance leads: .*process ${first.id}$`));
  assertEquals((await ask("/healthz"))[0], 200);
  // Who waits can be told to go.
  const third = cluster.operator(...cluster.state("a"), "--standby");
  await third.seen(`another instance leads: `);
  third.signal("SIGTERM");
  assertEquals((await third.ended()).code, 0);
  first.signal("SIGKILL");
  await second.seen("subscribed at the master");
  // It acts: what is edited now is replaced, and the rest is left alone.
  cluster.put("web", "two");
  await waitUntil("web is replaced", () => !cluster.tasks.includes(before[2] ?? ""), 30_000);
  const after = await cluster.allRun();
  assertEquals(after.slice(0, 2), before.slice(0, 2));
  await waitUntil("it is ready", async () => (await ask("/readyz"))[0] === 200);
  second.signal("SIGHUP");
  await second.seen("SIGHUP: all specs are looked at anew");
  second.signal("SIGTERM");
  assertEquals((await second.ended()).code, 0);
  assertEquals(cluster.tasks, after);
  assertEquals(cluster.master.host.core.state.frameworks.size, 1);
});

Deno.test("operator --target mesos: a standby of another host knows the framework by the election alone", async () => {
  await using cluster = new StandbyCluster();
  const elect = ["--elect", `file:${cluster.directory}/lead`];
  const first = cluster.operator(...cluster.state("a"), ...elect);
  const before = await cluster.allRun();
  const second = cluster.operator(...cluster.state("b"), ...elect);
  await second.seen("another instance leads: ");
  first.signal("SIGKILL");
  await second.seen("the master is asked what runs");
  await second.seen("is taken over");
  assertEquals(await cluster.allRun(), before);
  cluster.put("db", "two");
  await waitUntil("db is replaced", () => !cluster.tasks.includes(before[0] ?? ""), 30_000);
  await cluster.allRun();
  // The first one's host comes back with what it knew then: that is not believed.
  const third = cluster.operator(...cluster.state("a"), ...elect);
  await third.seen("another instance leads: ");
  const then = cluster.tasks;
  second.signal("SIGKILL");
  await third.seen("the state here is not the last one");
  await third.seen("is taken over");
  assertEquals(await cluster.allRun(), then);
});

Deno.test("operator --target mesos: one that has lost all of its state asks the master which framework it was", async () => {
  await using cluster = new StandbyCluster();
  const first = cluster.operator(...cluster.state("a"));
  const before = await cluster.allRun();
  first.signal("SIGKILL");
  await first.ended();
  await Deno.remove(`${cluster.directory}/a`, { recursive: true });
  const second = cluster.operator(...cluster.state("a"));
  await second.seen("of this name, host and directories: it goes on");
  await second.seen("web: instance 0 was found");
  await waitUntil("all are known", () => {
    assertEquals(second.out.match(/is taken over/g)?.length, 3);
    return true;
  });
  cluster.put("web", "two");
  await waitUntil("web is replaced", () => !cluster.tasks.includes(before[2] ?? ""), 30_000);
  assertEquals((await cluster.allRun()).slice(0, 2), before.slice(0, 2));
  assertEquals(cluster.master.host.core.state.frameworks.size, 1);
  assert(!/nobody wants it/.test(second.out), second.out);
});

Deno.test("operator --target mesos: a database alone that is lost is made anew from what is beside it", async () => {
  await using cluster = new StandbyCluster();
  const first = cluster.operator(...cluster.state("a"));
  const before = await cluster.allRun();
  first.signal("SIGKILL");
  await first.ended();
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.remove(`${cluster.directory}/a/framework.db${end}`).catch(() => {});
  }
  const second = cluster.operator(...cluster.state("a"));
  await second.seen("there is no state of framework");
  await second.seen("is taken over");
  assertEquals(await cluster.allRun(), before);
  assert(!second.out.includes("of this name, host"), "the master was asked for what is known here");
});

Deno.test("operator --target mesos: a leader that was stopped for longer than its session does nothing after it", async () => {
  await using server = await ZookeeperServer.start(200);
  await using cluster = new StandbyCluster();
  const elect = ["--elect", `zk://${server.endpoint}/mesolet/shop`];
  const first = cluster.operator(...cluster.state("a"), ...elect);
  const before = await cluster.allRun();
  const second = cluster.operator(...cluster.state("b"), ...elect);
  await second.seen("another instance leads: ");
  first.signal("SIGSTOP");
  await second.seen("is taken over");
  const subscriptions = () => cluster.master.exchanges.filter((line) => line.includes("SUBSCRIBE")).length;
  const taken = subscriptions();
  first.signal("SIGCONT");
  await first.seen("stands by, and the pods go on");
  // Both see the edit, and one acts on it.
  cluster.put("web", "two");
  await waitUntil("web is replaced", () => !cluster.tasks.includes(before[2] ?? ""), 30_000);
  assertEquals((await cluster.allRun()).slice(0, 2), before.slice(0, 2));
  assertEquals(subscriptions(), taken);
  // And it is there when it is needed again.
  second.signal("SIGTERM");
  assertEquals((await second.ended()).code, 0);
  await waitUntil("it leads again", () => first.out.match(/subscribed at the master/g)?.length === 2, 30_000);
  await cluster.allRun();
});
