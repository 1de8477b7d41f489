/** Which ports of an agent a pod needs, and which of its own ports each of them becomes. */

import { ProblemList } from "../../../compose/problem_list.ts";
import type { Container, Pod } from "../../../pod/model.ts";
import { assignPorts } from "../../task/assign_ports.ts";
import type { OfferedPorts } from "../../task/offered_ports.ts";
import { type PortDemand, portDemands } from "../../task/port_demands.ts";
import { type PortWish, readPortWishes } from "../../task/port_wishes.ts";
import type { PortNeed } from "../placement/needs.ts";
import type { TaskPort } from "./pod_wish.ts";

/** The ports that a pod needs. */
export interface PortNeeds {
  /** In the order of PORT0, PORT1 …. */
  readonly needs: readonly PortNeed[];
  readonly ports: readonly TaskPort[];
}

/** A need while its place is sought. */
interface Wanted {
  readonly fixed: number | undefined;
  /** Of `PORT2` the 2. */
  readonly index: number | undefined;
  /** What discovery calls it. */
  readonly name: string;
}

const highestPort = 65_535;

/**
 * One need for each published port, as the executor will look for them: a port of the host that the spec fixes has to be
 * offered, every other may be any. A container on the host's network needs the very ports that it says it listens on.
 *
 * What comes of them is asked of the executor's own rules (`assignPorts`), with numbers that stand for offered ports: so
 * an agent does what was meant here.
 *
 * @param texts `x-pod.ports`, as written
 */
export function portNeedsOf(
  given: Pick<Pod, "containers" | "network">,
  texts: readonly string[],
  problems: ProblemList,
): PortNeeds {
  const pod = { network: given.network, containers: given.containers.map(withoutRanges) };
  const wishes = readPortWishes(texts, pod.containers, anyPort(texts), "x-pod.ports", problems);
  const wanted = inOrder(wantedPorts(pod, wishes), problems);
  const stand = standIns(wanted);
  const offered: OfferedPorts = {
    ordered: stand,
    names: new Map(wanted.map(({ name }, index) => [stand[index] ?? 0, name])),
  };
  if (problems.problems.some(({ severity }) => severity === "error")) return { needs: [], ports: [] };
  const found = new ProblemList();
  const real = readPortWishes(texts, pod.containers, offered, "x-pod.ports", found);
  const { assigned } = assignPorts(pod, offered, real, found);
  for (const problem of found.problems) problems.problems.push(problem);
  return {
    needs: wanted.map(({ fixed }) => fixed === undefined ? {} : { fixed }),
    ports: assigned.map(({ container, target, protocol, hostPort }) => {
      const need = stand.indexOf(hostPort);
      return { need, name: wanted[need]?.name ?? "", protocol, container, target };
    }),
  };
}

/** A range is any of its ports, of which an agent seldom offers one: it counts as any port. */
function withoutRanges(container: Container): Container {
  return {
    ...container,
    ports: container.ports.map(({ published, ...port }) =>
      published === undefined || published.includes("-") ? port : { ...port, published }
    ),
  };
}

function wantedPorts(pod: Pick<Pod, "containers" | "network">, wishes: readonly PortWish[]): Wanted[] {
  const { containers, onHost, demands } = portDemands(pod, wishes);
  const wanted: Wanted[] = [];
  const add = (one: Wanted) => {
    // Two protocols of one number are one port for Mesos.
    if (one.fixed === undefined || wanted.every(({ fixed }) => fixed !== one.fixed)) wanted.push(one);
  };
  for (const demand of demands) add(wantedFor(demand, wishes));
  for (const { name, ports } of containers) {
    if (!onHost.has(name)) continue;
    for (const port of ports) {
      add({ fixed: port.target, index: undefined, name: port.name ?? `${name}-${port.target}` });
    }
  }
  return wanted;
}

function wantedFor({ container, entries }: PortDemand, wishes: readonly PortWish[]): Wanted {
  const [first] = entries;
  const wish = wishes.find((each) =>
    each.container === container &&
    entries.some(({ target, protocol }) => target === each.target && (each.protocol ?? protocol) === protocol)
  );
  const host = hostOf(wish?.text ?? "");
  const ownName = entries.find(({ name }) => name !== undefined)?.name ?? `${container}-${first?.target}`;
  if (host.kind === "index") return { fixed: undefined, index: host.index, name: ownName };
  if (host.kind === "name") return { fixed: undefined, index: undefined, name: host.name };
  const published = host.kind === "port" ? host.port : Number(first?.published ?? 0);
  return { fixed: published > 0 ? published : undefined, index: undefined, name: ownName };
}

type WishedHost =
  | { readonly kind: "none" }
  | { readonly kind: "port"; readonly port: number }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "name"; readonly name: string };

/** What stands behind the `=` of a wish. */
function hostOf(text: string): WishedHost {
  const host = text.replace(/\s+/g, "").split("=")[1] ?? "";
  if (host === "") return { kind: "none" };
  if (/^\d+$/.test(host)) return { kind: "port", port: Number(host) };
  const index = /^PORT(\d*)$/.exec(host)?.[1];
  return index === undefined ? { kind: "name", name: host } : { kind: "index", index: Number(index) };
}

/** Whatever a wish may name: it is read for what it is about, before there are ports. */
function anyPort(texts: readonly string[]): OfferedPorts {
  if (texts.length === 0) return { ordered: [], names: new Map() };
  const names = texts.flatMap((text) => {
    const host = hostOf(text);
    return host.kind === "name" ? [host.name] : [];
  });
  return {
    ordered: Array.from({ length: highestPort }, (_, index) => index + 1),
    names: new Map(names.map((name, index) => [index + 1, name])),
  };
}

/** Puts what asks for `PORT2` into the third place. */
function inOrder(wanted: readonly Wanted[], problems: ProblemList): Wanted[] {
  const places = new Map<number, Wanted>();
  for (const one of wanted) {
    if (one.index === undefined) continue;
    if (one.index >= wanted.length) {
      const last = wanted.length - 1;
      problems.error("x-pod.ports", `there is no PORT${one.index}: the pod has PORT0 to PORT${last}`);
    } else if (places.has(one.index)) {
      problems.error("x-pod.ports", `PORT${one.index} is there twice: one port of the pod can have it`);
    } else places.set(one.index, one);
  }
  const placed = new Set(places.values());
  const others = wanted.filter((one) => !placed.has(one));
  return wanted.flatMap((_, place) => places.get(place) ?? others.shift() ?? []);
}

/** A number for each: the fixed ones themselves, and for the others those that nobody fixes. */
function standIns(wanted: readonly Wanted[]): number[] {
  const taken = new Set(wanted.map(({ fixed }) => fixed));
  let next = 1;
  return wanted.map(({ fixed }) => {
    if (fixed !== undefined) return fixed;
    while (taken.has(next)) next++;
    return next++;
  });
}
