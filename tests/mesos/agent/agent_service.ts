import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import type { ExecutorCall, ExecutorEvent } from "../../../src/mesos/wire/messages.ts";
import type { Clock } from "../../../src/pod/clock.ts";
import { AgentCore } from "./agent_core.ts";
import type { AgentCoreSettings, AgentEffect } from "./agent_settings.ts";
import {
  type AgentAnswer,
  type AgentRequest,
  answerRequest,
  carryOut,
  type Readiness,
  text,
} from "./answer.ts";
import { Conduct } from "./conduct.ts";
import { eventRecord } from "./event_record.ts";
import { type ConnectionOwner, HttpConnection } from "./http_connection.ts";

/** Where the agent listens. */
export interface Listening {
  readonly hostname: string;
  /** 0 for any. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** A path for the domain socket, besides TCP. */
  readonly domainSocket?: string;
}

/** What the service is made of. */
export interface AgentServiceSettings {
  readonly core: Omit<AgentCoreSettings, "act" | "now">;
  readonly listening: Listening;
  readonly jwtKey?: string;
  readonly clock: Clock;
  /** Sends every record in several chunks, as a proxy may do. */
  readonly scatter?: boolean;
  /** Effects that are not of the wire. */
  readonly act: (effect: Extract<AgentEffect, { readonly kind: "scheduler" | "start" | "destroy" }>) => void;
}

/** Texts that a real agent sends with a status. */
const refusals: Readonly<Record<number, string>> = {
  400: "Framework cannot be found",
  401: "401 Unauthorized.",
  403: "Executor is not subscribed",
  404: "404 Not Found.",
  500: "Internal error",
  503: "Agent has not finished recovery",
};

/** The agent at its sockets: the core, its timers and the connections of executors. */
export class AgentService implements ConnectionOwner {
  readonly core: AgentCore;
  readonly conduct: Conduct;
  /** What every request came to: `POST /api/v1/executor UPDATE 202`. */
  readonly exchanges: string[] = [];
  readonly #settings: AgentServiceSettings;
  readonly #listeners: Deno.Listener[] = [];
  readonly #connections = new Set<HttpConnection>();
  readonly #streams = new Map<number, { readonly connection: HttpConnection; readonly media: MediaType }>();
  readonly #held: (() => void)[] = [];
  #readiness: Readiness = "ready";
  #hanging = false;
  #refusing: number | undefined;
  #port: number;
  #nextConnection = 1;
  #nextStream = 1;
  #alarm = new AbortController();
  #ended = false;
  readonly #serving = new Set<Promise<unknown>>();

  constructor(settings: AgentServiceSettings) {
    this.#settings = settings;
    this.#port = settings.listening.port;
    const now = () => settings.clock.now();
    this.core = new AgentCore({ ...settings.core, now, act: (effect) => this.#act(effect) });
    this.conduct = new Conduct(settings.core.framework, now);
  }

  /** The TCP port, once it listens. */
  get port(): number {
    return this.#port;
  }

  listen(): void {
    const { hostname, tls, domainSocket } = this.#settings.listening;
    const address = { hostname, port: this.#port };
    const listener = tls === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, cert: tls.certificate, key: tls.key });
    if (listener.addr.transport === "tcp") this.#port = listener.addr.port;
    this.#accept(listener, "tcp");
    if (domainSocket === undefined) return;
    try {
      Deno.removeSync(domainSocket);
    } catch {
      // There was none.
    }
    this.#accept(Deno.listen({ transport: "unix", path: domainSocket }), "domain");
  }

  /** Refuses connections from now on and cuts those that there are. */
  async close(): Promise<void> {
    for (const listener of this.#listeners.splice(0)) listener.close();
    for (const connection of [...this.#connections]) connection.cut();
    this.#streams.clear();
    // The address is free only then.
    await Promise.all([...this.#serving]);
  }

  /** Closes for good. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#alarm.abort();
    await this.close();
  }

  set readiness(readiness: Readiness) {
    this.#readiness = readiness;
  }

  /** Keeps silent: requests get no answer, streams no events, until told otherwise. */
  set hanging(hanging: boolean) {
    this.#hanging = hanging;
    if (!hanging) { for (const go of this.#held.splice(0)) go(); }
  }

  /** How much waits for the end of a silence. */
  get waiting(): number {
    return this.#held.length;
  }

  /** Answers every request with this status; undefined ends that. */
  set refusing(status: number | undefined) {
    this.#refusing = status;
  }

  /** Cuts the connections of all streams. */
  cutStreams(): void {
    for (const { connection } of this.#streams.values()) connection.cut();
  }

  /** Whether a stream stands. */
  get subscribed(): boolean {
    return [...this.#streams.values()].some(({ connection }) => connection.open);
  }

  /** Does something to the core, and waits for what is due after it. */
  drive(work: (core: AgentCore) => void): void {
    work(this.core);
    this.#arm();
  }

  request(connection: HttpConnection, request: AgentRequest): void {
    this.conduct.asked(connection.id, request);
    if (this.#hanging) this.#held.push(() => this.#answer(connection, request));
    else this.#answer(connection, request);
  }

  behindStream(_connection: HttpConnection): void {
    this.conduct.behindStream();
  }

  closed(connection: HttpConnection): void {
    this.#connections.delete(connection);
    this.conduct.settled(connection.id);
  }

  #answer(connection: HttpConnection, request: AgentRequest): void {
    const { jwtKey, clock } = this.#settings;
    const answer = this.#refusing !== undefined
      ? text(this.#refusing, refusals[this.#refusing] ?? "")
      : answerRequest(request, this.#readiness, {
        core: this.core,
        now: () => clock.now(),
        ...(jwtKey === undefined ? {} : { jwtKey }),
      });
    const { call } = answer;
    this.conduct.settled(connection.id);
    this.conduct.answered(request, call, answer);
    this.exchanges.push(`${request.method} ${request.path} ${call?.type ?? "?"} ${statusOf(answer)}`);
    if (answer.kind === "text") return connection.answer(answer.status, answer.headers, answer.text);
    if (answer.kind === "accepted") {
      connection.answer(202, [], "");
      return this.drive((core) => carryOut(answer.call, core));
    }
    connection.beginStream(answer.media);
    this.#subscribe(answer, connection);
  }

  #subscribe(answer: Extract<AgentAnswer, { readonly kind: "stream" }>, connection: HttpConnection): void {
    const stream = this.#nextStream++;
    this.#streams.set(stream, { connection, media: answer.media });
    const subscribe = subscribeOf(answer.call);
    if (subscribe !== undefined) this.drive((core) => core.subscribe(answer.run, subscribe, stream));
  }

  #act(effect: AgentEffect): void {
    if (effect.kind !== "event" && effect.kind !== "end") return this.#settings.act(effect);
    if (this.#hanging) {
      this.#held.push(() => this.#act(effect));
      return;
    }
    const target = this.#streams.get(effect.stream);
    if (target === undefined) return;
    if (effect.kind === "end") {
      this.#streams.delete(effect.stream);
      return target.connection.endStream();
    }
    this.#noteLaunch(effect.event);
    const record = eventRecord(effect.event, target.media);
    const pieces = this.#settings.scatter === true
      ? [1, Math.ceil(record.length / 2), record.length]
      : [record.length];
    pieces.reduce((from, to) => {
      if (to > from) target.connection.chunk(record.subarray(from, to));
      return to;
    }, 0);
  }

  #noteLaunch(event: ExecutorEvent): void {
    if (event.type === "LAUNCH") this.conduct.launched(event.launch.task);
    if (event.type !== "LAUNCH_GROUP") return;
    for (const task of event.launch_group.task_group.tasks ?? []) this.conduct.launched(task);
  }

  #arm(): void {
    this.#alarm.abort();
    const due = this.core.due;
    if (due === undefined || this.#ended) return;
    const { clock } = this.#settings;
    const alarm = this.#alarm = new AbortController();
    clock.sleep(Math.max(0, due - clock.now()), alarm.signal).then(
      () => this.drive((core) => core.tick()),
      () => {/* Something else is due earlier, or nothing any more. */},
    );
  }

  #accept(listener: Deno.Listener, socket: AgentRequest["socket"]): void {
    this.#listeners.push(listener);
    const accepting = (async () => {
      try {
        for await (const one of listener) {
          const connection = new HttpConnection(this.#nextConnection++, one, socket, this);
          this.#connections.add(connection);
          const serving = connection.serve().finally(() => this.#serving.delete(serving));
          this.#serving.add(serving);
        }
      } catch {
        // Closed.
      }
    })();
    this.#serving.add(accepting);
  }
}

function subscribeOf(call: ExecutorCall) {
  return call.type === "SUBSCRIBE" ? call.subscribe : undefined;
}

function statusOf(answer: AgentAnswer): number {
  return answer.kind === "text" ? answer.status : answer.kind === "stream" ? 200 : 202;
}
