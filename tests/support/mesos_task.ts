import { MesosLabel } from "../../src/pod/labels.ts";
import type { TaskInfo } from "../../src/mesos/wire/messages_task.ts";
import { StrictAgent, type StrictAgentOptions, type TaskWish } from "../mesos/agent/strict_agent.ts";
import { programWords } from "../cli/program.ts";
import { removePod, type TestEngine } from "./engine.ts";
import { Label } from "../../src/pod/labels.ts";

/** The program as the executor of an agent that is as strict as a real one, with the engine of the test. */
export class RunningExecutor implements AsyncDisposable {
  readonly agent: StrictAgent;
  readonly #engine: TestEngine;

  private constructor(agent: StrictAgent, engine: TestEngine) {
    this.agent = agent;
    this.#engine = engine;
  }

  static async start(
    engine: TestEngine,
    options: Partial<StrictAgentOptions> & {
      readonly words?: readonly string[];
      /** The words that start the program; absent: from source. */
      readonly program?: readonly string[];
    } = {},
  ): Promise<RunningExecutor> {
    const { words = [], environment = {}, program, ...rest } = options;
    const agent = await StrictAgent.start({
      checkpoint: true,
      executorCommand: [...program ?? programWords, ...words],
      environment: {
        DOCKER_HOST: engine.host,
        ...(program === undefined ? ofSource() : {}),
        ...environment,
      },
      ...rest,
    });
    return new RunningExecutor(agent, engine);
  }

  /** What is left on the engine of the tasks of this agent. */
  async left(): Promise<string[]> {
    const parts = await this.#engine.engine.listParts(MesosLabel.executor);
    return parts.filter(({ labels }) => labels[MesosLabel.framework] === this.agent.frameworkId)
      .map(({ kind, name }) => `${kind} ${name}`);
  }

  /** A file of the sandbox. */
  async read(path: string): Promise<string> {
    return await Deno.readTextFile(`${this.agent.sandbox}/${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent[Symbol.asyncDispose]();
    for (const { labels } of await this.#engine.engine.listParts(MesosLabel.executor)) {
      const pod = labels[Label.pod];
      if (labels[MesosLabel.framework] === this.agent.frameworkId && pod !== undefined) {
        await removePod(this.#engine.connection, pod);
      }
    }
  }
}

/** A task with its pod in `data`. */
export function shopTask(id: string, compose: string, more: Partial<TaskInfo> = {}): TaskWish {
  return {
    name: "shop",
    task_id: { value: id },
    resources: [
      { name: "cpus", type: "SCALAR", scalar: { value: 0.5 } },
      { name: "mem", type: "SCALAR", scalar: { value: 64 } },
    ],
    data: new TextEncoder().encode(compose),
    ...more,
  };
}

/** What Deno needs to run the sources: an agent gives its executors no HOME, where it would find its directory. */
function ofSource(): Record<string, string> {
  const directory = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  return { DENO_NO_UPDATE_CHECK: "1", DENO_DIR: directory };
}
