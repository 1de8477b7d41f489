/** Services for the containerizer of Mesos, field by field. */

import { capabilityNamed, resourceLimitNamed } from "../pod/linux_names.ts";
import type { PodNetworking } from "../pod/model.ts";
import type { ComposeMount, ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";

/** What becomes of a field; one that is not here is refused. */
export type NativeRule = "taken" | { readonly warning: string } | { readonly error: string };

const ownOutput = "output goes to stdout and stderr of each task's sandbox";
const ofEngine = "it is no matter of an engine there";

/** Fields of a service. Those with values that not all will do are looked at by {@linkcode judgeNativeService} as well. */
export const nativeFields: Readonly<Record<string, NativeRule>> = {
  image: "taken",
  pull_policy: "taken",
  command: "taken",
  entrypoint: "taken",
  environment: "taken",
  env_file: "taken",
  user: "taken",
  cap_add: "taken",
  cap_drop: "taken",
  security_opt: "taken",
  ulimits: "taken",
  pid: "taken",
  ipc: "taken",
  cpus: "taken",
  mem_limit: "taken",
  mem_reservation: "taken",
  gpus: "taken",
  deploy: "taken",
  scale: "taken",
  volumes: "taken",
  configs: "taken",
  secrets: "taken",
  ports: "taken",
  expose: "taken",
  networks: "taken",
  network_mode: "taken",
  healthcheck: "taken",
  depends_on: "taken",
  restart: "taken",
  stop_signal: "taken",
  stop_grace_period: "taken",
  labels: "taken",
  label_file: "taken",
  profiles: "taken",
  extends: "taken",
  extensions: "taken",
  // Of these the loader has said what is to be said.
  build: "taken",
  develop: "taken",
  attach: "taken",
  credential_spec: "taken",
  models: "taken",
  provider: "taken",
  use_api_socket: "taken",
  container_name: { warning: "containers of Mesos have ids of their own" },
  logging: { warning: ownOutput },
  annotations: { warning: ofEngine },
  init: { warning: "Mesos puts a process of its own in front of each container" },
  working_dir: {
    error: "a command starts in the directory that the image names, and nothing else can be said",
  },
  privileged: { error: "use cap_add for what it has to do" },
  read_only: { error: "the root of a container can be written" },
  tmpfs: { error: "mount a volume" },
  hostname: { error: "containers have the name of their agent, or of their network" },
  pre_start: { error: "all containers of a pod start together" },
  post_start: { error: "Mesos runs nothing in a container but its command and its check" },
  pre_stop: { error: "Mesos sends SIGTERM, and SIGKILL after stop_grace_period" },
  extra_hosts: { error: "names are those that the agent, or its network, knows" },
  links: { error: "containers of the pod reach each other at 127.0.0.1" },
  volumes_from: { error: "name the volumes of the other service as well" },
  platform: { error: "an agent pulls what its own processor runs" },
  group_add: { error: "a user has the groups that the agent knows" },
  tty: { error: "no terminal is attached to a task" },
  stdin_open: { error: "nothing is attached to a task" },
  devices: { error: "GPUs are given by gpus; other devices are for the owner of the agents" },
};

/** Looks at the values of fields of which not all will do. */
export function judgeNativeService(
  path: string,
  service: ComposeService,
  network: PodNetworking,
  problems: ProblemList,
): void {
  const refuse = (field: string, message: string) => problems.error(`${path}.${field}`, message);
  const warn = (field: string, message: string) => problems.warning(`${path}.${field}`, message);
  judgeCommand(service, refuse);
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    if (value === null) {
      refuse(`environment.${name}`, "has no value: Mesos cannot take one of the image away");
    }
  }
  const policy = service.pull_policy;
  if (policy !== undefined && !["always", "missing", "if_not_present"].includes(policy)) {
    refuse("pull_policy", `${policy} is not for x-pod.containerizer: mesos: use missing, or always`);
  }
  if (service.user !== undefined && !/^[A-Za-z_][\w.-]*$/.test(service.user)) {
    refuse("user", `${service.user} must be the name of a user that the agents know, without a group`);
  }
  judgeRights(service, refuse);
  (service.volumes ?? []).forEach((mount, index) =>
    judgeMount(mount, (field, message) => refuse(`volumes[${index}]${field}`, message))
  );
  judgeFiles(service, refuse);
  judgeNetwork(service, network, refuse, warn);
  judgeLife(service, refuse, warn);
  judgeDeploy(service, refuse);
}

type Say = (field: string, message: string) => void;

/** Mesos puts arguments behind the entrypoint of an image, or behind its command where it has none. */
function judgeCommand({ command, entrypoint }: ComposeService, refuse: Say): void {
  if (entrypoint === null && command !== null && command.length > 0) {
    refuse(
      "command",
      "needs an entrypoint beside it, since Mesos would put it behind whichever the image has: write `entrypoint: []` " +
        "for a command that is run as it is, or the image's own entrypoint",
    );
  }
  if (entrypoint?.length === 0 && (command ?? []).length === 0) {
    refuse("entrypoint", "is empty, and there is no command: name what is to be run");
  }
  if (entrypoint === null && command?.length === 0) {
    refuse("command", "is empty: Mesos cannot take that of the image away");
  }
}

function judgeRights(service: ComposeService, refuse: Say): void {
  for (const field of ["cap_add", "cap_drop"] as const) {
    (service[field] ?? []).forEach((name, index) => {
      if (capabilityNamed(name) === undefined) {
        refuse(`${field}[${index}]`, `${name} is no capability of Mesos`);
      }
    });
  }
  (service.security_opt ?? []).forEach((option, index) => {
    if (/^seccomp[=:]unconfined$/.test(option)) return;
    refuse(
      `security_opt[${index}]`,
      "is not for x-pod.containerizer: mesos, which knows seccomp=unconfined, and profiles of the agents alone",
    );
  });
  for (const name of Object.keys(service.ulimits ?? {})) {
    if (resourceLimitNamed(name) === undefined) refuse(`ulimits.${name}`, "is no limit of Mesos");
  }
  const { pid, ipc } = service;
  if (pid !== undefined && !pid.startsWith("service:")) {
    refuse(
      "pid",
      `${pid} is not for x-pod.containerizer: mesos: containers of a pod may share one (service:NAME)`,
    );
  }
  if (ipc !== undefined && ipc !== "private") {
    refuse("ipc", `${ipc} is not for x-pod.containerizer: mesos: it may be private`);
  }
}

const propagations: ReadonlySet<string> = new Set([
  "private",
  "rprivate",
  "slave",
  "rslave",
  "shared",
  "rshared",
]);

function judgeMount({ type, source, bind, volume, image }: ComposeMount, refuse: Say): void {
  const not = "is not for x-pod.containerizer: mesos";
  if (type !== "bind" && type !== "volume" && type !== "image") refuse(".type", `${type} ${not}`);
  if (type === "bind" && source !== undefined && !source.startsWith("/")) {
    refuse(".source", `${source} must be an absolute path of the agents`);
  }
  if (bind?.selinux !== undefined) refuse(".bind.selinux", `${not}: label the directory on the agents`);
  if (bind?.recursive !== undefined) refuse(".bind.recursive", not);
  if (bind?.propagation !== undefined && !propagations.has(bind.propagation)) {
    refuse(".bind.propagation", `${bind.propagation} ${not}`);
  }
  if (volume?.subpath?.split("/").includes("..") === true) refuse(".volume.subpath", "must lead downwards");
  if (image?.subpath !== undefined) refuse(".image.subpath", `${not}: the whole image is mounted`);
}

function judgeFiles(service: ComposeService, refuse: Say): void {
  for (const kind of ["configs", "secrets"] as const) {
    (service[kind] ?? []).forEach((reference, index) => {
      for (const field of ["uid", "gid", "mode"] as const) {
        if (reference[field] === undefined) continue;
        refuse(
          `${kind}[${index}].${field}`,
          "is not for x-pod.containerizer: mesos: the agent says whose file it is, and how it may be read",
        );
      }
    });
  }
}

function judgeNetwork(service: ComposeService, network: PodNetworking, refuse: Say, warn: Say): void {
  const { network_mode: mode, networks = {}, ports = [], scale, deploy } = service;
  if (mode !== undefined && !(mode === "host" && network.mode === "host")) {
    refuse(
      "network_mode",
      `${mode} is not for x-pod.containerizer: mesos: x-pod.network holds for all containers`,
    );
  }
  for (const [name, config] of Object.entries(networks)) {
    if (config !== null && Object.keys(config).length > 0) {
      refuse(
        `networks.${name}`,
        "is not for x-pod.containerizer: mesos: x-pod.network holds for all containers",
      );
    } else if (name !== "default") {
      warn(`networks.${name}`, "has no effect: x-pod.network holds for all containers");
    }
  }
  if (ports.length > 0 && (scale ?? deploy?.replicas ?? 1) > 1) {
    refuse("ports", "are there for one container: all of a pod have one address; use x-pod.replicas");
  }
  ports.forEach(({ host_ip: address, published, target, protocol = "tcp" }, index) => {
    const where = `ports[${index}]`;
    if (address !== undefined) refuse(`${where}.host_ip`, "is not for x-pod.containerizer: mesos");
    if (protocol !== "tcp" && protocol !== "udp") {
      refuse(`${where}.protocol`, `${protocol} is none of tcp and udp`);
    }
    if (network.mode !== "host" || published === undefined || published === String(target)) return;
    refuse(
      `${where}.published`,
      `${published} leads nowhere on the host's network, where the container is at ${target}: write that, or name a ` +
        "CNI network by x-pod.network",
    );
  });
}

const stopSignals: ReadonlySet<string> = new Set(["SIGTERM", "TERM", "15"]);

function judgeLife(service: ComposeService, refuse: Say, warn: Say): void {
  const { healthcheck, depends_on: dependencies = {}, restart, deploy, stop_signal: signal } = service;
  if (healthcheck !== undefined && healthcheck.disable !== true && (healthcheck.test ?? []).length === 0) {
    refuse("healthcheck", "needs a test: Mesos does not know that of the image");
  }
  for (const [name, { condition }] of Object.entries(dependencies)) {
    if (condition === "service_started") {
      warn(`depends_on.${name}`, "has no effect: all containers of a pod start together");
    } else {
      refuse(
        `depends_on.${name}.condition`,
        `${condition} is not for x-pod.containerizer: mesos: all containers of a pod start together`,
      );
    }
  }
  const policy = deploy?.restart_policy === undefined
    ? restart ?? "no"
    : deploy.restart_policy.condition ?? "any";
  if (policy !== "no" && policy !== "none") {
    warn(
      deploy?.restart_policy === undefined ? "restart" : "deploy.restart_policy",
      "is done for the pod as a whole: when a container fails, all of it is launched anew; one that ends well is not " +
        "started again",
    );
  }
  if (signal !== undefined && !stopSignals.has(signal)) {
    refuse("stop_signal", `${signal} is not for x-pod.containerizer: mesos, which sends SIGTERM`);
  }
}

function judgeDeploy({ deploy, gpus = [] }: ComposeService, refuse: Say): void {
  if (deploy?.resources.limits?.pids !== undefined) {
    refuse("deploy.resources.limits.pids", "is not for x-pod.containerizer: mesos: use ulimits.nproc");
  }
  const judge = (path: string, isGpu: boolean, ids: readonly string[] = []) => {
    if (!isGpu) refuse(path, "is not for x-pod.containerizer: mesos: it gives GPUs, and no other devices");
    else if (ids.length > 0) {
      refuse(`${path}.device_ids`, "is not for x-pod.containerizer: mesos: say a count");
    }
  };
  (deploy?.resources.reservations?.devices ?? []).forEach(({ capabilities = [], device_ids: ids }, index) =>
    judge(`deploy.resources.reservations.devices[${index}]`, capabilities.includes("gpu"), ids)
  );
  gpus.forEach(({ device_ids: ids }, index) => judge(`gpus[${index}]`, true, ids));
}
