import { projectDirectory, runProgram, startProgram } from "../cli/program.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";

Deno.test("cli: a container without a readable log hides none of the others", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  web: { image: busybox, command: ["sh", "-c", "echo shown"] }
  mute: { image: busybox, command: ["echo", "hidden"], logging: { driver: none } }
`,
  });
  const mesolet = (...args: string[]) => runProgram(args, { host: engine.host, directory: project.path });
  const up = await mesolet("up");
  assertEquals([up.code, up.out], [0, "web-1  | shown\n"], up.error);
  assertStringIncludes(up.error, "warning: no log of mute-1");
  for (const follow of [[], ["-f"]]) {
    const logs = await mesolet("logs", ...follow);
    assertEquals([logs.code, logs.out], [0, "web-1   | shown\n"], logs.error);
    assertEquals(logs.error, "warning: no log of mute-1: its logging driver does not support reading\n");
    const alone = await mesolet("logs", ...follow, "mute");
    assertEquals([alone.code, alone.out], [69, ""]);
    assertStringIncludes(alone.error, "error: Cannot read the log of mute-1");
  }
});

Deno.test("cli: up over stopped containers shows the lines of this life alone", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  web:
    image: busybox
    command: ["sh", "-c", "trap 'echo web ends; exit 0' TERM; echo web begins; while :; do sleep 0.1; done"]
`,
  });
  for (const _ of ["first", "second"]) {
    await using up = startProgram(["up"], { host: engine.host, directory: project.path });
    await up.seen("web begins");
    up.signal("SIGINT");
    assertEquals((await up.ended()).out, "web-1  | web begins\nweb-1  | web ends\n");
  }
});
