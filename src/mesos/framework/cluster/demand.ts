/** Whether offers are wanted: the master is told, role by role, and reminded. */

/** The times of it, in milliseconds. */
export interface DemandBounds {
  /** No two revivals closer together than this, of whatever roles. */
  readonly pause: number;
  /** While something finds no place, filters are cleared this often; doubles up to `last`. */
  readonly again: number;
  readonly last: number;
}

/** The bounds that hold outside tests. */
export const demandBounds: DemandBounds = { pause: 1_000, again: 30_000, last: 10 * 60_000 };

/** What to tell the master, by role. */
export interface DemandCalls {
  readonly revive: readonly string[];
  readonly suppress: readonly string[];
}

interface RoleDemand {
  /** How many instances wait that may have its resources. */
  waiting: number;
  /** What the master was told last; a subscription begins suppressed. */
  suppressed: boolean;
  reviveAt: number | undefined;
  /** Until it is revived again. */
  pause: number;
  /** Milliseconds since 1970: since when nothing was offered that was asked for. */
  silentSince: number | undefined;
}

const nothing: DemandCalls = { revive: [], suppress: [] };

/**
 * Decides when to SUPPRESS and when to REVIVE. Offers are declined for a long time, so new work needs a REVIVE; and the
 * less is asked for when nothing is wanted, the better for the other frameworks. Each role is on its own: what waits for
 * one does not have the master offer what is for another.
 */
export class Demand {
  readonly #roles: ReadonlyMap<string, RoleDemand>;
  #revivedAt = -Infinity;

  constructor(roles: readonly string[], private readonly bounds: DemandBounds = demandBounds) {
    this.#roles = new Map(
      roles.map((role) => [role, {
        waiting: 0,
        suppressed: true,
        reviveAt: undefined,
        pause: bounds.again,
        silentSince: undefined,
      }]),
    );
  }

  /** A subscription stands, with all roles suppressed. */
  begin(): void {
    this.#revivedAt = -Infinity;
    for (const role of this.#roles.values()) {
      role.suppressed = true;
      role.reviveAt = role.silentSince = undefined;
    }
  }

  /** Something was offered to a role. */
  offered(name: string): void {
    const role = this.#roles.get(name);
    if (role !== undefined) role.silentSince = undefined;
  }

  /** Milliseconds since 1970: since when a role was offered nothing of what it asked for. */
  silentSince(name: string): number | undefined {
    return this.#roles.get(name)?.silentSince;
  }

  /** So many more instances wait for these roles; with a negative number, so many less. */
  add(roles: readonly string[], instances: number): void {
    for (const name of roles) {
      const role = this.#roles.get(name);
      if (role !== undefined) role.waiting += instances;
    }
  }

  /** There is new work, or something changed that may let old work find a place. */
  wake(roles: readonly string[], now: number): void {
    for (const name of roles) {
      const role = this.#roles.get(name);
      if (role === undefined) continue;
      role.pause = this.bounds.again;
      role.reviveAt = Math.max(now, this.#revivedAt + this.bounds.pause);
    }
  }

  /** Milliseconds since 1970: when there is something to do. */
  get nextAt(): number | undefined {
    let next = Infinity;
    for (const { reviveAt } of this.#roles.values()) next = Math.min(next, reviveAt ?? Infinity);
    return next === Infinity ? undefined : next;
  }

  /** What to tell the master now. */
  decide(now: number): DemandCalls {
    const suppress: string[] = [];
    let isDue = false;
    for (const [name, role] of this.#roles) {
      if (role.waiting === 0) {
        role.reviveAt = role.silentSince = undefined;
        if (!role.suppressed) suppress.push(name);
        role.suppressed = true;
        continue;
      }
      if (role.suppressed && role.reviveAt === undefined) this.wake([name], now);
      if (role.reviveAt !== undefined && role.reviveAt <= now) isDue = true;
    }
    if (!isDue) return suppress.length === 0 ? nothing : { revive: [], suppress };
    this.#revivedAt = now;
    return { revive: this.#revive(now), suppress };
  }

  #revive(now: number): string[] {
    const revived: string[] = [];
    for (const [name, role] of this.#roles) {
      // What is due in a moment goes with the rest.
      if (role.reviveAt === undefined || role.reviveAt > now + this.bounds.pause) continue;
      role.suppressed = false;
      role.silentSince ??= now;
      role.reviveAt = now + role.pause;
      role.pause = Math.min(role.pause * 2, this.bounds.last);
      revived.push(name);
    }
    return revived;
  }
}
