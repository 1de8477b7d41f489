import type { EngineEvent } from "../../src/docker/engine.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

/** What happened to the containers of a pod up to now. */
async function historyOf(engine: TestEngine, pod: string): Promise<readonly EngineEvent[]> {
  const events: EngineEvent[] = [];
  const over = AbortSignal.timeout(10_000);
  for await (const event of engine.engine.events({ pod, since: 0, until: systemClock.now() }, over)) {
    events.push(event);
  }
  return events;
}

async function environmentOf(engine: TestEngine, container: string): Promise<string> {
  return JSON.stringify(await engine.engine.inspectVerbatim(container).catch(() => ""));
}

Deno.test("operator: 300 edits 100 ms apart on an engine: the last one runs, and never two at once", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pod = engine.podName();
  const edit = (number: number) =>
    operator.put(
      "web.yaml",
      `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}, environment: {EDIT: "${number}"}}}\n`,
    );
  edit(0);
  operator.start(["--stop-pods"]);
  await operator.told(`${pod}: runs`);
  for (let number = 1; number <= 300; number++) {
    edit(number);
    await systemClock.sleep(100);
  }
  await waitUntil("the last one runs", async () => {
    const listed = await engine.engine.listContainers(pod);
    return listed.length === 2 && listed.every(({ state }) => state === "running") &&
      (await environmentOf(engine, `${pod}-web-1`)).includes('"EDIT=300"');
  }, 60_000);
  let running = 0;
  let starts = 0;
  for (const { action, labels } of await historyOf(engine, pod)) {
    if (labels["io.mesolet.container"] !== "web") continue;
    if (action === "start") {
      starts++;
      running++;
    } else if (action === "die") running--;
    assert(running <= 1, "two ran at once");
  }
  assert(starts >= 2, "the events are there");
  assertEquals(await operator.end(), 0);
});

Deno.test("operator: deleted, added again and deleted while it stops: the last word counts", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pods = [engine.podName(), engine.podName()];
  const [stays = "", goes = ""] = pods;
  // It hears no TERM: its grace is what it stops in.
  const specOf = (pod: string) =>
    `name: ${pod}\nservices: {web: {image: busybox, command: [sleep, "10000"], stop_grace_period: 3s}}\n`;
  for (const pod of pods) operator.put(`${pod}.yaml`, specOf(pod));
  operator.start(["--stop-pods"]);
  for (const pod of pods) await operator.told(`${pod}: runs`);
  const before = await livesOf(engine, pods);
  for (const pod of pods) operator.take(`${pod}.yaml`);
  for (const pod of pods) await operator.told(`${pod}: stops: its spec is gone`);
  for (const pod of pods) operator.put(`${pod}.yaml`, specOf(pod));
  operator.program.signal("SIGHUP");
  operator.take(`${goes}.yaml`);
  await waitUntil("one is there anew, and the other is gone", async () => {
    const lives = [...await livesOf(engine, pods)];
    return lives.length === 2 &&
      lives.every(([id, life]) => life.includes(" running ") && life.startsWith(stays) && !before.has(id));
  }, 60_000);
  assertEquals(await operator.end(), 0);
});

Deno.test("operator: a pod that hangs in a pull delays no other one, with one seat for all, and goes with its spec", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  using registry = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const holding = (async () => {
    for await (const connection of registry) held.push(connection);
  })().catch(() => {});
  const stuck = engine.podName();
  const others = Array.from({ length: 4 }, () => engine.podName());
  operator.put(
    "a.yaml",
    `name: ${stuck}\nservices: {web: {image: "127.0.0.1:${registry.addr.port}/stuck:1"}}\n`,
  );
  operator.start(["--parallel", "1", "--stop-pods"]);
  await waitUntil("it asks the registry", () => held.length > 0, 60_000);
  for (const pod of others) {
    operator.put(`${pod}.yaml`, `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}}}\n`);
  }
  for (const pod of others) await operator.told(`${pod}: runs`);
  operator.take("a.yaml");
  await operator.told(`${stuck}: is removed: its spec is gone`);
  assertEquals(await engine.engine.listContainers(stuck), []);
  assertEquals(await operator.end(), 0);
  registry.close();
  for (const connection of held) connection.close();
  await holding;
});

Deno.test("operator: back-off goes on where it was when an operator was killed", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pod = engine.podName();
  operator.put(
    "web.yaml",
    `name: ${pod}\nservices: {web: {image: busybox, command: ["false"], restart: always}}\n`,
  );
  operator.start();
  await operator.told(`${pod}: container web exited with code 1 (restarting in 20 s, 2nd time)`);
  operator.program.signal("SIGKILL");
  await operator.program.ended();
  operator.start(["--stop-pods"]);
  await waitUntil("it goes on", () => {
    const told = operator.events.map(({ text }) => text).join("\n");
    return /container web exited with code 1 \(restarting in (20|1\d) s, 2nd time\)/.test(told);
  });
  assertEquals(await operator.end(), 0);
});
