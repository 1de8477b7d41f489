import { projectDirectory, runProgram, startProgram } from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

/** What a pod in the foreground does when it is worked on from another terminal. */

Deno.test("cli: a pod in the foreground that another command stops has not failed", async (test) => {
  await using engine = await testEngine();
  const pod = engine.podName();
  const service = (name: string) =>
    `  ${name}:
    image: busybox
    command: ["sh", "-c", "trap 'exit 143' TERM; while :; do sleep 0.1; done"]
`;
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}\nservices:\n${service("api")}${service("web")}`,
  });
  const call = { host: engine.host, directory: project.path };
  const states = async () =>
    Object.fromEntries((await engine.engine.listContainers(pod)).map(({ name, state }) => [name, state]));

  for (const command of [["stop"], ["down"]]) {
    await test.step(command.join(" "), async () => {
      await using up = startProgram(["up"], call);
      await up.seen(`pod ${pod} is running`);
      assertEquals((await runProgram(command, call)).code, 0);
      const { code, error } = await up.ended();
      assertEquals(code, 0, error);
      assertStringIncludes(error, `pod ${pod} has ended: stopped by hand`);
    });
  }

  await test.step("stop of one service, which the others outlive", async () => {
    await using up = startProgram(["up"], call);
    await up.seen(`pod ${pod} is running`);
    assertEquals((await runProgram(["stop", "api"], call)).code, 0);
    await up.seen("api-1 exited with code 143");
    // It is judged some seconds after its end; what has rest can be started again.
    await waitUntil("api rests", async () => (await states())[`${pod}-api-1`] === "exited");
    assertEquals((await runProgram(["start", "api"], call)).code, 0);
    assertEquals((await states())[`${pod}-api-1`], "running");
    up.signal("SIGINT");
    assertEquals((await up.ended()).code, 130);
    assert(!up.error.includes("failed"), up.error);
  });
  assertEquals((await runProgram(["down"], call)).code, 0);
});

Deno.test("cli: a restart is told with its pause", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  api: { image: busybox, command: ["sh", "-c", "exit 1"], restart: always }
`,
  });
  await using up = startProgram(["up"], { host: engine.host, directory: project.path });
  await up.seen("api-1 is started again in 10 s");
  assertStringIncludes(up.error, "api-1 exited with code 1\n");
  up.signal("SIGINT");
  assertEquals((await up.ended()).code, 130);
});
