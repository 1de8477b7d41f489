import type { Observed } from "../../src/plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../../src/plan/placed.ts";
import { PlanError } from "../../src/plan/plan_error.ts";
import { defaultUpOptions, type UpOptions } from "../../src/plan/plan_options.ts";
import { planUp } from "../../src/plan/up.ts";
import { Label } from "../../src/pod/labels.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { allThere, asMade, idFor, nothingThere, objectOf, placementOf } from "../support/placing.ts";
import { pair, settled, shop, testUp } from "../support/planning_up.ts";

testUp([
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
    name: "a network and a volume of another schema keep nobody from being content with them",
    spec:
      "services: {a: {image: one, volumes: [v:/v], networks: [n]}}\nvolumes: {v: {}}\nnetworks: {n: {}}\n",
    network: "services",
    seen: (placed) => {
      const seen = allThere(placed);
      const foreign = <Part extends { readonly labels: Readonly<Record<string, string>> }>(
        parts: ReadonlyMap<string, Part | null>,
      ) =>
        new Map(
          Array.from(parts, ([name, part]): [string, Part | null] => [
            name,
            part === null ? null : { ...part, labels: { ...part.labels, [Label.definition]: "9:ffff" } },
          ]),
        );
      return { ...seen, networks: foreign(seen.networks), volumes: foreign(seen.volumes) };
    },
    plan: "\nnothing to do\n",
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
]);

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
