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

/** What an id says; undefined where it is none of ours. */
export function readTaskId(id: string): TaskIdentity | undefined {
  const match = /^([a-z0-9][a-z0-9_-]*)\.(\d{1,6})\.([a-z0-9]{1,32})\.[a-z0-9]+$/.exec(id);
  if (match === null) return undefined;
  const [, pod = "", slot = "", version = ""] = match;
  return { pod, slot: Number(slot), version };
}
