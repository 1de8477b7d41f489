import type { EngineFacts } from "../plan/observed.ts";
import type { Step, StepKind } from "../plan/step.ts";
import type { CgroupHost } from "./cgroup.ts";
import { createCgroup, removeCgroup } from "./cgroup.ts";
import type { Connection } from "./connection.ts";
import { copyFiles } from "./copy_files.ts";
import {
  createContainer,
  killContainer,
  removeContainer,
  renameContainer,
  startContainer,
  updateContainer,
} from "./container_steps.ts";
import type { ApplyContext } from "./engine.ts";
import { runHook } from "./hook_step.ts";
import type { EngineImages } from "./image_store.ts";
import { loadPauseImage, removeImage } from "./image_steps.ts";
import { loadArchiveOfStep } from "./load_archive_step.ts";
import { connectNetwork, createNetwork, disconnectNetwork, removeNetwork } from "./network_steps.ts";
import type { Puller } from "./pull.ts";
import { stopContainer } from "./stop_step.ts";
import { createVolume, removeVolume } from "./volume_steps.ts";
import { waitForContainer } from "./wait_step.ts";

/** What executors work with. */
export interface StepTools {
  readonly connection: Connection;
  readonly facts: EngineFacts;
  readonly puller: Puller;
  readonly images: EngineImages;
  readonly cgroupHost: CgroupHost;
}

/** Carries out a step of one kind. */
export type Executor<Kind extends StepKind> = (
  step: Step<Kind>,
  tools: StepTools,
  context: ApplyContext,
) => Promise<void>;

/** One executor for each kind of step: a kind without one does not compile. */
const executors: { readonly [Kind in StepKind]: Executor<Kind> } = {
  "load-pause-image": loadPauseImage,
  "pull-image": (step, { puller }, context) =>
    puller.pull(
      step.image,
      step.platform,
      context.signal,
      (progress) => context.onProgress?.(step, progress),
    ),
  "load-images": loadArchiveOfStep,
  "remove-image": removeImage,
  "create-cgroup": (step, { cgroupHost }) => createCgroup(step.cgroup, cgroupHost),
  "remove-cgroup": (step, { cgroupHost }, context) => removeCgroup(step.cgroup, cgroupHost, context.signal),
  "create-network": createNetwork,
  "remove-network": removeNetwork,
  "connect-network": connectNetwork,
  "disconnect-network": disconnectNetwork,
  "create-volume": createVolume,
  "remove-volume": removeVolume,
  "create-container": createContainer,
  "copy-files": copyFiles,
  "start-container": startContainer,
  "wait-container": waitForContainer,
  "run-hook": runHook,
  "stop-container": stopContainer,
  "kill-container": killContainer,
  "remove-container": removeContainer,
  "rename-container": renameContainer,
  "update-container": updateContainer,
};

/**
 * Carries out one step. What is already as the step wants it counts as done, so that doing it twice is harmless.
 *
 * @throws {MesoletError} when it cannot be done; the signal's reason when it is aborted
 */
export async function applyStep<Kind extends StepKind>(
  step: Step<Kind>,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  context.signal.throwIfAborted();
  // The map gives the executor of the step's own kind; TypeScript does not follow that through an index.
  const execute = executors[step.kind] as Executor<Kind>;
  await execute(step, tools, context);
}
