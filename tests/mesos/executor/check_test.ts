import { checkStatusOf, emptyCheckStatus, startCheck } from "../../../src/mesos/executor/check.ts";
import type { ProbeResult } from "../../../src/mesos/executor/probe_result.ts";
import type { CheckInfo, CheckStatusInfo } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

const statuses: readonly [CheckInfo, ProbeResult, CheckStatusInfo][] = [
  [{ type: "COMMAND" }, { kind: "command", exitCode: 3 }, { type: "COMMAND", command: { exit_code: 3 } }],
  [{ type: "HTTP" }, { kind: "http", statusCode: 503 }, { type: "HTTP", http: { status_code: 503 } }],
  [{ type: "TCP" }, { kind: "tcp", succeeded: false }, { type: "TCP", tcp: { succeeded: false } }],
  [{ type: "COMMAND" }, { kind: "failed", reason: "x" }, { type: "COMMAND", command: {} }],
  [{ type: "HTTP" }, { kind: "failed", reason: "x" }, { type: "HTTP", http: {} }],
  [{ type: "TCP" }, { kind: "failed", reason: "x" }, { type: "TCP", tcp: {} }],
];

for (const [check, result, status] of statuses) {
  Deno.test(`check ${check.type}: ${JSON.stringify(result)} is told as ${JSON.stringify(status)}`, () =>
    assertEquals(checkStatusOf(check, result), status));
}

Deno.test("a check tells each change of its result and nothing else", async () => {
  const clock = new SteppedClock();
  const check: CheckInfo = { type: "COMMAND", delay_seconds: 1, interval_seconds: 1 };
  const results: ProbeResult[] = [
    { kind: "failed", reason: "the container does not run" },
    { kind: "command", exitCode: 0 },
    { kind: "command", exitCode: 0 },
    { kind: "command", exitCode: 7 },
    { kind: "failed", reason: "the container does not run" },
    { kind: "failed", reason: "no result within 20 s" },
    { kind: "command", exitCode: 7 },
  ];
  const told: CheckStatusInfo[] = [];
  const problems: string[] = [];
  const running = startCheck({
    check,
    clock,
    probe: () => Promise.resolve(results.shift() ?? { kind: "command", exitCode: 7 }),
    onResult: (status) => told.push(status),
    onProblem: (reason) => problems.push(reason),
  });
  await clock.advance(20_000);
  assertEquals(told, [
    { type: "COMMAND", command: { exit_code: 0 } },
    { type: "COMMAND", command: { exit_code: 7 } },
    emptyCheckStatus(check),
    { type: "COMMAND", command: { exit_code: 7 } },
  ]);
  assertEquals(problems.length, 3);
  running.stop();
  await running.done;
  assertEquals(clock.sleeping, 0);
});
