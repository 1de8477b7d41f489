import { StrictMaster } from "../tests/mesos/master/strict_master.ts";
import { waitUntil } from "../tests/support/wait.ts";
import { peakResident, processorTime } from "./process_figures.ts";
import { writePods } from "./specs.ts";

/** Of an operator of a cluster, as the program that it is, in a process of its own. */
export interface PlacingFigures {
  /** Milliseconds of the processor from the start of the process until all pods of its directory ran. */
  readonly placed: number;
  /** MiB that it had resident at the most until then. */
  readonly resident: number;
}

/** Of a busy machine; milliseconds. */
const deadline = 180_000;

/** Lets the program place the pods of a directory on simulated agents of a strict master, which is in this process. */
export async function measurePlacing(
  { mesolet, pods, agents }: {
    readonly mesolet: string;
    readonly pods: number;
    readonly agents: number;
  },
): Promise<PlacingFigures> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-bench-placing-" });
  await using master = new StrictMaster();
  try {
    for (let index = 0; index < agents; index++) master.addAgent();
    await writePods(`${directory}/pods`, pods);
    const child = new Deno.Command(mesolet, {
      args: ["operator", "pods", "--target", "mesos", "--master", master.endpoint]
        .concat("--state", `${directory}/framework.db`, "--executor-file", mesolet, "--listen", "none"),
      cwd: directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      // Of each task it is told that it starts and that it runs.
      await waitUntil(
        "all that is told of all pods is acknowledged",
        () => acknowledged(master) === 2 * pods,
        deadline,
      );
      const placed = processorTime(child.pid);
      const resident = peakResident(child.pid);
      return { placed, resident };
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function acknowledged({ exchanges }: StrictMaster): number {
  return exchanges.reduce((count, line) => count + Number(line.includes("ACKNOWLEDGE")), 0);
}
