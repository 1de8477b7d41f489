/** The resources that an agent offers, and what is left of them when some are taken. */

import type { Resource, ValueRange } from "../../wire/messages.ts";
import type { Lack } from "./lack.ts";
import { type Needs, type PortNeed, type ScalarName, scalarNames, scalars, thousandths } from "./needs.ts";

/** Resources that were taken. */
export interface Taken {
  /** As they have to be named in a task: roles, reservations and allocation as they were offered. */
  readonly resources: readonly Resource[];
  /** In the order of the needs. */
  readonly ports: readonly number[];
}

/** One offered resource, and how much of it is left. */
interface Lot {
  readonly resource: Resource;
  /** Thousandths of a scalar. */
  amount: number;
  ranges: readonly ValueRange[];
}

/**
 * What one agent offers to one role, over however many offers. Takings are made one after the other; each leaves less.
 *
 * Reserved resources go first, those of the deepest reservation before others, so that what is left is of use for other
 * roles. Never taken are revocable resources, volumes that hold data, and disks other than the agent's own.
 */
export class AvailableResources {
  readonly #lots: Lot[];
  /** What is left of all lots: it is asked for far more often than anything is taken. */
  readonly #left: Record<ScalarName, number> = { cpus: 0, memory: 0, disk: 0, gpus: 0 };
  #ports = 0;

  constructor(resources: readonly Resource[]) {
    this.#lots = resources.filter(isUsable)
      .map((resource) => ({
        resource,
        amount: thousandths(resource.scalar?.value ?? 0),
        ranges: resource.ranges?.range ?? [],
      }))
      .sort((one, other) => depthOf(other.resource) - depthOf(one.resource));
    this.#count();
  }

  /** Thousandths that are left of a scalar. */
  left(name: ScalarName): number {
    return this.#left[name];
  }

  /** How many ports are left. */
  get portsLeft(): number {
    return this.#ports;
  }

  /** Whether these needs can be met. */
  has(needs: Needs): boolean {
    if (needs.cpus > this.#left.cpus || needs.memory > this.#left.memory) return false;
    if (needs.disk > this.#left.disk || needs.gpus > this.#left.gpus) return false;
    return needs.ports.length === 0 || this.#lacksOfPorts(needs.ports).length === 0;
  }

  /** What is missing for these needs; nothing where they can be met. */
  lacks(needs: Needs): Lack[] {
    const lacks: Lack[] = [];
    for (const name of scalars) {
      const needed = needs[name];
      if (needed <= 0) continue;
      const offered = this.left(name);
      if (offered < needed) lacks.push({ kind: "scalar", name, needed, offered });
    }
    if (needs.ports.length > 0) lacks.push(...this.#lacksOfPorts(needs.ports));
    return lacks;
  }

  /** Takes what is needed, or nothing at all: then undefined. */
  take(needs: Needs): Taken | undefined {
    if (this.lacks(needs).length > 0) return undefined;
    const resources: Resource[] = [];
    for (const name of scalars) resources.push(...this.#takeScalar(scalarNames[name], needs[name]));
    const { ports, of } = this.#takePorts(needs.ports);
    this.#count();
    return { resources: [...resources, ...of], ports };
  }

  #count(): void {
    for (const name of scalars) {
      const wire = scalarNames[name];
      this.#left[name] = this.#lots.reduce(
        (sum, { resource, amount }) => resource.name === wire ? sum + amount : sum,
        0,
      );
    }
    this.#ports = this.#portLots().reduce((sum, { ranges }) => sum + countOf(ranges), 0);
  }

  #lacksOfPorts(needs: readonly PortNeed[]): Lack[] {
    const fixed = new Set<number>();
    const lacks: Lack[] = [];
    for (const { fixed: port } of needs) {
      if (port === undefined) continue;
      if (fixed.has(port) || this.#lotOfPort(port) === undefined) lacks.push({ kind: "port", port });
      fixed.add(port);
    }
    if (lacks.length > 0) return lacks;
    const offered = this.portsLeft;
    return offered < needs.length ? [{ kind: "ports", needed: needs.length, offered }] : [];
  }

  #takeScalar(name: string, needed: number): Resource[] {
    const taken: Resource[] = [];
    for (const lot of this.#lots) {
      if (needed <= 0) break;
      if (lot.resource.name !== name || lot.amount <= 0) continue;
      const amount = Math.min(lot.amount, needed);
      lot.amount -= amount;
      needed -= amount;
      taken.push({ ...lot.resource, scalar: { value: amount / 1000 } });
    }
    return taken;
  }

  #takePorts(needs: readonly PortNeed[]): { readonly ports: number[]; readonly of: Resource[] } {
    const ofLots = new Map<Lot, number[]>();
    const takeFrom = (lot: Lot, port: number) => {
      lot.ranges = without(lot.ranges, port);
      ofLots.set(lot, [...ofLots.get(lot) ?? [], port]);
      return port;
    };
    // The others must not take what only one of them can have.
    const taken = needs.map(({ fixed }) => {
      const lot = fixed === undefined ? undefined : this.#lotOfPort(fixed);
      return lot === undefined || fixed === undefined ? undefined : takeFrom(lot, fixed);
    });
    const ports = taken.map((port) => {
      if (port !== undefined) return port;
      const lot = this.#portLots().find(({ ranges }) => ranges.length > 0);
      const first = lot?.ranges[0];
      if (lot === undefined || first === undefined) throw new Error("ports were counted before");
      return takeFrom(lot, first.begin);
    });
    const of = [...ofLots].map(([lot, own]) => ({ ...lot.resource, ranges: { range: rangesOf(own) } }));
    return { ports, of };
  }

  #portLots(): Lot[] {
    return this.#lots.filter(({ resource }) => resource.name === "ports");
  }

  #lotOfPort(port: number): Lot | undefined {
    return this.#portLots().find(({ ranges }) =>
      ranges.some(({ begin, end }) => begin <= port && port <= end)
    );
  }
}

function isUsable({ name, revocable, shared, disk, scalar, ranges }: Resource): boolean {
  if (revocable !== undefined || shared !== undefined) return false;
  if (disk?.persistence !== undefined || disk?.source !== undefined || disk?.volume !== undefined) {
    return false;
  }
  return name === "ports" ? ranges !== undefined : scalar !== undefined;
}

/** How many layers of reservation a resource has; the older form of Mesos has one, or none for `*`. */
function depthOf({ reservations = [], role = "*" }: Resource): number {
  return reservations.length > 0 ? reservations.length : role === "*" ? 0 : 1;
}

function countOf(ranges: readonly ValueRange[]): number {
  return ranges.reduce((sum, { begin, end }) => sum + end - begin + 1, 0);
}

function without(ranges: readonly ValueRange[], port: number): ValueRange[] {
  return ranges.flatMap(({ begin, end }) => {
    if (port < begin || port > end) return [{ begin, end }];
    return [{ begin, end: port - 1 }, { begin: port + 1, end }].filter((range) => range.begin <= range.end);
  });
}

function rangesOf(ports: readonly number[]): ValueRange[] {
  const ranges: { begin: number; end: number }[] = [];
  for (const port of [...ports].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last?.end === port - 1) last.end = port;
    else ranges.push({ begin: port, end: port });
  }
  return ranges;
}
