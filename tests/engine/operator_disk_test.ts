import { openSqliteStore, StoreError } from "../../src/mesos/framework/store/sqlite_store.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { executorVariables, servedProgram } from "../support/served_program.ts";
import { waitUntil } from "../support/wait.ts";

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** A file system of its own, with little room. */
class SmallDisk implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async make(): Promise<SmallDisk> {
    const path = await Deno.makeTempDir({ prefix: "mesolet-disk-" });
    await run("mount", "-t", "tmpfs", "-o", "size=512k", "mesolet-test", path);
    return new SmallDisk(path);
  }

  async fill(): Promise<void> {
    // As much of it as there is room for is written.
    await Deno.writeFile(`${this.path}/filler`, new Uint8Array(1_000_000)).catch(() => {});
  }

  async empty(): Promise<void> {
    await Deno.remove(`${this.path}/filler`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", "--lazy", this.path);
    await Deno.remove(this.path);
  }
}

const noRoom = /Cannot write the state to \/.*framework\.db, without which .* disk is full/;

Deno.test("engine: a store on a full disk says so, and has all of a change or nothing", async () => {
  await using disk = await SmallDisk.make();
  const path = `${disk.path}/framework.db`;
  const { store } = await openSqliteStore(path);
  store.setFramework("one");
  await disk.fill();
  const pods = ["a", "b"].map((name) => ({ kind: "put-pod", pod: { name, slots: [] } }) as const);
  const error = assertThrows(() => {
    for (let round = 0; round < 10; round++) store.write(pods);
  }, StoreError);
  assertMatch(String(error), noRoom);
  assertThrows(() => store.setFramework("two"), StoreError);
  const held = store.read().pods.length;
  assert(held === 0 || held === pods.length);
  assertEquals(store.frameworkId, "one");
  store.close();
  await disk.empty();
  const { store: again, setAside } = await openSqliteStore(path);
  assertEquals([setAside, again.frameworkId, again.read().pods.length], [undefined, "one", held]);
  again.write(pods);
  assertEquals(again.read().pods.length, pods.length);
  again.close();
});

async function livesOfPod(test: TestEngine, pod: string) {
  const of = (await test.engine.listContainers()).filter(({ labels }) => labels["of"] === pod);
  return await livesOf(test, of.map(({ labels }) => labels["io.mesolet.pod"] ?? ""));
}

Deno.test("engine: an operator of a cluster whose disk is full ends and says why, and its pods go on", async () => {
  await using test = await testEngine();
  await using program = servedProgram();
  await using master = new StrictMaster({ allocationInterval: 100 });
  const agent = await master.addStrictAgent({ environment: executorVariables(test.host) });
  await using disk = await SmallDisk.make();
  await using operator = new RunningOperator(test);
  const [web, db] = [test.podName(), test.podName()];
  const put = (pod: string) =>
    operator.put(
      `${pod}.yaml`,
      `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}, labels: {of: "${pod}"}}}\n`,
    );
  const flags = [
    ["--target", "mesos", "--master", master.endpoint, "--executor-uri", program.uri],
    ["--state", `${disk.path}/framework.db`, "--stop-pods"],
  ].flat();
  const launched = () =>
    [...master.host.core.state.frameworks.values()].flatMap(({ tasks }) => [...tasks.keys()])
      .map((id) => id.split(".")[0]).sort();

  put(web);
  operator.start(flags);
  await waitUntil("it runs", async () => (await livesOfPod(test, web)).size === 2, 60_000);
  const lives = await livesOfPod(test, web);
  await disk.fill();
  put(db);
  for (const _ of ["while it runs", "when it is started"]) {
    const { code, error } = await operator.program.ended();
    assertMatch(error, noRoom);
    assertEquals(code, 74);
    assertEquals(launched(), [web]);
    assertEquals(await livesOfPod(test, web), lives);
    operator.start(flags);
  }
  await operator.program.ended();

  await disk.empty();
  operator.start(flags);
  await waitUntil("the other one runs", async () => (await livesOfPod(test, db)).size === 2, 60_000);
  assertEquals(await livesOfPod(test, web), lives);
  assertEquals(launched(), [db, web].sort());
  assertEquals(await operator.end(), 0);
  await waitUntil("the executors end", async () => (await agent.executors()).length === 0, 60_000);
  const isExpected = /was answered (403|404|503)/;
  assertEquals(master.breaches.filter((breach) => !isExpected.test(breach)), []);
});
