import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import type { PodInstance, ReadInstance } from "../../src/operator/pod_board.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeBoard, logEntry, podEntry } from "./fake_board.ts";
import { serving } from "./serving.ts";

const agent = { id: "S0", hostname: "one.example" };

class ClusterLikeBoard extends FakeBoard {
  readInstance: ReadInstance = () => Promise.resolve(undefined);
}

function clusterBoard(): ClusterLikeBoard {
  const board = new ClusterLikeBoard();
  const instance = (slot: number): PodInstance => ({
    slot,
    state: "running",
    ready: true,
    version: "v1",
    task: `web.${slot}.v1.a`,
    agent,
    ports: [],
    last: { task: `web.${slot}.v1.0`, agent },
  });
  board.entries = [
    podEntry("web", { entry: { instances: [instance(0), instance(1)] }, containers: [] }),
    podEntry("local"),
  ];
  board.log = async function* () {
    yield logEntry("one", "0/api-1");
    yield { container: "1/api-1", line: { stream: "stderr", time: "", text: "two" } };
  };
  return board;
}

Deno.test("the log of a pod on a cluster is told by instance", async () => {
  const board = clusterBoard();
  await using server = await serving({ board });
  const ask = async (query: string, headers: Record<string, string> = {}) =>
    await (await fetch(`${server.address}v1/pods/web/logs${query}`, { headers })).text();
  assertEquals(await ask("?container=api"), "0/api-1 | one\n1/api-1 | two\n");
  assertEquals(await ask("?container=api&instance=0&tail=all"), "one\ntwo\n");
  assertEquals(await ask("?instance=1&previous=true&tail=5&follow=1"), "0/api-1 | one\n1/api-1 | two\n");
  assertEquals(board.logRequests, [
    ["web", { container: "api", follow: false, tail: 1_000 }],
    ["web", { container: "api", follow: false, instance: 0 }],
    ["web", { follow: true, tail: 5, instance: 1, previous: true }],
  ]);
  const lines = (await ask("", { accept: "application/x-ndjson" })).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(lines, [
    { container: "0/api-1", stream: "stdout", time: "2026-01-01T00:00:00.000000000Z", text: "one" },
    { container: "1/api-1", stream: "stderr", text: "two" },
  ]);
  assertEquals(JSON.parse(await ask("?instance=7")), {
    error: "the pod web has no instance 7; it has 0, 1",
  });
  const local = await fetch(`${server.address}v1/pods/local/logs?instance=0`);
  assertEquals([local.status, await local.text()], [
    400,
    "only container, follow, tail can be asked for here\n",
  ]);
});

Deno.test("an instance is told as its executor wrote it down", async () => {
  const board = clusterBoard();
  await using server = await serving({ board });
  const ask = async (path: string) => {
    const answer = await fetch(`${server.address}v1/pods/${path}`);
    return [answer.status, await answer.json()];
  };
  const asked: unknown[] = [];
  board.readInstance = (...[pod, options]) => {
    asked.push([pod, options]);
    return Promise.resolve({
      task: "web.1.v1.a",
      agent,
      framework: "F",
      agentAddress: "10.0.0.1:5051",
      pod: { schema: 1, phase: "running" },
    });
  };
  assertEquals(await ask("web/instances/1"), [200, {
    slot: 1,
    task: "web.1.v1.a",
    framework: "F",
    agent: { ...agent, address: "10.0.0.1:5051" },
    pod: { schema: 1, phase: "running" },
  }]);
  await ask("web/instances/1?previous=true");
  assertEquals(asked, [
    ["web", { instance: 1, previous: false }],
    ["web", { instance: 1, previous: true }],
  ]);
  board.readInstance = () => Promise.resolve(undefined);
  assertEquals(await ask("web/instances/0"), [404, { error: "instance 0 of the pod web is nowhere now" }]);
  board.readInstance = () => Promise.reject(new MesoletError("Cannot connect to one", ExitCode.unavailable));
  assertEquals(await ask("web/instances/0"), [503, { error: "Cannot connect to one" }]);
  assertEquals(await ask("web/instances/9"), [404, { error: "the pod web has no instance 9; it has 0, 1" }]);
  assertEquals(await ask("local/instances/0"), [404, {
    error: "the pod local has no instance 0; its containers are on this host: /v1/pods/NAME has them",
  }]);
  for (const path of ["web/instances", "web/instances/0/1", "web/other/0"]) {
    const answer = await fetch(`${server.address}v1/pods/${path}`);
    assertEquals(answer.status, 404, path);
    await answer.body?.cancel();
  }
});
