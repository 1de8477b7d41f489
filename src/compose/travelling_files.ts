/** The files of configs and secrets in a spec that travels: their content is in the spec itself. */

import type { ComposeFileObject, ComposeFileReference, ComposeProject, ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";
import { howToBring, type SpecPlace } from "./travelling_place.ts";

/** Reads a file of the host; undefined when it is missing, no regular file, unreadable, or larger than 1 MiB. */
export type FileReader = (path: string) => Uint8Array | undefined;

/** A file beside the spec that is larger is left to `x-pod.uris`, where there are any: 64 KiB. */
const largestBesideUris = 64 * 1024;

/**
 * Configs and secrets with their content. All of them are configs: the content of a secret cannot be written into a
 * Compose file, and in a container both are the same.
 */
export interface InlinedFiles {
  readonly configs: Record<string, ComposeFileObject>;
  /** What a service has of both, in this order. */
  referencesOf(service: ComposeService): ComposeFileReference[];
  /** The file with the most bytes, by its path in the spec. */
  readonly largest: { readonly path: string; readonly bytes: number } | undefined;
}

/** Puts the contents of all configs and secrets that services use into the spec. */
export function inlineFiles(
  project: ComposeProject,
  tools: { readonly readFile: FileReader; readonly place: SpecPlace; readonly problems: ProblemList },
): InlinedFiles {
  const configs: Record<string, ComposeFileObject> = {};
  const secretKeys = new Map<string, string>();
  const sizes: { readonly path: string; readonly bytes: number }[] = [];
  const used = (kind: "configs" | "secrets") =>
    new Set(
      Object.values(project.services).flatMap((service) => (service[kind] ?? []).map(({ source }) => source)),
    );
  const put = (kind: "configs" | "secrets", source: string, key: string) => {
    const definition = project[kind][source];
    if (definition === undefined) return;
    const found = inlined(definition, `${kind}.${source}`, tools);
    configs[key] = found;
    if (found.content !== undefined) {
      const bytes = new TextEncoder().encode(found.content).length;
      sizes.push({ path: `${kind}.${source}`, bytes });
    }
  };
  for (const source of used("configs")) put("configs", source, source);
  for (const source of used("secrets")) {
    let key = `secret-${source}`;
    while (key in project.configs || key in configs) key += "-";
    secretKeys.set(source, key);
    put("secrets", source, key);
  }
  return {
    configs,
    referencesOf: ({ configs: own = [], secrets = [] }) => [
      ...own,
      ...secrets.map((reference) => ({
        ...reference,
        source: secretKeys.get(reference.source) ?? reference.source,
        target: secretTarget(reference),
      })),
    ],
    largest: sizes.sort((one, other) => other.bytes - one.bytes)[0],
  };
}

function inlined(
  definition: ComposeFileObject,
  path: string,
  { readFile, place, problems }: Parameters<typeof inlineFiles>[1],
): ComposeFileObject {
  const { content, environmentValue, file } = definition;
  const given = content ?? environmentValue;
  if (given !== undefined) return { name: "", content: given };
  // What `podOf` has refused is not told again.
  if (file === undefined) return { name: "", content: "" };
  const relative = place.hasUris ? place.relative(file) : undefined;
  const bytes = readFile(file);
  const text = bytes === undefined ? undefined : textOf(bytes);
  const isSmall = bytes !== undefined && (relative === undefined || bytes.length <= largestBesideUris);
  if (text !== undefined && isSmall) return { name: "", content: text };
  if (relative !== undefined) return { name: "", file: relative };
  const why = bytes === undefined
    ? "is missing, or no readable file of at most 1 MiB"
    : "is no text (UTF-8), and only text can be part of a spec";
  problems.error(`${path}.file`, `${file} ${why}, and does not travel with a task: ${howToBring}`);
  return { name: "", content: "" };
}

/** A name alone is one in `/run/secrets`. */
function secretTarget({ source, target = source }: ComposeFileReference): string {
  return target.startsWith("/") ? target : `/run/secrets/${target}`;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8.
    return undefined;
  }
}
