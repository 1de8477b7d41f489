import type { CgroupSpec } from "../plan/step.ts";
import { CgroupError, type CgroupHost } from "./cgroup.ts";
import { CgroupFileError } from "./cgroup_files.ts";

/**
 * The parent cgroup of a pod where systemd manages the tree. What is written into the tree behind systemd's back is
 * undone at its next reload, so the limits stand in a unit of the slice, which lasts until the next boot, like the
 * containers in it.
 *
 * Source: systemd.slice(5), systemd.resource-control(5).
 */
export async function createSlice(spec: CgroupSpec, host: CgroupHost): Promise<void> {
  await host.files.write(unitPath(spec, host), sliceUnit(spec));
  await systemctl(spec, host, ["daemon-reload"]);
  await systemctl(spec, host, ["start", spec.parent]);
}

/** The text of the unit. */
export function sliceUnit(spec: CgroupSpec): string {
  const lines = [
    "# Made by mesolet for the total of a pod.",
    "[Unit]",
    "Description=Containers of a pod of mesolet",
  ];
  lines.push("[Slice]");
  if (spec.memoryBytes !== undefined) {
    lines.push("MemoryAccounting=yes", `MemoryMax=${spec.memoryBytes}`);
    if (spec.version === 2) lines.push("MemorySwapMax=0");
  }
  if (spec.milliCpus !== undefined) lines.push("CPUAccounting=yes", `CPUQuota=${percentOf(spec.milliCpus)}%`);
  return lines.join("\n") + "\n";
}

/** systemd takes percents of one CPU, with up to two decimals. */
function percentOf(milliCpus: number): string {
  return String(Math.max(0.01, Math.round(milliCpus * 10) / 100));
}

/** Removes the unit of a slice, and the slice. */
export async function removeSlice(spec: CgroupSpec, host: CgroupHost): Promise<void> {
  await systemctl(spec, host, ["stop", spec.parent]);
  try {
    await host.files.removeFile(unitPath(spec, host));
  } catch (error) {
    if (!(error instanceof CgroupFileError) || error.reason !== "missing") throw error;
  }
  await systemctl(spec, host, ["daemon-reload"]);
}

/** Where a slice is in the tree: dashes nest, `mesolet-shop.slice` is in `mesolet.slice`. */
export function sliceDirectory(slice: string): string {
  const parts = slice.replace(/\.slice$/, "").split("-");
  return parts.map((_, index) => `${parts.slice(0, index + 1).join("-")}.slice`).join("/");
}

function unitPath(spec: CgroupSpec, host: CgroupHost): string {
  return `${host.units}/${spec.parent}`;
}

async function systemctl(spec: CgroupSpec, host: CgroupHost, parameters: readonly string[]): Promise<void> {
  const command = `systemctl ${parameters.join(" ")}`;
  let answer: { readonly success: boolean; readonly said: string };
  try {
    answer = await host.run("systemctl", parameters);
  } catch (error) {
    throw new CgroupError(
      `Cannot run ${command} for the cgroup ${spec.parent}: ${String(error)}`,
      spec.parent,
      {
        denied: error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied,
        cause: error,
      },
    );
  }
  if (answer.success) return;
  // A slice that is not loaded is stopped already.
  if (parameters[0] === "stop" && /not loaded/.test(answer.said)) return;
  const denied = /access denied|authentication required|permission denied/i.test(answer.said);
  throw new CgroupError(`Cannot make the cgroup ${spec.parent}: ${command}: ${answer.said}`, spec.parent, {
    denied,
  });
}
