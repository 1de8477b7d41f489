/** The parts of a task group that do not depend on where it runs. Plain data: it is kept as JSON, within a wish. */

import type { CommandInfo, ContainerInfo, HealthCheck } from "../../wire/messages.ts";

/** A pod for the executor of Mesos. */
export interface GroupTemplate {
  /** The CNI network of all containers; absent: the host's. */
  readonly network?: string;
  /** What the executor has for itself, and what of the pod's total no container asks for. */
  readonly executor: GroupShare;
  readonly tasks: readonly GroupTask[];
}

/** Resources, in thousandths; memory and disk of a MiB. */
export interface GroupShare {
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  readonly gpus: number;
}

/** One container of the pod. */
export interface GroupTask {
  /** `web-1`; unique in the pod. */
  readonly member: string;
  /** Its name in the spec: `web`. */
  readonly name: string;
  readonly share: GroupShare;
  /** What it may use at most, in thousandths. */
  readonly limits: { readonly cpus?: number; readonly mem?: number };
  readonly command: CommandInfo;
  /** Without the files, and with images by their names in the spec. */
  readonly container: ContainerInfo;
  /** Contents of configs and secrets, in base64: they are never told. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly health?: HealthCheck;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly grace: number;
  readonly labels: Readonly<Record<string, string>>;
}
