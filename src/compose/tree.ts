/**
 * The tree that a Compose file is before it has types: what YAML gives, with every mapping free of a prototype, so
 * that a service may be called `constructor`.
 */

/** A float that YAML wrote as one and JavaScript would print as an integer: `1e6`, `12345678.0`. */
export class YamlFloat {
  constructor(readonly value: number) {}
}

/** A date that YAML was not told to be text. Go's YAML makes a point of time of it, which fits no field. */
export class YamlDate {
  constructor(readonly text: string) {}
}

/** Anything in a tree. A bigint is an integer that a number cannot hold exactly. */
export type Tree = null | boolean | number | bigint | string | YamlFloat | YamlDate | Tree[] | Mapping;

/** A mapping of a tree; made by {@linkcode emptyMapping} only. */
export interface Mapping {
  [key: string]: Tree;
}

/**
 * Makes objects that inherit nothing, as `Object.create(null)` does. Those are hash tables to V8, which take three times
 * as long to fill and to walk through; these have shapes.
 */
const Bare = function () {} as unknown as { new (): Mapping; prototype: object };
Bare.prototype = Object.freeze(Object.create(null));

/** The way to a value: keys and list indices. */
export type PathSegments = readonly (string | number)[];

/** Makes a mapping that inherits nothing. */
export function emptyMapping(): Mapping {
  return new Bare();
}

/** Makes a mapping without a prototype from the entries of an object. */
export function mappingOf(entries: Record<string, Tree>): Mapping {
  return Object.assign(emptyMapping(), entries);
}

/** Says whether a value is a mapping. */
export function isMapping(value: Tree | undefined): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof YamlFloat) && !(value instanceof YamlDate);
}

/** Copies a tree, sharing nothing. */
export function cloneTree(value: Tree): Tree {
  if (Array.isArray(value)) return value.map(cloneTree);
  if (!isMapping(value)) return value;
  return cloneMapping(value);
}

/** Copies a mapping, sharing nothing. */
export function cloneMapping(mapping: Mapping): Mapping {
  const copy = emptyMapping();
  for (const key in mapping) copy[key] = cloneTree(mapping[key] as Tree);
  return copy;
}

/** Says whether two trees are equal; the order of keys does not count. */
export function equalTrees(left: Tree, right: Tree): boolean {
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length &&
      left.every((item, index) => equalTrees(item, right[index] as Tree));
  }
  if (left instanceof YamlFloat) return right instanceof YamlFloat && left.value === right.value;
  if (left instanceof YamlDate) return right instanceof YamlDate && left.text === right.text;
  if (isMapping(left)) {
    if (!isMapping(right)) return false;
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length) return false;
    return keys.every((key) => key in right && equalTrees(left[key] as Tree, right[key] as Tree));
  }
  return left === right;
}

const plainKey = /^[^\s.[\]"]+$/;

/** Writes a path as a person does: `services.web.ports[0]`, `services.web.labels["a.b"]`. */
export function formatPath(segments: PathSegments): string {
  let text = "";
  for (const segment of segments) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (!plainKey.test(segment)) text += `[${JSON.stringify(segment)}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

/** Reads what {@linkcode formatPath} wrote. A part that it cannot read becomes a key of its own. */
export function parsePath(text: string): (string | number)[] {
  const segments: (string | number)[] = [];
  const part = /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g;
  for (const match of text.matchAll(part)) {
    if (match[1] !== undefined) segments.push(Number(match[1]));
    else if (match[2] !== undefined) segments.push(JSON.parse(match[2]) as string);
    else if (match[3] !== undefined) segments.push(match[3]);
  }
  return segments;
}
