import { projectDirectory, runProgram } from "../cli/program.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";

Deno.test("cli: a post_start hook that failed is run again by the next up", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  web:
    image: busybox
    command: ["sleep", "1000"]
    stop_signal: SIGKILL
    restart: always
    volumes: [".:/project"]
    post_start:
      - command: ["sh", "-c", "echo tried >> /project/tries; test -e /project/ready"]
`,
  });
  const mesolet = (...args: string[]) => runProgram(args, { host: engine.host, directory: project.path });
  const tries = async () => (await Deno.readTextFile(`${project.path}/tries`)).split("\n").length - 1;
  const states = async () =>
    (await engine.engine.listContainers(pod))
      .filter(({ name }) => name.includes("web"))
      .map(({ state }) => state);

  const first = await mesolet("up", "-d");
  assertEquals(first.code, 1);
  assertStringIncludes(first.error, "Cannot run the post_start hook");
  assertStringIncludes(first.error, "the container is stopped: the next up starts it again, with the hook");
  assertEquals([await states(), await tries()], [["exited"], 1]);

  await Deno.writeTextFile(`${project.path}/ready`, "");
  const second = await mesolet("up", "-d");
  assertEquals(second.code, 0, second.error);
  assertEquals([await states(), await tries()], [["running"], 2]);

  const third = await mesolet("up", "-d");
  assertEquals(third.code, 0, third.error);
  assertEquals(await tries(), 2);
  assertEquals((await mesolet("down")).code, 0);
});
