import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { engineAt, type TestEngine, testEngine, testHost } from "../support/engine.ts";
import { OwnDaemon } from "../support/own_daemon.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

async function kill(engine: TestEngine, name: string): Promise<void> {
  await engine.connection.request({
    method: "POST",
    path: `/containers/${name}/kill`,
    call: "kill a container",
    bound: 10_000,
  });
}

async function remove(engine: TestEngine, name: string): Promise<void> {
  await engine.connection.request({
    method: "DELETE",
    path: `/containers/${name}`,
    query: { force: true },
    call: "remove a container",
    bound: 10_000,
  });
}

async function started(engine: TestEngine, name: string): Promise<number> {
  const detail = await engine.engine.inspect(name);
  return detail?.state === "running" ? detail.startedAt ?? 0 : 0;
}

Deno.test("operator: heals what dies, what is removed and the pause container, and a twin by hand confuses nothing", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pod = engine.podName();
  operator.put(
    `${pod}.yaml`,
    `name: ${pod}
services:
  base: {image: busybox, command: ${goesOn}, restart: always}
  web: {image: busybox, command: ${goesOn}, restart: always, depends_on: [base]}
`,
  );
  operator.start(["--stop-pods"]);
  await operator.told(`${pod}: runs`);

  const web = `${pod}-web-1`;
  await remove(engine, web);
  await operator.told(`${pod}: container web made again: it is not there`);

  // The members lose their namespaces with it: all are started again, in order, and without a pause.
  const before = await started(engine, web);
  await kill(engine, `${pod}_pause`);
  await waitUntil("the pod is rebuilt", async () => {
    const [pause, base, last] = await Promise.all(
      [`${pod}_pause`, `${pod}-base-1`, web].map((name) => started(engine, name)),
    );
    return (last ?? 0) > before && (pause ?? 0) <= (base ?? 0) && (base ?? 0) <= (last ?? 0) &&
      (base ?? 0) > before;
  });

  const twin = await engine.connection.request({
    method: "POST",
    path: "/containers/create",
    query: { name: `${pod}-by-hand` },
    body: {
      Image: "busybox",
      Cmd: ["sleep", "10000"],
      Labels: { "io.mesolet.pod": pod, "io.mesolet.container": "web", "io.mesolet.number": "1" },
    },
    call: "make a container by hand",
    bound: 10_000,
  });
  assertEquals(twin.status, 201);
  const lives = await livesOf(engine, [pod]);
  operator.put(`${pod}.yaml`, `${Deno.readTextFileSync(`${operator.directory}/${pod}.yaml`)}# touched\n`);
  await kill(engine, `${pod}-base-1`);
  await operator.told(`${pod}: container base exited with code 137 (restarting in `);
  await operator.told(`${pod}: container base started again (1 time so far)`);
  const after = await livesOf(engine, [pod]);
  for (const [id, life] of lives) {
    if (life.startsWith(`${web} `)) assertEquals(after.get(id), life);
  }
  assertEquals(await operator.end(), 0);
});

Deno.test("operator: the daemon is restarted, and killed: all pods are back in order, without a penalty", async (t) => {
  await using daemon = new OwnDaemon(testHost());
  await daemon.start();
  await using engine = await engineAt(daemon.host);
  await importBusybox(engine.connection);
  await using operator = new RunningOperator(engine);
  const pods = Array.from({ length: 3 }, () => engine.podName());
  for (const pod of pods) {
    operator.put(
      `${pod}.yaml`,
      `name: ${pod}
x-pod: {network: none}
services:
  base: {image: busybox, command: ${goesOn}}
  web: {image: busybox, command: ${goesOn}, depends_on: [base]}
`,
    );
  }
  operator.start();
  for (const pod of pods) await operator.told(`${pod}: runs`);
  for (const end of ["stop", "kill"] as const) {
    await t.step(end, async () => {
      const before = await livesOf(engine, pods);
      await daemon[end]();
      await daemon.start();
      await waitUntil("all pods are back", async () => {
        const after = await livesOf(engine, pods);
        assertEquals([...after.keys()], [...before.keys()]);
        for (const [id, life] of after) {
          assert(life.includes(" running ") && life !== before.get(id), life + operator.program.out);
        }
        return true;
      }, 60_000);
      for (const pod of pods) {
        assert(await started(engine, `${pod}-base-1`) <= await started(engine, `${pod}-web-1`));
      }
    });
  }
  assert(!operator.events.some(({ text }) => text.includes("restarting in")));
  assertEquals(await operator.end(), 0);
});
