/** Ids of tasks say whose they are, so that what runs is known also to a framework that lost its memory. */

/** What the id of a task says. */
export interface TaskIdentity {
  readonly pod: string;
  /** From 0 on. */
  readonly slot: number;
  readonly version: string;
}

/**
 * The id of a new task: `shop.0.4f1c9a.k3x9`. No pod's name has a dot in it, so it can be read back.
 *
 * @param run never the same twice: Mesos wants no id of a task used again
 */
export function taskId({ pod, slot, version }: TaskIdentity, run: string): string {
  return `${pod}.${slot}.${version}.${run}`;
}

/**
 * The id of a task of an instance that is a group of tasks: `shop.0.4f1c9a.k3x9.web-1`.
 *
 * @param member a container and its number, with any dots
 */
export function memberId(instance: string, member: string): string {
  return `${instance}.${member}`;
}

/** Of the id of a task of a group, the id of the instance and which of its tasks it is; undefined: it is none. */
export function readMemberId(id: string): { readonly instance: string; readonly member: string } | undefined {
  const match = /^([^.]+(?:\.[^.]+){3})\.(.+)$/.exec(id);
  if (match === null) return undefined;
  const [, instance = "", member = ""] = match;
  return readTaskId(instance) === undefined ? undefined : { instance, member };
}

/** What an id says; undefined where it is none of ours. */
export function readTaskId(id: string): TaskIdentity | undefined {
  const match = /^([a-z0-9][a-z0-9_-]*)\.(\d{1,6})\.([a-z0-9]{1,32})\.[a-z0-9]+$/.exec(id);
  if (match === null) return undefined;
  const [, pod = "", slot = "", version = ""] = match;
  return { pod, slot: Number(slot), version };
}
