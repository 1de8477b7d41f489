/** Holds a pod against a policy. */

import type { Problem } from "../pod/errors.ts";
import { parseImageReference } from "../pod/image_reference.ts";
import type { Container, Namespace, Pod } from "../pod/model.ts";
import { judgePath, type PolicyPlace } from "./allowed_paths.ts";
import { isAllowed, type NamespaceName, type Policy } from "./policy.ts";

/** Collects refusals: each names the field, and the rule that it breaks. */
class Refusals {
  readonly problems: Problem[] = [];

  constructor(readonly policy: Policy) {}

  add(path: string, what: string, rule: string): void {
    const message = `${what} is not allowed by the rule ${rule} of ${this.policy.name}`;
    if (this.problems.some((other) => other.path === path && other.message === message)) return;
    this.problems.push({ severity: "error", path, message });
  }
}

/**
 * What a policy does not allow of a pod: an error for each, by the field's path.
 *
 * @param pod as its spec says, with paths as this process sees them
 */
export function judgePod(pod: Pod, policy: Policy, place: PolicyPlace): Problem[] {
  const refusals = new Refusals(policy);
  if (pod.network.mode === "host" && !allowsNamespace(policy, "network")) {
    refusals.add("x-pod.network", "the host's network", "host_namespaces");
  }
  for (const container of pod.containers) {
    const { preStartOf, name } = container;
    const path = preStartOf === undefined ? `services.${name}` : `services.${preStartOf.container}.pre_start`;
    const at = (field: string) => preStartOf === undefined ? `${path}.${field}` : path;
    judgePrivileges(container, at, refusals);
    judgeNamespaces(container, at, refusals);
    judgeMounts(container, at, refusals, place);
    judgeImage(container, at, refusals);
    judgeUser(container, at, refusals);
  }
  for (const volume of pod.volumes) {
    const path = `volumes.${volume.key}`;
    if (volume.driver !== undefined && !allowsText(policy.volumeDrivers, volume.driver)) {
      refusals.add(`${path}.driver`, `the volume driver ${volume.driver}`, "volume_drivers");
    }
    judgeVolumeDevice(volume, path, refusals, place);
  }
  return refusals.problems;
}

type FieldPath = (field: string) => string;

function judgePrivileges(container: Container, at: FieldPath, refusals: Refusals): void {
  const { policy } = refusals;
  const { security, hooks, devices, deviceCgroupRules, runtime } = container;
  if (security.privileged && !policy.privileged) {
    refusals.add(at("privileged"), "a privileged container", "privileged");
  }
  const isPrivileged = [...hooks.postStart, ...hooks.preStop].some(({ privileged }) => privileged);
  if (isPrivileged && !policy.privileged) {
    refusals.add(
      at(hooks.postStart.some(({ privileged }) => privileged) ? "post_start" : "pre_stop"),
      "a privileged command",
      "privileged",
    );
  }
  if (!policy.unconfined) {
    const open = security.options.find(isUnconfined);
    if (open !== undefined || security.unconfinedSystemPaths) {
      // The content of a profile is no text for a message.
      const what = open?.startsWith("seccomp") === true ? "another seccomp profile" : open;
      refusals.add(at("security_opt"), what ?? "systempaths=unconfined", "unconfined");
    }
  }
  for (const capability of security.capabilitiesAdded) {
    const name = capabilityName(capability);
    if (!allowsCapability(policy, name)) {
      refusals.add(at("cap_add"), `the capability ${name}`, "capabilities");
    }
  }
  for (const { source } of devices) {
    if (!allowsPathText(policy.devices, source)) {
      refusals.add(at("devices"), `the device ${source}`, "devices");
    }
  }
  if (deviceCgroupRules.length > 0 && (policy.devices.allow !== "all" || policy.devices.deny.length > 0)) {
    refusals.add(at("device_cgroup_rules"), "a rule for devices", "devices");
  }
  if (runtime !== undefined && !allowsText(policy.runtimes, runtime)) {
    refusals.add(at("runtime"), `the runtime ${runtime}`, "runtimes");
  }
}

/** Whether an option takes a profile of the engine away, or puts another one in its place. */
function isUnconfined(option: string): boolean {
  const [, key = option, value = ""] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
  if (key === "seccomp") return value !== "builtin";
  return (key === "apparmor" && value === "unconfined") || (key === "label" && value === "disable");
}

/** `ALL` has whatever is denied. */
function allowsCapability({ capabilities: { allow, deny } }: Policy, name: string): boolean {
  if (name === "ALL") return (allow === "all" || allow.includes("ALL")) && deny.length === 0;
  return isAllowed({ allow, deny }, (item) => item === name || item === "ALL");
}

/** As in rules: without the prefix that engines take as well. */
export function capabilityName(text: string): string {
  return text.toUpperCase().replace(/^CAP_/, "");
}

function judgeNamespaces(container: Container, at: FieldPath, refusals: Refusals): void {
  const { policy } = refusals;
  const named = (name: NamespaceName, field: string, mode: string | undefined) => {
    if (mode === "host" && !allowsNamespace(policy, name)) {
      refusals.add(at(field), `the host's ${name} namespace`, "host_namespaces");
    }
    if (mode?.startsWith("container:") === true) outside(field, mode.slice("container:".length));
  };
  const outside = (field: string, other: string) => {
    if (!policy.outsideContainers) {
      refusals.add(at(field), `the container ${other}, which is not of the pod,`, "outside_containers");
    }
  };
  const judge = (name: NamespaceName, field: string, namespace: Namespace) => {
    if (namespace.kind === "engine") named(name, field, namespace.mode);
    if (namespace.kind === "external") outside(field, namespace.container);
  };
  judge("network", "network_mode", container.networkNamespace);
  judge("ipc", "ipc", container.ipcNamespace);
  judge("pid", "pid", container.pidNamespace);
  named("uts", "uts", container.utsNamespace);
  named("user", "userns_mode", container.userNamespace);
  named("cgroup", "cgroup", container.cgroupNamespace);
  for (const { from } of container.volumesFrom) {
    if ("external" in from) outside("volumes_from", from.external);
  }
  for (const link of container.externalLinks) outside("external_links", link.split(":", 1)[0] ?? link);
}

function allowsNamespace({ hostNamespaces }: Policy, name: NamespaceName): boolean {
  return isAllowed(hostNamespaces, (item) => item === name);
}

function judgeMounts(
  { mounts, files }: Container,
  at: FieldPath,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  for (const { type, source, readOnly } of mounts) {
    if (type === "bind" && source !== undefined) {
      judgeBind({ path: source, readOnly }, at("volumes"), refusals, place);
    } else if (type === "npipe" && refusals.policy.bindMounts.allow !== "all") {
      refusals.add(at("volumes"), `a mount of type ${type}`, "bind_mounts");
    }
  }
  for (const { kind, source, content } of files) {
    if (content.kind !== "file") continue;
    // It is mounted, so that a container sees it; and it may be what the container runs as.
    if (judgePath(content.path, refusals.policy.files, place) === "denied") {
      refusals.add(`${kind}s.${source}.file`, content.path, "files");
    }
  }
}

function judgeBind(
  { path, readOnly }: { readonly path: string; readonly readOnly: boolean },
  field: string,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  const verdict = judgePath(path, refusals.policy.bindMounts, place);
  if (verdict === "denied") refusals.add(field, `the bind mount of ${path}`, "bind_mounts");
  if (verdict === "read-only" && !readOnly) {
    refusals.add(field, `the bind mount of ${path} for writing (add :ro)`, "bind_mounts");
  }
}

/** The local driver mounts what its options say: a directory of the host, or a device. */
function judgeVolumeDevice(
  { driver = "local", driverOptions }: Pod["volumes"][number],
  path: string,
  refusals: Refusals,
  place: PolicyPlace,
): void {
  const { device, o = "", type = "" } = driverOptions;
  if (driver !== "local" || device === undefined) return;
  const field = `${path}.driver_opts`;
  const options = o.split(",");
  if (options.some((option) => option === "bind" || option === "rbind")) {
    judgeBind({ path: device, readOnly: options.includes("ro") }, field, refusals, place);
  } else if (type === "overlay") {
    for (const option of options) {
      for (const lower of option.replace(/^(?:lowerdir|upperdir|workdir)=/, "").split(":")) {
        if (lower.startsWith("/")) judgeBind({ path: lower, readOnly: false }, field, refusals, place);
      }
    }
  } else if (device.startsWith("/") && type !== "tmpfs" && !allowsPathText(refusals.policy.devices, device)) {
    refusals.add(field, `the device ${device}`, "devices");
  }
}

function judgeImage({ image }: Container, at: FieldPath, refusals: Refusals): void {
  const { policy } = refusals;
  const isOpen = policy.registries.allow === "all" && policy.registries.deny.length === 0;
  if (isOpen && policy.unpinnedImages) return;
  // The id of an image says what it is, and that nobody pulls it.
  if (/^(?:sha256:)?[0-9a-f]{64}$/.test(image)) return;
  let reference: ReturnType<typeof parseImageReference>;
  try {
    reference = parseImageReference(image);
  } catch {
    // Placing the pod says what is wrong with it.
    return;
  }
  const full = `${reference.registry}/${reference.repository}`;
  const holds = (item: string) => full === item || full.startsWith(`${item}/`);
  if (!isAllowed(policy.registries, holds)) {
    refusals.add(at("image"), `the image ${image} (${full})`, "registries");
  }
  if (reference.digest === undefined && !policy.unpinnedImages) {
    refusals.add(
      at("image"),
      `the image ${image} without a digest (pin it with mesolet pin)`,
      "unpinned_images",
    );
  }
}

function judgeUser({ user }: Container, at: FieldPath, refusals: Refusals): void {
  const { users } = refusals.policy;
  if (users.allow === "all" && users.deny.length === 0) return;
  if (user === undefined) {
    // What the image says is not known here: it may be root, and mostly is.
    if (!isAllowed(users, isRoot)) {
      refusals.add(at("user"), "the image's own user, which may be root,", "users");
    }
    return;
  }
  const name = user.split(":", 1)[0] ?? user;
  const matches = (item: string) => item === name || (isRoot(item) && isRoot(name));
  if (!isAllowed(users, matches)) refusals.add(at("user"), `the user ${name}`, "users");
}

function isRoot(user: string): boolean {
  return user === "root" || /^0+$/.test(user);
}

function allowsText({ allow, deny }: Policy["runtimes"], text: string): boolean {
  return isAllowed({ allow, deny }, (item) => item === text);
}

/** By path and below it, as text: devices are no directories of one's own. */
function allowsPathText(choice: Policy["devices"], path: string): boolean {
  return isAllowed(choice, (item) => item === path || path.startsWith(`${item}/`));
}
