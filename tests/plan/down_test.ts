import { planDown } from "../../src/plan/down.ts";
import { planKill, planRemove, planRestart, planStart, planStop } from "../../src/plan/lifecycle.ts";
import { PlanError } from "../../src/plan/plan_error.ts";
import { printPlan } from "../../src/plan/print.ts";
import { Label, sharedNetworkName, sharedNetworkRole } from "../../src/pod/labels.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { allThere, asMade, placementOf } from "../support/placing.ts";

const shop = `
services:
  web: {image: web, depends_on: {db: {condition: service_healthy}}, pre_stop: [{command: [drain]}]}
  db: {image: db, healthcheck: {test: "true"}, volumes: [data:/data]}
volumes: {data: {}}
x-pod: {resources: {mem: 64m}}
`;

Deno.test("down: dependents stop first, the pause container last; data is kept", async () => {
  const { placed } = await placementOf(shop);
  assertEquals(
    `\n${printPlan(planDown("shop", allThere(placed), { volumes: false, graceSeconds: 5 }, placed))}`,
    `
 1. run pre_stop hook in shop-web-1: the spec has a pre_stop hook
 2. stop container shop-web-1: the pod is taken down [after 1]
 3. stop container shop-db-1: the pod is taken down [after 2]
 4. remove container shop-db-1: the pod is taken down [after 3]
 5. remove container shop-web-1: the pod is taken down [after 2]
 6. stop container shop_pause: the pod is taken down [after 4-5]
 7. remove container shop_pause: the pod is taken down [after 6]
 8. remove network mesolet: no other pod of this host uses it [after 7]
 9. remove image mesolet/pause:2: no other pod of this host uses it [after 7]
10. remove cgroup /mesolet/shop: the pod is taken down [after 7]
`,
  );
});

Deno.test("down without the spec: labels give the order and the cgroup; hooks are known to nobody", async () => {
  const { placed } = await placementOf(shop);
  const text = printPlan(planDown("shop", allThere(placed), { volumes: true }));
  assertStringIncludes(
    text,
    "warning: shop-web-1: its pre_stop hooks are not run, as the spec that has them is not given\n",
  );
  assertStringIncludes(text, "remove volume shop_data: volumes were asked to be removed");
  assertStringIncludes(text, "remove cgroup /mesolet/shop");
});

Deno.test("down leaves what other pods use", async () => {
  const { placed } = await placementOf(shop);
  const text = printPlan(
    planDown("shop", allThere(placed, () => ({}), { otherPodContainers: 2 }), { volumes: false }),
  );
  assertEquals(/remove (network|image)/.test(text), false);
});

Deno.test("down takes the networks of services mode, but none of others, and copied files whatever is asked", async () => {
  const { placed } = await placementOf(
    `
services: {a: {image: a, read_only: true, configs: [{source: c, target: /etc/c}], networks: [own, other]}}
networks: {own: {}, other: {external: true}}
configs: {c: {content: hi}}
`,
    { network: "services" },
  );
  assertEquals(
    `\n${printPlan(planDown("shop", allThere(placed), { volumes: false }))}`,
    `
1. stop container shop-a-1: the pod is taken down
2. remove container shop-a-1: the pod is taken down [after 1]
3. remove network shop_own: it was made for the pod [after 2]
4. remove volume shop-a-1_files: it held copies of secrets and configs [after 2]
`,
  );
});

Deno.test("down says which anonymous volumes it keeps", async () => {
  const { placed } = await placementOf("services: {a: {image: a}}", { network: "host" });
  const name = "ab".repeat(32);
  const mounts = [{ type: "volume", name, source: "/x", target: "/data", writable: true }];
  const seen = allThere(placed, () => ({ mounts, state: "exited" }));
  assertEquals(
    printPlan(planDown("shop", seen, { volumes: false })),
    `warning: 1 anonymous volume(s) with the pod's data are kept (docker volume rm removes them): abababababab
1. remove container shop-a-1: the pod is taken down
`,
  );
});

Deno.test("down of a pod that is not there has nothing to do", async () => {
  const { placed } = await placementOf("services: {a: {image: a}}", { network: "host" });
  const seen = {
    ...allThere(placed),
    containers: [],
    networks: new Map(),
    volumes: new Map(),
    images: new Map(),
  };
  assertEquals(printPlan(planDown("shop", seen, { volumes: true })), "nothing to do\n");
});

Deno.test("stop, start, restart, kill and rm go by the labels", async () => {
  const { placed } = await placementOf(shop);
  const running = { pod: "shop", containers: allThere(placed).containers, spec: placed };
  const ended = {
    pod: "shop",
    containers: allThere(placed, () => ({ state: "exited", exitCode: 0 })).containers,
  };
  assertEquals(
    printPlan(planStop(running)),
    `1. run pre_stop hook in shop-web-1: the spec has a pre_stop hook
2. stop container shop-web-1: it was asked to stop [after 1]
3. stop container shop-db-1: it was asked to stop [after 2]
4. stop container shop_pause: it was asked to stop [after 3]
`,
  );
  assertEquals(
    printPlan(planStart(ended)),
    `1. start container shop_pause: it was asked to start
2. start container shop-db-1: it was asked to start [after 1]
3. wait until shop-db-1 is healthy: others need it healthy [after 2]
4. start container shop-web-1: it was asked to start [after 3]
`,
  );
  assertEquals(
    printPlan(planRestart({ ...running, only: ["db"] })),
    `1. stop container shop-db-1: it was asked to restart
2. start container shop-db-1: it was asked to restart [after 1]
`,
  );
  assertEquals(
    printPlan(planKill({ ...running, only: ["db"] }, "SIGHUP")),
    "1. send SIGHUP to container shop-db-1: it was asked to get SIGHUP\n",
  );
  assertEquals(
    printPlan(planRemove({ ...running, only: ["db"] }, { stop: false, volumes: false })),
    "nothing to do\n",
  );
  assertEquals(
    printPlan(planRemove({ ...running, only: ["db"] }, { stop: true, volumes: false })),
    `1. stop container shop-db-1: it was asked to be removed
2. remove container shop-db-1: it was asked to be removed [after 1]
`,
  );
});

Deno.test("rm of all there is takes along what the last pod of a host shared, as down does", async () => {
  const { placed } = await placementOf(shop);
  const there = allThere(placed);
  const observed = {
    ...there,
    otherPodContainers: 0,
    networks: new Map([[sharedNetworkName, {
      id: "net-shared",
      name: sharedNetworkName,
      driver: "bridge",
      labels: { [Label.role]: sharedNetworkRole },
    }]]),
  };
  const stopped = (otherPodContainers: number, only?: string[]) =>
    planRemove({ pod: "shop", containers: there.containers, ...(only === undefined ? {} : { only }) }, {
      stop: true,
      volumes: false,
      observed: { ...observed, otherPodContainers },
    }).steps.filter(({ kind }) => kind.startsWith("remove-")).map(({ id }) => id);
  const all = stopped(0);
  assertEquals(all.filter((id) => /shop[-_]/.test(id)), [
    "remove shop-db-1",
    "remove shop-web-1",
    "remove shop_pause",
  ]);
  assertEquals(all.includes(`remove network ${sharedNetworkName}`), true);
  assertEquals(stopped(0, ["web", "db"]), all);
  assertEquals(stopped(0, ["web"]), ["remove shop-web-1"]);
  assertEquals(stopped(1).some((id) => id.startsWith("remove network")), false);
});

Deno.test("start and restart leave alone what a change that was broken off has left", async () => {
  const { placed } = await placementOf("services: {a: {image: one}}", { network: "services" });
  const [a] = placed.containers;
  if (a === undefined) throw new Error("no a");
  const old = asMade(a, { id: "d".repeat(64), name: "old_dddddddddddd_shop-a-1", state: "exited" });
  const made = asMade(a, { id: "e".repeat(64), name: "dddddddddddd_shop-a-1", state: "created" });
  const containers = [old, { ...made, labels: { ...made.labels, [Label.replaces]: "shop-a-1" } }];
  for (const plan of [planStart({ pod: "shop", containers }), planRestart({ pod: "shop", containers })]) {
    assertEquals(
      printPlan(plan),
      "warning: old_dddddddddddd_shop-a-1 is left of a change that was broken off: mesolet up finishes it\n" +
        "warning: dddddddddddd_shop-a-1 is left of a change that was broken off: mesolet up finishes it\n" +
        "nothing to do\n",
    );
  }
});

Deno.test("restart takes along who lives in a namespace; start takes along who is needed", async () => {
  const { placed } = await placementOf(
    "services: {vpn: {image: a}, app: {image: b, network_mode: 'service:vpn'}, other: {image: c}}",
    { network: "services" },
  );
  assertEquals(
    printPlan(planRestart({ pod: "shop", containers: allThere(placed).containers, only: ["vpn"] })),
    `1. stop container shop-app-1: it was asked to restart
2. stop container shop-vpn-1: it was asked to restart [after 1]
3. start container shop-vpn-1: it was asked to restart [after 2]
4. start container shop-app-1: it was asked to restart [after 3]
`,
  );
  const ended = allThere(placed, () => ({ state: "exited", exitCode: 0 })).containers;
  assertEquals(
    printPlan(planStart({ pod: "shop", containers: ended, only: ["app"] })),
    `1. start container shop-vpn-1: it was asked to start
2. start container shop-app-1: it was asked to start [after 1]
`,
  );
});

Deno.test("down finds what a crash left before the first container was made", async () => {
  const { placed } = await placementOf(shop);
  const networks = new Map([["mesolet", {
    id: "net-mesolet",
    name: "mesolet",
    driver: "bridge",
    labels: { "io.mesolet.role": "shared-network" },
  }]]);
  const seen = { ...allThere(placed), containers: [], networks, volumes: new Map() };
  assertEquals(
    printPlan(planDown("shop", seen, { volumes: true })),
    `1. remove network mesolet: no other pod of this host uses it
2. remove image mesolet/pause:2: no other pod of this host uses it
3. remove cgroup /mesolet/shop: the pod is taken down
`,
  );
});

Deno.test("a name that the pod does not have is an error that says so", async () => {
  const { placed } = await placementOf(shop);
  const error = assertThrows(
    () => planStop({ pod: "shop", containers: allThere(placed).containers, only: ["nope"] }),
    PlanError,
  );
  assertEquals(error.message, "the pod shop has no container nope: see mesolet ps");
});
