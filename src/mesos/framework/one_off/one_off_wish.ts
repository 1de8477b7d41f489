import { defaultCluster, type Requirement } from "../../../pod/cluster.ts";
import type { Problem } from "../../../pod/errors.ts";
import { wishOfPod, type WishRequest, type WishResult } from "../wish/wish_of_pod.ts";

/**
 * So much of a container's output is kept before it is moved aside, and so many files of it: whoever reads along from
 * afar is slower than one who writes on the spot.
 */
const roomForOutput = { "mesolet.log-max-size": "100m", "mesolet.log-max-files": "3" };

/**
 * The wish for one instance of a pod that runs to its end, wherever there is a place. An agent out of reach is waited for:
 * what ran there may come back, and it is not to run twice.
 */
export function oneOffWish(
  { wish: request, constraints, labels }: {
    readonly wish: WishRequest;
    /** Beside those of `x-pod.placement`. */
    readonly constraints: readonly Requirement[];
    /** Of the task. */
    readonly labels: Readonly<Record<string, string>>;
  },
): WishResult {
  const cluster = { ...defaultCluster, ...request.pod.cluster };
  const { replicas, placement } = cluster;
  const { wish, problems } = wishOfPod({
    ...request,
    pod: {
      ...request.pod,
      cluster: {
        ...cluster,
        replicas: 1,
        unreachableWait: null,
        placement: { ...placement, require: [...placement.require, ...constraints] },
      },
    },
  });
  const told: readonly Problem[] = replicas === 1 ? problems : [...problems, {
    severity: "warning",
    path: "x-pod.replicas",
    message: `says ${replicas}, and it is launched once`,
  }];
  if (wish === undefined) return { problems: told };
  return {
    wish: {
      ...wish,
      task: {
        ...wish.task,
        // Where the agents run it by themselves, how much they keep is theirs to say.
        labels: {
          ...(wish.task.group === undefined ? roomForOutput : {}),
          ...wish.task.labels,
          ...labels,
        },
      },
    },
    problems: told,
  };
}
