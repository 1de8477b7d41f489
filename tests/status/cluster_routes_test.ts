import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { podEntry } from "./fake_board.ts";
import { FakeCluster, fullCluster } from "./fake_cluster.ts";
import { ask, bodyOf, statusOf } from "./raw_client.ts";
import { serving } from "./serving.ts";

const agent = { id: "6cb675d9-S0", hostname: "one.example" };
const task = "web.0.4f1c9a0b2d3e5f67.mwqu15hf00";
const newYear = "2026-01-01T00:00:00.000Z";

/** Every member that the JSON may have; docs/operator-http.md shows the same. */
const shown = {
  agents: {
    schema: 1,
    agents: [{
      ...agent,
      region: "eu",
      zone: "eu-1",
      attributes: [{ name: "rack", values: ["r1"] }],
      state: "known",
      offered: { at: newYear, roles: ["*"], cpus: 0.5, memory: 1024, disk: 10_000, gpus: 0, ports: 1_000 },
      tasks: [{ pod: "web", slot: 0, task, state: "running" }],
    }],
  },
  why: {
    schema: 1,
    pod: "web",
    phase: "running",
    reason: "1 of 2 instances ready, 1 without a place",
    master: { connected: true, master: "10.0.0.1:5050", framework: "6cb675d9-0001" },
    instances: [{
      slot: 1,
      state: "waiting",
      ready: false,
      version: "4f1c9a0b2d3e5f67",
      ports: [],
      reason: "there is no instance yet",
      waitsSince: newYear,
      shortage: {
        agents: 3,
        fitting: 0,
        lacks: [{ text: "cpus: 2 needed, 0.5 offered at most", agents: 3 }],
        nearest: [{ agent, at: newYear, lacks: ["cpus: 2 needed, 0.5 offered"] }],
      },
    }],
  },
  endpoints: {
    schema: 1,
    endpoints: [{
      pod: "web",
      name: "http",
      container: "api",
      port: 80,
      protocol: "tcp",
      instances: [{ slot: 0, task, host: "one.example", port: 31000 }],
    }],
  },
  tasks: {
    tasks: [{
      appId: "/web",
      id: task,
      slaveId: "6cb675d9-S0",
      host: "one.example",
      ports: [31000],
      servicePorts: [80],
      state: "TASK_RUNNING",
      startedAt: newYear,
    }],
  },
} as const;

Deno.test("a cluster is told with the documented members, and no more", async () => {
  await using server = await serving({ board: fullCluster().board });
  const json = async (path: string) =>
    JSON.parse(bodyOf(await ask(server.address, `GET ${path}`, { Accept: "application/json" })));
  assertEquals(await json("/v1/agents"), shown.agents);
  assertEquals(await json("/v1/pods/web/why"), shown.why);
  assertEquals(await json("/v1/endpoints"), shown.endpoints);
  assertEquals(await json("/v2/tasks"), shown.tasks);
  assertEquals((await json("/v1/pods")).cluster, shown.why.master);
});

Deno.test("docs/operator-http.md shows what is answered of a cluster", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/operator-http.md", import.meta.url));
  const examples = [...text.matchAll(/```json\n([^]*?)```/g)].map(([, json = ""]) => JSON.parse(json));
  const having = (...members: string[]) =>
    examples.find((example) => members.every((member) => member in example));
  assertEquals(having("agents"), shown.agents);
  assertEquals(having("pod", "instances"), shown.why);
  assertEquals(having("endpoints"), shown.endpoints);
  assertEquals(having("tasks"), shown.tasks);
});

Deno.test("/v2/tasks is text as Marathon's unless JSON is asked for, and /v1/endpoints where text is", async () => {
  await using server = await serving({ board: fullCluster().board });
  const get = (path: string, accept?: string) =>
    ask(server.address, `GET ${path}`, accept === undefined ? {} : { Accept: accept });
  for (const accept of [undefined, "*/*", "text/plain"]) {
    const answer = await get("/v2/tasks", accept);
    assertMatch(answer, /^content-type: text\/plain; charset=utf-8\r$/mi);
    assertEquals(bodyOf(answer), "web\t80\tone.example:31000\t\n");
  }
  assertMatch(await get("/v2/tasks", "application/json"), /^content-type: application\/json\r$/mi);
  assertEquals(statusOf(await get("/v2/tasks", "application/xml")), 406);
  assertEquals(bodyOf(await get("/v2/tasks?status=running")), "web\t80\tone.example:31000\t\n");
  assertEquals(bodyOf(await get("/v2/tasks?status=staging")), "");
  assertEquals(bodyOf(await get("/v1/endpoints", "text/plain")), "web\t80\tone.example:31000\t\n");
  for (const accept of [undefined, "*/*", "application/json"]) {
    assertEquals(JSON.parse(bodyOf(await get("/v1/endpoints", accept))).endpoints.length, 1);
  }
  assertEquals(statusOf(await get("/v1/endpoints", "application/xml")), 406);
});

Deno.test("an operator of one host has endpoints, and says in words what it does not have", async () => {
  await using server = await serving();
  server.board.entries = [podEntry("web")];
  const hostname = Deno.hostname();
  assertEquals(bodyOf(await ask(server.address, "GET /v2/tasks")), `web\t80\t${hostname}:8080\t\n`);
  assertEquals(JSON.parse(bodyOf(await ask(server.address, "GET /v1/endpoints"))).endpoints, [{
    pod: "web",
    container: "api",
    port: 80,
    protocol: "tcp",
    instances: [{ slot: 0, task: "web", host: hostname, port: 8080 }],
  }]);
  for (const path of ["/v1/agents", "/v1/pods/web/why"]) {
    const answer = await ask(server.address, `GET ${path}`);
    assertEquals(statusOf(answer), 404, path);
    assertMatch(JSON.parse(bodyOf(answer)).error, /^this operator keeps its pods on one host/);
  }
  assert(!("cluster" in JSON.parse(bodyOf(await ask(server.address, "GET /v1/pods")))));
  assertMatch(bodyOf(await ask(server.address, "GET /v1/pods/db/why")), /there is no pod db/);
});

Deno.test("/readyz says that the master is waited for", async () => {
  await using server = await serving();
  server.board.cluster = new FakeCluster();
  server.board.ready = false;
  server.board.waitsFor = "nobody listens at 10.0.0.1:5050";
  assertEquals(
    bodyOf(await ask(server.address, "GET /readyz")),
    "waits for the master: nobody listens at 10.0.0.1:5050\n",
  );
});
