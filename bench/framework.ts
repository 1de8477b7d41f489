/**
 * The figures of a framework with 10,000 pods on 1,000 agents. What it takes to place them, and to start with them, is
 * that of the bundled program, with the strict master and simulated agents in this process. What an hour and a report
 * take is that of processes with all of them, and a stepped clock.
 */
import type { FrameworkLoad } from "./framework_load.ts";
import { type FailoverFigures, measureFailover } from "./failover.ts";
import { command, median } from "./measure.ts";
import { measurePlacing, type PlacingFigures } from "./placing.ts";

/** Figures of mesolet and of the floor: a loop that decides nothing. */
export interface FrameworkFigures {
  readonly cluster: FrameworkLoad;
  readonly loop: FrameworkLoad;
  readonly placing: PlacingFigures;
  readonly failover: FailoverFigures;
}

/** Measures so often in turn, and gives medians. */
export async function measureFramework(
  { mesolet, rounds }: { readonly mesolet: string; readonly rounds: number },
): Promise<FrameworkFigures> {
  const loads = { cluster: [] as FrameworkLoad[], loop: [] as FrameworkLoad[] };
  for (let round = 0; round < rounds; round++) {
    loads.cluster.push(await loadOnce("cluster"));
    loads.loop.push(await loadOnce("loop"));
  }
  return {
    cluster: medianOf(loads.cluster),
    loop: medianOf(loads.loop),
    // Once: it takes the most of a minute.
    placing: await measurePlacing({ mesolet, pods: 10_000, agents: 1_000 }),
    failover: await measureFailover({ mesolet, tasks: 10_000, rounds }),
  };
}

/** Prints the figures, each with the limit that is set for it, and with its floor. */
export function sayFramework({ cluster, loop, placing, failover }: FrameworkFigures): void {
  const rows: readonly (readonly [string, number, string, number | undefined, number])[] = [
    ["10,000 specs read and placed, processor time", placing.placed / 1_000, "s", 60, Number.NaN],
    ["resident at the most until then", placing.resident, "MiB", 400, Number.NaN],
    ["10,000 pods placed, simulated", cluster.placed / 1_000, "s", undefined, loop.placed / 1_000],
    ["a report of a task, decided and stored", cluster.report, "ms", 1, loop.report],
    ["at rest, part of a processor", cluster.hour / 36_000, "%", 2, loop.hour / 36_000],
    ["process start to RECONCILE, 10,000 stored tasks", failover.stored, "ms", 2_000, failover.empty],
    ["resident until then", failover.resident, "MiB", 400, Number.NaN],
  ];
  say("\na framework with 10,000 pods on 1,000 agents");
  for (const [what, value, unit, limit, floor] of rows) {
    const digits = unit === "MiB" || value >= 100 ? 0 : 2;
    const verdict = limit === undefined ? "" : `   limit ${limit}${value > limit ? ", MISSED" : ""}`;
    const ratio = Number.isNaN(floor)
      ? ""
      : `   ${(value / floor).toFixed(2)} of ${floor.toFixed(digits)} ${unit} without`;
    say(`  ${what.padEnd(50)}${value.toFixed(digits).padStart(7)} ${unit.padEnd(3)}${verdict}${ratio}`);
  }
}

async function loadOnce(kind: "cluster" | "loop"): Promise<FrameworkLoad> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-bench-framework-" });
  try {
    const program = new URL("framework_load.ts", import.meta.url).pathname;
    return JSON.parse(
      await command(Deno.execPath(), ["run", "--quiet", "--no-check", "-A", program, kind, directory]),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function medianOf(loads: readonly FrameworkLoad[]): FrameworkLoad {
  const of = (name: keyof FrameworkLoad) => median(loads.map((load) => load[name]));
  return { placed: of("placed"), hour: of("hour"), report: of("report") };
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line.trimEnd()}\n`));
}
