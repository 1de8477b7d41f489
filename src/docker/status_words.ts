import type { ObservedContainer, ObservedState } from "../plan/observed.ts";

/** What the words of a list say beyond the state. */
export interface StatusWords {
  readonly health?: NonNullable<ObservedContainer["health"]>;
  readonly exitCode?: number;
}

/**
 * Reads the `Status` of a container in a list: `Up 5 minutes (healthy)`, `Exited (137) 2 hours ago`. It is the only
 * place where a list tells health and exit code; an inspection per container would cost one call each.
 *
 * Source: moby, `container/state.go`, `State.String()`; Podman writes the same forms.
 */
export function parseStatusWords(status: string): StatusWords {
  const exited = /^Exited \((-?\d+)\)/.exec(status);
  if (exited?.[1] !== undefined) return { exitCode: Number(exited[1]) };
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1];
  switch (health) {
    case "starting":
    case "healthy":
    case "unhealthy":
      return { health };
    default:
      return {};
  }
}

/**
 * The state of a container in the words of Docker. Podman has more of them: what was never started is `created` here,
 * what is being stopped still runs, and what stopped has exited.
 */
export function parseState(state: string): ObservedState {
  switch (state.toLowerCase()) {
    case "running":
    case "stopping":
      return "running";
    case "paused":
      return "paused";
    case "restarting":
      return "restarting";
    case "exited":
    case "stopped":
      return "exited";
    case "dead":
      return "dead";
    case "removing":
      return "removing";
    default:
      return "created";
  }
}

/** Health as an inspection or an event words it; `none` and anything unknown is no health. */
export function parseHealth(word: string): ObservedContainer["health"] {
  return word === "starting" || word === "healthy" || word === "unhealthy" ? word : undefined;
}
