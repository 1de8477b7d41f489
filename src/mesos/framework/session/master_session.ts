import type { Clock } from "../../../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../../../pod/errors.ts";
import type { LocatedMaster, MasterLocator } from "../../detector/master_locator.ts";
import { formatHost } from "../../detector/master_address.ts";
import { basicCredential } from "../../wire/basic_credential.ts";
import { decodeSchedulerEvent, encodeSchedulerCall, type MediaType } from "../../wire/codec.ts";
import { type AgentConnection, type Answer, connectAgent } from "../../wire/http.ts";
import type { FrameworkInfo, MasterInfo, SchedulerCall, SchedulerEvent } from "../../wire/messages.ts";
import type { Tls } from "../../wire/tls_settings.ts";
import { WireError } from "../../wire/wire_error.ts";
import { BackOff } from "./back_off.ts";
import { inWords, judgeCall, judgeSubscribe } from "./judge_answer.ts";
import { endOfError, SessionEnd } from "./session_end.ts";
import { SilenceWatch } from "./silence_watch.ts";

/** The times of a session, in milliseconds. */
export interface MasterSessionBounds {
  /** The longest pause between attempts to subscribe; the first is a sixteenth of it. Chance takes up to half away. */
  readonly backOffLast: number;
  /** From the answer to SUBSCRIBE to the first event. */
  readonly firstEvent: number;
  /** How many heartbeats may be missing. */
  readonly heartbeats: number;
  /** When a call is told that its stream is not the present one: for the stream to say why. */
  readonly lastWords: number;
}

/** The bounds that hold outside tests. */
export const masterSessionBounds: MasterSessionBounds = {
  backOffLast: 15_000,
  firstEvent: 10_000,
  heartbeats: 5,
  // "Framework failed over" was sent before, on another connection. Who subscribes anew without having read it takes
  // the framework back from the instance that took over.
  lastWords: 1_000,
};

/** What a master sends heartbeats at when it does not say; milliseconds. */
const usualHeartbeat = 15_000;

/** How many reasons are remembered as told. */
const mostReasons = 32;

/** What a session tells. */
export type MasterNotice =
  /** `isNew`: the master has given the id just now. */
  | {
    readonly kind: "subscribed";
    readonly frameworkId: string;
    readonly isNew: boolean;
    readonly master?: MasterInfo;
    /** `host:port` */
    readonly address: string;
  }
  /** All offers are void, and calls get lost. Told once, whatever is tried then. */
  | { readonly kind: "disconnected"; readonly reason: string }
  /** It is not possible to subscribe; each reason is told once until it is. */
  | { readonly kind: "trouble"; readonly reason: string }
  /** The master does not take this call, or it cannot be written; the subscription stands. */
  | { readonly kind: "refused"; readonly call: SchedulerCall; readonly reason: string }
  | { readonly kind: "event"; readonly event: SchedulerEvent };

/** What a session needs. */
export interface MasterSessionOptions {
  readonly locator: MasterLocator;
  /** The framework, with the id that it has so far. */
  readonly framework: () => FrameworkInfo;
  readonly media: MediaType;
  readonly tls?: Tls;
  /** For every call: HTTP Basic. The principal is that of the framework. */
  readonly credential?: { readonly principal: string; readonly secret: string };
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Is told one thing after the other. Must not throw; may call the session. */
  readonly onNotice: (notice: MasterNotice) => void;
  readonly bounds?: Partial<MasterSessionBounds>;
}

/** A framework's conversation with whichever master leads. */
export interface MasterSession {
  /**
   * Makes a call, behind those before it. Without a subscription, or when that ends before, it is lost: after the next
   * one everything is to be asked and decided anew.
   */
  send(call: SchedulerCall): void;
  /** Rejected with a {@linkcode SessionEnd} when the master is done with the framework for good. */
  readonly done: Promise<void>;
  /** Ends the conversation, and leaves the framework with the master. */
  close(): Promise<void>;
}

/** Opens the session: SUBSCRIBE is sent at once. */
export function openMasterSession(options: MasterSessionOptions): MasterSession {
  return new Session(options);
}

/** The subscription is over, or did not come about, for a reason in words. */
class StreamOver extends MesoletError {
  override readonly name = "StreamOver";
  constructor(message: string) {
    super(message, ExitCode.unavailable);
  }
}

/** A subscription that stands. */
interface Present {
  readonly connection: AgentConnection;
  readonly frameworkId: string;
  readonly streamId: string;
  /** Aborted when it is not to be trusted any more. */
  readonly over: AbortController;
  /** Aborted when no call is to be made on it any more, which may be earlier. */
  readonly mute: AbortController;
  /** Calls in their order, the one included that is on its way. */
  readonly waiting: SchedulerCall[];
}

/** How an attempt ended that did not fail. */
type Attempt = { readonly kind: "redirected" } | { readonly kind: "lost"; readonly stood: number };

class Session implements MasterSession {
  readonly done: Promise<void>;
  readonly #options: MasterSessionOptions;
  readonly #bounds: MasterSessionBounds;
  readonly #lifetime = new AbortController();
  readonly #calls = new Set<Promise<void>>();
  /** What a master might repeat of what it was sent, and nobody is to read. */
  readonly #secrets: readonly string[];
  readonly #authorization: string | undefined;
  readonly #told = new Set<string>();
  #present: Present | undefined;
  #everSubscribed = false;
  /** The id that this session was given. */
  #givenId: string | undefined;

  constructor(options: MasterSessionOptions) {
    this.#options = options;
    this.#bounds = { ...masterSessionBounds, ...options.bounds };
    const { credential } = options;
    const encoded = credential === undefined ? undefined : basicCredential(credential);
    this.#authorization = encoded === undefined ? undefined : `Basic ${encoded}`;
    this.#secrets = [encoded ?? "", credential?.secret ?? ""].filter((secret) => secret !== "");
    this.done = this.#run();
    // Whoever does not wait for it is not to be ended by it.
    this.done.catch(() => {});
  }

  send(call: SchedulerCall): void {
    const present = this.#present;
    if (present === undefined) return;
    present.waiting.push(call);
    if (present.waiting.length > 1) return;
    const sent: Promise<void> = this.#sendAll(present).finally(() => this.#calls.delete(sent));
    this.#calls.add(sent);
  }

  async close(): Promise<void> {
    this.#lifetime.abort();
    await this.done.catch(() => {});
    await Promise.all(this.#calls);
  }

  async #run(): Promise<void> {
    const { locator, clock, random } = this.#options;
    const { signal } = this.#lifetime;
    const backOff = new BackOff(this.#bounds.backOffLast, random);
    while (!signal.aborted) {
      let master: LocatedMaster | undefined;
      let stood = 0;
      try {
        master = await locator.find(signal, (reason) => this.#trouble(reason));
        const attempt = await this.#converse(master);
        if (attempt.kind === "redirected") continue;
        stood = attempt.stood;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof SessionEnd || !(error instanceof MesoletError)) throw error;
        this.#trouble(error.message);
      }
      if (master !== undefined) locator.failed(master);
      // A new leader ends the pause.
      const changed = new AbortController();
      const unlisten = locator.onChange(() => changed.abort());
      const pause = backOff.next(stood);
      await clock.sleep(pause, AbortSignal.any([signal, changed.signal])).catch(() => {});
      unlisten();
    }
  }

  /**
   * Subscribes at one master and hears it out.
   *
   * @throws {SessionEnd} for good
   * @throws {MesoletError} when there was no subscription
   */
  async #converse(master: LocatedMaster): Promise<Attempt> {
    const { locator, media, clock, tls } = this.#options;
    const address = formatHost(master);
    const over = new AbortController();
    const connection = connectAgent({
      endpoint: { kind: "tcp", ...master, path: "/api/v1/scheduler" },
      media,
      clock,
      ...(tls === undefined ? {} : { tls }),
      ...(this.#authorization === undefined ? {} : { headers: { Authorization: this.#authorization } }),
    });
    const unlisten = locator.onChange(() => over.abort(new StreamOver("another master leads now")));
    const watch = new SilenceWatch(
      clock,
      (silence) => over.abort(new StreamOver(`the master at ${address} was silent for ${silence / 1_000} s`)),
    );
    let since: number | undefined;
    try {
      const signal = AbortSignal.any([this.#lifetime.signal, over.signal]);
      const answer = await connection.subscribe(this.#subscription(), signal, {
        onActivity: () => watch.heard(),
      });
      if (answer.status === 307) {
        const location = answer.headers.get("Location") ?? "";
        if (locator.redirected(master, location)) return { kind: "redirected" };
        throw new StreamOver(`the master at ${address} names no leader that can be asked (${location})`);
      }
      if (answer.status !== 200) throw this.#refusal(address, answer);
      const streamId = answer.headers.get("Mesos-Stream-Id") ?? "";
      if (streamId === "") throw new StreamOver(`${address} takes SUBSCRIBE, but not as a master of Mesos`);
      watch.start(this.#bounds.firstEvent);
      for await (const record of answer.records) {
        // Of what came in one piece, the rest is of a stream that is over.
        signal.throwIfAborted();
        const event = this.#read(record, address);
        if (event.type === "ERROR") {
          throw endOfError(this.#redact(event.error.message), this.#everSubscribed);
        }
        if (since !== undefined) {
          this.#options.onNotice({ kind: "event", event });
        } else if (event.type === "SUBSCRIBED") {
          const { framework_id: { value: frameworkId }, heartbeat_interval_seconds: beat } = event.subscribed;
          since = clock.elapsed();
          const interval = beat !== undefined && beat > 0 ? beat * 1_000 : usualHeartbeat;
          watch.start(interval * this.#bounds.heartbeats);
          this.#present = {
            connection,
            frameworkId,
            streamId,
            over,
            mute: new AbortController(),
            waiting: [],
          };
          this.#subscribed(frameworkId, event.subscribed.master_info, address);
        }
      }
      throw new StreamOver(`the master at ${address} closed the stream`);
    } catch (error) {
      const reason = over.signal.aborted && !this.#lifetime.signal.aborted ? over.signal.reason : error;
      if (since === undefined) throw reason;
      this.#disconnected(reason);
      if (reason instanceof SessionEnd || !(reason instanceof MesoletError)) throw reason;
      return { kind: "lost", stood: clock.elapsed() - since };
    } finally {
      unlisten();
      watch.stop();
      this.#present = undefined;
      // Calls that wait on it are not to be taken for ones that the master lost.
      over.abort(new StreamOver("the subscription is over"));
      connection.close();
    }
  }

  #subscribed(frameworkId: string, master: MasterInfo | undefined, address: string): void {
    const isNew = this.#frameworkId() === undefined;
    this.#everSubscribed = true;
    this.#givenId = frameworkId;
    this.#told.clear();
    this.#options.onNotice({
      kind: "subscribed",
      frameworkId,
      isNew,
      ...(master === undefined ? {} : { master }),
      address,
    });
  }

  #disconnected(reason: unknown): void {
    this.#present?.mute.abort();
    this.#present = undefined;
    if (this.#lifetime.signal.aborted) return;
    this.#options.onNotice({ kind: "disconnected", reason: this.#redact(messageOf(reason)) });
  }

  #trouble(reason: string): void {
    const told = this.#redact(reason);
    if (this.#told.has(told)) return;
    if (this.#told.size >= mostReasons) this.#told.clear();
    this.#told.add(told);
    this.#options.onNotice({ kind: "trouble", reason: told });
  }

  /** One after the other. Of ten thousand that wait none costs more than it is long. */
  async #sendAll(present: Present): Promise<void> {
    const { waiting, over, mute } = present;
    const signal = AbortSignal.any([over.signal, mute.signal]);
    let next = 0;
    for (let call = waiting[next]; call !== undefined && !signal.aborted; call = waiting[next]) {
      await this.#send(call, present, signal);
      // What was sent is let go of, now and then.
      if (++next < 1_000 && next < waiting.length) continue;
      waiting.splice(0, next);
      next = 0;
    }
  }

  async #send(call: SchedulerCall, present: Present, signal: AbortSignal): Promise<void> {
    const { connection, frameworkId, streamId, over } = present;
    try {
      const body = this.#encode({ ...call, framework_id: { value: frameworkId } });
      if (typeof body === "string") return this.#refused(call, body);
      const headers = { "Mesos-Stream-Id": streamId };
      // A second one would find its offers used up, and be answered with the loss of the task that the first launched.
      const answer = await connection.call(body, signal, { headers, onlyOnce: call.type === "ACCEPT" });
      const verdict = judgeCall(answer);
      if (verdict === "accepted") return;
      const words = this.#redact(inWords(answer));
      if (verdict === "refused") return this.#refused(call, words);
      // Whatever the master has not taken has to be decided anew, on a stream that it knows.
      if (verdict === "stale") await this.#hearLastWords(present);
      over.abort(new StreamOver(`the master refused ${call.type}: ${words}`));
    } catch (error) {
      if (signal.aborted || this.#lifetime.signal.aborted) return;
      // A defect of ours ends the session, by way of the stream.
      if (!(error instanceof MesoletError)) return over.abort(error);
      over.abort(new StreamOver(`${call.type} did not reach the master: ${error.message}`));
    }
  }

  async #hearLastWords({ over, mute }: Present): Promise<void> {
    this.#present = undefined;
    mute.abort();
    const signal = AbortSignal.any([over.signal, this.#lifetime.signal]);
    await this.#options.clock.sleep(this.#bounds.lastWords, signal).catch(() => {});
  }

  #refused(call: SchedulerCall, reason: string): void {
    if (!this.#lifetime.signal.aborted) this.#options.onNotice({ kind: "refused", call, reason });
  }

  #frameworkId(): string | undefined {
    return this.#options.framework().id?.value ?? this.#givenId;
  }

  #subscription(): Uint8Array {
    const info = this.#options.framework();
    const value = this.#frameworkId();
    const body = this.#encode({
      type: "SUBSCRIBE",
      ...(value === undefined ? {} : { framework_id: { value } }),
      subscribe: {
        framework_info: { ...info, ...(value === undefined ? {} : { id: { value } }) },
        // Offers are asked for when something waits for them.
        suppressed_roles: info.roles ?? [],
      },
    });
    if (typeof body === "string") throw new SessionEnd("refused", `SUBSCRIBE cannot be sent: ${body}`);
    return body;
  }

  /** The call in bytes, or why it cannot be written. */
  #encode(call: SchedulerCall): Uint8Array | string {
    try {
      return encodeSchedulerCall(call, this.#options.media);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return this.#redact(error.message);
    }
  }

  #read(record: Uint8Array, address: string): SchedulerEvent {
    try {
      return decodeSchedulerEvent(record, this.#options.media);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // It may have been an update: whoever subscribes anew asks for all of them.
      throw new StreamOver(`an event of the master at ${address} cannot be read: ${error.message}`);
    }
  }

  /** What runs is not to end with a master that refuses it: only a framework that never was subscribed gives up. */
  #refusal(address: string, answer: Answer): MesoletError {
    const { passing, reason } = judgeSubscribe(answer, this.#authorization !== undefined);
    const text = this.#redact(`the master at ${address} ${reason}`);
    return passing || this.#everSubscribed ? new StreamOver(text) : new SessionEnd("refused", text);
  }

  #redact(text: string): string {
    return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "(secret)"), text);
  }
}
