import { openSqliteStore } from "../src/mesos/framework/store/sqlite_store.ts";
import type { StoreChange } from "../src/mesos/framework/cluster/records.ts";
import { wish } from "../tests/mesos/framework/cluster/playing.ts";
import { StrictMaster } from "../tests/mesos/master/strict_master.ts";
import { waitUntil } from "../tests/support/wait.ts";
import { median } from "./measure.ts";
import { writePods } from "./specs.ts";
import { peakResident } from "./process_figures.ts";

/** Of an operator of a cluster that begins. */
export interface FailoverFigures {
  readonly tasks: number;
  /** Milliseconds from the start of the process to its first RECONCILE, with so many tasks in its store. */
  readonly stored: number;
  /** The same with none. */
  readonly empty: number;
  /** MiB that it had at the most until then, with the tasks. */
  readonly resident: number;
}

/** Starts the program so often with and without stored tasks, in turn, and gives the medians. */
export async function measureFailover(
  { mesolet, tasks, rounds }: { readonly mesolet: string; readonly tasks: number; readonly rounds: number },
): Promise<FailoverFigures> {
  const stored: number[] = [];
  const empty: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const [number, times] of [[tasks, stored], [0, empty]] as const) {
      const figures = await startOnce(mesolet, number);
      // The first round warms up.
      if (round === 0) continue;
      times.push(figures.milliseconds);
      if (number > 0) resident.push(figures.resident);
    }
  }
  return { tasks, stored: median(stored), empty: median(empty), resident: median(resident) };
}

async function startOnce(mesolet: string, tasks: number) {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-bench-failover-" });
  await using master = new StrictMaster();
  try {
    // The specs are there as well: they are read at the same time.
    await writePods(`${directory}/pods`, Math.max(tasks, 1));
    const { store } = await openSqliteStore(`${directory}/framework.db`);
    if (tasks > 0) store.setFramework("d5e1b1f6-0000-4000-8000-000000000000-0000");
    store.write(Array.from({ length: tasks }, (_, index) => changesOf(index)).flat());
    store.close();
    const begin = performance.now();
    const child = new Deno.Command(mesolet, {
      args: ["operator", "pods", "--target", "mesos", "--master", master.endpoint]
        .concat("--state", `${directory}/framework.db`, "--executor-file", mesolet),
      cwd: directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await waitUntil(
        "it asks the master",
        () => master.exchanges.some((line) => line.includes("RECONCILE")),
      );
      const milliseconds = performance.now() - begin;
      return { milliseconds, resident: peakResident(child.pid) };
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function changesOf(index: number): StoreChange[] {
  const { name, origin, version, ...more } = wish(`pod${index}`);
  const id = `${name}.0.${version}.r${index}`;
  return [
    { kind: "put-pod", pod: { name, origin, settled: { name, origin, version, ...more }, slots: [] } },
    {
      kind: "put-task",
      task: {
        id,
        pod: name,
        slot: 0,
        version,
        role: "*",
        executorId: id,
        agent: {
          id: `agent${index % 1_000}`,
          hostname: `host${index % 1_000}`,
          attributes: [["rack", ["r1"]]],
        },
        ports: [31_000],
        phase: "launched",
        intendedAt: 0,
        state: "TASK_RUNNING",
      },
    },
  ];
}
