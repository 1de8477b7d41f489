import { assertEquals } from "../support/assert.ts";
import type { RestartPolicy } from "../../src/pod/model.ts";
import { type AfterEnd, backOff, judgeEnd } from "../../src/supervisor/restart_policy.ts";
import { supervisionBounds } from "../../src/supervisor/supervision_bounds.ts";

interface Case {
  readonly name: string;
  readonly policy: RestartPolicy;
  readonly exitCode?: number;
  readonly stoppedByHand?: boolean;
  readonly failures?: number;
  readonly goodFor?: number;
  readonly after: AfterEnd;
}

const again = (failures: number, seconds: number): AfterEnd => ({
  kind: "again",
  failures,
  pause: seconds * 1_000,
});
const over: AfterEnd = { kind: "over" };

const cases: readonly Case[] = [
  { name: "no: success", policy: { kind: "no" }, exitCode: 0, after: over },
  { name: "no: failure", policy: { kind: "no" }, after: over },
  { name: "always: success", policy: { kind: "always" }, exitCode: 0, after: again(1, 10) },
  { name: "always: stopped by hand", policy: { kind: "always" }, stoppedByHand: true, after: again(1, 10) },
  { name: "unless-stopped: failure", policy: { kind: "unless-stopped" }, after: again(1, 10) },
  {
    name: "unless-stopped: stopped by hand",
    policy: { kind: "unless-stopped" },
    stoppedByHand: true,
    after: { kind: "rest" },
  },
  { name: "on-failure: success", policy: { kind: "on-failure" }, exitCode: 0, after: over },
  { name: "on-failure: failure", policy: { kind: "on-failure" }, after: again(1, 10) },
  { name: "on-failure: stopped by hand", policy: { kind: "on-failure" }, stoppedByHand: true, after: over },
  {
    name: "on-failure:2: second failure",
    policy: { kind: "on-failure", maximumRetries: 2 },
    failures: 1,
    after: again(2, 20),
  },
  {
    name: "on-failure:2: third failure",
    policy: { kind: "on-failure", maximumRetries: 2 },
    failures: 2,
    after: over,
  },
  {
    name: "on-failure:2: third failure, after a good run",
    policy: { kind: "on-failure", maximumRetries: 2 },
    failures: 2,
    goodFor: 600_000,
    after: again(1, 10),
  },
  {
    name: "on-failure:0 is without end, as Docker's",
    policy: { kind: "on-failure", maximumRetries: 0 },
    failures: 99,
    after: again(100, 300),
  },
  {
    name: "always: not quite a good run",
    policy: { kind: "always" },
    failures: 3,
    goodFor: 599_999,
    after: again(4, 80),
  },
];

for (const { name, policy, exitCode, stoppedByHand, failures, goodFor, after } of cases) {
  Deno.test(`restart policy: ${name}`, () => {
    const end = {
      exitCode: exitCode ?? 1,
      stoppedByHand: stoppedByHand ?? false,
      byHand: "judge" as const,
      failures: failures ?? 0,
      goodFor: goodFor ?? 0,
    };
    assertEquals(judgeEnd(policy, end, supervisionBounds), after);
  });
}

Deno.test("restart policy: pauses double from 10 s to 300 s", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 1_000].map((failures) => backOff(failures, supervisionBounds) / 1_000);
  assertEquals(pauses, [10, 20, 40, 80, 160, 300, 300, 300]);
});

Deno.test("restart policy: a stop by hand rests whatever the policy, where that was chosen", () => {
  for (const kind of ["no", "always", "unless-stopped", "on-failure"] as const) {
    const end = { exitCode: 143, stoppedByHand: true, byHand: "rest" as const, failures: 0, goodFor: 0 };
    assertEquals(judgeEnd({ kind }, end, supervisionBounds), { kind: "rest" });
    const crash = { ...end, stoppedByHand: false, byHand: "judge" as const };
    assertEquals(
      judgeEnd({ kind }, { ...end, stoppedByHand: false }, supervisionBounds),
      judgeEnd({ kind }, crash, supervisionBounds),
    );
  }
});
