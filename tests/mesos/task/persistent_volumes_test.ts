import type { Resource } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { containerOf, docker, podFor, warningsOf } from "./asking.ts";

function disk(path: string, mode: "RW" | "RO" = "RW"): Resource {
  return {
    name: "disk",
    type: "SCALAR",
    scalar: { value: 64 },
    disk: { persistence: { id: "p" }, volume: { mode, container_path: path } },
  };
}

Deno.test("persistent volumes that an agent links into the sandbox are mounted, others come along with it", async () => {
  const volumes = "/var/lib/mesos/volumes/roles/db";
  const pod = await podFor({
    task: {
      container: docker({ image: "a" }),
      resources: [disk("data"), disk("mounted"), disk("gone"), disk("/abs")],
    },
    executor: { executor_id: { value: "e" }, resources: [disk("shared/logs", "RO")] },
    files: { [`${volumes}/1/f`]: "", [`${volumes}/2/f`]: "", "mounted/f": "" },
    links: { "/sandbox/data": `${volumes}/1`, "/sandbox/shared/logs": `${volumes}/2` },
  });
  const mounts = containerOf(pod).mounts.map((mount) =>
    `${mount.source}:${mount.target}${mount.readOnly ? ":ro" : ""}`
  );
  assertEquals(mounts, [
    "/var/lib/mesos/runs/c1:/mnt/mesos/sandbox",
    `${volumes}/1:/mnt/mesos/sandbox/data`,
    `${volumes}/2:/mnt/mesos/sandbox/shared/logs:ro`,
  ]);
  assertEquals(warningsOf(pod), [
    'TaskInfo.resources[2].disk.volume: is in no container: the agent has put no "gone" into the sandbox',
    'TaskInfo.resources[3].disk.volume: is in no container: "/abs" is no path in the sandbox',
    "TaskInfo.resources.disk: is not enforced: containers may use more disk",
  ]);
});

Deno.test("a container that has something else where a persistent volume is, keeps it", async () => {
  const target = "/mnt/mesos/sandbox/data";
  const container = docker({ image: "a" }, {
    volumes: [{ mode: "RW", container_path: target, host_path: "/own" }],
  });
  const pod = await podFor({
    task: { container, resources: [disk("data")] },
    files: { "/volume/f": "" },
    links: { "/sandbox/data": "/volume" },
  });
  const sources = containerOf(pod).mounts.flatMap((mount) => mount.target === target ? [mount.source] : []);
  assertEquals(sources, ["/own"]);
});
