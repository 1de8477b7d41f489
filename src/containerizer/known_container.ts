import type { Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { ContainerizerLabel, Label } from "../pod/labels.ts";

/** A container of an agent, as the engine knows it. */
export interface KnownContainer {
  /** The agent's id of it. */
  readonly id: string;
  readonly pod: string;
  /** That which the executor runs in; absent where it was never made, or is gone. */
  readonly main?: ObservedContainer;
}

/**
 * The containers of an agent that there are, by their ids.
 *
 * @param workDirectory the agent's, which tells agents of one host apart; empty: those of all agents
 */
export async function knownContainers(
  engine: Pick<Engine, "listContainers">,
  workDirectory: string,
  signal: AbortSignal,
): Promise<readonly KnownContainer[]> {
  const known = new Map<string, KnownContainer>();
  for (const container of await engine.listContainers(undefined, signal)) {
    const { labels } = container;
    const id = labels[ContainerizerLabel.container];
    const pod = labels[Label.pod];
    const of = labels[ContainerizerLabel.workDirectory] ?? "";
    if (id === undefined || pod === undefined || (workDirectory !== "" && of !== workDirectory)) continue;
    const before = known.get(id);
    const main = labels[Label.role] === "pause" ? before?.main : container;
    known.set(id, { id, pod, ...(main === undefined ? {} : { main }) });
  }
  return [...known.values()].sort((one, other) => one.id < other.id ? -1 : 1);
}

/** Whether its executor was ever started: a launch that was killed may leave one that was not. */
export function wasStarted({ main }: KnownContainer): boolean {
  return main !== undefined && main.state !== "created";
}
