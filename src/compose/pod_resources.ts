import type { BlockIo, ContainerResources } from "../pod/container_resources.ts";
import { present } from "../pod/present.ts";
import type { ComposeBlkioConfig, ComposeService } from "./model.ts";

/** Limits of a service: those under `deploy.resources` win over the older fields of the service itself. */
export function resourcesOf(service: ComposeService): ContainerResources {
  const limits = service.deploy?.resources.limits;
  const reservations = service.deploy?.resources.reservations;
  const cpus = limits?.cpus ?? service.cpus;
  const pids = limits?.pids ?? service.pids_limit;
  return present({
    nanoCpus: cpus === undefined ? undefined : nanoCpus(cpus),
    memoryBytes: bytes(limits?.memory ?? service.mem_limit),
    memoryReservationBytes: bytes(reservations?.memory ?? service.mem_reservation),
    memorySwapBytes: bytes(service.memswap_limit),
    memorySwappiness: bytes(service.mem_swappiness),
    pidsLimit: pids === 0 ? undefined : pids,
    sharedMemoryBytes: bytes(service.shm_size),
    cpuShares: service.cpu_shares,
    cpuPeriod: service.cpu_period,
    cpuQuota: service.cpu_quota,
    cpuRealtimePeriod: service.cpu_rt_period,
    cpuRealtimeRuntime: service.cpu_rt_runtime,
    cpuset: service.cpuset,
    cpuCount: service.cpu_count,
    // The Engine counts in hundredths of a per cent.
    cpuPercent: service.cpu_percent === undefined ? undefined : Math.round(service.cpu_percent * 100),
    cgroupParent: service.cgroup_parent,
    oomKillDisable: service.oom_kill_disable,
    oomScoreAdjustment: service.oom_score_adj,
    blockIo: service.blkio_config === undefined ? undefined : blockIoOf(service.blkio_config),
    reservedMilliCpus: reservations?.cpus === undefined ? undefined : Math.round(reservations.cpus * 1000),
  });
}

/** In the precision that Docker Compose has (32 bits), so that 0.1 is 100000000 here as there. */
function nanoCpus(cpus: number): number {
  return Math.trunc(Math.fround(Math.fround(cpus) * 1e9));
}

function bytes(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function blockIoOf(config: ComposeBlkioConfig): BlockIo {
  const rates = (list: readonly { readonly Path: string; readonly Rate: string }[] | undefined) =>
    (list ?? []).map(({ Path, Rate }) => ({ path: Path, rate: Number(Rate) }));
  return present({
    weight: config.weight,
    weightDevice: (config.weight_device ?? []).map(({ Path, Weight }) => ({ path: Path, weight: Weight })),
    readBps: rates(config.device_read_bps),
    writeBps: rates(config.device_write_bps),
    readIops: rates(config.device_read_iops),
    writeIops: rates(config.device_write_iops),
  });
}
