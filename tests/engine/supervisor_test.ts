import { connectEngine } from "../../src/docker/connect.ts";
import { Connection } from "../../src/docker/connection.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { systemClock } from "../../src/pod/clock.ts";
import type { Pod } from "../../src/pod/model.ts";
import type { ContainerStatus, PodStatus } from "../../src/pod/status.ts";
import { makePodPlanner } from "../../src/supervisor/pod_planner.ts";
import {
  type PodOutcome,
  supervise,
  type SuperviseOptions,
  type Supervision,
} from "../../src/supervisor/supervise.ts";
import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { assert, assertEquals, AssertionError, assertLess, assertStringIncludes } from "../support/assert.ts";
import { BreakableSocket } from "../support/breakable_socket.ts";
import { podOfText } from "../support/compose_pod.ts";
import { type TestEngine, testEngine, testHost } from "../support/engine.ts";
import { OwnDaemon } from "../support/own_daemon.ts";
import { waitUntil } from "../support/wait.ts";

const stays = "command: [sh, -c, \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"]";

async function podNamed(name: string, services: string, extension = "network: services"): Promise<Pod> {
  return (await podOfText(`name: ${name}\nx-pod: {${extension}}\nservices:\n${services}`, { name })).pod;
}

/** A pod under supervision on a real engine, with short pauses; taken away at the end of the test. */
class Supervised implements AsyncDisposable {
  readonly statuses: PodStatus[] = [];
  readonly supervision: Supervision;

  constructor(readonly pod: Pod, readonly engine: Engine, options: Partial<SuperviseOptions> = {}) {
    this.supervision = supervise(pod, {
      engine,
      clock: systemClock,
      planner: makePodPlanner({
        engine,
        clock: systemClock,
        version: "test",
        host: { engine: engine.facts, environment: [], cgroups: { usable: false, reason: "not tried here" } },
      }),
      onStatus: (status) => this.statuses.push(status),
      ...options,
      bounds: {
        backOffFirst: 1_000,
        backOffLast: 4_000,
        linger: 700,
        reconnectLast: 500,
        clockSkew: 250,
        ...options.bounds,
      },
    });
  }

  get status(): PodStatus {
    return this.supervision.status;
  }

  container(name: string): ContainerStatus {
    const found = this.status.containers.find((container) => container.name === name);
    if (found === undefined) throw new Error(`The status has no container ${name}`);
    return found;
  }

  async until(what: string, condition: (status: PodStatus) => boolean, deadline?: number): Promise<void> {
    await waitUntil(what, () => {
      if (condition(this.status)) return true;
      throw new AssertionError(
        `${this.status.phase}, ${this.status.reason}, ${JSON.stringify(this.status.containers)}`,
      );
    }, deadline);
  }

  async running(): Promise<void> {
    await this.until("the pod runs", ({ phase }) => phase === "running");
  }

  async stop(): Promise<PodOutcome> {
    this.supervision.stop("the test is over", { graceSeconds: 1 });
    return await this.supervision.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.supervision.killNow();
    await this.supervision.done;
  }
}

async function call(
  test: Pick<TestEngine, "connection">,
  method: "POST" | "DELETE",
  path: string,
): Promise<void> {
  await test.connection.request({ method, path, call: `${method} ${path}`, bound: 30_000 });
}

async function leftOf(engine: Engine, pod: string): Promise<string[]> {
  return (await engine.listContainers(pod)).map(({ name, state }) => `${name} ${state}`);
}

Deno.test("engine: a pod is supervised from its launch to its end", async () => {
  await using test = await testEngine();
  const name = test.podName();
  const pod = await podNamed(
    name,
    `  web: {image: busybox, restart: always, ${stays}}\n  cache: {image: busybox, ${stays}}\n`,
  );
  await using supervised = new Supervised(pod, test.engine);
  await supervised.running();
  assertEquals(
    supervised.statuses.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]),
    [
      "pending",
      "starting",
      "running",
    ],
  );
  assert((supervised.container("web").startedAt ?? 0) > 0);
  const { status } = await supervised.stop();
  assertEquals(status.phase, "removed");
  assertEquals(await leftOf(test.engine, name), []);
});

Deno.test("engine: a failing container is started again with growing pauses, and its last words are kept", async () => {
  await using test = await testEngine();
  const pod = await podNamed(
    test.podName(),
    '  web: {image: busybox, restart: "on-failure:2", command: [sh, -c, "echo no luck; exit 3"]}\n',
  );
  await using supervised = new Supervised(pod, test.engine);
  const { status } = await supervised.supervision.done;
  assertEquals([status.phase, status.exitCode], ["failed", 3]);
  assertEquals(status.reason, "web exited with code 3 (given up after 2 restarts)");
  assertEquals(status.containers[0]?.lastLog, ["no luck"]);
  const reasons = new Set(supervised.statuses.map(({ reason }) => reason));
  assert(reasons.has("web exited with code 3 (restarting in 1 s, 1st time)"), [...reasons].join("\n"));
  assert(reasons.has("web exited with code 3 (restarting in 2 s, 2nd time)"), [...reasons].join("\n"));
});

Deno.test("engine: an unhealthy essential container fails the pod, with what its check said", async () => {
  await using test = await testEngine();
  const pod = await podNamed(
    test.podName(),
    `  web:\n    image: busybox\n    restart: always\n    ${stays}\n` +
      '    healthcheck: {test: [CMD-SHELL, "test ! -e /tmp/ill || { echo no answer; exit 1; }"], interval: 100ms, retries: 1}\n',
  );
  await using supervised = new Supervised(pod, test.engine);
  await supervised.running();
  const id = supervised.container("web").id ?? "";
  await test.engine.execute(id, { command: ["touch", "/tmp/ill"], tty: false, onOutput: () => {} });
  const { status } = await supervised.supervision.done;
  assertEquals([status.phase, status.reasonCode], ["failed", "container-unhealthy"]);
  assertStringIncludes(status.reason, "web is unhealthy: no answer");
});

Deno.test("engine: conditions are met by events: a few looks, and no delay", async () => {
  await using test = await testEngine();
  const pod = await podNamed(
    test.podName(),
    '  job: {image: busybox, command: [sh, -c, "sleep 1.5"]}\n' +
      `  db:\n    image: busybox\n    ${stays}\n    healthcheck: {test: [CMD, "true"], interval: 500ms}\n` +
      `  web:\n    image: busybox\n    ${stays}\n    depends_on:\n` +
      "      job: {condition: service_completed_successfully}\n      db: {condition: service_healthy}\n",
  );
  await using supervised = new Supervised(pod, test.engine);
  await supervised.running();
  const inspections = test.engine.calls.filter(({ method, path }) =>
    method === "GET" && /containers\/\w+\/json/.test(path)
  );
  assertLess(inspections.length, 20);
  const waited = (supervised.container("web").startedAt ?? 0) - (supervised.container("job").finishedAt ?? 0);
  assertLess(waited, 1_000);
  assertEquals(supervised.container("job").exitCode, 0);
});

Deno.test("engine: a dependency that fails, fails the launch with its last words, and nothing is left", async () => {
  await using test = await testEngine();
  const name = test.podName();
  const pod = await podNamed(
    name,
    '  job: {image: busybox, command: [sh, -c, "echo out of luck; exit 4"]}\n' +
      `  web:\n    image: busybox\n    ${stays}\n    depends_on:\n      job: {condition: service_completed_successfully}\n`,
  );
  await using supervised = new Supervised(pod, test.engine);
  const { status } = await supervised.supervision.done;
  assertEquals([status.phase, status.reasonCode], ["failed", "dependency-failed"]);
  assertStringIncludes(status.reason, "exited with code 4");
  assertEquals(status.containers.find((container) => container.name === "job")?.lastLog, ["out of luck"]);
  assertEquals(await leftOf(test.engine, name), []);
});

Deno.test("engine: a kill at any moment of a launch leaves nothing", async () => {
  await using test = await testEngine();
  const services = ["one", "two", "three"].map((each) => `  ${each}: {image: busybox, ${stays}}\n`).join("");
  for (let moment = 0; moment <= 1_000; moment += 90) {
    const name = test.podName();
    await using supervised = new Supervised(await podNamed(name, services, "network: pod"), test.engine);
    await systemClock.sleep(moment);
    const began = systemClock.elapsed();
    supervised.supervision.stop("killed", { graceSeconds: 1 });
    const { status, problem } = await supervised.supervision.done;
    assertEquals([problem?.message, status.phase], [undefined, "removed"]);
    assertLess(systemClock.elapsed() - began, 8_000);
    assertEquals(await leftOf(test.engine, name), [], `killed after ${moment} ms`);
  }
});

Deno.test("engine: what a person does to containers is respected, or mended", async (t) => {
  await using test = await testEngine();
  const pod = await podNamed(
    test.podName(),
    `  web: {image: busybox, restart: always, ${stays}}\n  side: {image: busybox, restart: unless-stopped, ${stays}}\n` +
      `  plain: {image: busybox, restart: "no", ${stays}}\n`,
  );
  await using supervised = new Supervised(pod, test.engine);
  await supervised.running();
  await t.step("docker stop, of unless-stopped", async () => {
    await call(test, "POST", `/containers/${supervised.container("side").id}/stop?t=1`);
    await supervised.until("it rests", ({ reason }) => reason.includes("stopped by hand"));
    await call(test, "POST", `/containers/${supervised.container("side").id}/start`);
    await supervised.until("it runs", ({ reason }) => reason === "");
  });
  await t.step("docker restart, of a container that is not restarted by policy", async () => {
    const started = supervised.container("plain").startedAt ?? 0;
    await call(test, "POST", `/containers/${supervised.container("plain").id}/restart?t=1`);
    await supervised.until("it runs again", () => (supervised.container("plain").startedAt ?? 0) > started);
    assertEquals(supervised.status.phase, "running");
  });
  await t.step("docker kill, of always", async () => {
    await call(test, "POST", `/containers/${supervised.container("web").id}/kill`);
    await supervised.until("it is started again", () => supervised.container("web").restarts === 1);
  });
  await t.step("docker rm -f", async () => {
    const id = supervised.container("plain").id;
    await call(test, "DELETE", `/containers/${id}?force=true`);
    await supervised.until("it is made again", () => {
      const { state, id: now } = supervised.container("plain");
      return state === "running" && now !== id;
    });
    assertEquals(supervised.status.phase, "running");
  });
});

Deno.test("engine: when the pause container dies, the namespace and its members are rebuilt", async () => {
  await using test = await testEngine();
  const name = test.podName();
  const pod = await podNamed(
    name,
    `  web: {image: busybox, ${stays}}\n  cache: {image: busybox, ${stays}}\n`,
    "network: pod",
  );
  await using supervised = new Supervised(pod, test.engine);
  await supervised.running();
  const before = (await test.engine.listContainers(name)).map(({ id }) => id).sort();
  const started = supervised.container("web").startedAt ?? 0;
  await call(test, "POST", `/containers/${name}_pause/kill`);
  await supervised.until("web runs again", () => {
    const { state, startedAt } = supervised.container("web");
    return state === "running" && (startedAt ?? 0) > started;
  });
  await supervised.until("cache runs", () => supervised.container("cache").state === "running");
  const after = (await test.engine.listContainers(name)).map(({ id }) => id).sort();
  assertEquals(after, before, "nothing is made anew");
  assertEquals(supervised.container("web").restarts, 0);
});

Deno.test("engine: a supervisor that comes back adopts what runs, without a change", async () => {
  await using test = await testEngine();
  const pod = await podNamed(test.podName(), `  web: {image: busybox, restart: always, ${stays}}\n`);
  {
    const first = new Supervised(pod, test.engine);
    await first.running();
    first.supervision.detach();
    assertEquals((await first.supervision.done).kind, "detached");
  }
  const before = test.engine.calls.length;
  await using second = new Supervised(pod, test.engine, { found: "judge" });
  await second.running();
  assertEquals(test.engine.calls.slice(before).filter(({ mutating }) => mutating), []);
});

Deno.test("engine: a lost event stream, and an engine out of reach, restart nothing", async () => {
  await using test = await testEngine();
  await using socket = new BreakableSocket(testHost().replace("unix://", ""));
  const engine = await connectEngine({ host: `unix://${socket.path}`, environment: {} });
  const pod = await podNamed(test.podName(), `  web: {image: busybox, restart: always, ${stays}}\n`);
  const supervised = new Supervised(pod, engine);
  await supervised.running();
  const started = supervised.container("web").startedAt;
  socket.cut();
  const streams = () =>
    engine.calls.filter(({ path, status }) => path.startsWith("/events") && status === 200).length;
  await waitUntil("the stream is open again", () => streams() === 2);
  socket.refuse();
  await supervised.until("the outage shows", ({ reasonCode }) => reasonCode === "engine-unavailable");
  assertEquals(supervised.status.phase, "running");
  socket.listen();
  await supervised.until("it is over", ({ reasonCode }) => reasonCode === "none");
  await waitUntil("the stream is open once more", () => streams() === 3);
  assertEquals(supervised.container("web").startedAt, started);
  await call(test, "POST", `/containers/${supervised.container("web").id}/kill`);
  await supervised.until("events flow again", () => supervised.container("web").restarts === 1);
  await supervised.stop();
  engine.close();
});

Deno.test("engine: containers that end with the daemon are started again, without a penalty", async (t) => {
  await using daemon = new OwnDaemon(testHost());
  await daemon.start();
  const engine = await connectEngine({ host: daemon.host, environment: {} });
  const connection = new Connection(parseEngineAddress(daemon.host, "test"), {
    clock: systemClock,
    apiVersion: engine.facts.apiVersion,
  });
  await importBusybox(connection);
  const pod = await podNamed(
    "outage",
    `  web: {image: busybox, restart: always, ${stays}}\n  plain: {image: busybox, restart: "no", ${stays}}\n` +
      '  job: {image: busybox, restart: "no", command: ["true"]}\n',
    "network: none, essential: [web, plain]",
  );
  const supervised = new Supervised(pod, engine, { found: "judge" });
  await supervised.running();
  for (const how of ["stop", "kill"] as const) {
    await t.step(how, async () => {
      const started = supervised.container("web").startedAt ?? 0;
      await daemon[how]();
      await supervised.until("the outage shows", ({ reasonCode }) => reasonCode === "engine-unavailable");
      await daemon.start();
      await supervised.until("the pod runs again", ({ reasonCode, containers }) =>
        reasonCode === "none" &&
        containers.every(({ name, state, startedAt }) =>
          name === "job" ? state === "exited" : state === "running" && (startedAt ?? 0) > started
        ), 40_000);
      assertEquals(supervised.status.containers.map(({ restarts }) => restarts), [0, 0, 0]);
      assertEquals(new Set(supervised.statuses.map(({ phase }) => phase)).has("failed"), false);
    });
  }
  const { problem } = await supervised.stop();
  assertEquals(problem?.message, undefined);
  connection.close();
  engine.close();
});

Deno.test("engine: a stop is bounded when the daemon hangs, and says what is left", async () => {
  await using daemon = new OwnDaemon(testHost());
  await daemon.start();
  const engine = await connectEngine({ host: daemon.host, environment: {} });
  const connection = new Connection(parseEngineAddress(daemon.host, "test"), {
    clock: systemClock,
    apiVersion: engine.facts.apiVersion,
  });
  await importBusybox(connection);
  const pod = await podNamed("hang", `  web: {image: busybox, ${stays}}\n`, "network: none");
  const supervised = new Supervised(pod, engine, {
    bounds: { stopMargin: 1_000, killMargin: 1_000, settle: 300 },
  });
  await supervised.running();
  daemon.freeze();
  const began = systemClock.elapsed();
  supervised.supervision.stop("the test is over", { graceSeconds: 1 });
  const { problem } = await supervised.supervision.done;
  assertLess(systemClock.elapsed() - began, 6_000);
  assertStringIncludes(problem?.message ?? "", "Cannot remove pod hang within");
  daemon.thaw();
  const again = new Supervised(pod, engine);
  await again.running();
  assertEquals((await again.stop()).problem?.message, undefined);
  assertEquals(await leftOf(engine, "hang"), []);
  connection.close();
  engine.close();
});
