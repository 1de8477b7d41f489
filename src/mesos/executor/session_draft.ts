import type {
  CallSubject,
  Moment,
  SessionCall,
  SessionEffect,
  SessionState,
  Trouble,
} from "./session_state.ts";
import type { SessionNotice } from "./session_notice.ts";
import { listing, onlyTerminal, withOffered } from "./updates.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Changes = { readonly [Key in keyof SessionState]?: SessionState[Key] | undefined };

/**
 * A session's state that is being changed by one message, and what is to be done because of it. It is made from a state
 * and gives a new one: nobody else sees it.
 */
export class SessionDraft {
  readonly effects: SessionEffect[] = [];
  readonly #state: Writable<SessionState>;

  constructor(state: SessionState, readonly moment: Moment) {
    this.#state = { ...state };
  }

  get state(): SessionState {
    return this.#state;
  }

  get now(): number {
    return this.moment.now;
  }

  /** Whether what the stream says is heard. */
  get hasStream(): boolean {
    return this.#state.link.kind === "subscribing" || this.#state.link.kind === "subscribed";
  }

  /** Changes members; those given as undefined are taken away. */
  set(changes: Changes): void {
    const target: Partial<Writable<SessionState>> = this.#state;
    for (const key of Object.keys(changes) as (keyof SessionState)[]) {
      if (changes[key] === undefined) delete target[key];
    }
    const kept = Object.entries(changes).filter(([, value]) => value !== undefined);
    Object.assign(target, Object.fromEntries(kept));
  }

  do(effect: SessionEffect): void {
    this.effects.push(effect);
  }

  tell(notice: SessionNotice): void {
    this.do({ kind: "tell", notice });
  }

  remark(text: string): void {
    this.tell({ kind: "remark", text });
  }

  /** Sends SUBSCRIBE with all that is unacknowledged; the stream that there is ends. */
  subscribe(): void {
    this.abortCall();
    const { updates } = this.#state;
    const attempt = this.#state.attempt + 1;
    const listed = [...updates.pending.keys()];
    this.set({
      attempt,
      link: { kind: "subscribing", listed },
      updates: withOffered(updates, listed),
    });
    this.do({ kind: "subscribe", attempt, subscribe: listing(updates) });
  }

  /**
   * There is no subscription, or none any more: the owner is told, the time that an agent is waited for begins, unless
   * it runs already, and the next attempt is made after a pause. Without checkpointing the agent has forgotten us when
   * it comes back: it is given up at once.
   */
  unsubscribed(trouble: Trouble): void {
    const { settings, bounds, connected } = this.#state;
    if (connected) this.tell({ kind: "disconnected", reason: trouble.reason });
    else if (trouble.reason !== this.#state.trouble?.reason) {
      this.remark(`No subscription with the Mesos agent: ${trouble.reason}`);
    }
    this.set({ connected: false, trouble });
    if (connected && !settings.checkpoint && !settings.local) {
      return this.giveUp({
        reason: `${trouble.reason}; without checkpointing the agent will not take this executor back`,
        exitCode: trouble.exitCode,
      });
    }
    this.do({ kind: "drop-stream" });
    this.abortCall();
    if (this.#state.giveUpAt === undefined) {
      const patience = settings.checkpoint ? settings.recoveryTimeout : bounds.firstSubscription;
      this.set({ giveUpAt: this.now + patience });
    }
    const pause = settings.checkpoint
      ? this.moment.random * Math.min(settings.subscriptionBackoffMax, bounds.subscribePause)
      : bounds.subscribePause;
    this.set({ link: { kind: "waiting", until: this.now + pause } });
  }

  giveUp(trouble: Trouble): void {
    this.part();
    this.tell({ kind: "gave-up", ...trouble });
  }

  /** No subscription any more. What is not terminal is not told either: it would wake the dead. */
  part(): void {
    this.abortCall();
    this.do({ kind: "drop-stream" });
    const updates = onlyTerminal(this.#state.updates);
    this.set({
      link: { kind: "parting" },
      connected: false,
      giveUpAt: undefined,
      updates,
      messages: [],
      callsFrom: this.now,
      lost: this.#state.lost || updates.pending.size < this.#state.updates.pending.size,
    });
  }

  call(subject: CallSubject, call: SessionCall): void {
    const id = this.#state.calls + 1;
    this.set({ calls: id, call: { id, subject } });
    this.do({ kind: "call", id, call });
  }

  /** Leaves the call under way behind, whatever comes of it. */
  abortCall(): void {
    if (this.#state.call === undefined) return;
    this.set({ call: undefined });
    this.do({ kind: "abort-call" });
  }
}
