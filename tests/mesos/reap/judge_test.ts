import type { LabelledPart } from "../../../src/docker/engine.ts";
import { judgePods } from "../../../src/mesos/reap/judge.ts";
import { formatOwner, type ProcessView } from "../../../src/mesos/reap/owner.ts";
import { Label, MesosLabel } from "../../../src/pod/labels.ts";
import { assertEquals } from "../../support/assert.ts";

const view: ProcessView = { boot: "b", pidNamespace: "1", startOf: (pid) => pid === 7 ? "70" : undefined };

function part(pod: string, owner: string, more: Partial<LabelledPart> = {}): LabelledPart {
  return {
    kind: "container",
    name: `${pod}-web-1`,
    labels: {
      [Label.pod]: pod,
      [MesosLabel.executor]: "e1",
      [MesosLabel.task]: `task-of-${pod}`,
      [MesosLabel.container]: `container-of-${pod}`,
      [MesosLabel.owner]: owner,
    },
    ...more,
  };
}

const of = (pid: number, pidNamespace = "1", boot = "b") =>
  formatOwner({ boot, pidNamespace, pid, start: `${pid}0` });

Deno.test("a pod is removed only when its executor is gone for sure", () => {
  const parts = [
    part("alive", of(7)),
    part("gone", of(8)),
    part("unseen", of(7, "2")),
    part("rebooted", of(7, "2", "c")),
  ];
  const verdicts = (agent?: readonly string[]) =>
    judgePods(parts, view, agent === undefined ? undefined : { containers: new Set(agent) })
      .map(({ pod, verdict, isDoubtful }) => `${pod} ${verdict}${isDoubtful ? " doubtful" : ""}`);
  assertEquals(verdicts(), ["alive keep", "gone remove", "rebooted remove", "unseen keep doubtful"]);
  assertEquals(verdicts([]), ["alive keep", "gone remove", "rebooted remove", "unseen remove"]);
  assertEquals(verdicts(["container-of-gone", "container-of-unseen"]), [
    "alive keep",
    "gone keep doubtful",
    "rebooted remove",
    "unseen keep",
  ]);
});

Deno.test("pods of others, and parts that nobody of Mesos made, are not judged", () => {
  const { [MesosLabel.executor]: _, ...labels } = part("laptop", of(8)).labels;
  assertEquals(
    judgePods(
      [{ kind: "container", name: "x", labels }, { kind: "network", name: "y", labels: {} }],
      view,
      undefined,
    ),
    [],
  );
});

Deno.test("a network that is left alone of a pod is enough to find it", () => {
  const [judgement] = judgePods(
    [part("gone", of(8), { kind: "network", name: "gone_default" })],
    view,
    undefined,
  );
  assertEquals([judgement?.pod, judgement?.verdict, judgement?.task], ["gone", "remove", "task-of-gone"]);
});

Deno.test("a volume with data stays, and is no reason to remove its pod again and again", () => {
  const volume = part("data", of(8), { kind: "volume", name: "data" });
  const files = { ...volume, labels: { ...part("copied", of(8)).labels, [Label.role]: "files" } };
  assertEquals(judgePods([volume], view, undefined), []);
  assertEquals(judgePods([files], view, undefined).map(({ pod, verdict }) => [pod, verdict]), [
    ["copied", "remove"],
  ]);
});

Deno.test("an owner that cannot be read is out of sight, not gone", () => {
  const [judgement] = judgePods([part("odd", "nonsense")], view, undefined);
  assertEquals(judgement?.verdict, "keep");
});
