import type { Container, EnvironmentVariable } from "../pod/model.ts";
import { hostConfig, type HostConfigPlacement } from "./host_config.ts";
import type { EngineBody, Json } from "./step.ts";

/** What a container's create body takes from the place it is given. */
export interface ContainerPlacement extends HostConfigPlacement {
  readonly labels: Readonly<Record<string, string>>;
  /** Variables below the container's own. */
  readonly environment: readonly EnvironmentVariable[];
  /** By the engine's name of the network; absent: no `NetworkingConfig` at all. */
  readonly endpoints?: Readonly<Record<string, EngineBody>>;
  /** Sent in the body for engines before API 1.44 only. */
  readonly macAddress?: string;
}

/**
 * The body of `POST /containers/create`. Fields and their forms are those that Docker Compose sends, so that a pod
 * in `services` mode is what its users know; members that say nothing are left out.
 */
export function containerBody(container: Container, placement: ContainerPlacement): EngineBody {
  return {
    Image: container.image,
    Hostname: container.hostname,
    Domainname: container.domainname,
    User: container.user,
    WorkingDir: container.workingDirectory,
    Tty: container.tty || undefined,
    OpenStdin: container.stdinOpen || undefined,
    AttachStdout: true,
    AttachStderr: true,
    Env: environmentList(container.environment, placement.environment),
    Cmd: container.command ?? undefined,
    Entrypoint: container.entrypoint ?? undefined,
    ExposedPorts: exposedPorts(container),
    Healthcheck: healthCheck(container),
    StopSignal: container.stop.signal,
    // Whole seconds: the Engine knows no other. Rounded up, so that a short grace is not turned into none.
    StopTimeout: container.stop.graceMilliseconds === undefined
      ? undefined
      : Math.ceil(container.stop.graceMilliseconds / 1000),
    MacAddress: placement.macAddress,
    Labels: { ...container.labels, ...placement.labels },
    HostConfig: hostConfig(container, placement),
    NetworkingConfig: placement.endpoints === undefined
      ? undefined
      : { EndpointsConfig: placement.endpoints },
  };
}

/** `NAME=value` lines; a variable without a value (`NAME`) makes the Engine remove the image's. */
export function environmentList(
  own: readonly EnvironmentVariable[],
  below: readonly EnvironmentVariable[] = [],
): string[] | undefined {
  const variables = new Map<string, string | null>();
  for (const { name, value } of [...below, ...own]) variables.set(name, value);
  if (variables.size === 0) return undefined;
  return [...variables].map(([name, value]) => value === null ? name : `${name}=${value}`);
}

function exposedPorts(container: Container): Json | undefined {
  const ports: Record<string, Json> = {};
  for (const exposed of container.exposed) ports[exposed] = {};
  for (const port of container.ports) ports[`${port.target}/${port.protocol}`] = {};
  return Object.keys(ports).length === 0 ? undefined : ports;
}

function healthCheck(container: Container): EngineBody | undefined {
  const health = container.health;
  if (health === undefined) return undefined;
  return {
    Test: health.test.length === 0 ? undefined : health.test,
    Interval: health.intervalNanoseconds,
    Timeout: health.timeoutNanoseconds,
    Retries: health.retries,
    StartPeriod: health.startPeriodNanoseconds,
    StartInterval: health.startIntervalNanoseconds,
  };
}
