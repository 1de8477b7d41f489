import { notesBetween } from "../../src/cli/status_notes.ts";
import type { ContainerStatus, PodPhase, PodStatus } from "../../src/pod/status.ts";
import { assertEquals } from "../support/assert.ts";

function status(phase: PodPhase, ...containers: Partial<ContainerStatus>[]): PodStatus {
  return {
    pod: "shop",
    phase,
    reason: "",
    reasonCode: "none",
    observedAt: 0,
    containers: containers.map((container) => ({
      name: "web",
      number: 1,
      containerName: "shop-web-1",
      image: "busybox",
      state: "running",
      outOfMemory: false,
      restarts: 0,
      addresses: [],
      ports: [],
      essential: true,
      ...container,
    })),
  };
}

const cases: { readonly name: string; before?: PodStatus; after: PodStatus; notes: string[] }[] = [
  { name: "nothing yet", after: status("pending", { state: "absent" }), notes: [] },
  {
    name: "the pod is up",
    before: status("starting", {}),
    after: status("running", {}),
    notes: ["pod shop is running"],
  },
  { name: "no change", before: status("running", {}), after: status("running", {}), notes: [] },
  {
    name: "an end",
    before: status("running", {}),
    after: status("running", { state: "exited", exitCode: 3 }),
    notes: ["web-1 exited with code 3"],
  },
  {
    name: "an end for lack of memory",
    before: status("running", {}),
    after: status("stopping", { state: "exited", exitCode: 137, outOfMemory: true }),
    notes: ["web-1 exited with code 137 (out of memory)"],
  },
  {
    name: "an end after which it is started again",
    before: status("running", {}),
    after: status("running", { state: "backing-off", exitCode: 1, startsAgainAt: 10_000 }),
    notes: ["web-1 exited with code 1", "web-1 is started again in 10 s"],
  },
  {
    name: "an end that was told before it was judged",
    before: status("running", { state: "exited", exitCode: 1 }),
    after: status("running", { state: "backing-off", exitCode: 1, startsAgainAt: 20_000 }),
    notes: ["web-1 is started again in 20 s"],
  },
  {
    name: "a pause that goes on",
    before: status("running", { state: "backing-off", exitCode: 1, startsAgainAt: 20_000 }),
    after: status("running", { state: "backing-off", exitCode: 1, startsAgainAt: 20_000, outOfMemory: true }),
    notes: [],
  },
  {
    name: "a start that was refused",
    before: status("running", { state: "restarting" }),
    after: status("running", {
      state: "backing-off",
      exitCode: 1,
      startsAgainAt: 20_000,
      reason: "could not be started: no space left",
    }),
    notes: ["web-1 could not be started: no space left", "web-1 is started again in 20 s"],
  },
  {
    name: "the pod's end",
    before: status("running", {}),
    after: { ...status("succeeded", {}), reason: "stopped by hand", reasonCode: "completed" },
    notes: ["pod shop has ended: stopped by hand"],
  },
  {
    name: "a container that had ended before we came",
    after: status("running", { state: "exited", exitCode: 0 }),
    notes: ["pod shop is running"],
  },
  {
    name: "the same end again",
    before: status("running", { state: "backing-off", exitCode: 1 }),
    after: status("running", { state: "exited", exitCode: 1 }),
    notes: [],
  },
  {
    name: "unwell, and well again",
    before: status("running", { health: "healthy" }),
    after: status("running", { health: "unhealthy" }),
    notes: ["web-1 is unhealthy"],
  },
  {
    name: "well again",
    before: status("running", { health: "unhealthy" }),
    after: status("running", { health: "healthy" }),
    notes: ["web-1 is healthy again"],
  },
];

for (const { name, before, after, notes } of cases) {
  Deno.test(`notes: ${name}`, () => assertEquals(notesBetween(before, after), notes));
}
