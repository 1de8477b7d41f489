import type { SchedulerCall, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import type { Clock } from "../../../src/pod/clock.ts";
import { FrameworkConduct } from "./conduct.ts";
import { type CallRefusal, MasterCore } from "./master_core.ts";
import type {
  AgentDescription,
  AgentDesk,
  AgentLink,
  MasterEffect,
  MasterRegistry,
  MasterSettings,
} from "./master_settings.ts";

/**
 * How far a master is: `down` answers nothing, `routing` knows no paths yet, `recovering` has no registry yet, `leading`
 * works, `following` knows who leads, `leaderless` does not.
 */
export type MasterPhase = "down" | "routing" | "recovering" | "leading" | "following" | "leaderless";

/** What a host is made of. */
export interface MasterHostSettings {
  readonly core: Omit<MasterSettings, "act" | "now" | "id" | "registry">;
  readonly clock: Clock;
  /** Of each start of the master another one. */
  readonly newMasterId?: () => string;
  /** Where events go: over a socket, or straight to a scheduler in this process. */
  readonly act: (effect: MasterEffect) => void;
}

interface Member {
  readonly description: AgentDescription;
  readonly link: AgentLink;
  /** Whether the agent is there to register again. */
  present: boolean;
}

/** A master that is started, stopped and started again, with its clock and its agents: everything but sockets. */
export class MasterHost implements AgentDesk {
  readonly conduct: FrameworkConduct;
  phase: MasterPhase = "leading";
  /** What the next start of it says of its port; absent: as it is. */
  nextPort: number | undefined;
  readonly #settings: MasterHostSettings;
  readonly #members = new Map<string, Member>();
  #core: MasterCore;
  #alarm = new AbortController();
  #armed: number | undefined;
  #ended = false;

  constructor(settings: MasterHostSettings) {
    this.#settings = settings;
    this.conduct = new FrameworkConduct(() => settings.clock.now());
    this.#core = this.#newCore();
    this.#arm();
  }

  get core(): MasterCore {
    return this.#core;
  }

  get clock(): Clock {
    return this.#settings.clock;
  }

  /** Agents that are or were registered, by id. */
  get agentIds(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Does something to the core, and waits for what is due after it. */
  drive<Result>(work: (core: MasterCore) => Result): Result {
    const result = work(this.#core);
    this.#arm();
    return result;
  }

  /** The master dies: agents and tasks go on. Connections break, which is the edge's work. */
  stop(): void {
    this.phase = "down";
    this.#alarm.abort();
    this.#armed = undefined;
    this.#core = this.#newCore(this.#core.registry());
  }

  /** The registry is read: schedulers may subscribe. Agents come back by {@linkcode rejoin}. */
  lead(): void {
    this.phase = "leading";
    this.conduct.restarted();
    this.#arm();
  }

  /** Agents that are there register again: all of them, or one. */
  rejoin(agentId?: string): void {
    for (const [id, member] of agentId === undefined ? this.#members : this.#member(agentId)) {
      if (!member.present || this.phase !== "leading") continue;
      const welcome = this.drive((core) => core.reregister(id, member.description, member.link));
      if (welcome) continue;
      this.#members.delete(id);
      member.link.dismiss("Agent attempted to reregister after removal");
    }
  }

  /** No clock, no agents: for good. */
  end(): void {
    this.#ended = true;
    this.#alarm.abort();
  }

  // Schedulers.

  /** Takes a SUBSCRIBE whose answer has begun. */
  subscribe(
    call: Extract<SchedulerCall, { readonly type: "SUBSCRIBE" }>,
    stream: { readonly number: number; readonly id: string },
  ): void {
    this.conduct.called(call, { status: 200, text: "" });
    this.conduct.restarted();
    this.drive((core) => core.subscribe(call, stream));
  }

  /** Answers a call other than SUBSCRIBE, and carries it out if nothing speaks against it. */
  call(call: SchedulerCall, streamId: string | undefined): CallRefusal | undefined {
    const refusal = this.core.refusal(call, streamId, undefined);
    this.conduct.called(call, refusal ?? { status: 202, text: "" });
    if (refusal === undefined) this.carryOut(call);
    return refusal;
  }

  /** Carries a call out that was answered. */
  carryOut(call: SchedulerCall): void {
    this.drive((core) => core.carryOut(call));
  }

  disconnected(streamNumber: number): void {
    if (this.phase === "leading") this.drive((core) => core.disconnected(streamNumber));
  }

  // Agents: what they say while the master is away is lost.

  register(description: AgentDescription, link: AgentLink): string {
    const id = this.drive((core) => core.register(description, link));
    this.#members.set(id, { description, link, present: true });
    return id;
  }

  reregister(agentId: string, description: AgentDescription, link: AgentLink): boolean {
    this.#members.set(agentId, { description, link, present: true });
    if (this.phase !== "leading") return true;
    const welcome = this.drive((core) => core.reregister(agentId, description, link));
    if (!welcome) this.#members.delete(agentId);
    return welcome;
  }

  update(agentId: string, frameworkId: string, status: TaskStatus, latest?: TaskStatus["state"]): void {
    if (this.phase === "leading") this.drive((core) => core.update(agentId, frameworkId, status, latest));
  }

  exited(agentId: string, frameworkId: string, executorId: string, status: number): void {
    if (this.phase === "leading") this.drive((core) => core.exited(agentId, frameworkId, executorId, status));
  }

  message(agentId: string, frameworkId: string, executorId: string, data: Uint8Array): void {
    if (this.phase === "leading") this.drive((core) => core.message(agentId, frameworkId, executorId, data));
  }

  disconnect(agentId: string): void {
    const member = this.#members.get(agentId);
    if (member !== undefined) member.present = false;
    if (this.phase === "leading") this.drive((core) => core.disconnect(agentId));
  }

  unregister(agentId: string): void {
    this.#members.delete(agentId);
    if (this.phase === "leading") this.drive((core) => core.unregister(agentId));
  }

  #member(id: string): readonly (readonly [string, Member])[] {
    const member = this.#members.get(id);
    return member === undefined ? [] : [[id, member]];
  }

  #newCore(registry?: MasterRegistry): MasterCore {
    const { core, clock, newMasterId = () => crypto.randomUUID(), act } = this.#settings;
    return new MasterCore({
      ...core,
      ...(this.nextPort === undefined ? {} : { port: this.nextPort }),
      id: newMasterId(),
      now: () => clock.now(),
      act: (effect) => {
        if (effect.kind === "event") this.conduct.told(effect.event);
        act(effect);
      },
      ...(registry === undefined ? {} : { registry }),
    });
  }

  #arm(): void {
    const { due } = this.#core;
    if (due === this.#armed && !this.#alarm.signal.aborted) return;
    this.#alarm.abort();
    this.#armed = due;
    if (due === undefined || this.#ended || this.phase !== "leading") return;
    const { clock } = this.#settings;
    const alarm = this.#alarm = new AbortController();
    clock.sleep(Math.max(0, due - clock.now()), alarm.signal).then(() => {
      this.#armed = undefined;
      this.drive((core) => core.tick());
      this.conduct.look(this.#core.state);
    }, () => {/* Something else is due earlier, or nothing any more. */});
  }
}
