import { detachedTask } from "../../../../src/mesos/framework/one_off/detached_task.ts";
import { outcomeOf } from "../../../../src/mesos/framework/one_off/task_outcome.ts";
import { assert, assertEquals } from "../../../support/assert.ts";

const framework = (id: string) => ({
  framework_info: {
    id: { value: id },
    name: "mesolet-launch",
    user: "root",
    roles: ["web"],
    failover_timeout: 86_400,
  },
});

const task = (id: string, state: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name: "job",
  task_id: { value: id },
  framework_id: { value: "f1" },
  executor_id: { value: id },
  agent_id: { value: "agent-1" },
  state,
  ...more,
});

const frameworks = {
  frameworks: [framework("other"), framework("f1")],
  completed_frameworks: [framework("f2")],
};

Deno.test("detached: its task, as the master knows it", () => {
  const tasks = {
    tasks: [task("job.0.4f1c.a1", "TASK_RUNNING"), {
      ...task("x", "TASK_RUNNING"),
      framework_id: { value: "other" },
    }],
    completed_tasks: [task("job.0.4f1c.a0", "TASK_DROPPED")],
  };
  const found = detachedTask("f1", { frameworks, tasks }, 1_000);
  assert(typeof found !== "string");
  assertEquals([found.name, found.roles, found.user, found.failoverTimeout], [
    "mesolet-launch",
    ["web"],
    "root",
    86_400,
  ]);
  assertEquals(found.end, undefined);
  const { id, pod, version, executorId, agent, phase, state } = found.task;
  assertEquals([id, pod, version, executorId, agent.id, phase, state], [
    "job.0.4f1c.a1",
    "job",
    "4f1c",
    "job.0.4f1c.a1",
    "agent-1",
    "launched",
    "TASK_RUNNING",
  ]);
});

Deno.test("detached: one that is over has its exit code from its last status", () => {
  const labels = {
    labels: [{ key: "mesolet.reason", value: "container-exited" }, { key: "mesolet.exit-code", value: "4" }],
  };
  const statuses = [{ state: "TASK_RUNNING" }, { state: "TASK_FAILED", labels, message: "app exited" }];
  for (const member of ["tasks", "completed_tasks"]) {
    const tasks = { [member]: [task("job.0.4f1c.a1", "TASK_FAILED", { statuses })] };
    const found = detachedTask("f1", { frameworks, tasks }, 0);
    assert(typeof found !== "string" && found.end !== undefined);
    assertEquals(outcomeOf(found.end), { code: 4 });
  }
});

Deno.test("detached: a group of tasks is one, with the end of the one that did worst", () => {
  const member = (name: string, state: string, more = {}) => task(`job.0.4f1c.a1.${name}`, state, more);
  const found = (tasks: unknown) => {
    const one = detachedTask("f1", { frameworks, tasks }, 0);
    assert(typeof one !== "string");
    const { id, pod, executorId, state, members = [] } = one.task;
    assertEquals([id, pod, executorId], ["job.0.4f1c.a1", "job", "job.0.4f1c.a1"]);
    return [state, members.map(({ name }) => name).join(" "), one.end?.message];
  };
  assertEquals(
    found({ tasks: [member("web-1", "TASK_RUNNING")], completed_tasks: [member("job-1", "TASK_FINISHED")] }),
    ["TASK_RUNNING", "web-1 job-1", undefined],
  );
  const statuses = [{ state: "TASK_FAILED", message: "Command exited with status 3" }];
  assertEquals(
    found({
      completed_tasks: [member("web-1", "TASK_KILLED"), member("job-1", "TASK_FAILED", { statuses })],
    }),
    ["TASK_FAILED", "web-1 job-1", "job-1: Command exited with status 3"],
  );
});

for (
  const [what, id, tasks, why] of [
    ["a framework that there is not", "f3", {}, "no-framework"],
    ["one that was taken off", "f2", {}, "over"],
    ["one without a task", "f1", { tasks: [] }, "no-task"],
    ["what is no answer of a master", "f1", "what", "no-task"],
  ] as const
) {
  Deno.test(`detached: ${what}`, () => assertEquals(detachedTask(id, { frameworks, tasks }, 0), why));
}
