import type { FileContent, ProjectedFile } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import { sha256 } from "../pod/sha256.ts";
import type { ComposeFileObject, ComposeFileReference, ComposeService } from "./model.ts";
import type { PodRequest } from "./pod.ts";
import type { ProblemList } from "./problem_list.ts";
import { parseFileMode } from "./units.ts";

/** The configs and secrets of a service as files in its containers. */
export function filesOf(
  path: string,
  service: ComposeService,
  request: PodRequest,
  problems: ProblemList,
): ProjectedFile[] {
  const { configs, secrets } = request.project;
  return [
    ...filesOfKind("config", service.configs ?? [], configs, path, request, problems),
    ...filesOfKind("secret", service.secrets ?? [], secrets, path, request, problems),
  ];
}

function filesOfKind(
  kind: ProjectedFile["kind"],
  references: readonly ComposeFileReference[],
  definitions: Readonly<Record<string, ComposeFileObject>>,
  path: string,
  request: PodRequest,
  problems: ProblemList,
): ProjectedFile[] {
  return references.flatMap((reference, index) => {
    const where = `${path}.${kind}s[${index}]`;
    const definition = definitions[reference.source];
    if (definition === undefined) {
      problems.error(where, `${JSON.stringify(reference.source)} is not defined under ${kind}s`);
      return [];
    }
    const content = contentOf(kind, reference, definition, where, request, problems);
    if (content === undefined) return [];
    const mode = reference.mode === undefined ? undefined : parseFileMode(reference.mode);
    for (const field of ["uid", "gid"] as const) {
      const id = reference[field];
      if (id !== undefined && !/^\d+$/.test(id)) {
        problems.error(
          `${where}.${field}`,
          `must be a number: names are known only inside the image, not ${JSON.stringify(id)}`,
        );
      }
    }
    return [present({
      kind,
      source: reference.source,
      target: targetOf(kind, reference),
      content,
      uid: reference.uid,
      gid: reference.gid,
      mode,
    })];
  });
}

function targetOf(kind: ProjectedFile["kind"], reference: ComposeFileReference): string {
  const target = reference.target ?? reference.source;
  if (target.startsWith("/")) return target;
  return kind === "secret" ? `/run/secrets/${target}` : `/${target}`;
}

function contentOf(
  kind: ProjectedFile["kind"],
  reference: ComposeFileReference,
  definition: ComposeFileObject,
  where: string,
  request: PodRequest,
  problems: ProblemList,
): FileContent | undefined {
  const place = `${kind}s.${reference.source}`;
  if (definition.external === true) {
    problems.error(
      `${place}.external`,
      `external ${kind}s live in a swarm and are not available here: use file, environment${
        kind === "config" ? " or content" : ""
      }`,
    );
    return undefined;
  }
  for (const field of ["driver", "template_driver"] as const) {
    if (definition[field] !== undefined) {
      problems.error(`${place}.${field}`, `is for a swarm and not available here: remove it`);
      return undefined;
    }
  }
  if (definition.content !== undefined) return inline(definition.content);
  if (definition.environment !== undefined) {
    if (definition.environmentValue === undefined) {
      problems.error(
        `${place}.environment`,
        `the variable ${definition.environment} is not set: set it, or take the ${kind} from a file`,
      );
      return undefined;
    }
    return inline(definition.environmentValue);
  }
  if (definition.file === undefined) {
    problems.error(place, "says nothing about its content: give it file, environment or content");
    return undefined;
  }
  const bytes = request.readFile(definition.file);
  const ownership = reference.uid !== undefined || reference.gid !== undefined ||
    reference.mode !== undefined;
  if (ownership) {
    // A bind mount shows the file as it is on the host: owner and mode can only be given to a copy.
    if (bytes !== undefined) return { kind: "inline", bytes };
    problems.warning(
      where,
      `uid, gid and mode have no effect: ${definition.file} is not a readable file of at most 1 MiB`,
    );
  } else if (bytes === undefined) {
    problems.warning(
      `${place}.file`,
      `${definition.file} is missing, or no readable file of at most 1 MiB: the engine refuses a missing one, and changes of others go unnoticed`,
    );
  }
  return present({
    kind: "file",
    path: definition.file,
    digest: bytes === undefined ? undefined : sha256(bytes),
  });
}

function inline(text: string): FileContent {
  return { kind: "inline", bytes: new TextEncoder().encode(text) };
}
