import { assert, assertEquals } from "../support/assert.ts";
import { podFrom, sharedPodFrom, SupervisedPod } from "../support/supervising.ts";

/** A stream of numbers in [0, 1) that is the same for the same seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const services = "  web:\n    image: busybox\n    restart: always\n    depends_on: [db]\n" +
  '  db:\n    image: busybox\n    restart: always\n    healthcheck: {test: [CMD, "true"]}\n' +
  "  side:\n    image: busybox\n    restart: unless-stopped\n";

Deno.test("whatever happens to a pod that is to run always, it runs in the end; and it can be taken away", async () => {
  const pods = [await podFrom(services), await sharedPodFrom(services)];
  for (let seed = 1; seed <= 120; seed++) {
    const random = randomFrom(seed);
    const test = new SupervisedPod();
    const pod = pods[seed % 2];
    assert(pod !== undefined);
    await test.begin(pod);
    let isUp = true;
    for (let round = 0; round < 30; round++) {
      const running = test.engine.names.filter((name) => test.engine.state(name) === "running");
      const name = running[Math.floor(random() * running.length)];
      const dice = random();
      if (dice < 0.25 && name !== undefined) test.engine.exit(name, Math.floor(random() * 3));
      else if (dice < 0.35 && name !== undefined) test.engine.removeByHand(name);
      else if (dice < 0.45) test.engine.loseStreams();
      else if (dice < 0.55 && isUp) {
        test.engine.goDown(random() < 0.5 ? { containersExitWith: 255 } : {});
        isUp = false;
      } else if (dice < 0.75 && !isUp) {
        test.engine.comeUp({ forgetful: random() < 0.5 });
        isUp = true;
      }
      await test.clock.advance(Math.floor(random() * random() * 60_000));
      assertEquals(test.outcome, undefined, `seed ${seed}: the pod ended: ${test.status.reason}`);
    }
    if (!isUp) test.engine.comeUp({ forgetful: true });
    await test.clock.advance(1_200_000);
    for (const name of ["web", "db", "side"]) {
      assertEquals(
        test.engine.state(`shop-${name}-1`),
        "running",
        `seed ${seed}: ${name}: ${test.status.reason}`,
      );
      assertEquals(test.container(name).state, "running", `seed ${seed}: ${name} in the status`);
    }
    assertEquals(test.status.reason, "", `seed ${seed}`);
    test.supervision.stop("the test is over");
    await test.ended(60_000);
    assertEquals(test.engine.names, [], `seed ${seed}`);
  }
});
