import { assertEquals } from "../../support/assert.ts";
import { graceOfKill, graceOfShutdown, nextKill } from "../../../src/mesos/executor/kill_grace.ts";

const seconds = (count: number) => ({ grace_period: { nanoseconds: count * 1e9 } });

Deno.test("the grace of a kill is the event's, else the task's, else none of its own", () => {
  assertEquals(graceOfKill(seconds(3), seconds(20)), 3_000);
  assertEquals(graceOfKill(undefined, seconds(20)), 20_000);
  assertEquals(graceOfKill({}, seconds(20)), 20_000);
  assertEquals(graceOfKill(seconds(0), seconds(20)), 0);
  assertEquals(graceOfKill(seconds(-1), undefined), 0);
  assertEquals(graceOfKill(undefined, undefined), undefined);
  assertEquals(graceOfKill(undefined, {}), undefined);
});

Deno.test("a repeated kill may only shorten what is left, counted from the first", () => {
  const first = nextKill(undefined, 20_000, 100);
  assertEquals(first, { since: 100, deadline: 20_100 });
  const shorter = nextKill(first, 5_000, 2_100);
  assertEquals(shorter, { since: 100, deadline: 5_100 });
  // Shorter than what has passed: at once, as the deadline lies behind.
  assertEquals(nextKill(shorter, 1_000, 4_100), { since: 100, deadline: 1_100 });
  assertEquals(nextKill(shorter, 60_000, 4_100), shorter);
  assertEquals(nextKill(shorter, undefined, 4_100), shorter);
});

Deno.test("a kill without a grace of its own gets a deadline by a later one that has", () => {
  const first = nextKill(undefined, undefined, 100);
  assertEquals(first, { since: 100 });
  assertEquals(nextKill(first, 3_000, 1_000), { since: 100, deadline: 3_100 });
});

Deno.test("at SHUTDOWN the pod has two seconds less than the agent gives the executor", () => {
  assertEquals(graceOfShutdown(5_000), 3_000);
  assertEquals(graceOfShutdown(12_500), 10_500);
  assertEquals(graceOfShutdown(1_000), 0);
});
