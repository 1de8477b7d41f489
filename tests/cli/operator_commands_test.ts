/** `ps`, `logs` and `events` of pods that an operator keeps, over its HTTP. */

import { ExitCode } from "../../src/pod/errors.ts";
import type { PodInstance, ReadInstance } from "../../src/operator/pod_board.ts";
import { FakeBoard, podEntry } from "../status/fake_board.ts";
import { FakeCluster } from "../status/fake_cluster.ts";
import { serving } from "../status/serving.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { ManualSignals, runInMemory } from "./command_line.ts";
import { MemoryOutput } from "../../src/cli/output.ts";

const agent = { id: "S0", hostname: "one.example" };

class ClusterLikeBoard extends FakeBoard {
  readInstance: ReadInstance = (_, { instance }) =>
    instance === 1 ? Promise.resolve(undefined) : Promise.resolve({
      task: "shop.0.v1.a",
      agent,
      framework: "F",
      agentAddress: "10.0.0.1:5051",
      pod: {
        containers: [
          {
            name: "web",
            number: 1,
            image: "web:1",
            state: "running",
            health: "healthy",
            restarts: 2,
            ports: [],
          },
          {
            name: "db",
            number: 1,
            id: "abc",
            image: "db:1",
            state: "exited",
            exitCode: 3,
            reason: "exited with 3",
          },
        ],
      },
    });
}

function board(): ClusterLikeBoard {
  const made = new ClusterLikeBoard();
  const running: PodInstance = {
    slot: 0,
    state: "running",
    ready: true,
    version: "v1",
    task: "shop.0.v1.a",
    agent,
    address: "10.0.0.1",
    ports: [31000, 31001],
    since: Date.now() - 300_000,
  };
  const waiting: PodInstance = {
    slot: 1,
    state: "waiting",
    ready: false,
    version: "v1",
    ports: [],
    why: "no agent has 8 cpus",
  };
  made.entries = [
    podEntry("local"),
    podEntry("shop", { entry: { instances: [running, waiting] }, containers: [] }),
  ];
  return made;
}

const engineless = { DOCKER_HOST: "unix:///no/engine.sock" };

Deno.test("ps --operator lists instances, and containers of pods that are named", async () => {
  await using server = await serving({ board: board() });
  const ps = async (...args: string[]) => {
    const { code, out, error } = await runInMemory(["ps", ...args], {
      variables: { ...engineless, MESOLET_OPERATOR: server.address },
    });
    assertEquals([code, error], [0, ""]);
    return out.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  ")).join("\n");
  };
  assertEquals(
    await ps("shop", "--format", "json").then((text) =>
      JSON.parse(text).map(({ instance, container, trouble }: Record<string, Record<string, unknown>>) => [
        instance?.["slot"],
        container?.["name"],
        trouble,
      ])
    ),
    [[0, "web", undefined], [0, "db", undefined], [1, undefined, undefined]],
  );
  const table = await ps();
  assertStringIncludes(table, "POD  INSTANCE  CONTAINER  IMAGE  STATE  AGENT  ADDRESS  PORTS  SINCE  WHY");
  const containers = await ps("shop");
  assertStringIncludes(containers, "shop  0  web-1  web:1  running (healthy)  one.example");
  assertStringIncludes(containers, "shop  0  db-1  db:1  exited (3)  one.example  10.0.0.1  exited with 3");
  assertStringIncludes(containers, "shop  1  -  waiting");
  assertStringIncludes(containers, "no place so far: mesolet why shop");
  assertStringIncludes(table, "shop  0  -  running  one.example  10.0.0.1  31000, 31001  5m");
  assertStringIncludes(table, "local  api-1  registry.example/api:1  running (healthy)");
  assertEquals(await ps("-q"), "0123456789ab\nshop.0.v1.a\n");
  assertEquals(await ps("-q", "--containers", "shop"), "shop.0.v1.a\nabc\n");
  const wrong = await runInMemory(["ps", "--operator", server.address, "shp"], { variables: {} });
  assertEquals([wrong.code, wrong.out], [ExitCode.usage, ""]);
  assertStringIncludes(wrong.error, "has no pod shp: did you mean shop?");
});

Deno.test("ps --operator says that there is no master, and which specs have no pod", async () => {
  const shown = board();
  const cluster = new FakeCluster();
  cluster.master = { connected: false, reason: "connection refused" };
  shown.cluster = cluster;
  shown.wrong = [{
    key: "/etc/pods/bad.yaml",
    pod: "bad",
    problem: { severity: "error", path: "services.a.imag", message: "is an unknown field" },
    keptVersion: false,
    since: 0,
  }];
  await using server = await serving({ board: shown });
  const ps = async (...words: string[]) => {
    const ran = await runInMemory(["ps", "--operator", server.address, ...words], { variables: {} });
    assertEquals(ran.code, 0);
    return ran.error;
  };
  const said = await ps();
  assertStringIncludes(said, "the operator has no master: connection refused");
  assertStringIncludes(said, "/etc/pods/bad.yaml: services.a.imag: is an unknown field");
  assertEquals((await ps("shop")).includes("bad.yaml"), false);
});

Deno.test("logs --operator prints lines behind instance and container", async () => {
  const shown = board();
  shown.log = async function* () {
    yield { container: "0/web-1", line: { stream: "stdout", time: "", text: "one" } };
    yield { container: "0/db-1", line: { stream: "stdout", time: "", text: "two" } };
    yield { container: "1/-", line: { stream: "stderr", time: "", text: "mesolet: cannot be read" } };
  };
  await using server = await serving({ board: shown });
  const logs = async (...args: string[]) =>
    await runInMemory(["logs", "--operator", server.address, ...args], { variables: engineless });
  assertEquals(await logs("shop"), {
    code: 0,
    out: "0/web-1  | one\n0/db-1  | two\n1/-  | mesolet: cannot be read\n".replace("1/-  |", "1/-      |")
      .replace("0/db-1  |", "0/db-1   |"),
    error: "",
  });
  assertEquals(
    (await logs("--no-log-prefix", "shop", "db", "web", "--tail", "5")).out,
    "one\ntwo\nmesolet: cannot be read\n",
  );
  assertEquals((await logs("--no-log-prefix", "shop", "db", "--instance", "0", "--previous")).code, 0);
  assertEquals(shown.logRequests.slice(1), [
    ["shop", { follow: false, tail: 5 }],
    ["shop", { container: "db", follow: false, instance: 0, previous: true }],
  ]);
  assertStringIncludes(
    (await logs("shop", "wbe")).error,
    "the pod shop has no container wbe: did you mean web?",
  );
  const absent = await logs("shop", "--instance", "7");
  assertEquals(absent.code, ExitCode.usage);
  assertStringIncludes(absent.error, "the pod shop has no instance 7 (it has 0, 1)");
  assertStringIncludes((await logs("local", "--instance", "0")).error, "are for pods on a cluster");
  assertStringIncludes((await logs()).error, "needs the name of a pod");
});

Deno.test("events --operator goes on over a restart of the operator, with no event lost or doubled", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const listen = `unix:${directory}/operator.sock`;
    const first = board();
    const server = await serving({ listen, board: first });
    first.happen("before", "shop");
    const out = new MemoryOutput();
    const error = new MemoryOutput();
    const signals = new ManualSignals();
    const running = runInMemory(["events", "--operator", listen, "shop"], {
      out,
      error,
      signals: signals.source,
      variables: engineless,
    });
    await waitUntil("it listens", () => first.listeners > 0);
    first.happen("one", "shop");
    first.happen("of another", "local");
    await waitUntil("one is told", () => out.text.includes("one"));
    await server.stop();
    await waitUntil("the loss is told", () => error.text.includes("it is tried again"));
    const second = board();
    second.happen("two", "shop");
    await using _again = await serving({ listen, board: second });
    second.happen("three", "shop");
    await waitUntil("it goes on", () => out.text.includes("three"));
    signals.send("SIGINT");
    assertEquals((await running).code, ExitCode.interrupted);
    assertEquals(out.text.trim().split("\n").map((line) => line.split(" ").slice(1).join(" ")), [
      "one",
      "two",
      "three",
    ]);
    const past = await runInMemory(
      ["events", "--operator", listen, "--since", "2025-01-01", "--until", "0s", "--json"],
      { variables: {} },
    );
    assertEquals(past.out.trim().split("\n").map((line) => JSON.parse(line).text), ["two", "three"]);
    const wrong = await runInMemory(["events", "--operator", listen, "shp"], { variables: {} });
    assertStringIncludes(wrong.error, "did you mean shop?");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
