import { canonicalJson } from "./canonical.ts";
import type { Container, FileContent, Mount } from "./model.ts";
import { sha256 } from "./sha256.ts";

/**
 * The version of what is hashed. It changes only when the same spec must give another container; a new field of the
 * model that is empty by default leaves every hash as it was, because empty members are not hashed.
 */
export const hashSchema = 1;

/**
 * A text that changes exactly when a container has to be made anew: `<schema>:<64 hex digits>`.
 *
 * Not in it: replicas, pull policy, dependencies and what it precedes (they say when, not what), and the pod's directory (paths below it
 * count as relative), so that moving or renaming a spec changes nothing. In it: digests of config and secret contents.
 *
 * @param place what the placement adds that the container itself does not say (the shared namespace it joins).
 */
export function hashContainer(
  container: Container,
  directory: string,
  place: Record<string, unknown>,
): string {
  const {
    replicas: _replicas,
    pull: _pull,
    dependsOn: _dependsOn,
    imageIsBuilt: _built,
    preStartOf: _preStartOf,
    pins: _pins,
    pinned: _pinned,
    ...rest
  } = container;
  const data = {
    ...withoutEmpty({
      ...rest,
      mounts: container.mounts.map((mount) => relativeMount(mount, directory)),
      files: container.files.map((file) => ({ ...file, content: contentIdentity(file.content, directory) })),
    }),
    place: withoutEmpty(place),
  };
  return `${hashSchema}:${sha256(canonicalJson(data))}`;
}

/** A hash of the definition of a network or volume. */
export function hashDefinition(definition: Record<string, unknown>): string {
  return `${hashSchema}:${sha256(canonicalJson(withoutEmpty(definition)))}`;
}

/** Whether two hashes are of one schema: those of different ones say nothing of each other. */
export function isOfSameSchema(one: string, other: string): boolean {
  return schemaOf(one) === schemaOf(other);
}

/**
 * Whether what was found is something else than what is wanted, by their hashes. A hash of another schema says nothing:
 * an upgrade of mesolet restarts no container.
 */
export function saysOtherwise(found: string, wanted: string): boolean {
  return found !== wanted && isOfSameSchema(found, wanted);
}

function schemaOf(hash: string): string {
  return hash.slice(0, hash.indexOf(":"));
}

/** Members that may be absent, where `false` is something else than that. */
const meaningfulWhenFalse = new Set(["init", "enableIpv4", "enableIpv6", "oomKillDisable"]);

/** Members that say nothing are left out, one level into plain objects; lists are kept as they are. */
function withoutEmpty(value: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue;
    if (member === false && !meaningfulWhenFalse.has(key)) continue;
    if (Array.isArray(member)) {
      // An empty command is not the same as the image's own.
      if (member.length > 0 || key === "command" || key === "entrypoint") result[key] = member;
    } else if (typeof member === "object") {
      const plain = depth < 2 ? withoutEmpty({ ...member }, depth + 1) : { ...member };
      if (Object.keys(plain).length > 0) result[key] = plain;
    } else {
      result[key] = member;
    }
  }
  return result;
}

function relativeMount(mount: Mount, directory: string): Mount {
  if (mount.type !== "bind" || mount.source === undefined) return mount;
  return { ...mount, source: relativePath(mount.source, directory) };
}

function contentIdentity(content: FileContent, directory: string): Record<string, unknown> {
  if (content.kind === "inline") return { digest: sha256(content.bytes) };
  return { path: relativePath(content.path, directory), digest: content.digest };
}

/** `/srv/shop/data` below `/srv/shop` becomes `./data`; a path outside stays as it is. */
function relativePath(path: string, directory: string): string {
  if (path === directory) return ".";
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  return path.startsWith(prefix) ? `./${path.slice(prefix.length)}` : path;
}
