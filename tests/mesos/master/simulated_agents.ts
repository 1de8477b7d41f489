import type { KillPolicy, Resource, TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import type { Clock } from "../../../src/pod/clock.ts";
import type { AgentDescription, AgentDesk } from "./master_settings.ts";
import { Schedule } from "./schedule.ts";
import { SimulatedAgent } from "./simulated_agent.ts";

/** What a simulated executor says of a task, so long after the step before; milliseconds. */
export interface SimulatedStep {
  readonly after: number;
  readonly status: Pick<TaskStatus, "state"> & Partial<TaskStatus>;
}

/** How simulated executors behave. */
export interface SimulatedBehaviour {
  /** After a launch. Without a step that ends the task, it runs until it is killed. */
  launched(task: TaskInfo): readonly SimulatedStep[];
  /** After a kill. */
  killed(task: TaskInfo, policy: KillPolicy | undefined): readonly SimulatedStep[];
}

/** What executors usually do. */
export const usualBehaviour: SimulatedBehaviour = {
  launched: () => [
    { after: 20, status: { state: "TASK_STARTING" } },
    { after: 80, status: { state: "TASK_RUNNING" } },
  ],
  killed: () => [
    { after: 5, status: { state: "TASK_KILLING" } },
    { after: 50, status: { state: "TASK_KILLED" } },
  ],
};

/** Resources of a machine, unreserved. */
export function machine(
  amounts: {
    readonly cpus?: number;
    readonly mem?: number;
    readonly disk?: number;
    readonly gpus?: number;
    readonly ports?: readonly [begin: number, end: number];
  } = {},
): readonly Resource[] {
  const { cpus = 4, mem = 8_192, disk = 10_000, gpus, ports: [begin, end] = [31_000, 32_000] } = amounts;
  const scalars = { cpus, mem, disk, ...(gpus === undefined ? {} : { gpus }) };
  return [
    ...Object.entries(scalars).map(([name, value]) => ({ name, type: "SCALAR", scalar: { value } } as const)),
    { name: "ports", type: "RANGES", ranges: { range: [{ begin, end }] } },
  ];
}

/** Agents without processes: cheap enough for a thousand of them with ten thousand tasks. */
export class SimulatedAgents {
  readonly agents: SimulatedAgent[] = [];
  readonly #desk: AgentDesk;
  readonly #schedule: Schedule;
  readonly #behaviour: SimulatedBehaviour;

  constructor(desk: AgentDesk, clock: Clock, behaviour: SimulatedBehaviour = usualBehaviour) {
    this.#desk = desk;
    this.#schedule = new Schedule(clock);
    this.#behaviour = behaviour;
  }

  /** Adds an agent, which registers at once. */
  add(description: Partial<AgentDescription> = {}): SimulatedAgent {
    const number = this.agents.length + 1;
    const agent = new SimulatedAgent(
      {
        hostname: `agent${number}`,
        ip: `10.${number >> 16 & 255}.${number >> 8 & 255}.${number & 255}`,
        port: 5051,
        resources: machine(),
        ...description,
      },
      { desk: this.#desk, schedule: this.#schedule, behaviour: this.#behaviour },
    );
    this.agents.push(agent);
    agent.register();
    return agent;
  }

  /** The agent with an id of the master. */
  byId(id: string): SimulatedAgent | undefined {
    return this.agents.find((agent) => agent.id === id);
  }

  /** Nothing happens on any of them any more. */
  end(): void {
    this.#schedule.end();
  }
}
