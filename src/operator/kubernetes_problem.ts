import type { ComposeFiles } from "../compose/files.ts";
import { FileProblem } from "../compose/files.ts";
import type { Problem } from "../pod/errors.ts";

/**
 * What is wrong with a file that the Compose loader refuses, where it is a Kubernetes manifest: only that. Undefined for
 * every other file.
 */
export function kubernetesProblem(file: string, files: Pick<ComposeFiles, "readText">): Problem | undefined {
  let text: string;
  try {
    text = files.readText(file);
  } catch (error) {
    if (error instanceof FileProblem) return undefined;
    throw error;
  }
  const place = text.trimStart().startsWith("{") ? placeInJson(text) : placeInYaml(text);
  if (place === undefined) return undefined;
  return {
    severity: "error",
    path: "kind",
    message: "this is a Kubernetes manifest, which is not run yet: write the pod as a Compose file",
    position: { file, ...place },
  };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function placeInYaml(text: string): Place | undefined {
  const lines = text.split("\n");
  if (!lines.some((line) => /^apiVersion:\s/.test(line))) return undefined;
  const index = lines.findIndex((line) => /^kind:\s/.test(line));
  return index < 0 ? undefined : { line: index + 1, column: 1 };
}

function placeInJson(text: string): Place | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("kind" in value && "apiVersion" in value)) {
    return undefined;
  }
  const before = text.slice(0, text.indexOf('"kind"'));
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}
