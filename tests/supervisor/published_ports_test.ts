import type { ObservedContainer } from "../../src/plan/observed.ts";
import { Label } from "../../src/pod/labels.ts";
import { publishedPorts } from "../../src/supervisor/published_ports.ts";
import { assertEquals } from "../support/assert.ts";

function listed(name: string, change: Partial<ObservedContainer>): ObservedContainer {
  return {
    id: `id-${name}`,
    name: `shop-${name}-1`,
    image: "busybox",
    imageId: "sha256:0001",
    state: "running",
    labels: {},
    created: 1_700_000_000,
    networks: {},
    networkMode: "shop_default",
    mounts: [],
    ports: [],
    ...change,
  };
}

const web = { target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 8080 };
const dns = { target: 53, protocol: "udp", hostAddress: "0.0.0.0", published: 53 };

Deno.test("a port that the pause container publishes is that of who declares it", () => {
  const pause = listed("pause", { ports: [web, dns] });
  const portsOf = (declared: string, ports = pause.ports) =>
    publishedPorts(listed("member", { labels: { [Label.ports]: declared }, ports: [] }), { ...pause, ports });
  assertEquals(portsOf("80/tcp,81/tcp"), [web]);
  assertEquals(portsOf("53/udp"), [dns]);
  assertEquals(portsOf(""), []);
});

Deno.test("a container that publishes for itself has its own ports, and one that is not there has none", () => {
  assertEquals(publishedPorts(listed("web", { ports: [web] }), undefined), [web]);
  assertEquals(publishedPorts(undefined, undefined), []);
});
