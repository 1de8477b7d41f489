/** Operators that are killed at any moment, the next one taking over, while specs are edited. */

import { readTaskId } from "../../src/mesos/framework/cluster/task_id.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import type { RunningProgram } from "./program.ts";
import { StandbyCluster } from "./standby_cluster.ts";

const hosts = ["a", "b", "c"] as const;
const names = ["web", "db", "job"] as const;
const rounds = 10;

Deno.test("operator --target mesos: whichever operator is killed when, no instance ever runs twice and none is lost", async () => {
  const random = randomFrom(7);
  const one = <Item>(items: readonly [Item, ...Item[]]) =>
    items[Math.floor(random() * items.length)] ?? items[0];
  await using cluster = new StandbyCluster();
  const elect = ["--elect", `file:${cluster.directory}/lead`];
  const start = (host: string) => cluster.operator(...cluster.state(host), ...elect);
  const programs = new Map<string, RunningProgram>(hosts.map((host) => [host, start(host)]));
  const doubled = new Set<string>();
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const slots = cluster.tasks.map((id) => `${readTaskId(id)?.pod}.${readTaskId(id)?.slot}`);
      for (const [index, slot] of slots.entries()) if (slots.indexOf(slot) !== index) doubled.add(slot);
      await systemClock.sleep(5, over.signal).catch(() => {});
    }
  })();
  for (let round = 0; round < rounds; round++) {
    await systemClock.sleep(random() * 1_500);
    if (random() < 0.6) cluster.put(one(names), `round${round}`);
    const host = one(hosts);
    const program = programs.get(host);
    program?.signal(random() < 0.8 ? "SIGKILL" : "SIGTERM");
    await program?.ended();
    // Its state may be lost with it, in part or as a whole.
    const fate = random();
    if (fate < 0.2) await Deno.remove(`${cluster.directory}/${host}`, { recursive: true }).catch(() => {});
    else if (fate < 0.3) {
      await Deno.remove(`${cluster.directory}/${host}/framework.db.lock.framework`).catch(() => {});
    }
    programs.set(host, start(host));
  }
  for (const name of names) cluster.put(name, "last");
  await cluster.allRunAs("last");
  over.abort();
  await watching;
  assertEquals([...doubled], []);
  assertEquals(cluster.master.host.core.state.frameworks.size, 1);
});
