import { overlap, parseNetwork } from "./address_range.ts";
import type { Holdings } from "./claim.ts";
import { packetRules } from "./packet_rules.ts";
import { tryRun } from "./host_command.ts";
import { run } from "./host_command.ts";

/**
 * Removes whatever a private engine held of the host: processes, mounts, interfaces, packet rules, cgroups, files.
 * What is gone already is fine, so that it also cleans up after a keeper that was killed at any point.
 */
export async function sweep(holdings: Holdings): Promise<void> {
  await killProcesses(holdings);
  await unmountBelow(holdings.directory);
  await removeInterfaces(holdings.range);
  for (const { table, rule } of packetRules(holdings.range)) {
    while (await tryRun("iptables", "-w", "-t", table, "-D", ...rule));
  }
  await removeCgroups(holdings.cgroup);
  await removeTree(holdings.directory);
}

const programsOfEngines = /(^|\/)(dockerd|containerd|containerd-shim[^/]*|docker-proxy|runc)$/;

/** Programs of the engine by the directory in their parameters, containers by their cgroup. */
async function killProcesses(holdings: Holdings): Promise<void> {
  const isOurs = (pid: number) => {
    const commandLine = readOrEmpty(`/proc/${pid}/cmdline`);
    // A kernel thread, or a process that has ended and is not yet waited for.
    if (commandLine === "") return false;
    const parameters = commandLine.split("\0");
    const isEngine = programsOfEngines.test(parameters[0] ?? "") &&
      parameters.some((parameter) => parameter.includes(`${holdings.directory}/`));
    return isEngine || ids.some((id) => readOrEmpty(`/proc/${pid}/cgroup`).includes(id));
  };
  const ids = [`/${holdings.cgroup}/`, ...containerIds(holdings.directory)];
  // A process may be making another one while we look.
  for (let round = 0; round < 50; round++) {
    const ours = processIds().filter(isOurs);
    if (ours.length === 0) return;
    for (const pid of ours) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function processIds(): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => pid > 0);
}

function containerIds(directory: string): string[] {
  try {
    return [...Deno.readDirSync(`${directory}/data/containers`)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

async function unmountBelow(directory: string): Promise<void> {
  // One mount may hide another: look again until there is none.
  for (let round = 0; round < 10; round++) {
    const points = readOrEmpty("/proc/self/mountinfo").split("\n").map((line) => line.split(" ")[4] ?? "")
      .filter((point) => point === directory || point.startsWith(`${directory}/`));
    if (points.length === 0) return;
    for (const point of points.reverse()) await tryRun("umount", "-l", point);
  }
}

/** Bridges with an address in the range, and what is plugged into them. */
async function removeInterfaces(range: string): Promise<void> {
  const network = parseNetwork(range);
  if (network === undefined) return;
  const links = JSON.parse(await run("ip", "-json", "addr", "show") || "[]") as {
    readonly ifname: string;
    readonly master?: string;
    readonly addr_info?: readonly { readonly local: string }[];
  }[];
  const bridges = links.filter(({ addr_info }) =>
    (addr_info ?? []).some(({ local }) => {
      const address = parseNetwork(local);
      return address !== undefined && overlap(address, network);
    })
  ).map(({ ifname }) => ifname);
  const plugged = links.filter(({ master }) => master !== undefined && bridges.includes(master));
  for (const name of [...plugged.map(({ ifname }) => ifname), ...bridges]) {
    await tryRun("ip", "link", "delete", name);
  }
}

async function removeCgroups(cgroup: string): Promise<void> {
  const root = "/sys/fs/cgroup";
  const trees: string[] = [root];
  try {
    for await (const entry of Deno.readDir(root)) if (entry.isDirectory) trees.push(`${root}/${entry.name}`);
  } catch {
    return;
  }
  for (const tree of trees) await removeCgroupTree(`${tree}/${cgroup}`);
}

async function removeCgroupTree(directory: string): Promise<void> {
  try {
    for await (const entry of Deno.readDir(directory)) {
      if (entry.isDirectory) await removeCgroupTree(`${directory}/${entry.name}`);
    }
    await Deno.remove(directory);
  } catch {
    // Not in this tree.
  }
}

async function removeTree(directory: string): Promise<void> {
  // Guards against ever removing what is not ours, whatever a claim says.
  if (!/\/mesolet-engine-[^/]+$/.test(directory)) return;
  try {
    await Deno.remove(directory, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
