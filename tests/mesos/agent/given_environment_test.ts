import type { CommandInfo } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { mesosMaterial } from "../wire/mesos_material.ts";
import { durationText } from "./durations.ts";
import { argvOf } from "./executor_process.ts";
import { givenEnvironment, type StartingPoint } from "./given_environment.ts";
import { recordedProcesses } from "./recording.ts";

Deno.test("durations: as Mesos prints them", () => {
  const cases: readonly (readonly [milliseconds: number, text: string])[] = [
    [5_000, "5secs"],
    [12_500, "12500ms"],
    [900_000, "15mins"],
    [90_000, "90secs"],
    [2_000, "2secs"],
    [60_000, "1mins"],
    [3_600_000, "1hrs"],
    [5_400_000, "90mins"],
    [7 * 86_400_000, "1weeks"],
    [150, "150ms"],
    [1.5, "1500us"],
    [0, "0ns"],
  ];
  for (const [milliseconds, text] of cases) assertEquals(durationText(milliseconds), text);
});

const point: StartingPoint = {
  frameworkId: "F",
  executorId: "e1",
  agentId: "A",
  ip: "127.0.0.1",
  port: 5051,
  sandbox: "/work/run",
  checkpoint: true,
  recoveryTimeout: 900_000,
  subscriptionBackoffMax: 2_000,
  shutdownGrace: 5_000,
  additional: {},
  command: { shell: true, value: "./executor" },
};

Deno.test("environment: the exact set, with and without checkpoints", () => {
  assertEquals(Object.keys(givenEnvironment(point)).sort(), [
    "LIBPROCESS_IP",
    "LIBPROCESS_PORT",
    "MESOS_AGENT_ENDPOINT",
    "MESOS_CHECKPOINT",
    "MESOS_DIRECTORY",
    "MESOS_EXECUTOR_ID",
    "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD",
    "MESOS_FRAMEWORK_ID",
    "MESOS_HTTP_COMMAND_EXECUTOR",
    "MESOS_RECOVERY_TIMEOUT",
    "MESOS_SANDBOX",
    "MESOS_SLAVE_ID",
    "MESOS_SLAVE_PID",
    "MESOS_SUBSCRIPTION_BACKOFF_MAX",
    "PATH",
  ]);
  const without = givenEnvironment({ ...point, checkpoint: false });
  assertEquals(without.MESOS_CHECKPOINT, "0");
  assertEquals(without.MESOS_RECOVERY_TIMEOUT, undefined);
});

if (mesosMaterial !== undefined) {
  const scenarios = [
    "exec-lifecycle",
    "exec-auth",
    "exec-domain-socket",
    "exec-launch-rich",
    "exec-env-noshell",
    "exec-agent-restart-nocheckpoint",
  ];
  for (const scenario of scenarios) {
    Deno.test(`environment: as a real agent gave it in ${scenario}`, async () => {
      const processes = await recordedProcesses(`${mesosMaterial}/recordings/${scenario}/env.json`);
      const recorded = Object.entries(Object.values(processes)[0] ?? {})[0];
      if (recorded === undefined) throw new Error(`${scenario} has no process`);
      const [executorId, { env, argv, cwd }] = recorded;
      const noShell = scenario === "exec-env-noshell";
      const command: CommandInfo = {
        shell: !noShell,
        value: "./rec-executor",
        arguments: ["./rec-executor", "arg1"],
        environment: {
          variables: env.FROM_COMMAND === undefined
            ? []
            : [{ name: "FROM_COMMAND", value: env.FROM_COMMAND }],
        },
      };
      const given = givenEnvironment({
        ...point,
        executorId,
        frameworkId: env.MESOS_FRAMEWORK_ID ?? "",
        agentId: env.MESOS_SLAVE_ID ?? "",
        sandbox: cwd,
        checkpoint: env.MESOS_CHECKPOINT === "1",
        shutdownGrace: scenario === "exec-launch-rich" ? 12_500 : 5_000,
        ...(env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN === undefined
          ? {}
          : { token: env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN }),
        ...(env.MESOS_DOMAIN_SOCKET === undefined ? {} : { domainSocket: env.MESOS_DOMAIN_SOCKET }),
        command,
      });
      // The shell, where there is one, adds PWD.
      const { PWD: _, ...withoutShell } = env;
      assertEquals(given, withoutShell);
      assertEquals("PWD" in env, !noShell);
      if (noShell) assertEquals(argvOf(command, cwd), argv);
    });
  }
}
