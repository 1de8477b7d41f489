import type { ContainerDetail } from "../../src/docker/engine.ts";
import { judgeCondition } from "../../src/docker/judge_condition.ts";
import type { WaitCondition } from "../../src/plan/step.ts";
import { assertEquals } from "../support/assert.ts";

const running: ContainerDetail = {
  id: "1",
  name: "a",
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

const cases: {
  readonly name: string;
  readonly detail: Partial<ContainerDetail> | null;
  readonly condition: WaitCondition;
  readonly startsAgain?: boolean;
  readonly verdict: string;
}[] = [
  { name: "runs", detail: {}, condition: "running", verdict: "satisfied" },
  { name: "was not started yet", detail: { state: "created" }, condition: "running", verdict: "pending" },
  { name: "is being restarted", detail: { state: "restarting" }, condition: "running", verdict: "pending" },
  {
    name: "ended",
    detail: { state: "exited", exitCode: 1 },
    condition: "running",
    verdict: "a exited with code 1 before it was running",
  },
  { name: "is healthy", detail: { health: "healthy" }, condition: "healthy", verdict: "satisfied" },
  { name: "is not healthy yet", detail: { health: "starting" }, condition: "healthy", verdict: "pending" },
  {
    name: "is unhealthy",
    detail: { health: "unhealthy", healthOutput: "no\nanswer\n" },
    condition: "healthy",
    verdict: "a is unhealthy: answer",
  },
  {
    name: "has no health check",
    detail: {},
    condition: "healthy",
    verdict:
      "a has no health check, so it cannot become healthy. Give it a healthcheck, or wait for service_started",
  },
  { name: "completed", detail: { state: "exited" }, condition: "completed", verdict: "satisfied" },
  { name: "has not completed yet", detail: {}, condition: "completed", verdict: "pending" },
  {
    name: "completed badly",
    detail: { state: "exited", exitCode: 3 },
    condition: "completed",
    verdict: "a exited with code 3",
  },
  {
    name: "ended while it was healthy",
    detail: { state: "exited", health: "healthy" },
    condition: "healthy",
    verdict: "a exited with code 0 before it was healthy",
  },
  {
    name: "ended before it was healthy",
    detail: { state: "exited", exitCode: 137, outOfMemory: true },
    condition: "healthy",
    verdict: "a exited with code 137 (out of memory) before it was healthy",
  },
  {
    name: "ended and will be started again",
    detail: { state: "exited", exitCode: 1 },
    condition: "healthy",
    startsAgain: true,
    verdict: "pending",
  },
  {
    name: "is restarted by the engine over and over",
    detail: { state: "restarting", exitCode: 1, engineRestarts: 6 },
    condition: "healthy",
    startsAgain: true,
    verdict:
      "a keeps ending before it is healthy: the engine has restarted it 6 times, the last exit code is 1",
  },
  { name: "is gone", detail: null, condition: "running", verdict: "a was removed before it was running" },
];

for (const { name, detail, condition, startsAgain, verdict } of cases) {
  Deno.test(`a container that ${name} is judged by "${condition}"`, () => {
    const judged = judgeCondition(
      "a",
      detail === null ? null : { ...running, ...detail },
      condition,
      startsAgain ?? false,
    );
    assertEquals(judged.kind === "failed" ? judged.message : judged.kind, verdict);
  });
}
