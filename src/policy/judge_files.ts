/** What of a pod reaches files of the host: mounts, volumes, devices, logs, archives. */

import { cleanPath } from "../compose/volume_syntax.ts";
import type { Container, Pod, Volume } from "../pod/model.ts";
import { judgePath, type PolicyPlace } from "./allowed_paths.ts";
import { isAllowed, isOpen } from "./policy.ts";
import type { FieldPath, Refusals } from "./refusals.ts";

/** Mounts of a container, with its secrets and configs, which are mounts as well where they are files. */
export function judgeMounts(
  { mounts, files, logging }: Container,
  at: FieldPath,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  const { policy } = refusals;
  for (const { type, source, readOnly } of mounts) {
    if (type === "bind" && source !== undefined) {
      judgeBind({ path: source, readOnly }, at("volumes"), refusals, place);
    } else if (type === "npipe" && policy.bindMounts.allow !== "all") {
      refusals.add(at("volumes"), `a mount of type ${type}`, "bind_mounts");
    }
  }
  for (const { kind, source, content } of files) {
    if (content.kind !== "file") continue;
    const field = `${kind}s.${source}.file`;
    // A container sees it, and it may be what the container runs as. Where nobody listed files, it is a mount as others.
    if (judgePath(content.path, policy.files, place) === "denied") {
      refusals.add(field, content.path, "files");
    } else if (policy.files.allow === "all") {
      judgeBind({ path: content.path, readOnly: true }, field, refusals, place);
    }
  }
  for (const [name, value] of Object.entries(logging?.options ?? {})) {
    const path = /^unix(?:gram)?:\/\/(.*)$/s.exec(value)?.[1] ?? (loggedFiles.has(name) ? value : undefined);
    if (path !== undefined) judgeBind({ path, readOnly: false }, at("logging"), refusals, place);
  }
}

/** Options of log drivers that name files which the engine opens: `path` is Podman's, and is written to. */
const loggedFiles = new Set([
  "path",
  "splunk-capath",
  "syslog-tls-ca-cert",
  "syslog-tls-cert",
  "syslog-tls-key",
]);

function judgeBind(
  { path, readOnly }: { readonly path: string; readonly readOnly: boolean },
  field: string,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  const { bindMounts } = refusals.policy;
  if (isOpen(bindMounts)) return;
  // Relative to wherever the engine runs, or by way of what may be made until the mount is.
  const verdict = isPlain(path) ? judgePath(path, bindMounts, place) : "denied";
  if (verdict === "denied") refusals.add(field, `the bind mount of ${path}`, "bind_mounts");
  if (verdict === "read-only" && !readOnly) {
    refusals.add(field, `the bind mount of ${path} for writing (add :ro)`, "bind_mounts");
  }
}

/** Named volumes: their drivers, whose they are, and what the local driver mounts. */
export function judgeVolume(pod: Pod, volume: Volume, refusals: Refusals, place: PolicyPlace): void {
  const { volumeDrivers, outsideVolumes } = refusals.policy;
  const { key, name, driver, external } = volume;
  const path = `volumes.${key}`;
  if (driver !== undefined && !isAllowed(volumeDrivers, (item) => item === driver)) {
    refusals.add(`${path}.driver`, `the volume driver ${driver}`, "volume_drivers");
  }
  // Who names a volume by itself gets what is there already.
  const isOutside = external || name !== `${pod.name}_${key}`;
  if (isOutside && !isAllowed(outsideVolumes, (item) => item === name)) {
    refusals.add(external ? path : `${path}.name`, `the volume ${name}`, "outside_volumes");
  }
  judgeLocalVolume(volume, path, refusals, place);
}

/** Filesystems that reach nothing of the host. */
const harmlessFilesystems = new Set(["tmpfs", "nfs", "nfs4", "cifs", "smb3"]);

/** Filesystems that are on their device and nowhere else. */
const filesystemsOfDevices = new Set(["btrfs", "ext2", "ext3", "ext4", "iso9660", "squashfs", "vfat", "xfs"]);

/**
 * The local driver gives its options to mount(2), as root: that mounts directories, block devices, and with types such as
 * proc, sysfs, cgroup or overlay the host's own control files and any directory.
 */
function judgeLocalVolume(
  { driver = "local", driverOptions }: Volume,
  path: string,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  const { device = "", o = "", type = "" } = driverOptions;
  if (driver !== "local" || Object.keys(driverOptions).length === 0) return;
  const { bindMounts, devices } = refusals.policy;
  const field = `${path}.driver_opts`;
  const options = o.split(",");
  if (options.some((option) => option === "bind" || option === "rbind")) {
    // The last one of these counts.
    const readOnly = options.findLast((option) => option === "ro" || option === "rw") === "ro";
    judgeBind({ path: device, readOnly }, field, refusals, place);
  } else if (harmlessFilesystems.has(type)) return;
  else if (filesystemsOfDevices.has(type)) judgeDevice(device, field, refusals, place);
  else if (!isOpen(bindMounts) || !isOpen(devices)) {
    // Such as overlay and proc: whatever the device is, it is not asked.
    refusals.add(field, `a volume of type ${type}`, isOpen(bindMounts) ? "devices" : "bind_mounts");
  }
}

function isPlain(path: string): boolean {
  return path.startsWith("/") && cleanPath(path) === path.replace(/(?<=.)\/+$/, "");
}

/** Devices of a container, by their paths and by names of the Container Device Interface. */
export function judgeDevices(
  { devices, deviceRequests, deviceCgroupRules }: Container,
  at: FieldPath,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  for (const { source } of devices) judgeDevice(source, at("devices"), refusals, place);
  const { policy } = refusals;
  for (const { driver, deviceIds } of deviceRequests) {
    if (driver !== "cdi") continue;
    for (const id of deviceIds) {
      if (!isAllowed(policy.devices, (item) => item === id)) {
        refusals.add(at("devices"), `the device ${id}`, "devices");
      }
    }
  }
  if (deviceCgroupRules.length > 0 && !isOpen(policy.devices)) {
    refusals.add(at("device_cgroup_rules"), "a rule for devices", "devices");
  }
}

/** By where the path leads. A node of a denied device may be made anywhere: only below /dev names mean anything. */
function judgeDevice(path: string, field: string, refusals: Refusals, place: PolicyPlace): void {
  const { devices } = refusals.policy;
  if (isOpen(devices)) return;
  const paths = (items: readonly string[]) =>
    items.filter((item) => item.startsWith("/")).map((item) => ({ path: item, readOnly: false }));
  const choice = {
    allow: paths(devices.allow === "all" ? ["/dev"] : devices.allow),
    deny: paths(devices.deny),
  };
  if (!isPlain(path) || judgePath(path, choice, place) === "denied") {
    refusals.add(field, `the device ${path}`, "devices");
  }
}

/** Archives beside a spec are read by whoever runs it, and may be removed. */
export function judgeArchives({ preload }: Pod, refusals: Refusals, place: PolicyPlace): void {
  if (typeof preload?.directory !== "string") return;
  if (!refusals.policy.imageArchives) {
    refusals.add("x-pod.preload", "images from archives", "image_archives");
  } else if (judgePath(preload.directory, refusals.policy.files, place) === "denied") {
    refusals.add("x-pod.preload", preload.directory, "files");
  }
}

/** Files of the agents that a spec for a cluster has fetched: the fetcher reads them as the agent's user, mostly root. */
export function judgeFetched({ cluster }: Pod, refusals: Refusals, place: PolicyPlace): void {
  for (const uri of cluster?.uris ?? []) {
    const path = /^(?:file:\/\/(?:localhost)?)?(\/.*)$/is.exec(uri)?.[1];
    if (path === undefined || isOpen(refusals.policy.files)) continue;
    if (!isPlain(path) || judgePath(path, refusals.policy.files, place) === "denied") {
      refusals.add("x-pod.uris", `${path} of the agents`, "files");
    }
  }
}
