import { podOomCounter } from "../../src/supervisor/pod_oom.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { host } from "../support/placing.ts";

Deno.test("a pod that this host cannot have at all is for whoever brings it up to refuse", async () => {
  const { pod } = await podOfText(`
x-pod: {resources: {memory: 64m}}
services:
  web:
    image: busybox
    healthcheck: {test: "true", interval: 30s, start_interval: 1s}
`);
  assertEquals(podOomCounter(pod, host, systemClock, "test"), undefined);
});
