import {
  CgroupError,
  type CgroupHost,
  cgroupsUsable,
  createCgroup,
  readCgroupLimits,
  readCgroupOom,
  removeCgroup,
} from "../../src/docker/cgroup.ts";
import { sliceDirectory, sliceUnit } from "../../src/docker/cgroup_slice.ts";
import type { EngineFacts } from "../../src/plan/observed.ts";
import type { CgroupSpec } from "../../src/plan/step.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { MemoryCgroups } from "../support/memory_cgroups.ts";
import { engineFacts } from "../support/placing.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

const root = "/sys/fs/cgroup";
const unlimited = "9223372036854771712";

const version1 = (swapAccounting = true) =>
  new MemoryCgroups({
    [`${root}/memory`]: {
      "memory.limit_in_bytes": unlimited,
      "memory.use_hierarchy": "1",
      "memory.failcnt": "0",
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
      ...(swapAccounting ? { "memory.memsw.limit_in_bytes": unlimited } : {}),
    },
    [`${root}/cpu`]: { "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "-1" },
    [`${root}/pids`]: {},
  });

const version2 = () =>
  new MemoryCgroups({
    [root]: {
      "cgroup.subtree_control": "",
      "memory.max": "max",
      "memory.swap.max": "max",
      "memory.oom.group": "0",
      "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n",
      "cpu.max": "max 100000",
    },
  });

interface FakeHost extends CgroupHost {
  readonly clock: SteppedClock;
  readonly commands: string[];
}

function hostOf(
  files: MemoryCgroups,
  answer: (command: string) => string | undefined = () => undefined,
): FakeHost {
  const commands: string[] = [];
  return {
    files,
    root,
    units: "/run/systemd/system",
    clock: new SteppedClock(),
    commands,
    run(command, parameters) {
      const line = [command, ...parameters].join(" ");
      commands.push(line);
      const failure = answer(line);
      return Promise.resolve({ success: failure === undefined, said: failure ?? "" });
    },
  };
}

const spec = (version: 1 | 2, more: Partial<CgroupSpec> = {}): CgroupSpec => ({
  parent: "/mesolet/shop",
  driver: "cgroupfs",
  version,
  milliCpus: 1500,
  memoryBytes: 64 * 2 ** 20,
  ...more,
});

Deno.test("version 1: limits stand in the trees of memory and cpu, and swap is not a way out", async () => {
  const files = version1();
  const host = hostOf(files);
  await createCgroup(spec(1), host);
  const at = (path: string) => files.files.get(`${root}/${path}`);
  assertEquals(at("memory/mesolet/shop/memory.limit_in_bytes"), "67108864");
  assertEquals(at("memory/mesolet/shop/memory.memsw.limit_in_bytes"), "67108864");
  assertEquals(at("cpu/mesolet/shop/cpu.cfs_quota_us"), "150000");
  assertEquals(at("memory/mesolet/memory.limit_in_bytes"), unlimited, "the cgroup of all pods has no limit");
  assertEquals(await readCgroupLimits(spec(1), host), { milliCpus: 1500, memoryBytes: 67108864 });
});

Deno.test("version 1: limits can be raised and lowered, with and without accounting of swap", async () => {
  for (const swap of [true, false]) {
    const files = version1(swap);
    const host = hostOf(files);
    for (const mebibytes of [64, 128, 32]) {
      const want = spec(1, { memoryBytes: mebibytes * 2 ** 20 });
      await createCgroup(want, host);
      assertEquals((await readCgroupLimits(want, host))?.memoryBytes, mebibytes * 2 ** 20);
    }
  }
});

Deno.test("version 1: one limit alone makes a cgroup in one tree alone", async () => {
  const files = version1();
  const host = hostOf(files);
  const { milliCpus: _, ...memoryOnly } = spec(1);
  await createCgroup(memoryOnly, host);
  assertEquals(await files.directories(`${root}/cpu`), []);
  assertEquals(await readCgroupLimits(memoryOnly, host), { memoryBytes: 67108864 });
});

Deno.test("version 1: a removal reaches every tree, waits for the last tasks and takes the empty parent along", async () => {
  const files = version1();
  const host = hostOf(files);
  await createCgroup(spec(1), host);
  // The engine makes one in the trees that we do not use.
  await files.makeDirectory(`${root}/pids/mesolet`);
  await files.makeDirectory(`${root}/pids/mesolet/shop`);
  await files.makeDirectory(`${root}/memory/mesolet/other`);
  files.busy.set(`${root}/memory/mesolet/shop`, 3);
  const removing = removeCgroup(spec(1), host);
  await host.clock.advance(10 + 20 + 40);
  await removing;
  assertEquals(await files.directories(`${root}/memory`), ["mesolet"]);
  assertEquals(await files.directories(`${root}/memory/mesolet`), ["other"]);
  assertEquals(await files.directories(`${root}/cpu`), []);
  assertEquals(await files.directories(`${root}/pids`), []);
  await removeCgroup(spec(1), host);
});

Deno.test("empty cgroups that an engine leaves below that of a pod go with it", async () => {
  const files = version1();
  const host = hostOf(files);
  await createCgroup(spec(1), host);
  // Podman puts the processes that watch containers there, and leaves it.
  await files.makeDirectory(`${root}/memory/mesolet/shop/conmon`);
  await files.makeDirectory(`${root}/memory/mesolet/shop/conmon/inner`);
  files.busy.set(`${root}/memory/mesolet/shop/conmon`, 1);
  const removing = removeCgroup(spec(1), host);
  await host.clock.advance(10);
  await removing;
  assertEquals(await files.directories(`${root}/memory`), []);
});

Deno.test("tasks that stay make a removal fail after its bound", async () => {
  const files = version1();
  const host = hostOf(files);
  await createCgroup(spec(1), host);
  files.busy.set(`${root}/memory/mesolet/shop`, Infinity);
  const removing = assertRejects(() => removeCgroup(spec(1), host), CgroupError, "still has tasks");
  await host.clock.advance(11_000);
  assertEquals((await removing).exitCode, ExitCode.osError);
});

Deno.test("version 2: controllers are switched on, and the pod ends as a whole when it is out of memory", async () => {
  const files = version2();
  const host = hostOf(files);
  await createCgroup(spec(2), host);
  assertEquals(files.writes, [
    `${root}/cgroup.subtree_control = +memory`,
    `${root}/cgroup.subtree_control = +cpu`,
    `${root}/mesolet/cgroup.subtree_control = +memory`,
    `${root}/mesolet/cgroup.subtree_control = +cpu`,
    `${root}/mesolet/shop/memory.max = 67108864`,
    `${root}/mesolet/shop/memory.swap.max = 0`,
    `${root}/mesolet/shop/memory.oom.group = 1`,
    `${root}/mesolet/shop/cpu.max = 150000 100000`,
  ]);
  assertEquals(await readCgroupLimits(spec(2), host), { milliCpus: 1500, memoryBytes: 67108864 });
  await removeCgroup(spec(2), host);
  assertEquals(await files.directories(root), []);
  assertEquals(await readCgroupLimits(spec(2), host), null);
});

Deno.test("limits that the kernel rounds are those that were asked for", async () => {
  const files = version2();
  const host = hostOf(files);
  const want = spec(2, { memoryBytes: 100_000_000, milliCpus: 333 });
  await createCgroup(want, host);
  files.files.set(`${root}/mesolet/shop/memory.max`, "99999744\n");
  assertEquals(await readCgroupLimits(want, host), { milliCpus: 333, memoryBytes: 100_000_000 });
  files.files.set(`${root}/mesolet/shop/cpu.max`, "50000 100000\n");
  assertEquals((await readCgroupLimits(want, host))?.milliCpus, 500);
});

Deno.test("out of memory is counted for both versions", async () => {
  const first = version1();
  const host1 = hostOf(first);
  await createCgroup(spec(1), host1);
  await first.makeDirectory(`${root}/memory/mesolet/shop/0123`);
  first.files.set(`${root}/memory/mesolet/shop/memory.failcnt`, "17\n");
  first.files.set(`${root}/memory/mesolet/shop/memory.memsw.failcnt`, "3\n");
  first.files.set(`${root}/memory/mesolet/shop/0123/memory.oom_control`, "oom_kill_disable 0\noom_kill 2\n");
  assertEquals(await readCgroupOom(spec(1), host1), { kills: 2, limitReached: 20 });
  // A kernel that keeps the highest use alone.
  first.files.set(`${root}/memory/mesolet/shop/memory.failcnt`, "0\n");
  first.files.set(`${root}/memory/mesolet/shop/memory.memsw.failcnt`, "0\n");
  for (const [highest, limitReached] of [["67108864", 1], ["67104768", 0]] as const) {
    first.files.set(`${root}/memory/mesolet/shop/memory.max_usage_in_bytes`, `${highest}\n`);
    assertEquals(await readCgroupOom(spec(1), host1), { kills: 2, limitReached });
  }
  const second = version2();
  const host2 = hostOf(second);
  await createCgroup(spec(2), host2);
  second.files.set(`${root}/mesolet/shop/memory.events`, "low 0\nhigh 0\nmax 5\noom 1\noom_kill 3\n");
  assertEquals(await readCgroupOom(spec(2), host2), { kills: 3, limitReached: 5 });
  assertEquals(await readCgroupOom(spec(2, { parent: "/mesolet/none" }), host2), {
    kills: 0,
    limitReached: 0,
  });
});

Deno.test("a lack of rights, and a missing controller, are errors that say what to do", async () => {
  const files = version1();
  files.denied.add(`${root}/memory/mesolet`);
  const denied = await assertRejects(() => createCgroup(spec(1), hostOf(files)), CgroupError, "Run as root");
  assertEquals(denied.exitCode, ExitCode.permission);
  const bare = hostOf(new MemoryCgroups({ [root]: {} }));
  const missing = await assertRejects(() => createCgroup(spec(2), bare), CgroupError, "not enabled");
  assertEquals(missing.exitCode, ExitCode.osError);
});

Deno.test("systemd: the limits stand in a unit, so that a reload keeps them", async () => {
  const files = new MemoryCgroups({ [root]: {} });
  const host = hostOf(files);
  const slice = spec(2, { driver: "systemd", parent: "mesolet-my\\x2dshop.slice" });
  await createCgroup(slice, host);
  assertEquals(files.files.get("/run/systemd/system/mesolet-my\\x2dshop.slice"), sliceUnit(slice));
  assertEquals(sliceUnit(slice).split("\n").slice(3, -1), [
    "[Slice]",
    "MemoryAccounting=yes",
    "MemoryMax=67108864",
    "MemorySwapMax=0",
    "CPUAccounting=yes",
    "CPUQuota=150%",
  ]);
  await removeCgroup(slice, host);
  assertEquals(host.commands, [
    "systemctl daemon-reload",
    "systemctl start mesolet-my\\x2dshop.slice",
    "systemctl stop mesolet-my\\x2dshop.slice",
    "systemctl daemon-reload",
  ]);
  assertEquals([...files.files.keys()].filter((path) => path.startsWith("/run")), []);
});

Deno.test("systemd: what systemctl says decides between a lack of rights and a failure", async () => {
  const slice = spec(1, { driver: "systemd", parent: "mesolet-shop.slice" });
  const files = () => new MemoryCgroups({ [root]: {} });
  const denying = hostOf(files(), () => "Failed to reload daemon: Access denied");
  assertEquals(
    (await assertRejects(() => createCgroup(slice, denying), CgroupError)).exitCode,
    ExitCode.permission,
  );
  const failing = hostOf(files(), () => "Unit not found");
  assertEquals(
    (await assertRejects(() => createCgroup(slice, failing), CgroupError)).exitCode,
    ExitCode.osError,
  );
  const gone = hostOf(
    files(),
    (line) => line.includes(" stop ") ? "Unit mesolet-shop.slice not loaded." : undefined,
  );
  await removeCgroup(slice, gone);
});

Deno.test("systemd: dashes nest slices", () => {
  assertEquals(sliceDirectory("mesolet-shop.slice"), "mesolet.slice/mesolet-shop.slice");
  assertEquals(sliceDirectory("mesolet-my\\x2dshop.slice"), "mesolet.slice/mesolet-my\\x2dshop.slice");
});

Deno.test("cgroups are usable on a local engine whose tree we see", async () => {
  const facts: EngineFacts = {
    kind: "docker",
    apiVersion: "1.41",
    serverVersion: "",
    operatingSystem: "linux",
    architecture: "amd64",
    cgroupVersion: 1,
    cgroupDriver: "cgroupfs",
    local: true,
    rootless: false,
  };
  const host = hostOf(version1());
  assertEquals(await cgroupsUsable(facts, host), { usable: true });
  const reasons: readonly [Partial<EngineFacts>, string][] = [
    [{ local: false }, "the engine is not on this host"],
    [{ rootless: true }, "the engine is rootless and limits what its user may"],
    [{ cgroupDriver: "none" }, "the engine manages no cgroups"],
    [{ cgroupVersion: 2 }, "cgroups are not mounted at /sys/fs/cgroup"],
  ];
  for (const [more, reason] of reasons) {
    assertEquals(await cgroupsUsable({ ...facts, ...more }, host), { usable: false, reason });
  }
});

Deno.test("cgroups are not usable in a container, where root may only read them", async () => {
  for (const cgroupVersion of [1, 2] as const) {
    const facts: EngineFacts = { ...engineFacts, cgroupVersion, cgroupDriver: "cgroupfs", local: true };
    const tree = cgroupVersion === 1 ? `${root}/memory` : root;
    const files = cgroupVersion === 1 ? version1() : version2();
    files.files.set(`${root}/cgroup.controllers`, "cpu memory");
    const mount = (options: string) =>
      files.files.set("/proc/self/mountinfo", `25 24 0:23 / ${tree} ${options},nosuid - cgroup cgroup rw\n`);
    mount("rw");
    assertEquals(await cgroupsUsable(facts, hostOf(files)), { usable: true });
    mount("ro");
    const reason = `${tree} can only be read from here, as in a container`;
    assertEquals(await cgroupsUsable(facts, hostOf(files)), { usable: false, reason });
  }
});

Deno.test("cgroups are usable by root, and by whom the parent of all pods belongs to", async () => {
  const facts: EngineFacts = { ...engineFacts, cgroupVersion: 1, cgroupDriver: "cgroupfs", local: true };
  const refused = { usable: false, reason: "this user may not make cgroups: run mesolet as root" };
  const files = version1();
  files.denied.add(`${root}/memory`);
  assertEquals(await cgroupsUsable(facts, hostOf(files)), refused);
  await files.makeDirectory(`${root}/memory/mesolet`);
  assertEquals(await cgroupsUsable(facts, hostOf(files)), { usable: true });
  files.denied.add(`${root}/memory/mesolet`);
  assertEquals(await cgroupsUsable(facts, hostOf(files)), refused);
  const units = version1();
  assertEquals(await cgroupsUsable({ ...facts, cgroupDriver: "systemd" }, hostOf(units)), { usable: true });
  units.denied.add("/run/systemd/system");
  assertEquals(await cgroupsUsable({ ...facts, cgroupDriver: "systemd" }, hostOf(units)), refused);
});
