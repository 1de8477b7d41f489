import { Label } from "../../src/pod/labels.ts";
import type { Step } from "../../src/plan/step.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { apply, base, create } from "../support/applying.ts";

Deno.test("engine: networks are made once, joined once, left once, and kept while others use them", async () => {
  await using test = await testEngine();
  const [pod, other] = [test.podName(), test.podName()];
  const context = test.context();
  const name = `${pod}_back`;
  const network = (owner: string): Step<"create-network"> => ({
    ...base,
    kind: "create-network",
    name,
    body: { Name: name, CheckDuplicate: true, Labels: { [Label.pod]: owner, [Label.definition]: "1" } },
  });
  await apply(test, context, network(pod), network(pod));
  const error = await assertRejects(() => test.engine.apply(network(other), context), EngineError);
  assertStringIncludes(error.message, `taken by a network of pod ${pod} of mesolet`);

  const target = { name: `${pod}-web-1` };
  const connect = {
    ...base,
    kind: "connect-network" as const,
    network: name,
    target,
    body: { Aliases: ["web", "www"] },
  };
  await apply(
    test,
    context,
    create(pod, "web", { Cmd: ["sleep", "1000"] }, { NetworkMode: "bridge" }),
    connect,
    connect,
    { ...base, kind: "start-container", target },
  );
  const [observed] = await test.engine.listContainers(pod);
  assertEquals(Object.keys(observed?.networks ?? {}).sort(), ["bridge", name]);
  assertMatch(observed?.networks[name]?.address ?? "", /^\d+\.\d+\.\d+\.\d+$/);

  await apply(test, context, { ...base, kind: "remove-network", name, ifUnused: true });
  const { networks } = await test.engine.observe({
    pod,
    containers: [],
    needs: {
      images: [],
      networks: [name.slice(0, -1)],
      volumes: [],
      labelled: true,
      externalContainers: [],
      restartPolicies: [],
    },
  });
  assertEquals(networks.get(name)?.labels[Label.pod], pod);
  // A name that another name begins with is not that network.
  assertEquals(networks.get(name.slice(0, -1)), null);

  const disconnect = { ...base, kind: "disconnect-network" as const, network: name, target };
  const remove = { ...base, kind: "remove-network" as const, name };
  await apply(test, context, disconnect, disconnect, remove, remove);
});

Deno.test("engine: a network whose last container is just going away is removed as soon as it can be", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const name = `${pod}_back`;
  const target = { name: `${pod}-web-1` };
  await apply(
    test,
    context,
    {
      ...base,
      kind: "create-network",
      name,
      body: { Name: name, CheckDuplicate: true, Labels: { [Label.pod]: pod } },
    },
    create(pod, "web", { Cmd: ["sleep", "1000"] }, { NetworkMode: name }),
    { ...base, kind: "start-container", target },
  );
  await Promise.all([
    test.engine.apply({ ...base, kind: "remove-network", name }, context),
    test.engine.apply({ ...base, kind: "remove-container", target, force: true, volumes: true }, context),
  ]);
});

Deno.test("engine: a volume of somebody else is used with a warning, and volumes go when they are free", async () => {
  await using test = await testEngine();
  const [pod, other] = [test.podName(), test.podName()];
  const context = test.context();
  const name = `${pod}_data`;
  const volume = (owner: string): Step<"create-volume"> => ({
    ...base,
    kind: "create-volume",
    name,
    body: { Name: name, Labels: { [Label.pod]: owner } },
  });
  await apply(test, context, volume(pod), volume(pod));
  assertEquals(context.warnings, []);
  await apply(test, context, volume(other));
  assertStringIncludes(context.warnings[0] ?? "", `belongs to pod ${pod} of mesolet`);
  await apply(test, context, create(pod, "web", {}, { Binds: [`${name}:/data`] }));
  const remove = { ...base, kind: "remove-volume" as const, name };
  await Promise.all([
    test.engine.apply(remove, context),
    test.engine.apply({
      ...base,
      kind: "remove-container",
      target: { name: `${pod}-web-1` },
      force: true,
      volumes: false,
    }, context),
  ]);
  await apply(test, context, remove);
});
