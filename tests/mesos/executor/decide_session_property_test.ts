import { assertEquals } from "../../support/assert.ts";
import { acknowledgedEvent, launchEvent, report, subscribedEvent, uuidOf } from "./session_samples.ts";
import type { ExecutorCallUpdate, TaskState } from "../../../src/mesos/wire/messages.ts";
import { decideSession } from "../../../src/mesos/executor/decide_session.ts";
import { sessionBounds } from "../../../src/mesos/executor/session_bounds.ts";
import {
  newSession,
  nextTick,
  type SessionEffect,
  type SessionMessage,
  type SessionState,
} from "../../../src/mesos/executor/session_state.ts";
import { hexadecimal } from "../../../src/mesos/executor/updates.ts";
import { isTerminal } from "../../../src/mesos/wire/terminal_states.ts";

const lives: readonly (readonly TaskState[])[] = [
  ["TASK_STARTING", "TASK_RUNNING", "TASK_RUNNING", "TASK_FINISHED"],
  ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"],
  ["TASK_STARTING", "TASK_FAILED"],
];

/**
 * An agent in memory that dies, forgets acknowledgements, refuses and answers late, as chance has it. What it takes it
 * keeps, once by uuid, as a real one does.
 */
class Chaos {
  readonly taken: { readonly task: string; readonly state: TaskState; readonly uuid: string }[] = [];
  /** Ids of calls that wait for an answer. */
  #calls: { readonly id: number; readonly update?: ExecutorCallUpdate }[] = [];
  #lost: { readonly task: string; readonly uuid: Uint8Array }[] = [];
  #opening: number | undefined;
  #stream: number | undefined;
  #listed: readonly ExecutorCallUpdate[] = [];
  #state: SessionState;
  #now = 0;
  #byte = 0;
  #todo: { readonly task: string; readonly states: TaskState[] }[] = [];
  #tasks = 0;

  constructor(readonly random: () => number) {
    this.#state = newSession(
      { checkpoint: true, local: false, recoveryTimeout: Infinity, subscriptionBackoffMax: 2_000 },
      sessionBounds,
    );
    this.#do({ kind: "begin" });
  }

  get unacknowledged(): number {
    return this.#state.updates.pending.size;
  }

  /** Something happens. */
  step(kind: boolean): void {
    const dice = Math.floor(this.random() * (kind ? 6 : 10));
    switch (dice) {
      case 0:
        return this.#pass();
      case 1:
        return this.#answerSubscribe(kind);
      case 2:
        return this.#answerCall(kind);
      case 3:
        return this.#report();
      case 4:
        return kind ? this.#acknowledgeLost() : this.#launch();
      case 5:
        return this.#acknowledgeLost();
      case 6:
        return this.#break();
      default:
        return this.#pass();
    }
  }

  /** From now on the executor only reports what it has begun. */
  get isReported(): boolean {
    return this.#todo.every(({ states }) => states.length === 0);
  }

  #pass(): void {
    const due = nextTick(this.#state);
    if (due === Infinity) return;
    this.#now = Math.max(this.#now, due);
    this.#do({ kind: "tick" });
  }

  #launch(): void {
    if (this.#stream === undefined || this.#tasks >= 5) return;
    const task = `t${this.#tasks++}`;
    this.#event(launchEvent(task));
    this.#todo.push({ task, states: [...lives[this.#tasks % lives.length] ?? []] });
  }

  #report(): void {
    const live = this.#todo.filter(({ states }) => states.length > 0);
    const one = live[Math.floor(this.random() * live.length)];
    const state = one?.states.shift();
    if (one === undefined || state === undefined) return;
    const byte = ++this.#byte;
    this.#do({
      kind: "update",
      uuid: hexadecimal(uuidOf(byte)),
      update: report(one.task, state, byte),
    });
  }

  #answerSubscribe(kind: boolean): void {
    if (this.#opening === undefined) return;
    const attempt = this.#opening;
    this.#opening = undefined;
    const isBad = !kind && this.random() < 0.5;
    const status = isBad ? 503 : 200;
    this.#do({ kind: "subscribe-answered", attempt, outcome: { kind: "answered", status, text: "" } });
    if (isBad) return;
    this.#stream = attempt;
    for (const update of this.#listed) this.#take(update);
    this.#event(subscribedEvent);
  }

  #answerCall(kind: boolean): void {
    const call = this.#calls.shift();
    if (call === undefined) return;
    const dice = kind ? 9 : Math.floor(this.random() * 10);
    if (dice === 0) return this.#answer(call.id, 403, "Executor is not subscribed");
    if (dice === 1) return this.#answer(call.id, 503, "");
    // Taken, and the answer is lost.
    if (call.update !== undefined) this.#take(call.update);
    if (dice === 2) {
      return this.#do({ kind: "call-answered", id: call.id, outcome: { kind: "failed", reason: "reset" } });
    }
    this.#answer(call.id, 202, "");
  }

  #answer(id: number, status: number, text: string): void {
    this.#do({ kind: "call-answered", id, outcome: { kind: "answered", status, text } });
  }

  #take(update: ExecutorCallUpdate): void {
    const { task_id: { value: task }, state, uuid = new Uint8Array() } = update.status;
    const key = hexadecimal(uuid);
    if (!this.taken.some((one) => one.uuid === key)) this.taken.push({ task, state, uuid: key });
    this.#lost.push({ task, uuid });
  }

  #acknowledgeLost(): void {
    const one = this.#lost.shift();
    if (one !== undefined && this.#stream !== undefined) this.#event(acknowledgedEvent(one.task, one.uuid));
  }

  #break(): void {
    if (this.#stream === undefined) return;
    this.#do({ kind: "stream-ended", attempt: this.#stream, reason: "cut" });
  }

  #event(event: Extract<SessionMessage, { kind: "event" }>["event"]): void {
    if (this.#stream !== undefined) this.#do({ kind: "event", attempt: this.#stream, event });
  }

  #do(message: SessionMessage): void {
    const moment = { now: this.#now, random: this.random() };
    const { state, effects } = decideSession(this.#state, message, moment);
    this.#state = state;
    for (const effect of effects) this.#begin(effect);
  }

  #begin(effect: SessionEffect): void {
    switch (effect.kind) {
      case "subscribe":
        this.#stream = undefined;
        this.#opening = effect.attempt;
        this.#listed = effect.subscribe.unacknowledged_updates;
        return;
      case "drop-stream":
        this.#stream = this.#opening = undefined;
        return;
      case "call":
        assertEquals(this.#calls.length, 0, "two calls at once");
        this.#calls.push({
          id: effect.id,
          ...(effect.call.type === "UPDATE" ? { update: effect.call.update } : {}),
        });
        return;
      case "abort-call":
        // It may have arrived all the same.
        for (const { update } of this.#calls) {
          if (update !== undefined && this.random() < 0.5) this.#take(update);
        }
        this.#calls = [];
        return;
      case "tell":
        assertEquals(["refused", "gave-up"].includes(effect.notice.kind), false, effect.notice.kind);
    }
  }
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("session: whatever happens, each task's history arrives whole, once and in order", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const chaos = new Chaos(chance(seed));
    for (let step = 0; step < 400; step++) chaos.step(false);
    for (let step = 0; step < 5_000 && !(chaos.isReported && chaos.unacknowledged === 0); step++) {
      chaos.step(true);
    }
    assertEquals(chaos.unacknowledged, 0, `seed ${seed}: reports are left`);
    const byTask = Map.groupBy(chaos.taken, ({ task }) => task);
    for (const [task, taken] of byTask) {
      const states = taken.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
      const life = lives[(Number(task.slice(1)) + 1) % lives.length] ?? [];
      const expected = life.filter((state, index) => state !== life[index - 1]);
      assertEquals(states, expected, `seed ${seed}, ${task}`);
      assertEquals(taken.filter(({ state }) => isTerminal(state)).length, 1);
    }
  }
});
