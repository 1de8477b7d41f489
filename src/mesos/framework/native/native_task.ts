/** A container of a pod in the words of Mesos' own containerizer. What it cannot have was refused by the loader. */

import {
  capabilityNamed,
  linuxCapabilities,
  resourceLimitNamed,
  usualCapabilities,
} from "../../../pod/linux_names.ts";
import type { Container, HealthCheck as PodCheck, Mount } from "../../../pod/model.ts";
import { present } from "../../../pod/present.ts";
import type {
  CommandInfo,
  ContainerInfo,
  HealthCheck,
  LinuxInfo,
  MountPropagationMode,
  RLimitInfoRLimitType,
  Volume,
} from "../../wire/messages.ts";

/** What an image's entrypoint and command become: the image's own, or the words themselves. */
export function commandOf({ command, entrypoint, environment, user }: Container): CommandInfo {
  const words = entrypoint === null ? [] : [...entrypoint, ...command ?? []];
  const [first] = words;
  const variables = environment.flatMap(({ name, value }) => value === null ? [] : [{ name, value }]);
  return present({
    shell: false,
    value: first,
    arguments: first === undefined ? undefined : words,
    environment: variables.length === 0 ? undefined : { variables },
    user,
  });
}

/** @param shared names of containers whose processes see each other. `sharesCgroups`: all of the pod are held together */
export function containerInfoOf(
  container: Container,
  { shared, sharesCgroups }: { readonly shared: ReadonlySet<string>; readonly sharesCgroups: boolean },
): ContainerInfo {
  const { image, pull, mounts, ulimits } = container;
  const linux = linuxInfoOf(container, shared.has(container.name), sharesCgroups);
  const volumes = mounts.map(volumeOf);
  return present({
    type: "MESOS" as const,
    mesos: { image: { ...imageOf(image), ...(pull.kind === "always" ? { cached: false } : {}) } },
    volumes: volumes.length === 0 ? undefined : volumes,
    linux_info: Object.keys(linux).length === 0 ? undefined : linux,
    rlimit_info: ulimits.length === 0 ? undefined : {
      rlimits: ulimits.map(({ name, soft, hard }) => ({
        type: `RLMT_${(resourceLimitNamed(name) ?? "core").toUpperCase()}` as RLimitInfoRLimitType,
        // Without numbers there is no limit.
        ...(soft < 0 || hard < 0 ? {} : { soft, hard }),
      })),
    },
  });
}

/** An image of a registry; the agent knows its registry, and its credentials. */
function imageOf(name: string) {
  return { type: "DOCKER" as const, docker: { name } };
}

function linuxInfoOf(
  { security, ipcNamespace }: Container,
  sharesPids: boolean,
  sharesCgroups: boolean,
): LinuxInfo {
  const { capabilitiesAdded: added, capabilitiesDropped: dropped } = security;
  const capabilities = added.length + dropped.length === 0
    ? undefined
    : { capabilities: capabilitiesOf(added, dropped) };
  return present({
    effective_capabilities: capabilities,
    bounding_capabilities: capabilities,
    share_pid_namespace: sharesPids ? true : undefined,
    seccomp: security.options.some((option) => option.startsWith("seccomp"))
      ? { unconfined: true }
      : undefined,
    ipc_mode: ipcNamespace.kind === "engine" ? "PRIVATE" as const : undefined,
    share_cgroups: sharesCgroups ? undefined : false,
  });
}

/** Those of an engine by default, less what is dropped, and what is added. */
function capabilitiesOf(added: readonly string[], dropped: readonly string[]) {
  const named = (names: readonly string[]) => new Set(names.map(capabilityNamed));
  const [more, less] = [named(added), named(dropped)];
  return linuxCapabilities.filter((name) =>
    more.has(name) || more.has("ALL") && !less.has(name) ||
    usualCapabilities.includes(name) && !less.has(name) && !less.has("ALL")
  );
}

function volumeOf({ type, source, target, readOnly, bind, volume }: Mount, index: number): Volume {
  const common = { mode: readOnly ? "RO" as const : "RW" as const, container_path: target };
  if (type === "image") return { ...common, image: imageOf(source ?? "") };
  if (type === "bind") {
    const mode = propagations[bind?.propagation?.replace(/^r/, "") ?? ""];
    if (mode === undefined) return { ...common, host_path: source ?? "" };
    const host_path = { path: source ?? "", mount_propagation: { mode } };
    return { ...common, source: { type: "HOST_PATH", host_path } };
  }
  // What containers share is in the sandbox of their executor; what has no name, in that of the container.
  const sandbox_path = source === undefined
    ? { type: "SELF" as const, path: `volumes/${index}` }
    : { type: "PARENT" as const, path: ["volumes", source, volume?.subpath].filter(Boolean).join("/") };
  return { ...common, source: { type: "SANDBOX_PATH", sandbox_path } };
}

const propagations: Readonly<Record<string, MountPropagationMode>> = {
  slave: "HOST_TO_CONTAINER",
  shared: "BIDIRECTIONAL",
};

const second = 1e9;
/** What an engine takes where the spec says nothing, in seconds. */
const usualCheck = { interval: 30, timeout: 30, retries: 3, startInterval: 5 } as const;

/**
 * A check as an engine makes it: the first one after a pause, sooner in the time for the start, in which failures do not
 * count. Other than an engine, Mesos kills what is unhealthy.
 */
export function healthCheckOf(check: PodCheck | undefined): HealthCheck | undefined {
  const [kind, ...words] = check?.test ?? [];
  if (check === undefined || kind === undefined || kind === "NONE") return undefined;
  const interval = (check.intervalNanoseconds ?? usualCheck.interval * second) / second;
  const grace = (check.startPeriodNanoseconds ?? 0) / second;
  const early = (check.startIntervalNanoseconds ?? usualCheck.startInterval * second) / second;
  return {
    type: "COMMAND",
    command: kind === "CMD-SHELL"
      ? { shell: true, value: words.join(" ") }
      : { shell: false, value: words[0] ?? "", arguments: words },
    delay_seconds: grace > 0 ? Math.min(early, interval) : interval,
    interval_seconds: interval,
    timeout_seconds: (check.timeoutNanoseconds ?? usualCheck.timeout * second) / second,
    consecutive_failures: check.retries || usualCheck.retries,
    grace_period_seconds: grace,
  };
}
