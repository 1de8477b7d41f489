import { type CgroupHost, cgroupHostOfProcess } from "../../../src/docker/cgroup.ts";
import { CgroupFileError } from "../../../src/docker/cgroup_files.ts";
import type { LabelledPart } from "../../../src/docker/engine.ts";
import { CgroupReaper } from "../../../src/mesos/reap/reap_cgroups.ts";
import { Label } from "../../../src/pod/labels.ts";
import { assertEquals } from "../../support/assert.ts";
import { MemoryCgroups } from "../../support/memory_cgroups.ts";
import { engineFacts } from "../../support/placing.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

const root = "/sys/fs/cgroup";
const never = new AbortController().signal;

/** A host of cgroups of version 2 with these directories below that of all pods, and an engine with these pods. */
async function scene(names: readonly string[], pods: readonly string[]) {
  const files = new MemoryCgroups({ [root]: { "cgroup.procs": "", "cgroup.controllers": "cpu memory" } });
  await files.makeDirectory(`${root}/mesolet`);
  for (const name of names) await files.makeDirectory(`${root}/mesolet/${name}`);
  const clock = new SteppedClock();
  const host: CgroupHost = {
    ...cgroupHostOfProcess(clock),
    files,
    root,
    units: "/run/systemd/system",
    run: () => Promise.reject(new Error("nothing is run here")),
  };
  const parts = pods.map((pod): LabelledPart => ({
    kind: "network",
    name: pod,
    labels: { [Label.pod]: pod },
  }));
  const reaper = new CgroupReaper({ facts: engineFacts, listParts: () => Promise.resolve(parts) }, host);
  const left = () => files.directories(`${root}/mesolet`).catch(() => []);
  return { files, clock, reaper, left };
}

Deno.test("an empty cgroup of a task that nothing else is left of goes at the second look", async () => {
  const { clock, reaper, left } = await scene(
    ["shop-0123456789", "kept-0123456789", "somebody"],
    ["kept-0123456789"],
  );
  assertEquals(await reaper.look(false, never), []);
  assertEquals(reaper.suspected, 1);
  await clock.advance(9_999);
  assertEquals(await reaper.look(false, never), []);
  await clock.advance(1);
  assertEquals(await reaper.look(true, never), [{ pod: "shop-0123456789", outcome: "would be removed" }]);
  assertEquals((await left()).length, 3);
  await reaper.look(false, never);
  await clock.advance(10_000);
  assertEquals(await reaper.look(false, never), [{ pod: "shop-0123456789", outcome: "removed" }]);
  assertEquals(await left(), ["kept-0123456789", "somebody"]);
  assertEquals(reaper.suspected, 0);
});

Deno.test("a cgroup that held something in between is suspected anew", async () => {
  const { files, clock, reaper, left } = await scene(["shop-0123456789"], []);
  await reaper.look(false, never);
  files.files.set(`${root}/mesolet/shop-0123456789/cgroup.procs`, "17\n");
  await clock.advance(10_000);
  assertEquals(await reaper.look(false, never), []);
  files.files.set(`${root}/mesolet/shop-0123456789/cgroup.procs`, "");
  assertEquals(await reaper.look(false, never), []);
  assertEquals(await left(), ["shop-0123456789"]);
  await clock.advance(10_000);
  assertEquals((await reaper.look(false, never)).length, 1);
  assertEquals(await left(), []);
});

Deno.test("a cgroup that cannot be removed is told of", async () => {
  const { files, clock, reaper } = await scene(["shop-0123456789"], []);
  files.removeDirectory = (path) => Promise.reject(new CgroupFileError("denied", path));
  await reaper.look(false, never);
  await clock.advance(10_000);
  const [reaped] = await reaper.look(false, never);
  assertEquals(reaped?.outcome, "failed");
});
