/** What a framework before a strict master lets be seen, over HTTP and by commands. */

import { ExitCode } from "../../../src/pod/errors.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { StatusMetrics } from "../../../src/status/metrics.ts";
import { listenForStatus, serveStatus } from "../../../src/status/server.ts";
import { runInMemory } from "../../cli/command_line.ts";
import { parseMetrics } from "../../status/parse_metrics.ts";
import { ask, bodyOf } from "../../status/raw_client.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { StrictMaster } from "../master/strict_master.ts";
import { wish } from "./cluster/playing.ts";
import { needing } from "./placement/offering.ts";
import { RunningFramework } from "./running_framework.ts";

interface Told {
  readonly master: StrictMaster;
  readonly framework: RunningFramework;
  readonly address: string;
  readonly json: <Answer>(path: string) => Promise<Answer>;
}

async function told(work: (told: Told) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-told-" });
  const ending = new AbortController();
  try {
    await using master = new StrictMaster({ allocationInterval: 50, agentPingTimeout: 200 });
    for (const hostname of ["one", "two", "three"]) master.addAgent({ hostname });
    const port = { need: 0, name: "http", protocol: "tcp" as const, container: "api", target: 80 };
    const web = wish("web", {
      replicas: 2,
      needs: needing(1, 100, { ports: [{}] }),
      task: { payload: "", uris: [], labels: {}, ports: [port] },
      unreachableWait: null,
    });
    const wishes = [web, wish("giant", { needs: needing(1_000, 100) })];
    await using framework = await RunningFramework.start(master, `${directory}/framework.db`, wishes);
    const server = serveStatus({
      board: framework.board,
      metrics: new StatusMetrics("1.2.3"),
      listener: await listenForStatus("127.0.0.1:0", systemClock),
      clock: systemClock,
      signal: ending.signal,
      version: "1.2.3",
    });
    try {
      const { address } = server;
      await work({
        master,
        framework,
        address,
        json: async (path) =>
          JSON.parse(bodyOf(await ask(address, `GET ${path}`, { Accept: "application/json" }))),
      });
    } finally {
      ending.abort();
      await server.done;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("told: agents, endpoints, metrics and why a pod has no place, of a framework before a master", () =>
  told(async ({ master, framework, address, json }) => {
    await waitUntil("both instances run, and all agents have offered", () => {
      const agents = framework.board.cluster?.agents() ?? [];
      return framework.instances("web").filter(({ ready }) => ready).length === 2 &&
        agents.filter(({ offered }) => offered !== undefined).length === 3;
    });
    const { agents } = await json<{
      agents: { hostname: string; state: string; tasks: { pod: string }[] }[];
    }>("/v1/agents");
    assertEquals(agents.map(({ hostname }) => hostname), ["one", "three", "two"]);
    assertEquals(agents.flatMap(({ tasks }) => tasks.map(({ pod }) => pod)), ["web", "web"]);
    const text = bodyOf(await ask(address, "GET /v2/tasks"));
    const hosts = framework.instances("web").map(({ agent, ports }) => `${agent?.hostname}:${ports[0]}\t`);
    assertEquals(text, `giant\t \t\nweb\t80\t${hosts.join("")}\n`);

    const giant = await runInMemory(["why", "--operator", address, "giant"]);
    assertEquals(giant.code, ExitCode.failed);
    assertMatch(giant.out, /^giant: pending for .*: 0 of 1 instances ready, 1 without a place\n/);
    assertStringIncludes(giant.out, "Of 3 agents that offered something, none will do.");
    assertMatch(giant.out, /3 agents: cpus: 1000 needed, \d+ offered at most/);
    const web = await runInMemory(["why", "--operator", address, "web"]);
    assertEquals([web.code, web.out.split("\n")[1]], [ExitCode.ok, "  it runs as it is to"]);

    const families = parseMetrics(bodyOf(await ask(address, "GET /metrics")));
    const value = (name: string, labels = "") => families.get(name)?.samples.get(`${name}{${labels}}`) ?? -1;
    assertEquals(value("mesolet_master_connected"), 1);
    assertEquals(value("mesolet_instances", 'state="waiting"'), 1);
    assertEquals(value("mesolet_task_launches_total"), 2);
    assert(value("mesolet_status_updates_total", 'state="TASK_RUNNING"') >= 2);
    const offers = (result: string) => value("mesolet_offers_total", `result="${result}"`);
    assertEquals(offers("received"), offers("accepted") + offers("declined"));

    const lost = master.agents.find(({ id }) => id === framework.instances("web")[0]?.agent?.id);
    if (lost === undefined || !("lose" in lost)) throw new Error("a simulated agent was expected");
    lost.lose();
    await waitUntil(
      "its instance is out of reach",
      () => framework.instances("web").some(({ state }) => state === "unreachable"),
    );
    const entry = framework.board.cluster?.agents().find(({ id }) => id === lost.id);
    assertEquals(entry?.state, "unreachable");
    await waitUntil(
      "what it offered is no more",
      () => framework.board.cluster?.agents().find(({ id }) => id === lost.id)?.offered === undefined,
    );
    assertStringIncludes(
      (await runInMemory(["why", "--operator", address, "web"])).out,
      `unreachable on ${entry?.hostname}`,
    );
  }));

Deno.test("told: that there is no master", () =>
  told(async ({ master, framework, address, json }) => {
    await waitUntil("it is subscribed", () => framework.board.cluster?.master.connected === true);
    master.stop();
    await waitUntil("the master is gone", () => framework.board.cluster?.master.connected === false);
    const { cluster } = await json<{ cluster: { connected: boolean; reason?: string } }>("/v1/pods");
    assertEquals(cluster.connected, false);
    assert((cluster.reason ?? "") !== "");
    assertStringIncludes(
      (await runInMemory(["why", "--operator", address, "giant"])).out,
      "the operator has no master: ",
    );
  }));
