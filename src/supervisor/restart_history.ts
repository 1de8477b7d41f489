import type { EngineEvent } from "../docker/engine.ts";
import type { SupervisionBounds } from "./supervision_bounds.ts";

/** How often a container was started again, as far as an engine remembers. */
export interface RestartHistory {
  readonly restarts: number;
  /** Ends in a row that were followed by a start, without a good run in between: they make the back-off grow. */
  readonly failures: number;
  /** It ended, and nobody had sent it a signal: so it did not end with the engine, which forgets, nor by our own hand. */
  readonly endedByItself: boolean;
}

/**
 * Reads from events of the past how often containers were started again after an end of their own: so back-off goes on
 * where a supervisor that was killed left off. An engine remembers some hundred events, and none from before its own
 * restart; a container of which it remembers no end is not in the result.
 *
 * A start after an end that a signal came before is somebody's will, and counts as no failure.
 *
 * @param events in the order of their time
 */
export function restartHistory(
  events: readonly EngineEvent[],
  bounds: Pick<SupervisionBounds, "backOffReset">,
): ReadonlyMap<string, RestartHistory> {
  const lives = new Map<string, Life>();
  for (const event of events) {
    const before = lives.get(event.containerId) ?? unknownLife;
    lives.set(event.containerId, after(before, event, bounds.backOffReset));
  }
  return new Map(
    [...lives].filter(([, { ends }]) => ends > 0).map(([id, { restarts, failures, ended }]) => [
      id,
      { restarts, failures, endedByItself: ended === "by itself" || ended === "after a good run" },
    ]),
  );
}

interface Life extends Omit<RestartHistory, "endedByItself"> {
  readonly ends: number;
  readonly startedAt: number | undefined;
  readonly signalled: boolean;
  /** How it ended last; undefined while it runs. */
  readonly ended: "by itself" | "after a good run" | "by a signal" | undefined;
}

const unknownLife: Life = {
  restarts: 0,
  failures: 0,
  ends: 0,
  startedAt: undefined,
  signalled: false,
  ended: undefined,
};

function after(life: Life, event: EngineEvent, goodRun: number): Life {
  switch (event.action) {
    case "kill":
      return { ...life, signalled: true };
    case "die": {
      const ranFor = life.startedAt === undefined ? 0 : event.time - life.startedAt;
      const ended = life.signalled ? "by a signal" : ranFor >= goodRun ? "after a good run" : "by itself";
      return { ...life, ended, signalled: false, ends: life.ends + 1 };
    }
    case "start": {
      const begun = { ...life, startedAt: event.time, signalled: false, ended: undefined };
      switch (life.ended) {
        case undefined:
          return begun;
        case "by a signal":
          return { ...begun, restarts: life.restarts + 1 };
        case "after a good run":
          return { ...begun, restarts: life.restarts + 1, failures: 1 };
        case "by itself":
          return { ...begun, restarts: life.restarts + 1, failures: life.failures + 1 };
      }
      return begun;
    }
    default:
      return life;
  }
}
