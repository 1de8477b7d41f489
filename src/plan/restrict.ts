import { PlanError } from "./plan_error.ts";
import { ExitCode } from "../pod/errors.ts";
import { precedes } from "../pod/pre_start.ts";
import type { PlacedContainer, PlacedPod } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";

/**
 * The part of a pod that was asked for by name: those containers, what they depend on (unless told otherwise), and
 * the owners of their namespaces. The others count as switched off, so that they are left alone.
 *
 * @throws {PlanError} for a name that the pod does not have.
 */
export function restrict(
  placed: PlacedPod,
  options: Pick<UpOptions, "only" | "withoutDependencies">,
): PlacedPod {
  if (options.only === undefined || options.only.length === 0) return placed;
  const known = new Set(
    placed.containers.filter(({ role }) => role === "container").map(({ container }) => container),
  );
  const unknown = options.only.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new PlanError(
      unknown.map((name) =>
        `no such service: ${name} (the pod ${placed.name} has ${[...known].sort().join(", ")})`
      ),
      ExitCode.usage,
    );
  }
  const byEngineName = new Map(placed.containers.map((container) => [container.name, container]));
  const selected = new Set<string>();
  const byName = new Map(placed.containers.map((each) => [each.container, each]));
  const select = (name: string): void => {
    if (selected.has(name)) return;
    selected.add(name);
    for (
      const container of placed.containers.filter((each) =>
        each.container === name && each.role === "container"
      )
    ) {
      for (const { container: other } of container.dependsOn) {
        if (!options.withoutDependencies || precedes(byName.get(other), name, container)) select(other);
      }
      for (const owner of container.bodyReferences) {
        const placedOwner = byEngineName.get(owner);
        if (placedOwner?.role === "container") select(placedOwner.container);
      }
    }
  };
  for (const name of options.only) select(name);
  const isSelected = (container: PlacedContainer) =>
    container.role === "pause" || selected.has(container.container);
  const containers = placed.containers.filter(isSelected);
  const networks = new Set(containers.flatMap((container) => container.networks));
  const volumes = new Set(
    containers.flatMap((
      container,
    ) => [...container.volumes.map(({ name }) => name), ...container.filesVolumes]),
  );
  return {
    ...placed,
    containers,
    networks: placed.networks.filter(({ name }) => networks.has(name)),
    volumes: placed.volumes.filter(({ name }) => volumes.has(name)),
    disabled: [...placed.disabled, ...[...known].filter((name) => !selected.has(name))],
  };
}
