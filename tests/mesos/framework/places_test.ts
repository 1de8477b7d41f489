import type { Attribute, DomainInfo, Resource } from "../../../src/mesos/wire/messages.ts";
import { FrameworkBoard } from "../../../src/mesos/framework/board/framework_board.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import type { AgentDescription } from "../master/master_settings.ts";
import { machine } from "../master/simulated_agents.ts";
import { wish } from "./cluster/playing.ts";
import { needing } from "./placement/offering.ts";
import { SimulatedCluster, type SimulationOptions } from "./simulated_cluster.ts";
import type { PodWish } from "../../../src/mesos/framework/wish/pod_wish.ts";
import { noRules } from "../../../src/mesos/framework/placement/rules.ts";

/** Agents by host name, and what runs before a strict master who is content at the end. */
async function onAgents(
  agents: Readonly<Record<string, Partial<AgentDescription>>>,
  wishes: readonly PodWish[],
  work: (cluster: SimulatedCluster) => Promise<void> | void,
  options: SimulationOptions = {},
): Promise<void> {
  using cluster = new SimulatedCluster(options);
  for (const [hostname, description] of Object.entries(agents)) {
    cluster.agents.add({ hostname, ...description });
  }
  cluster.want(...wishes);
  cluster.subscribe();
  await cluster.pass(20_000);
  await work(cluster);
  assertEquals(cluster.master.host.conduct.breaches, []);
}

function hosts(cluster: SimulatedCluster, pod: string): string[] {
  return cluster.instances(pod).map(({ state, agent }) => agent?.hostname ?? state).sort();
}

function domain(region: string, zone: string): DomainInfo {
  return { fault_domain: { region: { name: region }, zone: { name: zone } } };
}

function text(name: string, value: string): Attribute {
  return { name, type: "TEXT", text: { value } };
}

function reserved(resource: Resource, ...reservations: NonNullable<Resource["reservations"]>): Resource {
  return { ...resource, reservations };
}

/** `cpus(web/shop)=1` for each resource of a task, by its deepest reservation. */
function resourcesOf(cluster: SimulatedCluster, pod: string): string[] {
  return (cluster.infoOf(cluster.taskOf(pod))?.resources ?? []).map(({ name, scalar, reservations }) => {
    const of = reservations?.at(-1);
    return `${name}${of === undefined ? "" : `(${of.type} ${of.role})`}=${scalar?.value ?? "ranges"}`;
  });
}

Deno.test("places: static, dynamic and refined reservations are taken as they were offered, deepest first", () => {
  const [cpus, mem] = machine({ cpus: 1, mem: 512 });
  assert(cpus !== undefined && mem !== undefined);
  const labels = { labels: [{ key: "team", value: "shop" }] };
  const resources = [
    cpus,
    mem,
    reserved(cpus, { type: "STATIC", role: "web" }),
    reserved(cpus, { type: "DYNAMIC", role: "web", principal: "ops", labels }),
    reserved(cpus, { type: "STATIC", role: "web" }, { type: "DYNAMIC", role: "web/shop" }),
  ];
  const pod = wish("page", { roles: ["web/shop"], needs: needing(3.5, 100) });
  return onAgents({ one: { resources } }, [pod], (cluster) => {
    assertEquals(cluster.shown("page"), ["0 v1 running on one"]);
    assertEquals(resourcesOf(cluster, "page"), [
      "cpus(DYNAMIC web/shop)=1",
      "cpus(STATIC web)=1",
      "cpus(DYNAMIC web)=1",
      "cpus=0.5",
      "mem=100",
    ]);
  }, { roles: ["web/shop"] });
});

Deno.test("places: each role has what is reserved for it, and a pod of two roles the one that has room", () => {
  const for_ = (role: string) => machine({ cpus: 2 }).map((one) => reserved(one, { type: "STATIC", role }));
  const pods = [
    wish("page", { roles: ["web"], needs: needing(2, 100) }),
    wish("job", { roles: ["web", "batch"], needs: needing(2, 100) }),
  ];
  return onAgents({ one: { resources: for_("web") }, two: { resources: for_("batch") } }, pods, (cluster) => {
    assertEquals([...hosts(cluster, "page"), ...hosts(cluster, "job")], ["one", "two"]);
  }, { roles: ["web", "batch"] });
});

Deno.test("places: with a quota nothing more is launched than it allows, and the rest waits", () => {
  const quotas = { web: { cpus: 3, mem: 300 } };
  return onAgents({ one: {}, two: {} }, [wish("page", { replicas: 5, roles: ["web"] })], async (cluster) => {
    const running = () => hosts(cluster, "page").filter((host) => host !== "waiting").length;
    assertEquals(running(), 3);
    await cluster.pass(30 * 60_000);
    assertEquals(running(), 3);
    const [waiting] = new FrameworkBoard(cluster.cluster, cluster.clock).why("page");
    assertEquals(waiting?.shortage?.lacks.map(({ text }) => text.replace(/\d+ s/, "some time")), [
      "nothing is offered to the role web, for some time: its quota is used up, or others have all there is",
    ]);
    const task = cluster.taskOf("page", 1);
    cluster.agentOf("page", 1).report(task, { state: "TASK_FAILED" });
    await cluster.pass(60_000);
    assertEquals(running(), 3);
  }, { roles: ["web"], core: { quotas } });
});

Deno.test("places: agents with GPUs are left to those who need them, as long as there are others", () => {
  const gpus = { resources: machine({ gpus: 2 }) };
  const pods = [
    wish("page", { replicas: 8, needs: needing(1, 100) }),
    wish("learn", { needs: needing(1, 100, { gpus: 2_000 }) }),
  ];
  return onAgents({ gpu: gpus, plain: {}, other: {} }, pods, async (cluster) => {
    assertEquals(new Set(hosts(cluster, "page")), new Set(["plain", "other"]));
    assertEquals(hosts(cluster, "learn"), ["gpu"]);
    assertEquals(resourcesOf(cluster, "learn"), ["cpus=1", "mem=100", "gpus=2"]);
    cluster.want(wish("page", { replicas: 10, needs: needing(1, 100) }));
    await cluster.pass(20_000);
    assertEquals(hosts(cluster, "page").filter((host) => host === "gpu").length, 2);
  });
});

Deno.test("places: disk and ports are set aside, and no two have the same port of a host", () => {
  const needs = needing(0.5, 64, { disk: 4_000_000, ports: [{}, { fixed: 31_005 }] });
  return onAgents({ one: {}, two: {} }, [wish("page", { replicas: 3, needs })], (cluster) => {
    assertEquals(hosts(cluster, "page"), ["one", "two", "waiting"]);
    assertEquals(cluster.instances("page").map(({ ports }) => ports), [
      [31_000, 31_005],
      [31_000, 31_005],
      [],
    ]);
  });
});

Deno.test("places: what may be taken back at any time is not used", () => {
  const revocable = machine().map((resource) => ({ ...resource, revocable: {} }));
  const resources = [...machine({ cpus: 0.5, mem: 64 }), ...revocable];
  return onAgents({ one: { resources } }, [wish("page")], (cluster) => {
    assertEquals(hosts(cluster, "page"), ["waiting"]);
  });
});

Deno.test("places: rules hold over the whole cluster", () => {
  const zones = { a1: "a", a2: "a", b1: "b", c1: "c" };
  const agents = Object.fromEntries(
    Object.entries(zones).map(([host, zone]) => [host, {
      domain: domain("eu", zone),
      attributes: [text("rack", `r-${zone}`)],
    }]),
  );
  const require = (name: string, value: string) => ({
    ...noRules,
    require: [{ name, test: { kind: "matches" as const, pattern: value } }],
  });
  const pods = [
    wish("unique", { replicas: 4, needs: needing(0.1, 32), rules: { ...noRules, unique: ["zone"] } }),
    wish("spread", { replicas: 6, needs: needing(0.1, 32), rules: { ...noRules, spread: ["rack"] } }),
    wish("racks", { replicas: 2, needs: needing(0.1, 32), rules: require("rack", "r-[bc]") }),
    wish("host", { needs: needing(0.1, 32), rules: require("hostname", "a2") }),
  ];
  return onAgents(agents, pods, (cluster) => {
    const zonesOf = (pod: string) =>
      hosts(cluster, pod).map((host) => Object.entries(zones).find(([name]) => name === host)?.[1]).sort();
    assertEquals(zonesOf("unique"), ["a", "b", "c", undefined]);
    assertEquals(zonesOf("spread"), ["a", "a", "b", "b", "c", "c"]);
    assertEquals(zonesOf("racks"), ["b", "c"]);
    assertEquals(hosts(cluster, "host"), ["a2"]);
  });
});

Deno.test("places: agents of another region than the master's are for pods alone that speak of regions", () => {
  const rules = { ...noRules, require: [{ name: "region", test: { kind: "is" as const, value: "us" } }] };
  const pods = [wish("page", { replicas: 5 }), wish("far", { rules })];
  const agents = { near: { domain: domain("eu", "a") }, away: { domain: domain("us", "b") } };
  return onAgents(agents, pods, (cluster) => {
    assertEquals(hosts(cluster, "page"), ["near", "near", "near", "near", "waiting"]);
    assertEquals(hosts(cluster, "far"), ["away"]);
  }, { core: { domain: domain("eu", "m") } });
});
