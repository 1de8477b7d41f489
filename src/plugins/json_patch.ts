/** JSON Patch (RFC 6902), by the rules of JSON Pointer (RFC 6901). */

/** A patch does not fit the document. The message says which operation, and why. */
export class PatchProblem extends Error {
  override readonly name = "PatchProblem";
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/**
 * Applies a patch; the document stays as it is.
 *
 * @param largest characters of JSON that copies may make of it: each may double it
 * @throws {PatchProblem} where the patch is none, or does not fit
 */
export function applyPatch(document: unknown, patch: readonly unknown[], largest: number): unknown {
  let result: unknown = structuredClone(document);
  patch.forEach((given, index) => {
    const operation = readOperation(given, index);
    try {
      result = applyOne(result, operation);
      if (operation.op === "copy" && JSON.stringify(result).length > largest) {
        throw new PatchProblem("what comes of it is too large");
      }
    } catch (error) {
      if (!(error instanceof PatchProblem)) throw error;
      throw new PatchProblem(`operation ${index} (${operation.op} ${operation.path}): ${error.message}`);
    }
  });
  return result;
}

function readOperation(given: unknown, index: number): Operation {
  const { op, path, from, value } = isRecord(given) ? given : {};
  if (typeof op !== "string" || typeof path !== "string") {
    throw new PatchProblem(`operation ${index} has no op and path`);
  }
  const needsFrom = op === "move" || op === "copy";
  if (needsFrom && typeof from !== "string") throw new PatchProblem(`operation ${index} (${op}) has no from`);
  const needsValue = op === "add" || op === "replace" || op === "test";
  if (needsValue && (!isRecord(given) || !Object.hasOwn(given, "value"))) {
    throw new PatchProblem(`operation ${index} (${op}) has no value`);
  }
  return { op, path, ...(typeof from === "string" ? { from } : {}), value };
}

function applyOne(document: unknown, { op, path, from = "", value }: Operation): unknown {
  const keys = keysOf(path);
  switch (op) {
    case "add":
      return put(document, keys, structuredClone(value), "add");
    case "remove":
      return remove(document, keys);
    case "replace":
      return put(document, keys, structuredClone(value), "replace");
    case "copy":
      return put(document, keys, structuredClone(get(document, keysOf(from))), "add");
    case "move": {
      const moved = get(document, keysOf(from));
      if (path.startsWith(`${from}/`)) throw new PatchProblem(`${from} cannot be moved into itself`);
      return put(remove(document, keysOf(from)), keys, moved, "add");
    }
    case "test":
      if (!equal(get(document, keys), value)) throw new PatchProblem("the value there is another one");
      return document;
    default:
      throw new PatchProblem("is no operation: there are add, remove, replace, move, copy and test");
  }
}

function keysOf(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new PatchProblem("a path begins with /");
  return pointer.slice(1).split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function get(document: unknown, keys: readonly string[]): unknown {
  let value = document;
  for (const key of keys) {
    if (Array.isArray(value)) value = value[indexOf(value, key, false)];
    else if (isRecord(value) && Object.hasOwn(value, key)) value = value[key];
    else throw new PatchProblem(`there is no ${key}`);
  }
  return value;
}

function put(document: unknown, keys: readonly string[], value: unknown, how: "add" | "replace"): unknown {
  const last = keys.at(-1);
  if (last === undefined) return value;
  const parent = get(document, keys.slice(0, -1));
  if (Array.isArray(parent)) {
    parent.splice(indexOf(parent, last, how === "add"), how === "add" ? 0 : 1, value);
  } else if (!isRecord(parent)) throw new PatchProblem("there is nothing that could hold it");
  else {
    if (how === "replace" && !Object.hasOwn(parent, last)) throw new PatchProblem(`there is no ${last}`);
    // No key is to be taken for one that every object has.
    Object.defineProperty(parent, last, { value, writable: true, enumerable: true, configurable: true });
  }
  return document;
}

function remove(document: unknown, keys: readonly string[]): unknown {
  const last = keys.at(-1);
  if (last === undefined) throw new PatchProblem("the whole cannot be removed");
  const parent = get(document, keys.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(indexOf(parent, last, false), 1);
  else if (isRecord(parent) && Object.hasOwn(parent, last)) delete parent[last];
  else throw new PatchProblem(`there is no ${last}`);
  return document;
}

function indexOf(list: readonly unknown[], key: string, mayAppend: boolean): number {
  if (key === "-" && mayAppend) return list.length;
  const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > list.length || (index === list.length && !mayAppend)) {
    throw new PatchProblem(`${key} is no place in a list of ${list.length}`);
  }
  return index;
}

function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length &&
      one.every((value, index) => equal(value, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && equal(one[key], other[key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
