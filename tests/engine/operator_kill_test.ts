import { systemClock } from "../../src/pod/clock.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { randomFrom } from "../support/random.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

/** How often an operator is killed. */
const kills = 200;

Deno.test("operator: kill -9 at 200 random moments, 20 pods: same ids, processes and starts", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pods = Array.from({ length: 20 }, () => engine.podName());
  for (const pod of pods) {
    operator.put(
      `${pod}.yaml`,
      `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}, restart: always}}\n`,
    );
  }
  operator.start();
  for (const pod of pods) await operator.told(`${pod}: runs`);
  const before = await livesOf(engine, pods);
  assertEquals(before.size, 40);
  const random = randomFrom(20_26);
  for (let kill = 1; kill <= kills; kill++) {
    const program = kill === 1 ? operator.program : operator.start();
    // On a machine of any speed some end while the program is loaded, and the others while it takes over and keeps.
    if (kill % 3 !== 0) await operator.told("keeps the pods of");
    await systemClock.sleep(random() * 500);
    program.signal("SIGKILL");
    await program.ended();
    if (kill % 10 === 0) assertEquals(await livesOf(engine, pods), before, `after ${kill} kills`);
  }
  operator.start(["--stop-pods"]);
  for (const pod of pods) await operator.told(`${pod}: adopted: 1 container runs`);
  assertEquals(await livesOf(engine, pods), before);
  assertEquals(await operator.end(), 0);
});

Deno.test("operator: kill -9 at random moments of launches and changes: the last spec runs, once", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pods = Array.from({ length: 4 }, () => engine.podName());
  const specOf = (pod: string, edit: number) =>
    `name: ${pod}
services:
  web: {image: busybox, command: ${goesOn}, environment: {EDIT: "${edit}"}}
  side: {image: busybox, command: ${goesOn}, depends_on: [web]}
`;
  const random = randomFrom(4);
  const began = systemClock.elapsed();
  let edit = 0;
  for (let kills = 0; kills < 25 && systemClock.elapsed() - began < 40_000; kills++) {
    edit++;
    for (const pod of pods) operator.put(`${pod}.yaml`, specOf(pod, edit));
    const program = operator.start();
    await systemClock.sleep(300 + random() * 2_000);
    program.signal("SIGKILL");
    await program.ended();
  }
  operator.start(["--stop-pods"]);
  for (const pod of pods) await operator.told(`${pod}: runs`);
  await waitUntil("every pod is as its last spec says", async () => {
    for (const pod of pods) {
      const listed = await engine.engine.listContainers(pod);
      assertEquals(listed.map(({ name, state }) => `${name} ${state}`).sort(), [
        `${pod}-side-1 running`,
        `${pod}-web-1 running`,
        `${pod}_pause running`,
      ]);
      const web = listed.find(({ name }) => name === `${pod}-web-1`);
      const raw = JSON.stringify(await engine.engine.inspectVerbatim(web?.id ?? ""));
      assert(raw.includes(`"EDIT=${edit}"`), `${pod} has another edit than ${edit}`);
    }
    return true;
  }, 60_000);
  assertEquals(await operator.end(), 0);
});
