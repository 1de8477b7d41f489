/** Where a text names images, for an edit that leaves the rest of it as it is. Loads `yaml`: only for `mesolet pin`. */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { ExitCode, SpecError } from "../pod/errors.ts";
import { binderHint } from "./binder_hint.ts";
import { formatPath, type PathSegments } from "./tree.ts";

/** An image as a text has it. */
export interface ImagePlace {
  /** `services.web.image`. An image that several services share by an anchor is one place, of the first of them. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly image: string;
  /** Where the text of the value begins and ends, without quotes; undefined where it is written in another way. */
  readonly range: readonly [number, number] | undefined;
}

/**
 * Finds the images of all services in a Compose file, those of other profiles too: `image`, images of `pre_start` and of
 * mounts. Aliases and merge keys lead to the one place where the image is written.
 *
 * @param file for errors
 * @throws {SpecError} where the text is no YAML
 */
export function findImages(text: string, file: string): ImagePlace[] {
  const lines = new LineCounter();
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const documents = parseAllDocuments(text.slice(start), {
    schema: "failsafe",
    version: "1.2",
    uniqueKeys: false,
    merge: false,
    logLevel: "silent",
    prettyErrors: false,
    lineCounter: lines,
  });
  const places = new Map<Scalar, ImagePlace>();
  for (const document of Array.isArray(documents) ? documents as Document.Parsed[] : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col: column } = lines.linePos(error.pos[0]);
      const position = { file, line, column };
      const hint = binderHint(text.slice(start), error.pos[0]);
      const message = `is no YAML: ${error.message.split("\n")[0] ?? ""}${hint}`;
      throw new SpecError([{ severity: "error", path: "", message, position }], ExitCode.data);
    }
    for (const { node, path } of imageNodes(document)) {
      const [from, to] = node.range ?? [0, 0];
      const { line, col: column } = lines.linePos(from);
      const image = String(node.value);
      const quotes = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE" ? 1 : 0;
      const range = [start + from + quotes, start + to - quotes] as const;
      places.set(node, {
        path: formatPath(path),
        line,
        column,
        image,
        // Escapes and folded lines are other characters than the image has.
        range: text.slice(...range) === image ? range : undefined,
      });
    }
  }
  return [...places.values()].sort((one, other) => one.line - other.line || one.column - other.column);
}

function* imageNodes(document: Document): Generator<{ readonly node: Scalar; readonly path: PathSegments }> {
  const seen = new Set<Node>();
  const target = (node: unknown): unknown => isAlias(node) ? node.resolve(document) : node;
  function* valuesOf(node: unknown, key: string): Generator<unknown> {
    const map = target(node);
    if (!isMap(map)) return;
    for (const pair of map.items) if (keyOf(pair) === key) yield target(pair.value);
    for (const pair of map.items) {
      if (keyOf(pair) !== "<<") continue;
      const merged = target(pair.value);
      for (const one of isSeq(merged) ? merged.items : [merged]) yield* valuesOf(one, key);
    }
  }
  function* scalarsOf(
    node: unknown,
    key: string,
    path: PathSegments,
  ): Generator<{ node: Scalar; path: PathSegments }> {
    for (const value of valuesOf(node, key)) {
      if (!isScalar(value) || seen.has(value)) continue;
      seen.add(value);
      yield { node: value, path: [...path, key] };
    }
  }
  for (const services of valuesOf(document.contents, "services")) {
    if (!isMap(services)) continue;
    for (const pair of services.items) {
      const path = ["services", keyOf(pair)];
      yield* scalarsOf(pair.value, "image", path);
      for (const [key, field] of [["pre_start", "image"], ["volumes", "source"]] as const) {
        for (const list of valuesOf(pair.value, key)) {
          if (!isSeq(list)) continue;
          for (const [index, item] of list.items.entries()) {
            const isImage = key === "pre_start" ||
              [...valuesOf(item, "type")].some((type) => isScalar(type) && type.value === "image");
            if (isImage) yield* scalarsOf(item, field, [...path, key, index]);
          }
        }
      }
    }
  }
}

function keyOf({ key }: YAMLMap["items"][number]): string {
  return isScalar(key) ? String(key.value) : "";
}
