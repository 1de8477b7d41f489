import type { ProblemList } from "../../compose/problem_list.ts";
import type { Container, Port } from "../../pod/model.ts";
import type { OfferedPorts } from "./offered_ports.ts";

/** A port of a container that is to have a certain port of the host. */
export interface PortWish {
  readonly container: string;
  readonly target: number;
  /** Absent: every protocol that the target is published for; tcp where it is published for none. */
  readonly protocol?: Port["protocol"];
  readonly hostPort: number;
  /** As it was written, for messages. */
  readonly text: string;
}

/**
 * Reads wishes: `[CONTAINER:]TARGET[/PROTOCOL]=HOST` or `NAME=HOST`, where NAME is the name of a port in the spec, and
 * HOST a port that is offered, `PORT0`, `PORT1` …, or the name of a port of the task's discovery.
 *
 * @param path of the label or field that they stand in
 */
export function readPortWishes(
  texts: readonly string[],
  containers: readonly Container[],
  offered: OfferedPorts,
  path: string,
  problems: ProblemList,
): PortWish[] {
  return texts.flatMap((text) => {
    try {
      return [readWish(text, containers, offered)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.error(path, error.message);
      return [];
    }
  });
}

function readWish(text: string, containers: readonly Container[], offered: OfferedPorts): PortWish {
  const [, wanted = "", host = ""] = /^([^=]+)=([^=]+)$/.exec(text.replace(/\s+/g, "")) ?? [];
  if (wanted === "") {
    throw new RangeError(`${JSON.stringify(text)} is not of the form web:80=31005 or web:80=PORT0`);
  }
  const hostPort = hostPortOf(host, text, offered);
  const target = /^(?:(.+):)?(\d+)(?:\/(tcp|udp|sctp))?$/i.exec(wanted);
  if (target === null) return { ...namedPort(wanted, text, containers), hostPort, text };
  const [, name, number = "", protocol] = target;
  const port = Number(number);
  if (port < 1 || port > 65_535) throw new RangeError(`${JSON.stringify(text)}: ${number} is no port`);
  return {
    container: containerOf(name, port, text, containers),
    target: port,
    ...(protocol === undefined ? {} : { protocol: protocol.toLowerCase() as Port["protocol"] }),
    hostPort,
    text,
  };
}

function hostPortOf(host: string, text: string, { ordered, names }: OfferedPorts): number {
  const index = /^PORT(\d*)$/.exec(host)?.[1];
  const named = [...names].find(([, name]) => name === host)?.[0];
  const port = /^\d+$/.test(host)
    ? ordered.find((offered) => offered === Number(host))
    : named ?? (index === undefined ? undefined : ordered[Number(index)]);
  if (port !== undefined) return port;
  throw new RangeError(
    `${JSON.stringify(text)}: ${host} is none of the task's ports: ${describePorts(ordered)}`,
  );
}

function namedPort(
  name: string,
  text: string,
  containers: readonly Container[],
): Pick<PortWish, "container" | "target" | "protocol"> {
  for (const container of containers) {
    const port = container.ports.find((each) => each.name === name);
    if (port !== undefined) {
      return { container: container.name, target: port.target, protocol: port.protocol };
    }
  }
  throw new RangeError(`${JSON.stringify(text)}: no port of the pod has the name ${name}`);
}

function containerOf(
  name: string | undefined,
  target: number,
  text: string,
  containers: readonly Container[],
): string {
  const all = containers.map((container) => container.name);
  if (name !== undefined) {
    if (all.includes(name)) return name;
    throw new RangeError(
      `${JSON.stringify(text)}: no container is called ${name}: use one of ${all.join(", ")}`,
    );
  }
  const publishing = containers.filter(({ ports }) => ports.some((port) => port.target === target));
  const [only, ...others] = publishing.length > 0 ? publishing : containers;
  if (only !== undefined && others.length === 0) return only.name;
  throw new RangeError(
    `${JSON.stringify(text)} does not say which container it is for: write web:${target}=…`,
  );
}

/** Ports for a message, in ranges. */
export function describePorts(ports: readonly number[]): string {
  if (ports.length === 0) return "none";
  const sorted = [...ports].sort((left, right) => left - right);
  const ranges: [number, number][] = [];
  for (const port of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && port === last[1] + 1) last[1] = port;
    else ranges.push([port, port]);
  }
  const shown = ranges.slice(0, 20).map(([first, last]) => first === last ? `${first}` : `${first}-${last}`);
  return `${shown.join(", ")}${ranges.length > shown.length ? " …" : ""}`;
}
