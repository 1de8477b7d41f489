import type { Device, DeviceRequest } from "../pod/container_resources.ts";
import type { Container, RestartPolicy, Security } from "../pod/model.ts";
import { mountBodies, type MountPlacement } from "./mount_body.ts";
import type { EngineBody, Json } from "./step.ts";

/** What `HostConfig` takes from the place a container is given. */
export interface HostConfigPlacement extends MountPlacement {
  /** Verbatim: a network, `host`, `none`, or `container:` with an id or {@linkcode idOf}. */
  readonly networkMode: string;
  readonly ipcMode?: string;
  readonly pidMode?: string;
  readonly cgroupParent?: string;
  readonly enginePolicy: EngineBody;
  readonly links: readonly string[];
  readonly volumesFrom: readonly string[];
  readonly publish: boolean;
}

/** `HostConfig` of a container's create body. */
export function hostConfig(container: Container, placement: HostConfigPlacement): EngineBody {
  const { resources, security } = container;
  const capabilities = effectiveCapabilities(security);
  return {
    ...mountBodies(container, placement),
    NetworkMode: placement.networkMode,
    // What the Docker client sends for "no terminal".
    ConsoleSize: [0, 0],
    IpcMode: placement.ipcMode,
    PidMode: placement.pidMode,
    UTSMode: container.utsNamespace,
    UsernsMode: container.userNamespace,
    CgroupnsMode: container.cgroupNamespace,
    CgroupParent: placement.cgroupParent,
    RestartPolicy: placement.enginePolicy,
    PortBindings: placement.publish ? portBindings(container) : undefined,
    Links: unlessEmpty(placement.links),
    VolumesFrom: unlessEmpty(placement.volumesFrom),
    Dns: unlessEmpty(container.dns),
    DnsSearch: unlessEmpty(container.dnsSearch),
    DnsOptions: unlessEmpty(container.dnsOptions),
    ExtraHosts: unlessEmpty(
      container.extraHosts.flatMap((host) => host.addresses.map((address) => `${host.name}:${address}`)),
    ),
    GroupAdd: unlessEmpty(container.groups),
    Init: container.init,
    Runtime: container.runtime,
    LogConfig: container.logging === undefined
      ? undefined
      : { Type: container.logging.driver, Config: container.logging.options },
    Annotations: unlessNone(container.annotations),
    StorageOpt: unlessNone(container.storageOptions),
    Sysctls: unlessNone(container.sysctls),
    Ulimits: unlessEmpty(
      container.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    ),
    Devices: unlessEmpty(container.devices.map(deviceBody)),
    DeviceRequests: unlessEmpty(container.deviceRequests.map(deviceRequestBody)),
    DeviceCgroupRules: unlessEmpty(container.deviceCgroupRules),

    Privileged: security.privileged || undefined,
    ReadonlyRootfs: security.readOnlyRoot || undefined,
    CapAdd: unlessEmpty(capabilities.added),
    CapDrop: unlessEmpty(capabilities.dropped),
    SecurityOpt: unlessEmpty(security.options),
    // Empty lists, not absent ones: absent means the engine's defaults.
    MaskedPaths: security.unconfinedSystemPaths ? [] : undefined,
    ReadonlyPaths: security.unconfinedSystemPaths ? [] : undefined,
    Isolation: security.isolation,

    NanoCpus: resources.nanoCpus,
    Memory: resources.memoryBytes,
    MemoryReservation: resources.memoryReservationBytes,
    MemorySwap: resources.memorySwapBytes,
    MemorySwappiness: resources.memorySwappiness,
    PidsLimit: resources.pidsLimit,
    ShmSize: resources.sharedMemoryBytes,
    CpuShares: resources.cpuShares,
    CpuPeriod: resources.cpuPeriod,
    CpuQuota: resources.cpuQuota,
    CpuRealtimePeriod: resources.cpuRealtimePeriod,
    CpuRealtimeRuntime: resources.cpuRealtimeRuntime,
    CpusetCpus: resources.cpuset,
    CpuCount: resources.cpuCount,
    CpuPercent: resources.cpuPercent,
    OomKillDisable: resources.oomKillDisable,
    OomScoreAdj: resources.oomScoreAdjustment,
    ...blockIo(container),
  };
}

/** The engine's restart policy for a container that the engine restarts; `{Name: ""}` leaves it out. */
export function engineRestartPolicy(restart: RestartPolicy | undefined): EngineBody {
  if (restart === undefined) return { Name: "no", MaximumRetryCount: 0 };
  return { Name: restart.verbatim ?? restart.kind, MaximumRetryCount: restart.maximumRetries ?? 0 };
}

/** Full upper-case names, sorted, each once; one that is both dropped and added is added, as the Docker client has it. */
function effectiveCapabilities(security: Security): { readonly added: string[]; readonly dropped: string[] } {
  const normal = (names: readonly string[]) => {
    const full = names.map((name) => name.trim().toUpperCase()).map((name) =>
      name === "ALL" || name.startsWith("CAP_") ? name : `CAP_${name}`
    );
    return [...new Set(full)].sort();
  };
  const added = normal(security.capabilitiesAdded);
  return { added, dropped: normal(security.capabilitiesDropped).filter((name) => !added.includes(name)) };
}

function portBindings(container: Container): Json | undefined {
  const bindings: Record<string, Json[]> = {};
  for (const port of container.ports) {
    (bindings[`${port.target}/${port.protocol}`] ??= []).push({
      HostIp: port.hostAddress ?? "",
      HostPort: port.published ?? "",
    });
  }
  return unlessNone(bindings);
}

function deviceBody(device: Device): EngineBody {
  return { PathOnHost: device.source, PathInContainer: device.target, CgroupPermissions: device.permissions };
}

function deviceRequestBody(request: DeviceRequest): EngineBody {
  return {
    Driver: request.driver,
    Count: request.count,
    DeviceIDs: unlessEmpty(request.deviceIds),
    Capabilities: unlessEmpty(request.capabilities),
    Options: unlessNone(request.options),
  };
}

function blockIo(container: Container): EngineBody {
  const block = container.resources.blockIo;
  if (block === undefined) return {};
  const rates = (list: readonly { readonly path: string; readonly rate: number }[]) =>
    unlessEmpty(list.map(({ path, rate }) => ({ Path: path, Rate: rate })));
  return {
    BlkioWeight: block.weight,
    BlkioWeightDevice: unlessEmpty(
      block.weightDevice.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    ),
    BlkioDeviceReadBps: rates(block.readBps),
    BlkioDeviceWriteBps: rates(block.writeBps),
    BlkioDeviceReadIOps: rates(block.readIops),
    BlkioDeviceWriteIOps: rates(block.writeIops),
  };
}

function unlessEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length === 0 ? undefined : list;
}

function unlessNone<Value>(
  map: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}
