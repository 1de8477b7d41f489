import type { Clock } from "../../pod/clock.ts";
import type { Problem } from "../../pod/errors.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { Engine } from "../../docker/engine.ts";
import type { AssignedPort, TaskPod } from "../task/task_pod.ts";
import { variableText } from "../task/task_environment.ts";
import type { CommandInfo } from "../wire/messages_container.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import { startCheck } from "./check.ts";
import { checksInPod } from "./check_ports.ts";
import { startHealthCheck } from "./health_check.ts";
import { probeOfCheck, probeOfHealthCheck } from "./probe.ts";
import { probeTargetOf } from "./probe_target.ts";
import type { RunningCheck } from "./repeat_probe.ts";
import type { CheckListener, TaskChecks } from "./task_tools.ts";

/** Starts the checks that a task names: its health check, and its check. */
export function startChecks(
  running: {
    readonly task: TaskInfo;
    readonly taskPod: TaskPod;
    /** The status of the pod at the time of the call. */
    readonly status: () => PodStatus;
    readonly engine: Pick<Engine, "execute">;
    readonly clock: Clock;
    readonly log: (text: string) => void;
  },
  listener: CheckListener,
): TaskChecks {
  const { task, taskPod, status, engine, clock, log } = running;
  const { health_check: health, check } = checksInPod(task, [...portsNow(status()), ...taskPod.ports]);
  const target = () => probeTargetOf(taskPod.pod, status(), taskPod.settings.checkContainer);
  const tools = { engine, clock, target };
  const onProblem = (reason: string) => log(`${task.task_id.value}: ${reason}`);
  const checks: RunningCheck[] = [];
  if (health !== undefined) {
    checks.push(startHealthCheck({
      check: health,
      probe: probeOfHealthCheck(health, tools),
      clock,
      onProblem,
      onResult: (report) => {
        listener.health(report.healthy, report.reason);
        if (report.kill) listener.unhealthy(report.reason);
      },
    }));
  }
  if (check !== undefined) {
    checks.push(startCheck({
      check,
      probe: probeOfCheck(check, tools),
      clock,
      onProblem,
      onResult: (result) => listener.check(result, "the check has another result"),
    }));
  }
  return {
    stop: async () => {
      for (const one of checks) one.stop();
      await Promise.all(checks.map(({ done }) => done));
    },
  };
}

/** As they are published: what an image EXPOSEs is not known before it is there. */
function portsNow({ containers }: PodStatus): AssignedPort[] {
  return containers.flatMap(({ name, ports }) =>
    ports.flatMap(({ target, protocol, published }) =>
      protocol === "tcp" ? [{ container: name, target, protocol, hostPort: published }] : []
    )
  );
}

/**
 * Refuses checks that can never be made, before anything of the task is.
 *
 * @returns what of the others has no effect
 * @throws {MesoletError} that names the field
 */
export function refuseImpossibleChecks({ health_check: health, check }: TaskInfo, clock: Clock): Problem[] {
  const tools = {
    engine: { execute: () => Promise.reject(new Error("no check is made here")) },
    clock,
    target: () => ({ ports: { kind: "host" as const } }),
  };
  if (health !== undefined) probeOfHealthCheck(health, tools);
  if (check !== undefined) probeOfCheck(check, tools);
  return [
    ...unusedOf(health?.command, "TaskInfo.health_check.command"),
    ...unusedOf(check?.command?.command, "TaskInfo.check.command.command"),
  ];
}

/** What the command of a check says, and a command in a container has nothing of. */
function unusedOf(command: CommandInfo | undefined, path: string): Problem[] {
  const { user, uris = [], arguments: given = [], shell = true, environment } = command ?? {};
  const secrets = (environment?.variables ?? []).filter((variable) => variableText(variable) === undefined);
  const warning = (field: string, message: string): Problem => ({
    severity: "warning",
    path: `${path}.${field}`,
    message,
  });
  return [
    ...(user === undefined ? [] : [warning("user", "has no effect: a check runs as the container does")]),
    ...(uris.length === 0 ? [] : [warning("uris", "has no effect: nothing is fetched for a check")]),
    ...(shell && given.length > 0
      ? [warning("arguments", "has no effect: arguments are for a command without a shell (shell: false)")]
      : []),
    ...secrets.map(({ name }) =>
      warning(
        "environment",
        `${name} is left out: only secrets that come with the task as text are known here`,
      )
    ),
  ];
}
