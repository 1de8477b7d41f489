/**
 * The figures of an operator as a whole: the bundled program on a real engine, with a thousand specs of which some run.
 * The others have a container that is wanted zero times (`scale: 0`): they are found, read, planned and looked after
 * like any other, and cost the engine nothing. What the operator asks of the engine is seen at a socket between them.
 */
import { connectEngine } from "../src/docker/connect.ts";
import { systemClock } from "../src/pod/clock.ts";
import { WatchedSocket } from "../tests/support/watched_socket.ts";
import { waitUntil } from "../tests/support/wait.ts";
import { median } from "./measure.ts";
import { processorTime, residentMemory } from "./process_figures.ts";

/** What is measured, in milliseconds, MiB and counts. */
export interface OperatorFigures {
  readonly specs: number;
  readonly running: number;
  /** From the start of the process until every pod was looked at. */
  readonly ready: number;
  /** From a rename into place until the first call of the engine about it arrives there. */
  readonly edits: number;
  readonly editMedian: number;
  readonly editSlow: number;
  /** The same where a container is replaced for it, until the call that makes the new one. */
  readonly replaceMedian: number;
  /** Processor time of one full look that finds nothing new, asked for by SIGHUP. */
  readonly look: number;
  /** Calls of the engine while nothing happens, and how many of them change something. */
  readonly idleCalls: number;
  readonly idleChanges: number;
  /** Part of one processor in that time, in percent. */
  readonly idleProcessor: number;
  readonly memory: number;
}

const looks = 20;
const replacements = 10;

/** Measures an operator of the bundled program. */
export async function measureOperator(options: {
  readonly mesolet: string;
  readonly host: string;
  readonly specs: number;
  readonly running: number;
  readonly edits: number;
  /** Seconds in which nothing happens. */
  readonly idle: number;
}): Promise<OperatorFigures> {
  const { mesolet, host, specs, running, edits, idle } = options;
  const root = await Deno.makeTempDir({ prefix: "mesolet-bench-operator-" });
  const pods = `${root}/pods`;
  await Deno.mkdir(pods);
  for (let index = 0; index < specs; index++) put(pods, index, index < running, 0);
  await using socket = new WatchedSocket(host);
  const engine = await connectEngine({ host, environment: {} });
  const started = performance.now();
  const child = new Deno.Command(mesolet, {
    args: ["operator", pods, "--listen", `unix:${root}/status.sock`, "--stop-pods"],
    env: { DOCKER_HOST: socket.host },
    stdin: "null",
    stdout: "null",
  }).spawn();
  try {
    await waitUntil("the operator is ready", () => isReady(`${root}/status.sock`), 120_000);
    const ready = performance.now() - started;
    await waitUntil("its pods run", async () => {
      const containers = await engine.listContainers();
      return containers.filter(({ state }) => state === "running").length >= 2 * running;
    }, 120_000);
    const changed = await editTimes(edits, async (edit) => {
      const index = running + edit % (specs - running);
      return await timeOf(socket, () => true, () => put(pods, index, false, edit + 1));
    });
    const replaced = await editTimes(replacements, async (edit) => {
      const index = edit % running;
      const made = (call: string) => call.startsWith("POST ") && call.includes("/containers/create");
      return await timeOf(socket, made, () => put(pods, index, true, edit + 1));
    });
    await systemClock.sleep(5_000);
    const beforeLooks = processorTime(child.pid);
    for (let look = 0; look < looks; look++) {
      child.kill("SIGHUP");
      await systemClock.sleep(200);
    }
    const look = (processorTime(child.pid) - beforeLooks) / looks;
    // What the edits left is given back when nothing has happened for a while.
    await systemClock.sleep(60_000);
    const before = { calls: socket.calls.length, time: processorTime(child.pid) };
    await systemClock.sleep(idle * 1_000);
    const calls = socket.calls.slice(before.calls);
    const idleProcessor = (processorTime(child.pid) - before.time) / (idle * 10);
    const memory = residentMemory(child.pid);
    return {
      specs,
      running,
      ready,
      edits,
      editMedian: median(changed),
      editSlow: changed[Math.ceil(changed.length * 0.99) - 1] ?? Number.NaN,
      replaceMedian: median(replaced),
      look,
      idleCalls: calls.length,
      idleChanges: calls.filter((call) => !call.startsWith("GET ")).length,
      idleProcessor,
      memory,
    };
  } finally {
    child.kill("SIGTERM");
    await child.status;
    engine.close();
    await Deno.remove(root, { recursive: true });
  }
}

/** Puts a spec into place in a new version, by a rename. */
function put(directory: string, index: number, runs: boolean, version: number): void {
  Deno.writeTextFileSync(
    `${directory}/.next`,
    `name: pod${index}
services:
  web:
    image: busybox
    command: ["sleep", "1000000"]
    stop_signal: SIGKILL
    restart: always
    environment: {INDEX: "${index}", VERSION: "${version}"}
    labels: {index: "${index}"}
    healthcheck: {disable: true}
${runs ? "" : "    scale: 0\nx-pod: {network: host}\n"}`,
  );
  Deno.renameSync(`${directory}/.next`, `${directory}/${index}.yaml`);
}

async function editTimes(count: number, edit: (index: number) => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    times.push(await edit(index));
    await systemClock.sleep(250);
  }
  return times.toSorted((one, other) => one - other);
}

/** From the work until a call like that arrives at the engine. */
async function timeOf(
  socket: WatchedSocket,
  isWanted: (call: string) => boolean,
  work: () => void | Promise<void>,
): Promise<number> {
  const arrived = Promise.withResolvers<number>();
  socket.onCall = (call) => {
    if (isWanted(call)) arrived.resolve(performance.now());
  };
  const began = performance.now();
  await work();
  const limit = new AbortController();
  const late = systemClock.sleep(30_000, limit.signal).then(
    () => arrived.reject(new Error("the operator called nothing")),
    () => {},
  );
  try {
    return await arrived.promise - began;
  } finally {
    socket.onCall = undefined;
    limit.abort();
    await late;
  }
}

async function isReady(path: string): Promise<boolean> {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  try {
    const answer = await fetch("http://localhost/readyz", { client });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  } finally {
    client.close();
  }
}
