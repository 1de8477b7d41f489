import { FrameworkBoard } from "../../../../src/mesos/framework/board/framework_board.ts";
import type { Offer, SchedulerEvent, TaskState } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "../cluster/playing.ts";
import { needing } from "../placement/offering.ts";

/** A board beside a cluster that is played by hand, told what the framework would tell it. */
class PlayedBoard {
  readonly play = new Play();
  readonly board = new FrameworkBoard(this.play.cluster, { now: () => this.play.now });

  offers(...offers: readonly Offer[]): void {
    this.play.offers(...offers);
    this.#tell({ type: "OFFERS", offers: { offers } });
  }

  update(id: string, state: TaskState): void {
    this.play.update(id, state);
    const status = { task_id: { value: id }, state };
    this.#tell({ type: "UPDATE", update: { status } });
  }

  fail(agent: string, executor?: string): void {
    this.#tell({
      type: "FAILURE",
      failure: {
        agent_id: { value: agent },
        ...(executor === undefined ? {} : { executor_id: { value: executor } }),
      },
    });
  }

  /** `a.example known 1 cpus 300 MiB 10 ports: web.0 running` */
  agents(): string[] {
    return this.board.agents().map(({ hostname, state, offered, tasks }) => {
      const left = offered === undefined
        ? "nothing"
        : `${offered.cpus} cpus ${offered.memory} MiB ${offered.ports} ports`;
      return `${hostname} ${state} ${left}: ${
        tasks.map(({ pod, slot, state }) => `${pod}.${slot} ${state}`).join(", ")
      }`;
    });
  }

  #tell(event: SchedulerEvent): void {
    this.board.notice({ kind: "event", event });
  }
}

Deno.test("cluster board: agents are known by their last offers and by our tasks", () => {
  const played = new PlayedBoard();
  played.play.begin(wish("web", { replicas: 2, needs: needing(1, 200, { ports: [{}] }) }));
  assertEquals(played.agents(), []);
  played.offers(offer("b", 0.5, 500), offer("a", 1.5, 500));
  assertEquals(played.agents(), [
    "a.example known 0.5 cpus 300 MiB 9 ports: web.0 launching",
    "b.example known 0.5 cpus 500 MiB 10 ports: ",
  ]);
  played.update("web.0.v1.r1", "TASK_RUNNING");
  // What was offered before is no more than that: offered before.
  played.offers(offer("b", 4, 900, { attributes: [{ name: "rack", type: "TEXT", text: { value: "r1" } }] }));
  played.update("web.1.v1.r2", "TASK_RUNNING");
  assertEquals(played.agents(), [
    "a.example known 0.5 cpus 300 MiB 9 ports: web.0 running",
    "b.example known 3 cpus 700 MiB 9 ports: web.1 running",
  ]);
  assertEquals(played.board.agents()[1]?.attributes, [{ name: "rack", values: ["r1"] }]);
  played.fail("b", "one-executor");
  assertEquals(played.agents().length, 2);
  // Without an executor it is the agent that is gone.
  played.fail("b");
  played.update("web.1.v1.r2", "TASK_UNREACHABLE");
  assertEquals(played.agents()[1], "b.example unreachable nothing: web.1 unreachable");
  played.play.now += 8 * 24 * 3_600_000;
  played.update("web.0.v1.r1", "TASK_FINISHED");
  assertEquals(played.agents(), ["b.example unreachable nothing: web.1 unreachable"]);
});

Deno.test("cluster board: agents that are to be left say so", () => {
  const played = new PlayedBoard();
  played.play.begin(wish("web"));
  const start = { nanoseconds: played.play.now * 1e6 + 60e9 };
  played.offers(offer("a", 2, 500, { unavailability: { start } }), offer("b", 2, 500));
  assertEquals(played.agents(), [
    "a.example leaving 2 cpus 500 MiB 10 ports: ",
    "b.example known 1 cpus 400 MiB 10 ports: web.0 launching",
  ]);
});

Deno.test("cluster board: why an instance has no place is judged by what all agents offered last", () => {
  const played = new PlayedBoard();
  played.play.begin(wish("web", { replicas: 3, needs: needing(2, 100) }));
  played.offers(offer("a", 1, 500), offer("b", 2.5, 50), offer("d", 2, 500));
  played.offers(offer("c", 0.5, 500));
  assertEquals(
    played.board.why("web").map(({ slot, state, waitsSince, shortage }) => [
      slot,
      state,
      waitsSince,
      shortage?.agents,
      shortage?.fitting,
    ]),
    [
      [0, "launching", undefined, undefined, undefined],
      [1, "waiting", played.play.now, 4, 0],
      [2, "waiting", played.play.now, 4, 0],
    ],
  );
  const { lacks, nearest } = played.board.why("web")[1]?.shortage ?? { lacks: [], nearest: [] };
  assertEquals(lacks, [
    { text: "cpus: 2 needed, 1 offered at most", agents: 3 },
    { text: "memory: 100 MiB needed, 50 MiB offered", agents: 1 },
  ]);
  assertEquals(nearest.map(({ agent, lacks }) => [agent.hostname, ...lacks]), [
    ["a.example", "cpus: 2 needed, 1 offered"],
    ["b.example", "memory: 100 MiB needed, 50 MiB offered"],
    ["c.example", "cpus: 2 needed, 0.5 offered"],
    ["d.example", "cpus: 2 needed, 0 offered"],
  ]);
  assertEquals(played.board.why("db"), []);
  played.update("web.0.v1.r1", "TASK_RUNNING");
  assertEquals(played.board.why("web").map(({ slot }) => slot), [1, 2]);
});

Deno.test("cluster board: the conversation with the master is counted", () => {
  const { board, play } = new PlayedBoard();
  assertEquals(board.master, { connected: false });
  board.notice({ kind: "trouble", reason: "nobody listens" });
  assertEquals(board.master, { connected: false, reason: "nobody listens" });
  board.notice({ kind: "subscribed", frameworkId: "f", isNew: true, address: "10.0.0.1:5050" });
  assertEquals(board.master, { connected: true, address: "10.0.0.1:5050", framework: "f" });
  board.notice({
    kind: "event",
    event: { type: "OFFERS", offers: { offers: [offer("a", 1, 1), offer("b", 1, 1)] } },
  });
  board.call({
    type: "ACCEPT",
    accept: {
      offer_ids: [{ value: "o-a" }],
      operations: [{
        type: "LAUNCH",
        launch: { task_infos: [{ name: "web", task_id: { value: "t" }, agent_id: { value: "a" } }] },
      }],
    },
  });
  board.call({ type: "DECLINE", decline: { offer_ids: [{ value: "o-b" }] } });
  const status = { task_id: { value: "t" }, state: "TASK_RUNNING" as const };
  board.notice({ kind: "event", event: { type: "UPDATE", update: { status } } });
  board.notice({
    kind: "event",
    event: { type: "UPDATE", update: { status: { ...status, reason: "REASON_RECONCILIATION" } } },
  });
  board.notice({ kind: "refused", call: { type: "REVIVE" }, reason: "no" });
  board.notice({ kind: "disconnected", reason: "the stream broke" });
  const { offers, launches, updates, answers, refused } = board.counts;
  assertEquals([offers, launches, [...updates], answers, refused], [
    { received: 2, accepted: 1, declined: 1 },
    1,
    [["TASK_RUNNING", 1]],
    1,
    1,
  ]);
  assertEquals(board.master, {
    connected: false,
    address: "10.0.0.1:5050",
    framework: "f",
    reason: "the stream broke",
  });
  assertEquals(play.cluster.pods.size, 0);
});

Deno.test("cluster board: offers of a thousand agents beside ten thousand tasks cost what they are", () => {
  const play = new Play();
  for (let index = 0; index < 10_000; index++) {
    play.store.tasks.set(`t${index}`, {
      id: `t${index}`,
      pod: `pod-${index}`,
      slot: 0,
      version: "v1",
      role: "mesolet",
      executorId: `t${index}`,
      agent: { id: `agent-${index % 1_000}`, hostname: `agent-${index % 1_000}.example`, attributes: [] },
      ports: [],
      phase: "launched",
      intendedAt: play.now,
      state: "TASK_RUNNING",
    });
  }
  play.restart();
  const offers = Array.from({ length: 1_000 }, (_, index) => offer(`agent-${index}`, 1, 100));
  play.offers(...offers);
  let read = 0;
  const board = new FrameworkBoard({
    get pods() {
      read++;
      return play.cluster.pods;
    },
    leaving: { has: () => false },
    silentSince: () => undefined,
    lastOffers: play.cluster.lastOffers,
  }, { now: () => play.now });
  board.notice({ kind: "event", event: { type: "OFFERS", offers: { offers } } });
  assertEquals(read, 0);
  const agents = board.agents();
  assertEquals([agents.length, agents.reduce((sum, { tasks }) => sum + tasks.length, 0)], [1_000, 10_000]);
});
