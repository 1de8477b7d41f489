/** What the owner of a host or a cluster lets pods do. docs/policy.md is this for users. */

/** Which of many things are allowed: those that are listed, or all; never those that are denied. */
export interface Choice<Item> {
  readonly allow: "all" | readonly Item[];
  readonly deny: readonly Item[];
}

/** A path of the host, with what is below it. */
export interface AllowedPath {
  /** Absolute and clean; or what a name stands for: the sandbox of a task, the directory of the spec. */
  readonly path: string | { readonly name: PathName };
  /** Containers may only read there. */
  readonly readOnly: boolean;
}

/** Names of directories that are others for each pod. */
export const pathNames = ["sandbox", "spec"] as const;

/** Of {@linkcode pathNames}. */
export type PathName = typeof pathNames[number];

/** Namespaces that a pod may share with its host. */
export const namespaceNames = ["network", "ipc", "pid", "uts", "user", "cgroup"] as const;

/** Of {@linkcode namespaceNames}. */
export type NamespaceName = typeof namespaceNames[number];

/** A bind mount that every container gets. */
export interface GlobalMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** The rules. */
export interface Policy {
  /** Where they stand, for messages: a file's path, or `the default policy of tasks`. */
  readonly name: string;
  /** Privileged containers, and privileged commands in containers. */
  readonly privileged: boolean;
  /** Containers without the engine's seccomp or AppArmor profile, or its masks below /proc and /sys. */
  readonly unconfined: boolean;
  readonly hostNamespaces: Choice<NamespaceName>;
  /** Namespaces, volumes and links of containers that are not of the pod. */
  readonly outsideContainers: boolean;
  readonly bindMounts: Choice<AllowedPath> & { readonly default: readonly GlobalMount[] };
  /** Files of the host that a spec may be made of: environment files, includes, secrets. */
  readonly files: Choice<AllowedPath>;
  /** That may be added, `ALL` only where none is denied; `default` are dropped in every container that does not add them itself. */
  readonly capabilities: Choice<string> & { readonly default: readonly string[] };
  readonly devices: Choice<string>;
  readonly volumeDrivers: Choice<string>;
  /** Volumes by names of their own, such as external ones: they may be of other pods, or be made of anything. */
  readonly outsideVolumes: Choice<string>;
  readonly runtimes: Choice<string>;
  /** Registries and repositories: `docker.io`, `registry.example.com/team`. */
  readonly registries: Choice<string>;
  /** Archives of images that come with a spec: they say by themselves what images are called. */
  readonly imageArchives: boolean;
  /** Commands that a spec has run on the host. */
  readonly hostCommands: boolean;
  /** Images without a digest. */
  readonly unpinnedImages: boolean;
  /** Users by name or number; `default` is that of containers that name none. */
  readonly users: Choice<string> & { readonly default?: string };
  /** Flags of `docker run` that a framework may pass with a task, and those that every such task gets. */
  readonly dockerParameters: Choice<string> & {
    readonly default: readonly { readonly key: string; readonly value: string }[];
  };
}

const everything = { allow: "all", deny: [] } as const;

/** Without a policy: whoever may use the engine may do what the engine does. */
export const openPolicy: Policy = {
  name: "no policy",
  privileged: true,
  unconfined: true,
  hostNamespaces: everything,
  outsideContainers: true,
  bindMounts: { ...everything, default: [] },
  files: everything,
  capabilities: { ...everything, default: [] },
  devices: everything,
  volumeDrivers: everything,
  outsideVolumes: everything,
  runtimes: everything,
  registries: everything,
  imageArchives: true,
  hostCommands: true,
  unpinnedImages: true,
  users: everything,
  dockerParameters: { ...everything, default: [] },
};

/**
 * What a task may do where nobody has said anything: those who may start tasks on a cluster are not to own its hosts. Each
 * of the capabilities that are denied is as good as a privileged container.
 */
export const taskPolicy: Policy = {
  ...openPolicy,
  name: "the default policy of tasks",
  privileged: false,
  unconfined: false,
  hostNamespaces: { allow: "all", deny: ["pid", "user"] },
  outsideContainers: false,
  bindMounts: { allow: [{ path: { name: "sandbox" }, readOnly: false }], deny: [], default: [] },
  files: { allow: [{ path: { name: "sandbox" }, readOnly: false }], deny: [] },
  capabilities: {
    allow: "all",
    deny: ["BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"],
    default: [],
  },
  devices: { allow: ["/dev/fuse", "/dev/net/tun", "/dev/null", "/dev/zero"], deny: [] },
  hostCommands: false,
};

/** Whether something is allowed. */
export function isAllowed<Item>(choice: Choice<Item>, matches: (item: Item) => boolean): boolean {
  return (choice.allow === "all" || choice.allow.some(matches)) && !choice.deny.some(matches);
}

/** Whether everything is. */
export function isOpen({ allow, deny }: Choice<unknown>): boolean {
  return allow === "all" && deny.length === 0;
}
