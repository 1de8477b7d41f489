/**
 * `deno task bench`: times mesolet, as its bundled file, beside its peers on the same work in one run, and prints
 * ratios. Docker Compose takes part where a `docker compose` or `docker-compose` of version 2 or later is installed;
 * the bare Engine calls always do.
 */
import { withEngine } from "../scripts/engine.ts";
import { bundleProgram, writeLauncher } from "../scripts/bundle.ts";
import { importBusybox } from "../scripts/engine/busybox_image.ts";
import { Connection } from "../src/docker/connection.ts";
import { parseEngineAddress } from "../src/docker/engine_address.ts";
import { systemClock } from "../src/pod/clock.ts";
import { measureDirectory } from "./directory.ts";
import { measureExecutor } from "./executor.ts";
import { measureFramework, sayFramework } from "./framework.ts";
import { loadMany } from "./load_many.ts";
import { measureOneFile } from "./one_file.ts";
import { command, measure, median, type Medians } from "./measure.ts";
import { measureRestart } from "./restart.ts";
import { measureOperator } from "./operator.ts";
import { sayOperator } from "./operator_rows.ts";
import { peakMemory } from "./peak_memory.ts";
import { findCompose } from "./peers.ts";
import { writeBarePlan } from "./bare_plan.ts";
import { specOf } from "./specs.ts";

const rounds = Number(Deno.env.get("MESOLET_BENCH_ROUNDS") ?? 7);

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function report(title: string, medians: Medians, us = "mesolet"): void {
  const own = medians.get(us) ?? Number.NaN;
  say(`\n${title}`);
  for (const [name, milliseconds] of medians) {
    const ratio = name === us ? "" : `   mesolet takes ${(own / milliseconds).toFixed(2)} of it`;
    say(`  ${name.padEnd(28)}${milliseconds.toFixed(0).padStart(7)} ms${ratio}`);
  }
}

await withEngine(async ({ host }) => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-bench-" });
  try {
    await runAll(host, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}, { alwaysPrivate: true });

async function runAll(host: string, directory: string): Promise<void> {
  const connection = new Connection(parseEngineAddress(host, "bench"), { clock: systemClock });
  await importBusybox(connection);
  connection.close();
  await bundleProgram(`${directory}/mesolet.js`);
  const mesolet = `${directory}/mesolet`;
  await writeLauncher(mesolet, `${directory}/mesolet.js`);
  const project = `${directory}/ten`;
  await Deno.mkdir(project);
  await Deno.writeTextFile(`${project}/compose.yaml`, specOf(10));
  const env = { DOCKER_HOST: host, NO_COLOR: "1" };
  const compose = await findCompose(env);
  say(
    `Deno ${Deno.version.deno}; ${navigator.hardwareConcurrency} CPUs; medians of ${rounds} interleaved rounds`,
  );
  say(
    compose === undefined
      ? "Docker Compose v2 is not installed: without it"
      : `Docker Compose: ${compose.version}`,
  );

  const ours = (...words: string[]) => command(mesolet, ["--quiet", ...words], { cwd: project, env });
  const theirs = (...words: string[]) =>
    compose === undefined
      ? Promise.resolve("")
      : command(compose.program, [...compose.words, "--progress", "quiet", "-p", "peer", ...words], {
        cwd: project,
        env,
      });
  const plan = await writeBarePlan(`${project}/compose.yaml`, directory);
  const bare = `${directory}/bare_calls.ts`;
  await Deno.copyFile(new URL("bare_calls.ts", import.meta.url), bare);
  const socket = host.replace("unix://", "");
  const clean = async () => {
    await ours("down", "-t", "0");
    if (compose !== undefined) await theirs("down", "-t", "0");
  };

  const peer = <Item>(item: Item) => compose === undefined ? [] : [item];
  const runBare = (...words: string[]) =>
    command(Deno.execPath(), ["run", "--quiet", "--no-check", "--no-config", "-A", bare, ...words]);
  const bareCalls: number[] = [];
  const up = await measure([
    { name: "mesolet", prepare: clean, run: async () => void await ours("up", "-d") },
    {
      name: "bare Engine calls, parallel",
      prepare: clean,
      run: async () => void bareCalls.push(Number(await runBare(socket, plan))),
    },
    ...peer({ name: "Docker Compose", prepare: clean, run: async () => void await theirs("up", "-d") }),
  ], rounds);
  report("up -d of a pod of 10 containers, whole programs", up);
  const start = await measure([
    { name: "mesolet", run: async () => void await ours("version") },
    { name: "a program that makes no call", run: async () => void await runBare(socket) },
  ], rounds * 3);
  report("the start of a program", start);
  report(
    "up -d of a pod of 10 containers, without the start of the programs",
    new Map([
      ["mesolet", (up.get("mesolet") ?? Number.NaN) - (start.get("mesolet") ?? Number.NaN)],
      ["bare Engine calls, parallel", median(bareCalls.slice(1))],
    ]),
  );
  await clean();
  await ours("up", "-d");
  if (compose !== undefined) await theirs("up", "-d");
  report(
    "a second up -d, nothing changed",
    await measure([
      { name: "mesolet", run: async () => void await ours("up", "-d") },
      ...peer({ name: "Docker Compose", run: async () => void await theirs("up", "-d") }),
    ], rounds),
  );
  const startAgain = async () => {
    await ours("up", "-d");
    if (compose !== undefined) await theirs("up", "-d");
  };
  report(
    "down -t 0 of 10 containers",
    await measure([
      { name: "mesolet", prepare: startAgain, run: async () => void await ours("down", "-t", "0") },
      ...peer({
        name: "Docker Compose",
        prepare: startAgain,
        run: async () => void await theirs("down", "-t", "0"),
      }),
    ], rounds),
  );
  await clean();
  report(
    "config of 10 services",
    await measure([
      { name: "mesolet", run: async () => void await ours("config") },
      ...peer({ name: "Docker Compose", run: async () => void await theirs("config") }),
    ], rounds * 3),
  );
  say("\npeak memory of the process");
  say(
    `  up -d of 10 containers     ${
      (await peakMemory(mesolet, ["--quiet", "up", "-d"], project, env)).toFixed(0)
    } MiB`,
  );
  say(
    `  config of 10 services      ${
      (await peakMemory(mesolet, ["--quiet", "config"], project, env)).toFixed(0)
    } MiB`,
  );
  await clean();
  const load = await loadMany(1000);
  say(
    `\nloading ${load.files} Compose files of ${load.bytes} bytes each: ${load.milliseconds.toFixed(0)} ms`,
  );
  const watched = await measureDirectory(1000, 200);
  say(`\na watched directory of ${watched.specs} specs`);
  say(`  found and read, at the start ${watched.cold.toFixed(0).padStart(6)} ms`);
  say(`  a look that finds nothing new${watched.noChange.toFixed(0).padStart(6)} ms`);
  say(
    `  a rename until it is read    ${watched.editMedian.toFixed(0).padStart(6)} ms   99 of 100 within ${
      watched.editSlow.toFixed(0)
    } ms`,
  );
  const file = await measureOneFile({ host, directory, rounds });
  say(`\nthe program as one file (${file.form})`);
  say(`  its size                     ${(file.size / 1e6).toFixed(1).padStart(6)} MB`);
  say(`  version                      ${file.version.toFixed(0).padStart(6)} ms`);
  say(`  its first start              ${file.firstStart.toFixed(0).padStart(6)} ms`);
  say(`  peak memory of version       ${file.versionMemory.toFixed(0).padStart(6)} MiB`);
  say(
    `  up -d of 1 container         ${file.up.toFixed(0).padStart(6)} ms   ${
      (file.up / file.upByDeno).toFixed(2)
    } of what it takes by deno run`,
  );
  const operator = await measureOperator({ mesolet, host, specs: 1_000, running: 10, edits: 200, idle: 121 });
  sayOperator(operator, watched.cold, await measureRestart(host, 20));
  sayFramework(await measureFramework({ mesolet, rounds: Math.min(rounds, 3) }));
  const executor = await measureExecutor({ mesolet, host, directory, rounds });
  const ratio = executor.running / executor.bareCalls;
  say("\nthe executor, under the strict agent of the tests");
  say(`  process start to SUBSCRIBED  ${executor.subscribed.toFixed(0).padStart(6)} ms`);
  say(`  LAUNCH to RUNNING            ${executor.running.toFixed(0).padStart(6)} ms   1 container`);
  say(
    `  the bare calls for that      ${executor.bareCalls.toFixed(0).padStart(6)} ms   mesolet takes ${
      ratio.toFixed(2)
    } of it`,
  );
  say(`  container's end to report    ${executor.reported.toFixed(0).padStart(6)} ms`);
  say(`  idle with 5 containers       ${executor.idleMemory.toFixed(0).padStart(6)} MiB resident`);
}
