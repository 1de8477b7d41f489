import { factsOf } from "../../../../src/mesos/framework/placement/agent_facts.ts";
import { wordsOf } from "../../../../src/mesos/framework/placement/lack.ts";
import {
  crowdingOf,
  lacksOfRules,
  noRules,
  type RequirementTest,
} from "../../../../src/mesos/framework/placement/rules.ts";
import { assertEquals } from "../../../support/assert.ts";
import { agent } from "./offering.ts";

const one = agent("one", { rack: "r1", region: "eu", zone: "a" });

Deno.test("placement: a requirement holds, or says what the agent has instead", () => {
  const table: [string, RequirementTest, string[]][] = [
    ["rack", { kind: "is", value: "r1" }, []],
    ["rack", { kind: "is", value: "r2" }, ["rack is r2: it is r1"]],
    ["rack", { kind: "not", value: "r1" }, ["rack is not r1: it is r1"]],
    ["rack", { kind: "not", value: "r2" }, []],
    ["rack", { kind: "in", values: ["r1", "r2"] }, []],
    ["rack", { kind: "in", values: ["r2", "r3"] }, ["rack is one of r2, r3: it is r1"]],
    ["rack", { kind: "matches", pattern: "r[0-9]" }, []],
    ["rack", { kind: "matches", pattern: "r" }, ["rack matches r: it is r1"]],
    ["rack", { kind: "matches", pattern: "r1|x" }, []],
    ["hostname", { kind: "is", value: "one.example" }, []],
    ["region", { kind: "is", value: "eu" }, []],
    ["zone", { kind: "in", values: ["b"] }, ["zone is one of b: it is a"]],
    ["disk", { kind: "is", value: "ssd" }, ["disk is ssd: the agent has no such attribute"]],
    ["disk", { kind: "not", value: "ssd" }, []],
    ["disk", { kind: "matches", pattern: ".*" }, ["disk matches .*: the agent has no such attribute"]],
    ["attributes.rack", { kind: "is", value: "r1" }, []],
    ["attributes.zone", { kind: "is", value: "a" }, [
      "attributes.zone is a: the agent has no such attribute",
    ]],
  ];
  for (const [name, test, expected] of table) {
    const lacks = lacksOfRules({ ...noRules, require: [{ name, test }] }, one, []);
    assertEquals(lacks.map(wordsOf), expected, `${name} ${test.kind}`);
  }
});

Deno.test("placement: attributes of every kind are compared as people write them", () => {
  const facts = factsOf({
    id: { value: "o" },
    framework_id: { value: "f" },
    agent_id: { value: "a" },
    hostname: "h",
    attributes: [
      { name: "cores", type: "SCALAR", scalar: { value: 0.1 + 0.2 } },
      { name: "tags", type: "SET", set: { item: ["ssd", "gpu"] } },
      { name: "vlans", type: "RANGES", ranges: { range: [{ begin: 1, end: 5 }, { begin: 7, end: 7 }] } },
      { name: "tags", type: "TEXT", text: { value: "fast" } },
    ],
  });
  const values = (name: string) => facts.attributes.get(name);
  assertEquals(values("cores"), ["0.3"]);
  assertEquals(values("tags"), ["ssd", "gpu", "fast"]);
  assertEquals(values("vlans"), ["1-5", "7"]);
  const tagged = (test: RequirementTest) =>
    lacksOfRules({ ...noRules, require: [{ name: "tags", test }] }, facts, []).length === 0;
  assertEquals(tagged({ kind: "is", value: "gpu" }), true);
  assertEquals(tagged({ kind: "not", value: "gpu" }), false);
});

Deno.test("placement: one instance for each value, and none where there is no value", () => {
  const rules = { ...noRules, unique: ["rack"] };
  const at = (rack: string) => ({ agent: agent(rack, { rack }) });
  assertEquals(lacksOfRules(rules, one, [at("r2")]), []);
  assertEquals(lacksOfRules(rules, one, [at("r2"), at("r1")]).map(wordsOf), [
    "one instance for each rack: there is one at r1 already",
  ]);
  assertEquals(lacksOfRules(rules, agent("bare"), []).map(wordsOf), [
    "one instance for each rack: the agent has no such attribute",
  ]);
});

Deno.test("placement: crowding counts who shares a value, the hosts last", () => {
  const rules = { ...noRules, spread: ["zone", "rack"] };
  const siblings = [
    { agent: agent("two", { region: "eu", zone: "a", rack: "r2" }) },
    { agent: agent("three", { region: "eu", zone: "b", rack: "r1" }) },
    { agent: one },
    { agent: agent("bare") },
  ];
  assertEquals(crowdingOf(rules, one, siblings), [2, 2, 1]);
  assertEquals(crowdingOf(rules, agent("other"), siblings), [1, 1, 0]);
});
