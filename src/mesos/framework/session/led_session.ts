import type { FrameworkInfo, SchedulerCall } from "../../wire/messages.ts";
import type { MasterNotice, MasterSession } from "./master_session.ts";

/** What a session is opened with. */
export interface SessionSetup {
  /** The framework, with the id that it has so far. */
  readonly framework: () => FrameworkInfo;
  readonly onNotice: (notice: MasterNotice) => void;
}

/** What holds for a session of an instance that leads. */
export interface SessionLead {
  /** Aborted when this instance leads no more: nothing is said to the master any more, and nothing of it is heard. */
  readonly lost: AbortSignal;
  /**
   * Keeps the id of the framework where instances to come find it. Until then nobody is told that there is a
   * subscription, so that no task is ever launched under an id that only this instance knows.
   */
  readonly keepId: (id: string) => Promise<void>;
}

/** Opens a session that is heard and may speak only while its instance leads. */
export function openLedSession(
  open: (setup: SessionSetup) => MasterSession,
  setup: SessionSetup,
  lead: SessionLead,
): MasterSession {
  return new LedSession(open, setup, lead);
}

class LedSession implements MasterSession {
  readonly done: Promise<void>;
  readonly #setup: SessionSetup;
  readonly #lead: SessionLead;
  readonly #session: MasterSession;
  readonly #failed = Promise.withResolvers<never>();
  readonly #onLost = () => void this.#session.close();
  /** Notices behind a subscription whose id is being kept. */
  #held: MasterNotice[] | undefined;
  #keptId: string | undefined;

  constructor(open: (setup: SessionSetup) => MasterSession, setup: SessionSetup, lead: SessionLead) {
    this.#setup = setup;
    this.#lead = lead;
    this.#keptId = setup.framework().id?.value;
    this.#session = open({ ...setup, onNotice: (notice) => this.#take(notice) });
    this.done = Promise.race([this.#session.done, this.#failed.promise]);
    this.done.catch(() => {});
    lead.lost.addEventListener("abort", this.#onLost, { once: true });
    if (lead.lost.aborted) this.#onLost();
  }

  send(call: SchedulerCall): void {
    if (!this.#lead.lost.aborted) this.#session.send(call);
  }

  async close(): Promise<void> {
    this.#lead.lost.removeEventListener("abort", this.#onLost);
    await this.#session.close();
  }

  #take(notice: MasterNotice): void {
    if (this.#lead.lost.aborted) return;
    if (this.#held !== undefined) {
      this.#held.push(notice);
      return;
    }
    if (notice.kind !== "subscribed" || notice.frameworkId === this.#keptId) {
      return this.#setup.onNotice(notice);
    }
    this.#held = [notice];
    this.#lead.keepId(notice.frameworkId).then(
      () => {
        this.#keptId = notice.frameworkId;
        this.#release();
      },
      (error) => this.#failed.reject(error),
    );
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const notice of held) this.#take(notice);
  }
}
