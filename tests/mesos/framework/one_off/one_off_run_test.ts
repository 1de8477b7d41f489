import { type OneOffNews, OneOffRun } from "../../../../src/mesos/framework/one_off/one_off_run.ts";
import { oneOffWish } from "../../../../src/mesos/framework/one_off/one_off_wish.ts";
import { SessionEnd } from "../../../../src/mesos/framework/session/session_end.ts";
import type { MasterNotice } from "../../../../src/mesos/framework/session/master_session.ts";
import { taskBuilder } from "../../../../src/mesos/framework/task/task_of_wish.ts";
import type {
  DomainInfo,
  Offer,
  SchedulerCall,
  TaskState,
  TaskStatus,
} from "../../../../src/mesos/wire/messages.ts";
import type { Requirement } from "../../../../src/pod/cluster.ts";
import { assert, assertEquals, assertRejects } from "../../../support/assert.ts";
import { SteppedClock } from "../../../support/stepped_clock.ts";
import { politeInfo } from "../../master/test_framework.ts";
import { ports, scalar } from "../placement/offering.ts";
import { readSpec } from "../wish/wishing.ts";

const text = `
name: job
services: {app: {image: busybox, ports: ["80"]}}
x-pod: {resources: {cpus: 1, memory: 64m}, replicas: 3}
`;

function offer(agent: string, cpus = 8): Offer {
  return {
    id: { value: `offer-${agent}-${cpus}` },
    framework_id: { value: "framework-1" },
    agent_id: { value: agent },
    hostname: `${agent}.example`,
    resources: [scalar("cpus", cpus), scalar("mem", 8_192), ports("31000-31009")],
    allocation_info: { role: "mesolet" },
  };
}

function domain(region: string): DomainInfo {
  return { fault_domain: { region: { name: region }, zone: { name: "a" } } };
}

/** A run with a master that a test plays by hand. */
class Play {
  readonly clock = new SteppedClock();
  readonly calls: SchedulerCall[] = [];
  readonly news: OneOffNews[] = [];
  readonly run: OneOffRun;
  #tell: (notice: MasterNotice) => void = () => {};
  #end = Promise.withResolvers<void>();

  private constructor(of: ConstructorParameters<typeof OneOffRun>[0]["of"]) {
    let runs = 0;
    this.run = new OneOffRun({
      clock: this.clock,
      of,
      roles: ["mesolet"],
      buildTask: taskBuilder({ program: { kind: "file", path: "/mesolet" } }),
      newRun: () => `run${++runs}`,
      info: politeInfo,
      openSession: ({ onNotice }) => {
        this.#tell = onNotice;
        return {
          send: (call) => void this.calls.push(call),
          done: this.#end.promise,
          close: () => Promise.resolve(),
        };
      },
      onNews: (news) => void this.news.push(news),
    });
  }

  static async begin(constraints: readonly Requirement[] = []): Promise<Play> {
    const { pod, travelling } = await readSpec(text);
    const origin = { directory: "/", files: [] };
    const wish = { pod, origin, travelling, offeredPorts: [], roles: ["mesolet"] };
    const { wish: made } = oneOffWish({ wish, constraints, labels: {} });
    assert(made !== undefined);
    return new Play({ kind: "wish", wish: made });
  }

  subscribe(isNew = true, region?: string): void {
    this.#tell({
      kind: "subscribed",
      frameworkId: "framework-1",
      isNew,
      address: "10.0.0.5:5050",
      ...(region === undefined ? {} : { master: { id: "m", ip: 1, port: 5050, domain: domain(region) } }),
    });
  }

  disconnect(): void {
    this.#tell({ kind: "disconnected", reason: "gone" });
  }

  fail(error: Error): void {
    this.#end.reject(error);
  }

  offers(...offers: readonly Offer[]): void {
    this.#tell({ kind: "event", event: { type: "OFFERS", offers: { offers } } });
  }

  update(task: string, state: TaskState, more: Partial<TaskStatus> = {}): void {
    const status = {
      task_id: { value: task },
      agent_id: { value: "a" },
      uuid: new Uint8Array(16),
      state,
      ...more,
    };
    this.#tell({ kind: "event", event: { type: "UPDATE", update: { status } } });
  }

  executorFails(id: string): void {
    this.#tell({
      kind: "event",
      event: { type: "FAILURE", failure: { executor_id: { value: id }, status: 0 } },
    });
  }

  /** Has it launched on agent `a`, and gives the task's id. */
  launched(): string {
    this.offers(offer("a"));
    const id = this.run.task?.id;
    assert(id !== undefined, "it was not launched");
    return id;
  }

  /** Calls of a type since this was asked for. */
  taken<Type extends SchedulerCall["type"]>(type: Type): Extract<SchedulerCall, { type: Type }>[] {
    const all = this.calls.splice(0);
    return all.filter((call): call is Extract<SchedulerCall, { type: Type }> => call.type === type);
  }
}

Deno.test("one-off run: asks for offers, launches once, and is over with its task", async () => {
  const play = await Play.begin();
  assertEquals(play.calls, []);
  play.subscribe();
  assertEquals(play.taken("REVIVE").length, 1);
  play.offers(offer("small", 0.5));
  assertEquals(play.run.shortage, "1 of 1 agents: cpus: 1.1 needed, 0.5 offered");
  const id = play.launched();
  assertEquals([play.run.shortage, play.run.task?.ports], [undefined, [31_000]]);
  assertEquals(play.taken("ACCEPT").length, 1);
  play.update(id, "TASK_RUNNING");
  // Whatever is offered then is of no interest.
  play.offers(offer("b"));
  assertEquals(play.taken("ACCEPT"), []);
  play.update(id, "TASK_FAILED", { message: "exited" });
  assertEquals((await play.run.ended).status?.state, "TASK_FAILED");
  assertEquals(play.taken("ACKNOWLEDGE").length, 1);
  // It is not run again, however long one waits.
  await play.clock.advance(600_000);
  play.offers(offer("b"));
  assertEquals(play.calls, []);
});

for (const state of ["TASK_DROPPED", "TASK_GONE"] as const) {
  Deno.test(`one-off run: what never arrived (${state}) is launched again, what was lost is not`, async () => {
    const play = await Play.begin();
    play.subscribe();
    const first = play.launched();
    play.update(first, state);
    await play.clock.advance(5_000);
    assertEquals(play.taken("REVIVE").length > 0, true);
    const second = play.launched();
    assert(first !== second);
    assertEquals(play.news.filter(({ kind }) => kind === "placed").length, 2);
    play.update(second, "TASK_STARTING");
    // A master that has lost what it knew waits for the agent to come back to it.
    play.update(second, "TASK_UNKNOWN");
    play.update(second, "TASK_GONE");
    assertEquals((await play.run.ended).status?.state, "TASK_GONE");
  });
}

Deno.test("one-off run: goes on with another master, and asks it for its task", async () => {
  const play = await Play.begin();
  play.subscribe();
  const id = play.launched();
  play.update(id, "TASK_RUNNING");
  play.disconnect();
  play.calls.splice(0);
  play.subscribe(false);
  const asked = play.taken("RECONCILE").flatMap(({ reconcile }) => reconcile.tasks ?? []);
  assertEquals(asked.map(({ task_id }) => task_id.value), [id]);
  play.update(id, "TASK_UNREACHABLE");
  await play.clock.advance(3_600_000);
  play.offers(offer("b"));
  assertEquals(play.taken("ACCEPT"), []);
  play.update(id, "TASK_RUNNING");
  play.update(id, "TASK_FINISHED");
  assertEquals((await play.run.ended).status?.state, "TASK_FINISHED");
});

Deno.test("one-off run: a kill is repeated until it is heard, and may be hurried", async () => {
  const play = await Play.begin();
  play.subscribe();
  const id = play.launched();
  play.update(id, "TASK_RUNNING");
  play.calls.splice(0);
  play.run.kill("well");
  assertEquals(play.taken("KILL").map(({ kill }) => kill.kill_policy), [undefined]);
  await play.clock.advance(15_000);
  assertEquals(play.taken("KILL").length, 1);
  play.run.kill("at-once");
  assertEquals(play.taken("KILL").map(({ kill }) => kill.kill_policy?.grace_period?.nanoseconds), [0]);
  play.update(id, "TASK_KILLED");
  assertEquals((await play.run.ended).status?.state, "TASK_KILLED");
});

Deno.test("one-off run: taken back before there is a place, it is over at once", async () => {
  const play = await Play.begin();
  play.run.kill("well");
  assertEquals(await play.run.ended, {});
  play.subscribe();
  assertEquals(play.taken("REVIVE"), []);
});

Deno.test("one-off run: a launch that was dropped is not made again once it is to end", async () => {
  const play = await Play.begin();
  play.subscribe();
  const id = play.launched();
  play.run.kill("well");
  play.update(id, "TASK_DROPPED");
  assertEquals((await play.run.ended).status?.state, "TASK_DROPPED");
});

Deno.test("one-off run: the end of its executor is told", async () => {
  const play = await Play.begin();
  play.subscribe();
  const id = play.launched();
  let isTold = false;
  play.run.executorEnded.then(() => isTold = true);
  play.executorFails("another");
  await Promise.resolve();
  assertEquals(isTold, false);
  play.executorFails(id);
  await play.run.executorEnded;
});

Deno.test("one-off run: ends with the word of a master that has removed it", async () => {
  const play = await Play.begin();
  play.subscribe();
  play.fail(new SessionEnd("removed", "the master has removed the framework"));
  await assertRejects(() => play.run.ended, SessionEnd, "removed");
});

Deno.test("one-off run: agents of another region than the master's are left alone, unless it asks for one", async () => {
  const away: Offer = { ...offer("away"), domain: domain("us") };
  const near = await Play.begin();
  near.subscribe(true, "eu");
  near.offers(away);
  assertEquals([near.taken("ACCEPT").length, near.run.task], [0, undefined]);
  assertEquals(
    near.run.shortage,
    "1 of 1 agents: is in the region us, which is not the master's: x-pod.placement has to ask for it",
  );
  near.offers({ ...offer("a"), domain: domain("eu") });
  assertEquals(near.run.task?.agent.hostname, "a.example");
  const far = await Play.begin([{ name: "region", test: { kind: "is", value: "us" } }]);
  far.subscribe(true, "eu");
  far.offers(away);
  assertEquals(far.run.task?.agent.hostname, "away.example");
});
