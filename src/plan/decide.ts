import { saysOtherwise } from "../pod/hash.ts";
import { Label } from "../pod/labels.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import {
  isLeftover,
  isSetAside,
  joinedNetwork,
  setAside,
  setAsideFrom,
  usedIds,
  wasStarted,
} from "./passing.ts";
import type { PlacedContainer, PlacedPod } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";

/** What is to become of one wanted container. */
export type Decision =
  | {
    readonly action: "create";
    readonly wanted: PlacedContainer;
    readonly cause: string;
    /** An unfinished replacement: it goes, and the data of its anonymous volumes is carried over. */
    readonly unfinished?: ObservedContainer;
  }
  | {
    readonly action: "replace";
    readonly wanted: PlacedContainer;
    readonly existing: ObservedContainer;
    readonly cause: string;
  }
  /**
   * It has a passing name and is to have its own: a replacement that a crash left behind before its renaming, or what
   * was set aside for a replacement that is not wanted after all.
   */
  | {
    readonly action: "rename";
    readonly wanted: PlacedContainer;
    readonly existing: ObservedContainer;
    readonly predecessor?: ObservedContainer;
  }
  | {
    readonly action: "keep";
    readonly wanted: PlacedContainer;
    readonly existing: ObservedContainer;
    /** What was set aside for it, and is kept until it has started. */
    readonly predecessor?: ObservedContainer;
  };

/** A container that is not wanted any more. */
export interface Removal {
  readonly existing: ObservedContainer;
  readonly cause: string;
}

export interface Decisions {
  readonly wanted: readonly Decision[];
  readonly removals: readonly Removal[];
  readonly orphans: readonly ObservedContainer[];
}

/** Compares what is wanted with what is there, container by container. */
export function decide(placed: PlacedPod, observed: Observed, options: UpOptions): Decisions {
  const byName = new Map(observed.containers.map((container) => [container.name, container]));
  const predecessors = setAside(observed.containers);
  const taken = new Set<string>();
  const decisions = new Map<string, Decision>();
  const knowledge = { byName, predecessors, placed, observed, options, decisions };
  for (const wanted of inReferenceOrder(placed.containers)) {
    const decision = decideOne(wanted, knowledge);
    decisions.set(wanted.name, decision);
    if ("existing" in decision) taken.add(decision.existing.id);
    if ("predecessor" in decision) taken.add(decision.predecessor?.id ?? "");
  }
  const wanted = placed.containers.flatMap(({ name }) => decisions.get(name) ?? []);
  const removals: Removal[] = [];
  const orphans: ObservedContainer[] = [];
  const pauses = observed.containers.flatMap(({ id, labels }) =>
    labels[Label.role] === "pause" ? [`container:${id}`] : []
  );
  const anew = wanted.some(({ wanted: { role }, action }) => role === "pause" && action !== "keep");
  for (const existing of observed.containers) {
    if (taken.has(existing.id)) continue;
    const cause = removalCause(existing, placed, byName);
    if (cause !== undefined) removals.push({ existing, cause });
    else if (anew && pauses.includes(existing.networkMode)) {
      removals.push({ existing, cause: "the pod's namespaces are made anew without it" });
    } else if (placed.disabled.includes(existing.labels[Label.container] ?? "")) continue;
    else if (options.removeOrphans) removals.push({ existing, cause: "the spec does not name it any more" });
    else orphans.push(existing);
  }
  return { wanted, removals, orphans };
}

/** Owners of namespaces first, so that what is decided for them is known for their members. */
function inReferenceOrder(containers: readonly PlacedContainer[]): PlacedContainer[] {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const ordered = new Set<PlacedContainer>();
  const open = new Set<PlacedContainer>();
  const visit = (container: PlacedContainer): void => {
    if (ordered.has(container) || open.has(container)) return;
    open.add(container);
    for (const name of container.bodyReferences) {
      const owner = byName.get(name);
      if (owner !== undefined) visit(owner);
    }
    ordered.add(container);
  };
  for (const container of containers) visit(container);
  return [...ordered];
}

/** What a decision is made from. */
interface Knowledge {
  readonly byName: ReadonlyMap<string, ObservedContainer>;
  /** What was set aside, by the name it had. */
  readonly predecessors: ReadonlyMap<string, ObservedContainer>;
  readonly placed: PlacedPod;
  readonly observed: Observed;
  readonly options: UpOptions;
  /** Of the owners of its namespaces at least. */
  readonly decisions: ReadonlyMap<string, Decision>;
}

function decideOne(wanted: PlacedContainer, knowledge: Knowledge): Decision {
  const { byName, predecessors, decisions } = knowledge;
  const existing = byName.get(wanted.name);
  const predecessor = predecessors.get(wanted.name);
  const isAsWanted = (container: ObservedContainer) =>
    hashOf(container) === wanted.hash && hasCurrentReferences(container, wanted, decisions);
  if (existing !== undefined) {
    // A replacement that never ran is worth nothing beside what was set aside for it, unless it is what is wanted.
    const counts = predecessor === undefined || wasStarted(existing) || isAsWanted(existing);
    if (!counts) return decidePredecessor(wanted, predecessor, knowledge);
    const decision = decideExisting(wanted, existing, knowledge);
    return decision.action === "keep" && predecessor !== undefined ? { ...decision, predecessor } : decision;
  }
  const replacement = [...byName.values()].find((container) =>
    isLeftover(container) && container.labels[Label.replaces] === wanted.name
  );
  if (replacement !== undefined && isAsWanted(replacement)) {
    return {
      action: "rename",
      wanted,
      existing: replacement,
      ...(predecessor === undefined ? {} : { predecessor }),
    };
  }
  if (predecessor !== undefined) return decidePredecessor(wanted, predecessor, knowledge);
  return {
    action: "create",
    wanted,
    cause: "it is not there",
    ...(replacement === undefined ? {} : { unfinished: replacement }),
  };
}

/** It was set aside for a replacement that is not there, or not the right one: it gets its name back, or is replaced. */
function decidePredecessor(
  wanted: PlacedContainer,
  predecessor: ObservedContainer,
  knowledge: Knowledge,
): Decision {
  const decision = decideExisting(wanted, predecessor, knowledge);
  return decision.action === "keep" ? { action: "rename", wanted, existing: predecessor } : decision;
}

function decideExisting(
  wanted: PlacedContainer,
  existing: ObservedContainer,
  { placed, observed, options, decisions }: Knowledge,
): Extract<Decision, { readonly action: "keep" | "replace" }> {
  if (existing.state === "removing" || existing.state === "dead") {
    return { action: "replace", wanted, existing, cause: `it is ${existing.state}` };
  }
  const owner = wanted.bodyReferences.find((name) => {
    const action = decisions.get(name)?.action;
    return action === "create" || action === "replace";
  });
  if (owner !== undefined) {
    return {
      action: "replace",
      wanted,
      existing,
      cause: `${owner}, whose namespaces or volumes it uses, is made anew`,
    };
  }
  if (!hasCurrentReferences(existing, wanted, decisions)) {
    return {
      action: "replace",
      wanted,
      existing,
      cause: "a container whose namespaces or volumes it used is gone",
    };
  }
  if (options.recreate === "always") {
    return { action: "replace", wanted, existing, cause: "a new one was asked for" };
  }
  if (options.recreate === "never") return { action: "keep", wanted, existing };
  const cause = changeOf(wanted, existing, placed, observed, options.takenHashes);
  return cause === undefined
    ? { action: "keep", wanted, existing }
    : { action: "replace", wanted, existing, cause };
}

/** Whether the containers whose namespaces and volumes a container was made to use are still those it should use. */
function hasCurrentReferences(
  existing: ObservedContainer,
  wanted: PlacedContainer,
  decisions: ReadonlyMap<string, Decision>,
): boolean {
  const owners = wanted.bodyReferences.flatMap((name) => decisions.get(name) ?? []);
  if (owners.some(({ action }) => action === "create")) return false;
  const ids = owners.flatMap((decision) => "existing" in decision ? [decision.existing.id] : []);
  if (ids.length === 0) return true;
  const joined = joinedNetwork(existing);
  if (joined !== undefined && !ids.includes(joined)) return false;
  // Of a container that was made before the label was, only the owner of its network is known.
  return existing.labels[Label.uses] === undefined || ids.every((id) => usedIds(existing).includes(id));
}

/** Why a container is not what the spec asks for; undefined when it is. */
function changeOf(
  wanted: PlacedContainer,
  existing: ObservedContainer,
  placed: PlacedPod,
  observed: Observed,
  taken: UpOptions["takenHashes"],
): string | undefined {
  if (saysOtherwise(taken?.get(existing.id) ?? hashOf(existing), wanted.hash)) return "its spec changed";
  if (wanted.role === "pause") {
    const known = (existing.labels[Label.names] ?? "").split(",");
    const name = wanted.names.find((each) => !known.includes(each));
    if (name !== undefined) return `the name ${name} is new in the pod`;
  }
  const image = observed.images.get(wanted.image);
  if (image !== undefined && image !== null && bareId(image.id) !== bareId(existing.imageId)) {
    return `the image ${wanted.image} changed`;
  }
  if (existing.state === "running") {
    const missing = wanted.networks.find((name) => !(name in existing.networks));
    if (missing !== undefined && !existing.networkMode.startsWith("container:")) {
      return `it is not on network ${missing}`;
    }
  }
  const volume = wanted.volumes.find(({ name, target }) =>
    !existing.mounts.some((mount) => mount.target === target && mount.name === name)
  );
  if (volume !== undefined) return `volume ${volume.name} is not mounted on ${volume.target}`;
  if (
    wanted.role === "container" && placed.networking.mode !== "services" &&
    existing.labels[Label.role] !== "container"
  ) {
    return "it is no container of this pod's form";
  }
  return undefined;
}

/** Why a container has to go whatever is done with orphans. */
function removalCause(
  existing: ObservedContainer,
  placed: PlacedPod,
  byName: ReadonlyMap<string, ObservedContainer>,
): string | undefined {
  const name = setAsideFrom(existing) ?? existing.name;
  const isWanted = placed.containers.some((wanted) => wanted.name === name);
  if (isSetAside(existing)) {
    // What was set aside for a container that is not asked for now may still be put back.
    const successor = byName.get(name);
    if (isWanted || (successor !== undefined && wasStarted(successor))) return "its successor was started";
  } else if (isWanted || isLeftover(existing)) return "a replacement was left unfinished";
  if (existing.labels[Label.role] === "pause") return "the pod has no shared namespace any more";
  const container = existing.labels[Label.container];
  if (placed.containers.some((wanted) => wanted.role === "container" && wanted.container === container)) {
    return "the spec asks for fewer replicas, or for another name";
  }
  return undefined;
}

function hashOf(container: ObservedContainer): string {
  return container.labels[Label.hash] ?? "";
}

function bareId(id: string): string {
  return id.replace(/^sha256:/, "");
}
