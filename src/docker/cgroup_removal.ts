import type { CgroupHost } from "./cgroup.ts";
import { CgroupFileError } from "./cgroup_files.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Removes a cgroup, with empty ones below it. Tasks that are just ending are waited for. One that is gone is fine.
 *
 * @throws {CgroupFileError} `busy` when tasks remain after the bound
 */
export async function removeWhenEmpty(
  directory: string,
  host: CgroupHost,
  signal?: AbortSignal,
): Promise<void> {
  const started = host.clock.elapsed();
  for (let pause = 10;; pause = Math.min(pause * 2, 500)) {
    try {
      return await host.files.removeDirectory(directory);
    } catch (error) {
      if (!(error instanceof CgroupFileError)) throw error;
      if (error.reason === "missing") return;
      if (error.reason !== "busy" || host.clock.elapsed() - started >= TimeBounds.cgroupRemoval) throw error;
    }
    if (await removeEmptyBelow(directory, host)) continue;
    await host.clock.sleep(pause, signal);
  }
}

/**
 * Removes empty cgroups below one: Podman makes `conmon` there, for the processes that watch containers, and leaves it.
 *
 * @returns whether there were any, and none is left
 */
async function removeEmptyBelow(directory: string, host: CgroupHost): Promise<boolean> {
  let children: string[];
  try {
    children = await host.files.directories(directory);
  } catch (error) {
    if (error instanceof CgroupFileError && error.reason === "missing") return true;
    throw error;
  }
  let areGone = children.length > 0;
  for (const child of children) {
    const path = `${directory}/${child}`;
    await removeEmptyBelow(path, host);
    if (!await removeIfEmpty(path, host)) areGone = false;
  }
  return areGone;
}

/** Removes a cgroup that has neither tasks nor cgroups in it, and says whether it is gone. */
export async function removeIfEmpty(directory: string, host: CgroupHost): Promise<boolean> {
  try {
    await host.files.removeDirectory(directory);
    return true;
  } catch (error) {
    if (error instanceof CgroupFileError && error.reason === "missing") return true;
    if (error instanceof CgroupFileError && error.reason === "busy") return false;
    throw error;
  }
}
