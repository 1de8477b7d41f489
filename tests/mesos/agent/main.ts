/**
 * `deno task mesos:agent -- TASKINFO.json`: an agent of Mesos by hand. It starts the executor with a task, prints what
 * the scheduler sees, one line each, and takes orders on its input.
 */
import { scalarsFromJson } from "../../../src/mesos/wire/scalars.ts";
import { schema } from "../../../src/mesos/wire/schema.ts";
import { transcode } from "../../../src/mesos/wire/transcode.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import type { SchedulerNews } from "./agent_settings.ts";
import { isObject } from "./read_call.ts";
import { StrictAgent, type TaskWish } from "./strict_agent.ts";

const usage = `Usage: deno task mesos:agent -- TASKINFO.json [options]
  TASKINFO.json             a TaskInfo as Mesos writes it in JSON, or {"tasks": [...]} for a group
  --executor PATH           the program to start; by default mesolet from this repository
  --sandbox DIRECTORY       the agent's work directory, which is kept; by default a temporary one
  --env NAME=VALUE          for the executor, besides what an agent gives; may be repeated
  --no-checkpoint           a framework without checkpoints
Orders: kill [TASK] [GRACE SECONDS], restart [SECONDS DOWN], drop, hang, resume, shutdown, message TEXT, problems, quit
`;

/** What the command line says. */
interface Wishes {
  readonly file: string;
  readonly executor: readonly string[];
  readonly sandbox?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly checkpoint: boolean;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function readWishes(words: readonly string[]): Wishes | undefined {
  const rest = [...words];
  const environment: Record<string, string> = {};
  let file: string | undefined;
  let sandbox: string | undefined;
  let checkpoint = true;
  let executor: readonly string[] = [
    Deno.execPath(),
    "run",
    "-A",
    "--node-modules-dir=manual",
    new URL("../../../src/main.ts", import.meta.url).pathname,
    "executor",
  ];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") continue;
    if (word === "--no-checkpoint") checkpoint = false;
    else if (!word.startsWith("--")) file = word;
    else {
      const value = rest.shift();
      if (value === undefined) return undefined;
      const [name = "", ...text] = value.split("=");
      if (word === "--executor") executor = [Deno.realPathSync(value)];
      else if (word === "--sandbox") sandbox = value;
      else if (word === "--env") environment[name] = text.join("=");
      else return undefined;
    }
  }
  if (file === undefined) return undefined;
  return { file, executor, environment, checkpoint, ...(sandbox === undefined ? {} : { sandbox }) };
}

/** A task as JSON has it, with what a scheduler would fill in. */
function taskOf(json: unknown): TaskWish {
  if (!isObject(json)) throw new Error("A task is an object");
  const id = isObject(json.task_id) ? json.task_id.value : undefined;
  const whole = { name: id, ...json, agent_id: { value: "" } };
  // The schema proves every member.
  return transcode(schema(), schema().message("mesos.v1.TaskInfo"), whole, scalarsFromJson, "The task") as
    & TaskWish
    & Record<string, unknown>;
}

/** One line about what the scheduler saw. */
function describe(news: SchedulerNews): string {
  if (news.type === "FAILURE") {
    return `FAILURE ${news.failure.executor_id?.value} status ${news.failure.status}`;
  }
  if (news.type === "MESSAGE") return `MESSAGE ${new TextDecoder().decode(news.message.data)}`;
  const { task_id, state, source, reason, message, healthy, container_status } = news.update.status;
  const addresses = (container_status?.network_infos ?? [])
    .flatMap((network) => network.ip_addresses ?? []).map((address) => address.ip_address);
  const parts = [
    `UPDATE ${task_id.value} ${state}`,
    source === "SOURCE_EXECUTOR" ? "" : source,
    reason ?? "",
    healthy === undefined ? "" : healthy ? "healthy" : "unhealthy",
    addresses.join(" "),
    message ?? "",
  ];
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}

/** Carries an order out. False ends the program. */
async function obey(order: string, agent: StrictAgent, tasks: readonly string[]): Promise<boolean> {
  const [verb = "", ...words] = order.trim().split(/\s+/);
  switch (verb) {
    case "":
      return true;
    case "kill": {
      const grace = words.find((word) => /^[\d.]+$/.test(word) && !tasks.includes(word));
      const named = words.filter((word) => tasks.includes(word));
      for (const id of named.length > 0 ? named : tasks) {
        agent.kill(id, grace === undefined ? {} : { gracePeriod: Number(grace) * 1_000 });
      }
      return true;
    }
    case "restart":
      await agent.restart({ downFor: Number(words[0] ?? "1") * 1_000 });
      print("the agent is back");
      return true;
    case "drop":
      agent.drop();
      return true;
    case "hang":
      agent.hang();
      return true;
    case "resume":
      agent.resume();
      return true;
    case "shutdown":
      agent.shutdown();
      return true;
    case "message":
      agent.message(new TextEncoder().encode(order.trim().slice("message".length).trim()));
      return true;
    case "problems":
      print(agent.problems.join("\n") || "none");
      return true;
    case "quit":
      agent.shutdown();
      await agent.exited;
      return false;
    default:
      print(`Unknown order ${JSON.stringify(verb)}: see --help`);
      return true;
  }
}

/** Prints what is new, until the program ends and all of it is printed. */
async function report(agent: StrictAgent, signal: AbortSignal): Promise<void> {
  let shown = 0;
  let complained = 0;
  for (;;) {
    const last = signal.aborted;
    for (const news of agent.news.slice(shown)) print(describe(news));
    shown = agent.news.length;
    for (const problem of agent.problems.slice(complained)) print(`PROBLEM ${problem}`);
    complained = agent.problems.length;
    if (last) return;
    await systemClock.sleep(50, signal).catch(() => {/* The end. */});
  }
}

async function main(): Promise<number> {
  const wishes = readWishes(Deno.args);
  if (wishes === undefined) {
    print(usage);
    return 64;
  }
  const json: unknown = JSON.parse(await Deno.readTextFile(wishes.file));
  const listed = isObject(json) && Array.isArray(json.tasks) ? json.tasks.map(taskOf) : undefined;
  const tasks = listed ?? [taskOf(json)];
  if (wishes.sandbox !== undefined) await Deno.mkdir(wishes.sandbox, { recursive: true });
  await using agent = await StrictAgent.start({
    checkpoint: wishes.checkpoint,
    executorCommand: wishes.executor,
    environment: wishes.environment,
    ...(wishes.sandbox === undefined ? {} : { workDirectory: wishes.sandbox }),
  });
  const end = new AbortController();
  const reporting = report(agent, end.signal);
  const [first] = tasks;
  if (first !== undefined) await agent.launch(listed === undefined ? first : { tasks });
  print(`executor ${agent.pid ?? "was not started"}, agent ${agent.endpoint}, sandbox ${agent.sandbox}`);
  const ids = tasks.map((task) => task.task_id.value);
  const orders = (async () => {
    const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const text of lines) {
      const [last = "", ...complete] = (rest + text).split("\n").reverse();
      rest = last;
      for (const order of complete.reverse()) if (!await obey(order, agent, ids)) return;
    }
    await agent.exited;
  })();
  // The executor has its own session: it does not hear of the terminal's signals.
  const interrupted = new Promise<void>((resolve) => {
    Deno.addSignalListener("SIGINT", resolve);
    Deno.addSignalListener("SIGTERM", resolve);
  }).then(async () => await obey("quit", agent, ids));
  const exited = agent.exited.then(({ code, signal }) => `executor ended: ${signal ?? `exit code ${code}`}`);
  if (agent.pid !== undefined) await Promise.race([orders, interrupted, exited]);
  end.abort();
  await reporting;
  if (agent.pid !== undefined) print(await exited);
  return agent.problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
