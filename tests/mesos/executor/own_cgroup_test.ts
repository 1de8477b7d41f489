import { ownCgroup } from "../../../src/mesos/executor/own_cgroup.ts";
import { assertEquals } from "../../support/assert.ts";

Deno.test("the own cgroup is that of the memory controller, on version 1 alone", () => {
  const first = "12:cpu,cpuacct:/mesos/a\n7:memory:/mesos/4f1c-22\n1:name=systemd:/x\n0::/y\n";
  assertEquals(ownCgroup(first), "/mesos/4f1c-22");
  assertEquals(ownCgroup("0::/system.slice/mesos.service\n"), undefined);
  assertEquals(ownCgroup("3:memory,hugetlb:/\n"), "/");
  assertEquals(ownCgroup(""), undefined);
});
