import { ComposeLabel } from "../pod/labels.ts";
import type { Decision } from "./decide.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import type { PlacedContainer } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";
import { replacementBody, withPassingNames } from "./replacement.ts";
import type { StartRule } from "./start_rules.ts";
import type { ContainerReference, EngineBody } from "./step.ts";
import type { StepList } from "./step_list.ts";
import { leavesFirst } from "./swap_steps.ts";

/** What the making of all containers of a plan shares. */
export interface Making {
  readonly steps: StepList;
  readonly foundations: readonly string[];
  readonly observed: Observed;
  readonly options: UpOptions;
  readonly removed: ReadonlyMap<string, string>;
  readonly passing: ReadonlyMap<string, string>;
}

/** Adds the making of a container that is not there or is replaced, with all that comes before its start. */
export function addContainer(decision: Decision, making: Making): void {
  const { steps, foundations, observed, options, removed, passing } = making;
  if (isThere(decision)) return;
  const { wanted, cause } = decision;
  const container = { name: wanted.container, number: wanted.number };
  const first = leavesFirst(decision, steps);
  const name = passing.get(wanted.name) ?? wanted.name;
  const predecessor = decision.action === "replace" ? decision.existing : decision.unfinished;
  const own = predecessor === undefined
    ? wanted.body
    : replacementBody(wanted, predecessor, observed, options, passing.has(wanted.name));
  const owned = [...passing].filter(([owner]) => wanted.bodyReferences.includes(owner));
  const body = withImageLabel(
    withPassingNames(own, new Map(owned)),
    wanted,
    observed.images.get(wanted.image)?.id ?? "",
  );
  const create = `create ${wanted.name}`;
  const owners = wanted.bodyReferences.map((owner) => `create ${owner}`);
  const old = [first ? `remove ${wanted.name}` : undefined, removed.get(name)].flatMap((id) => id ?? []);
  steps.add({
    id: create,
    kind: "create-container",
    cause,
    after: [...foundations, ...owners, ...old],
    container,
    name,
    body,
    ...(wanted.platform === undefined ? {} : { platform: wanted.platform }),
  });
  addParts(wanted, { name }, undefined, create, steps);
}

/**
 * A container that was made and never started may lack what comes after its creation, where a crash came between. That
 * cannot be seen of copied files: they are copied once more.
 */
export function addMissingParts(
  decision: Decision,
  rules: ReadonlyMap<string, StartRule>,
  steps: StepList,
): void {
  if (!isThere(decision) || decision.existing.state !== "created") return;
  const { wanted, existing } = decision;
  if ((rules.get(wanted.name) ?? "nothing") === "nothing") return;
  addParts(wanted, { name: existing.name, id: existing.id }, existing, undefined, steps);
}

/** Adds what a container gets between its creation and its start. */
function addParts(
  wanted: PlacedContainer,
  target: ContainerReference,
  existing: ObservedContainer | undefined,
  create: string | undefined,
  steps: StepList,
): void {
  const container = { name: wanted.container, number: wanted.number };
  let after = create === undefined ? [] : [create];
  for (const { network, body } of wanted.laterNetworks) {
    if (existing !== undefined && network in existing.networks) continue;
    const id = `connect ${wanted.name} ${network}`;
    const cause = "it is on several networks";
    steps.add({ id, kind: "connect-network", cause, after, container, network, target, body });
    after = [id];
  }
  for (const file of wanted.files) {
    steps.add({
      id: `copy ${wanted.name} ${file.path}`,
      kind: "copy-files",
      cause: "it is a secret or config that is no file of this host",
      after,
      container,
      target,
      files: [file],
    });
  }
}

/** Whether what is there is what is wanted, but perhaps for its name. */
export function isThere(decision: Decision): decision is Extract<Decision, { action: "keep" | "rename" }> {
  return decision.action === "keep" || decision.action === "rename";
}

/** The label by which Docker Compose, and tools that look for stale containers, know the image of a container. */
function withImageLabel(body: EngineBody, { role }: PlacedContainer, imageId: string): EngineBody {
  const labels = body["Labels"];
  if (role === "pause" || imageId === "" || typeof labels !== "object" || labels === null) return body;
  return { ...body, Labels: { ...labels, [ComposeLabel.image]: imageId } };
}
