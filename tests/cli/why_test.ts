import { whyLines } from "../../src/cli/why_text.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import type { PodRecord } from "../../src/status/pod_record.ts";
import { FakeBoard, podEntry, specProblem } from "../status/fake_board.ts";
import { fullCluster } from "../status/fake_cluster.ts";
import { serving } from "../status/serving.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { runInMemory } from "./command_line.ts";

const now = Date.UTC(2026, 0, 1, 0, 5);
const since = "2026-01-01T00:00:00.000Z";
const pod = (changes: Partial<PodRecord> = {}): PodRecord => ({
  name: "web",
  file: "/etc/pods/web.yaml",
  phase: "running",
  reason: "",
  reasonCode: "none",
  since,
  observedAt: since,
  containers: [],
  ...changes,
});

Deno.test("why: instances that wait are told with what agents lack, and others with what ails them", () => {
  const common = { ready: false, version: "v", ports: [] };
  const agent = { id: "S0", hostname: "one.example" };
  const shortage = {
    agents: 3,
    fitting: 0,
    lacks: [
      { text: "cpus: 2 needed, 0.5 offered at most", agents: 3 },
      { text: "rack is r1: it is r2", agents: 1 },
    ],
    nearest: [{ agent, at: "2026-01-01T00:03:00.000Z", lacks: ["cpus: 2 needed, 0.5 offered"] }],
  };
  const lines = whyLines({
    pod: pod({ reason: "1 of 6 instances ready", instances: [] }),
    why: {
      schema: 1,
      pod: "web",
      phase: "running",
      reason: "",
      master: { connected: false, reason: "nobody listens at one:5050" },
      instances: [
        { ...common, slot: 1, state: "waiting", waitsSince: since, shortage },
        { ...common, slot: 2, state: "waiting", waitsSince: since, shortage },
        {
          ...common,
          slot: 3,
          state: "backing-off",
          reason: "exited with 3",
          startsAgainAt: "2026-01-01T00:05:40.000Z",
        },
        { ...common, slot: 4, state: "unreachable", agent },
        { ...common, slot: 5, state: "running", agent, reason: "its health check fails" },
        { ...common, slot: 6, state: "finished" },
      ],
    },
  }, now);
  assertEquals(lines, [
    "web: running for 5m: 1 of 6 instances ready",
    "  the operator has no master: nobody listens at one:5050",
    "  instances 1, 2: wait for a place for 5m",
    "    Of 3 agents that offered something, none will do.",
    "      3 agents: cpus: 2 needed, 0.5 offered at most",
    "      1 agent: rack is r1: it is r2",
    "    The nearest:",
    "      one.example, by what it offered 2m ago: cpus: 2 needed, 0.5 offered",
    "  instance 3: failed, started again in 40s: exited with 3",
    "  instance 4: unreachable on one.example",
    "  instance 5: runs and is not ready on one.example: its health check fails",
  ]);
});

Deno.test("why: what is not well of a pod on one host is told, or that nothing is", () => {
  const container = {
    name: "api",
    number: 1,
    containerName: "web-api-1",
    image: "api:1",
    essential: true,
    state: "running",
    outOfMemory: false,
    restarts: 0,
    addresses: [],
    ports: [],
  };
  const problem = {
    file: "/etc/pods/web.yaml",
    severity: "error",
    message: "takes a number, not a list",
    path: "services.web.ports[0]",
    position: { file: "/etc/pods/web.yaml", line: 3, column: 7 },
    keptVersion: true,
    since,
  };
  const table: [Partial<PodRecord>, string[]][] = [
    [{ containers: [container] }, ["web: running for 5m", "  it runs as it is to"]],
    [{ phase: "succeeded", containers: [{ ...container, state: "exited", exitCode: 0 }] }, [
      "web: succeeded for 5m",
      "  it has run to its end",
    ]],
    [{
      problem,
      containers: [{ ...container, state: "exited", exitCode: 137, outOfMemory: true, restarts: 2 }],
    }, [
      "web: running for 5m",
      "  its spec is wrong: /etc/pods/web.yaml:3:7: services.web.ports[0]: takes a number, not a list " +
      "(the last good version is kept)",
      "  container api: exited, exit code 137, out of memory, 2 restarts",
    ]],
    [{
      phase: "failed",
      reason: "the container api exited with 3",
      containers: [
        {
          ...container,
          number: 2,
          state: "backing-off",
          exitCode: 3,
          reason: "exited with 3",
          startsAgainAt: "2026-01-01T00:05:00.000Z",
        },
        { ...container, health: "unhealthy", reason: "its health check failed" },
      ],
    }, [
      "web: failed for 5m: the container api exited with 3",
      "  container api-2: failed, exit code 3, started again now: exited with 3",
      "  container api: unhealthy: its health check failed",
    ]],
  ];
  for (const [changes, expected] of table) {
    assertEquals(whyLines({ pod: pod(changes), why: undefined }, now), expected);
  }
});

Deno.test("why: an operator of a cluster and one of a host are asked, and the exit code says whether all is well", async () => {
  const { board } = fullCluster();
  board.entries = [...board.entries, podEntry("job")];
  board.wrong = [specProblem("/etc/pods/new.yaml", { keptVersion: false })];
  await using server = await serving({ board });
  const ask = (...words: string[]) => runInMemory(["why", "--operator", server.address, ...words]);
  const web = await ask("web");
  assertEquals(web.code, ExitCode.failed);
  assertStringIncludes(web.out, "instance 1: waits for a place");
  assertStringIncludes(web.out, "3 agents: cpus: 2 needed, 0.5 offered at most");
  const json = JSON.parse((await ask("web", "--format", "json")).out);
  assertEquals([json.well, json.instances[0].shortage.agents, json.master.connected], [false, 3, true]);
  assertEquals((await ask("job")).code, ExitCode.ok);
  const wrong = await ask("new");
  assertEquals(wrong.code, ExitCode.failed);
  assertEquals(
    wrong.out,
    "new: does not run: its spec is wrong: /etc/pods/new.yaml:3:7: services.web.ports[0]: takes a number, not a list\n",
  );
  const unknown = await ask("wed");
  assertEquals(unknown.code, ExitCode.usage);
  assertStringIncludes(unknown.error, "did you mean web?");
});

Deno.test("why: an operator that is not there is told of", async () => {
  const board = new FakeBoard();
  let address: string;
  {
    await using server = await serving({ board });
    address = server.address;
  }
  const { code, error } = await runInMemory(["why", "--operator", address, "web"]);
  assertEquals(code, ExitCode.unavailable);
  assertStringIncludes(error, address.replace(/\/$/, ""));
});
