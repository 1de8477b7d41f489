import type {
  Container,
  Dependency,
  DependencyCondition,
  EnvironmentVariable,
  ExtraHost,
  HealthCheck,
  Hook,
  Namespace,
  NetworkAttachment,
  PullPolicy,
  RestartPolicy,
} from "../pod/model.ts";
import { imageProblem } from "../pod/image_reference.ts";
import { present } from "../pod/present.ts";
import type { ComposeCondition, ComposeHook, ComposeService, NullableStringMap } from "./model.ts";
import type { PodRequest } from "./pod.ts";
import { devicesOf } from "./pod_devices.ts";
import { filesOf } from "./pod_files.ts";
import { linksOf, volumesFromOf } from "./pod_links.ts";
import { mountsOf, temporaryFilesystemsOf } from "./pod_mounts.ts";
import { portsOf } from "./pod_ports.ts";
import { resourcesOf } from "./pod_resources.ts";
import { securityOf } from "./pod_security.ts";
import { warnOfIgnoredFields } from "./ignored_fields.ts";
import type { ProblemList } from "./problem_list.ts";
import { parseDurationNanoseconds } from "./units.ts";

/** Turns one Compose service into a container of a pod. Problems go to the list; the result is then incomplete. */
export function containerOf(
  name: string,
  service: ComposeService,
  request: PodRequest,
  problems: ProblemList,
): Container {
  const path = `services.${name}`;
  const { project } = request;
  warnOfIgnoredFields(path, service, problems);
  const imageIsBuilt = service.image === undefined;
  if (imageIsBuilt && service.build === undefined && service.provider === undefined) {
    problems.error(path, "has no image: name one with `image:`");
  }
  if (service.build !== undefined && !imageIsBuilt) {
    problems.warning(`${path}.build`, `is not done here: the image ${service.image} is used as it is`);
  }
  refuseOddImages(path, service, problems);
  refuseLongHostNames(path, service, problems);
  refuseOddName(path, service, problems);
  return {
    // Apart from the others: V8 makes a hash table of an object that is filled member by member and grows large.
    ...present({
      containerName: service.container_name,
      platform: service.platform,
      workingDirectory: service.working_dir,
      user: service.user,
      hostname: service.hostname,
      domainname: service.domainname,
      init: service.init,
      networkNamespace: networkNamespaceOf(service),
      ipcNamespace: namespaceOf(service.ipc),
      pidNamespace: namespaceOf(service.pid),
      utsNamespace: service.uts,
      userNamespace: service.userns_mode,
      cgroupNamespace: service.cgroup,
      macAddress: service.mac_address,
      runtime: service.runtime,
      health: healthOf(service),
      logging: service.logging === undefined
        ? undefined
        : { driver: service.logging.driver ?? "", options: service.logging.options ?? {} },
    }),
    name,
    replicas: service.scale ?? service.deploy?.replicas ?? 1,
    image: service.image ?? `${project.name}-${name}`,
    imageIsBuilt,
    pull: pullPolicyOf(service.pull_policy),
    command: service.command,
    entrypoint: service.entrypoint,
    environment: environmentOf(service.environment),
    groups: service.group_add ?? [],
    tty: service.tty ?? false,
    stdinOpen: service.stdin_open ?? false,
    labels: service.labels ?? {},
    annotations: service.annotations ?? {},
    mounts: mountsOf(path, service, problems),
    temporaryFilesystems: temporaryFilesystemsOf(service),
    files: filesOf(path, service, request, problems),
    volumesFrom: volumesFromOf(service),
    storageOptions: service.storage_opt ?? {},
    ports: portsOf(path, service, problems),
    exposed: service.expose ?? [],
    networks: attachmentsOf(service),
    dns: service.dns ?? [],
    dnsSearch: service.dns_search ?? [],
    dnsOptions: service.dns_opt ?? [],
    extraHosts: extraHostsOf(service.extra_hosts ?? []),
    links: linksOf(service),
    externalLinks: service.external_links ?? [],
    resources: resourcesOf(service),
    security: securityOf(path, service, request, problems),
    ...devicesOf(service),
    sysctls: service.sysctls ?? {},
    ulimits: Object.entries(service.ulimits ?? {}).map(([limit, value]) =>
      typeof value === "number" ? { name: limit, soft: value, hard: value } : { name: limit, ...value }
    ),
    dependsOn: dependenciesOf(service, project.services),
    restart: restartPolicyOf(path, service, problems),
    stop: present({
      signal: service.stop_signal,
      graceMilliseconds: service.stop_grace_period === undefined
        ? undefined
        : parseDurationNanoseconds(service.stop_grace_period) / 1e6,
    }),
    hooks: { postStart: hooksOf(service.post_start), preStop: hooksOf(service.pre_stop) },
  };
}

/** What is no reference is found here, at its place, and not by the engine in the midst of a launch. */
function refuseOddImages(path: string, service: ComposeService, problems: ProblemList): void {
  const refuse = (field: string, image: string | undefined) => {
    const reason = image === undefined ? undefined : imageProblem(image);
    if (reason === undefined) return;
    problems.error(`${path}.${field}`, `${JSON.stringify(image)} is no image: ${reason}`);
  };
  refuse("image", service.image);
  (service.pre_start ?? []).forEach(({ image }, index) => refuse(`pre_start[${index}].image`, image));
}

/** What engines take as a name; the Compose Specification's own pattern lets more pass. */
function refuseOddName(path: string, service: ComposeService, problems: ProblemList): void {
  const name = service.container_name;
  if (name === undefined || /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return;
  problems.error(
    `${path}.container_name`,
    `${JSON.stringify(name)} is no name that an engine takes: use letters, digits, _, . and -, ` +
      "with a letter or digit in front",
  );
}

/** HOST_NAME_MAX of Linux, for domain names as well: engines take longer ones and fail to start the container. */
const longestHostName = 64;

function refuseLongHostNames(path: string, service: ComposeService, problems: ProblemList): void {
  for (const field of ["hostname", "domainname"] as const) {
    const bytes = new TextEncoder().encode(service[field] ?? "").length;
    if (bytes <= longestHostName) continue;
    problems.error(
      `${path}.${field}`,
      `has ${bytes} bytes, and Linux takes ${longestHostName} at most: choose a shorter one`,
    );
  }
}

function environmentOf(map: NullableStringMap | undefined): EnvironmentVariable[] {
  return Object.entries(map ?? {})
    .map(([name, value]) => ({ name, value }))
    .sort((left, right) => left.name < right.name ? -1 : 1);
}

function pullPolicyOf(text: string | undefined): PullPolicy {
  switch (text) {
    case "always":
    case "never":
    case "missing":
      return { kind: text };
    case "if_not_present":
      return { kind: "missing" };
    case "build":
      return { kind: "never" };
    case "daily":
      return { kind: "interval", milliseconds: 24 * 3_600_000 };
    case "weekly":
      return { kind: "interval", milliseconds: 7 * 24 * 3_600_000 };
    default:
      if (text?.startsWith("every_")) {
        return {
          kind: "interval",
          milliseconds: parseDurationNanoseconds(text.slice("every_".length)) / 1e6,
        };
      }
      return { kind: "unset" };
  }
}

function attachmentsOf(service: ComposeService): NetworkAttachment[] {
  const attachments = Object.entries(service.networks ?? {}).map(([network, config]) =>
    present({
      network,
      aliases: config?.aliases ?? [],
      ipv4Address: config?.ipv4_address,
      ipv6Address: config?.ipv6_address,
      linkLocalAddresses: config?.link_local_ips ?? [],
      macAddress: config?.mac_address,
      priority: config?.priority ?? 0,
      gatewayPriority: config?.gw_priority ?? 0,
      interfaceName: config?.interface_name,
      driverOptions: config?.driver_opts ?? {},
    })
  );
  return attachments.sort((left, right) =>
    right.priority - left.priority || (left.network < right.network ? -1 : 1)
  );
}

function networkNamespaceOf(service: ComposeService): Namespace {
  if (service.network_mode !== undefined) return namespaceOf(service.network_mode);
  return { kind: "pod" };
}

function namespaceOf(mode: string | undefined): Namespace {
  if (mode === undefined) return { kind: "pod" };
  if (mode.startsWith("service:")) return { kind: "container", container: mode.slice("service:".length) };
  if (mode.startsWith("container:")) return { kind: "external", container: mode.slice("container:".length) };
  return { kind: "engine", mode };
}

/** `name=address` lines, several of one name together, in the order of the file. */
function extraHostsOf(lines: readonly string[]): ExtraHost[] {
  const hosts = new Map<string, string[]>();
  for (const line of lines) {
    const split = line.indexOf("=");
    const name = line.slice(0, split);
    const addresses = hosts.get(name) ?? [];
    addresses.push(line.slice(split + 1));
    hosts.set(name, addresses);
  }
  return [...hosts].map(([name, addresses]) => ({ name, addresses }));
}

const conditions: Record<ComposeCondition, DependencyCondition> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

function dependenciesOf(
  service: ComposeService,
  active: Readonly<Record<string, ComposeService>>,
): Dependency[] {
  return Object.entries(service.depends_on ?? {})
    // An optional dependency that no profile activates is not there.
    .filter(([container]) => container in active)
    .map(([container, dependency]) => ({
      container,
      condition: conditions[dependency.condition],
      restart: dependency.restart ?? false,
      required: dependency.required,
    }))
    .sort((left, right) => left.container < right.container ? -1 : 1);
}

const restartKinds = ["no", "always", "on-failure", "unless-stopped"] as const;

/** `deploy.restart_policy` wins over `restart`; its delay and window belong to swarm mode (warned about). */
function restartPolicyOf(path: string, service: ComposeService, problems: ProblemList): RestartPolicy {
  const policy = service.deploy?.restart_policy;
  if (policy !== undefined) {
    // Without a condition the specification says `any`.
    const words: Readonly<Record<string, string>> = { none: "no", any: "always" };
    const condition = policy.condition ?? "any";
    return restartPolicy(words[condition] ?? condition, policy.max_attempts);
  }
  if (service.restart === undefined) return { kind: "no" };
  const [word = "", retries] = service.restart.split(":");
  if (restartKinds.every((kind) => kind !== word)) {
    problems.error(`${path}.restart`, `${JSON.stringify(word)} is none of ${restartKinds.join(", ")}`);
  }
  return restartPolicy(word, retries === undefined ? undefined : Number(retries));
}

function restartPolicy(word: string, maximumRetries: number | undefined): RestartPolicy {
  return present({
    kind: restartKinds.find((kind) => kind === word) ?? "no",
    verbatim: word,
    maximumRetries,
  });
}

function healthOf(service: ComposeService): HealthCheck | undefined {
  const check = service.healthcheck;
  if (check === undefined) return undefined;
  if (check.disable === true) return { test: ["NONE"] };
  const nanoseconds = (text: string | undefined) =>
    text === undefined ? undefined : parseDurationNanoseconds(text);
  return present({
    test: check.test ?? [],
    intervalNanoseconds: nanoseconds(check.interval),
    timeoutNanoseconds: nanoseconds(check.timeout),
    retries: check.retries,
    startPeriodNanoseconds: nanoseconds(check.start_period),
    startIntervalNanoseconds: nanoseconds(check.start_interval),
  });
}

function hooksOf(hooks: readonly ComposeHook[] | undefined): Hook[] {
  return (hooks ?? []).map((hook) =>
    present({
      command: hook.command ?? [],
      user: hook.user,
      privileged: hook.privileged ?? false,
      workingDirectory: hook.working_dir,
      environment: environmentOf(hook.environment),
    })
  );
}
