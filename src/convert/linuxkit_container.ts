/** A container, as an image of LinuxKit's `onboot` and `services` has it. */

import type { Container, Pod } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { Report } from "./conversion.ts";
import type { LinuxKitFiles } from "./linuxkit_files.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What Docker gives a container that says nothing, and LinuxKit does not. */
const usualCapabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
];

const usualPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The entries that a service becomes: one for each of its replicas. */
export function linuxkitContainers(
  container: Container,
  pod: Pod,
  files: LinuxKitFiles,
  report: Report,
): Fields[] {
  const body = linuxkitContainer(container, pod, files, report);
  return Array.from({ length: container.replicas }, (_, index) => ({
    name: index === 0 ? container.name : `${container.name}-${index + 1}`,
    ...body,
  }));
}

function linuxkitContainer(container: Container, pod: Pod, files: LinuxKitFiles, report: Report): Fields {
  const path = `services.${container.name}`;
  const { security, hostname } = container;
  const { binds, tmpfs, runtime } = files.mountsOf(container);
  reportLife(container, path, report);
  reportPorts(container, report);
  return present({
    image: container.image,
    command: commandOf(container, path, report),
    env: environmentOf(container, path, report),
    cwd: container.workingDirectory,
    capabilities: capabilitiesOf(container),
    ...namespacesOf(container, pod, path, report),
    ...(hostname === undefined ? {} : { hostname, uts: "new" }),
    ...userOf(container, path, report),
    readonly: security.readOnlyRoot || undefined,
    noNewPrivileges: security.options.some((option) => /^no-new-privileges(?:[=:]true)?$/.test(option)) ||
      undefined,
    oomScoreAdj: container.resources.oomScoreAdjustment,
    cgroupsPath: container.resources.cgroupParent,
    resources: resourcesOf(container),
    sysctl: filledMap(container.sysctls),
    rlimits: filledList(
      container.ulimits.map(({ name, soft, hard }) => `${name},${limitOf(soft)},${limitOf(hard)}`),
    ),
    annotations: filledMap(container.annotations),
    binds: filledList(binds),
    tmpfs: filledList(tmpfs),
    runtime,
  });
}

/** LinuxKit's `command` takes the place of both. */
function commandOf({ command, entrypoint }: Container, path: string, report: Report): string[] | undefined {
  if (entrypoint !== null) return [...entrypoint, ...command ?? []];
  if (command === null || command.length === 0) return undefined;
  report.note(`${path}.command`, "is run without the entrypoint of the image: write that in `entrypoint`");
  return [...command];
}

/** LinuxKit's `env` takes the place of all that the image sets. */
function environmentOf({ environment }: Container, path: string, report: Report): string[] | undefined {
  const own = environment.flatMap(({ name, value }) => value === null ? [] : [`${name}=${value}`]);
  if (own.length === 0) return undefined;
  report.note(`${path}.environment`, "takes the place of what the image sets: PATH is the usual one");
  return [...(own.some((variable) => variable.startsWith("PATH=")) ? [] : [usualPath]), ...own];
}

function capabilitiesOf({ security }: Container): string[] {
  const { privileged, capabilitiesAdded, capabilitiesDropped } = security;
  const plain = (names: readonly string[]) => names.map((name) => name.replace(/^CAP_/i, "").toUpperCase());
  const added = plain(capabilitiesAdded);
  const dropped = plain(capabilitiesDropped);
  if (privileged || added.includes("ALL")) return ["all"];
  const kept = dropped.includes("ALL") ? [] : usualCapabilities.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...added])].map((name) => `CAP_${name}`);
}

/** By default a container of LinuxKit is in the namespaces of the machine, which is what a pod shares. */
function namespacesOf(container: Container, { network }: Pod, path: string, report: Report): Fields {
  const { networkNamespace: net, pidNamespace: pid, ipcNamespace: ipc } = container;
  const isAlone = (net.kind === "engine" && net.mode === "none") ||
    (net.kind === "pod" && network.mode === "none");
  if (net.kind === "external" || (net.kind === "engine" && !["none", "host"].includes(net.mode))) {
    report.lost(`${path}.network_mode`, "a container of LinuxKit has the machine's network, or none");
  }
  const isHostPid = pid.kind === "engine" && pid.mode === "host";
  if (pid.kind !== "pod" && !isHostPid) {
    report.lost(`${path}.pid`, "a container of LinuxKit has processes of its own, or the machine's");
  }
  const isPrivateIpc = ipc.kind === "engine" && (ipc.mode === "private" || ipc.mode === "none");
  if (ipc.kind === "external") report.lost(`${path}.ipc`, "there is no container outside the system");
  return {
    net: isAlone ? "none" : "host",
    ...(isHostPid ? { pid: "host" } : {}),
    ...(isPrivateIpc ? { ipc: "new" } : {}),
  };
}

function userOf({ user, groups }: Container, path: string, report: Report): Fields {
  const number = (part: string | undefined) =>
    part === "root" ? 0 : part !== undefined && /^\d+$/.test(part) ? Number(part) : undefined;
  const [uid, gid] = (user ?? "").split(":");
  if (
    user !== undefined && user !== "" &&
    (number(uid) === undefined || (gid !== undefined && number(gid) === undefined))
  ) {
    report.lost(`${path}.user`, `${user}: LinuxKit takes users and groups by number, or by names of its own`);
  }
  const additional = groups.flatMap((group) => {
    const found = number(group);
    if (found === undefined) report.lost(`${path}.group_add`, `${group}: LinuxKit takes groups by number`);
    return found === undefined ? [] : [found];
  });
  return present({
    uid: number(uid),
    gid: number(gid),
    additionalGids: additional.length === 0 ? undefined : additional,
  });
}

function resourcesOf({ resources }: Container): Fields | undefined {
  const { nanoCpus = 0, cpuQuota = 0, cpuPeriod = 0, cpuShares = 0, cpuset } = resources;
  const memory = present({
    limit: aboveZero(resources.memoryBytes),
    reservation: aboveZero(resources.memoryReservationBytes),
    swap: resources.memorySwapBytes,
    swappiness: resources.memorySwappiness,
    disableOOMKiller: resources.oomKillDisable,
  });
  const cpu = present({
    shares: aboveZero(cpuShares),
    quota: nanoCpus > 0 ? Math.round(nanoCpus / 10_000) : aboveZero(cpuQuota),
    period: nanoCpus > 0 ? 100_000 : aboveZero(cpuPeriod),
    cpus: cpuset,
  });
  const pids = aboveZero(resources.pidsLimit);
  const all = {
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}

function reportLife({ security, restart, health }: Container, path: string, report: Report): void {
  if (security.privileged) {
    report.lost(
      `${path}.privileged`,
      "it has all capabilities, and neither all devices nor all of /proc and /sys",
    );
  }
  for (const option of security.options) {
    if (/^no-new-privileges/.test(option)) continue;
    const [name = option] = option.split(/[=:]/);
    report.lost(`${path}.security_opt`, `${name}: LinuxKit has nothing like it`);
  }
  if (restart.kind !== "no") {
    report.lost(`${path}.restart`, "LinuxKit starts a service once, and not again when it has ended");
  }
  if (health !== undefined && health.test[0] !== "NONE") {
    report.lost(`${path}.healthcheck`, "LinuxKit asks no service for its health");
  }
}

/** A port of the pod is a port of the machine. */
function reportPorts({ name, ports }: Container, report: Report): void {
  ports.forEach(({ target, published, hostAddress }, index) => {
    const path = `services.${name}.ports[${index}]`;
    if (published !== undefined && published !== String(target)) {
      report.lost(path, `the machine listens on ${target} itself, and not on ${published}`);
    } else if (hostAddress !== undefined) {
      report.lost(path, `the machine listens on ${target} of all its addresses`);
    }
  });
}

function limitOf(value: number): string {
  return value < 0 ? "unlimited" : String(value);
}

function aboveZero(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function filledList(list: readonly string[]): string[] | undefined {
  return list.length === 0 ? undefined : [...list];
}

function filledMap(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}
