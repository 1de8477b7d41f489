/** Kill -9 in the very moment of a launch, with real processes: afterwards each pod runs once. */

import { readTaskId } from "../../src/mesos/framework/cluster/task_id.ts";
import { MesosLabel } from "../../src/pod/labels.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { processViewOfHost } from "../../src/mesos/reap/process_view.ts";
import { reapOnce } from "../../src/mesos/reap/reap.ts";
import type { StrictAgentHost } from "../mesos/master/strict_agent_host.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { goesOn, RunningOperator } from "../support/running_operator.ts";
import { executorVariables, servedProgram } from "../support/served_program.ts";
import { waitUntil } from "../support/wait.ts";

interface Scene {
  readonly operator: RunningOperator;
  readonly agent: StrictAgentHost;
  readonly startOperator: () => void;
  /** The executor of the pod that is launched, when it is a process. */
  readonly executor: () => Promise<{ readonly id: string; readonly pid: number }>;
}

async function killOperator({ operator, startOperator }: Scene, meanwhile: () => void): Promise<void> {
  operator.program.signal("SIGKILL");
  await operator.program.ended();
  meanwhile();
  startOperator();
}

/** What happens when the master has answered the ACCEPT. */
const moments: Readonly<Record<string, (scene: Scene, carryOut: () => void) => Promise<void>>> = {
  "the operator dies before it is carried out": killOperator,
  "the operator dies when it is carried out": async (scene, carryOut) => {
    carryOut();
    await killOperator(scene, () => {});
  },
  "the agent dies when it has started the executor": async ({ agent, executor }, carryOut) => {
    carryOut();
    await executor();
    await agent.restart({ downFor: 500 });
  },
  "the executor dies as soon as it is a process": async ({ agent, executor }, carryOut) => {
    carryOut();
    await agent.killExecutor((await executor()).id);
  },
};

Deno.test("engine: kill -9 of an operator, an agent and an executor in the moment of a launch", async (t) => {
  await using test = await testEngine();
  await using program = servedProgram();
  await using master = new StrictMaster({ allocationInterval: 100 });
  const { host } = master;
  const agent = await master.addStrictAgent({
    environment: executorVariables(test.host),
    reregistrationTimeout: 3_000,
    registrationTimeout: 120_000,
  });
  await using operator = new RunningOperator(test);
  const flags = [
    ["--target", "mesos", "--master", master.endpoint, "--executor-uri", program.uri],
    ["--state", `${operator.directory}/.state/framework.db`, "--stop-pods"],
  ].flat();
  const startOperator = () => void operator.start(flags);
  startOperator();
  const reap = () =>
    reapOnce({
      engine: test.engine,
      clock: systemClock,
      view: processViewOfHost(),
      isWanted: (labels) => host.core.state.frameworks.has(labels[MesosLabel.framework] ?? ""),
      dryRun: false,
      shared: false,
      graceSeconds: 0,
      signal: new AbortController().signal,
    });
  const pods: string[] = [];
  const running = async () =>
    (await test.engine.listContainers()).filter(({ labels, state }) =>
      pods.includes(labels["of"] ?? "") && state === "running"
    ).map(({ labels }) => readTaskId(labels[MesosLabel.task] ?? "")?.pod).sort();

  for (const [name, happens] of Object.entries(moments)) {
    await t.step(name, async () => {
      const pod = test.podName();
      const executor = async () => {
        let found: { readonly id: string; readonly pid: number } | undefined;
        await waitUntil("the executor is a process", async () => {
          for (const { executorId: id, pid } of await agent.executors()) {
            if (readTaskId(id)?.pod === pod && pid !== undefined) found = { id, pid };
          }
          return found !== undefined;
        });
        if (found === undefined) throw new Error("there is none");
        return found;
      };
      let happened: Promise<void> | undefined;
      const carryOut = host.carryOut.bind(host);
      host.carryOut = (call) => {
        if (call.type !== "ACCEPT" || happened !== undefined) return carryOut(call);
        happened = happens({ operator, agent, startOperator, executor }, () => carryOut(call));
      };
      operator.put(
        `${pod}.yaml`,
        `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}, labels: {of: "${pod}"}}}\n`,
      );
      await waitUntil("it happens", () => happened !== undefined, 60_000);
      await happened;
      host.carryOut = carryOut;
      pods.push(pod);
      await waitUntil("each pod runs once", async () => {
        await reap();
        assertEquals(await running(), pods.toSorted());
        assertEquals(
          (await agent.executors()).map(({ executorId }) => readTaskId(executorId)?.pod).sort(),
          [
            ...pods,
          ].sort(),
        );
        return true;
      }, 60_000);
    });
  }

  assertEquals(await operator.end(), 0);
  await waitUntil("the executors end", async () => (await agent.executors()).length === 0, 60_000);
  assertEquals(host.core.state.frameworks.size, 1);
  const isExpected = /was answered (400|403|404|503)/;
  assertEquals(master.breaches.filter((breach) => !isExpected.test(breach)), []);
  assertEquals(await agent.problems(), []);
});
