/**
 * Names on the engine. They are made from the pod's name alone, so that "already exists" means "look and adopt", and
 * after a crash every part is found again.
 */

/** Whether a text can name a pod: lower-case letters, digits, `-` and `_`, beginning with a letter or digit. */
export function isPodName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]*$/.test(text);
}

/** The name of a pod as that of a host: its beginning, since a label of a name has 63 characters at most (RFC 1123). */
export function hostNameOf(pod: string): string {
  return pod.slice(0, 63);
}

/** The name of a replica of a container: that of Docker Compose, so that people find it. */
export function containerNameOf(pod: string, container: string, number: number): string {
  return `${pod}-${container}-${number}`;
}

/**
 * The name of the container that owns the pod's namespaces. The underscore keeps it apart from every container of a
 * spec, whose names end in `-<number>`.
 */
export function pauseNameOf(pod: string): string {
  return `${pod}_pause`;
}

/** The passing name of a container that is made to replace another: Docker Compose's form, the old id in front. */
export function replacementNameOf(replacedId: string, finalName: string): string {
  return `${replacedId.slice(0, 12)}_${finalName}`;
}

/**
 * The passing name of a container that has made room for its replacement, and is kept until that has started. Its own id
 * is in it, so that nothing but such a container has one: labels of a container cannot be changed any more.
 */
export function setAsideNameOf(id: string, finalName: string): string {
  return `old_${id.slice(0, 12)}_${finalName}`;
}

/** The name that a container had before it was set aside; undefined for one that is not. */
export function nameBeforeSetAside(id: string, name: string): string | undefined {
  const prefix = setAsideNameOf(id, "");
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : undefined;
}

/** The volume that holds copied secrets and configs of a container whose root is read-only. */
export function filesVolumeNameOf(containerName: string, index: number): string {
  return `${containerName}_files${index === 0 ? "" : index}`;
}

/** The built-in image of the pause container; the tag is the version of its content. */
export const pauseImageName = "mesolet/pause:2";
