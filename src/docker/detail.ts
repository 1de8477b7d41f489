import { present } from "../pod/present.ts";
import type { Connection } from "./connection.ts";
import type { ContainerDetail } from "./engine.ts";
import { type JsonObject, listOf, numberOf, objectOf, textOf, textsOf, timeOf } from "./json.ts";
import { inspectRaw } from "./observe.ts";
import { parseHealth, parseState } from "./status_words.ts";

/** Inspects a container; null when it is gone. */
export async function inspectContainer(
  connection: Connection,
  id: string,
  signal?: AbortSignal,
): Promise<ContainerDetail | null> {
  const container = await inspectRaw(connection, id, signal);
  return container === null ? null : containerDetailOf(container);
}

/** Makes a detail of an inspection. */
export function containerDetailOf(container: JsonObject): ContainerDetail {
  const state = objectOf(container.State);
  const config = objectOf(container.Config);
  const policy = objectOf(objectOf(container.HostConfig).RestartPolicy);
  // Podman before 4.4 has `Healthcheck` where Docker has `Health`.
  const health = objectOf(state.Health ?? state.Healthcheck);
  const probes = listOf(health.Log);
  const lastProbe = objectOf(probes[probes.length - 1]);
  return present({
    id: textOf(container.Id),
    name: textOf(container.Name).replace(/^\//, ""),
    labels: textsOf(config.Labels),
    state: parseState(textOf(state.Status)),
    exitCode: numberOf(state.ExitCode),
    outOfMemory: state.OOMKilled === true,
    error: textOf(state.Error),
    health: parseHealth(textOf(health.Status)),
    healthOutput: probes.length === 0 ? undefined : textOf(lastProbe.Output),
    startedAt: timeOf(state.StartedAt),
    finishedAt: timeOf(state.FinishedAt),
    engineRestarts: numberOf(container.RestartCount),
    restartPolicy: textOf(policy.Name) || "no",
    processId: numberOf(state.Pid) || undefined,
    tty: config.Tty === true,
    addresses: addressesOf(objectOf(container.NetworkSettings)),
    stopGraceSeconds: typeof config.StopTimeout === "number" ? config.StopTimeout : undefined,
  });
}

function addressesOf(settings: JsonObject): string[] {
  const addresses: string[] = [];
  for (const network of Object.values(objectOf(settings.Networks))) {
    const { IPAddress, GlobalIPv6Address } = objectOf(network);
    for (const address of [textOf(IPAddress), textOf(GlobalIPv6Address)]) {
      if (address !== "" && !addresses.includes(address)) addresses.push(address);
    }
  }
  return addresses;
}
