import { assertEquals } from "../support/assert.ts";
import { create, hook, planOf, start, wait } from "../support/steps.ts";
import { leaveAlone } from "../../src/supervisor/leave_alone.ts";

const job = { name: "job", number: 1, containerName: "job", exists: true };

function shapeOf(plan: ReturnType<typeof planOf>): Record<string, readonly string[]> {
  return Object.fromEntries(plan.steps.map((step) => [step.id, step.after]));
}

Deno.test("left alone: a job that is done is not started, and those behind it do not wait for its start", () => {
  const plan = planOf(
    start("job", ["create db"]),
    hook("job", "post_start"),
    { ...wait("job", "completed"), after: ["post_start job"] },
    create("db"),
    start("web", ["wait job"]),
  );
  assertEquals(shapeOf(leaveAlone(plan, [job])), {
    "wait job": ["create db"],
    "create db": [],
    "start web": ["wait job"],
  });
});

Deno.test("left alone: a container that is gone is not made again", () => {
  const plan = planOf(
    create("job", ["create db"]),
    start("job"),
    wait("job", "completed"),
    create("db"),
    start("web", ["wait job"]),
  );
  assertEquals(shapeOf(leaveAlone(plan, [{ ...job, exists: false }])), {
    "create db": [],
    "start web": ["create db"],
  });
});

Deno.test("left alone: not a container that the plan replaces, since its spec changed", () => {
  const plan = planOf(create("job"), start("job"));
  assertEquals(leaveAlone(plan, [job]), plan);
});

Deno.test("left alone: other containers, and other replicas, are", () => {
  const plan = planOf(start("job", []), start("web", []));
  assertEquals(leaveAlone(plan, [{ ...job, number: 2 }]), plan);
  assertEquals(leaveAlone(plan, []), plan);
});
