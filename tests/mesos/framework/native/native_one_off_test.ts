import { type OneOffNews, OneOffRun } from "../../../../src/mesos/framework/one_off/one_off_run.ts";
import type { MasterNotice } from "../../../../src/mesos/framework/session/master_session.ts";
import { launchBuilder } from "../../../../src/mesos/framework/task/launch_of_wish.ts";
import type { SchedulerCall, TaskState, TaskStatus } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { SteppedClock } from "../../../support/stepped_clock.ts";
import { politeInfo } from "../../master/test_framework.ts";
import { scalar } from "../placement/offering.ts";
import { wishOf } from "../wish/wishing.ts";

const text = `
name: job
services: {app: {image: app}, side: {image: side}}
x-pod: {containerizer: mesos, resources: {cpus: 1, memory: 64m}}
`;

/** A pod for the containerizer of Mesos that is launched once, and runs. */
async function running() {
  let tell: (notice: MasterNotice) => void = () => {};
  const calls: SchedulerCall[] = [];
  const news: OneOffNews[] = [];
  const run = new OneOffRun({
    clock: new SteppedClock(),
    of: { kind: "wish", wish: await wishOf(text) },
    roles: ["mesolet"],
    buildTask: launchBuilder({ program: { kind: "file", path: "/mesolet" } }),
    newRun: () => "run1",
    info: politeInfo,
    openSession: ({ onNotice }) => {
      tell = onNotice;
      return {
        send: (call) => void calls.push(call),
        done: Promise.withResolvers<void>().promise,
        close: () => Promise.resolve(),
      };
    },
    onNews: (one) => void news.push(one),
  });
  tell({ kind: "subscribed", frameworkId: "framework-1", isNew: true, address: "10.0.0.5:5050" });
  tell({
    kind: "event",
    event: {
      type: "OFFERS",
      offers: {
        offers: [{
          id: { value: "o" },
          framework_id: { value: "framework-1" },
          agent_id: { value: "a" },
          hostname: "a.example",
          resources: [scalar("cpus", 8), scalar("mem", 8_192), scalar("disk", 8_192)],
          allocation_info: { role: "mesolet" },
        }],
      },
    },
  });
  const update = (member: string, state: TaskState, more: Partial<TaskStatus> = {}) => {
    const status: TaskStatus = {
      task_id: { value: `${run.task?.id}.${member}` },
      agent_id: { value: "a" },
      state,
      uuid: new Uint8Array(16),
      ...more,
    };
    tell({ kind: "event", event: { type: "UPDATE", update: { status } } });
  };
  update("app-1", "TASK_RUNNING");
  update("side-1", "TASK_RUNNING");
  const told = () => news.flatMap((one) => one.kind === "status" ? [one.status.state] : []);
  const killed = () =>
    calls.flatMap((call) => call.type === "KILL" ? [call.kill.task_id.value.split(".").at(-1)] : []);
  return { run, update, told, killed, calls };
}

Deno.test("native launch: it runs when all of its tasks do, and ends with the last one", async () => {
  const { run, update, told, calls } = await running();
  assertEquals(told(), ["TASK_STARTING", "TASK_RUNNING"]);
  update("side-1", "TASK_FINISHED");
  update("app-1", "TASK_FINISHED");
  assertEquals((await run.ended).status?.state, "TASK_FINISHED");
  assertEquals(calls.filter(({ type }) => type === "ACKNOWLEDGE").length, 4);
});

Deno.test("native launch: one that fails is why", async () => {
  const { run, update } = await running();
  update("app-1", "TASK_FAILED", { message: "Command exited with status 3" });
  update("side-1", "TASK_KILLED");
  const { status } = await run.ended;
  assertEquals([status?.state, status?.message], ["TASK_FAILED", "app-1: Command exited with status 3"]);
});

Deno.test("native launch: each of its tasks is told to end, and once more without grace", async () => {
  const { run, update, killed, calls } = await running();
  run.kill("well");
  assertEquals(killed(), ["app-1", "side-1"]);
  run.kill("at-once");
  assertEquals(killed(), ["app-1", "side-1", "app-1", "side-1"]);
  const last = calls.at(-1);
  assertEquals(last?.type === "KILL" && last.kill.kill_policy?.grace_period?.nanoseconds, 0);
  update("app-1", "TASK_KILLED");
  update("side-1", "TASK_KILLED");
  assertEquals((await run.ended).status?.state, "TASK_KILLED");
});
