import { Label } from "../pod/labels.ts";
import type { Container, Pod } from "../pod/model.ts";
import { containerNameOf } from "../pod/names.ts";
import type { ObservedContainer } from "../plan/observed.ts";

/**
 * Where one container is in its life, as its supervisor sees it.
 * - `absent`: not on the engine. `waiting`: it does not run, and a plan is to start it: it is new, or it ended with
 *   the engine, or with the owner of its namespaces.
 * - `dying`: it ended, and is being looked at. `held`: it ended, and the engine does not answer: whether it ended
 *   with the engine is seen when that is back. `lingering`: it ended after a signal from outside: somebody may be
 *   about to start it again.
 * - `backing-off`: it is started again at `until`. `starting`: that is under way.
 * - `ended`: for good. `resting`: stopped by a person, and left so (`unless-stopped`).
 */
export type Life =
  | { readonly kind: "absent" }
  | { readonly kind: "waiting" }
  | { readonly kind: "running"; readonly paused: boolean }
  /** `losses`: how often the engine had been lost by then. `withEngine`: the engine itself ended it. */
  | { readonly kind: "dying"; readonly losses: number; readonly withEngine: boolean }
  | { readonly kind: "held"; readonly losses: number; readonly retryAt: number }
  | { readonly kind: "lingering"; readonly until: number }
  | { readonly kind: "backing-off"; readonly until: number }
  | { readonly kind: "starting" }
  | { readonly kind: "ended"; readonly exitCode: number; readonly order: number }
  | { readonly kind: "resting" };

/** What is remembered of one container. All of it is found out again after a restart of the supervisor. */
export interface ContainerRecord {
  readonly key: string;
  /** In the spec. */
  readonly name: string;
  readonly number: number;
  readonly role: "container" | "pause";
  /** On the engine. */
  readonly containerName: string;
  readonly id?: string;
  readonly life: Life;
  /** As the last list told it. */
  readonly observed?: ObservedContainer;
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** It has been healthy in this life. Milliseconds since 1970; absent while it is not. */
  readonly healthySince?: number;
  readonly wasHealthy: boolean;
  readonly outOfMemory: boolean;
  /** How often it was started again. */
  readonly restarts: number;
  /** Ends in a row, without a good run in between: they make the back-off grow. */
  readonly failures: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** When a signal from outside was last sent to it. */
  readonly signalledAt?: number;
  /** A person stopped it (`docker stop`). */
  readonly stoppedByHand: boolean;
  /** Starting it failed: a plan has to look what is missing. */
  readonly startFailed: boolean;
  /** A `post_start` hook of this life failed: why. The end that this leads to is a failure of the container. */
  readonly hookFailure?: string;
  readonly addresses: readonly string[];
  readonly reason?: string;
  readonly lastLog: readonly string[];
}

/** A record of a container of which nothing is known yet. */
export function newRecord(
  identity: Pick<ContainerRecord, "name" | "number" | "role" | "containerName">,
): ContainerRecord {
  return {
    ...identity,
    key: keyOf(identity.role, identity.name, identity.number),
    life: { kind: "absent" },
    wasHealthy: false,
    outOfMemory: false,
    restarts: 0,
    failures: 0,
    stoppedByHand: false,
    startFailed: false,
    addresses: [],
    lastLog: [],
  };
}

/** What tells containers of a pod apart: a spec may well have a container called `pause`. */
export function keyOf(role: "container" | "pause", name: string, number: number): string {
  return role === "pause" ? "pause" : `container ${name} ${number}`;
}

/** The key of a container by its labels; undefined when they are not those of a container of a pod. */
export function keyFromLabels(labels: Readonly<Record<string, string>>): string | undefined {
  if (labels[Label.role] === "pause") return keyOf("pause", "pause", 1);
  const name = labels[Label.container];
  if (name === undefined) return undefined;
  const number = Number(labels[Label.number] ?? "1");
  return Number.isInteger(number) ? keyOf("container", name, number) : undefined;
}

/** Records of all containers that a pod's spec wants. The pause container is not in a spec. */
export function wantedRecords(pod: Pod): ContainerRecord[] {
  return pod.containers.flatMap((container) =>
    Array.from({ length: container.replicas }, (_, index) =>
      newRecord({
        name: container.name,
        number: index + 1,
        role: "container",
        containerName: container.containerName ?? containerNameOf(pod.name, container.name, index + 1),
      }))
  );
}

/** The container of the spec that a record is of; undefined for the pause container. */
export function specOf(pod: Pod, record: ContainerRecord): Container | undefined {
  if (record.role === "pause") return undefined;
  return pod.containers.find((container) => container.name === record.name);
}

/** How a person calls it: its name in the spec, with the number where there are several. */
export function nameFor(pod: Pod, record: ContainerRecord): string {
  const replicas = specOf(pod, record)?.replicas ?? 1;
  return replicas > 1 ? `${record.name}-${record.number}` : record.name;
}

/** Whether it runs, or may do so at this moment. */
export function mayRun(record: ContainerRecord): boolean {
  return record.life.kind === "running" || record.life.kind === "starting";
}

/** Whether its end matters to the pod: every container's does when none is essential. */
export function isEssential(pod: Pod, record: ContainerRecord): boolean {
  return record.role === "container" && pod.essential.includes(record.name);
}
