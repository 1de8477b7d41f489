import type { ExecutorInfo, Offer, Resource, TaskInfo } from "../../../src/mesos/wire/messages.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { DirectMaster } from "./direct_master.ts";
import { SimulatedAgents } from "./simulated_agents.ts";
import { TestFramework } from "./test_framework.ts";

interface Stage {
  readonly clock: SteppedClock;
  readonly framework: TestFramework;
  readonly agents: SimulatedAgents;
  readonly offer: Offer;
}

async function withOffer(work: (stage: Stage) => Promise<void>): Promise<void> {
  const clock = new SteppedClock();
  const master = new DirectMaster({ clock });
  const agents = new SimulatedAgents(master.host, clock);
  agents.add();
  const framework = new TestFramework(master);
  framework.subscribe();
  await clock.settle();
  const [offer] = framework.takeOffers();
  assert(offer !== undefined);
  try {
    await work({ clock, framework, agents, offer });
  } finally {
    agents.end();
    master.end();
  }
}

const cpus = (value: number): Resource => ({ name: "cpus", type: "SCALAR", scalar: { value } });
const mem = (value: number): Resource => ({ name: "mem", type: "SCALAR", scalar: { value } });
const disk = (value: number): Resource => ({ name: "disk", type: "SCALAR", scalar: { value } });
const ports = (...range: readonly (readonly [number, number])[]): Resource => ({
  name: "ports",
  type: "RANGES",
  ranges: { range: range.map(([begin, end]) => ({ begin, end })) },
});

/** Makes a task wrong, and what the master says of it. `FW`, `AG` stand for ids. */
const wrongTasks: readonly (readonly [
  what: string,
  change: (task: TaskInfo, framework: TestFramework) => TaskInfo,
  message: string,
])[] = [
  ["an empty id", (task) => ({ ...task, task_id: { value: "" } }), "ID must not be empty"],
  [
    "an id that is too long",
    (task) => ({ ...task, task_id: { value: "x".repeat(256) } }),
    "ID must not be greater than 255 characters",
  ],
  ["a dot for an id", (task) => ({ ...task, task_id: { value: "." } }), "'.' is disallowed"],
  [
    "a backslash in the id",
    (task) => ({ ...task, task_id: { value: "a\\b" } }),
    "'a\\b' contains invalid characters",
  ],
  [
    "another agent",
    (task) => ({ ...task, agent_id: { value: "other" } }),
    "Task uses invalid agent other while agent AG is expected",
  ],
  [
    "a negative grace",
    (task) => ({ ...task, kill_policy: { grace_period: { nanoseconds: -1 } } }),
    "Task's 'kill_policy.grace_period' must be non-negative",
  ],
  [
    "a negative time to complete",
    (task) => ({ ...task, max_completion_time: { nanoseconds: -1 } }),
    "Task's `max_completion_time` must be non-negative",
  ],
  ["no resources", (task) => ({ ...task, resources: [] }), "Task uses no resources"],
  [
    "two roles",
    (task) => ({
      ...task,
      resources: [{ ...cpus(0.1), allocation_info: { role: "a" } }, mem(32)],
    }),
    "Invalid task resources: The resources have multiple allocation roles ('*' and 'a') but only one allocation " +
    "role is allowed",
  ],
  [
    "nothing of something",
    (task) => ({ ...task, resources: [cpus(0.0001), mem(32)] }),
    "Resource 'cpus(allocated: *):0' is invalid: Invalid scalar resource: value <= 0",
  ],
  [
    "ports the wrong way round",
    (task) => ({ ...task, resources: [cpus(0.1), ports([31_005, 31_004])] }),
    "Resource 'ports(allocated: *):[31005-31004]' is invalid: Invalid ranges resource: begin > end",
  ],
  [
    "a port that is not offered",
    (task) => ({ ...task, resources: [cpus(0.1), mem(32), ports([40_000, 40_000])] }),
    "Total resources cpus(allocated: *):0.2; mem(allocated: *):64; ports(allocated: *):[40000-40000] required by " +
    "task and its executor is more than available ports(allocated: *):[31000-32000]; cpus(allocated: *):4; " +
    "mem(allocated: *):8192; disk(allocated: *):10000",
  ],
  [
    "a port for task and executor",
    (task) => ({
      ...task,
      resources: [cpus(0.1), ports([31_005, 31_005])],
      ...withExecutor(task, { resources: [cpus(0.1), ports([31_005, 31_005])] }),
    }),
    "There are overlapping resources in the task resources cpus(allocated: *):0.1; ports(allocated: " +
    "*):[31005-31005] and executor resources cpus(allocated: *):0.1; ports(allocated: *):[31005-31005]",
  ],
  [
    "limits of disk",
    (task) => ({ ...task, limits: { disk: { value: 1 } } }),
    "Only cpus and mem may be included in a task's resource limits",
  ],
  [
    "a limit below the request",
    (task) => ({ ...task, limits: { mem: { value: 1 } } }),
    "The memory limit must be greater than or equal to the memory request",
  ],
  [
    "a limit without a request",
    (task) => ({ ...task, resources: [mem(32)], limits: { cpus: { value: 1 } } }),
    "When a CPU limit is specified, a CPU request must also be specified",
  ],
  [
    "executor and command",
    (task) => ({ ...task, command: { value: "true" } }),
    "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present",
  ],
  [
    "neither executor nor command",
    ({ executor: _, ...task }) => task,
    "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present",
  ],
  [
    "an executor of another framework",
    (task) => ({ ...task, ...withExecutor(task, { framework_id: { value: "other" } }) }),
    "ExecutorInfo has an invalid FrameworkID (Actual: other vs Expected: FW)",
  ],
  [
    "a default executor",
    (task) => ({ ...task, ...withExecutor(task, { type: "DEFAULT" }) }),
    "'ExecutorInfo.command' must not be set for 'DEFAULT' executor",
  ],
  [
    "a negative grace of the executor",
    (task) => ({ ...task, ...withExecutor(task, { shutdown_grace_period: { nanoseconds: -1 } }) }),
    "ExecutorInfo's 'shutdown_grace_period' must be non-negative",
  ],
  [
    "a slash in the executor's id",
    (task) => ({ ...task, ...withExecutor(task, { executor_id: { value: "a/b" } }) }),
    "'a/b' contains invalid characters",
  ],
];

function withExecutor(task: TaskInfo, more: Partial<ExecutorInfo>): Pick<TaskInfo, "executor"> {
  if (task.executor === undefined) throw new Error("The task has no executor");
  return { executor: { ...task.executor, ...more } };
}

for (const [what, change, message] of wrongTasks) {
  Deno.test(`accept: refuses a task with ${what}`, async () => {
    await withOffer(async ({ clock, framework, offer, agents }) => {
      const task = change(framework.task("t1", offer), framework);
      framework.launch([offer], [task, framework.task("good", offer)]);
      await clock.advance(200);
      const [status] = framework.statuses;
      assertEquals(status?.state, "TASK_ERROR");
      assertEquals(status?.reason, "REASON_TASK_INVALID");
      assertEquals(status?.uuid, undefined);
      assertEquals(
        status?.message,
        message.replace("FW", framework.id ?? "").replace("AG", offer.agent_id.value),
      );
      // A bad task does not void the rest, except that a resource which is none voids the operation.
      const rest = message.startsWith("Resource '") ? [] : ["good"];
      assertEquals(agents.agents[0]?.running, rest);
    });
  });
}

/** Makes a group wrong. */
const wrongGroups: readonly (readonly [
  what: string,
  executor: Partial<ExecutorInfo>,
  tasks: Partial<TaskInfo>,
  message: string,
])[] = [
  ["no disk", { resources: [cpus(0.1), mem(32)] }, {}, "Executor 'group' uses no disk"],
  [
    "too few cpus",
    { resources: [cpus(0.001), mem(32), disk(1)] },
    {},
    "Executor 'group' uses less CPUs (0.001) than the minimum required (0.01)",
  ],
  [
    "no memory",
    { resources: [cpus(0.1), disk(1)] },
    {},
    "Executor 'group' uses less memory (None) than the minimum required (32MB)",
  ],
  [
    "a Docker container",
    {},
    { container: { type: "DOCKER", docker: { image: "a" } } },
    "Task 'a' is invalid: Docker ContainerInfo is not supported on the task",
  ],
  [
    "limits",
    {},
    { limits: { mem: { value: 64 } } },
    "Task 'a' is invalid: Resource limits may only be set for tasks within a task group when the 'share_cgroups' " +
    "field is set to 'false'.",
  ],
  [
    "too much",
    {},
    { resources: [cpus(3), mem(32)] },
    "Total resources cpus(allocated: *):6.1; mem(allocated: *):96; disk(allocated: *):1 required by task group and " +
    "its executor are more than available ports(allocated: *):[31000-32000]; cpus(allocated: *):4; mem(allocated: " +
    "*):8192; disk(allocated: *):10000",
  ],
];

for (const [what, executorMore, taskMore, message] of wrongGroups) {
  Deno.test(`accept: refuses all of a group with ${what}`, async () => {
    await withOffer(async ({ clock, framework, offer }) => {
      const executor: ExecutorInfo = {
        type: "CUSTOM",
        executor_id: { value: "group" },
        framework_id: { value: framework.id ?? "" },
        command: { value: "true" },
        resources: [cpus(0.1), mem(32), disk(1)],
        ...executorMore,
      };
      const tasks = ["a", "b"].map((id) => {
        const { executor: _, ...task } = framework.task(id, offer, taskMore);
        return task;
      });
      framework.accept([offer], [{
        type: "LAUNCH_GROUP",
        launch_group: { executor, task_group: { tasks } },
      }]);
      await clock.settle();
      assertEquals(framework.statuses.map(({ task_id, state, reason }) => [task_id.value, state, reason]), [
        ["a", "TASK_ERROR", "REASON_TASK_GROUP_INVALID"],
        ["b", "TASK_ERROR", "REASON_TASK_GROUP_INVALID"],
      ]);
      assertEquals(framework.statuses[0]?.message, message);
    });
  });
}

Deno.test("accept: offers that are not valid, not of one agent, or none", async () => {
  await withOffer(async ({ clock, framework, offer, agents }) => {
    agents.add();
    await clock.advance(1_000);
    const [other] = framework.takeOffers();
    assert(other !== undefined);
    framework.launch([offer, offer], [framework.task("twice", offer)]);
    await clock.advance(1_000);
    framework.launch([offer], [framework.task("again", offer)]);
    const [fresh] = framework.takeOffers();
    assert(fresh !== undefined);
    framework.launch([fresh, other], [framework.task("mixed", fresh)]);
    framework.launch([], [framework.task("none", fresh)]);
    await clock.settle();
    const why = (id: string) =>
      framework.statuses.find(({ task_id }) => task_id.value === id)?.message?.replace(
        "Task launched with invalid offers: ",
        "",
      );
    assertEquals(why("twice"), `Duplicate offer ${offer.id.value} in offer list`);
    assertEquals(why("again"), `Offer ${offer.id.value} is no longer valid`);
    assert(why("mixed")?.startsWith("Aggregated offers must belong to one single agent. Offer"));
    assertEquals(why("none"), "No offers specified");
    assertEquals(framework.told("none"), ["TASK_DROPPED SOURCE_MASTER REASON_INVALID_OFFERS"]);
  });
});

Deno.test("accept: an executor is charged once, and must stay what it is", async () => {
  await withOffer(async ({ clock, framework, offer }) => {
    const first = framework.task("a", offer);
    framework.launch([offer], [first, { ...framework.task("b", offer), ...withExecutor(first, {}) }], 0);
    await clock.advance(1_500);
    const [rest] = framework.takeOffers();
    assertEquals(rest?.resources?.find(({ name }) => name === "cpus")?.scalar?.value, 3.7);
    assertEquals(rest?.executor_ids, [{ value: "executor-a" }]);
    assert(rest !== undefined);
    framework.launch([rest], [{ ...framework.task("c", rest), ...withExecutor(first, { name: "other" }) }]);
    framework.reconcile(["a"]);
    await clock.settle();
    assert(framework.statuses.some(({ message }) => message?.startsWith("ExecutorInfo is not compatible")));
  });
});

Deno.test("accept: a running task's id is taken; other operations are not carried out", async () => {
  await withOffer(async ({ clock, framework, offer }) => {
    framework.launch([offer], [framework.task("a", offer), framework.task("a", offer)], 0);
    await clock.advance(1_500);
    assert(framework.statuses.some(({ message }) => message === "Task has duplicate ID: a"));
    const [rest] = framework.takeOffers();
    assert(rest !== undefined);
    framework.accept([rest], [{
      type: "RESERVE",
      id: { value: "r" },
      reserve: { resources: [cpus(1)] },
    }]);
    await clock.settle();
    const last = framework.events.at(-1);
    assertEquals(
      last?.type === "UPDATE_OPERATION_STATUS" && last.update_operation_status.status.state,
      "OPERATION_ERROR",
    );
  });
});
