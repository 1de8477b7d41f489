/** Instances that wait for a place, and what the master is told to get offers for them. */

import type { Offer } from "../../wire/messages.ts";
import type { Candidate } from "../placement/choose_agent.ts";
import type { PodWish } from "../wish/pod_wish.ts";
import type { ClusterBounds } from "./cluster_bounds.ts";
import type { ClusterPod, Waiting } from "./cluster_pod.ts";
import type { ClusterState } from "./cluster_state.ts";
import { Demand } from "./demand.ts";
import type { InstanceDecision } from "./decide_instances.ts";
import { offerCalls } from "./master_calls.ts";
import type { BuildTask } from "./messages.ts";
import { OfferRound, type OfferSite } from "./offer_round.ts";
import type { TaskRecord } from "./records.ts";

/** What places are found with. */
export interface PlacingOptions {
  /** All roles of the framework. */
  readonly roles: readonly string[];
  readonly buildTask: BuildTask;
  readonly newRun: () => string;
  readonly bounds: Pick<ClusterBounds, "launchDoubt" | "refuse" | "refuseEarly">;
}

/** The work of an offer is that of what waits; while nothing waits for a role, nothing is offered to it. */
export class Placing {
  readonly #waiting = new Set<Waiting>();
  readonly #demand: Demand;
  #round: OfferRound | undefined;
  #lastRound: OfferRound | undefined;
  /** Whether offers are wanted to learn who agents are. */
  #asksWho = false;

  constructor(private readonly state: ClusterState, private readonly options: PlacingOptions) {
    this.#demand = new Demand(options.roles);
  }

  /** What the last offers were, less what was taken of them: for those who keep in mind what agents have. */
  get lastOffers(): Iterable<Candidate> {
    return this.#lastRound?.candidates ?? [];
  }

  /** Milliseconds since 1970: when there is something to tell the master. */
  get nextAt(): number | undefined {
    return this.#demand.nextAt;
  }

  /** A subscription stands. */
  begin(): void {
    this.#demand.begin();
  }

  /** The subscription is gone, and all offers with it. */
  end(): void {
    this.#round = undefined;
  }

  take(offers: readonly Offer[], site: OfferSite): void {
    this.#round = new OfferRound(offers, site);
    for (const { role, agent } of this.#round.candidates) {
      this.#demand.offered(role);
      this.state.meet(agent);
    }
  }

  /** Milliseconds since 1970: since when a role was offered nothing of what it asked for. */
  silentSince(role: string): number | undefined {
    return this.#demand.silentSince(role);
  }

  /** Something has ended somewhere: there may be room for what waits. */
  wake(now: number): void {
    this.#demand.wake(this.options.roles, now);
  }

  /** Which instances of a pod wait, from now on. */
  wait(pod: ClusterPod, place: InstanceDecision["place"], now: number): void {
    const wish = pod.target;
    const slots = new Set(place.map(({ slot }) => slot));
    for (const [slot, waiting] of pod.waiting) {
      if (!slots.has(slot) || waiting.wish !== wish) this.#remove(waiting);
    }
    for (const { slot, why } of place) {
      if (wish === undefined || pod.waiting.has(slot)) continue;
      const waiting: Waiting = { pod, slot, wish, why, since: now };
      pod.waiting.set(slot, waiting);
      this.#waiting.add(waiting);
      this.#demand.add(wish.roles, 1);
      this.#demand.wake(wish.roles, now);
    }
  }

  /**
   * Launches what finds a place on the offers that there are, and gives the rest of them back.
   *
   * @param mayLaunch whether anything may be decided already
   */
  place(mayLaunch: boolean, now: number): void {
    const round = this.#round;
    if (round === undefined) return;
    this.#round = undefined;
    if (mayLaunch) this.#launchOn(round, now);
    const { refuse, refuseEarly } = this.options.bounds;
    const later = { refuse_seconds: refuse / 1000 };
    // What comes before anything can be decided is wanted soon again.
    const soon = { refuse_seconds: refuseEarly / 1000 };
    for (const call of offerCalls(round, later, mayLaunch ? later : soon)) this.state.call(call);
    this.#lastRound = round;
  }

  /** Tells the master which roles offers are wanted for. */
  askMaster(now: number): void {
    const asksWho = this.state.unknownAgents.size > 0;
    if (asksWho !== this.#asksWho) {
      this.#asksWho = asksWho;
      this.#demand.add(this.options.roles, asksWho ? 1 : -1);
    }
    const { revive, suppress } = this.#demand.decide(now);
    if (revive.length > 0) this.state.call({ type: "REVIVE", revive: { roles: revive } });
    if (suppress.length > 0) this.state.call({ type: "SUPPRESS", suppress: { roles: suppress } });
  }

  #launchOn(round: OfferRound, now: number): void {
    const { newRun, buildTask, bounds } = this.options;
    const hopeless = new Set<PodWish>();
    for (const waiting of [...this.#waiting]) {
      const { pod, slot, wish } = waiting;
      // Instances of one pod are alike: where one finds no place, the next one does not either.
      if (hopeless.has(wish)) continue;
      const chosen = round.choose(wish, pod.siblingsOf(slot));
      if (chosen === undefined) {
        hopeless.add(wish);
        continue;
      }
      const task = round.take(chosen, wish, slot, newRun(), buildTask, now);
      this.state.tell(pod.name, `instance ${slot} is launched on ${chosen.agent.hostname}: ${waiting.why}`);
      this.#remove(waiting);
      this.state.touch(pod);
      this.state.put(hasPredecessor(pod, task) ? { ...task, isSuccessor: true } : task);
      this.state.agenda.set(task.id, now + bounds.launchDoubt);
    }
  }

  #remove(waiting: Waiting): void {
    waiting.pod.waiting.delete(waiting.slot);
    this.#waiting.delete(waiting);
    this.#demand.add(waiting.wish.roles, -1);
  }
}

/** Whether the same instance runs already, and is to be replaced. */
function hasPredecessor(pod: ClusterPod, { slot, version }: TaskRecord): boolean {
  return [...pod.tasks.values()].some((task) =>
    task.slot === slot && task.version === version && (task.phase === "intended" || task.phase === "launched")
  );
}
