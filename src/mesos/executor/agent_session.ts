import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import { decodeExecutorEvent, encodeExecutorCall, type MediaType } from "../wire/codec.ts";
import { type AgentConnection, type Answer, connectAgent, type ConnectOptions } from "../wire/http.ts";
import type { ExecutorCall, ExecutorCallUpdate, ExecutorEvent, TaskStatus } from "../wire/messages.ts";
import type { Tls } from "../wire/tls_settings.ts";
import { WireError } from "../wire/wire_error.ts";
import { decideSession } from "./decide_session.ts";
import type { ExecutorEnvironment } from "./executor_environment.ts";
import { type SessionBounds, sessionBounds } from "./session_bounds.ts";
import type { SessionNotice } from "./session_notice.ts";
import {
  newSession,
  nextTick,
  type Outcome,
  type SessionCall,
  type SessionEffect,
  type SessionMessage,
  type SessionState,
} from "./session_state.ts";
import { hexadecimal } from "./updates.ts";

/** A report on a task before the session has signed it. */
export type UnsignedStatus = Omit<TaskStatus, "uuid" | "timestamp" | "source" | "executor_id">;

/** An executor's life-long conversation with its agent, through every restart of the agent. */
export interface AgentSession {
  /**
   * Reports on a task: in order, until the agent has acknowledged it. The session adds uuid, timestamp, source and
   * executor id, and takes out what only the agent can know. What cannot be sent comes back as the notice `refused`.
   */
  update(status: UnsignedStatus): void;
  /** Sends bytes to the framework; they may get lost, as Mesos has it. */
  message(data: Uint8Array): void;
  /**
   * True when nothing waits any more: every report is with the agent for good, but for those that were `refused`. False
   * when `milliseconds` passed first, or when reports were given up with the agent.
   */
  settled(milliseconds: number): Promise<boolean>;
  /** How many reports the agent has not acknowledged. */
  readonly unacknowledged: number;
  /** Ends the session without a word, and leaves nothing behind. */
  close(): Promise<void>;
}

/** What a session needs. */
export interface AgentSessionOptions {
  readonly environment: ExecutorEnvironment;
  readonly media: MediaType;
  /** What `environment.tls` names, read. */
  readonly tls?: Tls;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Is told what happens, one thing after the other. Must not throw; may call the session. */
  readonly onNotice: (notice: SessionNotice) => void;
  readonly bounds?: Partial<SessionBounds>;
  /** How connections are made. */
  readonly connect?: (options: ConnectOptions) => AgentConnection;
}

/** A timer of this machine can run for some 24 days: longer waits are made of several. */
const longestSleep = 24 * 3_600_000;

/** Opens the session: the agent is called at once. */
export function openAgentSession(options: AgentSessionOptions): AgentSession {
  return new Session(options);
}

class Session implements AgentSession {
  readonly #options: AgentSessionOptions;
  readonly #connection: AgentConnection;
  readonly #lifetime = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #messages: SessionMessage[] = [];
  readonly #waiting = new Set<() => void>();
  #state: SessionState;
  #deciding = false;
  #stream = new AbortController();
  #call = new AbortController();
  #timer: { readonly due: number; readonly end: AbortController } | undefined;

  constructor(options: AgentSessionOptions) {
    const { environment, media, tls, clock, bounds, connect = connectAgent } = options;
    this.#options = options;
    this.#state = newSession(environment, { ...sessionBounds, ...bounds });
    this.#connection = connect({
      endpoint: environment.endpoint,
      media,
      clock,
      ...(environment.token === undefined ? {} : { token: environment.token }),
      ...(tls === undefined ? {} : { tls }),
    });
    this.#post({ kind: "begin" });
  }

  get unacknowledged(): number {
    return this.#state.updates.pending.size;
  }

  update(status: UnsignedStatus): void {
    const uuid = newUuid();
    const update = this.#sign(status, uuid);
    try {
      // A report that cannot be encoded would make every SUBSCRIBE that lists it fail.
      this.#encode({ type: "UPDATE", update });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.#post({ kind: "unsendable", status, reason: error.message });
    }
    this.#post({ kind: "update", uuid: hexadecimal(uuid), update });
  }

  message(data: Uint8Array): void {
    this.#post({ kind: "message", data });
  }

  async settled(milliseconds: number): Promise<boolean> {
    const empty = Promise.withResolvers<void>();
    const look = () => {
      if (this.#isEmpty || this.#lifetime.signal.aborted) empty.resolve();
    };
    const timer = new AbortController();
    this.#waiting.add(look);
    look();
    try {
      await Promise.race([empty.promise, this.#options.clock.sleep(milliseconds, timer.signal)]);
      return this.#isEmpty && !this.#state.lost;
    } finally {
      this.#waiting.delete(look);
      timer.abort();
    }
  }

  async close(): Promise<void> {
    this.#lifetime.abort();
    this.#timer?.end.abort();
    this.#stream.abort();
    this.#call.abort();
    this.#connection.close();
    for (const look of this.#waiting) look();
    await Promise.all(this.#tasks);
  }

  get #isEmpty(): boolean {
    return this.#state.updates.pending.size === 0 && this.#state.messages.length === 0;
  }

  /** The agent fills in its own id and the container's: a wrong one would have it drop the report in silence. */
  #sign(status: UnsignedStatus, uuid: Uint8Array): ExecutorCallUpdate {
    const { agent_id: _agent, container_status, ...rest } = status;
    const { container_id: _container, ...container } = container_status ?? {};
    return {
      status: {
        ...rest,
        ...(container_status === undefined ? {} : { container_status: container }),
        uuid,
        timestamp: this.#options.clock.now() / 1_000,
        source: "SOURCE_EXECUTOR",
        executor_id: { value: this.#options.environment.executorId },
      },
    };
  }

  /** Decides on a message, and on those that come of it, one after the other. */
  #post(message: SessionMessage): void {
    if (this.#lifetime.signal.aborted) return;
    this.#messages.push(message);
    if (this.#deciding) return;
    this.#deciding = true;
    try {
      for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
        const moment = { now: this.#options.clock.elapsed(), random: this.#options.random() };
        const decision = decideSession(this.#state, next, moment);
        this.#state = decision.state;
        for (const effect of decision.effects) this.#begin(effect);
      }
    } finally {
      this.#deciding = false;
    }
    for (const look of this.#waiting) look();
    this.#setTimer();
  }

  #begin(effect: SessionEffect): void {
    if (this.#lifetime.signal.aborted) return;
    switch (effect.kind) {
      case "tell":
        return this.#options.onNotice(effect.notice);
      case "subscribe":
        this.#stream.abort();
        this.#stream = new AbortController();
        return this.#spawn(this.#subscribe(effect, this.#stream.signal));
      case "drop-stream":
        return this.#stream.abort();
      case "call":
        this.#call = new AbortController();
        return this.#spawn(this.#makeCall(effect.id, effect.call, this.#call.signal));
      case "abort-call":
        return this.#call.abort();
    }
  }

  #spawn(task: Promise<void>): void {
    const settled: Promise<void> = task.finally(() => this.#tasks.delete(settled));
    this.#tasks.add(settled);
  }

  async #subscribe(
    effect: Extract<SessionEffect, { kind: "subscribe" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { attempt, subscribe } = effect;
    const answer = await this.#attempt(
      signal,
      () => this.#connection.subscribe(this.#encode({ type: "SUBSCRIBE", subscribe }), signal),
    );
    if (answer === undefined) return;
    this.#post({ kind: "subscribe-answered", attempt, outcome: this.#outcomeOf(answer) });
    if ("reason" in answer || answer.status !== 200) return;
    const records = answer.records[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#attempt(signal, () => records.next());
      if (next === undefined) return;
      if ("reason" in next || next.done === true) {
        const reason = "reason" in next ? this.#redact(next.reason) : "the agent closed the stream of events";
        return this.#post({ kind: "stream-ended", attempt, reason });
      }
      this.#hear(attempt, next.value);
    }
  }

  #hear(attempt: number, record: Uint8Array): void {
    let event: ExecutorEvent;
    try {
      event = decodeExecutorEvent(record, this.#options.media);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.#post({ kind: "unreadable", attempt, reason: this.#redact(error.message) });
    }
    this.#post({ kind: "event", attempt, event });
  }

  async #makeCall(id: number, call: SessionCall, signal: AbortSignal): Promise<void> {
    const answer = await this.#attempt(signal, () => this.#connection.call(this.#encode(call), signal));
    if (answer === undefined) return;
    this.#post({ kind: "call-answered", id, outcome: this.#outcomeOf(answer) });
  }

  /** What `work` gives, or why it failed; undefined when the signal was aborted: nobody asks any more. */
  async #attempt<T extends object>(
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T | { readonly reason: string } | undefined> {
    try {
      const result = await work();
      return signal.aborted ? undefined : result;
    } catch (error) {
      if (signal.aborted || this.#lifetime.signal.aborted) return undefined;
      if (!(error instanceof MesoletError)) throw error;
      return { reason: error.message };
    }
  }

  #outcomeOf(answer: Answer | { readonly reason: string }): Outcome {
    if ("reason" in answer) return { kind: "failed", reason: this.#redact(answer.reason) };
    const { status, text, headers } = answer;
    // Why a token is refused stands there alone.
    const [, why = ""] = /error_description="([^"]*)"/.exec(headers.get("WWW-Authenticate") ?? "") ?? [];
    return { kind: "answered", status, text: this.#redact(why === "" ? text : `${text.trim()} ${why}`) };
  }

  /** Whoever answers might repeat what it was sent. */
  #redact(text: string): string {
    const { token } = this.#options.environment;
    return token === undefined ? text : text.replaceAll(token, "(the token)");
  }

  #encode(call: SessionCall | { readonly type: "SUBSCRIBE"; readonly subscribe: Subscribe }): Uint8Array {
    const { executorId, frameworkId } = this.#options.environment;
    const whole: ExecutorCall = {
      executor_id: { value: executorId },
      framework_id: { value: frameworkId },
      ...call,
    };
    return encodeExecutorCall(whole, this.#options.media);
  }

  #setTimer(): void {
    if (this.#lifetime.signal.aborted) return;
    const { clock } = this.#options;
    const due = nextTick(this.#state);
    if (this.#timer?.due === due) return;
    this.#timer?.end.abort();
    this.#timer = undefined;
    if (due === Infinity) return;
    const end = new AbortController();
    this.#timer = { due, end };
    const pause = Math.min(longestSleep, Math.max(0, due - clock.elapsed()));
    this.#spawn(
      clock.sleep(pause, end.signal).then(() => {
        this.#timer = undefined;
        this.#post({ kind: "tick" });
      }, () => {}),
    );
  }
}

type Subscribe = Extract<SessionEffect, { kind: "subscribe" }>["subscribe"];

/** Sixteen bytes of a random UUID (RFC 9562, version 4). */
function newUuid(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
