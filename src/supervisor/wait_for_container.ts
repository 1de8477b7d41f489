import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { ContainerDetail, Engine } from "../docker/engine.ts";
import {
  type ConditionVerdict,
  type ConditionVerdictFailure,
  judgeCondition,
} from "../docker/judge_condition.ts";
import type { WaitCondition } from "../plan/step.ts";
import { Bell } from "./bell.ts";
import type { EventFeed } from "./event_feed.ts";
import { readLastLog } from "./last_log.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";

/** Why a container will not reach a condition, or why nobody knows. */
export type ConditionFailure = ConditionVerdictFailure | "timed-out" | "engine-unavailable";

/** A container does not reach the condition that another one waits for. */
export class ConditionError extends MesoletError {
  override readonly name: string = "ConditionError";
  readonly failure: ConditionFailure;
  readonly exitCodeOfContainer?: number;
  readonly outOfMemory: boolean;
  /** The last lines that the container wrote, oldest first. */
  readonly lastLog: readonly string[];

  constructor(message: string, details: {
    readonly failure: ConditionFailure;
    readonly exitCodeOfContainer?: number;
    readonly outOfMemory?: boolean;
    readonly lastLog?: readonly string[];
    readonly cause?: unknown;
  }) {
    const exitCode = details.failure === "timed-out"
      ? ExitCode.temporary
      : details.failure === "engine-unavailable"
      ? ExitCode.unavailable
      : ExitCode.failed;
    super(message, exitCode, details.cause === undefined ? undefined : { cause: details.cause });
    this.failure = details.failure;
    if (details.exitCodeOfContainer !== undefined) this.exitCodeOfContainer = details.exitCodeOfContainer;
    this.outOfMemory = details.outOfMemory ?? false;
    this.lastLog = details.lastLog ?? [];
  }
}

export interface ContainerWaitOptions {
  readonly engine: Pick<Engine, "inspect" | "logs">;
  readonly clock: Clock;
  /** Of the container's pod; must be open since before the container was started. */
  readonly feed: EventFeed;
  readonly bounds: SupervisionBounds;
  readonly signal: AbortSignal;
  /** Whether an ended container will be started again; asked at every look. Absent: never. */
  readonly startsAgain?: (detail: ContainerDetail) => boolean;
}

/**
 * Waits until a container reaches a condition. Events say when to look; what holds is what an inspection says, made
 * once at the beginning, at every event of the container, after a reconnection and on a slow resync.
 *
 * @param container its id on the engine, and the name for messages
 * @throws {ConditionError} when the container will not reach the condition, or not within `bounds.conditionWait`
 * @throws the signal's reason, at once, when it is aborted
 */
export async function waitForContainer(
  container: { readonly id: string; readonly name: string },
  condition: WaitCondition,
  options: ContainerWaitOptions,
): Promise<void> {
  const { clock, bounds, signal } = options;
  const bell = new Bell();
  const unsubscribe = options.feed.subscribe((notice) => {
    if (notice.kind === "restored" || isAbout(notice, container.id)) bell.ring();
  });
  try {
    const began = clock.elapsed();
    let lostSince: number | undefined;
    for (;;) {
      let pause = bounds.conditionResync;
      try {
        const detail = await options.engine.inspect(container.id, signal);
        lostSince = undefined;
        const again = detail !== null && (options.startsAgain?.(detail) ?? false);
        const verdict = judgeCondition(container.name, detail, condition, again);
        if (verdict.kind === "satisfied") return;
        if (verdict.kind === "failed") throw await failureOf(verdict, detail, options);
      } catch (error) {
        if (error instanceof ConditionError || signal.aborted) throw error;
        // The engine may be restarting; the container runs on, or will be started again.
        lostSince ??= clock.elapsed();
        if (clock.elapsed() - lostSince >= bounds.conditionOutage) {
          throw unavailable(container.name, condition, error);
        }
        pause = Math.min(bounds.reconnectLast, bounds.conditionResync);
      }
      const left = bounds.conditionWait - (clock.elapsed() - began);
      if (left <= 0) {
        throw new ConditionError(
          `${container.name} was not ${condition} within ${bounds.conditionWait / 1000} s`,
          { failure: "timed-out" },
        );
      }
      await bell.wait(clock, Math.min(pause, left), signal);
    }
  } finally {
    unsubscribe();
  }
}

function isAbout(notice: Parameters<Parameters<EventFeed["subscribe"]>[0]>[0], id: string): boolean {
  // A container may be known by its name alone.
  return notice.kind === "event" && (notice.event.containerId === id || notice.event.containerName === id);
}

async function failureOf(
  verdict: Extract<ConditionVerdict, { kind: "failed" }>,
  detail: ContainerDetail | null,
  options: ContainerWaitOptions,
): Promise<ConditionError> {
  const hasLog = detail !== null && verdict.failure !== "no-health-check";
  const lastLog = hasLog ? await readLastLog(detail.id, { ...options, since: detail.startedAt }) : [];
  return new ConditionError(verdict.message, {
    failure: verdict.failure,
    lastLog,
    ...(verdict.failure === "exited" && detail !== null
      ? { exitCodeOfContainer: detail.exitCode, outOfMemory: detail.outOfMemory }
      : {}),
  });
}

function unavailable(name: string, condition: WaitCondition, cause: unknown): ConditionError {
  const why = messageOf(cause);
  return new ConditionError(`Cannot tell whether ${name} is ${condition}: ${why}`, {
    failure: "engine-unavailable",
    cause,
  });
}
