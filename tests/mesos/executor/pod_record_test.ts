import { type RecordedPhase, recordedPhaseOf } from "../../../src/mesos/executor/pod_record.ts";
import type { Ending } from "../../../src/mesos/executor/task_report.ts";
import type { PodStatus } from "../../../src/pod/status.ts";
import { assertEquals } from "../../support/assert.ts";

Deno.test("the phase in pod.json agrees with what the framework is told of the end", () => {
  const cases: [PodStatus["phase"], Partial<PodStatus>, Ending["kind"] | undefined, RecordedPhase][] = [
    ["running", {}, undefined, "running"],
    ["stopping", { reasonCode: "killed" }, "killed", "stopping"],
    ["succeeded", { reasonCode: "killed" }, "killed", "killed"],
    ["removed", { reasonCode: "killed" }, "killed", "killed"],
    ["failed", { reasonCode: "container-exited" }, "killed", "killed"],
    ["succeeded", { reasonCode: "killed" }, "unhealthy", "killed"],
    ["succeeded", { reasonCode: "killed" }, "max-completion-time", "failed"],
    ["succeeded", { reasonCode: "killed" }, "launch-given-up", "failed"],
    ["succeeded", { reasonCode: "completed", reason: "stopped by hand" }, undefined, "failed"],
    ["succeeded", { reasonCode: "completed", reason: "all containers completed" }, undefined, "succeeded"],
    ["failed", { reasonCode: "container-exited" }, undefined, "failed"],
  ];
  for (const [phase, more, ending, expected] of cases) {
    const status: PodStatus = {
      pod: "shop",
      phase,
      reason: "",
      reasonCode: "none",
      containers: [],
      observedAt: 0,
      ...more,
    };
    assertEquals(recordedPhaseOf(status, ending), expected, `${phase}, ${ending}`);
  }
});
