import type { PodWish } from "../../../src/mesos/framework/wish/pod_wish.ts";
import { readTaskId } from "../../../src/mesos/framework/cluster/task_id.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals } from "../../support/assert.ts";
import { randomFrom, sampleOf } from "../../support/random.ts";
import { waitUntil } from "../../support/wait.ts";
import { StrictMaster } from "../master/strict_master.ts";
import { wish } from "./cluster/playing.ts";
import { needing } from "./placement/offering.ts";
import { RunningFramework } from "./running_framework.ts";

const rounds = 25;

function thirtyInstances(version: string): PodWish[] {
  const update = { parallel: 2, healthyFor: 200, maximumFailures: 3, onFailure: "continue" } as const;
  return Array.from({ length: 15 }, (_, index) =>
    wish(`pod${index}`, {
      version,
      replicas: 2,
      needs: needing(0.1, 32),
      unreachableWait: 1_000,
      update: { ...wish("").update, ...update },
    }));
}

/** `pod3.1.v7` for each task that runs, or is about to. */
function running(master: StrictMaster): string[] {
  return [...master.host.core.state.frameworks.values()].flatMap(({ tasks }) => [...tasks.values()])
    .filter(({ state }) => /RUNNING|STARTING|STAGING/.test(state))
    .map(({ id }) => {
      const identity = readTaskId(id);
      return `${identity?.pod}.${identity?.slot}.${identity?.version}`;
    }).sort();
}

for (const seed of [1, 2]) {
  Deno.test(`framework: the operator, the master and agents fail in turn under thirty instances: ${seed}`, async () => {
    const random = randomFrom(seed);
    const directory = await Deno.makeTempDir({ prefix: "mesolet-failures-" });
    try {
      await using master = new StrictMaster({
        allocationInterval: 50,
        agentPingTimeout: 300,
        agentReregisterTimeout: 3_000,
      });
      const agents = Array.from({ length: 6 }, (_, index) => master.addAgent({ hostname: `host${index}` }));
      let version = 1;
      await using framework = await RunningFramework.start(
        master,
        `${directory}/framework.db`,
        thirtyInstances("v1"),
      );
      const failures: readonly (() => unknown)[] = [
        () => framework.restart(),
        () => master.restart(),
        () => sampleOf(agents, 1, random)[0]?.lose(),
        () => sampleOf(agents, 1, random)[0]?.comeBack(),
        () => sampleOf(agents, 1, random)[0]?.reboot(),
        () => framework.want(...thirtyInstances(`v${++version}`)),
      ];
      for (let round = 0; round < rounds; round++) {
        await systemClock.sleep(random() * 500);
        await sampleOf(failures, 1, random)[0]?.();
      }
      for (const agent of agents) agent.comeBack();
      const wanted = thirtyInstances(`v${version}`)
        .flatMap(({ name, version }) => [`${name}.0.${version}`, `${name}.1.${version}`]).sort();
      await waitUntil("just what is wanted runs, each once", () => {
        assertEquals(running(master), wanted);
        return true;
      }, 60_000);
      // Another framework would be one that has forgotten what it launched.
      assertEquals(master.host.core.state.frameworks.size, 1);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
