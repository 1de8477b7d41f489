import { podRecordOf } from "../../src/status/pod_record.ts";
import { assertEquals } from "../support/assert.ts";
import { newYear, podEntry } from "./fake_board.ts";

Deno.test("the instances of a pod on a cluster are told, and none of a pod on this host", () => {
  assertEquals("instances" in podRecordOf(podEntry("web")), false);
  const entry = podEntry("web", {
    containers: [],
    entry: {
      instances: [
        {
          slot: 0,
          state: "running",
          ready: true,
          version: "v1",
          task: "web.0.v1.r1",
          agent: { id: "a", hostname: "a.example" },
          address: "10.0.0.1",
          ports: [31000],
          since: newYear,
        },
        {
          slot: 1,
          state: "backing-off",
          ready: false,
          version: "v1",
          ports: [],
          startsAgainAt: newYear + 2_000,
          why: "container api exited with 3",
        },
      ],
    },
  });
  assertEquals(podRecordOf(entry).instances, [
    {
      slot: 0,
      state: "running",
      ready: true,
      version: "v1",
      task: "web.0.v1.r1",
      agent: { id: "a", hostname: "a.example" },
      address: "10.0.0.1",
      ports: [31000],
      since: "2026-01-01T00:00:00.000Z",
    },
    {
      slot: 1,
      state: "backing-off",
      ready: false,
      version: "v1",
      ports: [],
      startsAgainAt: "2026-01-01T00:00:02.000Z",
      reason: "container api exited with 3",
    },
  ]);
});
