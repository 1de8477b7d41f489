import type { EnvironmentVariable } from "../pod/model.ts";
import type { EngineFacts } from "./observed.ts";

/** What placing a pod needs to know of the host it is placed on. */
export interface Host {
  readonly engine: EngineFacts;
  /** Variables that every container gets unless it sets them itself: proxy settings of the Docker client. */
  readonly environment: readonly EnvironmentVariable[];
  /** Whether mesolet can make cgroups on the engine's host; with the reason when it cannot. */
  readonly cgroups: { readonly usable: true } | { readonly usable: false; readonly reason: string };
}

/** What a caller wants of the placed pod beyond what its spec says. */
export interface PlacementOptions {
  /**
   * Who restarts containers: `mesolet` while it supervises the pod in the foreground, the `engine` when the pod is
   * left alone (`up -d`).
   */
  readonly supervision: "mesolet" | "engine";
  /** Version of mesolet, for the labels. */
  readonly version: string;
  /** Replicas by container name, over those of the spec (`--scale`). */
  readonly scale?: Readonly<Record<string, number>>;
}
