import type { SchedulerCall, SchedulerEvent } from "../../../src/mesos/wire/messages.ts";
import type { Clock } from "../../../src/pod/clock.ts";
import { isObject } from "../agent/read_call.ts";
import type { CallRefusal } from "./master_core.ts";
import { MasterHost, type MasterHostSettings } from "./master_host.ts";
import type { MasterEffect } from "./master_settings.ts";
import { callProblem } from "./scheduler_door.ts";

/** A subscription without a socket. */
export interface DirectStream {
  /** What calls have to name. */
  readonly id: string;
  /** Breaks the stream, as a scheduler does that ends. */
  close(): void;
}

/** What a scheduler in the same process is told. */
export interface DirectListener {
  event(event: SchedulerEvent): void;
  /** The stream ended: by the master's word, or since it died. */
  ended(): void;
}

/**
 * A master in the process of the test, without sockets: the same decisions, at the speed of memory. Calls are answered
 * at once; events are told one after the other, never from within a call.
 */
export class DirectMaster {
  readonly host: MasterHost;
  readonly #streams = new Map<number, DirectListener>();
  readonly #events: (() => void)[] = [];
  #telling = false;
  #nextStream = 1;

  constructor(settings: {
    readonly clock: Clock;
    readonly core?: Partial<MasterHostSettings["core"]>;
  }) {
    this.host = new MasterHost({
      clock: settings.clock,
      core: { ip: "127.0.0.1", port: 5050, hostname: "127.0.0.1", ...settings.core },
      act: (effect) => this.#act(effect),
    });
  }

  /** @returns the stream, or why there is none: a status as over HTTP, 0 where nobody would answer */
  subscribe(
    call: Extract<SchedulerCall, { readonly type: "SUBSCRIBE" }>,
    listener: DirectListener,
  ): DirectStream | CallRefusal {
    const refusal = this.#unready() ?? invalid(call);
    if (refusal !== undefined) return refusal;
    const number = this.#nextStream++;
    const id = crypto.randomUUID();
    this.#streams.set(number, listener);
    this.host.subscribe(call, { number, id });
    return {
      id,
      close: () => {
        this.#streams.delete(number);
        this.host.disconnected(number);
      },
    };
  }

  /** @returns why a call is refused; undefined when it is accepted, and carried out */
  call(call: SchedulerCall, streamId: string): CallRefusal | undefined {
    const refusal = this.#unready() ?? invalid(call);
    if (refusal === undefined) return this.host.call(call, streamId);
    this.host.conduct.called(call, refusal);
    return refusal;
  }

  /** The master dies. */
  stop(): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.host.stop();
    for (const listener of streams) this.#later(() => listener.ended());
  }

  /** It is there again, and so are the agents. */
  start(): void {
    this.host.lead();
    this.host.rejoin();
  }

  end(): void {
    this.host.end();
  }

  #unready(): CallRefusal | undefined {
    switch (this.host.phase) {
      case "leading":
        return undefined;
      case "recovering":
        return { status: 503, text: "Master has not finished recovery" };
      default:
        return { status: 0, text: "Connection refused" };
    }
  }

  #act(effect: MasterEffect): void {
    const listener = this.#streams.get(effect.stream);
    if (listener === undefined) return;
    if (effect.kind === "event") return this.#later(() => listener.event(effect.event));
    this.#streams.delete(effect.stream);
    this.#later(() => listener.ended());
  }

  #later(tell: () => void): void {
    this.#events.push(tell);
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) next();
      this.#telling = false;
    });
  }
}

function invalid(call: SchedulerCall): CallRefusal | undefined {
  const problem = isObject(call) ? callProblem(call, undefined) : "Expecting 'type' to be present";
  return problem === undefined ? undefined : {
    status: 400,
    text: `Failed to validate scheduler::Call: ${problem}`,
  };
}
