/**
 * Who runs a pod: one process of one boot of one host. The label of it on everything that the pod is made of tells,
 * after any crash, whether that process is still there.
 */

/** A process, such that no other one is ever taken for it. */
export interface Owner {
  /** Of the host's boot: `/proc/sys/kernel/random/boot_id`. */
  readonly boot: string;
  /** The namespace that the process id is of: an executor in a container has another one than the host. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** When it started, in ticks since the boot: process ids are used again. */
  readonly start: string;
}

/** Writes an owner as its label has it. */
export function formatOwner({ boot, pidNamespace, pid, start }: Owner): string {
  return `${boot}:${pidNamespace}:${pid}:${start}`;
}

/** Reads the label of an owner; undefined when it is none. */
export function parseOwner(text: string): Owner | undefined {
  const match = /^([0-9a-f-]+):(\d+):(\d+):(\d+)$/.exec(text);
  const [, boot, pidNamespace, pid, start] = match ?? [];
  if (boot === undefined || pidNamespace === undefined || pid === undefined || start === undefined) {
    return undefined;
  }
  return { boot, pidNamespace, pid: Number(pid), start };
}

/** The start of a process in ticks since the boot, of its `/proc/PID/stat`; undefined when it is a zombie or dead. */
export function startOf(stat: string): string | undefined {
  // The name of the program may hold anything, also spaces and parentheses: fields count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 1).trim().split(/\s+/);
  const [state] = fields;
  return state === "Z" || state === "X" ? undefined : fields[19];
}

/**
 * - `alive`: the process is there. `gone`: it is not, for sure. `unknown`: it cannot be seen from here.
 */
export type Liveness = "alive" | "gone" | "unknown";

/** What is known of the processes of this host. */
export interface ProcessView {
  readonly boot: string;
  readonly pidNamespace: string;
  /** The start of the process of this id; undefined when there is none. */
  startOf(pid: number): string | undefined;
}

/** Whether the owner is still there, as far as this process can see. */
export function livenessOf(owner: Owner, view: ProcessView): Liveness {
  if (owner.boot !== view.boot) return "gone";
  if (owner.pidNamespace !== view.pidNamespace) return "unknown";
  return view.startOf(owner.pid) === owner.start ? "alive" : "gone";
}
