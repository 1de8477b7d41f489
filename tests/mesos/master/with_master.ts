import type { FrameworkInfo } from "../../../src/mesos/wire/messages.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { DirectMaster } from "./direct_master.ts";
import type { MasterHostSettings } from "./master_host.ts";
import type { SimulatedAgent } from "./simulated_agent.ts";
import { SimulatedAgents } from "./simulated_agents.ts";
import { TestFramework } from "./test_framework.ts";

/** A master, an agent, and a framework that is subscribed. */
export async function withMaster(
  work: (stage: {
    readonly clock: SteppedClock;
    readonly master: DirectMaster;
    readonly agents: SimulatedAgents;
    readonly agent: SimulatedAgent;
    readonly framework: TestFramework;
    readonly newFramework: (info?: Partial<FrameworkInfo>) => TestFramework;
  }) => Promise<void>,
  options: { readonly core?: Partial<MasterHostSettings["core"]>; readonly info?: Partial<FrameworkInfo> } =
    {},
): Promise<void> {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock, ...(options.core === undefined ? {} : { core: options.core }) });
  const agents = new SimulatedAgents(master.host, clock);
  const agent = agents.add();
  const newFramework = (info: Partial<FrameworkInfo> = {}) => new TestFramework(master, info);
  const framework = newFramework(options.info);
  framework.subscribe();
  await clock.settle();
  try {
    await work({ clock, master, agents, agent, framework, newFramework });
  } finally {
    agents.end();
    master.end();
  }
}

/** Has a task running. */
export async function run(framework: TestFramework, clock: SteppedClock, id = "t1"): Promise<void> {
  const [offer] = framework.takeOffers();
  assert(offer !== undefined, "no offer");
  framework.launch([offer], [framework.task(id, offer)]);
  await clock.advance(200);
  assertEquals(framework.told(id), ["TASK_STARTING", "TASK_RUNNING"]);
}
