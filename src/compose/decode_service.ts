/** A canonical service becomes one with types, in normal form. */

import { decodeBuild } from "./decode_build.ts";
import { decodeDeploy, decodeDeviceRequest } from "./decode_deploy.ts";
import { decodeMount } from "./decode_mount.ts";
import { defined, type FieldReader } from "./field_reader.ts";
import type {
  ComposeBlkioConfig,
  ComposeCondition,
  ComposeDependency,
  ComposeEnvironmentFile,
  ComposeFileReference,
  ComposeHook,
  ComposeService,
  ComposeServiceNetwork,
  ComposeThrottle,
  ComposeUlimit,
} from "./model.ts";
import { isMapping, type Tree } from "./tree.ts";
import { isNumeric, numberOf, textOf } from "./scalars.ts";
import { parseInteger } from "./units.ts";

/** Gives a canonical service its types. */
export function decodeService(fields: FieldReader): ComposeService {
  if (fields.has("pull_refresh_after")) {
    fields.problems.warning(
      [...fields.path, "pull_refresh_after"],
      "has no effect: write pull_policy: every_<duration>",
    );
  }
  return {
    ...processFields(fields),
    ...resourceFields(fields),
    ...networkFields(fields),
    ...storageFields(fields),
    ...lifeFields(fields),
    command: fields.command("command"),
    entrypoint: fields.command("entrypoint"),
    extensions: fields.extensions(),
  };
}

/** What runs, and with which rights. */
function processFields(fields: FieldReader) {
  return defined({
    annotations: fields.textMap("annotations"),
    attach: fields.flag("attach"),
    build: fields.object("build", decodeBuild),
    cap_add: fields.texts("cap_add"),
    cap_drop: fields.texts("cap_drop"),
    cgroup: fields.text("cgroup"),
    cgroup_parent: fields.text("cgroup_parent"),
    container_name: fields.text("container_name"),
    credential_spec: fields.object(
      "credential_spec",
      (spec) =>
        defined({ config: spec.text("config"), file: spec.text("file"), registry: spec.text("registry") }),
    ),
    env_file: fields.objects("env_file", decodeEnvironmentFile),
    environment: fields.nullableMap("environment"),
    group_add: fields.texts("group_add"),
    image: fields.text("image"),
    init: fields.flag("init"),
    ipc: fields.text("ipc"),
    isolation: fields.text("isolation"),
    label_file: fields.texts("label_file"),
    labels: fields.textMap("labels"),
    logging: fields.object(
      "logging",
      (logging) => defined({ driver: logging.text("driver"), options: logging.textMap("options") }),
    ),
    models: fields.record(
      "models",
      (model, value) =>
        value === null
          ? null
          : defined({ endpoint_var: model.text("endpoint_var"), model_var: model.text("model_var") }),
    ),
    pid: fields.text("pid"),
    platform: fields.text("platform"),
    privileged: fields.truth("privileged"),
    provider: fields.object("provider", decodeProvider),
    pull_policy: fields.text("pull_policy"),
    read_only: fields.truth("read_only"),
    runtime: fields.text("runtime"),
    security_opt: fields.texts("security_opt"),
    stdin_open: fields.truth("stdin_open"),
    sysctls: fields.textMap("sysctls"),
    tty: fields.truth("tty"),
    use_api_socket: fields.truth("use_api_socket"),
    user: fields.text("user"),
    userns_mode: fields.text("userns_mode"),
    uts: fields.text("uts"),
    working_dir: fields.text("working_dir"),
  });
}

/** How much it may take. */
function resourceFields(fields: FieldReader) {
  return defined({
    blkio_config: fields.object("blkio_config", decodeBlkio),
    cpu_count: fields.count("cpu_count"),
    cpu_percent: fields.float("cpu_percent"),
    cpu_period: fields.count("cpu_period"),
    cpu_quota: fields.count("cpu_quota"),
    cpu_rt_period: fields.count("cpu_rt_period"),
    cpu_rt_runtime: fields.count("cpu_rt_runtime"),
    cpu_shares: fields.count("cpu_shares"),
    cpus: fields.float("cpus"),
    cpuset: fields.text("cpuset"),
    device_cgroup_rules: fields.texts("device_cgroup_rules"),
    devices: fields.objects("devices", (device) => ({
      source: device.text("source") ?? "",
      target: device.text("target") ?? "",
      ...defined({ permissions: device.text("permissions") }),
    })),
    gpus: fields.objects("gpus", decodeDeviceRequest),
    mem_limit: fields.bytes("mem_limit"),
    mem_reservation: fields.bytes("mem_reservation"),
    // 0 says "never swap": Docker Compose cannot tell it from "not set".
    mem_swappiness: fields.bytes("mem_swappiness", { zero: true }),
    memswap_limit: fields.bytes("memswap_limit", { negative: true }),
    oom_kill_disable: fields.truth("oom_kill_disable"),
    oom_score_adj: fields.count("oom_score_adj"),
    pids_limit: fields.count("pids_limit"),
    shm_size: fields.bytes("shm_size"),
    ulimits: fields.record("ulimits", decodeUlimit),
  });
}

/** How it is reached, and what it reaches. */
function networkFields(fields: FieldReader) {
  return defined({
    dns: fields.texts("dns"),
    dns_opt: fields.texts("dns_opt"),
    dns_search: fields.texts("dns_search"),
    domainname: fields.text("domainname"),
    expose: fields.texts("expose"),
    external_links: fields.texts("external_links"),
    extra_hosts: decodeExtraHosts(fields),
    hostname: fields.text("hostname"),
    links: fields.texts("links"),
    mac_address: fields.text("mac_address"),
    network_mode: fields.text("network_mode"),
    networks: fields.record("networks", decodeServiceNetwork),
    ports: fields.objects("ports", (port) => ({
      target: port.unsigned("target") ?? 0,
      ...defined({
        name: port.text("name"),
        mode: port.text("mode"),
        host_ip: port.text("host_ip"),
        published: port.text("published"),
        protocol: port.text("protocol"),
        app_protocol: port.text("app_protocol"),
      }),
    })),
  });
}

/** Which files it sees. */
function storageFields(fields: FieldReader) {
  return defined({
    configs: fields.objects("configs", decodeFileReference),
    secrets: fields.objects("secrets", decodeFileReference),
    storage_opt: fields.textMap("storage_opt"),
    tmpfs: fields.texts("tmpfs"),
    volumes: fields.objects("volumes", decodeMount),
    volumes_from: fields.texts("volumes_from"),
  });
}

/** When it starts, how it is watched, how it ends. */
function lifeFields(fields: FieldReader) {
  return defined({
    depends_on: fields.record("depends_on", decodeDependency),
    deploy: fields.object("deploy", decodeDeploy),
    develop: fields.object("develop", (develop) =>
      defined({
        watch: develop.objects("watch", (watch) => ({
          path: watch.text("path") ?? "",
          action: watch.text("action") ?? "",
          ...defined({
            target: watch.text("target"),
            exec: watch.object("exec", decodeHook),
            include: watch.texts("include"),
            ignore: watch.texts("ignore"),
            initial_sync: watch.truth("initial_sync"),
          }),
        })),
      })),
    extends: fields.object("extends", (base) => ({
      service: base.text("service") ?? "",
      ...defined({ file: base.text("file") }),
    })),
    healthcheck: fields.object("healthcheck", (check) =>
      defined({
        test: decodeTest(check),
        timeout: check.duration("timeout"),
        interval: check.duration("interval"),
        retries: check.unsigned("retries"),
        start_period: check.duration("start_period"),
        start_interval: check.duration("start_interval"),
        disable: check.truth("disable"),
      })),
    post_start: fields.objects("post_start", decodeHook),
    pre_start: fields.objects("pre_start", decodeHook),
    pre_stop: fields.objects("pre_stop", decodeHook),
    profiles: fields.texts("profiles"),
    restart: fields.text("restart"),
    scale: fields.integer("scale"),
    stop_grace_period: fields.duration("stop_grace_period"),
    stop_signal: fields.text("stop_signal"),
  });
}

function decodeTest(check: FieldReader): string[] | undefined {
  const test = check.raw("test");
  return typeof test === "string" ? ["CMD-SHELL", test] : check.texts("test");
}

/** Gives a hook its types. */
export function decodeHook(hook: FieldReader): ComposeHook {
  return {
    command: hook.command("command"),
    ...defined({
      image: hook.text("image"),
      user: hook.text("user"),
      privileged: hook.truth("privileged"),
      working_dir: hook.text("working_dir"),
      environment: hook.nullableMap("environment"),
      per_replica: hook.truth("per_replica"),
    }),
  };
}

/** Gives a use of a config or a secret its types. */
export function decodeFileReference(reference: FieldReader): ComposeFileReference {
  return {
    source: reference.text("source") ?? "",
    ...defined({
      target: reference.text("target"),
      uid: reference.text("uid"),
      gid: reference.text("gid"),
      mode: reference.fileMode("mode"),
    }),
  };
}

function decodeEnvironmentFile(file: FieldReader): ComposeEnvironmentFile {
  return {
    path: file.text("path") ?? "",
    ...(file.flag("required") === false ? { required: false as const } : {}),
    ...defined({ format: file.text("format") }),
  };
}

function decodeDependency(dependency: FieldReader): ComposeDependency {
  return {
    condition: (dependency.text("condition") ?? "service_started") as ComposeCondition,
    required: dependency.flag("required") ?? false,
    ...defined({ restart: dependency.truth("restart") }),
  };
}

function decodeServiceNetwork(network: FieldReader, value: Tree): ComposeServiceNetwork | null {
  if (value === null) return null;
  return defined({
    aliases: network.texts("aliases"),
    driver_opts: network.textMap("driver_opts"),
    gw_priority: network.count("gw_priority"),
    interface_name: network.text("interface_name"),
    ipv4_address: network.text("ipv4_address"),
    ipv6_address: network.text("ipv6_address"),
    link_local_ips: network.texts("link_local_ips"),
    mac_address: network.text("mac_address"),
    priority: network.count("priority"),
  });
}

function decodeBlkio(blkio: FieldReader): ComposeBlkioConfig {
  const throttles = (key: string) =>
    blkio.objects(key, (device): ComposeThrottle => ({
      Path: device.text("path") ?? "",
      Rate: device.bytes("rate", { zero: true }) ?? "0",
    }));
  return defined({
    weight: blkio.unsigned("weight") || undefined,
    weight_device: blkio.objects("weight_device", (device) => ({
      Path: device.text("path") ?? "",
      Weight: device.unsigned("weight") ?? 0,
    })),
    device_read_bps: throttles("device_read_bps"),
    device_read_iops: throttles("device_read_iops"),
    device_write_bps: throttles("device_write_bps"),
    device_write_iops: throttles("device_write_iops"),
  });
}

/** Gives a limit its type: one number, or a soft and a hard one. */
export function decodeUlimit(limit: FieldReader, value: Tree, name: string): ComposeUlimit {
  if (isMapping(value)) return { soft: limit.integer("soft") ?? 0, hard: limit.integer("hard") ?? 0 };
  if (isNumeric(value)) return Math.trunc(numberOf(value));
  try {
    return parseInteger(textOf(value));
  } catch (error) {
    limit.problems.error(
      limit.path,
      `${name}: ${error instanceof RangeError ? error.message : String(error)}`,
    );
    return 0;
  }
}

function decodeProvider(provider: FieldReader) {
  return {
    type: provider.text("type") ?? "",
    ...defined({
      options: provider.record(
        "options",
        (_, value) => Array.isArray(value) ? value.map(textOf) : [textOf(value)],
      ),
    }),
  };
}

/** Gives `host=address` for each address, sorted; brackets around IPv6 go. */
export function decodeExtraHosts(fields: FieldReader, key = "extra_hosts"): string[] | undefined {
  const value = fields.raw(key);
  const hosts: [host: string, address: string, segment: string | number][] = [];
  if (isMapping(value)) {
    for (const host in value) {
      const addresses = value[host] as Tree;
      for (const address of Array.isArray(addresses) ? addresses : [addresses]) {
        hosts.push([host, textOf(address), host]);
      }
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const text = textOf(item);
      const cut = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
      if (cut < 0) {
        fields.problems.error([...fields.path, key, index], `${JSON.stringify(text)} must be host=address`);
        continue;
      }
      for (const address of text.slice(cut + 1).split(",")) hosts.push([text.slice(0, cut), address, index]);
    }
  }
  const entries: string[] = [];
  for (const [host, address, segment] of hosts) {
    if (host === "" || /[:=]/.test(host)) {
      fields.problems.error([...fields.path, key, segment], `${JSON.stringify(host)} is no name of a host`);
    }
    entries.push(`${host}=${address.replace(/^\[(.+)\]$/, "$1")}`);
  }
  return entries.length === 0 ? undefined : entries.sort();
}
