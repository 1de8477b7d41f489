import type { TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { AgentCore } from "./agent_core.ts";
import type { AgentCoreSettings, AgentEffect } from "./agent_settings.ts";

const executor = { executor_id: { value: "e1" } };

function task(id: string, more: Partial<TaskInfo> = {}): TaskInfo {
  return { name: id, task_id: { value: id }, agent_id: { value: "A" }, executor, ...more };
}

/** A core whose time and uuids are counted by hand. */
class Table {
  now = 1_000_000;
  readonly effects: AgentEffect[] = [];
  readonly core: AgentCore;
  #uuid = 0;

  constructor(more: Partial<AgentCoreSettings> = {}) {
    this.core = new AgentCore({
      agent: { hostname: "h" },
      agentId: "A",
      ip: "10.0.0.1",
      framework: { user: "root", name: "f", checkpoint: true, capabilities: [{ type: "PARTITION_AWARE" }] },
      frameworkId: "F",
      launcher: "posix",
      registrationTimeout: 60_000,
      reregistrationTimeout: 2_000,
      shutdownGrace: 5_000,
      now: () => this.now,
      randomUuid: () => new Uint8Array(16).fill(++this.#uuid),
      newContainerId: () => "c1",
      act: (effect) => this.effects.push(effect),
      ...more,
    });
  }

  /** Steps the time, doing what is due on the way. */
  advance(milliseconds: number): void {
    const target = this.now + milliseconds;
    for (let due = this.core.due; due !== undefined && due <= target; due = this.core.due) {
      this.now = due;
      this.core.tick();
    }
    this.now = target;
  }

  subscribe(stream = 1): void {
    const run = this.core.find("F", "e1");
    if (typeof run === "string") throw new Error(run);
    this.core.subscribe(run, {}, stream);
  }

  report(state: TaskStatus["state"], uuid: number, id = "t1"): void {
    const bytes = new Uint8Array(16).fill(uuid);
    this.core.update({ task_id: { value: id }, state, source: "SOURCE_EXECUTOR", uuid: bytes });
  }

  /** What happened since the last look, in words. */
  look(): readonly string[] {
    return this.effects.splice(0).map((effect) => {
      if (effect.kind === "event") {
        const { event } = effect;
        return event.type === "ACKNOWLEDGED" ? `acknowledged ${event.acknowledged.uuid[0]}` : event.type;
      }
      if (effect.kind !== "scheduler") return effect.kind;
      const { news } = effect;
      if (news.type !== "UPDATE") return `scheduler: ${news.type}`;
      const { status } = news.update;
      return `scheduler: ${status.task_id.value} ${status.state} ${status.reason ?? status.uuid?.[0]}`;
    });
  }
}

Deno.test("agent: one update of a task at a time, again after 10 s, 20 s, …", () => {
  const table = new Table();
  table.core.launch(executor, [task("t1")], false);
  table.subscribe();
  assertEquals(table.look(), ["start", "SUBSCRIBED", "LAUNCH"]);
  table.report("TASK_STARTING", 101);
  table.report("TASK_RUNNING", 102);
  assertEquals(table.look(), ["scheduler: t1 TASK_STARTING 101", "acknowledged 101", "acknowledged 102"]);
  table.advance(9_999);
  assertEquals(table.look(), []);
  table.advance(1);
  table.advance(19_999);
  assertEquals(table.look(), ["scheduler: t1 TASK_STARTING 101"]);
  table.advance(1);
  assertEquals(table.look(), ["scheduler: t1 TASK_STARTING 101"]);
  table.core.acknowledge("t1", new Uint8Array(16).fill(102));
  assertEquals(table.look(), []);
  table.core.acknowledge("t1", new Uint8Array(16).fill(101));
  assertEquals(table.look(), ["scheduler: t1 TASK_RUNNING 102"]);
});

Deno.test("agent: a second terminal update before the scheduler has the first is acknowledged and goes no further", () => {
  const table = new Table();
  table.core.launch(executor, [task("t1")], false);
  table.subscribe();
  table.look();
  table.report("TASK_FINISHED", 101);
  table.report("TASK_FAILED", 102);
  assertEquals(table.look(), ["scheduler: t1 TASK_FINISHED 101", "acknowledged 101", "acknowledged 102"]);
});

Deno.test("agent: the kill of one queued task of a group is the end of the group, and of the executor", () => {
  const table = new Table();
  table.core.launch(executor, [task("a"), task("b")], true);
  table.core.kill("b");
  assertEquals(table.look(), [
    "start",
    "scheduler: a TASK_KILLED REASON_TASK_KILLED_DURING_LAUNCH",
    "scheduler: b TASK_KILLED REASON_TASK_KILLED_DURING_LAUNCH",
  ]);
  table.subscribe();
  assertEquals(table.look(), ["SHUTDOWN"]);
  table.advance(5_000);
  assertEquals(table.look(), ["destroy"]);
});

Deno.test("agent: an executor that ends while the agent is down is reported when the agent is back", () => {
  const table = new Table();
  table.core.launch(executor, [task("t1")], false);
  table.subscribe();
  table.core.stop();
  table.core.exited("c1", 9);
  table.look();
  table.advance(3_000);
  assertEquals(table.look(), []);
  table.core.recover();
  table.advance(3_000);
  assertEquals(table.look(), [
    "scheduler: FAILURE",
    "scheduler: t1 TASK_FAILED REASON_EXECUTOR_TERMINATED",
    "scheduler: t1 TASK_FAILED REASON_EXECUTOR_TERMINATED",
  ]);
});

Deno.test("agent: what the master sends while the agent is not known to it is lost", () => {
  const table = new Table();
  table.core.launch(executor, [task("t1")], false);
  table.subscribe();
  table.report("TASK_RUNNING", 101);
  table.core.acknowledge("t1", new Uint8Array(16).fill(101));
  table.core.stop();
  table.core.recover();
  table.subscribe(2);
  table.look();
  table.core.kill("t1");
  assertEquals(table.look(), []);
  table.advance(2_600);
  table.core.kill("t1");
  assertEquals(table.look(), ["KILL"]);
});

Deno.test("agent: a framework without PARTITION_AWARE knows only LOST", () => {
  const table = new Table({ framework: { user: "root", name: "f", checkpoint: true } });
  table.core.launch(executor, [task("t1")], false);
  table.subscribe();
  table.look();
  table.subscribe(2);
  assertEquals(table.look().slice(0, 2), ["end", "scheduler: t1 TASK_LOST REASON_AGENT_RESTARTED"]);
});

Deno.test("agent: a heartbeat every half hour", () => {
  const table = new Table();
  table.core.launch(executor, [task("t1")], false);
  table.subscribe();
  table.look();
  table.advance(3 * 1_800_000 - 1);
  assertEquals(table.look(), ["HEARTBEAT", "HEARTBEAT"]);
});
