import { endInMemory, type EndTools, untilEnded } from "../../src/containerizer/until_ended.ts";
import type { ContainerDetail, EngineEvent } from "../../src/docker/engine.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import type { Clock } from "../../src/pod/clock.ts";
import { ContainerizerLabel, Label } from "../../src/pod/labels.ts";
import { assertEquals, assertMatch, assertRejects } from "../support/assert.ts";

/** Time passes whenever somebody waits. */
const clock: Clock = {
  now: () => 0,
  elapsed: () => 0,
  sleep: (_, signal) => signal?.aborted === true ? Promise.reject(signal.reason) : Promise.resolve(),
};

const detail: ContainerDetail = {
  id: "c",
  name: "pod-app-1",
  labels: {},
  state: "running",
  exitCode: 0,
  outOfMemory: false,
  error: "",
  engineRestarts: 0,
  restartPolicy: "no",
  tty: false,
  addresses: [],
};

const away = new EngineError("Cannot ask the engine", 69, { reason: "not-running", call: "ask" });

/** An engine that answers one inspection after the other, and has these events. */
function scripted(
  inspections: readonly (Partial<ContainerDetail> | null | Error)[],
  events: readonly Partial<EngineEvent>[] = [],
): EndTools & { readonly told: readonly string[] } {
  const left = [...inspections];
  const told: string[] = [];
  return {
    clock,
    signal: new AbortController().signal,
    log: (text) => told.push(text),
    told,
    engine: {
      inspect() {
        const next = left.shift();
        if (next instanceof Error) return Promise.reject(next);
        return Promise.resolve(next === null || next === undefined ? null : { ...detail, ...next });
      },
      inspectVerbatim: () => Promise.resolve({ HostConfig: { Memory: 32 } }),
      async *events() {
        for (const event of events) {
          await Promise.resolve();
          yield {
            action: "die",
            containerId: "c",
            containerName: "pod-app-1",
            labels: {},
            time: 0,
            ...event,
          };
        }
      },
    },
  };
}

Deno.test("waiting ends with the container, and an engine that is away is waited for", async () => {
  const tools = scripted([{}, away, away, {}, { state: "exited", exitCode: 3 }]);
  assertEquals(await untilEnded("pod", "c", tools), {
    exitCode: 3,
    outOfMemory: false,
    memoryLimit: 32,
    gone: false,
  });
  assertEquals(tools.told.length, 1);
  assertMatch(tools.told[0] ?? "", /Cannot ask the engine; it is waited for/);
});

Deno.test("the exit code of a container that is removed at once comes from its events", async () => {
  const events = [{ action: "oom" }, { exitCode: 137 }, { containerId: "other", exitCode: 9 }] as const;
  assertEquals(await untilEnded("pod", "c", scripted([{}, null], events)), {
    exitCode: 137,
    outOfMemory: true,
    memoryLimit: 32,
    gone: true,
  });
});

Deno.test("another error than the engine's ends the waiting", async () => {
  await assertRejects(() => untilEnded("pod", "c", scripted([new TypeError("a defect")])), TypeError);
});

Deno.test("how a container ended that is gone is found among the engine's events", async () => {
  const labels = { [ContainerizerLabel.container]: "c-1" };
  const events = [
    { labels, exitCode: 4 },
    { labels: { ...labels, [Label.role]: "pause" }, exitCode: 0 },
    { labels: { [ContainerizerLabel.container]: "c-2" }, exitCode: 5 },
  ];
  assertEquals(await endInMemory("c-1", scripted([], events)), {
    exitCode: 4,
    outOfMemory: false,
    gone: true,
  });
  assertEquals(await endInMemory("c-3", scripted([], events)), undefined);
});
