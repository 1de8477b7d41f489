import { Label } from "../../src/pod/labels.ts";
import type { EngineBody, Step, StepKind } from "../../src/plan/step.ts";
import type { ApplyContext } from "../../src/docker/engine.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

/** A container of a test's pod, as a plan makes it. */
function creation(pod: string, name: string, body: EngineBody): Step<"create-container"> {
  return {
    ...base,
    kind: "create-container",
    name: `${pod}-${name}-1`,
    body: {
      Image: "busybox",
      Cmd: ["sleep", "1000"],
      ...body,
      Labels: { [Label.pod]: pod, [Label.hash]: "1:0", [Label.container]: name },
      HostConfig: { NetworkMode: "none", ...(body.HostConfig as EngineBody | undefined) },
    },
  };
}

async function apply(test: TestEngine, context: ApplyContext, ...steps: Step<StepKind>[]): Promise<void> {
  for (const step of steps) await test.engine.apply(step, context);
}

Deno.test("engine: a container is created, started, stopped and removed, each as often as one likes", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  const create = creation(pod, "web", {
    Cmd: ["sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"],
  });
  for (let time = 0; time < 2; time++) {
    await apply(test, context, create, { ...base, kind: "start-container", target });
  }
  const [running] = await test.engine.listContainers(pod);
  assertEquals(running?.state, "running");
  assertEquals(running?.id, context.ids.get(target.name));
  for (let time = 0; time < 2; time++) {
    await apply(test, context, { ...base, kind: "stop-container", target, graceSeconds: 10 });
  }
  const [stopped] = await test.engine.listContainers(pod);
  assertEquals([stopped?.state, stopped?.exitCode], ["exited", 3]);
  for (let time = 0; time < 2; time++) {
    const remove = { ...base, kind: "remove-container" as const, target, force: false, volumes: true };
    await apply(test, context, remove);
  }
  assertEquals(await test.engine.listContainers(pod), []);
});

Deno.test("engine: ids of containers stand in for placeholders in bodies", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  await apply(
    test,
    context,
    creation(pod, "first", {}),
    { ...base, kind: "start-container", target: { name: `${pod}-first-1` } },
    creation(pod, "second", { HostConfig: { NetworkMode: `container:<id:${pod}-first-1>` } }),
  );
  const second = (await test.engine.listContainers(pod)).find(({ name }) => name === `${pod}-second-1`);
  assertEquals(second?.networkMode, `container:${context.ids.get(`${pod}-first-1`)}`);
});

Deno.test("engine: a name that another pod has is an error that names the owner", async () => {
  await using test = await testEngine();
  const [pod, other] = [test.podName(), test.podName()];
  const context = test.context();
  const create = creation(pod, "web", {});
  await apply(test, context, create);
  const theirs = { ...creation(other, "web", {}), name: create.name };
  const error = await assertRejects(() => test.engine.apply(theirs, test.context()), EngineError);
  assertStringIncludes(error.message, `the name ${create.name} is taken by container`);
  assertStringIncludes(error.message, `of pod ${pod} of mesolet`);
});

Deno.test("engine: a container that is being removed gives its name up to the next one", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const create = creation(pod, "web", {});
  const target = { name: create.name };
  await apply(test, context, create, { ...base, kind: "start-container", target });
  const first = context.ids.get(create.name);
  await Promise.all([
    test.engine.apply(
      { ...base, kind: "remove-container", target, force: true, volumes: false },
      test.context(),
    ),
    test.engine.apply(
      { ...base, kind: "remove-container", target, force: true, volumes: false },
      test.context(),
    ),
  ]);
  await apply(test, context, create);
  assert(context.ids.get(create.name) !== first);
});

Deno.test("engine: a container that ignores its stop signal is killed after the grace period", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  await apply(
    test,
    context,
    creation(pod, "web", { Cmd: ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"] }),
    { ...base, kind: "start-container", target },
  );
  const started = performance.now();
  await apply(test, context, { ...base, kind: "stop-container", target, graceSeconds: 1 });
  assertLess(performance.now() - started, 8_000);
  assertEquals((await test.engine.listContainers(pod))[0]?.exitCode, 137);
});

Deno.test("engine: a stop with a signal of its own works on engines that cannot be told one", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  await apply(
    test,
    context,
    creation(pod, "web", { Cmd: ["sh", "-c", "trap 'exit 9' HUP; echo ready; while :; do sleep 0.1; done"] }),
    { ...base, kind: "start-container", target },
  );
  const stop = new AbortController();
  for await (const _ of test.engine.logs(target.name, { follow: true }, stop.signal)) break;
  await apply(test, context, { ...base, kind: "stop-container", target, graceSeconds: 10, signal: "SIGHUP" });
  assertEquals((await test.engine.listContainers(pod))[0]?.exitCode, 9);
});

Deno.test("engine: a replacement is renamed to the name of the one it replaced, once or twice", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const passing = { ...creation(pod, "web", {}), name: `0123456789ab_${pod}-web-1` };
  await apply(test, context, passing);
  const id = context.ids.get(passing.name);
  const rename = {
    ...base,
    kind: "rename-container" as const,
    target: { name: passing.name, ...(id === undefined ? {} : { id }) },
    to: `${pod}-web-1`,
  };
  await apply(test, context, rename, rename);
  assertEquals((await test.engine.listContainers(pod)).map(({ name }) => name), [`${pod}-web-1`]);
  assertEquals(context.ids.get(`${pod}-web-1`), id);
});

Deno.test("engine: a kill needs no running container, and an update changes the restart policy", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  const kill = { ...base, kind: "kill-container" as const, target, signal: "SIGKILL" };
  await apply(
    test,
    context,
    creation(pod, "web", {}),
    { ...base, kind: "start-container", target },
    {
      ...base,
      kind: "update-container",
      target,
      body: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } },
    },
  );
  const id = context.ids.get(target.name) ?? "";
  const observed = await test.engine.observe({
    pod,
    containers: [],
    needs: {
      images: ["busybox", "mesolet.invalid/none"],
      networks: ["bridge", "none-such"],
      volumes: ["none-such"],
      labelled: false,
      externalContainers: [target.name, "none-such"],
      restartPolicies: [id],
    },
  });
  assertEquals([...observed.restartPolicies], [[id, "on-failure:2"]]);
  assertEquals([...observed.externalContainers], [[target.name, id], ["none-such", null]]);
  assertEquals(observed.networks.get("bridge")?.driver, "bridge");
  assertEquals(observed.networks.get("none-such"), null);
  assertEquals(observed.volumes.get("none-such"), null);
  assertEquals(observed.images.get("busybox")?.architecture, test.engine.facts.architecture);
  assertEquals(observed.images.get("mesolet.invalid/none"), null);
  await apply(
    test,
    context,
    { ...base, kind: "update-container", target, body: { RestartPolicy: { Name: "no" } } },
    kill,
    kill,
  );
  await waitUntil(
    "the container has ended",
    async () => (await test.engine.listContainers(pod))[0]?.state === "exited",
  );
});
