import { type PlacementPlan, planPlacement } from "../../../../src/mesos/framework/offline/plan_placement.ts";
import { noRules } from "../../../../src/mesos/framework/placement/rules.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "../cluster/playing.ts";
import { needing } from "../placement/offering.ts";

const now = Date.UTC(2026, 0, 1);

/** `0 a`, `2 none of 3` */
function lines({ instances }: PlacementPlan): string[] {
  return instances.map((instance) =>
    "place" in instance
      ? `${instance.slot} ${instance.place.agent.id}`
      : `${instance.slot} none of ${instance.shortage.agents}`
  );
}

Deno.test("a plan for offers puts each instance where the framework would", () => {
  const offers = [offer("a", 2, 500), offer("b", 3, 400), offer("c", 1, 900)];
  const wanted = wish("web", {
    replicas: 8,
    needs: needing(1, 100, { ports: [{}] }),
    rules: { ...noRules, spread: ["hostname"] },
  });
  const plan = planPlacement(wanted, { offers }, ["mesolet"], now);
  const play = new Play();
  play.begin(wanted);
  play.offers(...offers);
  const placed = [...play.store.tasks.values()].map(({ slot, agent }) => `${slot} ${agent.id}`);
  assertEquals(lines(plan), [...placed, "6 none of 3", "7 none of 3"]);
  const [first] = plan.instances;
  assertEquals(first !== undefined && "place" in first ? first.place.taken.ports : [], [31000]);
  const last = plan.instances.at(-1);
  assertEquals(last !== undefined && "shortage" in last ? last.shortage.lacks : [], [
    { text: "cpus: 1 needed, 0 offered", agents: 3 },
  ]);
});

Deno.test("a plan for offers keeps to roles, to maintenance and to regions", () => {
  const region = (name: string) => ({
    domain: { fault_domain: { region: { name }, zone: { name: "z" } } },
  });
  const start = { nanoseconds: now * 1e6 };
  const table: [string, ReturnType<typeof offer>, string | undefined, string][] = [
    ["a place", offer("a", 2, 500), undefined, "0 a"],
    ["of another role", offer("a", 2, 500, { allocation_info: { role: "other" } }), undefined, "0 none of 1"],
    ["maintained", offer("a", 2, 500, { unavailability: { start } }), undefined, "0 none of 1"],
    ["in the master's region", offer("a", 2, 500, region("eu")), "eu", "0 a"],
    ["in another region", offer("a", 2, 500, region("us")), "eu", "0 none of 1"],
  ];
  for (const [what, one, masters, expected] of table) {
    const document = { offers: [one], ...(masters === undefined ? {} : { region: masters }) };
    assertEquals(lines(planPlacement(wish("web"), document, ["mesolet"], now)), [expected], what);
  }
  assertEquals(lines(planPlacement(wish("web", { replicas: 2 }), { offers: [] }, ["mesolet"], now)), [
    "0 none of 0",
    "1 none of 0",
  ]);
});
