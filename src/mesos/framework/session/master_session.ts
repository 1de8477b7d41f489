import type { Clock } from "../../../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../../../pod/errors.ts";
import type { LocatedMaster, MasterLocator } from "../../detector/master_locator.ts";
import { formatHost } from "../../detector/master_address.ts";
import { decodeSchedulerEvent, encodeSchedulerCall, type MediaType } from "../../wire/codec.ts";
import { type AgentConnection, type Answer, connectAgent } from "../../wire/http.ts";
import type { FrameworkInfo, MasterInfo, SchedulerCall, SchedulerEvent } from "../../wire/messages.ts";
import type { Tls } from "../../wire/tls_settings.ts";
import { WireError } from "../../wire/wire_error.ts";
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
}

/** The bounds that hold outside tests. */
export const masterSessionBounds: MasterSessionBounds = {
  backOffLast: 15_000,
  firstEvent: 10_000,
  heartbeats: 5,
};

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
  /** It is not possible to subscribe; told once for every reason. */
  | { readonly kind: "trouble"; readonly reason: string }
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

/** The subscription is over, for a reason in words. */
class StreamOver extends MesoletError {
  override readonly name = "StreamOver";
  constructor(message: string) {
    super(message, ExitCode.unavailable);
  }
}

/** A subscription that stands. */
interface Present {
  readonly connection: AgentConnection;
  readonly streamId: string;
  /** Aborted when it is not to be trusted any more. */
  readonly over: AbortController;
}

class Session implements MasterSession {
  readonly done: Promise<void>;
  readonly #options: MasterSessionOptions;
  readonly #bounds: MasterSessionBounds;
  readonly #lifetime = new AbortController();
  readonly #calls = new Set<Promise<void>>();
  /** Of the subscription that stands. */
  #present: Present | undefined;
  #everSubscribed = false;
  #toldTrouble = "";

  constructor(options: MasterSessionOptions) {
    this.#options = options;
    this.#bounds = { ...masterSessionBounds, ...options.bounds };
    this.done = this.#run();
    // Whoever does not wait for it is not to be ended by it.
    this.done.catch(() => {});
  }

  send(call: SchedulerCall): void {
    const present = this.#present;
    if (present === undefined) return;
    const sent: Promise<void> = this.#send(call, present).finally(() => this.#calls.delete(sent));
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
    let failures = 0;
    while (!signal.aborted) {
      const over = new AbortController();
      let master: LocatedMaster | undefined;
      try {
        master = await locator.find(signal);
        const subscribed = await this.#converse(master, over);
        // A master that takes a framework and loses it again and again is not to be asked without a pause.
        failures = subscribed ? 1 : failures + 1;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof SessionEnd) throw error;
        if (!(error instanceof MesoletError)) throw error;
        this.#trouble(error.message);
        if (master !== undefined) locator.failed(master);
        failures++;
      } finally {
        over.abort();
      }
      if (signal.aborted || failures === 0) continue;
      const longest = Math.min(this.#bounds.backOffLast, this.#bounds.backOffLast / 16 * 2 ** (failures - 1));
      // A new leader ends the pause.
      const changed = new AbortController();
      const unlisten = locator.onChange(() => changed.abort());
      await clock.sleep(longest * (1 - random() / 2), AbortSignal.any([signal, changed.signal])).catch(
        () => {},
      );
      unlisten();
    }
  }

  /**
   * Subscribes at one master and hears it out.
   *
   * @returns whether there was a subscription
   */
  async #converse(master: LocatedMaster, over: AbortController): Promise<boolean> {
    const { locator, media, clock, tls, credential } = this.#options;
    const address = formatHost(master);
    const connection = connectAgent({
      endpoint: { kind: "tcp", ...master, path: "/api/v1/scheduler" },
      media,
      clock,
      ...(tls === undefined ? {} : { tls }),
      ...(credential === undefined ? {} : { headers: { Authorization: basic(credential) } }),
    });
    const signal = AbortSignal.any([this.#lifetime.signal, over.signal]);
    const unlisten = locator.onChange(() => over.abort(new StreamOver("another master leads now")));
    const watch = new SilenceWatch(
      clock,
      (silence) => over.abort(new StreamOver(`the master at ${address} was silent for ${silence / 1000} s`)),
    );
    let isSubscribed = false;
    try {
      const info = this.#options.framework();
      const answer = await connection.subscribe(this.#subscription(info), signal, {
        onActivity: () => watch.heard(),
      });
      if (answer.status === 307) {
        locator.redirected(master, answer.headers.get("Location") ?? "");
        return false;
      }
      if (answer.status !== 200) throw this.#refusal(address, answer);
      watch.start(this.#bounds.firstEvent);
      const streamId = answer.headers.get("Mesos-Stream-Id") ?? "";
      for await (const record of answer.records) {
        const event = this.#read(record, address);
        if (event === undefined) continue;
        if (event.type === "ERROR") throw endOfError(event.error.message, this.#everSubscribed);
        if (event.type === "SUBSCRIBED") {
          isSubscribed = true;
          const interval = event.subscribed.heartbeat_interval_seconds ?? 15;
          watch.start(interval * 1000 * this.#bounds.heartbeats);
          this.#present = { connection, streamId, over };
          this.#subscribed(event.subscribed.framework_id.value, info, event.subscribed.master_info, address);
        } else this.#options.onNotice({ kind: "event", event });
      }
      throw new StreamOver(`the master at ${address} closed the stream`);
    } catch (error) {
      const reason = over.signal.aborted && !this.#lifetime.signal.aborted ? over.signal.reason : error;
      if (!isSubscribed) throw reason;
      this.#disconnected(messageOf(reason));
      if (reason instanceof SessionEnd || !(reason instanceof MesoletError)) throw reason;
      locator.failed(master);
      return true;
    } finally {
      unlisten();
      watch.stop();
      this.#present = undefined;
      connection.close();
    }
  }

  #subscribed(id: string, info: FrameworkInfo, master: MasterInfo | undefined, address: string): void {
    this.#everSubscribed = true;
    this.#toldTrouble = "";
    this.#options.onNotice({
      kind: "subscribed",
      frameworkId: id,
      isNew: info.id === undefined,
      ...(master === undefined ? {} : { master }),
      address,
    });
  }

  #disconnected(reason: string): void {
    this.#present = undefined;
    if (!this.#lifetime.signal.aborted) this.#options.onNotice({ kind: "disconnected", reason });
  }

  #trouble(reason: string): void {
    if (this.#toldTrouble === reason) return;
    this.#toldTrouble = reason;
    this.#options.onNotice({ kind: "trouble", reason });
  }

  async #send(call: SchedulerCall, present: Present): Promise<void> {
    const { connection, streamId, over } = present;
    const id = this.#options.framework().id;
    const whole = { ...call, ...(id === undefined ? {} : { framework_id: id }) };
    try {
      const body = encodeSchedulerCall(whole, this.#options.media);
      const answer = await connection.call(body, over.signal, { headers: { "Mesos-Stream-Id": streamId } });
      if (answer.status === 202 || answer.status === 200) return;
      // Whatever the master has not taken has to be decided anew, on a stream that it knows.
      over.abort(new StreamOver(`the master refused ${call.type}: ${inWords(answer)}`));
    } catch (error) {
      if (over.signal.aborted || this.#lifetime.signal.aborted) return;
      if (!(error instanceof MesoletError)) throw error;
      over.abort(new StreamOver(`${call.type} did not reach the master: ${error.message}`));
    }
  }

  #subscription(info: FrameworkInfo): Uint8Array {
    return encodeSchedulerCall({
      type: "SUBSCRIBE",
      ...(info.id === undefined ? {} : { framework_id: info.id }),
      // Offers are asked for when something waits for them.
      subscribe: { framework_info: info, suppressed_roles: info.roles ?? [] },
    }, this.#options.media);
  }

  #read(record: Uint8Array, address: string): SchedulerEvent | undefined {
    if (record.length === 0) return undefined;
    try {
      return decodeSchedulerEvent(record, this.#options.media);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // It may have been an update: whoever subscribes anew asks for all of them.
      throw new StreamOver(`an event of the master at ${address} cannot be read: ${error.message}`);
    }
  }

  #refusal(address: string, answer: Answer): MesoletError {
    const words = inWords(answer);
    if (answer.status === 401 || answer.status === 403) {
      const hint = this.#options.credential === undefined
        ? "it wants to know who asks: give --principal and --secret-file"
        : "the principal or its secret is wrong, or may not register frameworks";
      const text = `the master at ${address} refuses this framework (${words}): ${hint}`;
      return this.#everSubscribed ? new StreamOver(text) : new SessionEnd("refused", text);
    }
    if (answer.status === 503) {
      return new StreamOver(`the master at ${address} does not lead, or recovers (${words})`);
    }
    return new StreamOver(`the master at ${address} refuses SUBSCRIBE (${words})`);
  }
}

function inWords({ status, text }: Answer): string {
  const line = text.trim().split("\n", 1)[0]?.slice(0, 200) ?? "";
  return line === "" ? String(status) : `${status} ${line}`;
}

function basic({ principal, secret }: { readonly principal: string; readonly secret: string }): string {
  return `Basic ${new TextEncoder().encode(`${principal}:${secret}`).toBase64()}`;
}
