import { chooseAgent, type Instance } from "../../../../src/mesos/framework/placement/choose_agent.ts";
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
