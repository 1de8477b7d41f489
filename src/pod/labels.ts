/**
 * Every label that mesolet writes, in one place. The engine is the only memory there is: a pod is adopted after any
 * crash from these labels alone. docs/labels.md is this file for users.
 */

/** Labels of mesolet's own. */
export const Label = {
  /** The pod's name. On every container, network, volume and cgroup-holding container of it. */
  pod: "io.mesolet.pod",
  /** `container`, or `pause` for the container that owns the pod's namespaces. */
  role: "io.mesolet.role",
  /** The container's name in the spec. */
  container: "io.mesolet.container",
  /** 1 for the first replica. */
  number: "io.mesolet.number",
  /** The container's hash, with the version of the hash schema in front: `1:3f0a…`. */
  hash: "io.mesolet.hash",
  /** On a container that runs by digest: `IMAGE=DIGEST,…`, the images as its spec names them, its own first. */
  digests: "io.mesolet.digests",
  /** With it: what stands for the spec that the digests were found for. As long as it is the same, they hold. */
  pinnedSpec: "io.mesolet.pinned-spec",
  /** Version of mesolet that made it. */
  version: "io.mesolet.version",
  /** `compose` or `kubernetes`. */
  source: "io.mesolet.source",
  /** Who restarts the container: `mesolet` (supervised) or `engine` (detached). */
  supervision: "io.mesolet.supervision",
  /** The restart policy of the spec, as `kind[:retries]`: the supervisor's when the engine's own is `no`. */
  restart: "io.mesolet.restart",
  /** `true` when the container's end ends the pod. */
  essential: "io.mesolet.essential",
  /** `name:condition:restart:required,…`: the order of start and stop for a pod whose spec is gone. */
  dependsOn: "io.mesolet.depends-on",
  /** How many pre_stop hooks the spec has: `down` without the spec says that it cannot run them. */
  preStop: "io.mesolet.pre-stop",
  /** On the pause container: the names that resolve to loopback in the pod, comma-separated. */
  names: "io.mesolet.names",
  /** On a container whose ports the pause container publishes for it: `80/tcp,53/udp`, as the container has them. */
  ports: "io.mesolet.ports",
  /** Ids of the containers whose namespaces or volumes it was made to use, comma-separated. */
  uses: "io.mesolet.uses",
  /** Present on a container that was made to replace another one: the name it is to have in the end. */
  replaces: "io.mesolet.replaces",
  /**
   * Anonymous volumes that a replacement took over, comma-separated: the engine takes them for named ones from then on,
   * and does not remove them with the container.
   */
  carried: "io.mesolet.carried",
  /** The pod's parent cgroup, to be removed with the pod. */
  cgroup: "io.mesolet.cgroup",
  /** On networks and volumes: the key in the spec. */
  network: "io.mesolet.network",
  volume: "io.mesolet.volume",
  /** The hash of a network's or volume's definition; on containers, of all volumes of the pod. */
  definition: "io.mesolet.definition",
} as const;

/** On everything of a pod that is a task of Mesos (`Pod.labels`): whose it is, for the search for pods left behind. */
export const MesosLabel = {
  framework: "io.mesolet.mesos.framework",
  executor: "io.mesolet.mesos.executor",
  task: "io.mesolet.mesos.task",
  agent: "io.mesolet.mesos.agent",
  /** The id of the agent's container that the executor runs in. */
  container: "io.mesolet.mesos.container",
  /** The process of the executor: `<boot id>:<pid namespace>:<pid>:<start in ticks since boot>`. */
  owner: "io.mesolet.mesos.owner",
} as const;

/**
 * On everything of a pod that an old agent launched through the containerizer program (`Pod.labels`). It has no
 * {@linkcode MesosLabel.executor}: its executor is in it, and the search for pods without one is not to find it.
 */
export const ContainerizerLabel = {
  /** The agent's id of the container. */
  container: "io.mesolet.containerizer.container",
  /** The work directory of the agent, which tells agents of one host apart; empty where none was named. */
  workDirectory: "io.mesolet.containerizer.work-directory",
  /** The id of the executor that runs in it. */
  executor: "io.mesolet.containerizer.executor",
} as const;

/** On everything of a pod that an operator keeps (`Pod.labels`): by it the operator finds what has no spec any more. */
export const OperatorLabel = {
  /** Absolute path of the watched directory, as it was given to the operator. */
  directory: "io.mesolet.operator.directory",
} as const;

/** Labels that Docker Compose writes: set as well, so that tools which know Compose projects keep working. */
export const ComposeLabel = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  version: "com.docker.compose.version",
  oneOff: "com.docker.compose.oneoff",
  number: "com.docker.compose.container-number",
  configHash: "com.docker.compose.config-hash",
  /** The id of the image that the container is made from: known when it is planned, and so in no hash. */
  image: "com.docker.compose.image",
  dependsOn: "com.docker.compose.depends_on",
  workingDirectory: "com.docker.compose.project.working_dir",
  configFiles: "com.docker.compose.project.config_files",
  environmentFile: "com.docker.compose.project.environment_file",
  network: "com.docker.compose.network",
  volume: "com.docker.compose.volume",
  replace: "com.docker.compose.replace",
} as const;

/** The bridge network that all pods of a host in `pod` mode share; engines run out of networks at about 30. */
export const sharedNetworkName = "mesolet";

/** Its {@linkcode Label.role}. */
export const sharedNetworkRole = "shared-network";
