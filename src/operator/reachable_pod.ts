/** Where a pod is reached: for load balancers and scripts. Only instances that are ready are in it. */
export interface ReachablePod {
  readonly pod: string;
  /** Every published port; of one on a cluster in the order of the spec. */
  readonly ports: readonly ReachablePort[];
  /** Those that are ready, by slot. */
  readonly instances: readonly ReachableInstance[];
}

/** A port of a container, and where each instance has it. */
export interface ReachablePort {
  readonly name?: string;
  readonly container: string;
  /** What the container listens on. */
  readonly target: number;
  readonly protocol: string;
  readonly places: readonly {
    readonly slot: number;
    readonly task: string;
    readonly host: string;
    readonly port: number;
  }[];
}

/** An instance that is ready. */
export interface ReachableInstance {
  readonly slot: number;
  readonly task: string;
  readonly agent: { readonly id: string; readonly hostname: string };
  /** Milliseconds since 1970: since when it is ready. */
  readonly since?: number;
}
