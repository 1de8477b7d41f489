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
  const shared = pause?.ports ?? [];
  const keyOf = (port: PublishedPort) =>
    `${port.hostAddress} ${port.published} ${port.target} ${port.protocol}`;
  const ofAll = new Set(shared.map(keyOf));
  return [
    // Podman tells the ports of a namespace for every container in it.
    ...observed.ports.filter((port) => !ofAll.has(keyOf(port))),
    ...shared.filter(({ target, protocol }) => own.includes(`${target}/${protocol}`)),
  ];
}
