import type { Container } from "../../src/pod/model.ts";
import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";

const spec = `
services:
  web:
    image: web
    scale: 3
    user: app
    working_dir: /srv
    environment: {A: "1", B: "2"}
    entrypoint: [run]
    command: [serve]
    hostname: www
    labels: {of: web}
    restart: always
    healthcheck: {test: "true"}
    expose: ["80"]
    volumes: [data:/data, /cache, ./b:/b]
    networks: {default: {aliases: [www], ipv4_address: 10.0.0.7}}
    mem_limit: 64m
    depends_on: {db: {condition: service_healthy, restart: true}}
    post_start: [{command: [hook]}]
    pre_start:
      - {command: [migrate], environment: {B: "3"}}
      - {image: busybox, command: chown x, user: root, working_dir: /, privileged: true, per_replica: true}
  db: {image: db, healthcheck: {test: "true"}}
volumes: {data: {}}
`;

async function containersOf(text: string): Promise<ReadonlyMap<string, Container>> {
  const { pod } = await podOfText(text);
  return new Map(pod.containers.map((container) => [container.name, container]));
}

Deno.test("an entry of pre_start is a container like its service's, but for what it says itself", async () => {
  const containers = await containersOf(spec);
  assertEquals([...containers.keys()], ["db", "web", "web-pre_start-0", "web-pre_start-1"]);
  const expected: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "web-pre_start-0": {
      preStartOf: { container: "web", perReplica: false },
      replicas: 1,
      image: "web",
      entrypoint: ["run"],
      command: ["migrate"],
      user: "app",
      workingDirectory: "/srv",
      environment: [{ name: "A", value: "1" }, { name: "B", value: "3" }],
    },
    "web-pre_start-1": {
      preStartOf: { container: "web", perReplica: true },
      replicas: 3,
      image: "busybox",
      entrypoint: null,
      command: ["chown", "x"],
      user: "root",
      workingDirectory: "/",
      environment: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
    },
  };
  for (const [name, members] of Object.entries(expected)) {
    const container = containers.get(name);
    for (const [member, value] of Object.entries(members)) {
      assertEquals(Reflect.get(Object(container), member), value, `${name}: ${member}`);
    }
    assertEquals(container?.security.privileged, name === "web-pre_start-1", name);
    assertEquals(container?.mounts.map(({ target }) => target), ["/data", "/b"], name);
    assertEquals(
      container?.networks.map(({ network, aliases, ipv4Address }) => [network, aliases, ipv4Address]),
      [
        ["default", [], undefined],
      ],
    );
    assertEquals(container?.resources.memoryBytes, 64 * 1024 * 1024, name);
    assertEquals([container?.restart.kind, container?.health?.test, container?.hooks.postStart], ["no", [
      "NONE",
    ], []]);
    assertEquals([container?.hostname, container?.labels, container?.exposed], [undefined, {}, []], name);
  }
});

Deno.test("entries of pre_start end one after the other, and then their service starts", async () => {
  const { pod } = await podOfText(spec);
  assertEquals(
    pod.containers.map(({ name, dependsOn }) => [
      name,
      dependsOn.map(({ container, condition, restart }) => `${container}:${condition}:${restart}`).join(" "),
    ]),
    [
      ["db", ""],
      ["web", "db:healthy:true web-pre_start-0:completed:true web-pre_start-1:completed:true"],
      ["web-pre_start-0", "db:healthy:false"],
      ["web-pre_start-1", "web-pre_start-0:completed:false"],
    ],
  );
  assertEquals(pod.essential, ["db", "web"]);
});

Deno.test("a volume without a name is the service's alone, and that is said", async () => {
  const { warnings } = await podOfText(spec);
  assertEquals(warnings.map(({ path, message }) => `${path}: ${message}`), [
    "services.web.volumes[1]: has no name, so containers of pre_start do not see it: give the volume a name",
  ]);
});

Deno.test("a service of no replicas has nothing to run before it", async () => {
  const containers = await containersOf("services: {a: {image: i, scale: 0, pre_start: [{command: [x]}]}}");
  assertEquals(containers.get("a-pre_start-0")?.replicas, 0);
});

Deno.test("an entry without an image is of the image that the service is built into", async () => {
  const containers = await containersOf(
    "{services: {a: {build: ., pre_start: [{command: [x]}, {image: i}]}}, x-pod: {network: services}}",
  );
  assertEquals(
    ["a-pre_start-0", "a-pre_start-1"].map((name) => {
      const { image, imageIsBuilt, command } = containers.get(name) ?? {};
      return [image, imageIsBuilt, command];
    }),
    [["shop-a", true, ["x"]], ["i", false, null]],
  );
});
