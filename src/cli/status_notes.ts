import type { ContainerStatus, PodStatus } from "../pod/status.ts";
import { inWords } from "../supervisor/words.ts";

/**
 * What a person should know of a change of a pod, a line each: containers that ended, are started again or are
 * unwell, and the pod's own phase. The progress display tells of everything else.
 */
export function notesBetween(before: PodStatus | undefined, after: PodStatus): string[] {
  const known = new Map(before?.containers.map((container) => [keyOf(container), container]));
  const notes = after.containers.flatMap((container) =>
    containerNotes(known.get(keyOf(container)), container, after.observedAt)
  );
  if (before?.phase !== after.phase && after.phase === "running") notes.push(`pod ${after.pod} is running`);
  if (before?.phase !== after.phase && after.phase === "succeeded" && after.reasonCode === "completed") {
    notes.push(`pod ${after.pod} has ended: ${after.reason}`);
  }
  return notes;
}

function containerNotes(
  before: ContainerStatus | undefined,
  after: ContainerStatus,
  now: number,
): string[] {
  const name = `${after.name}-${after.number}`;
  const notes: string[] = [];
  const ended = isEnded(after) &&
    !(before !== undefined && isEnded(before) && before.restarts === after.restarts);
  if (ended && before !== undefined && before.state !== "absent" && before.state !== "created") {
    const memory = after.outOfMemory ? " (out of memory)" : "";
    notes.push(
      before.state === "restarting" && after.reason !== undefined
        ? `${name} ${after.reason}`
        : `${name} exited with code ${after.exitCode ?? "unknown"}${memory}`,
    );
  }
  if (after.state === "backing-off" && before?.startsAgainAt !== after.startsAgainAt) {
    notes.push(`${name} is started again in ${inWords((after.startsAgainAt ?? now) - now)}`);
  }
  if (before?.health !== after.health && after.health === "unhealthy") notes.push(`${name} is unhealthy`);
  if (before?.health === "unhealthy" && after.health === "healthy") notes.push(`${name} is healthy again`);
  return notes;
}

function isEnded(container: ContainerStatus): boolean {
  return container.state === "exited" || container.state === "dead" || container.state === "backing-off";
}

function keyOf(container: ContainerStatus): string {
  return `${container.name} ${container.number}`;
}
