/** How long a recovered agent takes to be known to the master again; until then nothing goes either way. */
export const masterDelay = 600;

/** Where an agent is in its own life, and until when. Times in milliseconds since 1970. */
export class AgentPhase {
  /** `recovering`: executors may subscribe, and nothing else is answered. `registering`: the master is not there yet. */
  name: "running" | "down" | "recovering" | "registering" = "running";
  /** When the phase ends by itself. */
  until: number | undefined;

  get running(): boolean {
    return this.name === "running";
  }

  stop(): void {
    this.name = "down";
    this.until = undefined;
  }

  recover(until: number): void {
    this.name = "recovering";
    this.until = until;
  }

  /** @returns the phase that begins, if the present one is over */
  advance(now: number): "registering" | "running" | undefined {
    if (this.until === undefined || this.until > now) return undefined;
    if (this.name === "recovering") {
      this.name = "registering";
      this.until += masterDelay;
      return "registering";
    }
    this.name = "running";
    this.until = undefined;
    return "running";
  }
}
