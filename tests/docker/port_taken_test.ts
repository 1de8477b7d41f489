import { holderOf, takenPortIn } from "../../src/docker/port_taken.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { Label } from "../../src/pod/labels.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("the port that a start was refused for is read from the words of engines", () => {
  const table: readonly [string, ReturnType<typeof takenPortIn>][] = [
    ["Bind for 0.0.0.0:8099 failed: port is already allocated", { port: 8099, hostAddress: "0.0.0.0" }],
    ["Bind for :::8099 failed: port is already allocated", { port: 8099, hostAddress: "::" }],
    [
      "driver failed programming external connectivity on endpoint web-1 (c64cf83): " +
      "Error starting userland proxy: listen tcp4 0.0.0.0:8099: bind: address already in use",
      { port: 8099, hostAddress: "0.0.0.0", protocol: "tcp" },
    ],
    [
      "listen udp6 [::1]:53: bind: address already in use",
      { port: 53, hostAddress: "::1", protocol: "udp" },
    ],
    [
      "failed to bind host port for 127.0.0.1:8080:172.17.0.2:80/tcp: address already in use",
      { port: 8080, hostAddress: "127.0.0.1", protocol: "tcp" },
    ],
    [
      "failed to bind host port 0.0.0.0:8080/tcp: address already in use",
      { port: 8080, hostAddress: "0.0.0.0", protocol: "tcp" },
    ],
    [
      "cannot listen on the TCP port: listen tcp4 :8080: bind: address already in use",
      { port: 8080, protocol: "tcp" },
    ],
    ["pasta failed: Failed to bind port 8080 (Address already in use) for option '-t'", { port: 8080 }],
    ["The container name /web is already in use", undefined],
    ["Bind for 0.0.0.0:8099 failed: permission denied", undefined],
  ];
  for (const [said, expected] of table) assertEquals(takenPortIn(said), expected, said);
});

Deno.test("a port is had by a container that publishes it at an address that overlaps", () => {
  const container = (hostAddress: string, published: number, protocol = "tcp") =>
    listed("web-1", { ports: [{ target: 80, published, protocol, hostAddress }] });
  const found = (taken: Parameters<typeof holderOf>[0], ...containers: ObservedContainer[]) =>
    holderOf(taken, containers) !== undefined;
  const everywhere = { port: 80, hostAddress: "0.0.0.0" };
  assertEquals(found(everywhere, container("0.0.0.0", 80)), true);
  assertEquals(found(everywhere, container("127.0.0.1", 80)), true);
  assertEquals(found({ port: 80, hostAddress: "127.0.0.1" }, container("::", 80)), true);
  assertEquals(found({ port: 80, hostAddress: "127.0.0.1" }, container("127.0.0.2", 80)), false);
  assertEquals(found({ port: 80, protocol: "udp" }, container("0.0.0.0", 80)), false);
  assertEquals(found(everywhere, container("0.0.0.0", 81)), false);
});

Deno.test("a pause container has ports for others, which say so", () => {
  const ports = [{ target: 80, published: 8080, protocol: "tcp", hostAddress: "0.0.0.0" }];
  const pause = listed("shop_pause", { ports, labels: { [Label.pod]: "shop", [Label.role]: "pause" } });
  const web = (pod: string, of: string) =>
    listed(`${pod}-web-1`, { labels: { [Label.pod]: pod, [Label.ports]: of } });
  const holder = (...containers: ObservedContainer[]) => holderOf({ port: 8080 }, containers)?.name;
  assertEquals(holder(pause, web("shop", "443/tcp,80/tcp")), "shop-web-1");
  assertEquals(holder(pause, web("shop", "80/udp"), web("other", "80/tcp")), "shop_pause");
});

function listed(name: string, more: Partial<ObservedContainer>): ObservedContainer {
  return {
    id: name,
    name,
    image: "busybox",
    imageId: "i",
    state: "running",
    labels: {},
    created: 0,
    networks: {},
    networkMode: "",
    mounts: [],
    ports: [],
    ...more,
  };
}
