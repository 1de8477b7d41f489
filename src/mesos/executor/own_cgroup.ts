/**
 * The cgroup of a process, of its `/proc/PID/cgroup`, where cgroups are of version 1: that of the memory controller. A
 * pod that is nested is made below it, so that the agent's end of the executor is the pod's end as well.
 *
 * Undefined where there is none: with version 2 an agent takes what it finds below its own cgroups for orphans after a
 * restart, and kills it.
 */
export function ownCgroup(text: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers?.split(",").includes("memory") === true) return path;
  }
  return undefined;
}
