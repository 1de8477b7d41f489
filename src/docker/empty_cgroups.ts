import type { EngineFacts } from "../plan/observed.ts";
import { allPodsParent, podOfParent } from "../plan/pod_cgroup.ts";
import { type CgroupHost, rootsOf } from "./cgroup.ts";
import { CgroupFileError } from "./cgroup_files.ts";

/**
 * Names of pods whose parent cgroup is there and holds nothing: no process, and no cgroup of a container. That is so
 * for a moment while a pod is made, and for as long as it is stopped; and for ever, when who made it was killed before
 * there was a container.
 *
 * @throws {CgroupFileError} when the tree cannot be read
 */
export async function podsWithEmptyCgroup(
  { cgroupDriver: driver, cgroupVersion: version }: EngineFacts,
  host: CgroupHost,
): Promise<readonly string[]> {
  if (driver === "none") return [];
  const found = new Map<string, boolean>();
  for (const root of await rootsOf(version, host)) {
    const parent = `${root}/${allPodsParent(driver)}`;
    for (const name of await directories(parent, host) ?? []) {
      const pod = podOfParent(name, driver);
      if (pod === undefined || found.get(pod) === false) continue;
      found.set(pod, await isEmpty(`${parent}/${name}`, host));
    }
  }
  return [...found].flatMap(([pod, empty]) => empty ? [pod] : []).sort();
}

async function isEmpty(directory: string, host: CgroupHost): Promise<boolean> {
  const children = await directories(directory, host);
  if (children === undefined || children.length > 0) return false;
  try {
    return (await host.files.read(`${directory}/cgroup.procs`)).trim() === "";
  } catch (error) {
    if (error instanceof CgroupFileError) return false;
    throw error;
  }
}

/** Undefined where there is no such directory (any more). */
async function directories(path: string, host: CgroupHost): Promise<readonly string[] | undefined> {
  try {
    return await host.files.directories(path);
  } catch (error) {
    if (error instanceof CgroupFileError && error.reason === "missing") return undefined;
    throw error;
  }
}
