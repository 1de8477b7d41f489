import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { Label } from "../../src/pod/labels.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { statusFromEngine } from "../../src/supervisor/status.ts";

function listed(name: string, change: Partial<ObservedContainer> = {}, essential = true): ObservedContainer {
  return {
    id: `id-${name}`,
    name: `shop-${name}-1`,
    image: "busybox",
    imageId: "sha256:0001",
    state: "running",
    labels: {
      [Label.pod]: "shop",
      [Label.container]: name,
      [Label.number]: "1",
      ...(essential ? { [Label.essential]: "failure" } : {}),
    },
    created: 1_700_000_000,
    networks: { shop_default: { networkId: "net", address: "10.0.0.2" } },
    networkMode: "shop_default",
    mounts: [],
    ports: [{ target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 8080 }],
    ...change,
  };
}

const cases: readonly {
  readonly name: string;
  readonly containers: readonly ObservedContainer[];
  readonly phase: string;
  readonly reason: string;
  readonly exitCode?: number;
}[] = [
  { name: "nothing is there", containers: [], phase: "removed", reason: "nothing of it is left" },
  { name: "all run", containers: [listed("web"), listed("db")], phase: "running", reason: "" },
  {
    name: "a job is done, the rest runs",
    containers: [listed("web"), listed("job", { state: "exited", exitCode: 0 })],
    phase: "running",
    reason: "",
  },
  {
    name: "one is not healthy yet",
    containers: [listed("web"), listed("db", { health: "starting" })],
    phase: "starting",
    reason: "not up yet: db",
  },
  {
    name: "one is unhealthy",
    containers: [listed("web"), listed("db", { health: "unhealthy" })],
    phase: "running",
    reason: "db is unhealthy",
  },
  {
    name: "one was made and not started",
    containers: [listed("web"), listed("db", { state: "created" })],
    phase: "starting",
    reason: "not up yet: db",
  },
  {
    name: "all completed",
    containers: [listed("web", { state: "exited", exitCode: 0 })],
    phase: "succeeded",
    reason: "all containers completed",
    exitCode: 0,
  },
  {
    name: "one failed, none runs",
    containers: [
      listed("web", { state: "exited", exitCode: 3 }),
      listed("db", { state: "exited", exitCode: 0 }),
    ],
    phase: "failed",
    reason: "web exited with code 3",
    exitCode: 3,
  },
  {
    name: "one failed, others run",
    containers: [listed("web", { state: "exited", exitCode: 3 }), listed("db")],
    phase: "running",
    reason: "web exited with code 3",
  },
  {
    name: "a sidecar failed",
    containers: [listed("web"), listed("side", { state: "exited", exitCode: 3 }, false)],
    phase: "running",
    reason: "",
  },
];

for (const { name, containers, phase, reason, exitCode } of cases) {
  Deno.test(`status from the engine alone: ${name}`, () => {
    const status = statusFromEngine({
      name: "shop",
      containers: containers.map((observed) => ({ observed })),
      now: 1,
    });
    assertEquals([status.phase, status.reason, status.exitCode], [phase, reason, exitCode]);
  });
}

Deno.test("status from the engine: a container's address and ports, and the pod's address", () => {
  const pause = listed("pause", {
    name: "shop_pause",
    labels: { [Label.pod]: "shop", [Label.role]: "pause", [Label.container]: "pause" },
    networks: { mesolet: { networkId: "net", address: "10.1.1.1" } },
    ports: [],
  });
  const status = statusFromEngine({
    name: "shop",
    containers: [{ observed: pause }, { observed: listed("web") }],
    now: 1,
  });
  assertEquals(status.address, "10.1.1.1");
  assertEquals(status.containers.map(({ name, addresses, ports }) => [name, addresses, ports.length]), [
    ["web", ["10.0.0.2"], 1],
  ]);
});

Deno.test("status from the engine: a port that the pause container publishes is that of who declares it", () => {
  const published = { target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 8080 };
  const others = { target: 53, protocol: "udp", hostAddress: "0.0.0.0", published: 53 };
  const labels = { [Label.pod]: "shop", [Label.number]: "1" };
  const pause = listed("pause", {
    labels: { ...labels, [Label.role]: "pause", [Label.container]: "pause" },
    ports: [published, others],
  });
  const member = (name: string, ports: string) =>
    listed(name, { labels: { ...labels, [Label.container]: name, [Label.ports]: ports }, ports: [] });
  const containers = [pause, member("web", "80/tcp,81/tcp"), member("dns", "53/udp"), member("job", "")];
  const status = statusFromEngine({
    name: "shop",
    containers: containers.map((observed) => ({ observed })),
    now: 1,
  });
  assertEquals(status.containers.map(({ name, ports }) => [name, ports]), [
    ["dns", [others]],
    ["job", []],
    ["web", [published]],
  ]);
});

Deno.test("status from the engine: with the spec, containers that are not there are shown", async () => {
  const { pod } = await podOfText("services:\n  web: {image: busybox}\n  db: {image: busybox, scale: 2}\n");
  const none = statusFromEngine({ name: "shop", pod, containers: [], now: 1 });
  assertEquals(none.phase, "pending");
  const some = statusFromEngine({ name: "shop", pod, containers: [{ observed: listed("web") }], now: 1 });
  assertEquals(some.phase, "starting");
  assertEquals(some.containers.map(({ containerName, state }) => `${containerName} ${state}`), [
    "shop-db-1 absent",
    "shop-db-2 absent",
    "shop-web-1 running",
  ]);
});
