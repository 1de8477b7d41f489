import { type JsonObject, objectOf } from "../pod/json.ts";
import { present } from "../pod/present.ts";
import type { ResourceStatistics } from "./messages.ts";

const nanoseconds = 1e9;

/**
 * What a container uses, of what an engine counts for it: the engine reads cgroups of either version, and names what
 * it reads as the kernel does. Version 1 has `total_rss`, `total_cache` …, version 2 `anon`, `file` ….
 *
 * @param counted the engine's answer to `GET /containers/ID/stats`
 * @param inspected the container, with its limits
 * @param now seconds since 1970
 */
export function statisticsOf(counted: JsonObject, inspected: JsonObject, now: number): ResourceStatistics {
  const cpus = objectOf(counted.cpu_stats);
  const used = objectOf(cpus.cpu_usage);
  const throttled = objectOf(cpus.throttling_data);
  const memory = objectOf(counted.memory_stats);
  const kernel = objectOf(memory.stats);
  const config = objectOf(inspected.HostConfig);
  const first = (...names: readonly string[]) => names.map((name) => numberIn(kernel[name])).find(isThere);
  const anonymous = first("total_rss", "rss", "anon");
  const cache = first("total_cache", "cache", "file");
  return present({
    timestamp: now,
    processes: numberIn(objectOf(counted.pids_stats).current),
    cpus_user_time_secs: secondsIn(used.usage_in_usermode),
    cpus_system_time_secs: secondsIn(used.usage_in_kernelmode),
    cpus_limit: cpusOf(config),
    cpus_nr_periods: numberIn(throttled.periods),
    cpus_nr_throttled: numberIn(throttled.throttled_periods),
    cpus_throttled_time_secs: secondsIn(throttled.throttled_time),
    mem_total_bytes: numberIn(memory.usage),
    mem_limit_bytes: positiveIn(config.Memory),
    mem_soft_limit_bytes: positiveIn(config.MemoryReservation),
    mem_cache_bytes: cache,
    mem_file_bytes: cache,
    mem_rss_bytes: anonymous,
    mem_anon_bytes: anonymous,
    mem_mapped_file_bytes: first("total_mapped_file", "mapped_file", "file_mapped"),
    mem_swap_bytes: first("total_swap", "swap"),
    mem_unevictable_bytes: first("total_unevictable", "unevictable"),
  });
}

function cpusOf({ NanoCpus: nano, CpuQuota: quota, CpuPeriod: period }: JsonObject): number | undefined {
  const whole = positiveIn(nano);
  if (whole !== undefined) return whole / nanoseconds;
  const share = positiveIn(quota);
  return share === undefined ? undefined : share / (positiveIn(period) ?? 100_000);
}

function secondsIn(value: unknown): number | undefined {
  const count = numberIn(value);
  return count === undefined ? undefined : count / nanoseconds;
}

/** Counts are whole numbers from 0 on: anything else would be no message. */
function numberIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

function positiveIn(value: unknown): number | undefined {
  const number = numberIn(value);
  return number === 0 ? undefined : number;
}

function isThere(value: number | undefined): value is number {
  return value !== undefined;
}
