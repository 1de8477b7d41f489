import type { Container } from "./model.ts";

type Preceding = Pick<Container, "preStartOf">;

/**
 * How many replicas a container has when its service is scaled: a container of `pre_start` runs once for its service,
 * or once for each replica of it.
 *
 * @param scale replicas by service; a service that is not in it keeps what it has
 */
export function scaledReplicas(container: Container, scale: Readonly<Record<string, number>>): number {
  const { preStartOf } = container;
  const service = preStartOf?.container ?? container.name;
  // A service may be called like something that every object has.
  const replicas = (Object.hasOwn(scale, service) ? scale[service] : undefined) ?? container.replicas;
  return preStartOf?.perReplica === false ? Math.min(1, replicas) : replicas;
}

/**
 * Whether a container is one of `pre_start` of another, or comes before it in that: a part of it, and no dependency.
 *
 * @param name of the other in the spec
 */
export function precedes(before: Preceding | undefined, name: string, other: Preceding): boolean {
  const of = before?.preStartOf?.container;
  return of !== undefined && of === (other.preStartOf?.container ?? name);
}
