/** What a framework counts of its conversation with the master. */

import type { ClusterCounts } from "../../../operator/cluster_board.ts";
import type { SchedulerCall, SchedulerEvent } from "../../wire/messages.ts";

/** Counts from the start of the operator on. */
export class CallCounts implements ClusterCounts {
  readonly #offers = { received: 0, accepted: 0, declined: 0 };
  readonly #updates = new Map<string, number>();
  #launches = 0;
  #answers = 0;
  #refused = 0;

  get offers(): ClusterCounts["offers"] {
    return this.#offers;
  }

  get launches(): number {
    return this.#launches;
  }

  get updates(): ReadonlyMap<string, number> {
    return this.#updates;
  }

  get answers(): number {
    return this.#answers;
  }

  get refused(): number {
    return this.#refused;
  }

  /** The master told something. */
  event(event: SchedulerEvent): void {
    if (event.type === "OFFERS") this.#offers.received += event.offers.offers?.length ?? 0;
    if (event.type !== "UPDATE") return;
    const { state, reason } = event.update.status;
    if (reason === "REASON_RECONCILIATION") this.#answers++;
    else this.#updates.set(state, (this.#updates.get(state) ?? 0) + 1);
  }

  /** The master is told something. */
  call(call: SchedulerCall): void {
    if (call.type === "DECLINE") this.#offers.declined += call.decline.offer_ids?.length ?? 0;
    if (call.type !== "ACCEPT") return;
    this.#offers.accepted += call.accept.offer_ids?.length ?? 0;
    for (const { launch, launch_group } of call.accept.operations ?? []) {
      // A group is one instance.
      this.#launches += (launch?.task_infos?.length ?? 0) + (launch_group === undefined ? 0 : 1);
    }
  }

  /** The master did not take a call. */
  refusal(): void {
    this.#refused++;
  }
}
