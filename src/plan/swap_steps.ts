import { setAsideNameOf } from "../pod/names.ts";
import { addCarriedRemovals } from "./carried_volumes.ts";
import type { Decision, Decisions } from "./decide.ts";
import type { ObservedContainer } from "./observed.ts";
import { isSetAside, passingNameOf } from "./passing.ts";
import type { PlacedContainer } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";
import type { StepList } from "./step_list.ts";
import { addStopSteps, isAlive } from "./stop_steps.ts";

type Replacing = Extract<Decision, { readonly action: "replace" }>;

/** What swaps need to know of the plan so far. */
export interface SwapRequest {
  /** Ids of the steps that make containers: all is made before anything is stopped. */
  readonly made: readonly string[];
  /** Of {@linkcode stoppingEarly}. */
  readonly early: ReadonlySet<string>;
  /** Ids of the steps that remove what is not wanted any more, by the name that they free. */
  readonly removed: ReadonlyMap<string, string>;
  readonly options: UpOptions;
}

/** Whether the network a container is on is made anew, so that it has to leave before its successor can be made. */
export function leavesFirst(decision: Decision, steps: StepList): boolean {
  return decision.action === "replace" &&
    Object.keys(decision.existing.networks).some((name) => steps.has(`remove network ${name}`));
}

/**
 * Names of the containers that have to stop before all is made: those that leave first, and who depends on them and
 * therefore stops before they do.
 */
export function stoppingEarly(decisions: Decisions, steps: StepList): ReadonlySet<string> {
  const early = new Set(decisions.wanted.filter((decision) => leavesFirst(decision, steps)));
  for (const { wanted } of early) {
    for (const decision of decisions.wanted) if (dependsOn(decision.wanted, wanted)) early.add(decision);
  }
  return new Set([...early].map(({ wanted }) => wanted.name));
}

/**
 * Stops containers that are replaced, and lets others succeed them. What was replaced is set aside under a passing name,
 * and removed only when its successor has started, and with it all that are replaced and share namespaces or volumes
 * with it: they could only be put back together.
 */
export function addSwaps(decisions: Decisions, steps: StepList, request: SwapRequest): void {
  const kept = new Map(
    decisions.wanted.flatMap((decision) => {
      const predecessor = keptPredecessor(decision, steps);
      return predecessor === undefined ? [] : [[decision, predecessor] as const];
    }),
  );
  for (const decision of decisions.wanted) {
    if (decision.action === "rename") addRename(decision, steps, request);
    if (decision.action === "replace") addReplacing(decision, decisions, steps, request, kept.has(decision));
  }
  for (const [decision, predecessor] of kept) {
    addRemoval(decision, predecessor, [...kept.keys()], steps, request);
  }
}

/** What is kept until a container has started: what it replaces, or what a crash left of that. */
function keptPredecessor(decision: Decision, steps: StepList): ObservedContainer | undefined {
  switch (decision.action) {
    case "create":
      return undefined;
    case "keep":
    case "rename":
      return decision.predecessor;
    case "replace": {
      const { existing } = decision;
      // One that never ran, or cannot run again, is not worth putting back.
      const isWorthless = existing.state === "created" || existing.state === "dead" ||
        existing.state === "removing";
      return isWorthless || leavesFirst(decision, steps) ? undefined : existing;
    }
  }
}

function addRename(
  { wanted, existing }: Extract<Decision, { readonly action: "rename" }>,
  steps: StepList,
  { made, removed }: SwapRequest,
): void {
  steps.add({
    id: `rename ${wanted.name}`,
    kind: "rename-container",
    cause: isSetAside(existing)
      ? "it was set aside for a replacement that never started"
      : "a replacement was left with its passing name",
    after: [...made, ...freed(wanted.name, removed)],
    container: { name: wanted.container, number: wanted.number },
    target: { name: existing.name, id: existing.id },
    to: wanted.name,
  });
}

function addReplacing(
  decision: Replacing,
  decisions: Decisions,
  steps: StepList,
  { made, removed, early, options }: SwapRequest,
  isKept: boolean,
): void {
  const { wanted, existing } = decision;
  const container = { name: wanted.container, number: wanted.number };
  const target = { name: existing.name, id: existing.id };
  const first = leavesFirst(decision, steps);
  const stop = isAlive(existing);
  if (stop) {
    const dependents = stopsOfDependents(decision, decisions);
    addStopSteps(steps, existing, wanted, {
      cause: decision.cause,
      after: early.has(wanted.name) ? dependents : [...made, ...dependents],
      ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
    });
  }
  const stopped = stop ? [`stop ${wanted.name}`] : first ? [] : made;
  const aside = setAsideNameOf(existing.id, wanted.name);
  if (isKept && !isSetAside(existing)) {
    steps.add({
      id: `set aside ${wanted.name}`,
      kind: "rename-container",
      cause: options.start ? "it is kept until its successor has started" : "its successor is made",
      after: [...stopped, ...made],
      container,
      target,
      to: aside,
    });
  }
  if (!isKept) {
    steps.add({
      id: `remove ${wanted.name}`,
      kind: "remove-container",
      cause: decision.cause,
      after: stopped,
      container,
      target,
      force: false,
      volumes: options.renewAnonymousVolumes,
    });
    if (options.renewAnonymousVolumes) addRenewal(existing, `remove ${wanted.name}`, steps);
  }
  if (first) return;
  steps.add({
    id: `rename ${wanted.name}`,
    kind: "rename-container",
    cause: "its predecessor has made room",
    after: [
      ...stopped,
      `set aside ${wanted.name}`,
      `remove ${wanted.name}`,
      `create ${wanted.name}`,
      ...freed(wanted.name, removed),
    ],
    container,
    target: { name: passingNameOf(existing, wanted.name) },
    to: wanted.name,
  });
}

/** Adds the removal of what was set aside. */
function addRemoval(
  decision: Decision,
  predecessor: ObservedContainer,
  kept: readonly Decision[],
  steps: StepList,
  { options }: SwapRequest,
): void {
  const { wanted } = decision;
  const container = { name: wanted.container, number: wanted.number };
  const name = setAsideNameOf(predecessor.id, wanted.name);
  const target = { name, id: predecessor.id };
  if (decision.action !== "replace" && isAlive(predecessor)) {
    // The engine itself starts it again, after a restart of its own, where the spec says restart: always.
    addStopSteps(steps, predecessor, { ...wanted, name, preStop: [] }, {
      cause: "it was set aside for its successor",
      after: [],
      ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
    });
  }
  const together = boundTogether(decision, kept);
  // Podman keeps a container whose namespaces others use.
  const members = together.filter((each) => each.wanted.bodyReferences.includes(wanted.name));
  const id = `remove ${name}`;
  steps.add({
    id,
    kind: "remove-container",
    cause: options.start ? "its successor has started" : "its successor is made",
    after: [
      `stop ${name}`,
      `set aside ${wanted.name}`,
      `rename ${wanted.name}`,
      ...together.map((each) => `start ${each.wanted.name}`),
      ...members.map((each) => `remove ${asideNameOf(each)}`),
    ],
    container,
    target,
    force: false,
    volumes: options.renewAnonymousVolumes,
  });
  if (options.renewAnonymousVolumes) addRenewal(predecessor, id, steps);
}

function asideNameOf(decision: Decision): string {
  if (decision.action === "create") return "";
  const { wanted } = decision;
  const predecessor = decision.action === "replace" ? decision.existing : decision.predecessor;
  return predecessor === undefined ? "" : setAsideNameOf(predecessor.id, wanted.name);
}

function addRenewal(existing: ObservedContainer, after: string, steps: StepList): void {
  addCarriedRemovals(steps, existing, { cause: "anonymous volumes were asked to be new", after: [after] });
}

function freed(name: string, removed: ReadonlyMap<string, string>): string[] {
  const id = removed.get(name);
  return id === undefined ? [] : [id];
}

/** The swaps that share namespaces or volumes with one, and it itself. */
function boundTogether(decision: Decision, kept: readonly Decision[]): Decision[] {
  const together = new Set([decision]);
  const isBound = (one: Decision, other: Decision) =>
    one.wanted.bodyReferences.includes(other.wanted.name) ||
    other.wanted.bodyReferences.includes(one.wanted.name);
  for (const member of together) {
    for (const other of kept) if (isBound(member, other)) together.add(other);
  }
  return kept.filter((each) => together.has(each));
}

/** Replaced containers that depend on this one stop before it does. */
function stopsOfDependents(decision: Decision, decisions: Decisions): string[] {
  const dependents = decisions.wanted.filter(({ wanted }) => dependsOn(wanted, decision.wanted));
  // Steps that turn out not to be there (who is kept is not stopped) are dropped in the end.
  return dependents.map(({ wanted }) => `stop ${wanted.name}`);
}

function dependsOn(one: PlacedContainer, other: PlacedContainer): boolean {
  return one.dependsOn.some(({ container }) => container === other.container) ||
    one.bodyReferences.includes(other.name);
}
