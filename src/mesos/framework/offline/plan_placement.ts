/** Where the instances of a pod would go with given offers: decided by the rooms that the framework decides by. */

import { Cluster } from "../cluster/cluster.ts";
import type { TaskPlace } from "../cluster/messages.ts";
import { type Shortage, shortageOf } from "../placement/shortage.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import type { OffersDocument } from "./read_offers.ts";

/** The placement of one pod. */
export interface PlacementPlan {
  readonly wish: PodWish;
  /** By slot. */
  readonly instances: readonly PlannedInstance[];
}

/** An instance, and its place or why it has none. */
export type PlannedInstance =
  | { readonly slot: number; readonly place: TaskPlace }
  | { readonly slot: number; readonly shortage: Shortage };

/**
 * Plays a cluster that holds nothing of the pod yet, and is offered all of it at once.
 *
 * @param roles of the framework
 * @param now milliseconds since 1970: what is maintained soon is no place
 */
export function planPlacement(
  wish: PodWish,
  { offers, region }: OffersDocument,
  roles: readonly string[],
  now: number,
): PlacementPlan {
  const places = new Map<number, TaskPlace>();
  const cluster = new Cluster({
    stored: { isWhole: true, tasks: [], pods: [] },
    roles,
    buildTask: ({ name }, place) => {
      places.set(place.slot, place);
      return { name, task_id: { value: place.id }, agent_id: { value: place.agent.id } };
    },
    newRun: () => "plan",
  });
  const wishes = new Map([[wish.name, wish]]);
  cluster.handle({ kind: "wishes", wishes, changed: [wish.name], isComplete: true }, now);
  cluster.handle({ kind: "subscribed", isNew: true, region }, now);
  cluster.handle({ kind: "offers", offers }, now);
  const pod = cluster.pods.get(wish.name);
  const candidates = [...cluster.lastOffers];
  // Slots that find no place are alike.
  let shortage: Shortage | undefined;
  const instances = Array.from({ length: wish.replicas }, (_, slot): PlannedInstance => {
    const place = places.get(slot);
    if (place !== undefined) return { slot, place };
    return { slot, shortage: shortage ??= shortageOf(wish, candidates, pod?.siblingsOf(slot) ?? []) };
  });
  return { wish, instances };
}
