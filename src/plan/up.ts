import { saysOtherwise } from "../pod/hash.ts";
import { Label } from "../pod/labels.ts";
import { setAsideNameOf } from "../pod/names.ts";
import { restrict } from "./restrict.ts";
import { decide, type Decisions } from "./decide.ts";
import { imageSteps } from "./image_steps.ts";
import { addContainer, addMissingParts, isThere } from "./make_steps.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import { passingNameOf } from "./passing.ts";
import type { PlacedContainer, PlacedPod } from "./placed.ts";
import { cgroupOfPod } from "./pod_cgroup.ts";
import { PlanError } from "./plan_error.ts";
import type { UpOptions } from "./plan_options.ts";
import { addSwaps, leavesFirst, stoppingEarly } from "./swap_steps.ts";
import { startRules } from "./start_rules.ts";
import { addStartSteps } from "./start_steps.ts";
import type { Plan } from "./step.ts";
import { StepList } from "./step_list.ts";
import { addStopSteps, removeSteps } from "./stop_steps.ts";

/**
 * What has to be done so that the engine holds a placed pod. Pure: the same input gives the same plan, to the letter.
 *
 * Invariants: all pulls are done before anything is made; every container is made before any is stopped or
 * started (a failure to make one leaves what runs alone); a replaced container is stopped before its successor starts,
 * and removed after that (so that it can be put back, see `put_back.ts`); named volumes are never removed.
 *
 * @throws {PlanError} when something that has to be there is not, with all of it.
 */
export function planUp(whole: PlacedPod, observed: Observed, options: UpOptions): Plan {
  const steps = new StepList();
  const reasons: string[] = [];
  const { placed, decisions } = select(whole, observed, options, steps);
  const rules = startRules(placed, decisions, options);

  for (const problem of options.covered?.problems ?? []) steps.warn(problem);
  imageSteps(placed, observed, options, decisions, steps, reasons);
  checkExternals(placed, observed, reasons);
  if (reasons.length > 0) throw new PlanError(reasons);

  // Pulls can fail, so nothing is made before them; the built-in image cannot, and loads beside the networks.
  const images = steps.idsOf("pull-image", "load-images");
  addCgroup(placed, observed, steps, images);
  const removed = removeSteps(decisions, steps, placed, images, options);
  addNetworks(placed, observed, decisions, steps, images);
  addVolumes(placed, observed, steps, images);
  const foundations = [
    ...images,
    ...steps.idsOf("load-pause-image"),
    ...steps.idsOf("create-cgroup", "create-network", "create-volume"),
  ];
  const passing = passingNames(decisions, steps);
  for (const decision of decisions.wanted) {
    addContainer(decision, { steps, foundations, observed, options, removed, passing });
    addMissingParts(decision, rules, steps);
  }
  const made = steps.idsOf("create-container", "connect-network", "copy-files");
  const early = stoppingEarly(decisions, steps);
  addSwaps(decisions, steps, { made, removed, early, options });
  for (const decision of decisions.wanted) {
    if (rules.get(decision.wanted.name) === "restart" && isThere(decision)) {
      addStopSteps(steps, decision.existing, decision.wanted, {
        cause: "what it depends on is started anew",
        after: early.has(decision.wanted.name) ? [] : made,
        ...(options.graceSeconds === undefined ? {} : { graceSeconds: options.graceSeconds }),
      });
    }
  }
  addStartSteps(decisions, rules, steps, made);
  addPolicyUpdates(placed, decisions, observed, steps);
  if (!options.removeOrphans) warnOfOrphans(whole, decisions, steps);
  for (const decision of decisions.wanted) {
    if (decision.action === "keep" && decision.existing.state === "paused") {
      steps.warn(`${decision.wanted.name} is paused and stays so: docker unpause ${decision.wanted.name}`);
    }
  }
  return steps.finish(placed.name);
}

/**
 * What was asked for by name, and what is to become of it. When the pod's namespaces are made anew, all who live in
 * them are, whatever was named: they could not live on.
 */
function select(
  whole: PlacedPod,
  observed: Observed,
  options: UpOptions,
  steps: StepList,
): { readonly placed: PlacedPod; readonly decisions: Decisions } {
  const placed = restrict(whole, options);
  const decisions = decide(placed, observed, options);
  const anew = decisions.wanted.some(({ wanted, action }) =>
    wanted.role === "pause" && (action === "replace" || action === "create")
  );
  if (!anew || placed === whole) return { placed, decisions };
  const there = new Set(observed.containers.map(({ labels }) => labels[Label.container]));
  const named = new Set(placed.containers.map(({ container }) => container));
  const affected = whole.containers
    .filter(({ role, container }) => role === "container" && there.has(container) && !named.has(container))
    .map(({ container }) => container);
  if (affected.length === 0) return { placed, decisions };
  steps.warn(`the pod's namespaces are made anew, and with them ${[...new Set(affected)].join(", ")}`);
  const wider = restrict(whole, { ...options, only: [...(options.only ?? []), ...affected] });
  return { placed: wider, decisions: decide(wider, observed, options) };
}

function checkExternals(placed: PlacedPod, observed: Observed, reasons: string[]): void {
  for (const network of placed.networks) {
    if (network.external && observed.networks.get(network.name) === null) {
      reasons.push(
        `network ${network.name} does not exist: make it with docker network create ${network.name}`,
      );
    }
  }
  for (const volume of placed.volumes) {
    if (volume.external && observed.volumes.get(volume.name) === null) {
      reasons.push(`volume ${volume.name} does not exist: make it with docker volume create ${volume.name}`);
    }
  }
  for (const [name, id] of observed.externalContainers) {
    if (id === null) {
      reasons.push(`container ${name}, which the spec refers to, does not exist: start it first`);
    }
  }
}

function addCgroup(placed: PlacedPod, observed: Observed, steps: StepList, after: readonly string[]): void {
  const { cgroup } = placed;
  if (cgroup === undefined) return addCgroupRemoval(placed, observed, steps);
  const existing = observed.cgroup ?? null;
  const same = existing !== null && existing.milliCpus === cgroup.milliCpus &&
    existing.memoryBytes === cgroup.memoryBytes;
  if (same) return;
  steps.add({
    id: `cgroup ${cgroup.parent}`,
    kind: "create-cgroup",
    cause: existing === null ? "the pod has a total and no cgroup yet" : "the pod's total changed",
    after,
    cgroup,
  });
}

/** A pod that has no total any more leaves its cgroup behind with the containers that were in it. */
function addCgroupRemoval(placed: PlacedPod, observed: Observed, steps: StepList): void {
  const old = cgroupOfPod(placed.name, observed.containers, observed.engine);
  if (old === undefined || (observed.cgroup ?? null) === null) return;
  const inside = observed.containers.filter(({ labels }) => labels[Label.cgroup] === old.parent);
  steps.add({
    id: `remove cgroup ${old.parent}`,
    kind: "remove-cgroup",
    cause: "the pod has no total any more",
    after: inside.flatMap(({ id, name }) => [`remove ${name}`, `remove ${setAsideNameOf(id, name)}`]),
    optional: true,
    cgroup: old,
  });
}

function addNetworks(
  placed: PlacedPod,
  observed: Observed,
  decisions: Decisions,
  steps: StepList,
  after: readonly string[],
): void {
  for (const network of placed.networks) {
    const existing = observed.networks.get(network.name);
    if (network.external || existing === undefined) continue;
    const id = `network ${network.name}`;
    if (existing === null) {
      const cause = network.shared
        ? "no pod of this host has made the shared network yet"
        : "it is not there";
      steps.add({ id, kind: "create-network", cause, after, name: network.name, body: network.body });
      continue;
    }
    if (network.shared) continue;
    const definition = existing.labels[Label.definition];
    if (definition === undefined) {
      steps.warn(`network ${network.name} exists and was not made by mesolet: it is used as it is`);
      continue;
    }
    if (!saysOtherwise(definition, network.definition)) continue;
    const staying = stayingOn(network.name, observed, decisions);
    if (staying.length > 0) {
      steps.warn(
        `network ${network.name} keeps its old definition, as ${staying.join(", ")} would stay on it: ` +
          "up without names of services and without --no-recreate makes it anew",
      );
      continue;
    }
    // A network cannot be changed, nor removed while somebody is on it.
    const leaving = decisions.wanted
      .filter((decision) => decision.action === "replace" && network.name in decision.existing.networks)
      .map(({ wanted }) => `remove ${wanted.name}`);
    const remove = `remove network ${network.name}`;
    steps.add({
      id: remove,
      kind: "remove-network",
      cause: "its definition changed",
      after: [...after, ...leaving],
      name: network.name,
      networkId: existing.id,
    });
    steps.add({
      id,
      kind: "create-network",
      cause: "its definition changed",
      after: [...after, remove],
      name: network.name,
      body: network.body,
    });
  }
}

/** Containers of the pod on a network that this plan neither replaces nor removes. */
function stayingOn(network: string, observed: Observed, decisions: Decisions): string[] {
  const leaving = new Set([
    ...decisions.wanted.flatMap((decision) => decision.action === "replace" ? [decision.existing.id] : []),
    ...decisions.removals.map(({ existing }) => existing.id),
  ]);
  return observed.containers.filter(({ id, networks }) => network in networks && !leaving.has(id)).map((
    { name },
  ) => name);
}

function addVolumes(placed: PlacedPod, observed: Observed, steps: StepList, after: readonly string[]): void {
  for (const volume of placed.volumes) {
    const existing = observed.volumes.get(volume.name);
    if (volume.external || existing === undefined) continue;
    if (existing === null) {
      steps.add({
        id: `volume ${volume.name}`,
        kind: "create-volume",
        cause: volume.files
          ? "it takes the secrets and configs of a container with a read-only root"
          : "it is not there",
        after,
        name: volume.name,
        body: volume.body,
      });
    } else if (!volume.files) {
      const definition = existing.labels[Label.definition];
      if (definition === undefined) {
        steps.warn(`volume ${volume.name} exists and was not made by mesolet: it is used as it is`);
      } else if (saysOtherwise(definition, volume.definition)) {
        steps.warn(
          `volume ${volume.name} keeps its old definition and its data: remove it with down -v to have it made anew`,
        );
      }
    }
  }
}

/** Names that containers are made under while their predecessors still have the final ones. */
function passingNames(decisions: Decisions, steps: StepList): ReadonlyMap<string, string> {
  return new Map(
    decisions.wanted.flatMap((decision) =>
      decision.action === "replace" && !leavesFirst(decision, steps)
        ? [[decision.wanted.name, passingNameOf(decision.existing, decision.wanted.name)] as const]
        : []
    ),
  );
}

/** A supervised pod that is left to the engine from now on needs the engine's own restart policy. */
function addPolicyUpdates(
  placed: PlacedPod,
  decisions: Decisions,
  observed: Observed,
  steps: StepList,
): void {
  if (placed.supervision !== "engine") return;
  for (const decision of decisions.wanted) {
    if (!isThere(decision)) continue;
    const actual = observed.restartPolicies.get(decision.existing.id);
    const wantedPolicy = policyText(decision.wanted);
    if (actual === undefined || actual === wantedPolicy) continue;
    steps.add({
      id: `update ${decision.wanted.name}`,
      kind: "update-container",
      cause: "the engine restarts it from now on, as the pod is not supervised any more",
      after: [`rename ${decision.wanted.name}`, `start ${decision.wanted.name}`],
      container: { name: decision.wanted.container, number: decision.wanted.number },
      target: { name: decision.wanted.name, id: decision.existing.id },
      body: { RestartPolicy: decision.wanted.enginePolicy },
    });
  }
}

function policyText(wanted: PlacedContainer): string {
  const name = wanted.enginePolicy["Name"];
  const count = wanted.enginePolicy["MaximumRetryCount"];
  const text = typeof name === "string" && name !== "" ? name : "no";
  return typeof count === "number" && count > 0 ? `${text}:${count}` : text;
}

function warnOfOrphans(placed: PlacedPod, decisions: Decisions, steps: StepList): void {
  const named = new Set(placed.containers.map(({ container }) => container));
  const orphans = decisions.orphans.filter((orphan) => !named.has(orphan.labels[Label.container] ?? ""));
  if (orphans.length === 0) return;
  const names = orphans.map(({ name }: ObservedContainer) => name).sort().join(", ");
  steps.warn(`not in the spec any more, and left alone: ${names} (remove with --remove-orphans)`);
}
