/** Which containers run to their end before the others start. */

import type { Container, Pod } from "../pod/model.ts";
import type { Report } from "./conversion.ts";

/** The containers of a pod by their place in its life. */
export interface ContainersByLife {
  /** Awaited by another one, each behind those that it waits for itself. */
  readonly first: readonly Container[];
  /** In the order in which they may start. */
  readonly others: readonly Container[];
}

/**
 * Splits a pod for a system that runs some containers one after the other, and then all others at once.
 *
 * @param sideBySide says why an order among the others is lost
 */
export function splitByLife(pod: Pod, report: Report, sideBySide: string): ContainersByLife {
  const awaited = new Set(
    pod.containers.flatMap(({ dependsOn }) =>
      dependsOn.filter(({ condition }) => condition === "completed").map(({ container }) => container)
    ),
  );
  const ordered = inOrder(pod.containers);
  const place = new Map(ordered.map(({ name }, index) => [name, index]));
  const first = ordered.filter(({ name }) => awaited.has(name));
  const others = ordered.filter(({ name }) => !awaited.has(name));
  for (const container of ordered) {
    const isFirst = awaited.has(container.name);
    for (const { container: other, condition, restart } of container.dependsOn) {
      const path = `services.${container.name}.depends_on.${other}`;
      if (!place.has(other)) continue;
      if (isFirst && !awaited.has(other)) {
        report.lost(
          path,
          `${container.name} runs to its end before ${other} starts, as others wait for that`,
        );
      } else if (!isFirst && condition === "healthy") {
        report.lost(`${path}.condition`, `${sideBySide}: ${container.name} has to wait by itself`);
      }
      if (restart) report.lost(`${path}.restart`, "a container is not restarted for the sake of another one");
    }
  }
  return { first, others };
}

/** A container comes behind all that it depends on; else the order is that of the names. */
function inOrder(containers: readonly Container[]): Container[] {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const done = new Set<string>();
  const order: Container[] = [];
  const work = [...containers].reverse().map((container) => ({ container, isReady: false }));
  for (let top = work.pop(); top !== undefined; top = work.pop()) {
    const { container, isReady } = top;
    if (done.has(container.name)) continue;
    if (isReady) {
      done.add(container.name);
      order.push(container);
      continue;
    }
    work.push({ container, isReady: true });
    for (const { container: name } of [...container.dependsOn].reverse()) {
      const other = byName.get(name);
      if (other !== undefined && !done.has(name)) work.push({ container: other, isReady: false });
    }
  }
  return order;
}
