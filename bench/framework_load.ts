/**
 * One load of a framework, in a process of its own: `deno run bench/framework_load.ts cluster|loop DIRECTORY`. Prints
 * {@linkcode FrameworkLoad} as JSON. `loop` is the floor: a scheduler that decides nothing, takes every offer for ten
 * tasks, acknowledges every report, and remembers and writes nothing.
 */
import process from "node:process";
import { openSqliteStore } from "../src/mesos/framework/store/sqlite_store.ts";
import { SteppedClock } from "../tests/support/stepped_clock.ts";
import { randomFrom } from "../tests/support/random.ts";
import { DirectMaster } from "../tests/mesos/master/direct_master.ts";
import type { SimulatedAgent } from "../tests/mesos/master/simulated_agent.ts";
import { SimulatedAgents } from "../tests/mesos/master/simulated_agents.ts";
import { TestFramework } from "../tests/mesos/master/test_framework.ts";
import { wish } from "../tests/mesos/framework/cluster/playing.ts";
import { needing } from "../tests/mesos/framework/placement/offering.ts";
import { SimulatedCluster } from "../tests/mesos/framework/simulated_cluster.ts";

/** Processor times of the whole process, with the master and the agents that are simulated in it. */
export interface FrameworkLoad {
  /** Milliseconds until all pods ran. */
  readonly placed: number;
  /** Milliseconds in an hour in which every second one task reported something. */
  readonly hour: number;
  /** Milliseconds for a report, of many that came one after the other. */
  readonly report: number;
}

const agents = 1_000;
const pods = 10_000;
const reports = 10_000;
const hour = 3_600;

function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

interface Load {
  readonly clock: SteppedClock;
  readonly agents: SimulatedAgents;
  begin(): Promise<void>;
  end(): void;
}

async function clusterLoad(directory: string): Promise<Load> {
  const { store } = await openSqliteStore(`${directory}/framework.db`);
  const cluster = new SimulatedCluster({ disk: store });
  return {
    clock: cluster.clock,
    agents: cluster.agents,
    begin: async () => {
      const small = { needs: needing(0.1, 32, { ports: [{}] }) };
      cluster.want(...Array.from({ length: pods }, (_, index) => wish(`pod${index}`, small)));
      cluster.subscribe();
      await cluster.pass(20_000);
    },
    end: () => {
      cluster[Symbol.dispose]();
      store.close();
    },
  };
}

function loopLoad(): Load {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock });
  const simulated = new SimulatedAgents(master.host, clock);
  const framework = new TestFramework(master);
  return {
    clock,
    agents: simulated,
    begin: async () => {
      framework.subscribe();
      await clock.settle();
      let number = 0;
      for (const offer of framework.takeOffers()) {
        const tasks = Array.from(
          { length: pods / agents },
          () => framework.task(`pod${number++}.0.v1.r`, offer),
        );
        framework.launch([offer], tasks);
      }
      framework.call({ type: "SUPPRESS" });
      await clock.advance(20_000);
    },
    end: () => {
      simulated.end();
      master.end();
    },
  };
}

async function measure(load: Load): Promise<FrameworkLoad> {
  for (let index = 0; index < agents; index++) load.agents.add();
  const random = randomFrom(1);
  let number = 0;
  const report = () => {
    const agent: SimulatedAgent | undefined = load.agents.agents[Math.floor(random() * agents)];
    const task = agent?.running[0];
    if (task !== undefined) agent?.report(task, { state: "TASK_RUNNING", message: `report ${number++}` });
  };
  const begin = processor();
  await load.begin();
  const placed = processor();
  for (let second = 0; second < hour; second++) {
    report();
    await load.clock.advance(1_000);
  }
  const rested = processor();
  for (let count = 0; count < reports; count++) {
    report();
    await load.clock.settle();
  }
  const reported = processor();
  load.end();
  return {
    placed: placed - begin,
    hour: rested - placed,
    report: (reported - rested) / reports,
  };
}

const [kind, directory = ""] = Deno.args;
const load = kind === "cluster" ? await clusterLoad(directory) : loopLoad();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(await measure(load))));
