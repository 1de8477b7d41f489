import { engineEventOf } from "../../src/docker/events.ts";
import type { EngineEvent } from "../../src/docker/engine.ts";
import { assertEquals } from "../support/assert.ts";

const labels = { "io.mesolet.pod": "shop" };

function written(
  action: string,
  attributes: Record<string, string> = {},
  more: Record<string, unknown> = {},
): unknown {
  return {
    Type: "container",
    Action: action,
    Actor: { ID: "abc", Attributes: { name: "shop-web-1", ...labels, ...attributes } },
    time: 1_700_000_000,
    timeNano: 1_700_000_000_123_456_789,
    ...more,
  };
}

const common = { containerId: "abc", containerName: "shop-web-1", labels, time: 1_700_000_000_123 };

Deno.test("events of Docker and Podman become events of mesolet", () => {
  const table: readonly [unknown, EngineEvent | undefined][] = [
    [written("start"), { action: "start", ...common }],
    [written("die", { exitCode: "137" }), { action: "die", exitCode: 137, ...common }],
    [written("health_status: healthy"), { action: "health", health: "healthy", ...common }],
    [written("health_status: unhealthy"), { action: "health", health: "unhealthy", ...common }],
    [written("oom"), { action: "oom", ...common }],
    [written("destroy"), { action: "destroy", ...common }],
    [written("exec_create: sh -c true"), undefined],
    [written("attach"), undefined],
    [written("resize"), undefined],
    [{ Type: "network", Action: "connect" }, undefined],
    ["text", undefined],
    // Podman.
    [written("died", { containerExitCode: "3" }), {
      action: "die",
      exitCode: 3,
      ...common,
    }],
    [written("remove"), { action: "destroy", ...common }],
    [written("health_status", {}, { HealthStatus: "healthy" }), {
      action: "health",
      health: "healthy",
      ...common,
    }],
    // Engines before API 1.22 wrote seconds only.
    [written("start", {}, { timeNano: undefined }), { action: "start", ...common, time: 1_700_000_000_000 }],
  ];
  for (const [value, expected] of table) assertEquals(engineEventOf(value), expected, JSON.stringify(value));
});
