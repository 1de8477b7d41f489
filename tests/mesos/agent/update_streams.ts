import type { TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { isTerminal } from "./task_states.ts";

/** An unacknowledged update is sent to the scheduler again after this long, then after twice as long, … */
const shortestRetry = 10_000;
const longestRetry = 600_000;

interface Stream {
  readonly received: Set<string>;
  readonly acknowledged: Set<string>;
  readonly pending: TaskStatus[];
  terminated: boolean;
  retryAfter: number;
  retryAt: number | undefined;
}

/**
 * The agent's memory of updates: one stream per task. The scheduler gets one update of a stream at a time, and the next
 * one only when it has acknowledged that. A stream ends when a terminal update is acknowledged, and with it the memory.
 */
export class UpdateStreams {
  readonly #streams = new Map<string, Stream>();
  readonly #forward: (status: TaskStatus) => void;
  readonly #now: () => number;
  #paused = false;

  /** @param forward hands an update to the master */
  constructor(forward: (status: TaskStatus) => void, now: () => number) {
    this.#forward = forward;
    this.#now = now;
  }

  /** Takes an update that has a uuid. One that was here before changes nothing. */
  update(status: TaskStatus): void {
    const stream = this.#streamOf(status.task_id.value);
    const uuid = keyOf(status);
    if (stream.received.has(uuid)) return;
    stream.received.add(uuid);
    stream.pending.push(status);
    if (stream.pending.length === 1 && !this.#paused) this.#send(stream, shortestRetry);
  }

  /**
   * The scheduler has an update. Anything but the one that it was sent last is ignored.
   *
   * @returns what is left of the stream, or undefined when nothing was acknowledged
   */
  acknowledge(taskId: string, uuid: Uint8Array): "open" | "ended" | undefined {
    const stream = this.#streams.get(taskId);
    const head = stream?.pending[0];
    if (stream === undefined || head === undefined || keyOf(head) !== uuid.toHex()) return undefined;
    stream.pending.shift();
    stream.acknowledged.add(uuid.toHex());
    stream.retryAt = undefined;
    if (isTerminal(head.state)) stream.terminated = true;
    if (stream.terminated && stream.pending.length === 0) {
      this.#streams.delete(taskId);
      return "ended";
    }
    if (stream.pending.length > 0 && !this.#paused) this.#send(stream, shortestRetry);
    return "open";
  }

  /** Nothing goes to the master until {@linkcode resume}. */
  pause(): void {
    this.#paused = true;
    for (const stream of this.#streams.values()) stream.retryAt = undefined;
  }

  /** Sends what is pending, the oldest of each task. */
  resume(): void {
    this.#paused = false;
    for (const stream of this.#streams.values()) {
      if (stream.pending.length > 0) this.#send(stream, shortestRetry);
    }
  }

  /** Forgets everything, as an agent without checkpoints does when it restarts. */
  clear(): void {
    this.#streams.clear();
  }

  /** When a retry is due next. */
  get due(): number | undefined {
    const times = [...this.#streams.values()].map((stream) => stream.retryAt).filter((at) =>
      at !== undefined
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Sends again what is due. */
  tick(): void {
    for (const stream of this.#streams.values()) {
      if (stream.retryAt === undefined || stream.retryAt > this.#now()) continue;
      this.#send(stream, Math.min(stream.retryAfter * 2, longestRetry));
    }
  }

  #send(stream: Stream, retryAfter: number): void {
    const head = stream.pending[0];
    if (head === undefined) return;
    stream.retryAfter = retryAfter;
    stream.retryAt = this.#now() + retryAfter;
    this.#forward(head);
  }

  #streamOf(taskId: string): Stream {
    const known = this.#streams.get(taskId);
    if (known !== undefined) return known;
    const stream: Stream = {
      received: new Set(),
      acknowledged: new Set(),
      pending: [],
      terminated: false,
      retryAfter: 0,
      retryAt: undefined,
    };
    this.#streams.set(taskId, stream);
    return stream;
  }
}

function keyOf(status: TaskStatus): string {
  return status.uuid?.toHex() ?? "";
}
