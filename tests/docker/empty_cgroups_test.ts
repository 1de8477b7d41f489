import { type CgroupHost, cgroupHostOfProcess } from "../../src/docker/cgroup.ts";
import { podsWithEmptyCgroup } from "../../src/docker/empty_cgroups.ts";
import type { EngineFacts } from "../../src/plan/observed.ts";
import { assertEquals } from "../support/assert.ts";
import { MemoryCgroups } from "../support/memory_cgroups.ts";
import { engineFacts } from "../support/placing.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

const root = "/sys/fs/cgroup";

async function treeOf(
  roots: readonly string[],
  directories: readonly string[],
  processes: Readonly<Record<string, string>>,
): Promise<CgroupHost> {
  const files = new MemoryCgroups(
    Object.fromEntries(roots.map((path) => [path, { "cgroup.procs": "" }])),
  );
  for (const path of directories) {
    for (const top of roots) {
      if (path.startsWith(`${top}/`)) await files.makeDirectory(path);
    }
  }
  for (const [path, text] of Object.entries(processes)) files.files.set(`${path}/cgroup.procs`, text);
  return {
    ...cgroupHostOfProcess(new SteppedClock()),
    files,
    root,
    units: "/run/systemd/system",
    run: () => Promise.reject(new Error("nothing is run here")),
  };
}

const facts = (changes: Partial<EngineFacts>): EngineFacts => ({ ...engineFacts, ...changes });

Deno.test("cgroups of pods that hold nothing, of version 2", async () => {
  const host = await treeOf([root], [
    `${root}/mesolet`,
    `${root}/mesolet/empty`,
    `${root}/mesolet/runs`,
    `${root}/mesolet/ended`,
    `${root}/mesolet/ended/0123`,
  ], { [`${root}/mesolet/runs`]: "17\n" });
  assertEquals(await podsWithEmptyCgroup(facts({ cgroupVersion: 2 }), host), ["empty"]);
  assertEquals(await podsWithEmptyCgroup(facts({ cgroupDriver: "none" }), host), []);
  assertEquals(await podsWithEmptyCgroup(facts({}), await treeOf([root], [], {})), []);
});

Deno.test("cgroups of pods that hold nothing, of version 1: in no tree may there be anything", async () => {
  const [memory, cpu] = [`${root}/memory`, `${root}/cpu`];
  const host = await treeOf([memory, cpu], [
    `${memory}/mesolet`,
    `${memory}/mesolet/one`,
    `${memory}/mesolet/two`,
    `${cpu}/mesolet`,
    `${cpu}/mesolet/one`,
    `${cpu}/mesolet/two`,
  ], { [`${cpu}/mesolet/two`]: "17\n" });
  assertEquals(await podsWithEmptyCgroup(facts({ cgroupVersion: 1 }), host), ["one"]);
});

Deno.test("cgroups of pods that hold nothing, as slices of systemd", async () => {
  const host = await treeOf([root], [
    `${root}/mesolet.slice`,
    `${root}/mesolet.slice/mesolet-shop\\x2d01.slice`,
    `${root}/mesolet.slice/docker-0123.scope`,
  ], {});
  assertEquals(await podsWithEmptyCgroup(facts({ cgroupDriver: "systemd" }), host), ["shop-01"]);
});
