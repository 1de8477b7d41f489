import { type Clock, systemClock } from "../pod/clock.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import type { EngineFacts, ObservedCgroup } from "../plan/observed.ts";
import type { CgroupSpec } from "../plan/step.ts";
import { CgroupFileError, type CgroupFiles, cgroupFilesOfHost } from "./cgroup_files.ts";
import { removeIfEmpty, removeWhenEmpty } from "./cgroup_removal.ts";
import { isOnReadOnlyMount } from "./read_only_mount.ts";
import { createSlice, removeSlice, sliceDirectory } from "./cgroup_slice.ts";
import { TimeBounds } from "./time_bounds.ts";

/** What making cgroups works on. */
export interface CgroupHost {
  readonly files: CgroupFiles;
  /** Where the cgroup file systems are mounted: `/sys/fs/cgroup`. */
  readonly root: string;
  /** Where systemd reads units that last until the next boot: `/run/systemd/system`. */
  readonly units: string;
  readonly clock: Clock;
  /** Runs a program of the host, bounded in time. */
  run(
    command: string,
    parameters: readonly string[],
  ): Promise<{ readonly success: boolean; readonly said: string }>;
}

/** The host that this process runs on. Needs `--allow-all`, or `--allow-run=sh,systemctl`. */
export function cgroupHostOfProcess(clock: Clock = systemClock): CgroupHost {
  return {
    files: cgroupFilesOfHost(),
    root: "/sys/fs/cgroup",
    units: "/run/systemd/system",
    clock,
    async run(command, parameters) {
      const { success, stdout, stderr } = await new Deno.Command(command, {
        args: [...parameters],
        stdin: "null",
        signal: AbortSignal.timeout(TimeBounds.systemctl),
      }).output();
      return { success, said: new TextDecoder().decode(success ? stdout : stderr).trim() };
    },
  };
}

/** A parent cgroup cannot be made, changed or removed. */
export class CgroupError extends MesoletError {
  override readonly name = "CgroupError";
  constructor(
    message: string,
    readonly cgroup: string,
    options: { readonly denied: boolean; readonly cause?: unknown },
  ) {
    super(
      message,
      options.denied ? ExitCode.permission : ExitCode.osError,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
  }
}

/** Length of a period of CPU accounting, in microseconds: the kernel's own default. */
const cpuPeriod = 100_000;

/** The controllers that hold a pod to its total. */
const controllers = ["memory", "cpu"] as const;

/**
 * Makes a parent cgroup with its limits; one that is there gets the limits anew.
 *
 * @throws {CgroupError} 77 when we may not, 71 when the kernel refuses
 */
export async function createCgroup(spec: CgroupSpec, host: CgroupHost): Promise<void> {
  await explained(spec, "make", async () => {
    if (spec.driver === "systemd") return await createSlice(spec, host);
    const parts = partsOf(spec.parent);
    if (spec.version === 1) await createVersion1(spec, parts, host);
    else await createVersion2(spec, parts, host);
  });
}

async function createVersion1(spec: CgroupSpec, parts: readonly string[], host: CgroupHost): Promise<void> {
  for (const controller of controllers) {
    const limit = controller === "memory" ? spec.memoryBytes : spec.milliCpus;
    if (limit === undefined) continue;
    let directory = `${host.root}/${controller}`;
    for (const part of parts) {
      directory += `/${part}`;
      await makeIfMissing(directory, host);
      // Kernels before 5.11 count the memory of children only when told so, before there are any.
      if (controller === "memory") await tryWrite(`${directory}/memory.use_hierarchy`, "1", host);
    }
    if (controller === "memory") {
      await writeMemoryLimits(directory, limit, host);
    } else {
      await host.files.write(`${directory}/cpu.cfs_period_us`, String(cpuPeriod));
      await host.files.write(`${directory}/cpu.cfs_quota_us`, String(quotaOf(limit)));
    }
  }
}

/** The limit with swap may never be the lower one of the two: which is written first depends on what stands there. */
async function writeMemoryLimits(directory: string, bytes: number, host: CgroupHost): Promise<void> {
  const memory = `${directory}/memory.limit_in_bytes`;
  const withSwap = `${directory}/memory.memsw.limit_in_bytes`;
  if (!await host.files.exists(withSwap)) return await host.files.write(memory, String(bytes));
  const current = Number((await host.files.read(withSwap)).trim());
  const order = current < bytes ? [withSwap, memory] : [memory, withSwap];
  for (const file of order) await host.files.write(file, String(bytes));
}

async function createVersion2(spec: CgroupSpec, parts: readonly string[], host: CgroupHost): Promise<void> {
  let directory = host.root;
  for (const part of parts) {
    for (const controller of controllers) {
      await tryWrite(`${directory}/cgroup.subtree_control`, `+${controller}`, host);
    }
    directory += `/${part}`;
    await makeIfMissing(directory, host);
  }
  if (spec.memoryBytes !== undefined) {
    await host.files.write(`${directory}/memory.max`, String(spec.memoryBytes));
    await tryWrite(`${directory}/memory.swap.max`, "0", host);
    // A pod that exceeds its total ends as a whole, as the kernel's own doing.
    await tryWrite(`${directory}/memory.oom.group`, "1", host);
  }
  if (spec.milliCpus !== undefined) {
    await host.files.write(`${directory}/cpu.max`, `${quotaOf(spec.milliCpus)} ${cpuPeriod}`);
  }
}

/** The kernel takes no quota below one millisecond. */
function quotaOf(milliCpus: number): number {
  return Math.max(1_000, Math.round(milliCpus * cpuPeriod / 1_000));
}

async function makeIfMissing(directory: string, host: CgroupHost): Promise<void> {
  try {
    await host.files.makeDirectory(directory);
  } catch (error) {
    if (!(error instanceof CgroupFileError) || error.reason !== "exists") throw error;
  }
}

/** Writes what this kernel may not have, or may have set already. */
async function tryWrite(path: string, text: string, host: CgroupHost): Promise<void> {
  try {
    await host.files.write(path, text);
  } catch (error) {
    if (!(error instanceof CgroupFileError)) throw error;
  }
}

/**
 * Removes a parent cgroup, from every controller (engines make one in each), and the cgroup of all pods when this was
 * the last. Tasks that are just ending are waited for. One that is gone is fine.
 *
 * @throws {CgroupError} when tasks remain after the bound
 */
export async function removeCgroup(spec: CgroupSpec, host: CgroupHost, signal?: AbortSignal): Promise<void> {
  await explained(spec, "remove", async () => {
    if (spec.driver === "systemd") return await removeSlice(spec, host);
    const parts = partsOf(spec.parent);
    for (const root of await rootsOf(spec.version, host)) {
      const path = (depth: number) => [root, ...parts.slice(0, depth)].join("/");
      await removeWhenEmpty(path(parts.length), host, signal);
      for (let depth = parts.length - 1; depth > 0; depth--) {
        if (!await removeIfEmpty(path(depth), host)) break;
      }
    }
  });
}

/** Roots of the trees that a cgroup is part of: one for each controller on version 1. */
export async function rootsOf(version: 1 | 2, host: CgroupHost): Promise<string[]> {
  if (version === 2) return [host.root];
  return (await host.files.directories(host.root)).map((controller) => `${host.root}/${controller}`);
}

/** What the kernel counted in a parent cgroup. */
export interface CgroupOutOfMemory {
  /**
   * Tasks that were killed. On version 1 those of cgroups that still exist: the kernel counts at the cgroup of the
   * victim, and the engine removes that when its container has ended.
   */
  readonly kills: number;
  /**
   * How often the pod's total was reached, or 1 where the kernel only says that it was. Without this, a kill was for a container's own limit. Alone
   * it means little: caches of files fill a cgroup up to its limit as well.
   */
  readonly limitReached: number;
}

/** Reads how often a pod ran out of its total; zeros when the cgroup is gone. */
export async function readCgroupOom(spec: CgroupSpec, host: CgroupHost): Promise<CgroupOutOfMemory> {
  const directory = memoryDirectory(spec, host);
  if (spec.version === 2) {
    const events = counters(await readOrEmpty(`${directory}/memory.events`, host));
    return { kills: events.get("oom_kill") ?? 0, limitReached: events.get("max") ?? 0 };
  }
  const read = async (name: string) => Number(await readOrEmpty(`${directory}/memory.${name}`, host));
  // With accounting of swap it is the limit of both together that is reached first.
  const failures = await read("failcnt") + await read("memsw.failcnt");
  // Kernels from about 6.12 on no longer count there; the highest use tells the same, though not how often.
  const limit = await read("limit_in_bytes");
  const highest = limit > 0 && await read("max_usage_in_bytes") >= limit ? 1 : 0;
  return { kills: await killsBelow(directory, host), limitReached: failures === 0 ? highest : failures };
}

async function killsBelow(directory: string, host: CgroupHost): Promise<number> {
  let kills = counters(await readOrEmpty(`${directory}/memory.oom_control`, host)).get("oom_kill") ?? 0;
  let children: string[] = [];
  try {
    children = await host.files.directories(directory);
  } catch (error) {
    if (!(error instanceof CgroupFileError)) throw error;
  }
  for (const child of children) kills += await killsBelow(`${directory}/${child}`, host);
  return kills;
}

function memoryDirectory(spec: CgroupSpec, host: CgroupHost): string {
  const path = pathOf(spec);
  return spec.version === 1 ? `${host.root}/memory/${path}` : `${host.root}/${path}`;
}

async function readOrEmpty(path: string, host: CgroupHost): Promise<string> {
  try {
    return await host.files.read(path);
  } catch (error) {
    if (error instanceof CgroupFileError) return "";
    throw error;
  }
}

function counters(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [name = "", value = ""] = line.split(" ");
    if (name !== "") found.set(name, Number(value));
  }
  return found;
}

/** Reads the limits that a parent cgroup has now; null when it is not there, or cannot be looked at. */
export async function readCgroupLimits(spec: CgroupSpec, host: CgroupHost): Promise<ObservedCgroup | null> {
  const path = pathOf(spec);
  const memory = spec.version === 1 ? `${host.root}/memory/${path}` : `${host.root}/${path}`;
  const cpu = spec.version === 1 ? `${host.root}/cpu/${path}` : memory;
  try {
    const [memoryExists, cpuExists] = await Promise.all([host.files.exists(memory), host.files.exists(cpu)]);
    if (!memoryExists && !cpuExists) return null;
  } catch (error) {
    if (error instanceof CgroupFileError || error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
  const [memoryText, cpuText] = spec.version === 1
    ? [
      await readOrEmpty(`${memory}/memory.limit_in_bytes`, host),
      `${(await readOrEmpty(`${cpu}/cpu.cfs_quota_us`, host)).trim()} ${await readOrEmpty(
        `${cpu}/cpu.cfs_period_us`,
        host,
      )}`,
    ]
    : [await readOrEmpty(`${memory}/memory.max`, host), await readOrEmpty(`${cpu}/cpu.max`, host)];
  const [quota = NaN, period = NaN] = cpuText.trim().split(/\s+/).map(Number);
  const memoryBytes = Number(memoryText.trim() || NaN);
  // Neither `max`, nor -1, nor version 1's huge number for "none" is a limit.
  const hasMemory = memoryBytes > 0 && memoryBytes < 2 ** 62;
  return present({
    milliCpus: quota > 0 && period > 0 ? asAskedCpus(quota * cpuPeriod / period, spec.milliCpus) : undefined,
    memoryBytes: hasMemory ? asAskedMemory(memoryBytes, spec.memoryBytes) : undefined,
  });
}

/** What was asked for, where the kernel (or systemd) only rounded it; else what is there. */
function asAskedCpus(quota: number, asked: number | undefined): number {
  if (asked !== undefined && Math.abs(quotaOf(asked) - quota) <= cpuPeriod / 10_000) return asked;
  return Math.round(quota * 1_000 / cpuPeriod);
}

/** The kernel rounds a limit down to whole pages, of 64 KiB at most. */
function asAskedMemory(bytes: number, asked: number | undefined): number {
  return asked !== undefined && asked >= bytes && asked - bytes < 65_536 ? asked : bytes;
}

/** Whether mesolet can make cgroups on the engine's host; with the reason when it cannot. */
export async function cgroupsUsable(
  facts: EngineFacts,
  host: CgroupHost,
): Promise<{ readonly usable: true } | { readonly usable: false; readonly reason: string }> {
  if (!facts.local) return { usable: false, reason: "the engine is not on this host" };
  if (facts.rootless) return { usable: false, reason: "the engine is rootless and limits what its user may" };
  if (facts.cgroupDriver === "none") return { usable: false, reason: "the engine manages no cgroups" };
  const probe = facts.cgroupVersion === 1 ? `${host.root}/memory` : `${host.root}/cgroup.controllers`;
  try {
    if (!await host.files.exists(probe)) {
      return { usable: false, reason: `cgroups are not mounted at ${host.root}` };
    }
    const tree = treeOf(facts, host);
    if (facts.cgroupDriver !== "systemd" && isOnReadOnlyMount(await mountsOf(host), tree)) {
      return { usable: false, reason: `${tree} can only be read from here, as in a container` };
    }
    if (await mayMakeCgroups(facts, host)) return { usable: true };
    return { usable: false, reason: "this user may not make cgroups: run mesolet as root" };
  } catch (error) {
    if (!(error instanceof CgroupFileError) && !(error instanceof Deno.errors.NotCapable)) throw error;
    return { usable: false, reason: `${host.root} cannot be read` };
  }
}

/** The parent of all pods with the driver cgroupfs (`plan/pod_cgroup.ts`). */
const podsParent = "mesolet";

/** Root may, and whom the parent of all pods was handed over to. */
async function mayMakeCgroups(facts: EngineFacts, host: CgroupHost): Promise<boolean> {
  if (facts.cgroupDriver === "systemd") return await host.files.mayWrite(host.units);
  const tree = treeOf(facts, host);
  const parent = `${tree}/${podsParent}`;
  return await host.files.mayWrite(await host.files.exists(parent) ? parent : tree);
}

function treeOf({ cgroupVersion }: EngineFacts, host: CgroupHost): string {
  return cgroupVersion === 1 ? `${host.root}/memory` : host.root;
}

async function mountsOf(host: CgroupHost): Promise<string> {
  const path = "/proc/self/mountinfo";
  return await host.files.exists(path) ? await host.files.read(path) : "";
}

/** Where the cgroup is below the root of a tree. */
function pathOf(spec: CgroupSpec): string {
  return spec.driver === "systemd" ? sliceDirectory(spec.parent) : partsOf(spec.parent).join("/");
}

function partsOf(parent: string): string[] {
  return parent.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
}

async function explained(spec: CgroupSpec, verb: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const what = `Cannot ${verb} the cgroup ${spec.parent}`;
    if (error instanceof Deno.errors.NotCapable) {
      throw new CgroupError(`${what}: Deno was not permitted to (it takes --allow-run=sh)`, spec.parent, {
        denied: true,
        cause: error,
      });
    }
    if (!(error instanceof CgroupFileError)) throw error;
    if (error.reason === "denied") {
      throw new CgroupError(
        `${what}: permission denied at ${error.path}. Run as root, or leave x-pod.resources out`,
        spec.parent,
        { denied: true, cause: error },
      );
    }
    const why = error.reason === "busy"
      ? `${error.path} still has tasks`
      : error.reason === "missing"
      ? `${error.path} does not exist: the controller is not mounted or not enabled`
      : error.reason === "invalid"
      ? `the kernel refused what was written to ${error.path}`
      : error.message;
    throw new CgroupError(`${what}: ${why}`, spec.parent, { denied: false, cause: error });
  }
}
