import type { HostUser } from "../mesos/task/task_pod.ts";

/** A user of this host, by name or number; undefined when there is none. Of `/etc/passwd`, as the engine's host has it. */
export function hostUser(name: string): HostUser | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync("/etc/passwd");
  } catch {
    return undefined;
  }
  for (const line of text.split("\n")) {
    const [user, , uid, gid] = line.split(":");
    if ((user !== name && uid !== name) || !/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) continue;
    return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
