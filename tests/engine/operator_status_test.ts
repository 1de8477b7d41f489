import { runProgram, startProgram } from "../cli/program.ts";
import { parseMetrics } from "../status/parse_metrics.ts";
import { ask, bodyOf, RawClient, statusOf } from "../status/raw_client.ts";
import type { BoardRecord, PodRecord } from "../../src/status/pod_record.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

/** The specs of one pod, and the socket of the operator that keeps it. */
class Place implements AsyncDisposable {
  readonly #directory = Deno.makeTempDirSync({ prefix: "mesolet-status-" });
  readonly specs: string = `${this.#directory}/pods`;
  readonly socket: string = `${this.#directory}/status.sock`;
  readonly address: string = `unix:${this.socket}`;

  constructor() {
    Deno.mkdirSync(this.specs);
  }

  put(text: string): void {
    Deno.writeTextFileSync(`${this.specs}/.new`, text);
    Deno.renameSync(`${this.specs}/.new`, `${this.specs}/web.yaml`);
  }

  async get(path: string): Promise<string> {
    return bodyOf(await ask(this.address, `GET ${path}`));
  }

  async isReady(): Promise<boolean> {
    return statusOf(await ask(this.address, "GET /readyz").catch(() => "")) === 200;
  }

  async board(): Promise<BoardRecord> {
    return JSON.parse(await this.get("/v1/pods"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

function specOf(pod: string): string {
  return `name: ${pod}
services:
  api:
    image: busybox
    command: ["sh", "-c", "trap 'exit 0' TERM; echo up with $$SECRET_WORD | tr a-z A-Z; sleep 10000 & wait"]
    environment: {SECRET_WORD: hunter2}
    healthcheck: {test: ["CMD", "true"], interval: 1s}
    ports: ["80"]
  job: {image: busybox, command: ["true"], restart: "no"}
`;
}

Deno.test("operator: what runs is told over HTTP as it is on the engine, and nothing of its environment", async () => {
  await using engine = await testEngine();
  await using place = new Place();
  const pod = engine.podName();
  place.put(specOf(pod));
  const args = ["operator", place.specs, "--listen", place.address, "--stop-pods"];
  await using program = startProgram(args, { host: engine.host });
  await waitUntil("it is ready", () => place.isReady(), 60_000);
  const shown = async () => JSON.parse(await place.get(`/v1/pods/${pod}`)) as PodRecord;
  await waitUntil("the pod runs", async () => (await shown()).phase === "running", 60_000);

  await waitUntil("the job is done", async () => (await shown()).containers[1]?.state === "exited");
  const { containers, file } = await shown();
  assertEquals(file, `${place.specs}/web.yaml`);
  assertEquals(containers.map(({ name, state, health }) => [name, state, health]), [
    ["api", "running", "healthy"],
    ["job", "exited", undefined],
  ]);
  // In the pod's shared namespace it is the pause container that publishes it.
  const [port, ...others] = containers[0]?.ports.filter(({ hostAddress }) => hostAddress === "0.0.0.0") ?? [];
  assertEquals([port?.target, port?.protocol, others], [80, "tcp", []]);
  assert((port?.published ?? 0) > 0);

  assertEquals(await place.get(`/v1/pods/${pod}/logs?container=api&tail=1`), "UP WITH HUNTER2\n");
  using events = await RawClient.connect(place.address);
  await events.send("GET /v1/events?since=0 HTTP/1.1\r\nHost: x\r\n\r\n");
  await events.until(`"text":"${pod}: runs"`);

  // A bad edit harms nothing, and is told everywhere.
  place.put(`${specOf(pod)}  db: {image: busybox, prots: []}\n`);
  await events.until('"kind":"spec"');
  await waitUntil("the problem is told", async () => (await place.board()).problems.length === 1);
  const { pods, problems } = await place.board();
  assertEquals(pods.map(({ phase, problem }) => [phase, problem?.keptVersion]), [["running", true]]);
  assertEquals([problems[0]?.path, problems[0]?.position?.line], ["services.db.prots", 10]);
  const metrics = parseMetrics(await place.get("/metrics"));
  const value = (name: string, labels = "") => metrics.get(name)?.samples.get(`${name}{${labels}}`) ?? 0;
  assertEquals(value("mesolet_pods", 'phase="running"'), 1);
  assertEquals(value("mesolet_spec_errors"), 1);
  assertEquals(value("mesolet_container_restarts_total", `container="api",pod="${pod}"`), 0);
  assert(value("mesolet_engine_calls_total", 'kind="list",result="ok"') > 0);
  assertEquals(metrics.get("mesolet_reconcile_seconds")?.samples.get("mesolet_reconcile_seconds_count{}"), 1);
  for (const path of ["/", "/v1/pods", `/v1/pods/${pod}`, "/metrics"]) {
    assert(!(await place.get(path)).includes("hunter2"), path);
  }
  assertEquals(statusOf(await ask(place.address, "GET /healthz")), 200);
  assertEquals(statusOf(await ask(place.address, `DELETE /v1/pods/${pod}`)), 405);

  // Its end is told to who listens, and then the socket goes.
  program.signal("SIGTERM");
  await events.until(`"text":"${pod}: is removed`);
  assert((await events.rest()).endsWith("0\r\n\r\n"));
  assertEquals((await program.ended()).code, 0);
  await assertRejects(() => Deno.lstat(place.socket), Deno.errors.NotFound);
});

Deno.test("operator: an address that is in use ends it before anything is made", async () => {
  await using engine = await testEngine();
  await using place = new Place();
  const pod = engine.podName();
  place.put(specOf(pod));
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = ["operator", place.specs, "--listen", `127.0.0.1:${taken.addr.port}`];
  await using program = startProgram(args, { host: engine.host });
  const { code, out, error } = await program.ended();
  assertEquals([code, out], [71, ""]);
  assertMatch(error, /Cannot listen at 127\.0\.0\.1:\d+: another process listens there; choose another/);
  assertEquals(await engine.engine.listContainers(pod), []);
  // Also while there is no engine: it is not waited for.
  await using early = startProgram(args, { host: "unix:///nowhere/docker.sock" });
  assertEquals((await early.ended()).code, 71);
  // Which needs no engine to be told.
  const wrong = await runProgram(["operator", place.specs, "--listen", "10280"], { host: "unix:///nowhere" });
  assertEquals(wrong.code, 64, wrong.error);
});

Deno.test("operator: it answers while it waits for its engine, and tells what it waits for", async () => {
  await using engine = await testEngine();
  await using place = new Place();
  const pod = engine.podName();
  place.put(specOf(pod));
  const socket = `${place.specs}/../docker.sock`;
  const args = ["operator", place.specs, "--listen", place.address, "--stop-pods"];
  await using program = startProgram(args, { host: `unix://${socket}` });
  await waitUntil(
    "it listens",
    async () => statusOf(await ask(place.address, "GET /healthz").catch(() => "")) === 200,
  );
  await waitUntil("it says what it waits for", async () => (await place.board()).waitsFor !== undefined);
  const answer = await ask(place.address, "GET /readyz");
  assertEquals(statusOf(answer), 503);
  assertMatch(bodyOf(answer), /^waits for the engine: .*docker\.sock/);
  const { ready, pods } = await place.board();
  assertEquals([ready, pods], [false, []]);
  assertEquals(statusOf(await ask(place.address, `GET /v1/pods/${pod}`)), 404);
  using events = await RawClient.connect(place.address);
  await events.send("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  await events.until("event: alive");

  // Who listened from before hears of everything from its beginning.
  await Deno.symlink(engine.host.replace("unix://", ""), socket);
  await events.until(`"text":"${pod}: runs"`);
  await waitUntil("it is ready", () => place.isReady(), 60_000);
  assertEquals((await place.board()).waitsFor, undefined);
  program.signal("SIGTERM");
  assertEquals((await program.ended()).code, 0);
});

Deno.test("operator: a signal ends it while it waits for its engine, and its socket goes", async () => {
  await using place = new Place();
  const args = ["operator", place.specs, "--listen", place.address];
  await using program = startProgram(args, { host: "unix:///nowhere/docker.sock" });
  await waitUntil(
    "it listens",
    async () => statusOf(await ask(place.address, "GET /healthz").catch(() => "")) === 200,
  );
  program.signal("SIGTERM");
  assertEquals((await program.ended()).code, 0);
  await assertRejects(() => Deno.lstat(place.socket), Deno.errors.NotFound);
});

Deno.test("operator: a second one at the same address and directory hears of the first, not of the address", async () => {
  await using engine = await testEngine();
  await using place = new Place();
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const args = ["operator", place.specs, "--listen", `127.0.0.1:${port}`];
  await using first = startProgram(args, { host: engine.host });
  await waitUntil(
    "the first is ready",
    async () => statusOf(await ask(`http://127.0.0.1:${port}/`, "GET /readyz").catch(() => "")) === 200,
    60_000,
  );
  await using second = startProgram(args, { host: engine.host });
  const { code, error } = await second.ended();
  assertEquals(code, 75, error);
  assertMatch(error, /Another operator keeps the pods of .*: process \d+\./);
  first.signal("SIGTERM");
  assertEquals((await first.ended()).code, 0);
});
