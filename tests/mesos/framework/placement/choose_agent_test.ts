import { AvailableResources } from "../../../../src/mesos/framework/placement/available_resources.ts";
import { chooseAgent, type Instance } from "../../../../src/mesos/framework/placement/choose_agent.ts";
import { noRules, type RequirementTest } from "../../../../src/mesos/framework/placement/rules.ts";
import { assertEquals } from "../../../support/assert.ts";
import { agent, candidate, needing, scalar } from "./offering.ts";

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
  const gpu = (agent: typeof a, memory: number) => ({
    ...candidate(agent, 2, memory),
    available: new AvailableResources([scalar("cpus", 2), scalar("mem", memory), scalar("gpus", 1)]),
  });
  const far = { ...candidate(agent("far", { region: "us", zone: "u1" }), 2, 900), remote: "us" };
  const near = candidate(agent("near", { region: "eu", zone: "e1" }), 2, 200);
  const region = (test: RequirementTest) => ({ rules: { ...noRules, require: [{ name: "region", test }] } });
  table.push(
    ["where nobody's GPU is kept", [gpu(a, 900), candidate(b, 2, 200)], {}, [{ agent: b }], "b"],
    ["a GPU's agent, where there is no other", [gpu(a, 900), candidate(b, 0.5, 200)], {}, [], "a"],
    [
      "a GPU for who needs one",
      [gpu(a, 100), candidate(b, 2, 900)],
      {
        needs: needing(1, 100, { gpus: 1000 }),
      },
      [],
      "a",
    ],
    ["the master's region", [far, near], {}, [], "near"],
    ["no other one, unless that is asked for", [far], {}, []],
    ["another region that is asked for", [far, near], region({ kind: "is", value: "us" }), [], "far"],
    ["any region but one", [far, near], region({ kind: "not", value: "eu" }), [], "far"],
    ["one of each region", [far, near], { rules: { ...noRules, unique: ["region"] } }, [near], "far"],
    ["spread over regions", [far, near], { rules: { ...noRules, spread: ["region"] } }, [near], "far"],
  );
  for (const [what, candidates, more, siblings, expected] of table) {
    const chosen = chooseAgent({ ...instance, ...more }, candidates, siblings);
    assertEquals(chosen?.agent.id, expected, what);
  }
});
