import { UsageError } from "../pod/errors.ts";
import type { Container, Pod } from "../pod/model.ts";
import { precedes, scaledReplicas } from "../pod/pre_start.ts";
import { suggestionFor } from "../pod/suggestion.ts";

/** What part of a pod a supervisor is to keep. */
export interface Selection {
  /** Services; empty: all. */
  readonly services: readonly string[];
  readonly withoutDependencies: boolean;
  /** Replicas by service, over those of the spec. */
  readonly scale: Readonly<Record<string, number>>;
}

/**
 * The part of a pod that was asked for: the services, what they depend on and whose namespaces they use. The others
 * count as switched off, so that theirs are left alone.
 *
 * @throws {UsageError} for a service that the pod does not have
 */
export function selectedPod(pod: Pod, selection: Selection): Pod {
  const byName = new Map(pod.containers.map((container) => [container.name, container]));
  for (const name of [...selection.services, ...Object.keys(selection.scale)]) checkKnown(name, byName, pod);
  const scaled = pod.containers.map((container): Container => ({
    ...container,
    replicas: scaledReplicas(container, selection.scale),
  }));
  if (selection.services.length === 0) return { ...pod, containers: scaled };

  const chosen = new Set<string>();
  const choose = (name: string) => {
    const container = byName.get(name);
    if (container === undefined || chosen.has(name)) return;
    chosen.add(name);
    for (const owner of namespaceOwners(container)) choose(owner);
    for (const { container: other } of container.dependsOn) {
      if (!selection.withoutDependencies || precedes(byName.get(other), name, container)) choose(other);
    }
  };
  selection.services.forEach(choose);
  const containers = scaled.filter(({ name }) => chosen.has(name)).map((container): Container => ({
    ...container,
    dependsOn: container.dependsOn.filter((dependency) => chosen.has(dependency.container)),
  }));
  const networks = new Set(
    containers.flatMap((container) => container.networks.map(({ network }) => network)),
  );
  const volumes = new Set(containers.flatMap((container) => container.mounts.map(({ source }) => source)));
  return {
    ...pod,
    containers,
    networks: pod.networks.filter(({ key }) => networks.has(key)),
    volumes: pod.volumes.filter(({ key }) => volumes.has(key)),
    ...essentialAmong(containers, pod),
    disabled: [...pod.disabled, ...[...byName.keys()].filter((name) => !chosen.has(name))].sort(),
  };
}

/**
 * Whose end decides of what was chosen: those of the spec's essential containers that are among it. Where none is, the
 * part is a pod without a word of the spec about it, and the default holds: each that no other one waits for to complete.
 */
function essentialAmong(
  containers: readonly Container[],
  pod: Pod,
): Pick<Pod, "essential" | "essentialIsExplicit"> {
  const { essentialIsExplicit } = pod;
  const names = containers.map(({ name }) => name);
  const essential = pod.essential.filter((name) => names.includes(name));
  if (essential.length > 0 || pod.essential.length === 0) return { essential, essentialIsExplicit };
  const awaited = new Set(
    containers.flatMap(({ dependsOn }) =>
      dependsOn.flatMap(({ container, condition }) => condition === "completed" ? [container] : [])
    ),
  );
  return { essential: names.filter((name) => !awaited.has(name)), essentialIsExplicit: false };
}

/**
 * A pod that ends as the command line says: with the named service, or with any of its containers.
 *
 * @throws {UsageError} for a service that the pod does not have
 */
export function endingWith(
  pod: Pod,
  ends: { readonly any: boolean; readonly service: string | undefined },
): Pod {
  if (ends.service !== undefined) {
    checkKnown(ends.service, new Map(pod.containers.map((container) => [container.name, container])), pod);
    return { ...pod, essential: [ends.service], essentialIsExplicit: true };
  }
  if (!ends.any) return pod;
  const services = pod.containers.filter(({ preStartOf }) => preStartOf === undefined);
  return { ...pod, essential: services.map(({ name }) => name), essentialIsExplicit: true };
}

function checkKnown(name: string, containers: ReadonlyMap<string, Container>, pod: Pod): void {
  if (containers.has(name)) return;
  const near = suggestionFor(name, containers.keys());
  const has = [...containers.keys()].join(", ");
  throw new UsageError(
    `no such service: ${name} ${
      near === undefined ? `(the pod ${pod.name} has ${has})` : `: did you mean ${near}?`
    }`
      .replace(" :", ":"),
  );
}

function namespaceOwners(container: Container): string[] {
  const namespaces = [container.networkNamespace, container.ipcNamespace, container.pidNamespace];
  const owners = namespaces.flatMap((namespace) =>
    namespace.kind === "container" ? [namespace.container] : []
  );
  const volumes = container.volumesFrom.flatMap(({ from }) => "container" in from ? [from.container] : []);
  return [...owners, ...volumes];
}
