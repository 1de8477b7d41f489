import { PortTakenError } from "../docker/port_taken_error.ts";
import { formatProblem, MesoletError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { PodSpec } from "./pod_spec.ts";

/**
 * What failed on the engine, in the words of the spec: a port that is in use stands in front with its place in the
 * file. Everything else is given back as it is.
 */
export async function withPlace(failure: MesoletError, spec: PodSpec): Promise<MesoletError> {
  const cause = failure instanceof PortTakenError ? failure : failure.cause;
  if (!(cause instanceof PortTakenError)) return failure;
  const path = pathOfPort(spec.pod, cause.taken);
  if (path === undefined) return failure;
  const [problem] = await spec.locate([{ severity: "error", path, message: cause.what }]);
  if (problem === undefined) return failure;
  return new MesoletError(formatProblem(problem), failure.exitCode, { cause: failure });
}

/** Where a pod's spec publishes a port of the host: `services.web.ports[0]`. */
function pathOfPort(pod: Pod, taken: PortTakenError["taken"]): string | undefined {
  const parent = pod.source.kind === "compose" ? "services" : "containers";
  for (const { name, ports } of pod.containers) {
    const index = ports.findIndex(({ published, protocol }) =>
      published === String(taken.port) && (taken.protocol === undefined || taken.protocol === protocol)
    );
    if (index >= 0) return `${parent}.${name}.ports[${index}]`;
  }
  return undefined;
}
