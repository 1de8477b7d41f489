import type { Container, Port } from "../pod/model.ts";
import type { PlacementProblems } from "./placement_problems.ts";

/** Ports that a container listens on, as far as its spec says: published ones and exposed ones. */
export function claimedPorts(container: Container): { readonly key: string; readonly field: string }[] {
  const claims = new Map<string, string>();
  container.ports.forEach((port, index) => {
    const key = `${port.target}/${port.protocol}`;
    if (!claims.has(key)) claims.set(key, `ports[${index}]`);
  });
  container.exposed.forEach((text, index) => {
    const [range = "", protocol = "tcp"] = text.split("/");
    const [first = "", last = first] = range.split("-");
    for (let port = Number(first); port <= Number(last); port++) {
      const key = `${port}/${protocol}`;
      if (!claims.has(key)) claims.set(key, `expose[${index}]`);
    }
  });
  return [...claims].map(([key, field]) => ({ key, field }));
}

/**
 * Refuses two containers of one network namespace that claim the same port: the second one to start would fail to
 * bind it, long after the pod was reported to be up.
 */
export function refuseSharedClaims(containers: readonly Container[], problems: PlacementProblems): void {
  const owners = new Map<string, string>();
  for (const container of containers) {
    const claims = claimedPorts(container);
    const [first] = claims;
    if (container.replicas > 1 && first !== undefined) {
      problems.error(
        container.name,
        first.field,
        `${container.replicas} replicas cannot all listen on ${first.key} in one network namespace: ` +
          "run one, or set x-pod.network: services",
      );
    }
    for (const { key, field } of claims) {
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, container.name);
      else {
        problems.error(
          container.name,
          field,
          `port ${key} is claimed by ${owner} as well, and containers of a pod share one network namespace: ` +
            "let one listen on another port, or set x-pod.network: services",
        );
      }
    }
  }
}

/** Refuses two ports that ask for the same fixed port of the host; a port of all addresses clashes with any. */
export function refuseSharedHostPorts(containers: readonly Container[], problems: PlacementProblems): void {
  // By port, since a range may have all of them.
  const taken = new Map<string, { readonly port: Port; readonly owner: string }[]>();
  for (const container of containers) {
    container.ports.forEach((port, index) => {
      if (port.published === undefined || port.published === "0" || port.published.includes("-")) return;
      const owner = `${container.name}:${port.target}`;
      const key = `${port.published}/${port.protocol}`;
      const same = taken.get(key) ?? [];
      const clash = same.find((other) => other.owner !== owner && clashes(other.port, port));
      same.push({ port, owner });
      taken.set(key, same);
      if (clash === undefined) return;
      problems.error(
        container.name,
        `ports[${index}]`,
        `host port ${port.hostAddress ?? "0.0.0.0"}:${port.published}/${port.protocol} is published for ` +
          `${clash.owner} as well: choose another`,
      );
    });
  }
}

/** Whether two of one number and protocol do. */
function clashes(one: Port, other: Port): boolean {
  const [first, second] = [one.hostAddress, other.hostAddress];
  return isEveryAddress(first) || isEveryAddress(second) || first === second;
}

function isEveryAddress(address: string | undefined): boolean {
  return address === undefined || address === "0.0.0.0" || address === "::";
}
