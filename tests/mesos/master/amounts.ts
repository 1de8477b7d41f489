import type { Resource, ValueRange } from "../../../src/mesos/wire/messages.ts";

/** How much of one resource: thousandths of a scalar, ranges in order, or words. */
type Quantity =
  | { readonly kind: "scalar"; readonly thousandths: number }
  | { readonly kind: "ranges"; readonly ranges: readonly ValueRange[] }
  | { readonly kind: "set"; readonly items: readonly string[] };

interface Entry {
  /** Everything but the value. */
  readonly shape: Resource;
  readonly quantity: Quantity;
}

/**
 * Amounts of resources, as Mesos adds and compares them: what differs in reservation, disk or allocation is kept apart,
 * and scalars have three decimals. A value is never changed: every operation gives a new one.
 */
export class Amounts {
  static readonly none: Amounts = new Amounts(new Map());
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  static of(resources: readonly Resource[] = []): Amounts {
    const entries = new Map<string, Entry>();
    for (const resource of resources) {
      const entry = { shape: shapeOf(resource), quantity: quantityOf(resource) };
      addTo(entries, entry);
    }
    return new Amounts(entries);
  }

  get empty(): boolean {
    return this.#entries.size === 0;
  }

  plus(other: Amounts): Amounts {
    if (other.empty) return this;
    const entries = new Map(this.#entries);
    for (const entry of other.#entries.values()) addTo(entries, entry);
    return new Amounts(entries);
  }

  minus(other: Amounts): Amounts {
    if (other.empty) return this;
    const entries = new Map(this.#entries);
    for (const [key, { quantity }] of other.#entries) {
      const mine = entries.get(key);
      if (mine === undefined) continue;
      const left = subtract(mine.quantity, quantity);
      if (isNothing(left)) entries.delete(key);
      else entries.set(key, { shape: mine.shape, quantity: left });
    }
    return new Amounts(entries);
  }

  contains(other: Amounts): boolean {
    for (const [key, { quantity }] of other.#entries) {
      const mine = this.#entries.get(key);
      if (mine === undefined || !covers(mine.quantity, quantity)) return false;
    }
    return true;
  }

  /** The sum of a scalar over all reservations; undefined when there is none of it. */
  scalar(name: string): number | undefined {
    let sum: number | undefined;
    for (const { shape, quantity } of this.#entries.values()) {
      if (shape.name === name && quantity.kind === "scalar") sum = (sum ?? 0) + quantity.thousandths;
    }
    return sum === undefined ? undefined : sum / 1_000;
  }

  /** The same with another allocation; without a role, with none. */
  allocatedTo(role: string | undefined): Amounts {
    const entries = new Map<string, Entry>();
    for (const { shape, quantity } of this.#entries.values()) {
      const { allocation_info: _, ...rest } = shape;
      addTo(entries, {
        shape: role === undefined ? rest : { ...rest, allocation_info: { role } },
        quantity,
      });
    }
    return new Amounts(entries);
  }

  /** Those of which a test on everything but the value holds. */
  only(test: (shape: Resource) => boolean): Amounts {
    return new Amounts(new Map([...this.#entries].filter(([, { shape }]) => test(shape))));
  }

  /** The scalars alone: what can be added up over agents. Ports of two agents cannot. */
  get scalars(): Amounts {
    return this.only(({ type }) => type === "SCALAR");
  }

  /** With scalars cut down to what is left of each name; what is not limited stays. */
  atMost(limits: Readonly<Record<string, number>>): Amounts {
    const entries = new Map<string, Entry>();
    for (const [key, entry] of this.#entries) {
      const limit = limits[entry.shape.name];
      if (limit === undefined || entry.quantity.kind !== "scalar") {
        entries.set(key, entry);
        continue;
      }
      const thousandths = Math.min(entry.quantity.thousandths, Math.max(0, Math.round(limit * 1_000)));
      if (thousandths > 0) entries.set(key, { ...entry, quantity: { kind: "scalar", thousandths } });
    }
    return new Amounts(entries);
  }

  /** As messages. */
  toResources(): readonly Resource[] {
    return [...this.#entries.values()].map(({ shape, quantity }) => withValue(shape, quantity));
  }

  /** As messages, ranges and sets first: the order of offers. */
  toOffered(): readonly Resource[] {
    const all = this.toResources();
    return [...all.filter(({ type }) => type !== "SCALAR"), ...all.filter(({ type }) => type === "SCALAR")];
  }

  /** As Mesos prints it: `cpus(allocated: *):0.1; ports(allocated: *):[31000-31005]`. */
  toString(): string {
    return [...this.#entries.values()].map(({ shape, quantity }) =>
      `${nameText(shape)}:${valueText(quantity)}`
    )
      .join("; ");
  }

  /** Names with their values, each summed over all reservations: `{ cpus: 4, ports: "[31000-32000]" }`. */
  byName(): Readonly<Record<string, number | string>> {
    const merged = new Map<string, Quantity>();
    for (const { shape: { name }, quantity } of this.#entries.values()) {
      const known = merged.get(name);
      merged.set(name, known === undefined ? quantity : sum(known, quantity));
    }
    return Object.fromEntries(
      [...merged].map(([name, quantity]) => [
        name,
        quantity.kind === "scalar" ? quantity.thousandths / 1_000 : valueText(quantity),
      ]),
    );
  }
}

/** A resource as Mesos prints it, also when there is nothing of it: `cpus(allocated: *):0`. */
export function resourceText(resource: Resource): string {
  return `${nameText(shapeOf(resource))}:${valueText(quantityOf(resource))}`;
}

/** The same resource in today's form: reservations instead of `role` and `reservation`. */
export function upgraded(resource: Resource): Resource {
  const { role, reservation, ...rest } = resource;
  if ((rest.reservations?.length ?? 0) > 0 || role === undefined || role === "*") return rest;
  const own = reservation === undefined ? { type: "STATIC" as const } : { type: "DYNAMIC" as const };
  return { ...rest, reservations: [{ ...reservation, ...own, role }] };
}

/** The form for frameworks without RESERVATION_REFINEMENT: `role`, and `reservation` where it is dynamic. */
export function downgraded(resource: Resource): Resource {
  const { reservations = [], ...rest } = resource;
  const [last] = reservations;
  if (last === undefined) return { ...rest, role: "*" };
  const { type, role = "*", ...more } = last;
  return { ...rest, role, ...(type === "DYNAMIC" ? { reservation: more } : {}) };
}

function shapeOf(resource: Resource): Resource {
  const { scalar: _scalar, ranges: _ranges, set: _set, ...shape } = upgraded(resource);
  return shape;
}

function keyOf(shape: Resource): string {
  const { name, allocation_info, reservations, disk, revocable, shared, provider_id } = shape;
  const role = allocation_info?.role ?? "";
  if (
    reservations === undefined && disk === undefined && revocable === undefined && shared === undefined &&
    provider_id === undefined
  ) return `${name}\0${role}`;
  const kind = [reservations, disk, revocable !== undefined, shared !== undefined, provider_id];
  return `${name}\0${role}\0${JSON.stringify(kind)}`;
}

function quantityOf(resource: Resource): Quantity {
  switch (resource.type) {
    case "RANGES":
      return { kind: "ranges", ranges: merged(resource.ranges?.range ?? []) };
    case "SET":
      return { kind: "set", items: [...new Set(resource.set?.item ?? [])] };
    default:
      return { kind: "scalar", thousandths: Math.round((resource.scalar?.value ?? 0) * 1_000) };
  }
}

function addTo(entries: Map<string, Entry>, entry: Entry): void {
  const key = keyOf(entry.shape);
  const known = entries.get(key);
  const quantity = known === undefined ? entry.quantity : sum(known.quantity, entry.quantity);
  if (!isNothing(quantity)) entries.set(key, { shape: known?.shape ?? entry.shape, quantity });
}

function sum(one: Quantity, other: Quantity): Quantity {
  if (one.kind === "scalar" && other.kind === "scalar") {
    return { kind: "scalar", thousandths: one.thousandths + other.thousandths };
  }
  if (one.kind === "ranges" && other.kind === "ranges") {
    return { kind: "ranges", ranges: merged([...one.ranges, ...other.ranges]) };
  }
  if (one.kind === "set" && other.kind === "set") {
    return { kind: "set", items: [...new Set([...one.items, ...other.items])] };
  }
  return one;
}

function subtract(from: Quantity, taken: Quantity): Quantity {
  if (from.kind === "scalar" && taken.kind === "scalar") {
    return { kind: "scalar", thousandths: Math.max(0, from.thousandths - taken.thousandths) };
  }
  if (from.kind === "ranges" && taken.kind === "ranges") {
    let left = [...from.ranges];
    for (const { begin, end } of taken.ranges) {
      left = left.flatMap((range) => {
        if (end < range.begin || begin > range.end) return [range];
        const parts = [{ begin: range.begin, end: begin - 1 }, { begin: end + 1, end: range.end }];
        return parts.filter((part) => part.begin <= part.end);
      });
    }
    return { kind: "ranges", ranges: left };
  }
  if (from.kind === "set" && taken.kind === "set") {
    return { kind: "set", items: from.items.filter((item) => !taken.items.includes(item)) };
  }
  return from;
}

function covers(all: Quantity, part: Quantity): boolean {
  if (all.kind === "scalar" && part.kind === "scalar") return all.thousandths >= part.thousandths;
  if (all.kind === "ranges" && part.kind === "ranges") {
    return part.ranges.every((one) =>
      all.ranges.some((range) => range.begin <= one.begin && one.end <= range.end)
    );
  }
  return all.kind === "set" && part.kind === "set" && part.items.every((item) => all.items.includes(item));
}

function isNothing(quantity: Quantity): boolean {
  switch (quantity.kind) {
    case "scalar":
      return quantity.thousandths === 0;
    case "ranges":
      return quantity.ranges.length === 0;
    case "set":
      return quantity.items.length === 0;
  }
}

function merged(ranges: readonly ValueRange[]): readonly ValueRange[] {
  const sorted = [...ranges].sort((one, other) => one.begin - other.begin);
  const result: ValueRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && range.begin <= last.end + 1) {
      result[result.length - 1] = { begin: last.begin, end: Math.max(last.end, range.end) };
    } else result.push(range);
  }
  return result;
}

function withValue(shape: Resource, quantity: Quantity): Resource {
  switch (quantity.kind) {
    case "scalar":
      return { ...shape, scalar: { value: quantity.thousandths / 1_000 } };
    case "ranges":
      return { ...shape, ranges: { range: quantity.ranges } };
    case "set":
      return { ...shape, set: { item: quantity.items } };
  }
}

function nameText(shape: Resource): string {
  const { name, allocation_info, reservations = [], disk, revocable, shared } = shape;
  const allocated = allocation_info?.role === undefined ? "" : `(allocated: ${allocation_info.role})`;
  const layers = reservations.map(({ type, role, principal }) =>
    `(${[type, role, principal].filter((part) => part !== undefined).join(",")})`
  );
  const reserved = layers.length === 0 ? "" : `(reservations: [${layers.join(",")}])`;
  const volume = disk?.persistence === undefined ? "" : `[${disk.persistence.id}]`;
  return `${name}${allocated}${reserved}${volume}${revocable === undefined ? "" : "{REV}"}${
    shared === undefined ? "" : "<SHARED>"
  }`;
}

function valueText(quantity: Quantity): string {
  switch (quantity.kind) {
    case "scalar":
      return String(quantity.thousandths / 1_000);
    case "ranges":
      return `[${quantity.ranges.map(({ begin, end }) => `${begin}-${end}`).join(", ")}]`;
    case "set":
      return `{${quantity.items.join(", ")}}`;
  }
}
