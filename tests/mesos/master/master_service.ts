import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import type { AgentRequest } from "../agent/answer.ts";
import { type ConnectionOwner, HttpConnection } from "../agent/http_connection.ts";
import { schedulerRecord } from "./event_record.ts";
import { answerMaster } from "./master_door.ts";
import { MasterHost, type MasterHostSettings } from "./master_host.ts";
import type { MasterEffect } from "./master_settings.ts";
import { type DoorSettings, type MasterAnswer, text } from "./scheduler_door.ts";

/** What the service is made of. */
export interface MasterServiceSettings extends DoorSettings {
  readonly host: Omit<MasterHostSettings, "act">;
  readonly listening: {
    readonly hostname: string;
    /** 0 for any. */
    readonly port: number;
    /** PEM. */
    readonly tls?: { readonly certificate: string; readonly key: string };
  };
  readonly newStreamId?: () => string;
  /** Sends every record in several chunks, as a proxy may do. */
  readonly scatter?: boolean;
}

interface OpenStream {
  readonly connection: HttpConnection;
  readonly media: MediaType;
}

/** The master at its socket: the host and the connections of schedulers and operators. */
export class MasterService implements ConnectionOwner {
  readonly host: MasterHost;
  /** What every request came to: `POST /api/v1/scheduler DECLINE 202`. */
  readonly exchanges: string[] = [];
  /** `host:port` of another master that leads, for `following`. */
  leader: string | undefined;
  readonly #settings: MasterServiceSettings;
  readonly #connections = new Set<HttpConnection>();
  readonly #streams = new Map<number, OpenStream>();
  readonly #serving = new Set<Promise<unknown>>();
  readonly #held: (() => void)[] = [];
  /** By stream id, the connection of the last call. */
  readonly #callers = new Map<string, HttpConnection>();
  /** Connections with a request that has no answer yet. */
  readonly #asked = new Set<HttpConnection>();
  #listener: Deno.Listener | undefined;
  #port: number;
  #hanging = false;
  #refusing: number | undefined;
  #nextConnection = 1;
  #nextStream = 1;

  constructor(settings: MasterServiceSettings) {
    this.#settings = settings;
    this.#port = settings.listening.port;
    this.#listen();
    this.host = new MasterHost({
      ...settings.host,
      core: { ...settings.host.core, ...(settings.host.core.port === 0 ? { port: this.#port } : {}) },
      act: (effect) => this.#act(effect),
    });
  }

  /** The port, once it listens. */
  get port(): number {
    return this.#port;
  }

  /** Takes connections again after {@linkcode close}, at another port where one is given. */
  listen(port: number = this.#port): void {
    this.#port = port;
    this.#listen();
  }

  /** Refuses connections from now on and cuts those that there are. */
  async close(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of [...this.#connections]) connection.cut();
    this.#streams.clear();
    // The address is free only then.
    await Promise.all([...this.#serving]);
  }

  async end(): Promise<void> {
    this.host.end();
    await this.close();
  }

  /** Keeps silent: requests get no answer, streams no events, until told otherwise. */
  set hanging(hanging: boolean) {
    this.#hanging = hanging;
    if (!hanging) { for (const go of this.#held.splice(0)) go(); }
  }

  /** Answers every request with this status; undefined ends that. */
  set refusing(status: number | undefined) {
    this.#refusing = status;
  }

  /** Cuts the connections of all streams. */
  cutStreams(): void {
    for (const { connection } of [...this.#streams.values()]) connection.cut();
  }

  /** How many streams stand. */
  get streams(): number {
    return [...this.#streams.values()].filter(({ connection }) => connection.open).length;
  }

  request(connection: HttpConnection, request: AgentRequest): void {
    if ([...this.#asked].some((other) => other !== connection && !other.streamed)) {
      this.host.conduct.note("A call was sent while another one had no answer yet");
    }
    this.#asked.add(connection);
    this.#noteOrder(connection, request);
    if (this.#hanging) this.#held.push(() => this.#answer(connection, request));
    else this.#answer(connection, request);
  }

  /** Calls of one stream over two connections may overtake each other. */
  #noteOrder(connection: HttpConnection, { headers }: AgentRequest): void {
    const streamId = headers.get("mesos-stream-id");
    if (streamId === undefined) return;
    const before = this.#callers.get(streamId);
    this.#callers.set(streamId, connection);
    if (before !== undefined && before !== connection && before.open) {
      this.host.conduct.note("Calls of one stream came over several connections: nothing keeps their order");
    }
  }

  behindStream(_connection: HttpConnection): void {
    this.host.conduct.note("A call was sent behind the stream of events: it gets no answer");
  }

  closed(connection: HttpConnection): void {
    this.#connections.delete(connection);
    this.#asked.delete(connection);
    for (const [number, stream] of this.#streams) {
      if (stream.connection !== connection) continue;
      this.#streams.delete(number);
      this.host.disconnected(number);
    }
  }

  #answer(connection: HttpConnection, request: AgentRequest): void {
    const site = {
      phase: this.host.phase,
      core: this.host.core,
      ...(this.leader === undefined ? {} : { leader: this.leader }),
    };
    const answer: MasterAnswer = this.#refusing === undefined
      ? answerMaster(request, site, this.#settings)
      : text(this.#refusing, "");
    this.#asked.delete(connection);
    const type = answer.call?.type ?? "?";
    this.exchanges.push(`${request.method} ${request.path} ${type} ${statusOf(answer)}`);
    if (answer.kind === "stream") return this.#open(connection, answer);
    const isCall = request.path.includes("/api/v1/scheduler") && this.#refusing === undefined;
    if (isCall && answer.kind === "text") this.host.conduct.called(answer.call, answer);
    if (answer.kind === "text") return connection.answer(answer.status, answer.headers, answer.text);
    this.host.conduct.called(answer.call, { status: answer.status, text: "" });
    connection.answer(answer.status, [], "");
    this.host.carryOut(answer.call);
  }

  #open(connection: HttpConnection, answer: Extract<MasterAnswer, { readonly kind: "stream" }>): void {
    const number = this.#nextStream++;
    const id = this.#settings.newStreamId?.() ?? crypto.randomUUID();
    connection.beginStream(answer.media, [["Mesos-Stream-Id", id]]);
    this.#streams.set(number, { connection, media: answer.media });
    this.host.subscribe(answer.call, { number, id });
  }

  #act(effect: MasterEffect): void {
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
    const record = schedulerRecord(effect.event, target.media);
    const pieces = this.#settings.scatter === true
      ? [1, Math.ceil(record.length / 2), record.length]
      : [record.length];
    pieces.reduce((from, to) => {
      if (to > from) target.connection.chunk(record.subarray(from, to));
      return to;
    }, 0);
  }

  #listen(): void {
    const { hostname, tls } = this.#settings.listening;
    const address = { hostname, port: this.#port };
    const listener = tls === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, cert: tls.certificate, key: tls.key });
    if (listener.addr.transport === "tcp") this.#port = listener.addr.port;
    this.#listener = listener;
    const accepting = (async () => {
      try {
        for await (const one of listener) {
          const connection = new HttpConnection(this.#nextConnection++, one, "tcp", this);
          this.#connections.add(connection);
          const serving = connection.serve().finally(() => this.#serving.delete(serving));
          this.#serving.add(serving);
        }
      } catch {
        // Closed.
      }
    })().finally(() => this.#serving.delete(accepting));
    this.#serving.add(accepting);
  }
}

function statusOf(answer: MasterAnswer): number {
  return answer.kind === "stream" ? 200 : answer.status;
}
