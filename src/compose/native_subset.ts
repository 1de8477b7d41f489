/** What of a spec the containerizer of Mesos can run (`x-pod.containerizer: mesos`). All else is refused by its field. */

import type { Container, PodNetworking } from "../pod/model.ts";
import type { ComposeProject, ComposeService } from "./model.ts";
import { judgeNativeService, nativeFields } from "./native_service.ts";
import type { ProblemList } from "./problem_list.ts";

/** Fields of `x-pod` that mean the same there. */
const extensionFields: ReadonlySet<string> = new Set([
  "name",
  "containerizer",
  "network",
  "resources",
  "ports",
  "pin",
  "docker_registry",
  "placement",
  "replicas",
  "update",
  "unreachable",
  "roles",
]);

/** Why a field of `x-pod` is none of them. */
const reasons: Readonly<Record<string, string>> = {
  essential: "Mesos ends all containers of a pod when one fails, and the pod when all have ended",
  hooks: "no program of ours is on the agent to run them",
  uris: "nothing is fetched there but images",
  preload: "images come from registries through the agent",
};

/** What a spec is judged with. */
export interface NativeRequest {
  readonly project: ComposeProject;
  readonly containers: readonly Container[];
  /** As the spec or the command line says; {@linkcode isWritten}: it does say so. */
  readonly network: PodNetworking;
  readonly isWritten: boolean;
  readonly readFile: (path: string) => Uint8Array | undefined;
}

/**
 * Refuses what the containerizer of Mesos cannot do, and warns of what it does otherwise.
 *
 * @returns the containers, with the contents of their configs and secrets, and their network: the host's where none is said
 */
export function nativeParts(
  { project, containers, network, isWritten, readFile }: NativeRequest,
  problems: ProblemList,
): { readonly containers: readonly Container[]; readonly network: PodNetworking } {
  const own: PodNetworking = isWritten ? network : { mode: "host" };
  judgeExtension(project, own, problems);
  for (const [name, service] of Object.entries(project.services)) {
    judgeService(`services.${name}`, service, own, problems);
  }
  judgeVolumes(project, problems);
  if (Object.keys(project.services).length > 1) {
    problems.warning(
      "x-pod.containerizer",
      "has the containers of the pod reach each other at 127.0.0.1: names of services are not known there",
    );
  }
  return { containers: containers.map((container) => withContents(container, readFile)), network: own };
}

function judgeExtension(project: ComposeProject, network: PodNetworking, problems: ProblemList): void {
  const written = project.extensions["x-pod"];
  const fields = typeof written === "object" && written !== null ? Object.keys(written) : [];
  for (const field of fields) {
    if (extensionFields.has(field) || field.startsWith("x-")) continue;
    const reason = reasons[field];
    problems.error(
      `x-pod.${field}`,
      `is not for x-pod.containerizer: mesos${reason === undefined ? "" : `: ${reason}`}`,
    );
  }
  if (network.mode === "host" || network.mode === "existing") return;
  problems.error(
    "x-pod.network",
    `${network.mode} is not for x-pod.containerizer: mesos: write host, or the name of a CNI network of the agents, ` +
      "which all containers of the pod are on together",
  );
}

function judgeService(
  path: string,
  service: ComposeService,
  network: PodNetworking,
  problems: ProblemList,
): void {
  for (const [field, value] of Object.entries(service)) {
    if (isNothing(value)) continue;
    const rule = nativeFields[field];
    if (rule === "taken") continue;
    const where = `${path}.${field}`;
    if (rule === undefined) {
      problems.error(where, "is not for x-pod.containerizer: mesos: Mesos has no such thing");
    } else if ("error" in rule) problems.error(where, `is not for x-pod.containerizer: mesos: ${rule.error}`);
    else problems.warning(where, `has no effect: ${rule.warning}`);
  }
  judgeNativeService(path, service, network, problems);
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function judgeVolumes({ name: project, services, volumes }: ComposeProject, problems: ProblemList): void {
  const used = new Set(
    Object.values(services).flatMap((service) =>
      (service.volumes ?? []).flatMap(({ type, source }) => type === "volume" ? source ?? [] : [])
    ),
  );
  for (const [key, { name, driver, driver_opts: options, external, labels }] of Object.entries(volumes)) {
    if (!used.has(key)) continue;
    const path = `volumes.${key}`;
    const refuse = (field: string) =>
      problems.error(
        `${path}.${field}`,
        "is not for x-pod.containerizer: mesos: a named volume is a directory of the pod's sandbox, and goes with it; " +
          "mount a directory of the agents for what is to stay",
      );
    if (external === true) refuse("external");
    else if (name !== `${project}_${key}`) refuse("name");
    if (driver !== undefined && driver !== "local") refuse("driver");
    if (!isNothing(options)) refuse("driver_opts");
    if (!isNothing(labels)) problems.warning(`${path}.labels`, "has no effect: a directory has none");
    problems.warning(
      path,
      "is empty at first, for each instance anew, and not filled with what the image has there",
    );
  }
}

/** What cannot be read is told by who packs the spec. */
function withContents(
  container: Container,
  readFile: (path: string) => Uint8Array | undefined,
): Container {
  const files = container.files.map((file) =>
    file.content.kind === "inline" ? file : {
      ...file,
      content: { kind: "inline" as const, bytes: readFile(file.content.path) ?? new Uint8Array() },
    }
  );
  return { ...container, files };
}
