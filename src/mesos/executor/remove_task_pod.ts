import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import type { Engine } from "../../docker/engine.ts";
import { imageByDigest } from "../../pod/pins.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { PodPlanner } from "../../supervisor/pod_planner.ts";
import { supervisionBounds } from "../../supervisor/supervision_bounds.ts";
import { takeDown } from "../../supervisor/take_down.ts";
import type { TaskPod } from "../task/task_pod.ts";

/**
 * Removes what is left of the pod of a task that has ended: all of it, its volumes and images where the task says so.
 * An image that others use stays. Bounded, and never throws: what is left is a line in the log.
 */
export async function removeTaskPod(
  { pod, settings }: TaskPod,
  tools: {
    readonly engine: Engine;
    readonly clock: Clock;
    readonly planner: PodPlanner;
    readonly log: (text: string) => void;
    /** The last that was seen of it: the digests that it ran by. */
    readonly status?: PodStatus | undefined;
  },
): Promise<void> {
  const left = await takeDown({ pod, remove: true, volumes: settings.removeVolumes }, {
    ...tools,
    bounds: supervisionBounds,
    hastened: new AbortController().signal,
  });
  if (left !== undefined) return tools.log(left);
  if (!settings.removeImages) return;
  const byDigest = new Map(
    (tools.status?.containers ?? []).flatMap(({ image, digest }) =>
      digest === undefined ? [] : [[image, imageByDigest(image, digest)] as const]
    ),
  );
  const images = [...new Set(pod.containers.map(({ image }) => byDigest.get(image) ?? image))];
  await Promise.all(images.map(async (image) => {
    try {
      await tools.engine.apply(
        {
          id: `remove image ${image}`,
          kind: "remove-image",
          cause: "the task asks for it",
          after: [],
          image,
        },
        { ids: new Map(), signal: new AbortController().signal },
      );
    } catch (error) {
      if (!(error instanceof MesoletError)) throw error;
      tools.log(`warning: ${error.message}`);
    }
  }));
}
