import type { BuildTask } from "../../../../src/mesos/framework/cluster/messages.ts";
import type { TaskRecord } from "../../../../src/mesos/framework/cluster/records.ts";
import { groupReport, openTasksOf } from "../../../../src/mesos/framework/cluster/task_group.ts";
import { memberId, readMemberId } from "../../../../src/mesos/framework/cluster/task_id.ts";
import type { TaskState, TaskStatus } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "./playing.ts";

const group: TaskRecord = {
  id: "shop.0.v1.r1",
  members: ["web-1", "db-1"].map((name) => ({
    id: `shop.0.v1.r1.${name}`,
    name,
    hasHealth: name === "web-1",
    state: "TASK_STAGING",
  })),
  pod: "shop",
  slot: 0,
  version: "v1",
  role: "*",
  executorId: "shop.0.v1.r1",
  agent: { id: "a", hostname: "a.example", attributes: [] },
  ports: [],
  phase: "intended",
  intendedAt: 0,
  state: "TASK_STAGING",
};

type Said = readonly [member: string, state: TaskState, more?: Partial<TaskStatus>];

const answer = { reason: "REASON_RECONCILIATION" } as const;

const reports: readonly {
  readonly name: string;
  readonly said: readonly Said[];
  /** State, health and words of the whole. */
  readonly whole: readonly [TaskState, (boolean | undefined)?, string?];
  readonly open: readonly string[];
}[] = [
  { name: "one that runs", said: [["web-1", "TASK_RUNNING"]], whole: ["TASK_STARTING"], open: ["web", "db"] },
  {
    name: "all that run",
    said: [["web-1", "TASK_RUNNING"], ["db-1", "TASK_RUNNING"]],
    whole: ["TASK_RUNNING"],
    open: ["web", "db"],
  },
  {
    name: "all that run, and the check says so",
    said: [["db-1", "TASK_RUNNING"], ["web-1", "TASK_RUNNING", { healthy: true }]],
    whole: ["TASK_RUNNING", true],
    open: ["web", "db"],
  },
  {
    name: "a check that says that something is wrong",
    said: [["db-1", "TASK_RUNNING"], ["web-1", "TASK_RUNNING", { healthy: false, message: "no answer" }]],
    whole: ["TASK_RUNNING", false, "web-1: no answer"],
    open: ["web", "db"],
  },
  {
    name: "an answer of the master, which says nothing of the check",
    said: [
      ["db-1", "TASK_RUNNING"],
      ["web-1", "TASK_RUNNING", { healthy: true }],
      ["web-1", "TASK_RUNNING", answer],
    ],
    whole: ["TASK_RUNNING", true],
    open: ["web", "db"],
  },
  {
    name: "one that has run to its end while the other goes on",
    said: [["web-1", "TASK_RUNNING", { healthy: true }], ["db-1", "TASK_FINISHED"]],
    whole: ["TASK_RUNNING", true],
    open: ["web"],
  },
  {
    name: "one that failed while the other is on its way out",
    said: [
      ["web-1", "TASK_RUNNING"],
      ["db-1", "TASK_FAILED", { message: "exited with status 3" }],
      ["web-1", "TASK_KILLING"],
    ],
    whole: ["TASK_RUNNING", false, "db-1: exited with status 3"],
    open: ["web"],
  },
  {
    name: "one that failed, and the other killed for it",
    said: [["db-1", "TASK_FAILED", { message: "exited with status 3" }], ["web-1", "TASK_KILLED"]],
    whole: ["TASK_FAILED", undefined, "db-1: exited with status 3"],
    open: [],
  },
  {
    name: "one that was killed by its check",
    said: [["web-1", "TASK_KILLED", { healthy: false }], ["db-1", "TASK_KILLED"]],
    whole: ["TASK_FAILED", undefined, "web-1 is unhealthy, and was killed"],
    open: [],
  },
  {
    name: "all killed by somebody",
    said: [["web-1", "TASK_KILLING"], ["db-1", "TASK_KILLED"], ["web-1", "TASK_KILLED"]],
    whole: ["TASK_KILLED"],
    open: [],
  },
  {
    name: "an agent that is drained",
    said: [["web-1", "TASK_KILLING"], ["db-1", "TASK_KILLED"]],
    whole: ["TASK_KILLING"],
    open: ["web"],
  },
  {
    name: "all that ended well",
    said: [["web-1", "TASK_FINISHED"], ["db-1", "TASK_FINISHED"]],
    whole: ["TASK_FINISHED"],
    open: [],
  },
  {
    name: "what is lost",
    said: [["web-1", "TASK_FINISHED"], ["db-1", "TASK_GONE"]],
    whole: ["TASK_GONE", undefined, "db-1 ended: gone"],
    open: [],
  },
  {
    name: "an agent out of reach",
    said: [["web-1", "TASK_RUNNING"], ["db-1", "TASK_UNREACHABLE"]],
    whole: ["TASK_UNREACHABLE"],
    open: ["web", "db"],
  },
  {
    name: "an agent that the master does not know",
    said: [["web-1", "TASK_RUNNING"], ["db-1", "TASK_UNKNOWN", answer], ["web-1", "TASK_UNKNOWN", answer]],
    whole: ["TASK_UNKNOWN"],
    open: ["web", "db"],
  },
  {
    name: "an agent that is just known again",
    said: [["web-1", "TASK_UNKNOWN", answer], ["db-1", "TASK_UNKNOWN", answer], [
      "db-1",
      "TASK_RUNNING",
      answer,
    ]],
    whole: ["TASK_STARTING"],
    open: ["web", "db"],
  },
];

for (const { name, said, whole: [state, healthy, message], open } of reports) {
  Deno.test(`task group: ${name}`, () => {
    let task = group;
    let whole: TaskStatus | undefined;
    for (const [member, state, more] of said) {
      const status = { task_id: { value: memberId(group.id, member) }, state, ...more };
      ({ task, whole } = groupReport(task, status));
      // Told twice, it is no news.
      assertEquals(groupReport(task, status).task, task);
    }
    assertEquals([whole?.state, whole?.healthy, whole?.message], [state, healthy, message]);
    assertEquals(whole?.task_id.value, group.id);
    assertEquals(openTasksOf(task), open.map((name) => `shop.0.v1.r1.${name}-1`));
  });
}

Deno.test("task group: ids say which instance they are of", () => {
  assertEquals(readMemberId("shop.0.v1.r1.my.web-2"), { instance: "shop.0.v1.r1", member: "my.web-2" });
  for (const id of ["shop.0.v1.r1", "shop.x.v1.r1.web-1", "web-1", ""]) {
    assertEquals(readMemberId(id), undefined);
  }
});

const buildGroup: BuildTask = ({ name }, { id, agent, taken }) => ({
  executor: { executor_id: { value: id }, type: "DEFAULT" },
  tasks: ["web-1", "db-1"].map((member) => ({
    name,
    task_id: { value: memberId(id, member) },
    agent_id: { value: agent.id },
    resources: taken.resources,
  })),
});

/** A pod of one instance of two tasks that runs. */
function running(): Play {
  const play = new Play({ buildTask: buildGroup });
  play.begin(wish("shop"));
  play.offers(offer("a", 4, 1000));
  play.update("shop.0.v1.r1.web-1", "TASK_RUNNING");
  play.update("shop.0.v1.r1.db-1", "TASK_RUNNING");
  return play;
}

Deno.test("cluster: a group is launched whole, and each of its tasks is asked for and told to end", () => {
  const play = new Play({ buildTask: buildGroup });
  play.begin(wish("shop"));
  assertEquals(play.offers(offer("a", 4, 1000)), [
    "shop: instance 0 is launched on a.example: there is no instance yet",
    "ACCEPT o-a for 3600 s: shop.0.v1.r1.web-1 shop.0.v1.r1.db-1",
    "SUPPRESS",
  ]);
  assertEquals(play.pass(30_000), ["RECONCILE shop.0.v1.r1.web-1 shop.0.v1.r1.db-1"]);
  play.update("shop.0.v1.r1.web-1", "TASK_RUNNING");
  play.update("shop.0.v1.r1.db-1", "TASK_FINISHED");
  assertEquals(play.store.tasks.get("shop.0.v1.r1")?.state, "TASK_RUNNING");
  play.restart();
  play.want(wish("shop"));
  assertEquals(play.say({ kind: "subscribed", isNew: false }), [
    "RECONCILE all",
    "RECONCILE shop.0.v1.r1.web-1",
  ]);
  assertEquals(play.want(), [
    "shop: instance 0 is stopped: its spec is gone",
    "KILL shop.0.v1.r1.web-1 on a",
  ]);
  assertEquals(play.update("shop.0.v1.r1.web-1", "TASK_KILLED").slice(0, 1), [
    "shop: instance 0 ended: killed",
  ]);
  assertEquals(play.store.tasks.size, 0);
});

Deno.test("cluster: a group of which one task fails ends, and starts again after its pause", () => {
  const play = running();
  assertEquals(play.update("shop.0.v1.r1.db-1", "TASK_FAILED", { message: "exited with status 3" }), [
    "KILL shop.0.v1.r1.web-1 on a",
  ]);
  assertEquals(play.update("shop.0.v1.r1.web-1", "TASK_KILLED"), [
    "shop: instance 0 ended (failed): db-1: exited with status 3",
  ]);
  assertEquals(play.cluster.pods.get("shop")?.slot(0)?.failures, 1);
  assertEquals(play.pass(10_000), ["REVIVE"]);
});

Deno.test("cluster: a group that was found is taken over, task by task, and one that nobody wants goes", () => {
  const play = new Play({ buildTask: buildGroup });
  play.store.isWhole = false;
  play.restart();
  play.want(wish("shop"));
  const [, marker = ""] = play.say({ kind: "subscribed", isNew: false });
  const found = ["shop.0.v1.r7.web-1", "shop.0.v1.r7.db-1", "old.0.v1.r3.web-1"];
  for (const id of found) play.update(id, "TASK_RUNNING", answer);
  const lines = play.update(marker.split(" ").at(-1) ?? "", "TASK_UNKNOWN", answer);
  assertEquals(lines.filter((line) => !line.startsWith("REVIVE")), [
    "shop: instance 0 was found on agent a, and is taken over",
    "task old.0.v1.r3.web-1 runs, and nobody wants it: it is killed",
    "KILL old.0.v1.r3.web-1 on a",
  ]);
  const task = play.store.tasks.get("shop.0.v1.r7");
  assertEquals(task?.members?.map(({ name, state }) => `${name} ${state}`), [
    "web-1 TASK_RUNNING",
    "db-1 TASK_RUNNING",
  ]);
  assertEquals([task?.state, task?.executorId], ["TASK_RUNNING", "shop.0.v1.r7"]);
});
