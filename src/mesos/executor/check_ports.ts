import type { AssignedPort } from "../task/task_pod.ts";
import type { TaskInfo } from "../wire/messages_task.ts";

/** The checks of a task. */
export type TaskCheckInfos = Pick<TaskInfo, "health_check" | "check">;

/**
 * The checks of a task, with ports as they are inside the pod. A framework that knows of a task only which ports it
 * was given names those (Marathon's `MESOS_HTTP` and `MESOS_TCP` do); in the network namespace of the pod, where checks
 * are made, nobody listens on them: there it is the container's port that is published on them.
 */
export function checksInPod(
  { health_check: health, check }: TaskCheckInfos,
  assigned: readonly AssignedPort[],
): TaskCheckInfos {
  const inPod = <Target extends { readonly port: number }>(target: Target): Target => ({
    ...target,
    port: assigned.find(({ hostPort, protocol }) => hostPort === target.port && protocol === "tcp")?.target ??
      target.port,
  });
  return {
    ...(health === undefined ? {} : {
      health_check: {
        ...health,
        ...(health.http === undefined ? {} : { http: inPod(health.http) }),
        ...(health.tcp === undefined ? {} : { tcp: inPod(health.tcp) }),
      },
    }),
    ...(check === undefined ? {} : {
      check: {
        ...check,
        ...(check.http === undefined ? {} : { http: inPod(check.http) }),
        ...(check.tcp === undefined ? {} : { tcp: inPod(check.tcp) }),
      },
    }),
  };
}
