/**
 * The exact YAML reader: slower than the fast one, it knows positions and tags and reads scalars as go-yaml v3 does.
 * It is loaded when first needed (`import("./yaml_exact.ts")`), because evaluating `yaml` costs start-up time.
 */

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { decodeBase64 } from "./base64.ts";
import { binderHint } from "./binder_hint.ts";
import { resolvePlainScalar } from "./scalars.ts";
import { emptyMapping, formatPath, isMapping, type Mapping, type PathSegments, type Tree } from "./tree.ts";
import {
  depthLimit,
  exactLimit,
  nodeLimit,
  tooManyNodes,
  type YamlDocument,
  YamlError,
} from "./yaml_document.ts";

/** What the loader needs of this module, so that it need not be loaded for files that do without. */
export interface LoadedExactReader {
  read(text: string): YamlDocument[];
  locate(text: string): YamlLocator;
}

/** A place in a text; both count from 1. */
export interface LineAndColumn {
  readonly line: number;
  readonly column: number;
}

/** Finds places in one text. */
export interface YamlLocator {
  /** Gives where the entry at a path stands, or the nearest place around it, and how many segments were found. */
  find(path: PathSegments): { position: LineAndColumn; depth: number } | undefined;
  /** Gives the line and column of an offset. */
  at(offset: number): LineAndColumn;
}

export const exactReader: LoadedExactReader = { read: readExact, locate: locateExact };

function parse(text: string): Document.Parsed[] {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    const documents = parseAllDocuments(source, {
      schema: "failsafe",
      // `%YAML 1.1` must not change what scalars mean.
      version: "1.2",
      uniqueKeys: false,
      merge: false,
      keepSourceTokens: false,
      logLevel: "silent",
      prettyErrors: false,
    });
    return Array.isArray(documents) ? documents as Document.Parsed[] : [];
  } catch (cause) {
    if (cause instanceof RangeError) throw new YamlError("nested too deeply", undefined, { cause });
    throw cause;
  }
}

function readExact(text: string): YamlDocument[] {
  const documents: YamlDocument[] = [];
  for (const document of parse(text)) {
    const error = document.errors[0];
    if (error !== undefined) {
      const reason = reasonOf(error.message) + binderHint(text, error.pos[0]);
      throw new YamlError(reason, error.pos[0], { cause: error });
    }
    const reader = new DocumentReader();
    // A document of blanks and comments only is none.
    if (document.contents === null && !document.directives?.docStart) continue;
    const value = reader.read(document.contents, []);
    documents.push({ value: value ?? null, resets: reader.resets });
  }
  return documents;
}

function reasonOf(message: string): string {
  return message.includes("call stack") ? "nested too deeply" : `not readable as YAML: ${message}`;
}

class DocumentReader {
  readonly resets: PathSegments[] = [];
  #nodes = 0;
  /** The anchored nodes that are being unfolded: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  /** The anchors so far, in the order of the text: an alias means the last one before it. */
  readonly #anchors = new Map<string, Node>();
  #unfolding = 0;

  /** Gives undefined for what `!reset` takes away. */
  read(node: Node | null | undefined, path: readonly (string | number)[]): Tree | undefined {
    if (++this.#nodes > nodeLimit) {
      throw new YamlError(tooManyNodes, node?.range?.[0]);
    }
    if (path.length > depthLimit) {
      throw new YamlError(`nested more than ${depthLimit} levels deep`, node?.range?.[0]);
    }
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.#readAlias(node, path);
    if (node.anchor !== undefined && this.#unfolding === 0) this.#anchors.set(node.anchor, node);
    if (node.tag === "!reset") {
      this.resets.push(path);
      return undefined;
    }
    if (node.tag === "!override") this.resets.push(path);
    this.#open.add(node);
    try {
      if (isScalar(node)) return readScalar(node);
      if (isSeq(node)) {
        const list: Tree[] = [];
        for (const [index, item] of node.items.entries()) {
          const value = this.read(item as Node, [...path, index]);
          if (value !== undefined) list.push(value);
        }
        return list;
      }
      return this.#readMap(node, path);
    } finally {
      this.#open.delete(node);
    }
  }

  #readAlias(node: Alias, path: readonly (string | number)[]): Tree | undefined {
    const target = this.#targetOf(node);
    if (this.#open.has(target)) {
      throw new YamlError(`alias *${node.source} contains itself`, node.range?.[0]);
    }
    this.#unfolding++;
    try {
      return this.read(target, path);
    } finally {
      this.#unfolding--;
    }
  }

  #targetOf(node: Alias): Node {
    const target = this.#anchors.get(node.source);
    if (target === undefined) throw new YamlError(`unknown alias *${node.source}`, node.range?.[0]);
    return target;
  }

  #readMap(node: YAMLMap, path: readonly (string | number)[]): Mapping {
    const mapping = emptyMapping();
    const merged: Tree[] = [];
    const seen = new Map<string, Node>();
    for (const pair of node.items) {
      const keyNode = this.#keyNode(pair.key as Node | null, path);
      const key = this.#keyText(keyNode, path);
      const first = seen.get(key);
      if (first !== undefined) {
        throw new YamlError(`key ${JSON.stringify(key)} is there twice`, keyNode.range?.[0]);
      }
      seen.set(key, keyNode);
      const isMerge = key === "<<" && keyNode.type === "PLAIN";
      const value = this.read(pair.value as Node | null, isMerge ? path : [...path, key]);
      if (isMerge) merged.push(...this.#mergeSources(value ?? null, keyNode));
      else if (value !== undefined) mapping[key] = value;
    }
    for (const source of merged) {
      if (!isMapping(source)) continue;
      for (const key in source) {
        if (!(key in mapping) && !seen.has(key)) mapping[key] = source[key] as Tree;
      }
    }
    return mapping;
  }

  #mergeSources(value: Tree, keyNode: Node): Tree[] {
    const sources = Array.isArray(value) ? value : [value];
    if (!sources.every(isMapping)) {
      throw new YamlError("<< takes a mapping or a list of mappings", keyNode.range?.[0]);
    }
    return sources;
  }

  #keyNode(node: Node | null, path: PathSegments): Scalar {
    const resolved = isAlias(node) ? this.#targetOf(node) : node;
    if (isScalar(resolved) && resolved.anchor !== undefined && resolved === node) {
      this.#anchors.set(resolved.anchor, resolved);
    }
    if (isScalar(resolved)) return resolved;
    const where = path.length === 0 ? "at the top" : `in ${formatPath(path)}`;
    throw new YamlError(`a key ${where} is not text`, node?.range?.[0]);
  }

  #keyText(node: Scalar, path: PathSegments): string {
    const value = readScalar(node);
    if (typeof value === "string") return value;
    const where = path.length === 0 ? "at the top" : `in ${formatPath(path)}`;
    const shown = value === null ? "null" : String(node.source ?? value);
    throw new YamlError(`key ${shown} ${where} is not text: put it in quotes`, node.range?.[0]);
  }
}

function readScalar(node: Scalar): Tree {
  const text = typeof node.value === "string" ? node.value : node.source ?? "";
  switch (node.tag) {
    case undefined:
    case "!override":
      break;
    case "tag:yaml.org,2002:str":
    case "!":
      return text;
    case "tag:yaml.org,2002:binary":
      return decodeBase64(text);
    case "tag:yaml.org,2002:float": {
      const value = resolvePlainScalar(text);
      return typeof value === "number" ? value : text;
    }
    default:
      // An unknown tag means nothing; the scalar is what it would be without it.
      break;
  }
  return node.type === "PLAIN" ? resolvePlainScalar(text) : text;
}

function locateExact(text: string): YamlLocator {
  const shift = text.startsWith("\uFEFF") ? 1 : 0;
  let documents: Document.Parsed[] | undefined;
  return {
    at: (offset) => lineAndColumn(text, offset),
    find(path) {
      if (text.length > exactLimit) return undefined;
      documents ??= parse(text);
      let best: { offset: number; depth: number } | undefined;
      for (const document of documents) {
        const found = findNode(document, path);
        // A later document is merged over an earlier one: its entry is the one that counts.
        if (found !== undefined && (best === undefined || found.depth >= best.depth)) best = found;
      }
      if (best === undefined) return undefined;
      return { position: lineAndColumn(text, best.offset + shift), depth: best.depth };
    },
  };
}

function lineAndColumn(text: string, offset: number): LineAndColumn {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

function findNode(
  document: Document.Parsed,
  path: PathSegments,
): { offset: number; depth: number } | undefined {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0];
  let depth = 0;
  for (const segment of path) {
    const next = stepInto(document, node, segment, 0);
    if (next === undefined) break;
    node = next.node;
    offset = next.offset;
    depth++;
  }
  return offset === undefined ? undefined : { offset, depth };
}

function stepInto(
  document: Document.Parsed,
  from: Node | null | undefined,
  segment: string | number,
  hops: number,
): { node: Node | null; offset: number } | undefined {
  const node = isAlias(from) ? from.resolve(document) : from;
  if (hops > 20) return undefined;
  if (isSeq(node) && typeof segment === "number") {
    const item = node.items[segment] as Node | undefined;
    return item?.range ? { node: item, offset: item.range[0] } : undefined;
  }
  if (!isMap(node)) return undefined;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    if (String(pair.key.value) === String(segment) && pair.key.range) {
      return { node: pair.value as Node | null, offset: pair.key.range[0] };
    }
  }
  for (const pair of node.items) {
    if (!isScalar(pair.key) || pair.key.value !== "<<") continue;
    const value = isAlias(pair.value) ? pair.value.resolve(document) : pair.value as Node | null;
    const sources = isSeq(value) ? value.items as Node[] : [value as Node | null];
    for (const source of sources) {
      const found = stepInto(document, source, segment, hops + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
