import type { Observed } from "../../src/plan/observed.ts";
import type { PlacedPod } from "../../src/plan/placed.ts";
import { defaultUpOptions } from "../../src/plan/plan_options.ts";
import { planUp } from "../../src/plan/up.ts";
import { Label } from "../../src/pod/labels.ts";
import { assertEquals } from "../support/assert.ts";
import { allThere, asMade, placementOf } from "../support/placing.ts";
import { pair, testUp } from "../support/planning_up.ts";

/** What is seen of a pair when the replacing of b was broken off: the old one is set aside already. */
function amidSwap(
  placed: PlacedPod,
  state: {
    readonly old: "exited" | "running";
    /** By default it is the replacement that is as wanted. */
    readonly oldIs?: "wanted";
    /** Absent: it is gone. `passing`: not renamed yet. */
    readonly replacement?: "passing" | "created" | "running";
  },
): Observed {
  const seen = allThere(placed, ({ container }) => container === "b" ? "absent" : {});
  const wanted = placed.containers.find(({ container }) => container === "b");
  if (wanted === undefined) throw new Error("no b");
  const other = { [Label.hash]: "1:00" };
  const old = asMade(wanted, { id: "d".repeat(64), name: "old_dddddddddddd_shop-b-1", state: state.old });
  const { replacement } = state;
  const made = asMade(wanted, {
    id: "e".repeat(64),
    name: replacement === "passing" ? "aaaa_shop-b-1" : "shop-b-1",
    state: replacement === "running" ? "running" : "created",
  });
  const isBack = state.oldIs === "wanted";
  return {
    ...seen,
    containers: [
      ...seen.containers,
      { ...old, labels: { ...old.labels, ...(isBack ? {} : other) } },
      ...(replacement === undefined ? [] : [{
        ...made,
        labels: { ...made.labels, [Label.replaces]: "shop-b-1", ...(isBack ? other : {}) },
      }]),
    ],
  };
}

testUp([
  {
    name: "a crash before the renaming: only the renaming is made up for",
    spec: pair,
    seen: (placed) => {
      const seen = allThere(placed, ({ container }) => container === "b" ? "absent" : {});
      const replacement = placed.containers.find(({ container }) => container === "b");
      if (replacement === undefined) throw new Error("no b");
      const made = asMade(replacement, { name: "aaaa_shop-b-1", state: "created" });
      return {
        ...seen,
        containers: [...seen.containers, {
          ...made,
          labels: { ...made.labels, [Label.replaces]: "shop-b-1" },
        }],
      };
    },
    plan: `
1. rename container aaaa_shop-b-1 to shop-b-1: a replacement was left with its passing name
2. start container shop-b-1: it was left created and not started [after 1]
`,
  },
  {
    name: "a crash after the replacement was made: it is removed and the old one kept",
    spec: pair,
    seen: (placed) => {
      const seen = allThere(placed);
      const replacement = placed.containers.find(({ container }) => container === "b");
      if (replacement === undefined) throw new Error("no b");
      const made = asMade(replacement, { id: "e".repeat(64), name: "aaaa_shop-b-1", state: "created" });
      return {
        ...seen,
        containers: [...seen.containers, {
          ...made,
          labels: { ...made.labels, [Label.replaces]: "shop-b-1" },
        }],
      };
    },
    plan: "\n1. remove container aaaa_shop-b-1: a replacement was left unfinished\n",
  },
  {
    name:
      "a crash after the old one was set aside: its replacement gets the name, starts, and only then it goes",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", replacement: "passing" }),
    plan: `
1. rename container aaaa_shop-b-1 to shop-b-1: a replacement was left with its passing name
2. start container shop-b-1: it was left created and not started [after 1]
3. remove container old_dddddddddddd_shop-b-1: its successor has started [after 2]
`,
  },
  {
    name: "a crash before the start of a replacement: what was set aside goes when it has started",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", replacement: "created" }),
    plan: `
1. start container shop-b-1: it was created and never started
2. remove container old_dddddddddddd_shop-b-1: its successor has started [after 1]
`,
  },
  {
    name: "a crash after the start of a replacement: what was set aside goes",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", replacement: "running" }),
    plan: `
1. remove container old_dddddddddddd_shop-b-1: its successor has started
`,
  },
  {
    name: "a crash amid a change that is not wanted any more: what was set aside is put back",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", oldIs: "wanted", replacement: "passing" }),
    plan: `
1. remove container aaaa_shop-b-1: a replacement was left unfinished
2. rename container old_dddddddddddd_shop-b-1 to shop-b-1: it was set aside for a replacement that never started
3. start container shop-b-1: it is put back [after 1-2]
`,
  },
  {
    name: "a crash amid a change, and another change since: what was set aside is what is replaced",
    spec: pair.replace("two}", "two, command: newest}"),
    before: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", replacement: "created" }),
    plan: `
1. remove container shop-b-1: a replacement was left unfinished
2. create container dddddddddddd_shop-b-1: its spec changed
3. rename container dddddddddddd_shop-b-1 to shop-b-1: its predecessor has made room [after 1-2]
4. start container shop-b-1: it is new in place of the old one [after 3]
5. remove container old_dddddddddddd_shop-b-1: its successor has started [after 4]
`,
  },
  {
    name: "a crash amid a change of a container that is not asked for now: it is left as it is",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", replacement: "created" }),
    options: { only: ["a"] },
    plan: "\nnothing to do\n",
  },
  {
    name: "a crash between making and copying or connecting: what is missing is done before the start",
    spec: `
services: {a: {image: one, configs: [{source: c, target: /c}], networks: {x: {priority: 1}, y: {}, z: {}}}}
networks: {x: {}, y: {}, z: {}}
configs: {c: {content: hello}}
`,
    network: "services",
    seen: (placed) =>
      allThere(placed, () => ({
        state: "created",
        networks: { shop_x: { networkId: "net-shop_x" }, shop_z: { networkId: "net-shop_z" } },
      })),
    plan: `
1. connect container shop-a-1 to network shop_y: it is on several networks
2. copy /c (5 bytes) into shop-a-1: it is a secret or config that is no file of this host [after 1]
3. start container shop-a-1: it was created and never started [after 2]
`,
  },
  {
    name: "what was set aside and was started again by the engine makes room first",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "running", replacement: "created" }),
    plan: `
1. stop container old_dddddddddddd_shop-b-1: it was set aside for its successor
2. start container shop-b-1: it was created and never started [after 1]
3. remove container old_dddddddddddd_shop-b-1: its successor has started [after 2]
`,
  },
  {
    name: "the same, when the replacement has the name already",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", oldIs: "wanted", replacement: "created" }),
    plan: `
1. remove container shop-b-1: a replacement was left unfinished
2. rename container old_dddddddddddd_shop-b-1 to shop-b-1: it was set aside for a replacement that never started [after 1]
3. start container shop-b-1: it is put back [after 2]
`,
  },
  {
    name: "the same, when somebody removed the replacement",
    spec: pair,
    seen: (placed) => amidSwap(placed, { old: "exited", oldIs: "wanted" }),
    plan: `
1. rename container old_dddddddddddd_shop-b-1 to shop-b-1: it was set aside for a replacement that never started
2. start container shop-b-1: it is put back [after 1]
`,
  },
  {
    name: "who uses the IPC namespace, or volumes, of a container that a crash left replaced follows it",
    spec: `
services:
  a: {image: one, ipc: shareable}
  b: {image: two, ipc: "service:a"}
  c: {image: three, volumes_from: [a]}
`,
    network: "host",
    // A crash came between the replacing of a and that of the others, which know the one that is gone.
    seen: (placed) => {
      const seen = allThere(placed);
      const containers = seen.containers.map((each) =>
        each.name === "shop-a-1" ? { ...each, id: "e".repeat(64) } : each
      );
      return { ...seen, containers };
    },
    plan: `
 1. create container 73686f702d62_shop-b-1: a container whose namespaces or volumes it used is gone
 2. create container 73686f702d63_shop-c-1: a container whose namespaces or volumes it used is gone
 3. stop container shop-b-1: a container whose namespaces or volumes it used is gone [after 1-2]
 4. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 3]
 5. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 4]
 6. stop container shop-c-1: a container whose namespaces or volumes it used is gone [after 1-2]
 7. rename container shop-c-1 to old_73686f702d63_shop-c-1: it is kept until its successor has started [after 6]
 8. rename container 73686f702d63_shop-c-1 to shop-c-1: its predecessor has made room [after 7]
 9. start container shop-b-1: it is new in place of the old one [after 5]
10. remove container old_73686f702d62_shop-b-1: its successor has started [after 9]
11. start container shop-c-1: it is new in place of the old one [after 8]
12. remove container old_73686f702d63_shop-c-1: its successor has started [after 11]
`,
  },
  {
    name: "--no-start keeps nothing of what is replaced",
    spec: pair.replace("two}", "two, command: new}"),
    before: pair,
    seen: (placed) => allThere(placed),
    options: { start: false },
    plan: `
1. create container 73686f702d62_shop-b-1: its spec changed
2. stop container shop-b-1: its spec changed [after 1]
3. rename container shop-b-1 to old_73686f702d62_shop-b-1: its successor is made [after 2]
4. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 3]
5. remove container old_73686f702d62_shop-b-1: its successor is made [after 4]
`,
  },
]);

Deno.test("up: the passing name of a leftover is free before it is used again", async () => {
  const { placed: before } = await placementOf(pair);
  const { placed } = await placementOf(pair.replace("two}", "two, command: new}"));
  const seen = allThere(before);
  const old = seen.containers.find(({ name }) => name === "shop-b-1");
  const wanted = placed.containers.find(({ name }) => name === "shop-b-1");
  if (old === undefined || wanted === undefined) throw new Error("no b");
  const left = asMade(wanted, {
    id: "e".repeat(64),
    name: `${old.id.slice(0, 12)}_shop-b-1`,
    state: "created",
  });
  const containers = [...seen.containers, {
    ...left,
    labels: { ...left.labels, [Label.replaces]: "shop-b-1" },
  }];
  const { steps } = planUp(placed, { ...seen, containers }, defaultUpOptions);
  const create = steps.find((step) => step.kind === "create-container");
  assertEquals(create?.after, [`remove ${left.name}`]);
});
