import type { Container, Dependency, EnvironmentVariable } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { ComposeHook, ComposeProject, ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";

/**
 * A service's container and those of its `pre_start`: one for each entry, which has to end with exit code 0 before the
 * next one, and at last the service, starts. They are as the service's container is, but for what an entry says itself
 * and for what the others know a service by: names, ports, labels, health and hooks.
 */
export function withPreStart(
  container: Container,
  service: ComposeService,
  project: ComposeProject,
  problems: ProblemList,
): Container[] {
  const entries = service.pre_start ?? [];
  if (entries.length === 0) return [container];
  const path = `services.${container.name}`;
  container.mounts.forEach((mount, index) => {
    if (mount.type !== "volume" || mount.source !== undefined) return;
    problems.warning(
      `${path}.volumes[${index}]`,
      "has no name, so containers of pre_start do not see it: give the volume a name",
    );
  });
  const made: Container[] = [];
  entries.forEach((entry, index) => {
    const name = `${container.name}-pre_start-${index}`;
    if (name in project.services || name in project.disabledServices) {
      problems.error(
        `${path}.pre_start[${index}]`,
        `its container is called ${name}, and so is a service: give that another name`,
      );
    }
    made.push(preStartContainer(name, entry, container, service, made.at(-1)));
  });
  const awaited = made.map(({ name }): Dependency => ({
    container: name,
    condition: "completed",
    restart: true,
    required: true,
  }));
  return [...made, { ...container, dependsOn: sorted([...container.dependsOn, ...awaited]) }];
}

function preStartContainer(
  name: string,
  entry: ComposeHook,
  of: Container,
  service: ComposeService,
  previous: Container | undefined,
): Container {
  const {
    containerName: _containerName,
    hostname: _hostname,
    domainname: _domainname,
    macAddress: _macAddress,
    ...shared
  } = of;
  const image = entry.image ?? of.image;
  const isOwnImage = image !== of.image;
  const perReplica = entry.per_replica ?? false;
  return {
    ...shared,
    name,
    preStartOf: { container: of.name, perReplica },
    replicas: perReplica ? of.replicas : Math.min(1, of.replicas),
    image,
    imageIsBuilt: !isOwnImage && of.imageIsBuilt,
    // A service that is built is never pulled; the image of somebody else is.
    pull: isOwnImage && service.build !== undefined ? { kind: "unset" } : of.pull,
    command: entry.command,
    // The service's belongs to the service's image.
    entrypoint: isOwnImage ? null : of.entrypoint,
    environment: merged(of.environment, entry),
    ...present({
      workingDirectory: entry.working_dir ?? of.workingDirectory,
      user: entry.user ?? of.user,
    }),
    tty: false,
    stdinOpen: false,
    labels: {},
    annotations: {},
    mounts: of.mounts.filter(({ type, source }) => type !== "volume" || source !== undefined),
    ports: [],
    exposed: [],
    // Addresses and names on the networks are the service's, which may run still.
    networks: of.networks.map(({ network, priority, gatewayPriority, driverOptions }) => ({
      network,
      aliases: [],
      linkLocalAddresses: [],
      priority,
      gatewayPriority,
      driverOptions,
    })),
    externalLinks: [],
    security: { ...of.security, privileged: entry.privileged ?? of.security.privileged },
    dependsOn: previous === undefined
      ? of.dependsOn.map((dependency) => ({ ...dependency, restart: false }))
      : [{ container: previous.name, condition: "completed", restart: false, required: true }],
    restart: { kind: "no" },
    health: { test: ["NONE"] },
    hooks: { postStart: [], preStop: [] },
  };
}

function merged(inherited: readonly EnvironmentVariable[], entry: ComposeHook): EnvironmentVariable[] {
  const values = new Map(inherited.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(entry.environment ?? {})) values.set(name, value);
  return [...values].map(([name, value]) => ({ name, value }))
    .sort((left, right) => left.name < right.name ? -1 : 1);
}

function sorted(dependencies: readonly Dependency[]): Dependency[] {
  return [...dependencies].sort((left, right) => left.container < right.container ? -1 : 1);
}
