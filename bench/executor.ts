/**
 * The figures of the executor, under the strict agent of the tests: from the start of the process to its subscription,
 * from LAUNCH to RUNNING beside the bare Engine calls, from the end of a container to the report, and the memory of an
 * executor that idles.
 */
import type { TaskInfo } from "../src/mesos/wire/messages_task.ts";
import { Label } from "../src/pod/labels.ts";
import { Connection } from "../src/docker/connection.ts";
import { connectEngine } from "../src/docker/connect.ts";
import type { Engine } from "../src/docker/engine.ts";
import { parseEngineAddress } from "../src/docker/engine_address.ts";
import { systemClock } from "../src/pod/clock.ts";
import { removePod } from "../tests/support/engine.ts";
import { StrictAgent } from "../tests/mesos/agent/strict_agent.ts";
import { command, median } from "./measure.ts";
import { writeBarePlan } from "./bare_plan.ts";
import { specOf } from "./specs.ts";

/** Medians of an executor's times in milliseconds, and its memory in MiB. */
export interface ExecutorFigures {
  readonly subscribed: number;
  readonly running: number;
  readonly bareCalls: number;
  readonly reported: number;
  readonly idleMemory: number;
}

/** Measures an executor of the built program, `rounds` times in turn with the bare calls. */
export async function measureExecutor(options: {
  readonly mesolet: string;
  readonly host: string;
  readonly directory: string;
  readonly rounds: number;
}): Promise<ExecutorFigures> {
  const { mesolet, host, directory, rounds } = options;
  const engine = await connectEngine({ host, environment: {} });
  const connection = new Connection(parseEngineAddress(host, "bench"), { clock: systemClock });
  const project = `${directory}/executor`;
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/compose.yaml`, specOf(1));
  const plan = await writeBarePlan(`${project}/compose.yaml`, project);
  const bare = `${project}/bare_calls.ts`;
  await Deno.copyFile(new URL("bare_calls.ts", import.meta.url), bare);
  const times = {
    subscribed: [] as number[],
    running: [] as number[],
    bare: [] as number[],
    reported: [] as number[],
  };
  try {
    for (let round = 0; round <= rounds; round++) {
      const one = await runOnce({ mesolet, host, engine });
      const words = ["run", "--quiet", "--no-check", "--no-config", "-A", bare];
      const calls = Number(await command(Deno.execPath(), [...words, host.replace("unix://", ""), plan]));
      await removePod(connection, "one");
      await connection.request({
        method: "DELETE",
        path: "/networks/mesolet",
        call: "tidy",
        bound: 10_000,
        accept: [404],
      });
      if (round === 0) continue;
      times.subscribed.push(one.subscribed);
      times.running.push(one.running);
      times.reported.push(one.reported);
      times.bare.push(calls);
    }
    return {
      subscribed: median(times.subscribed),
      running: median(times.running),
      bareCalls: median(times.bare),
      reported: median(times.reported),
      idleMemory: await measureIdle({ mesolet, host }),
    };
  } finally {
    connection.close();
    engine.close();
  }
}

async function runOnce(
  { mesolet, host, engine }: { readonly mesolet: string; readonly host: string; readonly engine: Engine },
): Promise<{ readonly subscribed: number; readonly running: number; readonly reported: number }> {
  await using agent = await startAgent(mesolet, host);
  const start = performance.now();
  const launched = agent.launch(task(1));
  await agent.subscribed();
  const subscribedAt = performance.now();
  await launched;
  await agent.update(({ state }) => state === "TASK_RUNNING");
  const runningAt = performance.now();
  const containers = await engine.listContainers();
  const web = containers.find(({ labels }) =>
    labels[Label.container] !== undefined && labels[Label.role] !== "pause"
  );
  const abort = new AbortController();
  const died = diesAt(engine, web?.labels[Label.pod] ?? "", abort.signal);
  // It ends by itself: what a signal from outside ends may be about to be started again.
  await engine.execute(web?.id ?? "", { command: ["touch", "/end"], tty: false, onOutput: () => {} });
  const diedAt = await died;
  await agent.update(({ state }) => state === "TASK_FAILED");
  const reportedAt = performance.now();
  abort.abort();
  await agent.exited;
  return {
    subscribed: subscribedAt - start,
    running: runningAt - subscribedAt,
    reported: reportedAt - diedAt,
  };
}

/** When this process hears of the end of the container, as the executor does. */
async function diesAt(engine: Engine, pod: string, signal: AbortSignal): Promise<number> {
  for await (const { action } of engine.events({ pod }, signal)) {
    if (action === "die") return performance.now();
  }
  throw new Error("the container did not end");
}

async function measureIdle(
  { mesolet, host }: { readonly mesolet: string; readonly host: string },
): Promise<number> {
  await using agent = await startAgent(mesolet, host);
  await agent.launch(task(5));
  await agent.update(({ state }) => state === "TASK_RUNNING");
  const { pid } = agent;
  // Long enough for what was only needed at the launch to be given back.
  await systemClock.sleep(20_000);
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  agent.kill("bench", { gracePeriod: 0 });
  await agent.exited;
  return kibibytes / 1024;
}

async function startAgent(mesolet: string, host: string): Promise<StrictAgent> {
  return await StrictAgent.start({
    checkpoint: true,
    executorCommand: [mesolet],
    environment: {
      DOCKER_HOST: host,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    },
  });
}

const untilTold = '["sh", "-c", "while [ ! -e /end ]; do usleep 20000; done; exit 3"]';

function task(containers: number): Omit<TaskInfo, "agent_id"> {
  return {
    name: "bench",
    task_id: { value: "bench" },
    data: new TextEncoder().encode(
      containers > 1 ? specOf(containers) : specOf(1).replace('["sleep", "1000000"]', untilTold),
    ),
    resources: [
      { name: "cpus", type: "SCALAR", scalar: { value: 1 } },
      { name: "mem", type: "SCALAR", scalar: { value: 256 } },
    ],
  };
}
