import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { FakeBoard, lines, newYear, podEntry, specProblem } from "./fake_board.ts";
import { parseMetrics } from "./parse_metrics.ts";
import { ask, bodyOf, statusOf } from "./raw_client.ts";
import { serving } from "./serving.ts";

/** Every member that the JSON may have; docs/operator-http.md shows the same. */
const shownBoard = {
  schema: 1,
  mesolet: "1.2.3",
  ready: true,
  pods: [{
    name: "web",
    file: "/etc/pods/web.yaml",
    phase: "failed",
    reason: "the container api exited with 3",
    reasonCode: "container-exited",
    exitCode: 3,
    address: "10.0.0.2",
    since: "2026-01-01T00:00:00.000Z",
    observedAt: "2026-01-01T00:00:01.000Z",
    containers: [{
      name: "api",
      number: 1,
      containerName: "web-api-1",
      id: "0123456789ab",
      image: "registry.example/api:1",
      essential: true,
      state: "backing-off",
      health: "unhealthy",
      reason: "exited with 3",
      exitCode: 3,
      outOfMemory: false,
      restarts: 2,
      startedAt: "2026-01-01T00:00:00.000Z",
      finishedAt: "2026-01-01T00:00:01.000Z",
      startsAgainAt: "2026-01-01T00:00:02.000Z",
      addresses: ["10.0.0.2"],
      ports: [{ target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 8080 }],
    }],
    problem: {
      file: "/etc/pods/web.yaml",
      pod: "web",
      severity: "error",
      message: "takes a number, not a list",
      path: "services.web.ports[0]",
      position: { file: "/etc/pods/web.yaml", line: 3, column: 7 },
      keptVersion: true,
      since: "2026-01-01T00:00:00.000Z",
    },
  }],
  problems: [{
    file: "/etc/pods/web.yaml",
    pod: "web",
    severity: "error",
    message: "takes a number, not a list",
    path: "services.web.ports[0]",
    position: { file: "/etc/pods/web.yaml", line: 3, column: 7 },
    keptVersion: true,
    since: "2026-01-01T00:00:00.000Z",
  }],
};

function fullBoard(): FakeBoard {
  const board = new FakeBoard();
  const problem = specProblem("/etc/pods/web.yaml", { pod: "web" });
  const status = {
    phase: "failed",
    reason: "the container api exited with 3",
    reasonCode: "container-exited",
    exitCode: 3,
    address: "10.0.0.2",
    observedAt: newYear + 1_000,
    // What a pod knows and nobody is told.
    environment: { PASSWORD: "hunter2" },
  } as const;
  const container = {
    state: "backing-off",
    health: "unhealthy",
    reason: "exited with 3",
    exitCode: 3,
    restarts: 2,
    finishedAt: newYear + 1_000,
    startsAgainAt: newYear + 2_000,
    lastLog: ["the password is hunter2"],
    environment: { PASSWORD: "hunter2" },
  } as const;
  board.entries = [podEntry("web", { entry: { problem }, status, containers: [container] })];
  board.wrong = [problem];
  return board;
}

Deno.test("/v1/pods and /v1/pods/NAME have the documented members, and no more", async () => {
  await using server = await serving({ board: fullBoard() });
  const answer = await ask(server.address, "GET /v1/pods");
  assertMatch(answer, /^content-type: application\/json\r$/mi);
  assertEquals(JSON.parse(bodyOf(answer)), shownBoard);
  assertEquals(JSON.parse(bodyOf(await ask(server.address, "GET /v1/pods/web"))), shownBoard.pods[0]);
});

Deno.test("docs/operator-http.md shows what is answered", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/operator-http.md", import.meta.url));
  const examples = [...text.matchAll(/```json\n([^]*?)```/g)].map(([, json = ""]) => JSON.parse(json));
  assertEquals(examples[0], shownBoard);
});

Deno.test("no answer has what a pod keeps to itself", async () => {
  await using server = await serving({ board: fullBoard() });
  server.board.happen("web: container api replaced: image changed a → b", "web");
  for (
    const path of ["/", "/v1/pods", "/v1/pods/web", "/metrics", "/healthz", "/readyz", "/v1/pods/x", "/x"]
  ) {
    const answer = await ask(server.address, `GET ${path}`);
    assert(!answer.includes("hunter2"), path);
  }
});

Deno.test("/healthz fails when the loop makes no progress", async () => {
  const clock = new SteppedClock();
  await using server = await serving({ clock });
  assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
  await clock.advance(29_000);
  server.board.lastProgress = clock.elapsed();
  await clock.advance(30_000);
  assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
  await clock.advance(1_000);
  const answer = await ask(server.address, "GET /healthz");
  assertEquals(statusOf(answer), 503);
  assertEquals(bodyOf(answer), "the operator made no progress for 31 s; 30 s are allowed\n");
  server.board.lastProgress = clock.elapsed();
  assertEquals(statusOf(await ask(server.address, "GET /healthz")), 200);
});

Deno.test("/readyz says whether every pod was looked at", async () => {
  await using server = await serving();
  assertEquals(statusOf(await ask(server.address, "GET /readyz")), 200);
  server.board.ready = false;
  assertEquals(statusOf(await ask(server.address, "GET /readyz")), 503);
  server.board.waitsFor = "nobody listens at unix:///run/docker.sock";
  const answer = await ask(server.address, "GET /readyz");
  assertEquals(statusOf(answer), 503);
  assertEquals(bodyOf(answer), "waits for the engine: nobody listens at unix:///run/docker.sock\n");
  const { ready, waitsFor } = JSON.parse(bodyOf(await ask(server.address, "GET /v1/pods")));
  assertEquals([ready, waitsFor], [false, "nobody listens at unix:///run/docker.sock"]);
});

Deno.test("/metrics is the text format of Prometheus", async () => {
  await using server = await serving({ board: fullBoard() });
  const answer = await ask(server.address, "GET /metrics");
  assertMatch(answer, /^content-type: text\/plain; version=0\.0\.4; charset=utf-8\r$/mi);
  assertEquals(
    parseMetrics(bodyOf(answer)).get("mesolet_spec_errors")?.samples.get("mesolet_spec_errors{}"),
    1,
  );
});

Deno.test("everything is read only", async () => {
  await using server = await serving({ board: fullBoard() });
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"]) {
    for (const path of ["/", "/v1/pods/web", "/nothing"]) {
      const answer = await ask(server.address, `${method} ${path}`);
      assertEquals(statusOf(answer), 405, `${method} ${path}`);
      assertMatch(answer, /^allow: GET, HEAD\r$/mi);
    }
  }
});

Deno.test("HEAD has the head of GET and nothing after it", async () => {
  await using server = await serving({ board: fullBoard() });
  const head = (answer: string) =>
    answer.slice(0, answer.indexOf("\r\n\r\n")).replace(/^date: .*$/mi, "").toLowerCase();
  for (const path of ["/", "/v1/pods", "/metrics", "/v1/pods/web/logs", "/v1/events", "/nothing"]) {
    const answer = await ask(server.address, `HEAD ${path}`);
    assert(answer.endsWith("\r\n\r\n"), path);
    if (!path.includes("events")) assertEquals(head(answer), head(await ask(server.address, `GET ${path}`)));
  }
});

Deno.test("what is not there is not found", async () => {
  await using server = await serving({ board: fullBoard() });
  for (
    const path of [
      "/v1",
      "/v1/pods/..%2fweb",
      "/v1/pods/../pods/web",
      "/v1/pods/web%2flogs",
      "/v1/pods/web%00",
      "/v1/pods/%2e%2e/%2e%2e/etc/passwd",
      "/v1//pods",
      "/v1/pods/",
      "/v1/pods/db",
      "/v1/pods/web/x",
      "/v1/pods/web/logs/x",
      "/healthz/x",
      "//",
    ]
  ) {
    assertEquals(statusOf(await ask(server.address, `GET ${path}`)), 404, path);
  }
  const answer = await ask(server.address, "GET /v1/pods/d%3Cb%3E");
  assertEquals(JSON.parse(bodyOf(answer)), { error: "there is no pod d<b>" });
});

Deno.test("pages of other sites get nothing", async () => {
  await using server = await serving({ board: fullBoard() });
  const status = async (headers: Record<string, string>) =>
    statusOf(await ask(server.address, "GET /v1/pods", headers));
  assertEquals(await status({ Host: "evil.example:10280" }), 421);
  assertEquals(statusOf(await ask(server.address, "GET http://evil.example/v1/pods")), 421);
  assertEquals(statusOf(await ask(server.address, "GET http://localhost/v1/pods", { Host: "x" })), 200);
  assertEquals(await status({ Host: "127.0.0.1:10280" }), 200);
  assertEquals(await status({ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }), 403);
  // A link from elsewhere that somebody follows.
  assertEquals(await status({ "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" }), 200);
  assertEquals(await status({ "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors" }), 200);
});

Deno.test("who listens for everybody is asked by any name", async () => {
  await using server = await serving({ listen: "0.0.0.0:0", board: fullBoard() });
  const address = server.address.replace("0.0.0.0", "127.0.0.1");
  assertEquals(statusOf(await ask(address, "GET /v1/pods", { Host: "node7.example:10280" })), 200);
});

Deno.test("a log is asked of the board as the request says", async () => {
  await using server = await serving({ board: fullBoard() });
  server.board.log = () => lines(["one", "<two>"]);
  const body = async (path: string, headers = {}) =>
    bodyOf(await ask(server.address, `GET ${path}`, headers));
  assertEquals(await body("/v1/pods/web/logs"), "api | one\napi | <two>\n");
  assertEquals(await body("/v1/pods/web/logs?container=api&follow=true&tail=all"), "one\n<two>\n");
  assertEquals(await body("/v1/pods/web/logs?tail=7&follow=0"), "api | one\napi | <two>\n");
  const [first] = (await body("/v1/pods/web/logs?follow", { Accept: "application/x-ndjson" })).split("\n");
  assertEquals(JSON.parse(first ?? ""), {
    container: "api",
    stream: "stdout",
    time: "2026-01-01T00:00:00.000000000Z",
    text: "one",
  });
  assertEquals(server.board.logRequests, [
    ["web", { follow: false, tail: 1_000 }],
    ["web", { container: "api", follow: true }],
    ["web", { follow: false, tail: 7 }],
    ["web", { follow: true, tail: 1_000 }],
  ]);
});

Deno.test("a request for a log that makes no sense is refused", async () => {
  await using server = await serving({ board: fullBoard() });
  const status = async (query: string) =>
    statusOf(await ask(server.address, `GET /v1/pods/web/logs?${query}`));
  assertEquals(await status("tail=-1"), 400);
  assertEquals(await status("tail=many"), 400);
  assertEquals(await status("follow=maybe"), 400);
  assertEquals(await status("tial=3"), 400);
  assertEquals(await status("container=db"), 404);
  assertEquals(statusOf(await ask(server.address, "GET /v1/events?since=x")), 400);
});

Deno.test("every answer forbids to be kept, guessed at and framed", async () => {
  await using server = await serving({ board: fullBoard() });
  for (const path of ["/", "/v1/pods", "/nothing"]) {
    const answer = await ask(server.address, `GET ${path}`);
    assertMatch(answer, /^cache-control: no-store\r$/mi);
    assertMatch(answer, /^x-content-type-options: nosniff\r$/mi);
  }
  assertMatch(await ask(server.address, "GET /"), /^content-security-policy: .*frame-ancestors 'none'/mi);
});
