import { place } from "../../src/plan/place.ts";
import { cgroupOfPod } from "../../src/plan/pod_cgroup.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { Label } from "../../src/pod/labels.ts";
import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { engineFacts, host } from "../support/placing.ts";

const text = "services: {a: {image: a}}\nx-pod: {network: host, resources: {mem: 64m}}";

async function nestedOn(cgroupDriver: "cgroupfs" | "systemd", cgroupVersion: 1 | 2) {
  const { pod } = await podOfText(text);
  const engine = { ...engineFacts, cgroupDriver, cgroupVersion };
  const { placed, problems } = place({ ...pod, cgroupParent: "/mesos/4f1c" }, { ...host, engine }, {
    supervision: "mesolet",
    version: "test",
  });
  return {
    parent: placed.cgroup?.parent,
    warned: problems.some(({ message }) => message.includes("/mesos/4f1c")),
  };
}

Deno.test("a pod's cgroup is nested where cgroups are of version 1 and driven by files, else it says so", async () => {
  assertEquals(await nestedOn("cgroupfs", 1), { parent: "/mesos/4f1c/mesolet-shop", warned: false });
  assertEquals(await nestedOn("cgroupfs", 2), { parent: "/mesolet/shop", warned: true });
  assertEquals(await nestedOn("systemd", 1), { parent: "mesolet-shop.slice", warned: true });
});

Deno.test("a nested cgroup is found again by the label of its containers, and no other is ever named by one", () => {
  const labelled = (
    parent: string,
  ): Pick<ObservedContainer, "labels">[] => [{ labels: { [Label.cgroup]: parent } }];
  const found = (containers: Pick<ObservedContainer, "labels">[]) =>
    cgroupOfPod("shop", containers as ObservedContainer[], { ...engineFacts, cgroupDriver: "cgroupfs" })
      ?.parent;
  assertEquals(found([]), "/mesolet/shop");
  assertEquals(found(labelled("/mesolet/shop")), "/mesolet/shop");
  assertEquals(found(labelled("/mesos/4f1c/mesolet-shop")), "/mesos/4f1c/mesolet-shop");
  assertEquals(found(labelled("/system.slice")), "/mesolet/shop");
  assertEquals(found(labelled("/mesos/4f1c/mesolet-other")), "/mesolet/shop");
});
