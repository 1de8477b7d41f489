import type { ObservedContainer } from "../plan/observed.ts";
import { runningImage } from "../plan/running_image.ts";
import { formatAge } from "./human.ts";
import { numberOf, podOfContainer, serviceOf } from "./observed_names.ts";
import { isPause } from "../supervisor/replica_name.ts";
import type { Style } from "./style.ts";
import { renderTable, type TableColumn } from "./text_table.ts";

/** The lines of `mesolet ps`. `now`: milliseconds since 1970. */
export function containerTable(
  containers: readonly ObservedContainer[],
  options: {
    readonly now: number;
    readonly style: Style;
    readonly width?: number;
    readonly withPod: boolean;
  },
): string[] {
  const columns: TableColumn<ObservedContainer>[] = [
    ...(options.withPod ? [{ title: "POD", text: podOfContainer, shrinksTo: 8 }] : []),
    { title: "NAME", text: (container) => container.name, shrinksTo: 12 },
    { title: "IMAGE", text: imageText, shrinksTo: 10 },
    {
      title: "SERVICE",
      text: (container) => isPause(container) ? "(pause)" : serviceOf(container),
      shrinksTo: 8,
    },
    {
      title: "STATE",
      text: stateText,
      paint: (cell, container) => stateColour(container, options.style)(cell),
    },
    { title: "AGE", text: (container) => formatAge(options.now - container.created * 1000) },
    { title: "PORTS", text: portsText, shrinksTo: 12 },
  ];
  return renderTable(columns, containers, options.width);
}

/** `busybox:1`; of one that runs by digest the beginning of that too: `busybox:1@sha256:0123456789ab`. */
function imageText(container: ObservedContainer): string {
  const { image, digest } = runningImage(container);
  if (digest === undefined) return image;
  const [algorithm = "", hash = ""] = digest.split(":");
  return `${image.replace(/@.*$/, "")}@${algorithm}:${hash.slice(0, 12)}`;
}

/** `running (healthy)`, `exited (3)`. */
export function stateText(container: ObservedContainer): string {
  if (container.state === "running" && container.health !== undefined) return `running (${container.health})`;
  if (container.state === "exited" && container.exitCode !== undefined) {
    return `exited (${container.exitCode})`;
  }
  return container.state;
}

function stateColour(container: ObservedContainer, style: Style): (text: string) => string {
  switch (container.state) {
    case "running":
      if (container.health === "unhealthy") return style.red;
      return container.health === "starting" ? style.yellow : style.green;
    case "exited":
      return container.exitCode === 0 ? style.dim : style.red;
    case "dead":
      return style.red;
    default:
      return style.yellow;
  }
}

/**
 * `0.0.0.0:8080->80/tcp, 9000/udp`. The same port on the wildcard addresses of IPv4 and IPv6 is one, and neighbouring
 * ports are a range.
 */
export function portsText(container: Pick<ObservedContainer, "ports">): string {
  const seen = new Set<string>();
  const ports = [...container.ports]
    .sort((left, right) => left.target - right.target || left.published - right.published)
    .flatMap((port) => {
      const address = port.hostAddress === "::" ? "0.0.0.0" : port.hostAddress;
      const key = `${address} ${port.published} ${port.target} ${port.protocol}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ ...port, hostAddress: address, last: port.target }];
    });
  const runs: typeof ports = [];
  for (const port of ports) {
    const run = runs.findLast((each) =>
      each.hostAddress === port.hostAddress && each.protocol === port.protocol &&
      each.last + 1 === port.target &&
      (port.published === 0
        ? each.published === 0
        : each.published + each.last + 1 - each.target === port.published)
    );
    if (run === undefined) runs.push({ ...port });
    else run.last = port.target;
  }
  return runs.map((run) => {
    const length = run.last - run.target;
    const range = (first: number) => length === 0 ? `${first}` : `${first}-${first + length}`;
    const target = `${range(run.target)}/${run.protocol}`;
    if (run.published === 0) return target;
    const host = run.hostAddress.includes(":") ? `[${run.hostAddress}]` : run.hostAddress;
    return `${host}:${range(run.published)}->${target}`;
  }).join(", ");
}

/** A container as `ps --format json` prints it. */
export function containerJson(container: ObservedContainer): Record<string, unknown> {
  return {
    pod: podOfContainer(container),
    service: serviceOf(container),
    number: numberOf(container),
    name: container.name,
    id: container.id,
    role: isPause(container) ? "pause" : "container",
    ...runningImage(container),
    imageId: container.imageId,
    state: container.state,
    ...(container.health === undefined ? {} : { health: container.health }),
    ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    created: new Date(container.created * 1000).toISOString(),
    addresses: Object.values(container.networks).flatMap(({ address }) =>
      address === undefined ? [] : [address]
    ),
    ports: container.ports,
  };
}
