import type { ObservedContainer } from "../plan/observed.ts";
import { Label } from "../pod/labels.ts";
import type { PublishedPort } from "../pod/status.ts";

/**
 * The published ports of a container. In `pod` mode the pause container publishes those of all, and the label of a
 * container says which are its own.
 */
export function publishedPorts(
  observed: ObservedContainer | undefined,
  pause: ObservedContainer | undefined,
): readonly PublishedPort[] {
  if (observed === undefined) return [];
  const own = (observed.labels[Label.ports] ?? "").split(",");
  const shared = pause?.ports.filter(({ target, protocol }) => own.includes(`${target}/${protocol}`)) ?? [];
  return [...observed.ports, ...shared];
}
