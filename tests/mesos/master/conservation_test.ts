import { randomFrom } from "../../support/random.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { Amounts } from "./amounts.ts";
import { DirectMaster } from "./direct_master.ts";
import type { MasterState } from "./master_state.ts";
import { usedOf } from "./operator_v0.ts";
import { SimulatedAgents } from "./simulated_agents.ts";
import { TestFramework } from "./test_framework.ts";

/** Nothing is lost and nothing is there twice: what is free, offered and used is what there is. */
function checkConserved(state: MasterState, when: string): void {
  const same = (one: Amounts, other: Amounts, what: string) =>
    assert(one.contains(other) && other.contains(one), `${when}: ${what}: ${one} is not ${other}`);
  for (const agent of state.agents.values()) {
    let used = Amounts.none;
    for (const { info } of agent.executors()) used = used.plus(Amounts.of(info.resources));
    for (const task of agent.tasks.values()) if (!task.ended) used = used.plus(task.resources);
    same(agent.used, used, `used of ${agent.id}`);
    let sum = agent.available.plus(agent.used.allocatedTo(undefined));
    for (const id of agent.offers) {
      sum = sum.plus(state.allocator.offers.get(id)?.resources.allocatedTo(undefined) ?? Amounts.none);
    }
    same(sum, agent.total, `all of ${agent.id}`);
  }
  for (const framework of state.frameworks.values()) {
    let held = usedOf(state, framework);
    for (const id of framework.offers) {
      held = held.plus(state.allocator.offers.get(id)?.resources ?? Amounts.none);
    }
    same(framework.held, held.scalars, `held by ${framework.id}`);
  }
}

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`master: resources are conserved whatever happens, chance ${seed}`, async () => {
    const random = randomFrom(seed);
    const chance = (count: number) => Math.floor(random() * count);
    const clock = new SteppedClock();
    const master = new DirectMaster({ clock });
    const agents = new SimulatedAgents(master.host, clock);
    for (let index = 0; index < 4; index++) agents.add();
    const frameworks = [
      new TestFramework(master, { failover_timeout: 30 }),
      new TestFramework(master, { checkpoint: false, roles: ["a", "b"] }),
      new TestFramework(master, { capabilities: [], roles: [] }),
    ];
    for (const framework of frameworks) framework.subscribe();
    await clock.settle();
    let number = 0;
    const did: string[] = [];
    for (let step = 0; step < 120; step++) {
      const framework = frameworks[chance(frameworks.length)];
      const agent = agents.agents[chance(agents.agents.length)];
      if (framework === undefined || agent === undefined) continue;
      const offers = framework.takeOffers();
      const [offer] = offers;
      const acts: readonly (readonly [name: string, act: () => void])[] = [
        ["launch", () => {
          if (offer === undefined) return;
          const tasks = Array.from({ length: 1 + chance(3) }, () => framework.task(`t${number++}`, offer));
          framework.launch([offer], tasks, chance(3));
        }],
        ["launch on one executor", () => {
          if (offer === undefined) return;
          const { executor, ...task } = framework.task(`t${number++}`, offer);
          const more = framework.task(`t${number++}`, offer);
          if (executor !== undefined) {
            framework.launch([offer], [{ ...task, executor }, { ...more, executor }], 0);
          }
        }],
        ["decline", () => framework.decline(offers, chance(20))],
        ["kill", () => framework.kill(`t${chance(number + 1)}`)],
        ["revive", () => framework.call({ type: "REVIVE" })],
        ["reconcile", () => framework.reconcile()],
        ["leave", () => framework.leave()],
        ["subscribe", () => framework.subscribe()],
        ["lose", () => agent.lose()],
        ["come back", () => agent.comeBack()],
        ["reboot", () => agent.reboot()],
        ["unregister", () => agent.leave()],
        ["drain", () => master.host.drive((core) => core.drain(agent.id))],
        ["reactivate", () => master.host.drive((core) => core.reactivate(agent.id))],
        ["unreachable", () => master.host.drive((core) => core.markUnreachable(agent.id))],
        ["fail", () => {
          const [task] = agent.running;
          if (task !== undefined) agent.report(task, { state: "TASK_FAILED" });
        }],
        ["restart", () => {
          if (chance(4) > 0) return;
          master.stop();
          master.start();
        }],
      ];
      const [name, act] = acts[chance(acts.length)] ?? [];
      if (name === undefined || act === undefined) continue;
      did.push(name);
      act();
      await clock.advance(chance(3) * 700);
      if (chance(20) === 0) await clock.advance(80_000);
      checkConserved(master.host.core.state, `after ${did.slice(-8).join(", ")} (step ${step})`);
    }
    agents.end();
    master.end();
    assertEquals(clock.sleeping, 0);
  });
}
