/** What fails in the very moment of a launch, between the ACCEPT and the first word of the task. */

import { readTaskId } from "../../../src/mesos/framework/cluster/task_id.ts";
import { assertEquals } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import type { AgentLaunch } from "../master/master_settings.ts";
import type { SimulatedAgent } from "../master/simulated_agent.ts";
import { StrictMaster } from "../master/strict_master.ts";
import { wish } from "./cluster/playing.ts";
import { RunningFramework } from "./running_framework.ts";

interface Moment {
  readonly master: StrictMaster;
  readonly agents: readonly SimulatedAgent[];
  readonly framework: RunningFramework;
  /** The master does what the ACCEPT says. */
  readonly carryOut: () => void;
}

const replicas = 3;

/** What happens when the first ACCEPT has been answered. */
const moments: Readonly<Record<string, (moment: Moment) => Promise<void> | void>> = {
  "the master dies before it does anything": ({ master }) => master.restart(),
  "the master dies when the agents have the tasks": ({ master, carryOut }) => {
    carryOut();
    return master.restart();
  },
  "the stream breaks": ({ master, carryOut }) => {
    master.drop();
    carryOut();
  },
  "the agents die before they hear of it": ({ agents, carryOut }) => {
    for (const agent of agents) {
      const launch = agent.launch.bind(agent);
      agent.launch = (_: AgentLaunch) => {
        agent.launch = launch;
        agent.lose();
        agent.comeBack();
      };
    }
    carryOut();
  },
  "the agents are set up anew": ({ agents, carryOut }) => {
    carryOut();
    for (const agent of agents) agent.reboot();
  },
  "the agents are out of reach for a while": async ({ agents, carryOut, master }) => {
    carryOut();
    for (const agent of agents) agent.lose();
    await waitUntil("they are unreachable", () => master.host.core.state.unreachable.size === agents.length);
    for (const agent of agents) agent.comeBack();
  },
  "the operator is started anew before the master does anything": async ({ framework, carryOut }) => {
    const restarted = framework.restart();
    carryOut();
    await restarted;
  },
  "the operator is started anew when the agents have the tasks": async ({ framework, carryOut }) => {
    carryOut();
    await framework.restart();
  },
  "everybody dies": async ({ master, agents, framework, carryOut }) => {
    carryOut();
    for (const agent of agents) agent.lose();
    await Promise.all([master.restart(), framework.restart()]);
    for (const agent of agents) agent.comeBack();
  },
};

for (const [name, happens] of Object.entries(moments)) {
  Deno.test(`framework: an ACCEPT was sent, and ${name}`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "mesolet-moments-" });
    try {
      await using master = new StrictMaster({ allocationInterval: 50, agentPingTimeout: 200 });
      const agents = ["one", "two", "three"].map((hostname) => master.addAgent({ hostname }));
      let happened: Promise<void> | undefined;
      const { host } = master;
      const carryOut = host.carryOut.bind(host);
      await using framework = await RunningFramework.start(master, `${directory}/framework.db`, [
        wish("web", { replicas, unreachableWait: 1_000 }),
      ]);
      host.carryOut = (call) => {
        if (call.type !== "ACCEPT" || happened !== undefined) return carryOut(call);
        const moment = { master, agents, framework, carryOut: () => carryOut(call) };
        happened = (async () => await happens(moment))();
      };
      await waitUntil("it happens", () => happened !== undefined);
      await happened;
      await framework.allRun();
      const wanted = Array.from({ length: replicas }, (_, slot) => slot);
      await waitUntil("each instance runs once", () => {
        const slots = agents.flatMap(({ running }) => running.map((id) => readTaskId(id)?.slot)).sort();
        assertEquals(slots, wanted);
        return true;
      });
      assertEquals(host.core.state.frameworks.size, 1);
      const isExpected = /was answered (400|403|404|503)/;
      assertEquals(master.breaches.filter((breach) => !isExpected.test(breach)), []);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
