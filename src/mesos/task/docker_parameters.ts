/**
 * Flags of `docker run` as frameworks pass them (`ContainerInfo.docker.parameters`), in terms of Compose.
 * docs/mesos-task.md lists them for users.
 */

/** A flag without its dashes, and its value. */
export interface RunParameter {
  readonly key: string;
  readonly value: string;
}

/** A service in the making, with what it needs beside it. */
export interface ServiceDraft {
  readonly service: Record<string, unknown>;
  readonly volumes: Record<string, unknown>;
  readonly configs: Record<string, unknown>;
  /** As `x-pod.network`: over what the container says otherwise. */
  network?: string;
  /** Of all volumes of the engine that name no driver of their own. */
  volumeDriver?: string;
  /** Adds to a list of the service. */
  add(field: string, value: unknown): void;
  /** Sets a member of a mapping of the service. */
  set(field: string, member: string, value: unknown): void;
  /** Declares a volume of the engine by its name; gives its key. */
  volume(name: string, driver?: string, options?: Readonly<Record<string, string>>): string;
}

/** A service without anything. */
export function emptyDraft(): ServiceDraft {
  const service: Record<string, unknown> = {};
  const volumes: Record<string, unknown> = {};
  return {
    service,
    volumes,
    configs: {},
    add(field, value) {
      const before = service[field];
      service[field] = Array.isArray(before) ? [...before, value] : [value];
    },
    set(field, member, value) {
      const before = service[field];
      service[field] = typeof before === "object" ? { ...before, [member]: value } : { [member]: value };
    },
    volume(name, driver, options) {
      const known = Object.entries(volumes).find(([, volume]) => Object(volume).name === name)?.[0];
      if (known !== undefined) return known;
      const key = `volume-${Object.keys(volumes).length}`;
      volumes[key] = {
        name,
        ...(driver === undefined ? {} : { driver }),
        ...(options === undefined ? {} : { driver_opts: options }),
      };
      return key;
    },
  };
}

type Apply = (draft: ServiceDraft, value: string) => void;

const text = (field: string): Apply => (draft, value) => {
  draft.service[field] = value;
};
const number = (field: string): Apply => (draft, value) => {
  draft.service[field] = numberOf(value);
};
const list = (field: string): Apply => (draft, value) => draft.add(field, value);
const flag = (field: string): Apply => (draft, value) => {
  draft.service[field] = switchOf(value);
};
const pair = (field: string): Apply => (draft, value) => {
  const [name, rest] = pairOf(value);
  draft.set(field, name, rest ?? "");
};
const member =
  (field: string, name: string, of: (value: string) => unknown = (value) => value): Apply => (draft, value) =>
    draft.set(field, name, of(value));

function numberOf(value: string): number {
  if (value.trim() === "" || !Number.isFinite(Number(value))) {
    throw new RangeError(`${JSON.stringify(value)} is not a number`);
  }
  return Number(value);
}

function switchOf(value: string): boolean {
  if (value === "" || value === "true") return true;
  if (value === "false") return false;
  throw new RangeError(`${JSON.stringify(value)} is neither true nor false`);
}

function pairOf(value: string): [string, string | undefined] {
  const equals = value.indexOf("=");
  return equals < 0 ? [value, undefined] : [value.slice(0, equals), value.slice(equals + 1)];
}

/** `NAME` without a value is that of the executor's environment, as of the client's with `docker run`. */
const environment: Apply = (draft, value) => {
  const [name, rest] = pairOf(value);
  if (name === "") throw new RangeError(`${JSON.stringify(value)} names no variable`);
  if (rest !== undefined) draft.set("environment", name, rest);
};

const volume: Apply = (draft, value) => {
  const [source = "", target, ...options] = value.split(":");
  if (source === "") throw new RangeError(`${JSON.stringify(value)} names no volume and no path`);
  if (target === undefined) draft.add("volumes", { type: "volume", target: source });
  else if (/^[./~]/.test(source)) draft.add("volumes", value);
  else draft.add("volumes", [draft.volume(source), target, ...options].join(":"));
};

const mountFields: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  type: ["type"],
  source: ["source"],
  src: ["source"],
  target: ["target"],
  dst: ["target"],
  destination: ["target"],
  consistency: ["consistency"],
  "bind-propagation": ["bind", "propagation"],
  "volume-subpath": ["volume", "subpath"],
  "volume-nocopy": ["volume", "nocopy"],
  "tmpfs-size": ["tmpfs", "size"],
  "tmpfs-mode": ["tmpfs", "mode"],
  "image-subpath": ["image", "subpath"],
}));

const mount: Apply = (draft, value) => {
  const entry: Record<string, unknown> = { type: "volume" };
  for (const option of value.split(",")) {
    const [name, rest = ""] = pairOf(option);
    if (name === "readonly" || name === "ro") {
      entry["read_only"] = switchOf(rest);
      continue;
    }
    const [field, inner] = mountFields.get(name) ?? [];
    if (field === undefined) throw new RangeError(`${JSON.stringify(name)} is not known in a mount`);
    if (inner === undefined) entry[field] = rest;
    else entry[field] = { ...Object(entry[field]), [inner]: inner === "nocopy" ? switchOf(rest) : rest };
  }
  const source = entry["source"];
  if (entry["type"] === "volume" && typeof source === "string") entry["source"] = draft.volume(source);
  draft.add("volumes", entry);
};

const ulimit: Apply = (draft, value) => {
  const [name, limits = ""] = pairOf(value);
  const [soft = "", hard = soft] = limits.split(":");
  draft.set("ulimits", name, { soft: numberOf(soft), hard: numberOf(hard) });
};

const gpus: Apply = (draft, value) => {
  const [, ids] = /^"?device=([^"]+)"?$/.exec(value) ?? [];
  if (ids !== undefined) {
    draft.service["gpus"] = [{ device_ids: ids.split(",") }];
    return;
  }
  if (value !== "all" && !/^\d+$/.test(value)) {
    throw new RangeError(`${JSON.stringify(value)} is neither all, nor a number, nor device=ID,…`);
  }
  draft.service["gpus"] = value === "all" ? "all" : [{ count: Number(value) }];
};

/** `PATH:VALUE` of a device, for a list of the service's `blkio_config`. */
const device = (field: string, name: "rate" | "weight"): Apply => (draft, value) => {
  const [, path, rest = ""] = /^(\/[^:]+):(.+)$/.exec(value) ?? [];
  if (path === undefined) throw new RangeError(`${JSON.stringify(value)} is not of the form /dev/sda:1mb`);
  const before: unknown = Object(draft.service["blkio_config"])[field];
  const entry = { path, [name]: name === "weight" ? numberOf(rest) : rest };
  draft.set("blkio_config", field, [...(Array.isArray(before) ? before : []), entry]);
};

const network: Apply = (draft, value) => {
  if (/[:=,]/.test(value) || value === "") {
    throw new RangeError(`${JSON.stringify(value)} is not host, none, bridge or the name of a network`);
  }
  if (draft.network !== undefined) throw new RangeError("a container has one network: use a Compose file");
  draft.network = value === "bridge" || value === "default" ? "pod" : value;
};

const networkAlias: Apply = (draft, value) => {
  const before: Record<string, unknown> = Object(Object(draft.service["networks"])["default"]);
  const aliases = Array.isArray(before["aliases"]) ? before["aliases"] : [];
  draft.set("networks", "default", { aliases: [...aliases, value] });
};

/** What is so without the flag. */
const asItIs = (reason: string): Apply => (_draft, value) => {
  if (!switchOf(value)) throw new RangeError(reason);
};

const healthSwitch: Apply = (draft, value) => {
  if (switchOf(value)) draft.set("healthcheck", "disable", true);
};

const table: Readonly<Record<string, Apply>> = {
  "add-host": list("extra_hosts"),
  annotation: pair("annotations"),
  "blkio-weight-device": device("weight_device", "weight"),
  "blkio-weight": member("blkio_config", "weight", numberOf),
  "cap-add": list("cap_add"),
  "cap-drop": list("cap_drop"),
  "cgroup-parent": text("cgroup_parent"),
  cgroupns: text("cgroup"),
  "cpu-period": number("cpu_period"),
  "cpu-quota": number("cpu_quota"),
  "cpu-shares": number("cpu_shares"),
  cpus: text("cpus"),
  "cpuset-cpus": text("cpuset"),
  detach: asItIs("the executor waits for the container"),
  device: list("devices"),
  "device-cgroup-rule": list("device_cgroup_rules"),
  "device-read-bps": device("device_read_bps", "rate"),
  "device-read-iops": device("device_read_iops", "rate"),
  "device-write-bps": device("device_write_bps", "rate"),
  "device-write-iops": device("device_write_iops", "rate"),
  dns: list("dns"),
  "dns-opt": list("dns_opt"),
  "dns-option": list("dns_opt"),
  "dns-search": list("dns_search"),
  domainname: text("domainname"),
  entrypoint: (draft, value) => {
    draft.service["entrypoint"] = value === "" ? [] : [value];
  },
  env: environment,
  "env-file": list("env_file"),
  expose: list("expose"),
  gpus,
  "group-add": list("group_add"),
  "health-cmd": member("healthcheck", "test", (value) => ["CMD-SHELL", value]),
  "health-interval": member("healthcheck", "interval"),
  "health-retries": member("healthcheck", "retries", numberOf),
  "health-start-interval": member("healthcheck", "start_interval"),
  "health-start-period": member("healthcheck", "start_period"),
  "health-timeout": member("healthcheck", "timeout"),
  hostname: text("hostname"),
  init: flag("init"),
  interactive: flag("stdin_open"),
  ipc: text("ipc"),
  label: pair("labels"),
  "label-file": list("label_file"),
  link: list("external_links"),
  "log-driver": member("logging", "driver"),
  "log-opt": (draft, value) => {
    const [name, rest = ""] = pairOf(value);
    const logging: Record<string, unknown> = Object(draft.service["logging"]);
    draft.set("logging", "options", { ...Object(logging["options"]), [name]: rest });
  },
  "mac-address": text("mac_address"),
  memory: text("mem_limit"),
  "memory-reservation": text("mem_reservation"),
  "memory-swap": text("memswap_limit"),
  "memory-swappiness": number("mem_swappiness"),
  mount,
  net: network,
  "net-alias": networkAlias,
  network,
  "network-alias": networkAlias,
  "no-healthcheck": healthSwitch,
  "oom-kill-disable": flag("oom_kill_disable"),
  "oom-score-adj": number("oom_score_adj"),
  pid: text("pid"),
  "pids-limit": number("pids_limit"),
  platform: text("platform"),
  privileged: flag("privileged"),
  publish: list("ports"),
  pull: text("pull_policy"),
  "read-only": flag("read_only"),
  restart: text("restart"),
  rm: asItIs("containers are removed with the pod"),
  runtime: text("runtime"),
  "security-opt": list("security_opt"),
  "shm-size": text("shm_size"),
  "stop-signal": text("stop_signal"),
  "stop-timeout": (draft, value) => {
    const seconds = numberOf(value);
    if (seconds < 0) throw new RangeError(`${seconds} is no number of seconds from 0 on`);
    draft.service["stop_grace_period"] = `${seconds}s`;
  },
  "storage-opt": pair("storage_opt"),
  sysctl: pair("sysctls"),
  tmpfs: list("tmpfs"),
  tty: flag("tty"),
  ulimit,
  user: text("user"),
  userns: text("userns_mode"),
  uts: text("uts"),
  volume,
  "volume-driver": (draft, value) => {
    draft.volumeDriver = value;
  },
  "volumes-from": (draft, value) => draft.add("volumes_from", `container:${value}`),
  workdir: text("working_dir"),
};

/** Flags that are for others than the container, and what to do instead. */
const elsewhere: ReadonlyMap<string, string> = new Map(Object.entries({
  name: "names are made from the pod's name; set the label mesolet.name",
  "publish-all": "name the ports, with the label mesolet.ports or in a Compose file",
  ip: "a fixed address needs a Compose file with networks",
}));

/** Every flag that is understood. */
export const parameterNames: readonly string[] = Object.keys(table);

const letters: ReadonlyMap<string, string> = new Map(Object.entries({
  a: "attach",
  c: "cpu-shares",
  d: "detach",
  e: "env",
  h: "hostname",
  i: "interactive",
  l: "label",
  P: "publish-all",
  m: "memory",
  p: "publish",
  t: "tty",
  u: "user",
  v: "volume",
  w: "workdir",
}));

/** Flags of two names. */
const sameFlags = [["net", "network"], ["net-alias", "network-alias"], ["dns-opt", "dns-option"]] as const;

/** All names that the flag of a parameter has, as it may be written: `-v`, `v`, `--volume` are one. */
export function runParameterNames(key: string): readonly string[] {
  const written = key.replace(/^-+/, "");
  const name = letters.get(written) ?? written;
  const same = sameFlags.find((names) => names.some((each) => each === name)) ?? [name];
  const short = [...letters].flatMap(([letter, long]) => long === name ? [letter] : []);
  return [...new Set([key, ...same, ...short])];
}

/** Puts flags into a service, in their order; one that is wrong is told and left out. */
export function applyParameters(
  draft: ServiceDraft,
  parameters: readonly RunParameter[],
  refuse: (parameter: RunParameter, reason: string) => void,
): void {
  for (const parameter of parameters) {
    const written = parameter.key.replace(/^-+/, "");
    const key = letters.get(written) ?? written;
    const apply = Object.hasOwn(table, key) ? table[key] : undefined;
    if (apply === undefined) {
      refuse(
        parameter,
        elsewhere.get(key) ?? "it is no flag of docker run that is known here; use a Compose file",
      );
      continue;
    }
    try {
      apply(draft, parameter.value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refuse(parameter, error.message);
    }
  }
  const { volumeDriver: driver } = draft;
  if (driver === undefined) return;
  for (const [key, declared] of Object.entries(draft.volumes)) {
    draft.volumes[key] = { driver, ...Object(declared) };
  }
}

/** Flags of `docker run` that need no value. */
const switches = new Set([
  "detach",
  "init",
  "interactive",
  "no-healthcheck",
  "oom-kill-disable",
  "privileged",
  "publish-all",
  "read-only",
  "rm",
  "tty",
]);

/**
 * Flags as words of a command line (`-v /a:/b --privileged --env=A=b`), as the Docker executor of Marathon's first
 * releases took them; a flag and its value may also be one word with a blank between.
 *
 * @throws {RangeError} where a word is no flag, or a value is missing
 */
export function parametersOfWords(words: readonly string[]): RunParameter[] {
  const parts = words.flatMap((word) => {
    const blank = word.startsWith("-") ? word.search(/\s/) : -1;
    return blank < 0 ? [word] : [word.slice(0, blank), word.slice(blank).trim()];
  });
  const parameters: RunParameter[] = [];
  for (let index = 0; index < parts.length; index++) {
    const word = parts[index] ?? "";
    const match = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? /^-([a-zA-Z])(.+)?$/s.exec(word);
    if (match === null) throw new RangeError(`${JSON.stringify(word)} is no flag of docker run`);
    const [, name = "", attached] = match;
    const key = letters.get(name) ?? name;
    if (attached !== undefined) parameters.push({ key, value: attached.replace(/^=/, "") });
    else if (switches.has(key)) parameters.push({ key, value: "true" });
    else {
      const value = parts[++index];
      if (value === undefined) throw new RangeError(`${word} needs a value`);
      parameters.push({ key, value });
    }
  }
  return parameters;
}
