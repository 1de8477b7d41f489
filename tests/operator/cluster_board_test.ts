import { EarlyBoard } from "../../src/operator/early_board.ts";
import { LiveBoard } from "../../src/operator/live_board.ts";
import { assertEquals } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { FakeCluster } from "../status/fake_cluster.ts";

Deno.test("what there is to see of a cluster is seen through every board, and why its master is waited for", () => {
  const clock = new SteppedClock();
  const early = new EarlyBoard(clock);
  const live = new LiveBoard({ clock, readLogs: async function* () {}, onEvent: () => {} });
  assertEquals([early.cluster, live.cluster], [undefined, undefined]);
  early.begin(live);
  let changes = 0;
  early.onChange(() => changes++);
  const cluster = new FakeCluster();
  cluster.master = { connected: false, reason: "nobody listens at one:5050" };
  live.setCluster(cluster);
  assertEquals([early.cluster, changes], [cluster, 1]);
  assertEquals([early.waitsFor, live.waitsFor], ["nobody listens at one:5050", "nobody listens at one:5050"]);
  // Pods that were looked at once are there, whatever becomes of the master.
  live.setReady();
  assertEquals(early.waitsFor, undefined);
});
