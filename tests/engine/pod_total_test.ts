import { assertEquals, assertMatch } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { runProgram } from "../cli/program.ts";

Deno.test("engine: a pod that uses up its total ends as one, whatever the restart policies, and says so", async () => {
  await using test = await testEngine();
  const directory = await Deno.makeTempDir({ prefix: "mesolet-total-" });
  const pod = test.podName();
  try {
    await Deno.writeTextFile(
      `${directory}/compose.yaml`,
      `
services:
  eater:
    image: busybox
    command: [sh, -c, "sleep 1; tail /dev/zero"]
    restart: always
  other: {image: busybox, command: [sleep, "1000"], stop_signal: SIGKILL, restart: always}
x-pod: {resources: {mem: 32m}}
`,
    );
    const { code, error } = await runProgram(["-p", pod, "up"], { host: test.host, directory });
    assertEquals(code, 137, error);
    assertMatch(error, /the pod \S+ failed: .*the pod used up its memory \(x-pod\.resources\)/);
    const down = await runProgram(["down", pod], { host: test.host, directory });
    assertEquals(down.code, 0, down.error);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  const cgroups = await Array.fromAsync(Deno.readDir("/sys/fs/cgroup"), ({ name }) => name);
  for (const place of ["/sys/fs/cgroup", ...cgroups.map((name) => `/sys/fs/cgroup/${name}`)]) {
    const left = await Deno.stat(`${place}/mesolet/${pod}`).then(() => true, () => false);
    assertEquals(left, false, `${place}/mesolet/${pod} is left`);
  }
});
