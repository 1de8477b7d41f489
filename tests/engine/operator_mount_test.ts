import { assert, assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  assert(success, new TextDecoder().decode(stderr));
}

Deno.test("operator: a file system that is unmounted under it takes no pod along, and counts when it is back", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const disk = await Deno.makeTempDir();
  const pods = [engine.podName(), engine.podName()];
  try {
    await run("mount", "-t", "tmpfs", "mesolet-test", disk);
    await run("mount", "--bind", disk, operator.directory);
    try {
      for (const pod of pods) {
        operator.put(`${pod}.yaml`, `name: ${pod}\nservices: {web: {image: busybox, command: ${goesOn}}}\n`);
      }
      operator.start(["--stop-pods"]);
      for (const pod of pods) await operator.told(`${pod}: runs`);
      const lives = await livesOf(engine, pods);
      await run("umount", "--lazy", operator.directory);
      await operator.told("is on another file system than before, and empty: what runs of it is left alone");
      await Deno.remove(`${disk}/${pods[1]}.yaml`);
      await run("mount", "--bind", disk, operator.directory);
      await operator.told(`${pods[1]}: is removed: its spec is gone`);
      const left = await livesOf(engine, pods.slice(0, 1));
      for (const [id, life] of left) assertEquals(lives.get(id), life);
      assertEquals(left.size, 2);
      assertEquals(await operator.end(), 0);
    } finally {
      await run("umount", "--lazy", operator.directory);
    }
  } finally {
    await run("umount", "--lazy", disk);
    await Deno.remove(disk);
  }
});
