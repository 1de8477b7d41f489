import { statusOf } from "../../../../src/mesos/framework/board/pod_status.ts";
import { assertEquals } from "../../../support/assert.ts";
import { offer, Play, wish } from "../cluster/playing.ts";

/** `running: 1 of 1 instances ready | 0 running one.example` */
function line(play: Play, name: string): string {
  const pod = play.cluster.pods.get(name);
  if (pod === undefined) return "gone";
  const { status, instances } = statusOf(pod, play.now);
  const shown = instances.map(({ slot, state, agent }) =>
    [slot, state, ...(agent === undefined ? [] : [agent.hostname])].join(" ")
  );
  return [`${status.phase}: ${status.reason}`, ...shown].join(" | ");
}

Deno.test("framework: the status of a pod says what its instances do, and why", () => {
  const play = new Play();
  play.begin(wish("web", { replicas: 2 }));
  assertEquals(
    line(play, "web"),
    "pending: 0 of 2 instances ready, 2 without a place | 0 waiting | 1 waiting",
  );
  play.offers(offer("a", 1, 500));
  assertEquals(
    line(play, "web"),
    "pending: 0 of 2 instances ready, 1 without a place | 0 launching a.example | 1 waiting",
  );
  play.update("web.0.v1.r1", "TASK_RUNNING");
  play.offers(offer("b", 1, 500));
  play.update("web.1.v1.r2", "TASK_RUNNING");
  assertEquals(
    line(play, "web"),
    "running: 2 of 2 instances ready | 0 running a.example | 1 running b.example",
  );
  play.update("web.1.v1.r2", "TASK_UNREACHABLE");
  assertEquals(
    line(play, "web"),
    "running: 1 of 2 instances ready, 1 out of reach | 0 running a.example | 1 unreachable b.example",
  );
  play.pass(300_000);
  play.offers(offer("c", 1, 500));
  play.update("web.1.v1.r3", "TASK_RUNNING");
  assertEquals(
    line(play, "web"),
    "running: 2 of 2 instances ready | 0 running a.example | 1 running c.example | 1 unreachable b.example",
  );
  play.update("web.0.v1.r1", "TASK_FAILED", { message: "container web exited with 3" });
  assertEquals(
    line(play, "web"),
    "running: 1 of 2 instances ready; instance 0: container web exited with 3 | 0 backing-off | " +
      "1 running c.example | 1 unreachable b.example",
  );
  play.want();
  assertEquals(
    line(play, "web"),
    "stopping: 2 instances are stopping | 1 unreachable b.example | 1 stopping c.example",
  );
});

Deno.test("framework: the status of a pod that has run to its end, and of an update that was taken back", () => {
  const play = new Play();
  play.begin(wish("job"), wish("web", { update: { ...wish("web").update, onFailure: "rollback" } }));
  play.offers(offer("a", 4, 500));
  play.update("job.0.v1.r1", "TASK_FINISHED");
  assertEquals(line(play, "job"), "succeeded: every instance has run to its end | 0 finished");
  play.update("web.0.v1.r2", "TASK_RUNNING");
  play.pass(10_000);
  play.want(wish("web", { version: "v2", update: { ...wish("web").update, onFailure: "rollback" } }));
  play.update("web.0.v1.r2", "TASK_KILLED");
  play.offers(offer("a", 4, 500));
  play.update("web.0.v2.r3", "TASK_FAILED", { message: "no such image" });
  play.pass(1_000);
  play.offers(offer("a", 4, 500));
  play.update("web.0.v1.r4", "TASK_RUNNING");
  assertEquals(
    line(play, "web"),
    "running: 1 of 1 instances ready; the update was taken back: no such image | 0 running a.example",
  );
});
