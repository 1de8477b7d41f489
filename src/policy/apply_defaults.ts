import type { Container, Mount, Pod } from "../pod/model.ts";
import { capabilityName } from "./judge_pod.ts";
import type { Policy } from "./policy.ts";

/**
 * The pod with what a policy gives to containers that say nothing of it themselves: mounts, a user, capabilities that are
 * dropped. What it gives was decided by the owner of the host, and is not judged.
 */
export function applyDefaults(given: Pod, policy: Policy): Pod {
  // What nobody named is not looked for.
  const pod: Pod = policy.imageArchives ? given : { ...given, preload: { directory: null, remove: false } };
  const { bindMounts, users, capabilities } = policy;
  if (bindMounts.default.length + capabilities.default.length === 0 && users.default === undefined) {
    return pod;
  }
  return { ...pod, containers: pod.containers.map((container) => withDefaults(container, policy)) };
}

function withDefaults(container: Container, { bindMounts, users, capabilities }: Policy): Container {
  const taken = new Set(container.mounts.map(({ target }) => target));
  const mounts = bindMounts.default.filter(({ target }) => !taken.has(target)).map((mount): Mount => ({
    type: "bind",
    ...mount,
    bind: { createHostPath: false },
  }));
  const { security } = container;
  const known = new Set(
    [...security.capabilitiesAdded, ...security.capabilitiesDropped].map(capabilityName),
  );
  const dropped = known.has("ALL") ? [] : capabilities.default.filter((name) => !known.has(name));
  return {
    ...container,
    ...(container.user === undefined && users.default !== undefined ? { user: users.default } : {}),
    mounts: [...container.mounts, ...mounts],
    security: { ...security, capabilitiesDropped: [...security.capabilitiesDropped, ...dropped] },
  };
}
