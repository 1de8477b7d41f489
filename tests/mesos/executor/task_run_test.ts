import { MesoletError } from "../../../src/pod/errors.ts";
import type { Pod } from "../../../src/pod/model.ts";
import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";
import { host } from "../../support/placing.ts";
import { podFrom, sharedPodFrom } from "../../support/supervising.ts";
import { RunningTask } from "./running_task.ts";

const web = "  web:\n    image: busybox\n";
const webAndCache = `${web}  cache:\n    image: busybox\n    depends_on: [web]\n`;

Deno.test("a task runs and is killed: every state once, with a message, and nothing is left", async () => {
  const test = new RunningTask();
  await test.launch(await sharedPodFrom(webAndCache));
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING"]);
  assertEquals(test.last.message, "2 containers run");
  test.run.kill(undefined);
  await test.over(60_000);
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
  assertEquals(test.last.message, "killed by the framework");
  assertEquals(test.engine.names, []);
  assertEquals(test.hooks, ["launching", "running", "killed"]);
  assert(test.sent.every(({ message }) => (message ?? "") !== ""));
});

Deno.test("RUNNING carries what an inspection says of the pause container, without an environment", async () => {
  const test = new RunningTask();
  await test.launch(await sharedPodFrom(web));
  const data = JSON.parse(new TextDecoder().decode(test.last.data));
  assertEquals(data[0].Name, "/shop_pause");
  test.run.kill({ grace_period: { nanoseconds: 0 } });
  await test.over(60_000);
});

Deno.test("KILLING is for frameworks that know it", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web), { knowsKilling: false });
  test.run.kill(undefined);
  await test.over(60_000);
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLED"]);
});

Deno.test("a failing container fails the task at once: its name, code and last lines are told", async () => {
  const test = new RunningTask();
  test.engine.behave("shop-web-1", { log: ["no database"] });
  await test.launch(await podFrom(web));
  test.engine.exit("shop-web-1", 3);
  await test.over();
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  assertEquals(test.last.message, "web exited with code 3; its last lines:\n  | no database");
  assertEquals(test.engine.names, []);
});

Deno.test("while the others are still being stopped, the framework hears why", async () => {
  const test = new RunningTask();
  test.engine.behave("shop-cache-1", { ignoresStop: true });
  await test.launch(await podFrom(webAndCache));
  test.engine.exit("shop-web-1", 3);
  await test.clock.settle();
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_RUNNING"]);
  assertStringIncludes(test.last.message ?? "", "web exited with code 3");
  await test.over(30_000);
  assertEquals(test.states.slice(3), ["TASK_FAILED"]);
  assertStringIncludes(test.last.message ?? "", "web exited with code 3");
});

Deno.test("the end is reported the moment nothing runs, before what is left is removed", async () => {
  const test = new RunningTask();
  await test.launch(await sharedPodFrom(web));
  test.engine.hang("remove shop-web-1");
  test.engine.exit("shop-web-1", 3);
  await test.clock.settle();
  assertEquals(test.last.state, "TASK_FAILED");
  assert(!test.isOver);
  test.engine.heal("remove shop-web-1");
  await test.over(300_000);
  assertEquals(test.engine.names, []);
});

Deno.test("a pod whose essential containers end well has FINISHED, after RUNNING however short", async () => {
  const test = new RunningTask();
  test.engine.behave("shop-web-1", { exitsAtOnce: 0 });
  await test.launch(await podFrom(web));
  await test.over(1_000);
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
  assertEquals(test.hooks.at(-1), "finished");
});

Deno.test("a spec that is wrong fails the task with what is wrong", async () => {
  const test = new RunningTask();
  await test.launch(new MesoletError("compose.yaml:3:5: services.web.image: must be text", 65));
  await test.over();
  assertEquals(test.states, ["TASK_STARTING", "TASK_FAILED"]);
  assertEquals(test.last.reason, "REASON_TASK_INVALID");
  assertEquals(test.last.message, "compose.yaml:3:5: services.web.image: must be text");
  assertEquals(test.hooks, []);
});

Deno.test("a pull that fails fails the launch, and is tried again where the task says so", async () => {
  for (const pullRetries of [0, 2]) {
    const test = new RunningTask();
    test.engine.missingImages.add("busybox");
    test.engine.fail("pull busybox", "no such image: busybox");
    await test.launch(await podFrom(web), { settings: { pullRetries } });
    assertEquals(test.states, pullRetries === 0 ? ["TASK_STARTING", "TASK_FAILED"] : ["TASK_STARTING"]);
    await test.over(120_000);
    assertEquals(test.states, ["TASK_STARTING", "TASK_FAILED"]);
    assertEquals(test.last.reason, "REASON_CONTAINER_LAUNCH_FAILED");
    assertStringIncludes(test.last.message ?? "", "no such image: busybox");
    const pulls = test.engine.applied.filter((id) => id === "pull busybox").length;
    assertEquals(pulls, pullRetries + 1);
  }
});

Deno.test("a kill pre-empts the launch in every step: KILLED, and nothing is left", async () => {
  for (const step of ["pull busybox", "create shop-web-1", "start shop-web-1", "network shop_default"]) {
    const test = new RunningTask();
    test.engine.missingImages.add("busybox");
    test.engine.hang(step);
    await test.launch(await podFrom(web));
    test.run.kill(undefined);
    test.engine.heal(step);
    await test.over(60_000);
    assertEquals(test.states, ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"], step);
    assertEquals(test.last.reason, "REASON_TASK_KILLED_DURING_LAUNCH");
    assertEquals(test.engine.names, [], step);
  }
});

Deno.test("a kill while the spec is read or the engine is awaited makes nothing", async () => {
  const reading = Promise.withResolvers<Pod>();
  const one = new RunningTask();
  await one.launch(reading.promise);
  one.run.kill(undefined);
  reading.resolve(await podFrom(web));
  await one.over();
  assertEquals(one.states, ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
  assertEquals(one.engine.applied, []);

  const other = new RunningTask();
  await other.launch(await podFrom(web), {
    engine: (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  other.run.kill(undefined);
  await other.over();
  assertEquals(other.states, ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
});

Deno.test("an engine that does not answer fails the task", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web), {
    engine: () => Promise.reject(new MesoletError("Cannot find a Docker or Podman engine", 69)),
  });
  await test.over();
  assertEquals(test.last.state, "TASK_FAILED");
  assertEquals(test.last.reason, "REASON_CONTAINER_LAUNCH_FAILED");
  assertEquals(test.last.message, "Cannot find a Docker or Podman engine");
});

Deno.test("grace: of the event before the task's, and a repeat may only shorten it", async () => {
  const test = new RunningTask();
  test.engine.behave("shop-web-1", { ignoresStop: true });
  await test.launch(await podFrom(web), { task: { kill_policy: { grace_period: { nanoseconds: 60e9 } } } });
  test.run.kill({ grace_period: { nanoseconds: 30e9 } });
  await test.clock.advance(5_000);
  assertEquals(test.last.state, "TASK_KILLING");
  test.run.kill({ grace_period: { nanoseconds: 90e9 } });
  test.run.kill({ grace_period: { nanoseconds: 8e9 } });
  await test.clock.advance(2_900);
  assertEquals(test.last.state, "TASK_KILLING");
  await test.over(60_000);
  assertEquals(test.states.filter((state) => state === "TASK_KILLING").length, 1);
  const at = test.engine.applied.indexOf("kill shop-web-1");
  assert(at === -1 || at > test.engine.applied.indexOf("stop shop-web-1"));
});

Deno.test("max_completion_time: FAILED with its reason, without a grace", async () => {
  const test = new RunningTask();
  test.engine.behave("shop-web-1", { ignoresStop: true });
  await test.launch(await podFrom(web), { task: { max_completion_time: { nanoseconds: 60e9 } } });
  await test.clock.advance(59_999);
  assertEquals(test.last.state, "TASK_RUNNING");
  await test.over(1_000);
  assertEquals(test.states, ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  assertEquals(test.last.reason, "REASON_MAX_COMPLETION_TIME_REACHED");
});

Deno.test("a launch that takes longer than the task allows is given up", async () => {
  const test = new RunningTask();
  test.engine.missingImages.add("busybox");
  test.engine.hang("pull busybox");
  await test.launch(await podFrom(web), { settings: { launchTimeout: 30_000 } });
  await test.over(60_000);
  assertEquals(test.states, ["TASK_STARTING", "TASK_FAILED"]);
  assertEquals(test.last.message, "it was not running within 30 s");
});

Deno.test("a launch timeout does not end what runs", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web), { settings: { launchTimeout: 30_000 } });
  await test.clock.advance(60_000);
  assertEquals(test.last.state, "TASK_RUNNING");
  test.run.kill(undefined);
  await test.over(60_000);
});

Deno.test("a health check that fails too often kills the task: KILLED, healthy false", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web), { task: { health_check: { type: "TCP", tcp: { port: 80 } } } });
  test.checks?.health(true, "the first success");
  test.checks?.health(false, "refused");
  test.checks?.unhealthy("3 health checks failed in a row: refused");
  await test.over(60_000);
  assertEquals(test.states, [
    "TASK_STARTING",
    "TASK_RUNNING",
    "TASK_RUNNING",
    "TASK_RUNNING",
    "TASK_KILLING",
    "TASK_KILLED",
  ]);
  assertEquals(test.last.healthy, false);
  assertEquals(test.last.message, "3 health checks failed in a row: refused");
  assertEquals(test.checksStopped, 1);
});

Deno.test("a hook that has to succeed and does not, fails the launch", async () => {
  for (const moment of ["launching", "running"] as const) {
    const test = new RunningTask();
    test.hookProblems.set(moment, `the ${moment} hook exited with code 1`);
    await test.launch(await podFrom(web));
    await test.over(60_000);
    assertEquals(test.last.state, "TASK_FAILED");
    assertEquals(test.last.message, `the ${moment} hook exited with code 1`);
    assertEquals(test.engine.names, []);
  }
});

Deno.test("a failed pod is kept where the task says so", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(web), { settings: { keepFailed: true } });
  test.engine.exit("shop-web-1", 1);
  await test.over(60_000);
  assertEquals(test.engine.names, ["shop-web-1"]);
  assert(test.lines.some((line) => line.includes("mesolet down shop")));
});

Deno.test("images are removed with the pod where the task says so", async () => {
  for (const removeImages of [true, false]) {
    const test = new RunningTask();
    await test.launch(await podFrom(webAndCache), { settings: { removeImages } });
    test.run.kill(undefined);
    await test.over(60_000);
    const removed = test.engine.applied.filter((id) => id.startsWith("remove image"));
    assertEquals(removed, removeImages ? ["remove image busybox"] : []);
  }
});

Deno.test("SHUTDOWN kills within its grace, whatever the pod's own graces are", async () => {
  const test = new RunningTask();
  test.engine.behave("shop-web-1", { ignoresStop: true });
  await test.launch(await podFrom(`${web}    stop_grace_period: 10m\n`));
  test.run.shutDown("the agent shut the executor down", 3_000);
  await test.over(4_000);
  assertEquals(test.last.state, "TASK_KILLED");
  assertEquals(test.engine.names, []);
});

Deno.test("restarts are told with their reason, and the task goes on", async () => {
  const test = new RunningTask();
  await test.launch(await podFrom(`${web}    restart: always\n`));
  test.engine.exit("shop-web-1", 3);
  await test.clock.advance(20_000);
  assertEquals(test.states.slice(0, 2), ["TASK_STARTING", "TASK_RUNNING"]);
  assert(test.sent.some(({ message }) => message?.startsWith("web exited with code 3 (restarting in 10 s")));
  assertEquals(test.last.message, "1 container runs");
  test.run.kill(undefined);
  await test.over(60_000);
});

Deno.test("what cannot be given to the pod on this host is said once", async () => {
  const test = new RunningTask();
  const reached = {
    engine: test.engine,
    host: {
      ...host,
      engine: test.engine.facts,
      cgroups: { usable: false as const, reason: "this user may not" },
    },
  };
  const pod = await sharedPodFrom(web);
  await test.launch({ ...pod, resources: { milliCpus: 500 } }, { engine: () => Promise.resolve(reached) });
  test.run.kill(undefined);
  await test.over(60_000);
  assertEquals(test.lines.filter((line) => line.startsWith("warning")), [
    "warning: x-pod.resources: the total is not enforced: this user may not",
  ]);
});
