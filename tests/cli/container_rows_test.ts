import { containerJson, containerTable, portsText, stateText } from "../../src/cli/container_rows.ts";
import { inOrder, ofServices, withOwnPorts } from "../../src/cli/observed_names.ts";
import { styleFor } from "../../src/cli/style.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { Label } from "../../src/pod/labels.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

function container(
  service: string,
  number: number,
  more: Partial<ObservedContainer> = {},
): ObservedContainer {
  return {
    id: `id-${service}-${number}`,
    name: `shop-${service}-${number}`,
    image: "busybox",
    imageId: "sha256:1",
    state: "running",
    labels: {
      [Label.pod]: "shop",
      [Label.container]: service,
      [Label.number]: String(number),
      [Label.role]: "container",
    },
    created: 1_000,
    networks: {},
    networkMode: "bridge",
    mounts: [],
    ports: [],
    ...more,
  };
}

const pause = container("pause", 1, {
  name: "shop_pause",
  labels: { [Label.pod]: "shop", [Label.container]: "pause", [Label.role]: "pause" },
  networks: { mesolet: { networkId: "n", address: "10.0.0.2" } },
  ports: [
    { target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 8080 },
    { target: 80, protocol: "tcp", hostAddress: "::", published: 8080 },
  ],
});

Deno.test("containers are listed by pod, the pause container first, then by name and number", () => {
  const listed = inOrder([container("web", 10), container("web", 2), container("cache", 1), pause]);
  assertEquals(listed.map(({ name }) => name), ["shop_pause", "shop-cache-1", "shop-web-2", "shop-web-10"]);
});

Deno.test("the table of containers", () => {
  const rows = [
    pause,
    container("web", 1, { health: "healthy" }),
    container("job", 1, { state: "exited", exitCode: 3 }),
  ];
  assertEquals(containerTable(rows, { now: 1_300_000, style: styleFor(false), withPod: false }), [
    "NAME         IMAGE     SERVICE   STATE               AGE   PORTS",
    "shop_pause   busybox   (pause)   running             5m    0.0.0.0:8080->80/tcp",
    "shop-web-1   busybox   web       running (healthy)   5m",
    "shop-job-1   busybox   job       exited (3)          5m",
  ]);
  assertEquals(
    containerTable([pause], { now: 1_300_000, style: styleFor(false), withPod: true })[1],
    "shop   shop_pause   busybox   (pause)   running   5m    0.0.0.0:8080->80/tcp",
  );
});

Deno.test("a port is listed with the container that declares it, whoever publishes it", () => {
  const labelled = (service: string, ports: string, more: Partial<ObservedContainer> = {}) => {
    const bare = container(service, 1, more);
    return { ...bare, labels: { ...bare.labels, [Label.ports]: ports } };
  };
  const listed = [
    pause,
    labelled("web", "80/tcp,443/tcp"),
    labelled("dns", "80/udp"),
    labelled("off", "80/tcp", { state: "exited" }),
    { ...container("elsewhere", 1), labels: { [Label.pod]: "other", [Label.ports]: "80/tcp" } },
  ];
  assertEquals(withOwnPorts(listed).map((each) => [each.name, portsText(each)]), [
    ["shop_pause", ""],
    ["shop-web-1", "0.0.0.0:8080->80/tcp"],
    ["shop-dns-1", ""],
    ["shop-off-1", ""],
    ["shop-elsewhere-1", ""],
  ]);
  assertEquals(portsText(withOwnPorts([pause, container("web", 1)])[0] ?? pause), "0.0.0.0:8080->80/tcp");
});

Deno.test("ports that an engine tells of every container of a namespace are those of their own container alone", () => {
  const ports = [{ target: 80, published: 8080, protocol: "tcp", hostAddress: "127.0.0.1" }];
  const pause = container("pause", 1, { ports });
  const listed = [
    { ...pause, name: "shop_pause", labels: { ...pause.labels, [Label.role]: "pause" } },
    { ...container("web", 1, { ports }), labels: { ...container("web", 1).labels, [Label.ports]: "80/tcp" } },
    container("sidecar", 1, { ports }),
  ];
  assertEquals(withOwnPorts(listed).map(portsText), ["", "127.0.0.1:8080->80/tcp", ""]);
});

Deno.test("states in words", () => {
  assertEquals(stateText(container("a", 1)), "running");
  assertEquals(stateText(container("a", 1, { health: "starting" })), "running (starting)");
  assertEquals(stateText(container("a", 1, { state: "exited" })), "exited");
  assertEquals(stateText(container("a", 1, { state: "restarting", exitCode: 1 })), "restarting");
});

Deno.test("ports: both wildcards are one, neighbours are a range", () => {
  const port = (target: number, published: number, protocol = "tcp", hostAddress = "0.0.0.0") => ({
    target,
    published,
    protocol,
    hostAddress,
  });
  const text = (...ports: ReturnType<typeof port>[]) => portsText({ ports });
  assertEquals(text(), "");
  assertEquals(text(port(80, 8080), port(80, 8080, "tcp", "::")), "0.0.0.0:8080->80/tcp");
  assertEquals(text(port(80, 8080), port(81, 8081), port(82, 8082)), "0.0.0.0:8080-8082->80-82/tcp");
  assertEquals(text(port(80, 8080), port(81, 9000)), "0.0.0.0:8080->80/tcp, 0.0.0.0:9000->81/tcp");
  assertEquals(text(port(53, 53, "udp", "127.0.0.1")), "127.0.0.1:53->53/udp");
  assertEquals(text(port(53, 53, "udp", "fd00::1")), "[fd00::1]:53->53/udp");
  assertEquals(text(port(90, 0), port(91, 0)), "90-91/tcp");
});

Deno.test("a container for programs", () => {
  const json = containerJson(pause);
  assertEquals(json.role, "pause");
  assertEquals(json.addresses, ["10.0.0.2"]);
  assertEquals(json.created, "1970-01-01T00:16:40.000Z");
  assertEquals("exitCode" in json, false);
});

Deno.test("services that no container belongs to are an error that says what was meant", () => {
  const listed = [pause, container("web", 1), container("cache", 1)];
  assertEquals(ofServices(listed, [], "shop").length, 3);
  assertEquals(ofServices(listed, ["web"], "shop").map(({ name }) => name), ["shop-web-1"]);
  const refusal = (services: string[], pod?: string) =>
    assertThrows(() => ofServices(listed, services, pod), MesoletError).message;
  assertEquals(
    refusal(["wbe"], "shop"),
    "the pod shop has no container of the service wbe: did you mean web?",
  );
  assertEquals(
    refusal(["pause"], "shop"),
    "the pod shop has no container of the service pause: see mesolet ps -a",
  );
  assertEquals(refusal(["xyz"]), "no pod has a container of the service xyz: see mesolet ps -a");
});
