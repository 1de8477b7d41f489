import type { Container, Pod } from "../pod/model.ts";
import type { PlacementProblems } from "./placement_problems.ts";
import { refuseSharedClaims } from "./port_claims.ts";
import { loopbackNames } from "./shared_namespace.ts";

/**
 * Puts the containers of a pod into the host's network namespace (`x-pod.network: host`). A container then listens
 * on the host itself: a port cannot be published under another number, and names of services resolve to loopback.
 */
export function hostNamespace(pod: Pod, problems: PlacementProblems): Container[] {
  const inside = pod.containers.filter(({ networkNamespace }) => networkNamespace.kind === "pod");
  refuseSharedClaims(inside, problems);
  const names = loopbackNames(pod, inside);
  return pod.containers.map((container) => {
    if (container.networkNamespace.kind !== "pod") return container;
    container.ports.forEach((port, index) => {
      if (port.published !== undefined && port.published !== String(port.target)) {
        problems.error(
          container.name,
          `ports[${index}]`,
          `on the host's network the container listens on ${port.target} itself, which cannot be published as ` +
            `${port.published}: use the same number, or another x-pod.network`,
        );
      }
    });
    const own = new Set(container.extraHosts.map(({ name }) => name));
    const { macAddress: _macAddress, ...rest } = container;
    return {
      ...rest,
      ports: [],
      networks: [],
      links: [],
      externalLinks: [],
      networkNamespace: { kind: "engine", mode: "host" },
      extraHosts: [
        ...names.filter((name) => !own.has(name)).map((name) => ({ name, addresses: ["127.0.0.1"] })),
        ...container.extraHosts,
      ],
    };
  });
}
