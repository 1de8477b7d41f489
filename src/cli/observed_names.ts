import { ExitCode, MesoletError } from "../pod/errors.ts";
import { Label } from "../pod/labels.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import { publishedPorts } from "../supervisor/published_ports.ts";
import { isPause } from "../supervisor/replica_name.ts";

/** The pod that a container belongs to. */
export function podOfContainer(container: ObservedContainer): string {
  return container.labels[Label.pod] ?? "";
}

/** The container's name in the spec: that of its service. */
export function serviceOf(container: ObservedContainer): string {
  return container.labels[Label.container] ?? container.name;
}

/** 1 for the first replica. */
export function numberOf(container: ObservedContainer): number {
  return Number(container.labels[Label.number] ?? 1);
}

/**
 * The containers of the named services; of all when none is named.
 *
 * @throws {MesoletError} 64 for a service that no container belongs to
 */
export function ofServices(
  containers: readonly ObservedContainer[],
  services: readonly string[],
  pod: string | undefined,
): ObservedContainer[] {
  if (services.length === 0) return [...containers];
  const known = new Set(containers.filter((container) => !isPause(container)).map(serviceOf));
  for (const service of services) {
    if (known.has(service)) continue;
    const near = suggestionFor(service, known);
    const where = pod === undefined ? "no pod has" : `the pod ${pod} has no`;
    throw new MesoletError(
      `${where} ${pod === undefined ? "a " : ""}container of the service ${service}` +
        (near === undefined ? ": see mesolet ps -a" : `: did you mean ${near}?`),
      ExitCode.usage,
    );
  }
  return containers.filter((container) => !isPause(container) && services.includes(serviceOf(container)));
}

/**
 * The same containers with each port at the one that declares it: in `pod` mode the pause container publishes them for
 * the others, which is no matter of who looks at a list.
 */
export function withOwnPorts(containers: readonly ObservedContainer[]): ObservedContainer[] {
  const portsOf = (container: ObservedContainer) => (container.labels[Label.ports] ?? "").split(",");
  const isOf = (port: ObservedContainer["ports"][number], container: ObservedContainer) =>
    portsOf(container).includes(`${port.target}/${port.protocol}`);
  const members = (pause: ObservedContainer) =>
    containers.filter((each) => !isPause(each) && podOfContainer(each) === podOfContainer(pause));
  return containers.map((container) => {
    if (isPause(container)) {
      const others = members(container);
      return {
        ...container,
        ports: container.ports.filter((port) => !others.some((each) => isOf(port, each))),
      };
    }
    const pause = containers.find((each) =>
      isPause(each) && podOfContainer(each) === podOfContainer(container)
    );
    return container.state !== "running"
      ? container
      : { ...container, ports: publishedPorts(container, pause) };
  });
}

/** By pod, then the pause container, then by name and number. */
export function inOrder(containers: readonly ObservedContainer[]): ObservedContainer[] {
  const key = (container: ObservedContainer) =>
    [podOfContainer(container), isPause(container) ? "0" : "1", serviceOf(container)].join("\0");
  return [...containers].sort((left, right) => {
    const [leftKey, rightKey] = [key(left), key(right)];
    return leftKey === rightKey ? numberOf(left) - numberOf(right) : leftKey < rightKey ? -1 : 1;
  });
}
