import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";
import {
  containerStatusOf,
  type Ending,
  healthOf,
  nothingRuns,
  reasonFor,
  refusedReport,
  runningReport,
  terminalReport,
} from "../../../src/mesos/executor/task_report.ts";
import type { ContainerStatus, PodStatus } from "../../../src/pod/status.ts";

const container: ContainerStatus = {
  name: "web",
  number: 1,
  containerName: "shop-web-1",
  id: "0123",
  image: "busybox",
  state: "running",
  outOfMemory: false,
  restarts: 0,
  addresses: [],
  ports: [],
  essential: true,
};

const running: PodStatus = {
  pod: "shop",
  phase: "running",
  reason: "",
  reasonCode: "none",
  containers: [container],
  address: "172.18.0.5",
  observedAt: 0,
};

const failed: PodStatus = {
  ...running,
  phase: "failed",
  reason: "web exited with code 3",
  reasonCode: "container-exited",
  exitCode: 3,
  containers: [{ ...container, state: "exited", exitCode: 3, lastLog: ["no database", "giving up"] }],
};

function labelsOf(
  report: { readonly labels?: { readonly labels?: readonly { key: string; value?: string }[] } },
) {
  return Object.fromEntries((report.labels?.labels ?? []).map(({ key, value }) => [key, value]));
}

Deno.test("a service that ends with 0 has failed, a kill of it has not", () => {
  const ended: PodStatus = {
    ...running,
    phase: "succeeded",
    reason: "all have ended",
    reasonCode: "completed",
    exitCode: 0,
  };
  const facts = { wasRunning: true, isService: true };
  const { state, message } = terminalReport(ended, undefined, facts);
  assertEquals([state, message], [
    "TASK_FAILED",
    "all have ended; the task is a service, which is not to end",
  ]);
  assertEquals(terminalReport(ended, undefined, { wasRunning: true }).state, "TASK_FINISHED");
  assertEquals(terminalReport(ended, { kind: "killed", why: "x" }, facts).state, "TASK_KILLED");
});

Deno.test("RUNNING says how many containers run and how many completed", () => {
  assertEquals(runningReport(running).message, "1 container runs");
  const two = {
    ...running,
    containers: [container, { ...container, number: 2 }, {
      ...container,
      name: "init",
      state: "exited" as const,
      exitCode: 0,
    }],
  };
  assertEquals(runningReport(two).message, "2 containers run, 1 completed");
});

Deno.test("RUNNING after a restart says which container was started again, and how often", () => {
  const report = runningReport({
    ...running,
    reason: "web exited with code 3 (restarting in 10 s, 1st time)",
    reasonCode: "container-exited",
    containers: [{ ...container, state: "backing-off", exitCode: 3, restarts: 1 }],
  });
  assertEquals(report.message, "web exited with code 3 (restarting in 10 s, 1st time) (0 containers run)");
  assertEquals(labelsOf(report), {
    "mesolet.pod": "shop",
    "mesolet.reason": "container-exited",
    "mesolet.container": "web",
    "mesolet.exit-code": "3",
    "mesolet.restarts": "1",
  });
});

Deno.test("FAILED names the container, its exit code and its last lines", () => {
  const report = terminalReport(failed, undefined, { wasRunning: true });
  assertEquals(report.state, "TASK_FAILED");
  assertEquals(report.reason, undefined);
  assertEquals(report.message, "web exited with code 3; its last lines:\n  | no database\n  | giving up");
  assertEquals(labelsOf(report)["mesolet.container"], "web");
  assertEquals(labelsOf(report)["mesolet.exit-code"], "3");
});

Deno.test("a pod that somebody stopped at the engine has not finished", () => {
  const absent: ContainerStatus = {
    ...container,
    state: "absent",
    reason: "was stopped and removed by hand",
  };
  const status: PodStatus = {
    ...running,
    phase: "succeeded",
    reason: "stopped by hand",
    reasonCode: "completed",
    exitCode: 0,
    containers: [absent],
  };
  const { state, message, reason } = terminalReport(status, undefined, { wasRunning: true });
  assertEquals([state, message, reason], ["TASK_FAILED", "stopped by hand", undefined]);
});

Deno.test("the last lines are those of the container that the reason names", () => {
  const status: PodStatus = {
    ...failed,
    reason: "api exited with code 9",
    containers: [
      { ...container, state: "exited", exitCode: 137, lastLog: ["stopped"] },
      { ...container, name: "api", state: "exited", exitCode: 9, lastLog: ["panic"] },
    ],
  };
  const { message } = terminalReport(status, undefined, { wasRunning: true });
  assertEquals(message, "api exited with code 9; its last lines:\n  | panic");
});

Deno.test("the end of a task, by what ended it", () => {
  const killed: Ending = { kind: "killed", why: "killed by the framework" };
  const cases: [PodStatus, Ending | undefined, boolean, string, string | undefined, boolean | undefined][] = [
    [{ ...failed, phase: "succeeded", exitCode: 0 }, undefined, true, "TASK_FINISHED", undefined, undefined],
    [failed, undefined, true, "TASK_FAILED", undefined, undefined],
    [failed, killed, true, "TASK_KILLED", undefined, undefined],
    [failed, killed, false, "TASK_KILLED", "REASON_TASK_KILLED_DURING_LAUNCH", undefined],
    [failed, { kind: "unhealthy", why: "3 checks failed" }, true, "TASK_KILLED", undefined, false],
    [
      failed,
      { kind: "max-completion-time", why: "it ran for 60 s" },
      true,
      "TASK_FAILED",
      "REASON_MAX_COMPLETION_TIME_REACHED",
      undefined,
    ],
    [
      failed,
      { kind: "launch-given-up", why: "not running within 30 s" },
      false,
      "TASK_FAILED",
      "REASON_CONTAINER_LAUNCH_FAILED",
      undefined,
    ],
    [
      { ...failed, reasonCode: "container-unhealthy", exitCode: 1 },
      undefined,
      true,
      "TASK_FAILED",
      undefined,
      false,
    ],
    [
      { ...failed, reasonCode: "image-pull-failed", exitCode: 1 },
      undefined,
      false,
      "TASK_FAILED",
      "REASON_CONTAINER_LAUNCH_FAILED",
      undefined,
    ],
  ];
  for (const [status, ending, wasRunning, state, reason, healthy] of cases) {
    const report = terminalReport(status, ending, { wasRunning });
    assertEquals([report.state, report.reason, report.healthy], [state, reason, healthy]);
    assert((report.message ?? "") !== "", "every report has a message");
  }
});

Deno.test("a pod that used up its memory is a limitation, with the total in MiB", () => {
  const report = terminalReport(
    { ...failed, reasonCode: "pod-out-of-memory", exitCode: 137 },
    undefined,
    { wasRunning: true, memoryBytes: 64 * 1024 ** 2 },
  );
  assertEquals(report.reason, "REASON_CONTAINER_LIMITATION_MEMORY");
  assertEquals(report.limitation, { resources: [{ name: "mem", type: "SCALAR", scalar: { value: 64 } }] });
});

Deno.test("every reason of a pod is known", () => {
  assertEquals(reasonFor("spec-invalid"), "REASON_TASK_INVALID");
  assertEquals(reasonFor("timed-out"), "REASON_CONTAINER_LAUNCH_FAILED");
  assertEquals(reasonFor("completed"), undefined);
  assertEquals(refusedReport("spec-invalid", "x").reason, "REASON_TASK_INVALID");
});

Deno.test("a message that is too long keeps its beginning and its end", () => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index} of a long log`);
  const status: PodStatus = {
    ...failed,
    containers: [{ ...container, state: "exited", exitCode: 3, lastLog: lines }],
  };
  const message = terminalReport(status, undefined, { wasRunning: true }).message ?? "";
  assert(message.length <= 4_096);
  assertStringIncludes(message, "web exited with code 3");
  assert(message.endsWith("line 499 of a long log"));
});

Deno.test("health is that of the essential containers that have a check", () => {
  const withHealth = (...healths: (ContainerStatus["health"] | undefined)[]): PodStatus => ({
    ...running,
    containers: healths.map((health) => ({ ...container, ...(health === undefined ? {} : { health }) })),
  });
  assertEquals(healthOf(withHealth(undefined)), undefined);
  assertEquals(healthOf(withHealth("healthy", undefined)), true);
  assertEquals(healthOf(withHealth("healthy", "starting")), undefined);
  assertEquals(healthOf(withHealth("starting", "unhealthy")), false);
  const sidecar: PodStatus = {
    ...running,
    containers: [container, { ...container, name: "log", essential: false, health: "unhealthy" }],
  };
  assertEquals(healthOf(sidecar), undefined);
});

Deno.test("the addresses are the pod's own; on the host's network the agent's stand", () => {
  const ports = [{ target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 31005 }];
  assertEquals(containerStatusOf({ ...running, containers: [{ ...container, ports }] }), {
    network_infos: [{
      ip_addresses: [{ protocol: "IPv4", ip_address: "172.18.0.5" }],
      port_mappings: [{ host_port: 31005, container_port: 80, protocol: "tcp" }],
    }],
  });
  const { address: _, ...onHost } = running;
  assertEquals(containerStatusOf(onHost), undefined);
  const services = {
    ...onHost,
    containers: [
      { ...container, name: "side", essential: false, addresses: ["172.20.0.2"] },
      { ...container, addresses: ["172.20.0.3", "fd00::3"] },
    ],
  };
  assertEquals(
    containerStatusOf(services)?.network_infos?.map((info) => info.ip_addresses?.[0]),
    [
      { protocol: "IPv4", ip_address: "172.20.0.3" },
      { protocol: "IPv6", ip_address: "fd00::3" },
      { protocol: "IPv4", ip_address: "172.20.0.2" },
    ],
  );
});

Deno.test("nothing runs when no container does or is about to", () => {
  const states = (...all: ContainerStatus["state"][]): PodStatus => ({
    ...running,
    containers: all.map((state) => ({ ...container, state })),
  });
  assert(nothingRuns(states("exited", "absent", "created")));
  assert(!nothingRuns(states("exited", "running")));
  assert(!nothingRuns(states("backing-off")));
  assert(!nothingRuns(states("paused")));
});

Deno.test("a pull that failed names the containers whose image it is", () => {
  const reason = "Cannot pull image busybox: 127.0.0.1:9 is not reached from the engine";
  const status: PodStatus = {
    ...failed,
    reason,
    reasonCode: "image-pull-failed",
    containers: [
      { ...container, state: "absent" },
      { ...container, number: 2, state: "absent" },
      { ...container, name: "cache", image: "redis", state: "absent" },
    ],
  };
  assertEquals(
    terminalReport(status, undefined, { wasRunning: false }).message,
    `${reason} (the image of web)`,
  );
});
