import { judge, watchUntil } from "../../src/docker/wait_step.ts";
import { Connection } from "../../src/docker/connection.ts";
import type { ContainerDetail } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import type { WaitCondition } from "../../src/plan/step.ts";
import { assertEquals } from "../support/assert.ts";
import { fakeServer, httpAnswer } from "../support/fake_server.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

function detail(state: ContainerDetail["state"], more: Partial<ContainerDetail> = {}): ContainerDetail {
  return {
    id: "0123",
    name: "web",
    labels: {},
    state,
    exitCode: 0,
    outOfMemory: false,
    error: "",
    engineRestarts: 0,
    restartPolicy: "no",
    tty: false,
    addresses: [],
    ...more,
  };
}

Deno.test("a condition is reached, may still be, or never will", () => {
  const table: readonly [WaitCondition, ContainerDetail | null, string][] = [
    ["running", detail("created"), "waiting"],
    ["running", detail("running"), "reached"],
    ["running", detail("restarting"), "waiting"],
    ["running", detail("exited", { exitCode: 1 }), "it ended with exit code 1"],
    ["running", null, "it is gone"],
    ["healthy", detail("created"), "waiting"],
    ["healthy", detail("running", { health: "starting" }), "waiting"],
    ["healthy", detail("running", { health: "healthy" }), "reached"],
    ["healthy", detail("running", { health: "unhealthy" }), "it is unhealthy"],
    ["healthy", detail("running"), "it has no health check"],
    ["healthy", detail("exited", { health: "healthy" }), "it ended with exit code 0"],
    ["completed", detail("running"), "waiting"],
    ["completed", detail("exited"), "reached"],
    ["completed", detail("dead", { exitCode: 9 }), "it ended with exit code 9"],
  ];
  for (const [condition, seen, expected] of table) {
    const verdict = judge(condition, seen);
    assertEquals(typeof verdict === "string" ? verdict : verdict.never, expected);
  }
});

Deno.test("a container whose events have dried up is looked at again", async () => {
  let looks = 0;
  const silent = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  await using server = await fakeServer("unix", (request) => {
    if (request.includes("/events")) return silent;
    return httpAnswer(200, { Id: "0123", State: { Status: ++looks < 3 ? "running" : "exited" } });
  });
  const clock = new SteppedClock();
  const connection = new Connection(parseEngineAddress(server.host, "test"), { clock });
  let done = false;
  const watching = watchUntil(
    connection,
    "0123",
    (seen) => seen?.state === "exited",
    new AbortController().signal,
  ).then(() => done = true);
  await waitUntil("the end is seen", async () => {
    await clock.advance(5_000);
    return done;
  });
  await watching;
  assertEquals(looks, 3);
  connection.close();
});
