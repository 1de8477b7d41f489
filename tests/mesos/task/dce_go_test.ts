import { assertEquals } from "../../support/assert.ts";
import { containerOf, podFor, portsOf, variablesOf, warningsOf } from "./asking.ts";

/** Files as people have them for dce-go: an archive with a directory, a file for the checks, one for each environment. */
const files = {
  "app.tar.gz": "",
  "sampleapp/docker-compose.yml": `
version: '2.1'
services:
  server:
    image: \${REGISTRY:-registry.example}/server:1.0
    container_name: server
    hostname: server.example
    links: [cache]
    ports: ["8081:8080", "8443"]
    environment: [MODE=live, "APP_PORT=\${PORT0}"]
    volumes: ["./conf:/etc/server:ro"]
    mem_limit: 32m
    cpu_shares: 10
    restart: always
    depends_on: {cache: {condition: service_healthy}}
  cache:
    image: registry.example/cache:2
    container_name: cache
    labels: {owner: team}
`,
  "sampleapp/docker-compose-healthcheck.yml": `
version: '2.1'
services:
  cache:
    healthcheck: {test: ["CMD", "ping"], interval: 5s, timeout: 3s, retries: 3}
`,
  "sampleapp/docker-compose-qa.yml": `
version: '2.1'
services:
  server: {environment: [MODE=qa]}
networks: {default: {driver: bridge}}
`,
};

const label = {
  "org.apache.aurora.metadata.fileName":
    "sampleapp/docker-compose.yml,sampleapp/docker-compose-healthcheck.yml,sampleapp/docker-compose-qa.yml",
  "org.apache.aurora.metadata.config.launchtask.timeout": "500000",
  "org.apache.aurora.metadata.config.cleanpod.cleanfailtask": "false",
  "org.apache.aurora.metadata.pluginorder": "general,example",
};

Deno.test("an application of dce-go runs as it is", async () => {
  const task = {
    name: "devcluster/web/qa/server",
    task_id: { value: "web-qa-server-0-8a2f" },
    label,
    data: new Uint8Array([0x0b, 0x00, 0x01, 0x80, 0xff]),
    ports: "31000-31001",
  };
  const pod = await podFor({ task, files });
  assertEquals(pod.pod.name.slice(0, -10), "devcluster-web-qa-server-");
  assertEquals(containerOf(pod, "server").image, "registry.example/server:1.0");
  assertEquals(portsOf(pod), ["server:8080/tcp=31000", "server:8443/tcp=31001"]);
  const { MODE, APP_PORT, PORT_8080 } = variablesOf(pod, "server");
  assertEquals([MODE, APP_PORT, PORT_8080], ["qa", "31000", "31000"]);
  assertEquals(containerOf(pod, "server").mounts[0]?.source, "/var/lib/mesos/runs/c1/sampleapp/conf");
  assertEquals(containerOf(pod, "server").restart.kind, "always");
  assertEquals(containerOf(pod, "cache").health?.test, ["CMD", "ping"]);
  assertEquals([pod.settings.launchTimeout, pod.settings.keepFailed], [500_000, true]);
  const other =
    "is another name of the container in the pod, not its name on the engine: two tasks could not both be " +
    "called";
  assertEquals(warningsOf(pod).map((line) => line.replace(/:\d+:\d+:/, ":")), [
    "/sandbox/sampleapp/docker-compose-qa.yml: version: is obsolete and not used: take it out",
    "label org.apache.aurora.metadata.pluginorder: has no effect: there are no plugins",
    `/sandbox/sampleapp/docker-compose.yml: services.cache.container_name: ${other} cache`,
    `/sandbox/sampleapp/docker-compose.yml: services.server.container_name: ${other} server`,
  ]);
});
