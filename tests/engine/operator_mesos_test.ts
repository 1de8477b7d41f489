/** The operator with a cluster for its target: strict master, strict agents, executors of the program, a real engine. */

import { MesosLabel } from "../../src/pod/labels.ts";
import type { StrictAgentHost } from "../mesos/master/strict_agent_host.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { executorVariables, servedProgram } from "../support/served_program.ts";
import { waitUntil } from "../support/wait.ts";

/** Pods of tasks have names of their own on the engine: they are known by what their containers print. */
function spec(pod: string, said: string): string {
  return `
name: ${pod}
services:
  web: {image: busybox, command: ${goesOn}, environment: {SAID: "${said}"}, labels: {of: "${pod}", said: "${said}"}}
x-pod: {resources: {cpus: 0.1, memory: 32m}}
`;
}

async function containersOf(test: TestEngine, pod: string) {
  const listed = await test.engine.listContainers();
  return listed.filter(({ labels, state }) => labels["of"] === pod && state === "running");
}

Deno.test("engine: operator --target mesos keeps the pods of a directory on a cluster", async () => {
  await using test = await testEngine();
  await using program = servedProgram();
  await using master = new StrictMaster({ allocationInterval: 100 });
  const agents: StrictAgentHost[] = [];
  for (let count = 0; count < 2; count++) {
    agents.push(await master.addStrictAgent({ environment: executorVariables(test.host) }));
  }
  await using operator = new RunningOperator(test);
  const [web, db] = [test.podName(), test.podName()];
  const flags = [
    ["--target", "mesos", "--master", master.endpoint],
    ["--executor-uri", program.uri, "--state", `${operator.directory}/.state/framework.db`],
  ].flat();
  const saying = async (pod: string, said: string) =>
    await waitUntil(`${pod} says ${said}`, async () => {
      const found = await containersOf(test, pod);
      return found.length === 1 && found[0]?.labels["said"] === said;
    }, 60_000);

  operator.put("web.yaml", spec(web, "one"));
  operator.put("db.yaml", spec(db, "one"));
  operator.start(flags);
  await saying(web, "one");
  await saying(db, "one");
  await operator.told(`${web}: instance 0 is launched on`);

  // An edit replaces the task of its pod, and leaves the other one alone.
  const podsOf = async (pod: string) =>
    (await containersOf(test, pod)).map(({ labels }) => labels["io.mesolet.pod"] ?? "");
  const before = await livesOf(test, await podsOf(db));
  operator.put("web.yaml", spec(web, "two"));
  await saying(web, "two");
  assertEquals(await livesOf(test, await podsOf(db)), before);

  // Bad edits harm nothing; one that is killed leaves everything, and the next one takes it over.
  operator.put("web.yaml", "services: [");
  await operator.told("web.yaml:1:");
  const both = async () => await livesOf(test, [...await podsOf(web), ...await podsOf(db)]);
  const lives = await both();
  assertEquals(lives.size, 4);
  operator.program.signal("SIGKILL");
  await operator.program.ended();
  operator.put("web.yaml", spec(web, "two"));
  operator.start(flags);
  await operator.told("subscribed at the master");
  operator.take("db.yaml");
  await waitUntil("db is gone", async () => (await containersOf(test, db)).length === 0, 60_000);
  const left = await livesOf(test, await podsOf(web));
  assert([...left.keys()].every((id) => lives.get(id) === left.get(id)), "the other pod was restarted");

  // It goes, and its pods stay; or go with it.
  assertEquals(await operator.end(), 0);
  assertEquals(await livesOf(test, await podsOf(web)), left);
  operator.start([...flags, "--stop-pods"]);
  await operator.told("subscribed at the master");
  assertEquals(await operator.end(), 0);
  await waitUntil("the executors end", async () => {
    const executors = await Promise.all(agents.map((agent) => agent.executors()));
    return executors.flat().length === 0;
  }, 60_000);
  const ids = new Set(master.host.core.state.frameworks.keys());
  const parts = await test.engine.listParts(MesosLabel.executor);
  assertEquals(parts.filter(({ labels }) => ids.has(labels[MesosLabel.framework] ?? "")), []);
  assertEquals(master.breaches.filter((breach) => !/was answered (403|404|503)/.test(breach)), []);
  for (const agent of agents) assertEquals(await agent.problems(), []);
});
