import type { Instance } from "../../../../src/mesos/framework/placement/choose_agent.ts";
import { noRules } from "../../../../src/mesos/framework/placement/rules.ts";
import { shortageOf } from "../../../../src/mesos/framework/placement/shortage.ts";
import { assertEquals } from "../../../support/assert.ts";
import { agent, candidate, needing } from "./offering.ts";

const a = agent("a", { rack: "r1" });
const b = agent("b", { rack: "r1" });
const c = agent("c", { rack: "r2" });
const large: Instance = {
  needs: needing(4, 100),
  rules: { ...noRules, require: [{ name: "rack", test: { kind: "is", value: "r2" } }] },
  roles: ["mesolet"],
};

Deno.test("shortage: lacks are counted, and the nearest agents come first", () => {
  assertEquals(shortageOf(large, [], []), { agents: 0, fitting: 0, lacks: [], nearest: [] });
  const found = shortageOf(large, [candidate(a, 1, 500), candidate(b, 2, 500), candidate(c, 3, 500)], []);
  assertEquals([found.agents, found.fitting], [3, 0]);
  assertEquals(found.lacks, [
    { text: "cpus: 4 needed, 3 offered at most", agents: 3 },
    { text: "rack is r2: it is r1", agents: 2 },
  ]);
  assertEquals(found.nearest.map(({ agent, lacks }) => [agent.id, ...lacks]), [
    ["c", "cpus: 4 needed, 3 offered"],
    ["b", "rack is r2: it is r1", "cpus: 4 needed, 2 offered"],
    ["a", "rack is r2: it is r1", "cpus: 4 needed, 1 offered"],
  ]);
});

Deno.test("shortage: what agents lack each in its own way is told without the ways", () => {
  const other = agent("d", { rack: "r3" });
  const rules = { ...large.rules, unique: ["hostname"] };
  const siblings = [{ agent: a }, { agent: other }];
  const found = shortageOf({ ...large, rules }, [candidate(a, 9, 500), candidate(other, 9, 500)], siblings);
  assertEquals(found.lacks.map(({ text }) => text), [
    "rack is r2",
    "one instance for each hostname: there is one already",
  ]);
});

Deno.test("shortage: an agent counts once, by the offer that comes nearest", () => {
  const small: Instance = { ...large, needs: needing(1, 100), rules: noRules };
  const found = shortageOf(small, [
    candidate(a, 9, 900, "web"),
    candidate(a, 2, 50),
    candidate(b, 2, 200),
    { ...candidate(c, 9, 900, "web"), leaving: "draining" },
  ], []);
  assertEquals([found.agents, found.fitting], [3, 1]);
  assertEquals(found.nearest.map(({ agent, lacks }) => [agent.id, ...lacks]), [
    ["a", "memory: 100 MiB needed, 50 MiB offered"],
    ["c", "is being drained", "offered to the role web, the pod is for mesolet"],
  ]);
});

Deno.test("shortage: of a thousand agents the nearest few are told", () => {
  const candidates = Array.from(
    { length: 1_000 },
    (_, index) => candidate(agent(`agent-${String(index).padStart(4, "0")}`), index / 1_000, 500),
  );
  const found = shortageOf({ ...large, rules: noRules }, candidates, []);
  assertEquals(found.agents, 1_000);
  assertEquals(found.nearest.map(({ agent }) => agent.id), [
    "agent-0999",
    "agent-0998",
    "agent-0997",
    "agent-0996",
    "agent-0995",
  ]);
  assertEquals(found.lacks, [{ text: "cpus: 4 needed, 0.999 offered at most", agents: 1_000 }]);
});
