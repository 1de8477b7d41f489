/** What an instance of a pod needs of an agent. */

/**
 * Amounts are whole thousandths, which is what Mesos counts in (three decimals of a scalar): 1500 of `cpus` are one and
 * a half CPUs, 128000 of `memory` are 128 MiB.
 */
export interface Needs {
  readonly cpus: number;
  /** Thousandths of a MiB. */
  readonly memory: number;
  /** Thousandths of a MiB. */
  readonly disk: number;
  readonly gpus: number;
  /** One for every port of the host, in the order of PORT0, PORT1 … */
  readonly ports: readonly PortNeed[];
}

/** One port of the host. */
export interface PortNeed {
  /** The port that it has to be; absent: any that is offered. */
  readonly fixed?: number;
}

/** The scalars among the needs, under their names on the wire. */
export const scalarNames = { cpus: "cpus", memory: "mem", disk: "disk", gpus: "gpus" } as const;

/** A scalar that can be needed. */
export type ScalarName = keyof typeof scalarNames;

/** All scalars, in the order in which they are told. */
export const scalars: readonly ScalarName[] = ["cpus", "memory", "disk", "gpus"];

/** A number of the wire in thousandths: 0.1 + 0.2 is 0.3 there. */
export function thousandths(value: number): number {
  return Math.round(value * 1000);
}
