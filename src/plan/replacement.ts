import { ComposeLabel, Label } from "../pod/labels.ts";
import type { Observed, ObservedContainer, ObservedMount } from "./observed.ts";
import type { PlacedContainer } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";
import { type EngineBody, idOf, type Json } from "./step.ts";

/**
 * The create body of a container that takes another one's place: it carries the data of anonymous volumes over and,
 * while it has a passing name, says whose place it is to take.
 */
export function replacementBody(
  wanted: PlacedContainer,
  existing: ObservedContainer,
  observed: Observed,
  options: UpOptions,
  passing: boolean,
): EngineBody {
  const host = objectOf(wanted.body["HostConfig"]);
  const carried = options.renewAnonymousVolumes ? [] : carriedMounts(wanted, existing, observed);
  const labels = objectOf(wanted.body["Labels"]);
  return {
    ...wanted.body,
    Labels: {
      ...labels,
      ...(passing
        ? { [Label.replaces]: wanted.name, [ComposeLabel.replace]: `${wanted.container}-${wanted.number}` }
        : {}),
      ...(carried.length === 0 ? {} : { [Label.carried]: carried.map(({ name }) => name ?? "").join(",") }),
    },
    HostConfig: { ...host, Mounts: mountsWith(host["Mounts"], carried) },
  };
}

/**
 * A create body whose references to other containers go to the passing names that those have while they wait to
 * succeed their predecessors: until then the final names are still the predecessors'.
 */
export function withPassingNames(body: EngineBody, passing: ReadonlyMap<string, string>): EngineBody {
  if (passing.size === 0) return body;
  const host = objectOf(body["HostConfig"]);
  const redirect = (value: Json | undefined): Json | undefined => {
    if (typeof value === "string") {
      return value.replace(/<id:([^>]+)>/g, (_, name: string) => idOf(passing.get(name) ?? name));
    }
    return Array.isArray(value) ? value.map((item) => redirect(item) ?? null) : value;
  };
  const redirected = ["NetworkMode", "IpcMode", "PidMode", "VolumesFrom"].map((
    field,
  ) => [field, redirect(host[field])]);
  const labels = objectOf(body["Labels"]);
  const uses = labels[Label.uses];
  return {
    ...body,
    ...(uses === undefined ? {} : { Labels: { ...labels, [Label.uses]: redirect(uses) } }),
    HostConfig: { ...host, ...Object.fromEntries(redirected) },
  };
}

function carriedMounts(
  wanted: PlacedContainer,
  existing: ObservedContainer,
  observed: Observed,
): ObservedMount[] {
  const declared = new Set([
    ...wanted.anonymousVolumeTargets,
    ...(observed.images.get(wanted.image)?.volumes ?? []),
  ]);
  const named = new Set(wanted.volumes.map(({ target }) => target));
  return existing.mounts.filter((mount) =>
    mount.type === "volume" && mount.name !== undefined && isAnonymous(mount.name) &&
    declared.has(mount.target) && !named.has(mount.target)
  );
}

function mountsWith(own: Json | undefined, carried: readonly ObservedMount[]): Json | undefined {
  if (carried.length === 0) return own;
  const targets = new Set(carried.map(({ target }) => target));
  const kept = Array.isArray(own)
    ? own.filter((mount) => !targets.has(String(objectOf(mount)["Target"])))
    : [];
  return [
    ...kept,
    ...carried.map(({ name, target }) => ({ Type: "volume", Source: name ?? "", Target: target })),
  ];
}

/** The engine names anonymous volumes by 64 hexadecimal digits. */
export function isAnonymous(volume: string): boolean {
  return /^[0-9a-f]{64}$/.test(volume);
}

function objectOf(value: Json | undefined): EngineBody {
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is EngineBody {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
