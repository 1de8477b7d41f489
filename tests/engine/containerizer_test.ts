import { chosenMessage, dockerContainer, launchMessage } from "../containerizer/agent_messages.ts";
import { CallFailed, containerizerDriver, type Driver } from "../containerizer/driver.ts";
import { objectOf } from "../../src/docker/json.ts";
import { ContainerizerLabel, Label } from "../../src/pod/labels.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { removePod, type TestEngine, testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

/** An agent with a work directory of its own, and its containers on the tests' engine. */
interface Scene {
  readonly agent: Driver;
  readonly engine: TestEngine;
  readonly libexec: string;
  /** Another agent of the host, or this one after a restart (`workDirectory` of this one). */
  driver(workDirectory?: string): Driver;
  sandbox(): string;
  /** The container of an id, in the engine's words. */
  inspect(id: string): Promise<Readonly<Record<string, unknown>> | null>;
}

async function withAgent(work: (scene: Scene) => Promise<void>): Promise<void> {
  await using engine = await testEngine();
  const root = await Deno.makeTempDir();
  const workDirectory = `${root}/work`;
  const libexec = `${root}/libexec`;
  await Promise.all([workDirectory, libexec].map((path) => Deno.mkdir(path)));
  const driver = (directory = workDirectory) =>
    containerizerDriver({
      host: engine.host,
      workDirectory: directory,
      libexec,
      defaultImage: "busybox",
      flags: ["--timeout", "1"],
    });
  const ours = async () =>
    (await engine.engine.listContainers()).filter(({ labels }) =>
      labels[ContainerizerLabel.workDirectory]?.startsWith(root)
    );
  let sandboxes = 0;
  try {
    await work({
      agent: driver(),
      engine,
      libexec,
      driver,
      sandbox() {
        const path = `${root}/sandbox-${++sandboxes}`;
        Deno.mkdirSync(path);
        return path;
      },
      async inspect(id) {
        const found = (await ours()).find(({ labels }) => labels[ContainerizerLabel.container] === id);
        return found === undefined ? null : await engine.engine.inspectVerbatim(found.id);
      },
    });
  } finally {
    const pods = new Set((await ours()).map(({ labels }) => labels[Label.pod] ?? ""));
    for (const pod of pods) await removePod(engine.connection, pod);
    await Deno.remove(root, { recursive: true });
  }
}

/** Waits for a file in the sandbox, so that what comes after it finds the process there. */
const untilTold = "touch ready; while [ ! -e stop ]; do sleep 0.05; done";

async function appears(path: string): Promise<void> {
  await waitUntil(`${path} is there`, async () => {
    try {
      await Deno.stat(path);
      return true;
    } catch {
      return false;
    }
  });
}

Deno.test("engine: containerizer: an executor from launch to its end, waited for from before the launch", async () => {
  await withAgent(async ({ agent, inspect, sandbox }) => {
    const directory = sandbox();
    assertEquals(await agent.containers(), []);
    const waiting = agent.wait("life-1");
    await agent.launch({
      id: "life-1",
      directory,
      task: {
        resources: { cpus: 0.25, mem: 64 },
        executor: {
          command: {
            value: `env > variables; pwd; ls /mesos-sandbox >&2; ${untilTold}; exit 3`,
            variables: { COLOUR: "blue" },
          },
          resources: { cpus: 0.1, mem: 32 },
        },
      },
      executor: {
        command: {
          value: `env > variables; pwd; ls /mesos-sandbox >&2; ${untilTold}; exit 3`,
          variables: { COLOUR: "blue" },
        },
        resources: { cpus: 0.1, mem: 32 },
      },
    });
    await appears(`${directory}/ready`);
    assertEquals(await agent.containers(), ["life-1"]);

    const variables = await Deno.readTextFile(`${directory}/variables`);
    for (
      const line of [
        "COLOUR=blue",
        "LIBPROCESS_PORT=0",
        "MESOS_CHECKPOINT=1",
        "MESOS_DIRECTORY=/mnt/mesos/sandbox",
        "MESOS_EXECUTOR_ID=executor-1",
        "MESOS_FRAMEWORK_ID=framework-1",
        "MESOS_RECOVERY_TIMEOUT=15mins",
        "MESOS_SLAVE_ID=agent-1",
        "MESOS_SLAVE_PID=slave(1)@127.0.0.1:5051",
        "MESOS_TASK_ID=job.1",
      ]
    ) assert(variables.split("\n").includes(line), line);
    assert(!/^(?:MESOS_WORK_DIRECTORY|DOCKER_HOST)=/m.test(variables));
    assertEquals(await Deno.readTextFile(`${directory}/stdout`), "/mnt/mesos/sandbox\n");
    assertMatch(await Deno.readTextFile(`${directory}/stderr`), /^variables$/m);

    const usage = await agent.usage("life-1");
    assert((usage.number(1) ?? 0) > 1e9);
    assertEquals(usage.number(4), 0.35);
    assertEquals(usage.number(6), 96 * 2 ** 20);
    assert((usage.number(36) ?? 0) > 0);
    assert(usage.fields.includes(2) && usage.fields.includes(3));

    const before = await inspect("life-1");
    assertEquals(objectOf(before?.["HostConfig"])["NetworkMode"], "host");
    await agent.update("life-1", { cpus: 1.5, mem: 128 });
    const after = await inspect("life-1");
    assertEquals(objectOf(after?.["State"])["Pid"], objectOf(before?.["State"])["Pid"]);
    const updated = await agent.usage("life-1");
    assertEquals([updated.number(4), updated.number(6)], [1.5, 128 * 2 ** 20]);

    await Deno.writeTextFile(`${directory}/stop`, "");
    const termination = await waiting;
    assertEquals([termination.number(1), termination.number(3)], [0, 3 << 8]);
    assertEquals(termination.text(2), "The container ended with exit code 3");
    assertEquals(await agent.containers(), []);
    assertEquals(await inspect("life-1"), null);
    assertEquals((await agent.wait("life-1")).number(3), 3 << 8);
    await agent.destroy("life-1");
    const failed = await assertRejects(() => agent.usage("life-1"), CallFailed);
    assertEquals(failed.result.code, 1);
    assertMatch(failed.result.error, /There is no container life-1/);
  });
});

Deno.test("engine: containerizer: a container out of memory says so", async () => {
  await withAgent(async ({ agent, sandbox }) => {
    const value = "x=$(head -c 25165824 /dev/zero | tr '\\0' x); echo held; sleep 1000";
    await agent.launch({
      id: "oom-1",
      directory: sandbox(),
      executor: { command: { value }, resources: { cpus: 0.5, mem: 16 } },
    });
    const termination = await agent.wait("oom-1");
    assertEquals(termination.number(1), 1);
    assertEquals(termination.text(2), "The container was out of memory: it may use 16 MiB");
    assertEquals([termination.number(4), termination.number(5)], [3, 8]);
  });
});

Deno.test("engine: containerizer: a task without an executor runs under mesos-executor, with what is fetched", async () => {
  await withAgent(async ({ agent, libexec, sandbox }) => {
    const script = async (name: string, text: string) => {
      await Deno.writeTextFile(`${libexec}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    await script("mesos-fetcher", `printf '%s' "$MESOS_EXECUTOR_URIS" > fetched; echo on its way`);
    await script("mesos-executor", `cat fetched; echo "$MESOS_TASK_ID $GIVEN"; exit 0`);
    const directory = sandbox();
    await agent.launch({
      id: "task-1",
      directory,
      task: {
        resources: { cpus: 0.1, mem: 32 },
        command: {
          value: "sleep 1000",
          olderImage: "docker:///busybox",
          olderOptions: ["--env GIVEN=here"],
          uris: ["http://example.org/a.tgz"],
        },
      },
    });
    const termination = await agent.wait("task-1");
    assertEquals([termination.number(1), termination.number(3)], [0, 0]);
    assertEquals(await Deno.readTextFile(`${directory}/stdout`), "http://example.org/a.tgz+0Xjob.1 here\n");
  });
});

Deno.test("engine: containerizer: what is fetched leads no mount out of the sandbox", async () => {
  await withAgent(async ({ agent, libexec, inspect, sandbox }) => {
    await Deno.writeTextFile(`${libexec}/mesos-fetcher`, "#!/bin/sh\nln -s /etc link\n", { mode: 0o755 });
    const failed = await assertRejects(() =>
      agent.launch({
        id: "link-1",
        directory: sandbox(),
        executor: {
          command: { value: "true", uris: ["http://example.org/link"] },
          container: dockerContainer("busybox", { volumes: { "/inside": "link" } }),
        },
      }), CallFailed);
    assertMatch(failed.result.error, /by now .*not allowed/);
    assertEquals(await inspect("link-1"), null);
    assertEquals(await agent.containers(), []);
  });
});

Deno.test("engine: containerizer: an agent finds its containers again after a restart, and destroys what it does not know", async () => {
  await withAgent(async ({ agent, driver, inspect, sandbox, engine }) => {
    const known = sandbox();
    const orphan = sandbox();
    const executor = (value: string) => ({ command: { value }, resources: { cpus: 0.1, mem: 32 } });
    await Promise.all([
      agent.launch({ id: "known-1", directory: known, executor: executor(`${untilTold}; exit 4`) }),
      agent.launch({
        id: "orphan-1",
        directory: orphan,
        executor: executor(
          "trap 'echo well > ended; exit 0' TERM; touch ready; while :; do sleep 0.05; done",
        ),
      }),
    ]);
    await appears(`${orphan}/ready`);
    // The agent goes, and with it what waits for it; then one of them ends unseen.
    const waiting = agent.start("wait", chosenMessage("known-1"));
    waiting.kill();
    assertEquals((await waiting.ended).signal, "SIGKILL");
    await Deno.writeTextFile(`${known}/stop`, "");
    await waitUntil(
      "it has ended",
      async () => objectOf((await inspect("known-1"))?.["State"])["Status"] === "exited",
    );

    const successor = driver();
    await successor.recover();
    assertEquals(await successor.containers(), ["known-1", "orphan-1"]);
    assertEquals(await driver(`${known}/elsewhere`).containers(), []);
    const termination = await successor.wait("known-1");
    assertEquals(termination.number(3), 4 << 8);

    const [gone] = await Promise.all([successor.wait("orphan-1"), successor.destroy("orphan-1")]);
    assertEquals(gone.number(1), 0);
    assertEquals(await Deno.readTextFile(`${orphan}/ended`), "well\n");
    assertEquals(await successor.containers(), []);
    const left = (await engine.engine.listContainers()).filter(({ labels }) =>
      labels[ContainerizerLabel.container] !== undefined
    );
    assertEquals(left.map(({ name }) => name), []);
  });
});

Deno.test("engine: containerizer: a launch that is killed leaves nothing that recover and the next launch do not mend", async () => {
  await withAgent(async ({ agent, inspect, sandbox }) => {
    const directory = sandbox();
    const asked = {
      id: "killed-1",
      directory,
      executor: { command: { value: untilTold }, resources: { cpus: 0.1, mem: 32 } },
    };
    const launching = agent.start("launch", launchMessage(asked), directory);
    await waitUntil("it is made", async () => await inspect("killed-1") !== null);
    launching.kill();
    await launching.ended;
    await agent.recover();
    const state = objectOf((await inspect("killed-1"))?.["State"])["Status"];
    // Made and not started is removed; what runs is listed, and the agent destroys it.
    assertEquals(await agent.containers(), state === undefined ? [] : ["killed-1"]);
    await agent.launch(asked);
    await appears(`${directory}/ready`);
    assertEquals(await agent.containers(), ["killed-1"]);
    await agent.destroy("killed-1");
    assertEquals(await agent.containers(), []);
  });
});

Deno.test("engine: containerizer: calls for one container come one after the other, others beside them", async () => {
  await withAgent(async ({ agent, sandbox }) => {
    const directory = sandbox();
    const asked = (id: string) => ({
      id,
      directory,
      executor: {
        command: { shell: false, value: "sleep", arguments: ["sleep", "1000"] },
        container: dockerContainer("busybox", { network: 1 }),
        resources: { cpus: 0.1, mem: 32 },
      },
    });
    await Promise.all(["same-1", "same-1", "other-1"].map((id) => agent.launch(asked(id))));
    assertEquals(await agent.containers(), ["other-1", "same-1"]);
    const results = await Promise.allSettled([
      agent.update("same-1", { cpus: 0.2, mem: 48 }),
      agent.usage("same-1"),
      agent.destroy("same-1"),
      agent.usage("other-1"),
    ]);
    assertEquals(results.slice(2).map(({ status }) => status), ["fulfilled", "fulfilled"]);
    for (const result of results) {
      // Those that came after the end of the container say so, and nothing else.
      if (result.status === "rejected") assertMatch(String(result.reason), /There is no container same-1/);
    }
    assertEquals(await agent.containers(), ["other-1"]);
    const failed = await assertRejects(
      () =>
        agent.launch({
          ...asked("none-1"),
          executor: {
            command: { value: "true" },
            container: dockerContainer("busybox", { privileged: true }),
          },
        }),
      CallFailed,
    );
    assertMatch(failed.result.error, /privileged/);
    await agent.destroy("other-1");
  });
});
