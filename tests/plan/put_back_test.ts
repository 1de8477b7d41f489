import type { ObservedContainer } from "../../src/plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../../src/plan/placed.ts";
import { printPlan } from "../../src/plan/print.ts";
import { planPutBack } from "../../src/plan/put_back.ts";
import { Label } from "../../src/pod/labels.ts";
import { setAsideNameOf } from "../../src/pod/names.ts";
import { assertEquals } from "../support/assert.ts";
import { asMade, idFor, placementOf } from "../support/placing.ts";

const pair = `
services:
  a: {image: one}
  b: {image: two, depends_on: [a]}
`;

type State = ObservedContainer["state"];

/** A container that was there before. */
function old(container: PlacedContainer, state: State, where: "aside" | "in place" = "aside") {
  const id = idFor(container.name);
  return asMade(container, {
    state,
    name: where === "aside" ? setAsideNameOf(id, container.name) : container.name,
    ...(state === "exited" ? { exitCode: 137 } : {}),
  });
}

/** The replacement of a container. */
function replacement(container: PlacedContainer, state: State, where: "passing" | "in place" = "in place") {
  const made = asMade(container, {
    id: `ee${idFor(container.name).slice(2)}`,
    name: where === "passing" ? `aaaa_${container.name}` : container.name,
    state,
  });
  // It was made to use the replacements of others.
  const uses = (made.labels[Label.uses] ?? "").split(",").filter((id) => id !== "").map((id) =>
    `ee${id.slice(2)}`
  );
  return {
    ...made,
    networkMode: made.networkMode.replace(/^container:../, "container:ee"),
    labels: {
      ...made.labels,
      [Label.replaces]: container.name,
      ...(uses.length === 0 ? {} : { [Label.uses]: uses.join(",") }),
    },
  };
}

const cases: {
  readonly name: string;
  readonly spec?: string;
  readonly network: string;
  readonly now: (of: (name: string) => PlacedContainer) => ObservedContainer[];
  /** What was there before the change; absent: all of the pod, and it ran. */
  readonly before?: (of: (name: string) => PlacedContainer) => ObservedContainer[];
  readonly plan: string;
}[] = [
  {
    name: "nothing is on its way",
    network: "services",
    now: (of) => [old(of("a"), "running", "in place"), old(of("b"), "exited", "in place")],
    plan: "\nnothing to do\n",
  },
  {
    name: "a replacement did not start",
    network: "services",
    now: (
      of,
    ) => [old(of("a"), "running", "in place"), old(of("b"), "exited"), replacement(of("b"), "created")],
    plan: `
1. remove container shop-b-1: the change was not carried through
2. rename container old_73686f702d62_shop-b-1 to shop-b-1: the change was not carried through [after 1]
3. start container shop-b-1: it ran before [after 2]
`,
  },
  {
    name: "a replacement has not got its name yet",
    network: "services",
    now: (of) => [
      old(of("a"), "running", "in place"),
      old(of("b"), "exited"),
      replacement(of("b"), "created", "passing"),
    ],
    plan: `
1. remove container aaaa_shop-b-1: the change was not carried through
2. rename container old_73686f702d62_shop-b-1 to shop-b-1: the change was not carried through
3. start container shop-b-1: it ran before [after 1-2]
`,
  },
  {
    name: "one was not set aside yet, and its replacement goes; another one runs in its new form and stays",
    network: "services",
    now: (of) => [
      old(of("a"), "exited"),
      replacement(of("a"), "running"),
      old(of("b"), "exited", "in place"),
      replacement(of("b"), "created", "passing"),
    ],
    plan: `
1. remove container aaaa_shop-b-1: the change was not carried through
2. remove container old_73686f702d61_shop-a-1: its successor has started
3. start container shop-b-1: it ran before [after 1-2]
`,
  },
  {
    name: "what had ended before is put back and not started",
    network: "services",
    now: (
      of,
    ) => [old(of("a"), "running", "in place"), old(of("b"), "exited"), replacement(of("b"), "created")],
    before: (of) => [old(of("a"), "running", "in place"), old(of("b"), "exited", "in place")],
    plan: `
1. remove container shop-b-1: the change was not carried through
2. rename container old_73686f702d62_shop-b-1 to shop-b-1: the change was not carried through [after 1]
`,
  },
  {
    name: "what a killed mesolet had set aside counts as having run",
    network: "services",
    now: (
      of,
    ) => [old(of("a"), "running", "in place"), old(of("b"), "exited"), replacement(of("b"), "created")],
    before: (of) => [old(of("a"), "running", "in place"), old(of("b"), "exited")],
    plan: `
1. remove container shop-b-1: the change was not carried through
2. rename container old_73686f702d62_shop-b-1 to shop-b-1: the change was not carried through [after 1]
3. start container shop-b-1: it ran before [after 2]
`,
  },
  {
    name: "but for a job that was done",
    spec: `
services:
  a: {image: one}
  b: {image: two, depends_on: {a: {condition: service_completed_successfully}}}
`,
    network: "services",
    now: (of) => [
      { ...old(of("a"), "exited"), exitCode: 0 },
      replacement(of("a"), "created"),
      old(of("b"), "running", "in place"),
    ],
    before: (of) => [{ ...old(of("a"), "exited"), exitCode: 0 }, old(of("b"), "running", "in place")],
    plan: `
1. remove container shop-a-1: the change was not carried through
2. rename container old_73686f702d61_shop-a-1 to shop-a-1: the change was not carried through [after 1]
`,
  },
  {
    name: "one that was stopped to follow the restart of another starts again",
    network: "services",
    now: (
      of,
    ) => [old(of("a"), "exited"), replacement(of("a"), "created"), old(of("b"), "exited", "in place")],
    plan: `
1. remove container shop-a-1: the change was not carried through
2. rename container old_73686f702d61_shop-a-1 to shop-a-1: the change was not carried through [after 1]
3. start container shop-a-1: it ran before [after 2]
4. start container shop-b-1: it ran before [after 3]
`,
  },
  {
    name: "a namespace is put back as a whole, also where some of the new ones run",
    network: "pod",
    now: (of) => [
      old(of("pause"), "exited"),
      old(of("a"), "exited"),
      old(of("b"), "exited"),
      replacement(of("pause"), "running"),
      replacement(of("a"), "running"),
      replacement(of("b"), "created"),
    ],
    plan: `
 1. stop container shop-a-1: the change was not carried through
 2. stop container shop_pause: the change was not carried through [after 1]
 3. remove container shop-a-1: the change was not carried through [after 1]
 4. remove container shop-b-1: the change was not carried through
 5. remove container shop_pause: the change was not carried through [after 2-4]
 6. rename container old_73686f705f70_shop_pause to shop_pause: the change was not carried through [after 5]
 7. rename container old_73686f702d61_shop-a-1 to shop-a-1: the change was not carried through [after 3]
 8. rename container old_73686f702d62_shop-b-1 to shop-b-1: the change was not carried through [after 4]
 9. start container shop_pause: it ran before [after 6-8]
10. start container shop-a-1: it ran before [after 9]
11. start container shop-b-1: it ran before [after 10]
`,
  },
  {
    name: "one that has its name still, and needs a namespace that was set aside, gets that back",
    network: "pod",
    now: (of) => [
      old(of("pause"), "exited"),
      replacement(of("pause"), "running"),
      old(of("a"), "exited", "in place"),
      replacement(of("a"), "created", "passing"),
      old(of("b"), "exited", "in place"),
      replacement(of("b"), "created", "passing"),
    ],
    plan: `
1. remove container aaaa_shop-a-1: the change was not carried through
2. remove container aaaa_shop-b-1: the change was not carried through
3. stop container shop_pause: the change was not carried through
4. remove container shop_pause: the change was not carried through [after 1-3]
5. rename container old_73686f705f70_shop_pause to shop_pause: the change was not carried through [after 4]
6. start container shop_pause: it ran before [after 5]
7. start container shop-a-1: it ran before [after 6]
8. start container shop-b-1: it ran before [after 7]
`,
  },
  {
    name: "one whose namespace somebody removed is put back and not started",
    network: "pod",
    now: (of) => [
      replacement(of("pause"), "running"),
      old(of("a"), "exited"),
      replacement(of("a"), "created"),
    ],
    before: (of) => [old(of("a"), "running", "in place")],
    plan: `
1. remove container shop-a-1: the change was not carried through
2. rename container old_73686f702d61_shop-a-1 to shop-a-1: the change was not carried through [after 1]
`,
  },
];

function lookUp(placed: PlacedPod): (name: string) => PlacedContainer {
  return (name) => {
    const found = placed.containers.find(({ container, role }) =>
      name === "pause" ? role === "pause" : container === name
    );
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
}

for (const { name, spec, network, now, before, plan } of cases) {
  Deno.test(`put back: ${name}`, async () => {
    const { placed } = await placementOf(spec ?? pair, { network });
    const of = lookUp(placed);
    const ran = before?.(of) ?? placed.containers.map((container) => old(container, "running", "in place"));
    assertEquals(`\n${printPlan(planPutBack("shop", now(of), ran))}`, plan);
  });
}
