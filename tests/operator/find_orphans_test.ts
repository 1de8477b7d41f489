import { findOrphans, type OrphanRequest } from "../../src/operator/find_orphans.ts";
import { assertEquals } from "../support/assert.ts";

const bounds = { settle: 250, doubt: 5_000, allowEmpty: false };

function partsOf(names: readonly string[], directory = "/pods") {
  return names.map((name) => ({
    labels: { "io.mesolet.pod": name, "io.mesolet.operator.directory": directory },
  }));
}

/** What is found by looks at these times, each with what the one before left. */
function looks(times: readonly number[], request: Partial<OrphanRequest>): (readonly string[])[] {
  let since: ReadonlyMap<string, number> = new Map();
  return times.map((now) => {
    const found = findOrphans({
      parts: [],
      known: new Set(),
      directories: new Map([["/pods", "known"]]),
      bounds,
      ...request,
      since,
      now,
    });
    since = found.since;
    return found.orphans;
  });
}

const five = ["a", "b", "c", "d", "e"];

const cases: readonly {
  readonly name: string;
  readonly request: Partial<OrphanRequest>;
  readonly is: readonly (readonly string[])[];
}[] = [
  {
    name: "one without a spec is removed at the second look",
    request: { parts: partsOf(["a", "b"]), known: new Set(["b"]) },
    is: [[], ["a"], []],
  },
  {
    name: "most of them, and five: only when they are still without a spec later on",
    request: { parts: partsOf([...five, "f"]), known: new Set(["f"]) },
    is: [[], [], five],
  },
  {
    name: "five of many are no more than each by itself",
    request: {
      parts: partsOf([...five, "f", "g", "h", "i", "j"]),
      known: new Set(["f", "g", "h", "i", "j"]),
    },
    is: [[], five, []],
  },
  {
    name: "four, and there are no others",
    request: { parts: partsOf(["a", "b", "c", "d"]) },
    is: [[], ["a", "b", "c", "d"], []],
  },
  {
    name: "--allow-empty believes it",
    request: { parts: partsOf(five), bounds: { ...bounds, allowEmpty: true } },
    is: [[], five, []],
  },
  {
    name: "a spec of the directory never said which pod it is",
    request: { parts: partsOf(["a"]), directories: new Map([["/pods", "unclear"]]) },
    is: [[], [], []],
  },
  {
    name: "the directory cannot be read",
    request: { parts: partsOf(["a"]), directories: new Map([["/pods", "unreadable"]]) },
    is: [[], [], []],
  },
  {
    name: "pods of another directory, and of nobody",
    request: { parts: [...partsOf(["a"], "/other"), { labels: { "io.mesolet.pod": "b" } }, { labels: {} }] },
    is: [[], [], []],
  },
];

for (const { name, request, is } of cases) {
  Deno.test(`orphans: ${name}`, () =>
    assertEquals(looks([0, 250, 5_000], request), is.map((one) => [...one])));
}

Deno.test("orphans: a spec that comes back begins the time anew", () => {
  const parts = partsOf(["a"]);
  const look = (now: number, known: readonly string[], since: ReadonlyMap<string, number>) =>
    findOrphans({
      parts,
      known: new Set(known),
      directories: new Map([["/pods", "known"]]),
      since,
      now,
      bounds,
    });
  const first = look(0, [], new Map());
  assertEquals(first.lookAgainAt, 250);
  const second = look(200, ["a"], first.since);
  const third = look(300, [], second.since);
  assertEquals([second.orphans, third.orphans, third.lookAgainAt], [[], [], 550]);
});
