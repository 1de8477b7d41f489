import { statisticsOf } from "../../src/containerizer/statistics.ts";
import { assertEquals } from "../support/assert.ts";

const cpu = {
  cpu_usage: {
    total_usage: 3_000_000_000,
    usage_in_usermode: 1_500_000_000,
    usage_in_kernelmode: 500_000_000,
  },
  throttling_data: { periods: 10, throttled_periods: 2, throttled_time: 250_000_000 },
};

const limits = { HostConfig: { NanoCpus: 250_000_000, Memory: 67_108_864, MemoryReservation: 0 } };

const ofCpu = {
  timestamp: 12.5,
  processes: 3,
  cpus_user_time_secs: 1.5,
  cpus_system_time_secs: 0.5,
  cpus_limit: 0.25,
  cpus_nr_periods: 10,
  cpus_nr_throttled: 2,
  cpus_throttled_time_secs: 0.25,
  mem_limit_bytes: 67_108_864,
};

Deno.test("usage of cgroups of version 1, with what is below the container's own", () => {
  const stats = {
    rss: 1,
    total_rss: 100,
    cache: 2,
    total_cache: 200,
    total_mapped_file: 30,
    total_swap: 4,
    total_unevictable: 0,
  };
  assertEquals(
    statisticsOf(
      { cpu_stats: cpu, pids_stats: { current: 3 }, memory_stats: { usage: 300, stats } },
      limits,
      12.5,
    ),
    {
      ...ofCpu,
      mem_total_bytes: 300,
      mem_cache_bytes: 200,
      mem_file_bytes: 200,
      mem_rss_bytes: 100,
      mem_anon_bytes: 100,
      mem_mapped_file_bytes: 30,
      mem_swap_bytes: 4,
      mem_unevictable_bytes: 0,
    },
  );
});

Deno.test("usage of cgroups of version 2", () => {
  const stats = { anon: 100, file: 200, file_mapped: 30, unevictable: 5, slab: 9 };
  assertEquals(
    statisticsOf(
      { cpu_stats: cpu, pids_stats: { current: 3 }, memory_stats: { usage: 300, stats } },
      limits,
      12.5,
    ),
    {
      ...ofCpu,
      mem_total_bytes: 300,
      mem_cache_bytes: 200,
      mem_file_bytes: 200,
      mem_rss_bytes: 100,
      mem_anon_bytes: 100,
      mem_mapped_file_bytes: 30,
      mem_unevictable_bytes: 5,
    },
  );
});

Deno.test("what an engine does not count is left out; a quota is a limit as well", () => {
  assertEquals(statisticsOf({}, {}, 1), { timestamp: 1 });
  assertEquals(
    statisticsOf({ memory_stats: { usage: -1 } }, { HostConfig: { CpuQuota: 150_000 } }, 1),
    { timestamp: 1, cpus_limit: 1.5 },
  );
});
