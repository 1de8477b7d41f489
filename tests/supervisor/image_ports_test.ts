import type { ObservedImage } from "../../src/plan/observed.ts";
import type { Pod } from "../../src/pod/model.ts";
import { ImagePorts } from "../../src/supervisor/image_ports.ts";
import { podFor } from "../mesos/task/asking.ts";
import { assert, assertEquals } from "../support/assert.ts";

const image = (exposed?: readonly number[]): ObservedImage => ({
  id: "sha256:1",
  operatingSystem: "linux",
  architecture: "amd64",
  volumes: [],
  hasHealthCheck: false,
  ...(exposed === undefined ? {} : { exposed }),
});

/** An engine that has this image, or none. */
class Engine {
  there: ObservedImage | null = null;

  observe(request: { readonly needs: { readonly images: readonly string[] } }) {
    const none = { containers: [], otherPodContainers: 0, cgroup: null };
    const empty = {
      networks: new Map(),
      volumes: new Map(),
      externalContainers: new Map(),
      restartPolicies: new Map(),
    };
    return Promise.resolve({
      ...none,
      ...empty,
      engine: { apiVersion: "1.44" },
      images: new Map(request.needs.images.map((name) => [name, this.there])),
    });
  }
}

const signal = new AbortController().signal;
const portsOf = ({ containers }: Pod) =>
  containers.flatMap(({ ports }) =>
    ports.map(({ target, published, ofImage }) => `${published}:${target}${ofImage === true ? "?" : ""}`)
  );

async function resolver(label: Record<string, string> = {}) {
  const { pod } = await podFor({ words: ["redis:7"], task: { ports: "31000-31001", label } });
  const engine = new Engine();
  const ports = new ImagePorts(engine as unknown as ConstructorParameters<typeof ImagePorts>[0]);
  return { pod, engine, ports };
}

Deno.test("offered ports go to those that the image exposes, the lowest first, others keep their number", async () => {
  const { pod, engine, ports } = await resolver();
  assertEquals(portsOf(pod), ["31000:31000?", "31001:31001?"]);
  assertEquals(portsOf(await ports.resolve(pod, signal)), ["31000:31000", "31001:31001"]);
  engine.there = image([6379]);
  const resolved = await ports.resolve(pod, signal);
  assertEquals(portsOf(resolved), ["31000:6379", "31001:31001"]);
  engine.there = null;
  assert(
    await ports.resolve(pod, signal) === resolved,
    "a lost image moves no port, and a pod has one place",
  );
});

Deno.test("an image that exposes nothing, and the host's network, leave ports as they are", async () => {
  const { pod, engine, ports } = await resolver();
  engine.there = image();
  assertEquals(portsOf(await ports.resolve(pod, signal)), ["31000:31000", "31001:31001"]);
  const onHost = await resolver({ "mesolet.network": "host" });
  onHost.engine.there = image([6379]);
  const resolved = await onHost.ports.resolve(onHost.pod, signal);
  assertEquals(portsOf(resolved).some((port) => port.includes("6379") || port.endsWith("?")), false);
});

Deno.test("who says which port is which is believed", async () => {
  const { pod, engine, ports } = await resolver({ "mesolet.ports": "80=PORT0" });
  engine.there = image([6379]);
  assertEquals(portsOf(await ports.resolve(pod, signal)).sort(), ["31000:80", "31001:31001"]);
});
