import { assertEquals } from "../../support/assert.ts";
import { TaskReporter } from "../../../src/mesos/executor/task_reporter.ts";
import type { PodStatus } from "../../../src/pod/status.ts";
import type { TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages_task.ts";

const task: TaskInfo = { name: "shop", task_id: { value: "t1" }, agent_id: { value: "a1" } };

const running: PodStatus = {
  pod: "shop",
  phase: "running",
  reason: "",
  reasonCode: "none",
  containers: [],
  address: "172.18.0.5",
  observedAt: 0,
};

function reporter(of: TaskInfo = task): { readonly reporter: TaskReporter; readonly sent: TaskStatus[] } {
  const sent: TaskStatus[] = [];
  return { reporter: new TaskReporter(of, (status) => sent.push(status)), sent };
}

Deno.test("a task is reported in order, each state once", () => {
  const { reporter: one, sent } = reporter();
  one.running(running);
  one.starting("reads the spec");
  one.starting("reads the spec");
  one.running(running, new Uint8Array([1]));
  one.running(running);
  one.killing("killed");
  one.killing("killed");
  one.running({ ...running, reason: "late" });
  one.health(false, "late");
  one.terminal({ state: "TASK_KILLED", message: "killed" });
  one.terminal({ state: "TASK_FAILED", message: "again" });
  one.killing("late");
  assertEquals(sent.map(({ state }) => state), [
    "TASK_STARTING",
    "TASK_RUNNING",
    "TASK_KILLING",
    "TASK_KILLED",
  ]);
  assertEquals(sent.map(({ task_id }) => task_id.value), ["t1", "t1", "t1", "t1"]);
});

Deno.test("RUNNING is said again when its message, health or address changes, with the data of before", () => {
  const { reporter: one, sent } = reporter();
  one.starting("");
  one.running(running, new Uint8Array([7]));
  one.running({ ...running, observedAt: 99 });
  one.running({ ...running, reason: "web exited with code 1 (restarting in 10 s, 1st time)" });
  one.running({ ...running, address: "172.18.0.9" });
  assertEquals(sent.slice(1).map(({ data }) => data), [
    new Uint8Array([7]),
    new Uint8Array([7]),
    new Uint8Array([7]),
  ]);
});

Deno.test("a result of a check copies the last RUNNING, with reason 28 or 29", () => {
  const checked = { ...task, check: { type: "HTTP" as const, http: { port: 80 } } };
  const { reporter: one, sent } = reporter(checked);
  one.health(true, "before anything");
  one.starting("");
  one.health(true, "too early");
  one.running(running, new Uint8Array([7]));
  one.health(false, "health check failed: refused");
  one.check({ type: "HTTP", http: { status_code: 200 } }, "check: 200");
  one.terminal({ state: "TASK_FAILED", message: "x" });
  one.check({ type: "HTTP", http: { status_code: 500 } }, "late");
  assertEquals(
    sent.map(({ state, reason, healthy, check_status }) => [state, reason, healthy, check_status]),
    [
      ["TASK_STARTING", undefined, true, { type: "HTTP", http: {} }],
      ["TASK_RUNNING", undefined, true, { type: "HTTP", http: {} }],
      ["TASK_RUNNING", "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED", false, { type: "HTTP", http: {} }],
      ["TASK_RUNNING", "REASON_TASK_CHECK_STATUS_UPDATED", false, {
        type: "HTTP",
        http: { status_code: 200 },
      }],
      ["TASK_FAILED", undefined, false, { type: "HTTP", http: { status_code: 200 } }],
    ],
  );
  assertEquals(sent[2]?.data, new Uint8Array([7]));
  assertEquals(sent[2]?.container_status, sent[1]?.container_status);
});

Deno.test("an end by itself closes the reports of running without a state of its own", () => {
  const { reporter: one, sent } = reporter();
  one.starting("");
  one.running(running);
  one.ending();
  one.running({ ...running, reason: "late" });
  one.terminal({ state: "TASK_FINISHED", message: "completed" });
  assertEquals(sent.map(({ state }) => state), ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
});

Deno.test("what ended keeps the pod's address: an agent fills its own in where there is none", () => {
  const { reporter: one, sent } = reporter();
  one.starting("");
  one.running(running);
  one.killing("killed");
  one.terminal({ state: "TASK_KILLED", message: "killed" });
  const addresses = sent.map(({ container_status: status }) =>
    status?.network_infos?.[0]?.ip_addresses?.[0]?.ip_address
  );
  assertEquals(addresses, [undefined, "172.18.0.5", "172.18.0.5", "172.18.0.5"]);
});
