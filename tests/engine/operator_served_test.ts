/** What a cluster gets that has nothing but agents and engines: the program itself, from the operator. */

import { programVersion } from "../../src/cli/program_version.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { builtFile } from "../support/built_file.ts";
import { testEngine } from "../support/engine.ts";
import { goesOn, RunningOperator } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

Deno.test("engine: operator --target mesos: with no flag but the master's, agents run the operator's own file", async () => {
  await using test = await testEngine();
  await using master = new StrictMaster({ allocationInterval: 100 });
  const { path, cache } = await builtFile();
  const agent = await master.addStrictAgent({
    environment: { DOCKER_HOST: test.host, MESOLET_CACHE_DIR: cache },
  });
  await using operator = new RunningOperator(test);
  const pod = test.podName();
  operator.put(
    "web.yaml",
    `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}, labels: {of: ${pod}}}}\n` +
      "x-pod: {resources: {cpus: 0.1, memory: 32m}}\n",
  );
  operator.start(
    [
      "--target",
      "mesos",
      "--master",
      master.endpoint,
      "--state",
      `${operator.directory}/.state/framework.db`,
    ],
    { program: [path], variables: { MESOLET_CACHE_DIR: cache } },
  );
  await operator.told("serves this program at");
  await waitUntil("the pod runs", async () => {
    const listed = await test.engine.listContainers();
    return listed.some(({ labels, state }) => labels["of"] === pod && state === "running");
  }, 60_000);
  const tasks = [...master.host.core.state.frameworks.values()].flatMap(({ tasks }) => [...tasks.values()]);
  const [uri] = tasks[0]?.info.executor?.command?.uris ?? [];
  assertMatch(
    uri?.value ?? "",
    new RegExp(`^http://127\\.0\\.0\\.1:\\d+/mesolet-${programVersion}-[0-9a-f]{16}$`),
  );
  assertEquals([uri?.executable, uri?.cache, uri?.extract], [true, true, false]);
  // The pods of an operator that ends with them are gone, and their executors with them.
  await operator.end();
  operator.start(
    ["--target", "mesos", "--master", master.endpoint, "--stop-pods", "--state"].concat(
      `${operator.directory}/.state/framework.db`,
    ),
    { program: [path], variables: { MESOLET_CACHE_DIR: cache } },
  );
  await operator.told("subscribed at the master");
  assertEquals(await operator.end(), 0);
  await waitUntil("the executor ends", async () => (await agent.executors()).length === 0, 60_000);
  assertEquals(await agent.problems(), []);
});
