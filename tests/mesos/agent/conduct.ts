import type { ExecutorCall, FrameworkInfo, TaskInfo, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { type AgentAnswer, type AgentRequest, blames } from "./answer.ts";
import { callerOf } from "./read_call.ts";
import { isTerminal } from "./task_states.ts";

/** A call more often than this within {@linkcode window} milliseconds is polling. */
const often = 8;
const window = 1_000;
/** An executor's heartbeats are half an hour apart. */
const shortestHeartbeat = 60_000;

/** What an executor told about one task. */
interface Told {
  readonly states: TaskStatus["state"][];
  readonly uuids: Map<string, { readonly content: string; accepted: boolean }>;
  readonly task: TaskInfo;
  /** The uuid of the last update that was accepted for the first time. */
  latest?: string;
  /** What the last update said, without what is new in every update. */
  lastNews: string;
}

/**
 * Watches the manners of executors: what a real agent takes without a word and what is wrong or unwise all the same. It
 * changes nothing of what the agent answers.
 */
export class Conduct {
  /** Everything that was wrong, in words. */
  readonly problems: string[] = [];
  readonly #told = new Map<string, Told>();
  readonly #framework: FrameworkInfo;
  readonly #now: () => number;
  readonly #recent = new Map<string, number[]>();
  /** By connection, the executor that waits for an answer. */
  readonly #unanswered = new Map<number, string>();
  readonly #heartbeatAt = new Map<string, number>();

  constructor(framework: FrameworkInfo, now: () => number) {
    this.#framework = framework;
    this.#now = now;
  }

  /** A task was handed to the executor: what was told of an older one with its id does not count. */
  launched(task: TaskInfo): void {
    this.#told.set(task.task_id.value, { states: [], uuids: new Map(), task, lastNews: "" });
  }

  /** A request came in, before it is answered. A subscription has its own connection and may be under way as well. */
  asked(connection: number, request: AgentRequest): void {
    const { type, executor } = callerOf(request.headers.get("content-type"), request.body);
    if (type === "SUBSCRIBE") return;
    const others = [...this.#unanswered].filter(([other, who]) => other !== connection && who === executor);
    if (others.length > 0) this.#note("a call before the answer to the one before, on another connection");
    this.#unanswered.set(connection, executor);
  }

  /** The connection is gone or has its answer. */
  settled(connection: number): void {
    this.#unanswered.delete(connection);
  }

  behindStream(): void {
    this.#note("a call on the connection of the event stream: it is never answered");
  }

  /** A request has got its answer. */
  answered(request: AgentRequest, call: ExecutorCall | undefined, answer: AgentAnswer): void {
    if (answer.kind === "text" && blames(answer)) this.#note(`refused with ${answer.status}: ${answer.text}`);
    if (call === undefined) return;
    if (call.type === "SUBSCRIBE" && !request.headers.has("accept")) this.#note("SUBSCRIBE without Accept");
    if (call.type === "HEARTBEAT") this.#heartbeat(call.executor_id.value);
    this.#countCall(call);
    if (call.type === "UPDATE") {
      this.#sentAgain(call.update.status);
      this.#update(call.update.status, answer.kind === "accepted");
    }
    if (call.type === "SUBSCRIBE" && answer.kind === "stream") {
      for (const { status } of call.subscribe.unacknowledged_updates ?? []) this.#update(status, true);
    }
  }

  #heartbeat(executor: string): void {
    const last = this.#heartbeatAt.get(executor);
    this.#heartbeatAt.set(executor, this.#now());
    if (last !== undefined && this.#now() - last < shortestHeartbeat) {
      this.#note("two heartbeats within a minute");
    }
  }

  /** Calls that differ are work; the same one over and over is polling. */
  #countCall(call: ExecutorCall): void {
    const key = call.type === "UPDATE"
      ? `UPDATE ${call.update.status.uuid?.toHex()}`
      : `${call.type} of ${call.executor_id.value}`;
    if (call.type === "MESSAGE") return;
    const times = (this.#recent.get(key) ?? []).filter((at) => at > this.#now() - window);
    times.push(this.#now());
    this.#recent.set(key, times);
    if (times.length > often) {
      this.#note(`polling: ${times.length} times within a second: ${key}`);
      this.#recent.delete(key);
    }
  }

  /** An older state that comes after a newer one turns a task's history round. In a SUBSCRIBE all are listed in order. */
  #sentAgain(status: TaskStatus): void {
    const id = status.task_id.value;
    const told = this.#told.get(id);
    const uuid = status.uuid?.toHex() ?? "";
    if (told?.uuids.get(uuid)?.accepted !== true || told.latest === uuid || isTerminal(status.state)) return;
    this.#note(`${status.state} of ${id}: sent again although a newer update was accepted`);
  }

  #update(status: TaskStatus, accepted: boolean): void {
    const id = status.task_id.value;
    const told = this.#told.get(id);
    const what = `${status.state} of ${id}`;
    if (told === undefined) return this.#note(`${what}: no such task was launched`);
    const uuid = status.uuid?.toHex() ?? "";
    const content = contentOf(status);
    const before = told.uuids.get(uuid);
    if (before !== undefined) {
      if (before.content !== content) this.#note(`${what}: its uuid was that of another update`);
      if (accepted && !before.accepted) this.#order(status, told, what);
      before.accepted ||= accepted;
      return;
    }
    told.uuids.set(uuid, { content, accepted });
    this.#members(status, told, what);
    if (accepted) this.#order(status, told, what);
  }

  #members(status: TaskStatus, told: Told, what: string): void {
    if (status.agent_id !== undefined) this.#note(`${what}: agent_id is the agent's to set`);
    if (status.container_status?.container_id !== undefined) {
      this.#note(`${what}: container_status.container_id is the agent's to set`);
    }
    if (status.timestamp === undefined) this.#note(`${what}: no timestamp`);
    if (told.task.check !== undefined && status.check_status === undefined) {
      this.#note(`${what}: no check_status although the task has a check`);
    }
    const killing = (this.#framework.capabilities ?? []).some((one) => one.type === "TASK_KILLING_STATE");
    if (status.state === "TASK_KILLING" && !killing) {
      this.#note(`${what}: the framework does not have TASK_KILLING_STATE`);
    }
  }

  #order(status: TaskStatus, told: Told, what: string): void {
    const { states } = told;
    told.latest = status.uuid?.toHex() ?? "";
    const last = states.at(-1);
    const reached = [...states];
    const note = (why: string) => this.#note(`${what} after ${reached.join(", ") || "nothing"}: ${why}`);
    states.push(status.state);
    if (reached.some((state) => isTerminal(state))) return note("the task is over");
    switch (status.state) {
      case "TASK_STARTING":
        if (last !== undefined) note("STARTING comes first and once");
        break;
      case "TASK_RUNNING":
        if (last === undefined) note("STARTING comes first");
        if (reached.includes("TASK_KILLING")) note("it is being killed");
        if (last === "TASK_RUNNING" && told.lastNews === newsOf(status)) {
          note("RUNNING again with nothing new");
        }
        break;
      case "TASK_KILLING":
        if (last === "TASK_KILLING") note("KILLING comes once");
        break;
      case "TASK_FINISHED":
        if (!reached.includes("TASK_RUNNING")) note("it never ran");
        break;
      default:
        if (!["TASK_KILLED", "TASK_FAILED"].includes(status.state)) {
          note("an executor reports FINISHED, FAILED or KILLED");
        }
    }
    told.lastNews = newsOf(status);
  }

  #note(problem: string): void {
    this.problems.push(problem);
  }
}

function newsOf({ uuid: _uuid, timestamp: _timestamp, ...news }: TaskStatus): string {
  return contentOf(news);
}

function contentOf(status: TaskStatus): string {
  return JSON.stringify(status, (_, value: unknown) => value instanceof Uint8Array ? value.toHex() : value);
}
