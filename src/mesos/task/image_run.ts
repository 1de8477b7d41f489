/**
 * A task of one container, whichever way it was asked for. It becomes a Compose document, so that it is loaded, checked
 * and placed as every other spec.
 */

import { applyParameters, emptyDraft, type RunParameter, type ServiceDraft } from "./docker_parameters.ts";

/** One container, as frameworks ask for one. */
export interface ImageRun {
  readonly image: string;
  /** Absent: the image's own. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** As `x-pod.network`. */
  readonly network: string;
  readonly ports: readonly RunPort[];
  /** Nothing is known of its ports: each offered port is published as the container's port of the same number. */
  readonly publishOffered: boolean;
  readonly privileged: boolean;
  readonly pullAlways: boolean;
  readonly hostname?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly RunMount[];
  /** Flags of `docker run`, by their long names. */
  readonly parameters: readonly RunParameter[];
}

/** A published port of the container. */
export interface RunPort {
  readonly target: number;
  /** Absent: any of the offered ones. */
  readonly published?: number;
  /** Of the field that says on which port of the host, where it means that one alone. */
  readonly path?: string;
  readonly protocol: string;
  readonly name?: string;
}

/** Something mounted into the container. */
export type RunMount =
  & { readonly target: string; readonly readOnly: boolean }
  & (
    /** A relative source is in the sandbox. */
    | { readonly kind: "bind"; readonly source: string; readonly propagation?: string }
    | {
      readonly kind: "volume";
      /** Absent: an anonymous one. */
      readonly name?: string;
      readonly driver?: string;
      readonly options?: Readonly<Record<string, string>>;
    }
    | { readonly kind: "image"; readonly source: string }
    | { readonly kind: "content"; readonly text: string }
  );

/** The name of the one container of such a pod. */
export const imageContainerName = "app";

/**
 * The Compose document of a task of one container.
 *
 * @param refuse is told of flags that are unknown or have a wrong value
 */
export function documentOf(
  run: ImageRun,
  refuse: (parameter: RunParameter, reason: string) => void,
): Record<string, unknown> {
  const draft = emptyDraft();
  const { service } = draft;
  service["image"] = run.image;
  if (run.entrypoint !== undefined) service["entrypoint"] = run.entrypoint;
  if (run.command !== undefined) service["command"] = run.command;
  if (run.privileged) service["privileged"] = true;
  if (run.pullAlways) service["pull_policy"] = "always";
  if (run.hostname !== undefined) service["hostname"] = run.hostname;
  if (Object.keys(run.environment).length > 0) service["environment"] = { ...run.environment };
  for (const { target, published, protocol, name } of run.ports) {
    draft.add("ports", {
      target,
      ...(published === undefined ? {} : { published: String(published) }),
      protocol,
      ...(name === undefined ? {} : { name }),
    });
  }
  run.mounts.forEach((mount, index) => addMount(draft, mount, index));
  applyParameters(draft, run.parameters, refuse);
  return withoutVariables({
    services: { [imageContainerName]: service },
    volumes: draft.volumes,
    configs: draft.configs,
    "x-pod": { network: draft.network ?? run.network },
  }) as Record<string, unknown>;
}

function addMount(draft: ServiceDraft, mount: RunMount, index: number): void {
  const { target, readOnly } = mount;
  const common = { target, ...(readOnly ? { read_only: true } : {}) };
  switch (mount.kind) {
    case "bind":
      draft.add("volumes", {
        type: "bind",
        source: mount.source.startsWith("/") ? mount.source : `./${mount.source}`,
        ...common,
        ...(mount.propagation === undefined ? {} : { bind: { propagation: mount.propagation } }),
      });
      return;
    case "volume":
      if (mount.name === undefined) draft.add("volumes", { type: "volume", ...common });
      else {
        draft.add("volumes", {
          type: "volume",
          source: draft.volume(mount.name, mount.driver, mount.options),
          ...common,
        });
      }
      return;
    case "image":
      draft.add("volumes", { type: "image", source: mount.source, ...common });
      return;
    case "content":
      draft.configs[`content-${index}`] = { content: mount.text };
      draft.add("configs", { source: `content-${index}`, target, mode: "0400" });
  }
}

/** Doubles each `$`: what frameworks send is meant as it stands. */
function withoutVariables(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(withoutVariables);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutVariables(member)]));
}
