import {
  type HealthReport,
  type HealthState,
  initialHealth,
  isHealthy,
  judgeHealth,
  startHealthCheck,
} from "../../../src/mesos/executor/health_check.ts";
import type { ProbeResult } from "../../../src/mesos/executor/probe_result.ts";
import type { HealthCheck } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

const good: ProbeResult = { kind: "http", statusCode: 200 };
const bad: ProbeResult = { kind: "http", statusCode: 500 };

/** A story: `+` a success, `-` a failure, each at the second it stands at. Reports are written as Mesos gets them. */
function story(check: HealthCheck, tries: readonly (readonly [number, "+" | "-"])[]): string {
  let state: HealthState = initialHealth;
  return tries.map(([seconds, kind]) => {
    const judged = judgeHealth(check, state, kind === "+" ? good : bad, seconds * 1000);
    state = judged.state;
    if (judged.report === undefined) return "";
    const { healthy, consecutiveFailures, kill } = judged.report;
    return healthy ? "healthy" : `unhealthy ${consecutiveFailures}${kill ? " kill" : ""}`;
  }).join("|");
}

const stories: readonly {
  readonly name: string;
  readonly check?: HealthCheck;
  readonly tries: readonly (readonly [number, "+" | "-"])[];
  readonly reports: string;
}[] = [
  {
    name: "the first success is told, later ones are not",
    tries: [[15, "+"], [25, "+"]],
    reports: "healthy|",
  },
  {
    name: "each failure is told, and the first success after it",
    tries: [[15, "+"], [25, "-"], [35, "-"], [45, "+"], [55, "+"]],
    reports: "healthy|unhealthy 1|unhealthy 2|healthy|",
  },
  {
    name: "at the third failure in a row the task is to be killed, and again at each later one",
    tries: [[15, "-"], [25, "-"], [35, "-"], [45, "-"]],
    reports: "unhealthy 1|unhealthy 2|unhealthy 3 kill|unhealthy 4 kill",
  },
  {
    name: "a success between failures begins the count anew",
    check: { consecutive_failures: 2 },
    tries: [[15, "-"], [25, "+"], [35, "-"], [45, "-"]],
    reports: "unhealthy 1|healthy|unhealthy 1|unhealthy 2 kill",
  },
  {
    name: "failures within the grace are not told and not counted",
    check: { grace_period_seconds: 30 },
    tries: [[10, "-"], [20, "-"], [30, "-"], [40, "-"], [50, "+"]],
    reports: "|||unhealthy 1|healthy",
  },
  {
    name: "the first success ends the grace",
    check: { grace_period_seconds: 100 },
    tries: [[10, "-"], [20, "+"], [30, "-"]],
    reports: "|healthy|unhealthy 1",
  },
  {
    name: "a grace of 0 is none",
    check: { grace_period_seconds: 0 },
    tries: [[0, "-"]],
    reports: "unhealthy 1",
  },
  {
    name: "consecutive_failures 1 kills at once",
    check: { consecutive_failures: 1 },
    tries: [[15, "-"]],
    reports: "unhealthy 1 kill",
  },
];

for (const { name, check, tries, reports } of stories) {
  Deno.test(`health: ${name}`, () => assertEquals(story(check ?? {}, tries), reports));
}

const results: readonly [ProbeResult, boolean, HealthCheck?][] = [
  [{ kind: "command", exitCode: 0 }, true],
  [{ kind: "command", exitCode: 1 }, false],
  [{ kind: "http", statusCode: 199 }, false],
  [{ kind: "http", statusCode: 200 }, true],
  [{ kind: "http", statusCode: 399 }, true],
  [{ kind: "http", statusCode: 400 }, false],
  [{ kind: "http", statusCode: 404 }, true, { http: { port: 80, statuses: [404] } }],
  [{ kind: "http", statusCode: 200 }, false, { http: { port: 80, statuses: [404] } }],
  [{ kind: "tcp", succeeded: true }, true],
  [{ kind: "tcp", succeeded: false }, false],
  [{ kind: "failed", reason: "x" }, false],
];

for (const [result, healthy, check] of results) {
  Deno.test(`health: ${JSON.stringify(result)}${check === undefined ? "" : " with statuses"} is ${healthy}`, () =>
    assertEquals(isHealthy(check ?? {}, result), healthy));
}

Deno.test("a health check has the times of Mesos, waits an interval after each try, and stops at once", async () => {
  const clock = new SteppedClock();
  const tried: number[] = [];
  const reports: HealthReport[] = [];
  const problems: string[] = [];
  const running = startHealthCheck({
    check: {},
    clock,
    async probe(signal) {
      tried.push(clock.elapsed() / 1000);
      // The second try hangs, the third takes a while.
      if (tried.length === 2) await clock.sleep(1_000_000, signal);
      if (tried.length === 3) await clock.sleep(5_000, signal);
      return good;
    },
    onResult: (report) => reports.push(report),
    onProblem: (reason) => problems.push(reason),
  });
  await clock.advance(70_000);
  assertEquals(tried, [15, 25, 55, 70]);
  assertEquals(reports.map(({ healthy, reason }) => [healthy, reason]), [
    [true, "healthy"],
    [false, "the health check failed: no result within 20 s"],
    [true, "healthy"],
  ]);
  assertEquals(problems, ["no result within 20 s"]);
  running.stop();
  await running.done;
  await clock.advance(100_000);
  assertEquals(tried.length, 4);
  assertEquals(clock.sleeping, 0);
});

Deno.test("an interval of 0 is a tenth of a second, so that a check does nothing else than try", async () => {
  const clock = new SteppedClock();
  let tries = 0;
  const running = startHealthCheck({
    check: { delay_seconds: 0, interval_seconds: 0 },
    clock,
    probe: () => {
      tries++;
      return Promise.resolve(good);
    },
    onResult: () => {},
  });
  await clock.advance(1_000);
  assertEquals(tries, 11);
  running.stop();
  await running.done;
});

Deno.test("a health check that is stopped during a try ends the try and tells nothing", async () => {
  const clock = new SteppedClock();
  let ended = false;
  const reports: HealthReport[] = [];
  const running = startHealthCheck({
    check: { delay_seconds: 0, timeout_seconds: 0 },
    clock,
    async probe(signal) {
      try {
        await clock.sleep(1_000_000, signal);
      } finally {
        ended = true;
      }
      return bad;
    },
    onResult: (report) => reports.push(report),
  });
  await clock.advance(100_000);
  assertEquals(ended, false, "a time-out of 0 is none");
  running.stop();
  await running.done;
  assertEquals([ended, reports], [true, []]);
  assertEquals(clock.sleeping, 0);
});
