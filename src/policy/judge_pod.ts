/** Holds a pod against a policy. */

import type { Problem } from "../pod/errors.ts";
import { parseImageReference } from "../pod/image_reference.ts";
import type { Container, Hook, Namespace, Pod } from "../pod/model.ts";
import type { PolicyPlace } from "./allowed_paths.ts";
import { judgeArchives, judgeDevices, judgeMounts, judgeVolume } from "./judge_files.ts";
import { isAllowed, isOpen, type NamespaceName, type Policy } from "./policy.ts";
import { type FieldPath, Refusals } from "./refusals.ts";

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
    judgeDevices(container, at, refusals, place);
    judgeNamespaces(container, at, refusals);
    judgeMounts(container, at, refusals, place);
    judgeImages(container, at, refusals);
    judgeUsers(container, at, refusals);
  }
  for (const volume of pod.volumes) judgeVolume(pod, volume, refusals, place);
  for (const network of pod.networks) {
    // The engine has one network of that kind, which is no network but the host's own.
    const isHost = network.driver === "host" || (network.external && network.name === "host");
    if (isHost && !allowsNamespace(policy, "network")) {
      refusals.add(`networks.${network.key}`, "the host's network", "host_namespaces");
    }
  }
  judgeArchives(pod, refusals, place);
  judgeHostCommands(pod, refusals);
  return refusals.problems;
}

/** Hooks of the pod's life are run by the executor: what they may do is what it may do. */
function judgeHostCommands({ statusHooks = [] }: Pod, refusals: Refusals): void {
  if (refusals.policy.hostCommands) return;
  for (const { moment, action } of statusHooks) {
    if (action.kind === "command") {
      refusals.add(`x-pod.hooks.${moment}`, "a command on the host", "host_commands");
    }
  }
}

function judgePrivileges(container: Container, at: FieldPath, refusals: Refusals): void {
  const { policy } = refusals;
  const { security, hooks, runtime } = container;
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
  if (runtime !== undefined && !isAllowed(policy.runtimes, (item) => item === runtime)) {
    refusals.add(at("runtime"), `the runtime ${runtime}`, "runtimes");
  }
}

/**
 * Whether an option loosens what an engine does by itself. Another profile may be one that allows everything; and what is
 * not known here may be anything.
 */
function isUnconfined(option: string): boolean {
  const [, key = option, value = ""] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
  switch (key) {
    case "seccomp":
      return value !== "builtin";
    case "apparmor":
      return value !== "docker-default";
    case "no-new-privileges":
      return value !== "" && value !== "true";
    case "label":
      return !/^(?:level:.*|type:(?:container|svirt_lxc_net)_t)$/s.test(value);
    default:
      return true;
  }
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
    // Podman takes any namespace by its path, as `ns:/proc/1/ns/net`.
    if ((mode === "host" || mode?.startsWith("ns:") === true) && !allowsNamespace(policy, name)) {
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

function judgeImages({ image, mounts }: Container, at: FieldPath, refusals: Refusals): void {
  judgeImage(image, at("image"), refusals);
  for (const { type, source } of mounts) {
    if (type === "image" && source !== undefined) judgeImage(source, at("volumes"), refusals);
  }
}

function judgeImage(image: string, field: string, refusals: Refusals): void {
  const { policy } = refusals;
  if (isOpen(policy.registries) && policy.unpinnedImages) return;
  // The id of an image says what it is, and that nobody pulls it.
  if (/^(?:sha256:)?[0-9a-f]{64}$/.test(image)) return;
  let reference: ReturnType<typeof parseImageReference>;
  try {
    reference = parseImageReference(image);
  } catch {
    // Placing the pod says what is wrong with it.
    return;
  }
  const full = `${registryName(reference.registry)}/${reference.repository}`;
  const holds = (item: string) => {
    const [registry = "", ...rest] = item.split("/");
    const wanted = [registryName(registry), ...rest].join("/");
    return full === wanted || full.startsWith(`${wanted}/`);
  };
  if (!isAllowed(policy.registries, holds)) {
    refusals.add(field, `the image ${image} (${full})`, "registries");
  }
  if (reference.digest === undefined && !policy.unpinnedImages) {
    refusals.add(field, `the image ${image} without a digest (pin it with mesolet pin)`, "unpinned_images");
  }
}

/** One name for what is one registry: names of hosts know no case, and 443 is the port without one. */
function registryName(registry: string): string {
  const name = registry.toLowerCase().replace(/:443$/, "");
  return name === "registry-1.docker.io" || name === "index.docker.io" ? "docker.io" : name;
}

function judgeUsers({ user, hooks }: Container, at: FieldPath, refusals: Refusals): void {
  const { users } = refusals.policy;
  if (isOpen(users)) return;
  // What the image says is not known here: it may be root, and mostly is.
  if (user !== undefined) judgeUser(user, at("user"), refusals);
  else if (users.default === undefined && !isAllowed(users, isRoot)) {
    refusals.add(at("user"), "the image's own user, which may be root,", "users");
  }
  const judgeHooks = (hooks: readonly Hook[], field: string) => {
    for (const { user } of hooks) if (user !== undefined) judgeUser(user, at(field), refusals);
  };
  judgeHooks(hooks.postStart, "post_start");
  judgeHooks(hooks.preStop, "pre_stop");
}

function judgeUser(user: string, field: string, refusals: Refusals): void {
  const { users } = refusals.policy;
  const name = user.split(":", 1)[0] ?? user;
  const matches = (item: string) => item === name || (isRoot(item) && isRoot(name));
  if (!isAllowed(users, matches)) refusals.add(field, `the user ${name}`, "users");
}

/** Engines read a number with its sign; no name at all is root as well. */
function isRoot(user: string): boolean {
  return user === "" || user === "root" || /^[+-]?0+$/.test(user);
}
