import { outcomeOf } from "../../../../src/mesos/framework/one_off/task_outcome.ts";
import type { TaskState, TaskStatus } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";

function status(
  state: TaskState,
  facts: Readonly<Record<string, string>> = {},
  more: Partial<TaskStatus> = {},
): TaskStatus {
  const labels = Object.entries(facts).map(([key, value]) => ({ key: `mesolet.${key}`, value }));
  return { task_id: { value: "t" }, state, ...(labels.length === 0 ? {} : { labels: { labels } }), ...more };
}

const exited = (code: string) => ({ reason: "container-exited", "exit-code": code });

const cases: readonly [
  what: string,
  status: TaskStatus,
  known: Parameters<typeof outcomeOf>[1],
  code: number,
  message?: string,
][] = [
  ["it succeeds", status("TASK_FINISHED", { reason: "completed" }), {}, 0],
  ["it fails with its own code", status("TASK_FAILED", exited("7"), { message: "app exited" }), {}, 7],
  [
    "a task of Mesos' own executor fails with its own code",
    status("TASK_FAILED", {}, { message: "web-1: Command exited with status 3" }),
    {},
    3,
    "web-1: Command exited with status 3",
  ],
  [
    "a task of Mesos' own executor fails",
    status("TASK_FAILED", {}, { message: "web-1: Memory limit exceeded" }),
    {},
    1,
    "web-1: Memory limit exceeded",
  ],
  ["code by the pod's record", status("TASK_FAILED"), { exitCode: 9 }, 9],
  ["Ctrl-C, and it fails at that", status("TASK_KILLED", exited("143")), { interrupted: 130 }, 143],
  ["Ctrl-C, and it succeeds", status("TASK_KILLED"), { interrupted: 130 }, 130],
  ["SIGTERM", status("TASK_KILLED"), { interrupted: 143 }, 143],
  ["killed by somebody", status("TASK_KILLED", {}, { message: "why" }), {}, 137, "it was killed: why"],
  [
    "no such image",
    status("TASK_FAILED", { reason: "image-pull-failed" }, { message: "no image" }),
    {},
    125,
    "no image",
  ],
  [
    "no such program",
    status("TASK_FAILED", { reason: "start-failed" }, {
      message: "exec: x: executable file not found in $PATH",
    }),
    {},
    127,
    "exec: x: executable file not found in $PATH",
  ],
  [
    "a program that may not be run",
    status("TASK_FAILED", { reason: "start-failed" }, { message: "permission denied" }),
    {},
    126,
    "permission denied",
  ],
  [
    "out of memory",
    status("TASK_FAILED", { reason: "pod-out-of-memory" }, { message: "too much" }),
    {},
    137,
    "too much",
  ],
  [
    "refused by the executor",
    status("TASK_FAILED", {}, { reason: "REASON_TASK_INVALID", message: "bad" }),
    {},
    65,
    "the agent refused it: bad",
  ],
  [
    "refused by the master",
    status("TASK_ERROR", {}, { message: "bad" }),
    {},
    65,
    "the master refused the task: bad",
  ],
  [
    "the executor dies",
    status("TASK_FAILED", {}, { reason: "REASON_EXECUTOR_TERMINATED" }),
    {},
    71,
    "its executor failed: REASON_EXECUTOR_TERMINATED",
  ],
  [
    "known by an answer of the master alone",
    status("TASK_FAILED", {}, { reason: "REASON_RECONCILIATION" }),
    {},
    1,
    "it failed",
  ],
  ["lost", status("TASK_LOST", {}, { message: "gone" }), {}, 71, "the task is lost: TASK_LOST: gone"],
  ["the agent is gone", status("TASK_GONE_BY_OPERATOR"), {}, 71, "the task is lost: TASK_GONE_BY_OPERATOR"],
];

for (const [what, given, known, code, message] of cases) {
  Deno.test(`outcome: ${what}`, () => {
    assertEquals(outcomeOf(given, known), { code, ...(message === undefined ? {} : { message }) });
  });
}
