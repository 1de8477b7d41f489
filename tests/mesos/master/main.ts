/**
 * `deno task mesos:master`: a master of Mesos by hand. It prints what frameworks ask and what becomes of tasks, one line
 * each, and takes orders on its input.
 */
import { systemClock } from "../../../src/pod/clock.ts";
import { SimulatedAgent } from "./simulated_agent.ts";
import { machine } from "./simulated_agents.ts";
import { StrictMaster } from "./strict_master.ts";

const usage = `Usage: deno task mesos:master -- [options]
  --port PORT               where to listen, at 127.0.0.1; 5050 by default
  --agents NUMBER           simulated agents: tasks are only said to run; 3 by default
  --strict NUMBER           agents with real executors, which get DOCKER_HOST if it is set; none by default
  --cpus NUMBER, --mem MB   of each agent
  --credentials NAME:SECRET frameworks and operators have to show who they are
Orders: agents, tasks, offers, frameworks, breaches, lose AGENT, back AGENT, reboot AGENT, leave AGENT, gone AGENT,
  drain AGENT, reactivate AGENT, fail TASK [WORDS], finish TASK, restart [SECONDS DOWN], drop, hang, resume, quit
  AGENT is a part of the id or of the host name.
`;

/** What the command line says. */
interface Wishes {
  readonly port: number;
  readonly agents: number;
  readonly strict: number;
  readonly cpus: number;
  readonly mem: number;
  readonly credentials: ReadonlyMap<string, string> | undefined;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function readWishes(words: readonly string[]): Wishes | undefined {
  const numbers: Record<string, number> = { port: 5_050, agents: 3, strict: 0, cpus: 4, mem: 8_192 };
  let credentials: Map<string, string> | undefined;
  const rest = words.filter((word) => word !== "--");
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = word.replace(/^--/, "");
    const value = rest.shift();
    if (value === undefined || name === word) return undefined;
    if (name === "credentials") {
      const [principal = "", ...secret] = value.split(":");
      credentials = new Map([[principal, secret.join(":")]]);
    } else if (numbers[name] === undefined || Number.isNaN(Number(value))) return undefined;
    else numbers[name] = Number(value);
  }
  const { port = 0, agents = 0, strict = 0, cpus = 0, mem = 0 } = numbers;
  return { port, agents, strict, cpus, mem, credentials };
}

function listAgents(master: StrictMaster): void {
  const { agents, unreachable, gone } = master.host.core.state;
  for (const agent of agents.values()) {
    const state = !agent.connected
      ? "away"
      : agent.draining?.state ?? (agent.deactivated ? "deactivated" : "active");
    print(
      `${agent.id} ${agent.description.hostname} ${state} ${agent.tasks.size} tasks; free ${agent.available}`,
    );
  }
  for (const id of unreachable.keys()) print(`${id} unreachable`);
  for (const id of gone) print(`${id} gone`);
}

function listTasks(master: StrictMaster): void {
  for (const framework of master.host.core.state.frameworks.values()) {
    for (const task of [...framework.tasks.values(), ...framework.unreachable.values()]) {
      print(
        `${task.id} ${task.unreachableSince === undefined ? task.state : "TASK_UNREACHABLE"} ${task.agentId}`,
      );
    }
  }
}

function listOffers(master: StrictMaster): void {
  for (const [id, { frameworkId, agentId, resources }] of master.host.core.state.allocator.offers) {
    print(`${id} of ${agentId} to ${frameworkId}: ${resources}`);
  }
}

function listFrameworks(master: StrictMaster): void {
  for (const { id, info, stream, tasks } of master.host.core.state.frameworks.values()) {
    print(`${id} ${info.name} ${stream === undefined ? "away" : "subscribed"} ${tasks.size} tasks`);
  }
}

/** Carries an order about an agent out; false when it is none. */
async function obeyAgent(verb: string, name: string, master: StrictMaster): Promise<boolean> {
  if (!["lose", "back", "reboot", "leave", "gone", "drain", "reactivate"].includes(verb)) return false;
  const agent = master.agents.find(({ id, description }) =>
    `${id} ${description.hostname} `.includes(`${name} `)
  );
  if (agent === undefined) {
    print(`No agent ${JSON.stringify(name)}: see "agents"`);
    return true;
  }
  const { id } = agent;
  if (verb === "gone") master.host.drive((core) => core.markGone(id));
  else if (verb === "drain") master.host.drive((core) => core.drain(id));
  else if (verb === "reactivate") master.host.drive((core) => core.reactivate(id));
  else if (agent instanceof SimulatedAgent) {
    if (verb === "lose") agent.lose();
    if (verb === "back") agent.comeBack();
    if (verb === "reboot") agent.reboot();
    if (verb === "leave") agent.leave();
  } else if (verb === "lose") await agent.stop();
  else if (verb === "back") await agent.restart({ downFor: 0 });
  else print(`An agent with real executors cannot ${verb}: use lose and back`);
  return true;
}

function report(
  taskId: string,
  state: "TASK_FAILED" | "TASK_FINISHED",
  message: string,
  master: StrictMaster,
) {
  const agent = master.agents.find((one) => one instanceof SimulatedAgent && one.running.includes(taskId));
  if (agent instanceof SimulatedAgent) agent.report(taskId, { state, message });
  else print(`No simulated agent runs a task ${JSON.stringify(taskId)}: see "tasks"`);
}

/** Carries an order out. False ends the program. */
async function obey(order: string, master: StrictMaster): Promise<boolean> {
  const [verb = "", name = "", ...words] = order.trim().split(/\s+/);
  if (await obeyAgent(verb, name, master)) return true;
  switch (verb) {
    case "":
      return true;
    case "agents":
      listAgents(master);
      return true;
    case "tasks":
      listTasks(master);
      return true;
    case "offers":
      listOffers(master);
      return true;
    case "frameworks":
      listFrameworks(master);
      return true;
    case "breaches":
      print(master.breaches.join("\n") || "none");
      return true;
    case "fail":
      report(name, "TASK_FAILED", words.join(" "), master);
      return true;
    case "finish":
      report(name, "TASK_FINISHED", words.join(" "), master);
      return true;
    case "restart":
      await master.restart({ downFor: Number(name === "" ? "1" : name) * 1_000 });
      print("the master is back");
      return true;
    case "drop":
      master.drop();
      return true;
    case "hang":
      master.hang();
      return true;
    case "resume":
      master.resume();
      return true;
    case "quit":
      return false;
    default:
      print(`Unknown order ${JSON.stringify(verb)}: see --help`);
      return true;
  }
}

/** Prints what is new, until the program ends. */
async function follow(master: StrictMaster, signal: AbortSignal): Promise<void> {
  let shown = 0;
  const complained = new Set<string>();
  while (!signal.aborted) {
    for (const exchange of master.exchanges.slice(shown)) print(exchange);
    shown = master.exchanges.length;
    for (const breach of master.breaches) {
      if (!complained.has(breach)) print(`BREACH ${breach}`);
      complained.add(breach);
    }
    await systemClock.sleep(50, signal).catch(() => {/* The end. */});
  }
}

async function main(): Promise<number> {
  const wishes = readWishes(Deno.args);
  if (wishes === undefined) {
    print(usage);
    return 64;
  }
  const { port, agents, strict, cpus, mem, credentials } = wishes;
  await using master = new StrictMaster({ port, ...(credentials === undefined ? {} : { credentials }) });
  const resources = machine({ cpus, mem });
  for (let index = 0; index < agents; index++) master.addAgent({ resources });
  const engine = Deno.env.get("DOCKER_HOST");
  for (let index = 0; index < strict; index++) {
    // They share one host, and so its ports: each offers some of its own.
    const begin = 31_000 + (index % 100) * 10;
    await master.addStrictAgent({
      description: { resources: machine({ cpus, mem, ports: [begin, begin + 9] }) },
      ...(engine === undefined ? {} : { environment: { DOCKER_HOST: engine } }),
    });
  }
  print(`master ${master.endpoint}, ${agents} simulated agents, ${strict} with real executors`);
  const end = new AbortController();
  const following = follow(master, end.signal);
  const orders = (async () => {
    let rest = "";
    for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
      const [last = "", ...complete] = (rest + text).split("\n").reverse();
      rest = last;
      for (const order of complete.reverse()) if (!await obey(order, master)) return;
    }
  })();
  const interrupted = new Promise<void>((resolve) => {
    Deno.addSignalListener("SIGINT", resolve);
    Deno.addSignalListener("SIGTERM", resolve);
  });
  await Promise.race([orders, interrupted]);
  end.abort();
  await following;
  return master.breaches.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
