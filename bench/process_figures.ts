/** Processor time that a process has used so far, in milliseconds. */
export function processorTime(pid: number): number {
  let nanoseconds = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]);
  }
  return nanoseconds / 1e6;
}

/** Memory of a process that is in use now, in MiB. */
export function residentMemory(pid: number): number {
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);
  return kibibytes / 1024;
}

/** The most memory that a process has had in use so far, in MiB. */
export function peakResident(pid: number): number {
  const kibibytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);
  return kibibytes / 1024;
}
