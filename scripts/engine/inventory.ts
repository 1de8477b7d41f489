import type { Connection } from "../../src/docker/connection.ts";
import { listOf, objectOf, textOf } from "../../src/docker/json.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";

/**
 * Everything on an engine and on its host that a test could leave behind, each as one line of text. What is in the
 * inventory after a test run and was not before is left over.
 */
export async function takeInventory(connection: Connection): Promise<Set<string>> {
  const list = async (path: string, what: string) => {
    const answer = await connection.request({
      method: "GET",
      path,
      call: `list ${what}s`,
      bound: TimeBounds.read,
    });
    return answer.body;
  };
  const [containers, networks, volumes, images] = await Promise.all([
    list("/containers/json?all=true", "container"),
    list("/networks", "network"),
    list("/volumes", "volume"),
    list("/images/json", "image"),
  ]);
  const items = new Set<string>();
  for (const container of listOf(containers).map(objectOf)) {
    items.add(`container ${listOf(container.Names).map(textOf).join(",")} (${textOf(container.Status)})`);
  }
  for (const network of listOf(networks).map(objectOf)) items.add(`network ${textOf(network.Name)}`);
  for (const volume of listOf(objectOf(volumes).Volumes).map(objectOf)) {
    items.add(`volume ${textOf(volume.Name)}`);
  }
  for (const image of listOf(images).map(objectOf)) {
    items.add(`image ${listOf(image.RepoTags).map(textOf).join(",")} ${textOf(image.Id).slice(7, 19)}`);
  }
  for (const cgroup of await cgroupsOfPods()) items.add(`cgroup ${cgroup}`);
  return items;
}

/** Cgroups below that of all pods, in every tree; the cgroup of all pods itself is left over as well. */
async function cgroupsOfPods(): Promise<string[]> {
  const root = "/sys/fs/cgroup";
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    try {
      for await (const entry of Deno.readDir(path)) {
        if (entry.isDirectory) await look(`${path}/${entry.name}`);
      }
      found.push(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  await look(`${root}/mesolet`);
  for await (const entry of Deno.readDir(root)) {
    if (entry.isDirectory && entry.name !== "mesolet") await look(`${root}/${entry.name}/mesolet`);
  }
  return found;
}

/** Processes that carry a mark in their environment, which whatever a test starts inherits. */
export async function markedProcesses(mark: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!environment.split("\0").includes(mark)) continue;
      // A process that has ended and was not yet waited for does nothing any more.
      if (/^\d+ \(.*\) Z/s.test(await Deno.readTextFile(`/proc/${name}/stat`))) continue;
      const command = (await Deno.readTextFile(`/proc/${name}/cmdline`)).replaceAll("\0", " ").trim();
      found.push(`process ${name} (${command.slice(0, 120)})`);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
