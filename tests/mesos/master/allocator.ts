import type { DomainInfo, InverseOffer, Offer, Resource } from "../../../src/mesos/wire/messages.ts";
import { Amounts, downgraded } from "./amounts.ts";
import { isCapable } from "./framework_rules.ts";
import type { MasterAgent } from "./master_agent.ts";
import type { MasterFramework, OpenOffer, Tell } from "./master_framework.ts";
import { constraintsAllow } from "./offer_constraints.ts";

/** Less than this of both is not offered. */
const leastCpus = 0.01;
const leastMemory = 32;

/** An agent is not asked again about an offer for less than this; milliseconds. */
const shortestRefusal = 1_000;

/** What the allocator works on. */
export interface AllocatorSite {
  readonly now: () => number;
  readonly agents: ReadonlyMap<string, MasterAgent>;
  readonly frameworks: ReadonlyMap<string, MasterFramework>;
  readonly newOfferId: () => string;
  readonly tell: Tell;
  readonly quotas: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of the master. */
  readonly domain: DomainInfo | undefined;
}

/** An inverse offer that was not answered. */
interface OpenInverseOffer {
  readonly frameworkId: string;
  readonly agentId: string;
}

/**
 * Who is offered what. Everything that is free on an agent goes to one framework and role at a time, first to those that
 * hold least, as the hierarchical allocator of Mesos does.
 */
export class Allocator {
  readonly offers = new Map<string, OpenOffer>();
  readonly inverseOffers = new Map<string, OpenInverseOffer>();
  readonly #site: AllocatorSite;

  constructor(site: AllocatorSite) {
    this.#site = site;
  }

  /** Offers what is free; of one agent only, if one is named. */
  allocate(only?: MasterAgent): void {
    const made = new Map<MasterFramework, Offer[]>();
    for (const agent of only === undefined ? this.#site.agents.values() : [only]) {
      if (!agent.active || agent.available.empty) continue;
      for (const { framework, role } of this.#order(agent)) {
        const resources = this.#offerable(agent, framework, role);
        if (resources === undefined) continue;
        const offers = made.get(framework) ?? [];
        made.set(framework, offers);
        offers.push(this.#open(agent, framework, role, resources));
        if (agent.available.empty) break;
      }
    }
    for (const [framework, offers] of made) {
      this.#site.tell(framework, { type: "OFFERS", offers: { offers } });
    }
    this.#askToLeave(only);
  }

  /**
   * Ends an offer; its resources are free again.
   *
   * @param refuseSeconds for how long they are not to be offered to the same role again
   */
  close(offerId: string, how: { readonly rescind?: boolean; readonly refuseSeconds?: number } = {}): void {
    const open = this.remove(offerId);
    if (open === undefined) return;
    this.giveBack(open, open.resources, how.refuseSeconds);
    const framework = this.#site.frameworks.get(open.frameworkId);
    if (how.rescind === true && framework !== undefined) {
      this.#site.tell(framework, { type: "RESCIND", rescind: { offer_id: { value: offerId } } });
    }
  }

  /** Takes an offer away without freeing what it holds. */
  remove(offerId: string): OpenOffer | undefined {
    const open = this.offers.get(offerId);
    if (open === undefined) return undefined;
    this.offers.delete(offerId);
    this.#site.agents.get(open.agentId)?.offers.delete(offerId);
    this.#site.frameworks.get(open.frameworkId)?.offers.delete(offerId);
    return open;
  }

  /** Frees what was offered and not used. */
  giveBack(
    from: Pick<OpenOffer, "frameworkId" | "agentId" | "role">,
    resources: Amounts,
    refuseSeconds?: number,
  ): void {
    this.free(from.frameworkId, from.agentId, resources);
    const framework = this.#site.frameworks.get(from.frameworkId);
    if (framework === undefined || refuseSeconds === undefined || !(refuseSeconds > 0)) return;
    const refusal = Math.max(shortestRefusal, refuseSeconds * 1_000);
    framework.refuse(from.role, from.agentId, resources.allocatedTo(undefined), this.#site.now() + refusal);
  }

  /** Frees resources of a framework on an agent. */
  free(frameworkId: string, agentId: string, resources: Amounts): void {
    const agent = this.#site.agents.get(agentId);
    if (agent !== undefined) agent.available = agent.available.plus(resources.allocatedTo(undefined));
    const framework = this.#site.frameworks.get(frameworkId);
    if (framework !== undefined) framework.held = framework.held.minus(resources.scalars);
  }

  /** Rescinds everything that an agent offers. */
  rescindOf(agent: MasterAgent): void {
    for (const id of [...agent.offers]) this.close(id, { rescind: true });
  }

  rescindInverseOf(agent: MasterAgent): void {
    for (const id of [...agent.inverseOffers]) this.closeInverse(id, true);
  }

  closeInverse(id: string, rescind = false): OpenInverseOffer | undefined {
    const open = this.inverseOffers.get(id);
    if (open === undefined) return undefined;
    this.inverseOffers.delete(id);
    this.#site.agents.get(open.agentId)?.inverseOffers.delete(id);
    const framework = this.#site.frameworks.get(open.frameworkId);
    framework?.inverseOffers.delete(id);
    if (rescind && framework !== undefined) {
      const inverse_offer_id = { value: id };
      this.#site.tell(framework, {
        type: "RESCIND_INVERSE_OFFER",
        rescind_inverse_offer: { inverse_offer_id },
      });
    }
    return open;
  }

  /** Asks those who use an agent that is to be unavailable to leave it. */
  #askToLeave(only?: MasterAgent): void {
    const made = new Map<MasterFramework, InverseOffer[]>();
    for (const agent of only === undefined ? this.#site.agents.values() : [only]) {
      const { unavailability } = agent;
      if (unavailability === undefined || !agent.connected) continue;
      for (const framework of this.#site.frameworks.values()) {
        if (framework.stream === undefined || framework.refusesInverse(agent.id, this.#site.now())) continue;
        const uses = agent.executorsOf(framework.id).size > 0 ||
          [...agent.tasks.values()].some((task) => task.frameworkId === framework.id);
        const asked = [...agent.inverseOffers].some((id) =>
          this.inverseOffers.get(id)?.frameworkId === framework.id
        );
        if (!uses || asked) continue;
        const id = this.#site.newOfferId();
        this.inverseOffers.set(id, { frameworkId: framework.id, agentId: agent.id });
        agent.inverseOffers.add(id);
        framework.inverseOffers.add(id);
        const offers = made.get(framework) ?? [];
        made.set(framework, offers);
        offers.push({
          id: { value: id },
          url: urlOf(agent),
          framework_id: { value: framework.id },
          agent_id: { value: agent.id },
          unavailability,
        });
      }
    }
    for (const [framework, inverse_offers] of made) {
      this.#site.tell(framework, { type: "INVERSE_OFFERS", inverse_offers: { inverse_offers } });
    }
  }

  #open(agent: MasterAgent, framework: MasterFramework, role: string, free: Amounts): Offer {
    // In the order of the offer, which is that of texts about it.
    const resources = Amounts.of(free.allocatedTo(role).toOffered());
    const id = this.#site.newOfferId();
    agent.available = agent.available.minus(free);
    framework.held = framework.held.plus(resources.scalars);
    framework.offered++;
    const refined = isCapable(framework.info, "RESERVATION_REFINEMENT");
    const shown = resources.toResources();
    const { hostname, attributes = [], domain } = agent.description;
    const executors = [...agent.executorsOf(framework.id).keys()];
    const offer: Offer = {
      id: { value: id },
      framework_id: { value: framework.id },
      agent_id: { value: agent.id },
      hostname,
      url: urlOf(agent),
      ...(domain === undefined ? {} : { domain }),
      resources: refined ? shown : shown.map(downgraded),
      ...(attributes.length === 0 ? {} : { attributes }),
      ...(executors.length === 0 ? {} : { executor_ids: executors.map((value) => ({ value })) }),
      ...(agent.unavailability === undefined ? {} : { unavailability: agent.unavailability }),
      allocation_info: { role },
    };
    const open = { offer, frameworkId: framework.id, agentId: agent.id, role, resources };
    this.offers.set(id, { ...open, since: this.#site.now() });
    agent.offers.add(id);
    framework.offers.add(id);
    return offer;
  }

  #offerable(agent: MasterAgent, framework: MasterFramework, role: string): Amounts | undefined {
    if (agent.total.scalar("gpus") !== undefined && !isCapable(framework.info, "GPU_RESOURCES")) {
      return undefined;
    }
    if (!constraintsAllow(framework.constraints, role, agent.description)) return undefined;
    if (this.#isRemote(agent) && !isCapable(framework.info, "REGION_AWARE")) return undefined;
    let resources = agent.available.only((shape) => isFor(shape, role));
    const quota = this.#site.quotas[role];
    if (quota !== undefined) resources = resources.atMost(this.#leftOf(role, quota));
    const enough = (resources.scalar("cpus") ?? 0) >= leastCpus ||
      (resources.scalar("mem") ?? 0) >= leastMemory;
    if (!enough || framework.refuses(role, agent.id, resources, this.#site.now())) return undefined;
    return resources;
  }

  /** Whether an agent is in another region than the master: only who knows of regions gets it. */
  #isRemote({ description: { domain } }: MasterAgent): boolean {
    const [own, other] = [this.#site.domain, domain].map((one) => one?.fault_domain?.region.name);
    return own !== undefined && other !== undefined && own !== other;
  }

  #leftOf(role: string, quota: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    const held = [...this.#site.frameworks.values()]
      .map((framework) => framework.held.only(({ allocation_info }) => allocation_info?.role === role));
    return Object.fromEntries(
      Object.entries(quota).map(([name, limit]) => [
        name,
        limit - held.reduce((sum, amounts) => sum + (amounts.scalar(name) ?? 0), 0),
      ]),
    );
  }

  /** Who is asked first: who holds least, then who was offered least. */
  #order(agent: MasterAgent): readonly { readonly framework: MasterFramework; readonly role: string }[] {
    const all = [...this.#site.frameworks.values()]
      .filter((framework) => framework.stream !== undefined)
      .flatMap((framework) =>
        framework.roles.filter((role) => !framework.suppressed.has(role)).map((role) => ({ framework, role }))
      );
    if (all.length < 2) return all;
    const shares = new Map(all.map(({ framework }) => [framework, shareOf(framework, agent)]));
    return all.sort((one, other) =>
      (shares.get(one.framework) ?? 0) - (shares.get(other.framework) ?? 0) ||
      one.framework.offered - other.framework.offered ||
      (one.framework.id < other.framework.id ? -1 : 1)
    );
  }
}

/** How much a framework holds, in agents like this one: all agents of a test are about equal. */
function shareOf(framework: MasterFramework, agent: MasterAgent): number {
  return Math.max(
    ...["cpus", "mem", "disk"].map((name) => {
      const total = agent.total.scalar(name);
      return total === undefined ? 0 : (framework.held.scalar(name) ?? 0) / total;
    }),
  );
}

/** Reserved resources go to their role and those below it. */
function isFor({ reservations = [] }: Resource, role: string): boolean {
  const reserved = reservations.at(-1)?.role;
  return reserved === undefined || reserved === role || role.startsWith(`${reserved}/`);
}

/** Where an agent is to be asked about itself. */
export function urlOf({ description: { hostname, ip, port } }: MasterAgent) {
  return { scheme: "http", address: { hostname, ip, port }, path: "/slave(1)" };
}
