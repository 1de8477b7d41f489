import {
  chooseAgent,
  explain,
  type Instance,
  summaryOf,
} from "../../../../src/mesos/framework/placement/choose_agent.ts";
import { noRules } from "../../../../src/mesos/framework/placement/rules.ts";
import { assertEquals } from "../../../support/assert.ts";
import { agent, candidate, needing } from "./offering.ts";

const a = agent("a", { rack: "r1" });
const b = agent("b", { rack: "r1" });
const c = agent("c", { rack: "r2" });
const instance: Instance = { needs: needing(1, 100), rules: noRules, roles: ["mesolet"] };

Deno.test("placement: of the agents that will do, the choice is the same every time", () => {
  const table: [string, ReturnType<typeof candidate>[], Partial<Instance>, { agent: typeof a }[], string?][] =
    [
      ["nothing is offered", [], {}, []],
      ["the one that is large enough", [candidate(a, 0.5, 500), candidate(b, 2, 100)], {}, [], "b"],
      ["none is", [candidate(a, 0.5, 500)], {}, []],
      ["the one with the most memory left", [candidate(a, 9, 200), candidate(b, 2, 300)], {}, [], "b"],
      ["the first by id, in whatever order", [candidate(c, 2, 300), candidate(a, 2, 300)], {}, [], "a"],
      [
        "where no sibling is, though there is less left",
        [candidate(a, 2, 300), candidate(b, 2, 200)],
        {},
        [{ agent: a }],
        "b",
      ],
      [
        "in the rack with fewer siblings",
        [candidate(b, 2, 900), candidate(c, 2, 200)],
        { rules: { ...noRules, spread: ["rack"] } },
        [{ agent: a }],
        "c",
      ],
      [
        "never twice in one rack",
        [candidate(b, 2, 900)],
        { rules: { ...noRules, unique: ["rack"] } },
        [{ agent: a }],
      ],
      [
        "the preferred role",
        [candidate(a, 2, 900, "other"), candidate(b, 2, 200)],
        { roles: ["mesolet", "other"] },
        [],
        "b",
      ],
      ["none of another role", [candidate(a, 2, 900, "other")], {}, []],
      [
        "none that is to be left",
        [{ ...candidate(a, 2, 900), leaving: "maintenance" }, candidate(b, 2, 200)],
        {},
        [],
        "b",
      ],
    ];
  for (const [what, candidates, more, siblings, expected] of table) {
    const chosen = chooseAgent({ ...instance, ...more }, candidates, siblings);
    assertEquals(chosen?.agent.id, expected, what);
  }
});

Deno.test("placement: why there is no place is told for all agents in a line", () => {
  assertEquals(summaryOf(explain(instance, [], [])), "no agent offers anything at the moment");
  const large: Instance = {
    needs: needing(4, 100),
    rules: { ...noRules, require: [{ name: "rack", test: { kind: "is", value: "r2" } }] },
    roles: ["mesolet"],
  };
  const candidates = [candidate(a, 1, 500), candidate(b, 2, 500), candidate(c, 3, 500)];
  const none = explain(large, candidates, []);
  assertEquals(
    summaryOf(none),
    "3 of 3 agents: cpus: 4 needed, 3 offered at most; 2 of 3 agents: rack is r2: it is r1",
  );
  assertEquals(none.agents.map(({ agent, lacks }) => `${agent.id} ${lacks.length}`), ["a 2", "b 2", "c 1"]);
  assertEquals(
    summaryOf(explain(large, [{ ...candidate(c, 9, 900, "web"), leaving: "draining" }], [])),
    "1 of 1 agents: is being drained; 1 of 1 agents: offered to the role web, the pod is for mesolet",
  );
});
