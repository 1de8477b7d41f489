/**
 * What an executor needs for itself, beside its pod, in thousandths: 0.1 CPUs, and 128 MiB of which it uses 75 with
 * five containers (docs/benchmarks.md). Agents that hold an executor to what it asked for count its sandbox as well, so
 * there is some room for the pages of files in it.
 */
export const executorShare = { cpus: 100, memory: 128_000 } as const;
