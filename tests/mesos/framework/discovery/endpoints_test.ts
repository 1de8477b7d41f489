import { reachablePods } from "../../../../src/mesos/framework/discovery/endpoints.ts";
import { marathonLines, marathonTasks } from "../../../../src/status/marathon_tasks.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "../cluster/playing.ts";
import { needing } from "../placement/offering.ts";

const port = (need: number, target: number) => ({
  need,
  name: `p${target}`,
  protocol: "tcp" as const,
  container: "web",
  target,
});

Deno.test("endpoints: what is ready is told as Marathon tells it, byte for byte", () => {
  const play = new Play();
  play.begin(
    wish("web", {
      replicas: 2,
      hasHealth: true,
      needs: needing(1, 100, { ports: [{}, { fixed: 31005 }] }),
      task: { payload: "", uris: [], labels: {}, ports: [port(0, 80), port(1, 443)] },
    }),
    wish("job"),
  );
  play.offers(offer("a", 2, 500), offer("b", 1, 400));
  for (const id of [...play.store.tasks.keys()]) play.update(id, "TASK_RUNNING", { healthy: true });
  const lines = () => marathonLines(reachablePods(play.cluster.pods.values()));
  assertEquals(
    lines(),
    "job\t \ta.example \n" +
      "web\t80\ta.example:31000\tb.example:31000\t\n" +
      "web\t443\ta.example:31005\tb.example:31005\t\n",
  );
  play.update("web.0.v1.r1", "TASK_RUNNING", { healthy: false });
  assertEquals(
    lines(),
    "job\t \ta.example \nweb\t80\tb.example:31000\t\nweb\t443\tb.example:31005\t\n",
  );
  assertEquals(
    marathonTasks(reachablePods(play.cluster.pods.values())).map(({ appId, host, ports, servicePorts }) => [
      appId,
      host,
      ports,
      servicePorts,
    ]),
    [
      ["/job", "a.example", [], []],
      ["/web", "b.example", [31000, 31005], [80, 443]],
    ],
  );
  play.update("web.1.v1.r2", "TASK_FAILED");
  play.want(wish("web"));
  assertEquals(lines(), "web\t \t\n");
});
