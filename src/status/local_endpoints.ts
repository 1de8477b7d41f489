import type { PodEntry } from "../operator/pod_board.ts";
import type { ReachablePod, ReachablePort } from "../operator/reachable_pod.ts";
import type { ContainerStatus } from "../pod/status.ts";

/** What stands for every address of a host. */
const everyAddress = ["", "0.0.0.0", "::"];

/**
 * Where pods of this host are reached: what their containers publish that run and are not unhealthy. Each pod is one
 * instance, and one that does not run is none.
 *
 * @param hostname of this host, for ports that are published at every address of it
 */
export function localEndpoints(pods: readonly PodEntry[], hostname: string): ReachablePod[] {
  return pods.map(({ name, status, since }): ReachablePod => {
    const isReady = status.phase === "running";
    return {
      pod: name,
      ports: status.containers.flatMap((container) =>
        container.ports.filter(({ published }) => published > 0).map((port): ReachablePort => ({
          container: container.name,
          target: port.target,
          protocol: port.protocol,
          places: isReady && isWell(container)
            ? [{
              slot: 0,
              task: name,
              host: everyAddress.includes(port.hostAddress) ? hostname : port.hostAddress,
              port: port.published,
            }]
            : [],
        }))
      ).filter(isFirstOf),
      instances: isReady ? [{ slot: 0, task: name, agent: { id: hostname, hostname }, since }] : [],
    };
  });
}

function isWell({ state, health }: ContainerStatus): boolean {
  return state === "running" && (health === undefined || health === "healthy");
}

/** A port that is published for IPv4 and for IPv6 is one. */
function isFirstOf(port: ReachablePort, index: number, all: readonly ReachablePort[]): boolean {
  const key = (one: ReachablePort) => JSON.stringify([one.container, one.target, one.protocol, one.places]);
  return all.findIndex((other) => key(other) === key(port)) === index;
}
