import { planUp } from "../../src/plan/up.ts";
import { PlanError } from "../../src/plan/plan_error.ts";
import { defaultUpOptions, type UpOptions } from "../../src/plan/plan_options.ts";
import { printPlan } from "../../src/plan/print.ts";
import type { Observed } from "../../src/plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../../src/plan/placed.ts";
import { Label } from "../../src/pod/labels.ts";
import { pauseImageName } from "../../src/pod/names.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { allThere, anImage, asMade, idFor, nothingThere, objectOf, placementOf } from "../support/placing.ts";

const shop = `
services:
  web:
    image: web
    ports: ["8080:80"]
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
  db:
    image: db
    healthcheck: {test: "true"}
    volumes: [data:/data]
  migrate:
    image: db
    command: migrate
    depends_on: {db: {condition: service_healthy}}
volumes: {data: {}}
`;

const pair = `
services:
  a: {image: one}
  b: {image: two}
`;

/** Everything of the shop as it is some time after a good start. */
function settled(container: PlacedContainer) {
  if (container.container === "migrate") return { state: "exited" as const, exitCode: 0 };
  return container.container === "db" ? { health: "healthy" as const } : {};
}

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

interface Case {
  readonly name: string;
  readonly spec: string;
  /** The spec that what is there was made from, when it is another one. */
  readonly before?: string;
  readonly network?: string;
  readonly supervision?: "mesolet" | "engine";
  readonly seen: (placed: PlacedPod) => Observed;
  readonly options?: Partial<UpOptions>;
  readonly plan: string;
}

const cases: Case[] = [
  {
    name: "a new pod: all is made before the first start, conditions are waited for",
    spec: shop,
    seen: (placed) => nothingThere(placed),
    plan: `
 1. create network mesolet: no pod of this host has made the shared network yet
 2. create volume shop_data: it is not there
 3. create container shop_pause: it is not there [after 1-2]
 4. create container shop-db-1: it is not there [after 3]
 5. create container shop-migrate-1: it is not there [after 3]
 6. create container shop-web-1: it is not there [after 3]
 7. start container shop_pause: it is new [after 4-6]
 8. start container shop-db-1: it is new [after 7]
 9. wait until shop-db-1 is healthy: others need it healthy [after 8]
10. start container shop-migrate-1: it is new [after 9]
11. wait until shop-migrate-1 is completed: others need it to have completed [after 10]
12. start container shop-web-1: it is new [after 11]
`,
  },
  {
    name: "nothing changed",
    spec: shop,
    seen: (placed) => allThere(placed, settled),
    plan: "\nnothing to do\n",
  },
  {
    name: "pulls come first, and the pause image is loaded and not pulled",
    spec: pair,
    seen: (placed) =>
      nothingThere(placed, { images: new Map([["one", null], ["two", anImage], [pauseImageName, null]]) }),
    plan: `
1. load built-in image mesolet/pause:2: the built-in image of the pause container is not there
2. pull image one: it is not there
3. create network mesolet: no pod of this host has made the shared network yet [after 2]
4. create container shop_pause: it is not there [after 1, 3]
5. create container shop-a-1: it is not there [after 4]
6. create container shop-b-1: it is not there [after 4]
7. start container shop_pause: it is new [after 5-6]
8. start container shop-a-1: it is new [after 7]
9. start container shop-b-1: it is new [after 7]
`,
  },
  {
    name: "one container changed: it alone is replaced, and its successor is made before it stops",
    spec: pair.replace("two}", "two, command: new}"),
    before: pair,
    seen: (placed) => allThere(placed),
    plan: `
1. create container 73686f702d62_shop-b-1: its spec changed
2. stop container shop-b-1: its spec changed [after 1]
3. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 3]
5. start container shop-b-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d62_shop-b-1: its successor has started [after 5]
`,
  },
  {
    name: "a pod-level change replaces the pause container and all who live in its namespaces",
    spec: pair.replace("one}", 'one, ports: ["80:80"]}'),
    before: pair,
    seen: (placed) => allThere(placed),
    plan: `
 1. create container 73686f705f70_shop_pause: its spec changed
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container 73686f702d62_shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 4. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 5. stop container shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 6. stop container shop_pause: its spec changed [after 4-5]
 7. rename container shop_pause to old_73686f705f70_shop_pause: it is kept until its successor has started [after 6]
 8. rename container 73686f705f70_shop_pause to shop_pause: its predecessor has made room [after 7]
 9. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 4]
10. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 9]
11. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 5]
12. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 11]
13. start container shop_pause: it is new in place of the old one [after 8]
14. start container shop-a-1: it is new in place of the old one [after 10, 13]
15. start container shop-b-1: it is new in place of the old one [after 12-13]
16. remove container old_73686f702d61_shop-a-1: its successor has started [after 14-15]
17. remove container old_73686f702d62_shop-b-1: its successor has started [after 14-15]
18. remove container old_73686f705f70_shop_pause: its successor has started [after 16-17]
`,
  },
  {
    name: "an image that moved",
    spec: pair,
    seen: (placed) =>
      allThere(placed, () => ({}), {
        images: new Map([["one", anImage], ["two", { ...anImage, id: "sha256:0002" }], [
          pauseImageName,
          anImage,
        ]]),
      }),
    plan: `
1. create container 73686f702d62_shop-b-1: the image two changed
2. stop container shop-b-1: the image two changed [after 1]
3. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 3]
5. start container shop-b-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d62_shop-b-1: its successor has started [after 5]
`,
  },
  {
    name: "a hash of another schema restarts nothing",
    spec: pair,
    seen: (placed) => {
      const seen = allThere(placed);
      return {
        ...seen,
        containers: seen.containers.map((each) => ({
          ...each,
          labels: { ...each.labels, [Label.hash]: "9:ffff" },
        })),
      };
    },
    plan: "\nnothing to do\n",
  },
  {
    name: "an ended container is started by up",
    spec: pair,
    seen: (placed) =>
      allThere(placed, ({ container }) => container === "a" ? { state: "exited", exitCode: 1 } : {}),
    plan: "\n1. start container shop-a-1: it has ended\n",
  },
  {
    name: "an ended container is left to its restart policy when a pod is adopted",
    spec: pair,
    seen: (placed) =>
      allThere(placed, ({ container }) => container === "a" ? { state: "exited", exitCode: 1 } : {}),
    options: { ended: "leave" },
    plan: "\nnothing to do\n",
  },
  {
    name: "the pause container ended: those who run without it are started anew",
    spec: pair,
    seen: (placed) =>
      allThere(
        placed,
        ({ role, container }) =>
          role === "pause" || container === "b" ? { state: "exited", exitCode: 0 } : {},
      ),
    options: { ended: "leave" },
    plan: `
1. stop container shop-a-1: what it depends on is started anew
2. start container shop_pause: it has ended
3. start container shop-a-1: what it depends on was started anew [after 1-2]
`,
  },
  {
    name: "the pause container is gone: it is made again, and so are its members",
    spec: pair,
    seen: (placed) => allThere(placed, ({ role }) => role === "pause" ? "absent" : {}),
    options: { ended: "leave" },
    plan: `
 1. create container shop_pause: it is not there
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container 73686f702d62_shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 4. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 5. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 4]
 6. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 5]
 7. stop container shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 8. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 7]
 9. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 8]
10. start container shop_pause: it is new [after 4, 7]
11. start container shop-a-1: it is new in place of the old one [after 6, 10]
12. remove container old_73686f702d61_shop-a-1: its successor has started [after 11]
13. start container shop-b-1: it is new in place of the old one [after 9-10]
14. remove container old_73686f702d62_shop-b-1: its successor has started [after 13]
`,
  },
  {
    name: "members that hold the namespace of a pause container that is gone are replaced",
    spec: pair,
    seen: (placed) =>
      allThere(placed, ({ role }) => role === "pause" ? {} : { networkMode: `container:${"f".repeat(64)}` }),
    plan: `
 1. create container 73686f702d61_shop-a-1: a container whose namespaces or volumes it used is gone
 2. create container 73686f702d62_shop-b-1: a container whose namespaces or volumes it used is gone
 3. stop container shop-a-1: a container whose namespaces or volumes it used is gone [after 1-2]
 4. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 3]
 5. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 4]
 6. stop container shop-b-1: a container whose namespaces or volumes it used is gone [after 1-2]
 7. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 6]
 8. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 7]
 9. start container shop-a-1: it is new in place of the old one [after 5]
10. remove container old_73686f702d61_shop-a-1: its successor has started [after 9]
11. start container shop-b-1: it is new in place of the old one [after 8]
12. remove container old_73686f702d62_shop-b-1: its successor has started [after 11]
`,
  },
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
    name: "orphans are named and left alone",
    spec: "services: {a: {image: one}}",
    before: pair,
    seen: (placed) => allThere(placed),
    plan: `
warning: not in the spec any more, and left alone: shop-b-1 (remove with --remove-orphans)
nothing to do
`,
  },
  {
    name: "a new name in the pod, and an orphan that lived in the namespace that is made anew",
    spec: "services: {a: {image: one}, c: {image: two}}",
    before: pair,
    seen: (placed) => allThere(placed),
    plan: `
 1. create container 73686f705f70_shop_pause: the name c is new in the pod
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container shop-c-1: it is not there [after 1]
 4. stop container shop-b-1: the pod's namespaces are made anew without it [after 2-3]
 5. remove container shop-b-1: the pod's namespaces are made anew without it [after 4]
 6. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 7. stop container shop_pause: the name c is new in the pod [after 6]
 8. rename container shop_pause to old_73686f705f70_shop_pause: it is kept until its successor has started [after 7]
 9. rename container 73686f705f70_shop_pause to shop_pause: its predecessor has made room [after 8]
10. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 6]
11. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 10]
12. start container shop_pause: it is new in place of the old one [after 5, 9]
13. start container shop-a-1: it is new in place of the old one [after 11-12]
14. remove container old_73686f702d61_shop-a-1: its successor has started [after 13]
15. remove container old_73686f705f70_shop_pause: its successor has started [after 14]
16. start container shop-c-1: it is new [after 12]
`,
  },
  {
    name: "who asks to be restarted with a dependency is, when that is replaced",
    spec:
      "services: {a: {image: one, command: new}, b: {image: two, depends_on: {a: {condition: service_started, restart: true}}}}",
    before:
      "services: {a: {image: one}, b: {image: two, depends_on: {a: {condition: service_started, restart: true}}}}",
    seen: (placed) => allThere(placed),
    plan: `
1. create container 73686f702d61_shop-a-1: its spec changed
2. stop container shop-b-1: what it depends on is started anew [after 1]
3. stop container shop-a-1: its spec changed [after 2]
4. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 3]
5. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 4]
6. start container shop-a-1: it is new in place of the old one [after 5]
7. remove container old_73686f702d61_shop-a-1: its successor has started [after 6]
8. start container shop-b-1: what it depends on was started anew [after 6]
`,
  },
  {
    name: "a changed network stays as it is while somebody stays on it",
    spec: `${pair}networks: {default: {internal: true}}`,
    before: pair,
    network: "services",
    seen: (placed) => allThere(placed),
    options: { recreate: "never" },
    plan: `
warning: network shop_default keeps its old definition, as shop-a-1, shop-b-1 would stay on it: up without names of services and without --no-recreate makes it anew
nothing to do
`,
  },
  {
    name: "a changed network is not made anew for one of two who are on it",
    spec: `${pair}networks: {default: {internal: true}}`,
    before: pair,
    network: "services",
    seen: (placed) => allThere(placed),
    options: { only: ["a"] },
    plan: `
warning: network shop_default keeps its old definition, as shop-b-1 would stay on it: up without names of services and without --no-recreate makes it anew
1. create container 73686f702d61_shop-a-1: its spec changed
2. stop container shop-a-1: its spec changed [after 1]
3. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 3]
5. start container shop-a-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d61_shop-a-1: its successor has started [after 5]
`,
  },
  {
    name: "up of one service whose change concerns the namespaces of all takes the others along",
    spec: pair.replace("one}", 'one, ports: ["80:80"]}'),
    before: pair,
    seen: (placed) => allThere(placed),
    options: { only: ["a"] },
    plan: `
warning: the pod's namespaces are made anew, and with them b
 1. create container 73686f705f70_shop_pause: its spec changed
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container 73686f702d62_shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 4. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 5. stop container shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 6. stop container shop_pause: its spec changed [after 4-5]
 7. rename container shop_pause to old_73686f705f70_shop_pause: it is kept until its successor has started [after 6]
 8. rename container 73686f705f70_shop_pause to shop_pause: its predecessor has made room [after 7]
 9. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 4]
10. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 9]
11. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 5]
12. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 11]
13. start container shop_pause: it is new in place of the old one [after 8]
14. start container shop-a-1: it is new in place of the old one [after 10, 13]
15. start container shop-b-1: it is new in place of the old one [after 12-13]
16. remove container old_73686f702d61_shop-a-1: its successor has started [after 14-15]
17. remove container old_73686f702d62_shop-b-1: its successor has started [after 14-15]
18. remove container old_73686f705f70_shop_pause: its successor has started [after 16-17]
`,
  },
  {
    name: "a pod that gives up its total gives up its cgroup",
    spec: "services: {a: {image: one}}",
    before: "services: {a: {image: one}}\nx-pod: {resources: {mem: 64m}}",
    network: "host",
    seen: (placed) => allThere(placed),
    plan: `
1. create container 73686f702d61_shop-a-1: its spec changed
2. stop container shop-a-1: its spec changed [after 1]
3. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 3]
5. start container shop-a-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d61_shop-a-1: its successor has started [after 5]
7. remove cgroup /mesolet/shop: the pod has no total any more [after 6]
`,
  },
  {
    name: "each container gets the image it asks for",
    spec:
      "services: {a: {image: one}, b: {image: one, pull_policy: always}, c: {image: one, platform: linux/arm64}}",
    network: "host",
    seen: (placed) => allThere(placed),
    plan: `
1. pull image one: its pull policy is always
`,
  },
  {
    name: "fewer replicas",
    spec: "services: {a: {image: one, scale: 1}}",
    before: "services: {a: {image: one, scale: 3}}",
    network: "services",
    seen: (placed) => allThere(placed),
    plan: `
1. stop container shop-a-2: the spec asks for fewer replicas, or for another name
2. remove container shop-a-2: the spec asks for fewer replicas, or for another name [after 1]
3. stop container shop-a-3: the spec asks for fewer replicas, or for another name
4. remove container shop-a-3: the spec asks for fewer replicas, or for another name [after 3]
`,
  },
  {
    name: "fewer replicas: the hooks of the one that goes are those of the others",
    spec: "services: {a: {image: one, scale: 1, pre_stop: [{command: [leave]}]}}",
    before: "services: {a: {image: one, scale: 2, pre_stop: [{command: [leave]}]}}",
    network: "services",
    seen: (placed) => allThere(placed),
    plan: `
1. run pre_stop hook in shop-a-2: the spec has a pre_stop hook
2. stop container shop-a-2: the spec asks for fewer replicas, or for another name [after 1]
3. remove container shop-a-2: the spec asks for fewer replicas, or for another name [after 2]
`,
  },
  {
    name: "a container that the spec no longer names has hooks that nobody knows",
    spec: "services: {a: {image: one}}",
    before: "services: {a: {image: one}, b: {image: two, pre_stop: [{command: [leave]}]}}",
    network: "services",
    seen: (placed) => allThere(placed),
    options: { removeOrphans: true },
    plan: `
warning: shop-b-1: its pre_stop hooks are not run, as the spec that has them is not given
1. stop container shop-b-1: the spec does not name it any more
2. remove container shop-b-1: the spec does not name it any more [after 1]
`,
  },
  {
    name: "services mode runs completed containers again, as Docker Compose does",
    spec: shop,
    network: "services",
    seen: (placed) => allThere(placed, settled),
    plan: "\n1. start container shop-migrate-1: it has ended\n",
  },
  {
    name: "a changed network is made anew, and so is what is on it",
    spec: `${pair}networks: {default: {internal: true}}`,
    before: pair,
    network: "services",
    seen: (placed) => allThere(placed),
    plan: `
 1. stop container shop-a-1: its spec changed
 2. remove container shop-a-1: its spec changed [after 1]
 3. stop container shop-b-1: its spec changed
 4. remove container shop-b-1: its spec changed [after 3]
 5. remove network shop_default: its definition changed [after 2, 4]
 6. create network shop_default: its definition changed [after 5]
 7. create container shop-a-1: its spec changed [after 6]
 8. create container shop-b-1: its spec changed [after 6]
 9. start container shop-a-1: it is new in place of the old one [after 7-8]
10. start container shop-b-1: it is new in place of the old one [after 7-8]
`,
  },
  {
    name: "who depends on what leaves a network that is made anew stops before it",
    spec: `
services:
  a: {image: one, networks: [x]}
  b: {image: two, command: new, depends_on: [a], networks: [y]}
  c: {image: three, depends_on: {a: {condition: service_started, restart: true}}, networks: [y]}
networks: {x: {internal: true}, y: {}}
`,
    before: `
services:
  a: {image: one, networks: [x]}
  b: {image: two, depends_on: [a], networks: [y]}
  c: {image: three, depends_on: {a: {condition: service_started, restart: true}}, networks: [y]}
networks: {x: {}, y: {}}
`,
    network: "services",
    seen: (placed) => allThere(placed),
    plan: `
 1. stop container shop-b-1: its spec changed
 2. stop container shop-c-1: what it depends on is started anew
 3. stop container shop-a-1: its spec changed [after 1-2]
 4. remove container shop-a-1: its spec changed [after 3]
 5. remove network shop_x: its definition changed [after 4]
 6. create network shop_x: its definition changed [after 5]
 7. create container shop-a-1: its spec changed [after 6]
 8. create container 73686f702d62_shop-b-1: its spec changed [after 6]
 9. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 7-8]
10. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 9]
11. start container shop-a-1: it is new in place of the old one [after 7-8]
12. start container shop-b-1: it is new in place of the old one [after 10-11]
13. remove container old_73686f702d62_shop-b-1: its successor has started [after 12]
14. start container shop-c-1: what it depends on was started anew [after 11]
`,
  },
  {
    name: "a changed volume keeps its data and is spoken of",
    spec: shop.replace("volumes: {data: {}}", "volumes: {data: {labels: {a: b}}}"),
    before: shop,
    seen: (placed) => allThere(placed, settled),
    plan: `
warning: volume shop_data keeps its old definition and its data: remove it with down -v to have it made anew
nothing to do
`,
  },
  {
    name: "hooks run after the start, and others wait for them",
    spec: `
services:
  a: {image: one, post_start: [{command: [one]}, {command: [two]}]}
  b: {image: two, depends_on: [a]}
`,
    network: "host",
    seen: (placed) => nothingThere(placed),
    plan: `
1. create container shop-a-1: it is not there
2. create container shop-b-1: it is not there
3. start container shop-a-1: it is new [after 1-2]
4. run post_start hook in shop-a-1: the spec has a post_start hook [after 3]
5. run post_start hook in shop-a-1: the spec has a post_start hook [after 4]
6. start container shop-b-1: it is new [after 5]
`,
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
    name: "content is copied in between, into a volume where the root is read-only",
    spec: `
services:
  a: {image: one, read_only: true, configs: [{source: c, target: /etc/app/c}]}
configs: {c: {content: hello}}
`,
    network: "host",
    seen: (placed) => nothingThere(placed),
    plan: `
1. create volume shop-a-1_files: it takes the secrets and configs of a container with a read-only root
2. create container shop-a-1: it is not there [after 1]
3. copy /etc/app/c (5 bytes) into shop-a-1: it is a secret or config that is no file of this host [after 2]
4. start container shop-a-1: it is new [after 3]
`,
  },
  {
    name: "on an engine before API 1.44 further networks are connected one by one",
    spec: `
services: {a: {image: one, networks: {x: {priority: 1}, y: {}}}}
networks: {x: {}, y: {}}
`,
    network: "services",
    seen: (placed) => nothingThere(placed),
    plan: `
1. create network shop_x: it is not there
2. create network shop_y: it is not there
3. create container shop-a-1: it is not there [after 1-2]
4. connect container shop-a-1 to network shop_y: it is on several networks [after 3]
5. start container shop-a-1: it is new [after 4]
`,
  },
  {
    name: "--no-start makes and does not start",
    spec: "services: {a: {image: one}}",
    network: "host",
    seen: (placed) => nothingThere(placed),
    options: { start: false },
    plan: "\n1. create container shop-a-1: it is not there\n",
  },
  {
    name: "only what was named, with what it depends on",
    spec: `
services:
  a: {image: one}
  b: {image: two, depends_on: [a]}
  c: {image: three}
`,
    network: "host",
    seen: (placed) => nothingThere(placed),
    options: { only: ["b"] },
    plan: `
1. create container shop-a-1: it is not there
2. create container shop-b-1: it is not there
3. start container shop-a-1: it is new [after 1-2]
4. start container shop-b-1: it is new [after 3]
`,
  },
  {
    name: "--force-recreate",
    spec: "services: {a: {image: one}}",
    network: "host",
    seen: (placed) => allThere(placed),
    options: { recreate: "always", graceSeconds: 3 },
    plan: `
1. create container 73686f702d61_shop-a-1: a new one was asked for
2. stop container shop-a-1: a new one was asked for [after 1]
3. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 3]
5. start container shop-a-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d61_shop-a-1: its successor has started [after 5]
`,
  },
  {
    name: "a supervised pod that is left to the engine gets the engine's restart policy",
    spec: "services: {a: {image: one, restart: always}}",
    network: "host",
    supervision: "engine",
    seen: (placed) => {
      const seen = allThere(placed);
      return {
        ...seen,
        containers: seen.containers.map((each) => ({
          ...each,
          labels: { ...each.labels, [Label.supervision]: "mesolet" },
        })),
        restartPolicies: new Map([[idFor("shop-a-1"), "no"]]),
      };
    },
    plan:
      "\n1. update restart policy of container shop-a-1: the engine restarts it from now on, as the pod is not supervised any more\n",
  },
  {
    name: "pull policy always pulls what is there",
    spec: "services: {a: {image: one, pull_policy: always}}",
    network: "host",
    seen: (placed) => allThere(placed),
    plan: "\n1. pull image one: its pull policy is always\n",
  },
  {
    name: "what has just been pulled is not pulled again",
    spec: "services: {a: {image: one, pull_policy: always}}",
    network: "host",
    seen: (placed) => allThere(placed),
    options: { pulled: new Set(["one"]) },
    plan: "\nnothing to do\n",
  },
  {
    name: "a pull policy with an interval",
    spec: "services: {a: {image: one, pull_policy: daily}, b: {image: two, pull_policy: weekly}}",
    network: "host",
    seen: (placed) =>
      allThere(placed, () => ({}), {
        images: new Map([["one", { ...anImage, lastTagged: 0 }], ["two", { ...anImage, lastTagged: 0 }]]),
      }),
    options: { now: 25 * 3_600_000 },
    plan: "\n1. pull image one: it was pulled too long ago for its pull policy\n",
  },
  {
    name: "an image of another platform counts as missing",
    spec: "services: {a: {image: one, platform: linux/arm64}}",
    network: "host",
    seen: (placed) => nothingThere(placed),
    plan: `
1. pull image one for linux/arm64: it is not there for linux/arm64
2. create container shop-a-1: it is not there [after 1]
3. start container shop-a-1: it is new [after 2]
`,
  },
];

for (const { name, spec, before, network, supervision, seen, options, plan } of cases) {
  Deno.test(`up: ${name}`, async () => {
    const with_ = {
      ...(network === undefined ? {} : { network }),
      ...(supervision === undefined ? {} : { supervision }),
    };
    const { placed } = await placementOf(spec, with_);
    const made = before === undefined ? placed : (await placementOf(before, with_)).placed;
    const text = `\n${printPlan(planUp(placed, seen(made), { ...defaultUpOptions, ...options }))}`;
    assertEquals(text, plan);
  });
}

const refusals: {
  readonly name: string;
  readonly spec: string;
  readonly more: Partial<Observed>;
  readonly reasons: string[];
}[] = [
  {
    name: "networks, volumes and containers of others that are not there",
    spec: `
services: {a: {image: one, networks: [n], volumes: [vol:/v]}, b: {image: one, network_mode: "container:other"}}
networks: {n: {external: true}}
volumes: {vol: {external: true}}
`,
    more: {
      networks: new Map([["n", null]]),
      volumes: new Map([["vol", null]]),
      externalContainers: new Map([["other", null]]),
    },
    reasons: [
      "network n does not exist: make it with docker network create n",
      "volume vol does not exist: make it with docker volume create vol",
      "container other, which the spec refers to, does not exist: start it first",
    ],
  },
  {
    name: "images that may not be pulled, and builds",
    spec: "services: {a: {image: one, pull_policy: never}, b: {build: .}}",
    more: { images: new Map([["one", null], ["shop-b", null]]) },
    reasons: [
      "the image one is not there, and pulling is off (pull policy never): load it first",
      "b has no image but a build, and mesolet builds none: name an `image:`, or build shop-b on this host before",
    ],
  },
];

for (const { name, spec, more, reasons } of refusals) {
  Deno.test(`up refuses, all at once: ${name}`, async () => {
    const { placed } = await placementOf(spec, { network: "services" });
    const error = assertThrows(() => planUp(placed, nothingThere(placed, more), defaultUpOptions), PlanError);
    assertEquals(error.reasons, reasons);
  });
}

Deno.test("up: data of anonymous volumes is carried over, and known to be for the time when they go", async () => {
  const spec = (command: string) => `services: {a: {image: one, command: ${command}, volumes: [/data]}}`;
  const volume = "ab".repeat(32);
  const mounts = [{ type: "volume", name: volume, source: "/x", target: "/data", writable: true }];
  const { placed: before } = await placementOf(spec("old"), { network: "host" });
  const { placed } = await placementOf(spec("new"), { network: "host" });
  const created = (seen: Observed, options: Partial<UpOptions> = {}) => {
    const { steps } = planUp(placed, seen, { ...defaultUpOptions, ...options });
    const create = steps.find((step) => step.kind === "create-container");
    return [
      objectOf(create?.body["HostConfig"])["Mounts"],
      objectOf(create?.body["Labels"])[Label.carried],
      steps.flatMap((step) => step.kind === "remove-volume" ? [step.name] : []),
    ];
  };
  const carried = [{ Type: "volume", Source: volume, Target: "/data" }];
  const running = allThere(before, () => ({ mounts }));
  assertEquals(created(running), [carried, volume, []]);
  // A crash left the replacement with its passing name, and it cannot be used as it is.
  const left = asMade(first(before), { name: "aaaa_shop-a-1", mounts });
  const crashed = {
    ...running,
    containers: [{ ...left, labels: { ...left.labels, [Label.replaces]: "shop-a-1", [Label.hash]: "1:00" } }],
  };
  assertEquals(created(crashed), [carried, volume, []]);
  // Asked for new ones: those that were carried once are removed by name.
  const again = {
    ...running,
    containers: running.containers.map((each) => ({
      ...each,
      labels: { ...each.labels, [Label.carried]: volume },
    })),
  };
  const fresh = [{
    Type: "volume",
    Source: undefined,
    Target: "/data",
    ReadOnly: undefined,
    Consistency: undefined,
    VolumeOptions: {
      NoCopy: undefined,
      Subpath: undefined,
      Labels: undefined,
    },
  }];
  assertEquals(created(again, { renewAnonymousVolumes: true }), [fresh, undefined, [volume]]);
});

function first(placed: PlacedPod): PlacedContainer {
  const [container] = placed.containers;
  if (container === undefined) throw new Error("the pod has no containers");
  return container;
}

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

Deno.test("up: members are made to join the pause container that is to succeed, not the one that is to go", async () => {
  const { placed: before } = await placementOf(pair);
  const { placed } = await placementOf(pair.replace("one}", 'one, ports: ["80:80"]}'));
  const { steps } = planUp(placed, allThere(before), defaultUpOptions);
  const modes = steps.flatMap((step) =>
    step.kind === "create-container" ? [objectOf(step.body["HostConfig"])["NetworkMode"]] : []
  );
  const pause = `${idFor("shop_pause").slice(0, 12)}_shop_pause`;
  assertEquals(modes, ["mesolet", `container:<id:${pause}>`, `container:<id:${pause}>`]);
});

Deno.test("up: steps of a plan stand behind all those they need, whatever is there", async () => {
  const { placed } = await placementOf(shop);
  const states = ["absent", "created", "running", "exited", "dead"] as const;
  let plans = 0;
  for (const pause of states) {
    for (const db of states) {
      for (const web of states) {
        const state = (container: PlacedContainer) => {
          const each = container.role === "pause" ? pause : container.container === "db" ? db : web;
          return each === "absent"
            ? "absent" as const
            : { state: each, ...(each === "exited" ? { exitCode: 1 } : {}) };
        };
        for (const ended of ["start", "leave"] as const) {
          const { steps } = planUp(placed, allThere(placed, state), { ...defaultUpOptions, ended });
          const seen = new Set<string>();
          for (const step of steps) {
            for (const id of step.after) assertEquals(seen.has(id), true, `${step.id} before ${id}`);
            seen.add(step.id);
          }
          assertEquals(seen.size, steps.length);
          plans++;
        }
      }
    }
  }
  assertEquals(plans, 250);
});
