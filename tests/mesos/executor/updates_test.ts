import { assertEquals } from "../../support/assert.ts";
import { report, task } from "./session_samples.ts";
import type { TaskState } from "../../../src/mesos/wire/messages.ts";
import {
  listing,
  nextUpdate,
  nextUpdateAt,
  noUpdates,
  onlyTerminal,
  type Updates,
  withAccepted,
  withAcknowledged,
  withOffered,
  withoutUpdate,
  withTask,
  withUpdate,
} from "../../../src/mesos/executor/updates.ts";

/** What happens to the store, one after the other; reports are called `a:RUNNING` or, to tell them apart, `a:RUNNING:2`. */
type Step =
  | readonly ["launch", string]
  | readonly ["report", string]
  | readonly ["refused", string]
  | readonly ["offered" | "accepted" | "acknowledged" | "unknown" | "given up", string]
  | readonly ["accepted", string, number];

function play(steps: readonly Step[]): Updates {
  let updates = noUpdates;
  let sequence = 0;
  for (const [what, name, time] of steps) {
    const [taskId = "", state = ""] = name.split(":");
    switch (what) {
      case "launch":
        updates = withTask(updates, task(name));
        break;
      case "report":
      case "refused": {
        const changed = withUpdate(updates, report(taskId, `TASK_${state}` as TaskState), name, ++sequence);
        assertEquals(changed === undefined, what === "refused", name);
        updates = changed ?? updates;
        break;
      }
      case "offered":
        updates = withOffered(updates, [name]);
        break;
      case "accepted":
        updates = withAccepted(updates, [name], time ?? 0);
        break;
      case "given up":
        updates = withoutUpdate(updates, name);
        break;
      case "acknowledged":
      case "unknown": {
        const result = withAcknowledged(updates, name);
        assertEquals(result.update?.uuid, what === "unknown" ? undefined : name);
        updates = result.updates;
      }
    }
  }
  return updates;
}

interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  /** At this time; reports that were taken are due 30 after. */
  readonly at?: number;
  readonly pending: readonly string[];
  readonly tasks: readonly string[];
  readonly live: readonly string[];
  readonly next?: string;
  readonly nextAt?: number;
}

const running: readonly Step[] = [["launch", "a"], ["report", "a:STARTING"], ["report", "a:RUNNING"]];

const cases: readonly Case[] = [
  {
    name: "a task is unacknowledged from its launch on",
    steps: [["launch", "a"], ["launch", "b"]],
    pending: [],
    tasks: ["a", "b"],
    live: ["a", "b"],
  },
  {
    name: "reports are sent in order",
    steps: [["launch", "b"], ...running, ["report", "b:RUNNING"]],
    pending: ["a:STARTING", "a:RUNNING", "b:RUNNING"],
    tasks: ["b", "a"],
    live: ["b", "a"],
    next: "a:STARTING",
  },
  {
    name: "one that was taken is not sent again for a while, and stays unacknowledged",
    steps: [...running, ["accepted", "a:STARTING", 0]],
    at: 29,
    pending: ["a:STARTING", "a:RUNNING"],
    tasks: ["a"],
    live: ["a"],
    next: "a:RUNNING",
  },
  {
    name: "the first acknowledged report ends the task's own place in the list",
    steps: [...running, ["accepted", "a:STARTING"], ["acknowledged", "a:STARTING"]],
    pending: ["a:RUNNING"],
    tasks: [],
    live: ["a"],
    next: "a:RUNNING",
  },
  {
    name: "an acknowledgement may overtake the answer to the call",
    steps: [...running, ["acknowledged", "a:STARTING"], ["accepted", "a:STARTING"]],
    pending: ["a:RUNNING"],
    tasks: [],
    live: ["a"],
    next: "a:RUNNING",
  },
  {
    name: "silence brings a report again",
    steps: [["launch", "a"], ["report", "a:RUNNING"], ["accepted", "a:RUNNING", 5]],
    at: 35,
    pending: ["a:RUNNING"],
    tasks: ["a"],
    live: ["a"],
    next: "a:RUNNING",
  },
  {
    name: "until the silence is long enough, nothing is due",
    steps: [["launch", "a"], ["report", "a:RUNNING"], ["accepted", "a:RUNNING", 5]],
    at: 34,
    pending: ["a:RUNNING"],
    tasks: ["a"],
    live: ["a"],
    nextAt: 35,
  },
  {
    name: "an older report is not sent again after a newer one of its task was taken",
    steps: [...running, ["accepted", "a:STARTING", 0], ["accepted", "a:RUNNING", 10]],
    at: 35,
    pending: ["a:STARTING", "a:RUNNING"],
    tasks: ["a"],
    live: ["a"],
    nextAt: 40,
  },
  {
    name: "another task's newer report does not count",
    steps: [...running, ["launch", "b"], ["report", "b:RUNNING"], ["accepted", "a:STARTING", 0], [
      "accepted",
      "b:RUNNING",
      1,
    ]],
    at: 30,
    pending: ["a:STARTING", "a:RUNNING", "b:RUNNING"],
    tasks: ["a", "b"],
    live: ["a", "b"],
    next: "a:STARTING",
  },
  {
    name: "an acknowledged report settles the older ones of its task",
    steps: [...running, ["accepted", "a:STARTING"], ["accepted", "a:RUNNING"], ["acknowledged", "a:RUNNING"]],
    at: 100,
    pending: [],
    tasks: [],
    live: ["a"],
  },
  {
    name: "a terminal report is the last one",
    steps: [["launch", "a"], ["report", "a:RUNNING"], ["report", "a:FINISHED"], ["refused", "a:FAILED"], [
      "refused",
      "a:RUNNING:2",
    ]],
    pending: ["a:RUNNING", "a:FINISHED"],
    tasks: ["a"],
    live: [],
    next: "a:RUNNING",
  },
  {
    name: "a task that was never launched has no report",
    steps: [["refused", "a:RUNNING"]],
    pending: [],
    tasks: [],
    live: [],
  },
  {
    name: "of reports of one state that the agent cannot know, the newest stays",
    steps: [["launch", "a"], ["report", "a:RUNNING"], ["report", "a:RUNNING:2"], ["report", "a:RUNNING:3"]],
    pending: ["a:RUNNING:3"],
    tasks: ["a"],
    live: ["a"],
    next: "a:RUNNING:3",
  },
  {
    name: "a report that the agent may know stays",
    steps: [["launch", "a"], ["report", "a:RUNNING"], ["offered", "a:RUNNING"], ["report", "a:RUNNING:2"]],
    pending: ["a:RUNNING", "a:RUNNING:2"],
    tasks: ["a"],
    live: ["a"],
    next: "a:RUNNING",
  },
  {
    name: "only neighbours are replaced",
    steps: [...running, ["report", "a:KILLING"], ["report", "a:KILLED"]],
    pending: ["a:STARTING", "a:RUNNING", "a:KILLING", "a:KILLED"],
    tasks: ["a"],
    live: [],
    next: "a:STARTING",
  },
  {
    name: "an unknown acknowledgement changes nothing",
    steps: [["launch", "a"], ["report", "a:RUNNING"], ["unknown", "nosuch"]],
    pending: ["a:RUNNING"],
    tasks: ["a"],
    live: ["a"],
    next: "a:RUNNING",
  },
  {
    name: "a finished id is launched again, and its old report does not count for it",
    steps: [
      ["launch", "a"],
      ["report", "a:FINISHED"],
      ["accepted", "a:FINISHED"],
      ["launch", "a"],
      ["acknowledged", "a:FINISHED"],
      ["report", "a:FINISHED:2"],
    ],
    pending: ["a:FINISHED:2"],
    tasks: ["a"],
    live: [],
    next: "a:FINISHED:2",
  },
  {
    name: "the terminal report of the earlier launch is kept apart from that of the later",
    steps: [["launch", "a"], ["report", "a:FINISHED"], ["launch", "a"], ["report", "a:FINISHED:2"]],
    pending: ["a:FINISHED", "a:FINISHED:2"],
    tasks: ["a"],
    live: [],
    next: "a:FINISHED",
  },
  {
    name: "a report that is given up is gone",
    steps: [...running, ["given up", "a:STARTING"]],
    pending: ["a:RUNNING"],
    tasks: ["a"],
    live: ["a"],
    next: "a:RUNNING",
  },
];

for (const { name, steps, at = 0, pending, tasks, live, next, nextAt } of cases) {
  Deno.test(`unacknowledged: ${name}`, () => {
    const updates = play(steps);
    assertEquals([...updates.pending.keys()], pending);
    assertEquals([...updates.tasks.keys()], tasks);
    assertEquals([...updates.live], live);
    assertEquals(nextUpdate(updates, at, 30)?.uuid, next);
    const dueAt = nextUpdateAt(updates, 30);
    if (next === undefined) assertEquals(dueAt, nextAt ?? Infinity);
    else assertEquals(dueAt <= at, true);
    const listed = listing(updates);
    assertEquals(listed.unacknowledged_tasks.map((one) => one.task_id.value), tasks);
    assertEquals(listed.unacknowledged_updates.length, pending.length);
  });
}

Deno.test("unacknowledged: of what waits, the ends of tasks can be kept alone", () => {
  const updates = play([...running, ["launch", "b"], ["report", "b:FAILED"]]);
  assertEquals([...onlyTerminal(updates).pending.keys()], ["b:FAILED"]);
});
