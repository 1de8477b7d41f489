import {
  cgroupHostOfProcess,
  createCgroup,
  readCgroupLimits,
  readCgroupOom,
} from "../../src/docker/cgroup.ts";
import { Label } from "../../src/pod/labels.ts";
import { present } from "../../src/pod/present.ts";
import type { CgroupSpec } from "../../src/plan/step.ts";
import { assert, assertEquals, assertGreater } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

Deno.test("engine: a pod that exceeds its total is killed for it, though no container exceeds its own", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const memoryBytes = 32 * 2 ** 20;
  const cgroup: CgroupSpec = present({
    parent: `/mesolet/${pod}`,
    driver: "cgroupfs" as const,
    version: test.engine.facts.cgroupVersion,
    milliCpus: 500,
    memoryBytes,
  });
  const host = cgroupHostOfProcess();
  for (let time = 0; time < 2; time++) {
    await test.engine.apply({ ...base, kind: "create-cgroup", cgroup }, context);
  }
  assertEquals(await readCgroupLimits(cgroup, host), { milliCpus: 500, memoryBytes });
  for (const name of ["one", "two"]) {
    const target = { name: `${pod}-${name}-1` };
    await test.engine.apply({
      ...base,
      kind: "create-container",
      name: target.name,
      body: {
        Image: "busybox",
        // Each wants 24 MiB of the pod's 32, and is allowed them by its own limit.
        Cmd: ["sh", "-c", "x=$(head -c 25165824 /dev/zero | tr '\\0' x); echo held; sleep 1000"],
        Labels: { [Label.pod]: pod },
        HostConfig: { NetworkMode: "none", CgroupParent: cgroup.parent, Memory: 128 * 2 ** 20 },
      },
    }, context);
    await test.engine.apply({ ...base, kind: "start-container", target }, context);
  }
  await waitUntil("one of the two was killed", async () => {
    const details = await Promise.all(["one", "two"].map((name) => test.engine.inspect(`${pod}-${name}-1`)));
    return details.some((detail) =>
      detail?.state === "exited" && detail.outOfMemory && detail.exitCode === 137
    );
  });
  assertGreater((await readCgroupOom(cgroup, host)).limitReached, 0);
  for (const name of ["one", "two"]) {
    const target = { name: `${pod}-${name}-1` };
    await test.engine.apply(
      { ...base, kind: "remove-container", target, force: true, volumes: true },
      context,
    );
  }
  for (let time = 0; time < 2; time++) {
    await test.engine.apply({ ...base, kind: "remove-cgroup", cgroup }, context);
  }
  assertEquals(await readCgroupLimits(cgroup, host), null);
});

Deno.test("engine: a process without all permissions works on cgroups through the shell", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const cgroup: CgroupSpec = {
    parent: `/mesolet/${pod}`,
    driver: "cgroupfs",
    version: test.engine.facts.cgroupVersion,
    milliCpus: 250,
    memoryBytes: 2 ** 26,
  };
  const module = new URL("../../src/docker/cgroup.ts", import.meta.url).href;
  const script = `
    import { cgroupHostOfProcess, createCgroup, readCgroupLimits, removeCgroup } from ${
    JSON.stringify(module)
  };
    const cgroup = ${JSON.stringify(cgroup)};
    const host = cgroupHostOfProcess();
    await createCgroup(cgroup, host);
    console.log(JSON.stringify(await readCgroupLimits(cgroup, host)));
    await removeCgroup(cgroup, host);
    console.log(JSON.stringify(await readCgroupLimits(cgroup, host)));
  `;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, script);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "--no-prompt", "--allow-run=sh", path],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals(lines, ['{"milliCpus":250,"memoryBytes":67108864}', "null"]);
  } finally {
    await Deno.remove(path);
  }
  await createCgroup(cgroup, cgroupHostOfProcess());
  await test.engine.apply({ ...base, kind: "remove-cgroup", cgroup }, test.context());
});
