import type { ProblemList } from "../../compose/problem_list.ts";
import { auroraStopRequests, type HttpLifecycle } from "../../pod/http_lifecycle.ts";
import type { Pod } from "../../pod/model.ts";
import type { OfferedPorts } from "./offered_ports.ts";
import type { TaskChoices } from "./task_choices.ts";
import type { AssignedPort } from "./task_pod.ts";

/**
 * What the pod of a task is asked before it is stopped: what its labels say, else its spec. A label may name the port of
 * the host that the task has, as a framework knows it: then it is the container's that is published on it.
 */
export function lifecycleOfTask(
  { httpLifecycle, network }: Pick<Pod, "httpLifecycle" | "network">,
  { lifecyclePort, lifecycleRequests }: Pick<TaskChoices, "lifecyclePort" | "lifecycleRequests">,
  { assigned, offered }: { readonly assigned: readonly AssignedPort[]; readonly offered: OfferedPorts },
  problems: ProblemList,
): HttpLifecycle | undefined {
  const requests = lifecycleRequests ?? httpLifecycle?.requests ?? auroraStopRequests;
  if (lifecyclePort === undefined) {
    if (httpLifecycle !== undefined) return { ...httpLifecycle, requests };
    if (lifecycleRequests !== undefined) {
      problems.warning("label mesolet.lifecycle-requests", "has no effect without mesolet.lifecycle-port");
    }
    return undefined;
  }
  const port = /^\d+$/.test(lifecyclePort) ? Number(lifecyclePort) : undefined;
  const named = assigned.find(({ name, hostPort, protocol }) =>
    protocol === "tcp" && (port === undefined ? name === lifecyclePort : hostPort === port)
  );
  if (named !== undefined) {
    const { container, target, hostPort } = named;
    return { port: network.mode === "host" ? hostPort : target, container, requests };
  }
  const [ofHost] = [...offered.names].find(([, name]) => name === lifecyclePort) ?? [];
  const number = port ?? (network.mode === "host" ? ofHost : undefined);
  if (number === undefined || number < 1 || number > 65_535) {
    problems.error(
      "label mesolet.lifecycle-port",
      `${JSON.stringify(lifecyclePort)} is no port of the pod, and not the name of one`,
    );
    return undefined;
  }
  return { port: number, requests };
}
