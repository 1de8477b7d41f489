import { assertEquals } from "../../../support/assert.ts";
import { Trial } from "./trial.ts";

/** More of them by hand: `MESOLET_SEEDS=1000-9000`. */
const [first = 1, last = 300] = (Deno.env.get("MESOLET_SEEDS") ?? "1-300").split("-").map(Number);

Deno.test("cluster: killed at any moment, with updates, agents lost, forgotten, drained and maintained, it comes to what is wanted, each once", () => {
  for (let seed = first; seed <= last; seed++) {
    const trial = new Trial(seed);
    const { random, master } = trial;
    const chance = 0.02;
    trial.want(["web", "db"], "v1", 0);
    for (let step = 0; step < 250; step++) {
      trial.step(chance);
      const dice = random();
      const agent = master.agents[Math.floor(random() * master.agents.length)] ?? "a";
      if (dice < 0.01) master.lose(agent);
      else if (dice < 0.03) master.find(agent);
      else if (dice < 0.04) {
        trial.want(random() < 0.5 ? ["web", "db"] : ["db"], `v${1 + Math.floor(random() * 3)}`, chance);
      } else if (dice < 0.05) trial.reconnect();
      else if (dice < 0.055) trial.loseStore();
      else if (dice < 0.06) {
        master.forgetAll();
        trial.reconnect();
      } else if (dice < 0.07) trial.drain(agent);
      else if (dice < 0.085) trial.maintain(agent, chance);
      assertEquals(trial.doubled(), [], `seed ${seed}, step ${step}`);
    }
    for (const agent of master.agents) {
      master.find(agent);
      if (master.drained.has(agent)) trial.drain(agent);
      if (master.maintained.has(agent)) trial.maintain(agent, 0);
    }
    trial.want(["web", "cache"], "v9", 0);
    for (let step = 0; step < 3_000; step++) {
      trial.offer(0);
      const event = master.events.shift();
      if (event !== undefined) trial.say({ kind: "update", status: event }, 0);
      else trial.pass(10_000, 0);
      master.settle();
    }
    const expected = ["cache.0.v9", "web.0.v9", "web.1.v9", "web.2.v9"];
    const running = [...master.running().values()].flat().map((id) => id.slice(0, id.lastIndexOf(".")))
      .sort();
    assertEquals(running, expected, `seed ${seed}`);
    assertEquals(trial.store.tasks.size, 4, `seed ${seed}`);
  }
});
