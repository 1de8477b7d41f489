import type { LabelledPart } from "../../docker/engine.ts";
import { Label, MesosLabel } from "../../pod/labels.ts";
import { livenessOf, parseOwner, type ProcessView } from "./owner.ts";

/** What an agent says of the containers that it runs; undefined where it was not asked. */
export interface AgentView {
  /** Ids of the containers that it runs executors in. */
  readonly containers: ReadonlySet<string>;
}

/** A pod of a Mesos task, and what is to be done with it. */
export interface Judgement {
  readonly pod: string;
  readonly task: string;
  /** `keep`: its executor is there, or may be. */
  readonly verdict: "keep" | "remove";
  /** In words. */
  readonly reason: string;
  /** Whether a person should know of what is kept: nobody can tell whether it is still wanted. */
  readonly isDoubtful: boolean;
}

/**
 * Decides which pods of Mesos tasks have lost their executor. A pod is removed only when its executor is gone for
 * sure: by its process, or, where that cannot be seen from here, by its agent. An agent that still runs the executor's
 * container overrules.
 */
export function judgePods(
  parts: readonly LabelledPart[],
  view: ProcessView,
  agent: AgentView | undefined,
): readonly Judgement[] {
  const pods = new Map<string, LabelledPart>();
  for (const part of parts) {
    const pod = part.labels[Label.pod];
    if (pod === undefined || part.labels[MesosLabel.executor] === undefined) continue;
    // Data outlives its pod: nothing of one is left to be removed where there is nothing else.
    if (part.kind === "volume" && part.labels[Label.role] !== "files") continue;
    if (!pods.has(pod) || part.kind === "container") pods.set(pod, part);
  }
  return [...pods].sort(([one], [other]) => (one < other ? -1 : 1)).map(([pod, { labels }]) => {
    const executor = labels[MesosLabel.executor] ?? "";
    const task = labels[MesosLabel.task] ?? "";
    const judgement = (verdict: Judgement["verdict"], reason: string, isDoubtful = false): Judgement => ({
      pod,
      task,
      verdict,
      reason,
      isDoubtful,
    });
    const owner = parseOwner(labels[MesosLabel.owner] ?? "");
    const liveness = owner === undefined ? "unknown" : livenessOf(owner, view);
    if (liveness === "alive") return judgement("keep", `its executor ${executor} runs`);
    const container = labels[MesosLabel.container];
    const isWithAgent = container === undefined ? undefined : agent?.containers.has(container);
    if (isWithAgent === true) {
      return judgement(
        "keep",
        `its agent still runs the executor ${executor}`,
        liveness === "gone",
      );
    }
    if (liveness === "gone") return judgement("remove", `its executor ${executor} is gone`);
    if (isWithAgent === false) {
      return judgement("remove", `its agent does not run the executor ${executor} any more`);
    }
    return judgement(
      "keep",
      `whether its executor ${executor} runs cannot be seen from here; --agent HOST:PORT asks the agent`,
      true,
    );
  });
}
