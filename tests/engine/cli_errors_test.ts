import { projectDirectory, runProgram } from "../cli/program.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";

Deno.test("cli: what is wrong is said in a line, with the exit code for it, and nothing is made", async (test) => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  web: { image: busybox, command: ["sleep", "1000"] }
`,
    "broken.yaml": `name: ${pod}
services:
  web:
    image: busybox
    portz: ["80"]
`,
    "absent.yaml": `name: ${pod}
services:
  web: { image: localhost:1/nothing/here, pull_policy: never }
`,
    "failing.yaml": `name: ${pod}
services:
  web: { image: busybox, command: ["/no/such/program"] }
`,
    "unhealthy.yaml": `name: ${pod}
services:
  web:
    image: busybox
    command: ["sleep", "1000"]
    stop_grace_period: 0s
    healthcheck: { test: ["CMD", "false"], interval: 100s, start_period: 100s }
`,
  });
  const mesolet = (...args: string[]) => runProgram(args, { host: engine.host, directory: project.path });

  await test.step("a file that is wrong", async () => {
    const result = await mesolet("-f", "broken.yaml", "up", "-d");
    assertEquals(result.code, 65);
    assertMatch(result.error, /^error: .*broken\.yaml:5:5: services\.web/);
    assertEquals(result.out, "");
  });

  await test.step("a file that is not there", async () => {
    assertEquals((await mesolet("-f", "missing.yaml", "up")).code, 66);
    await using empty = await projectDirectory({});
    const none = await runProgram(["up"], { host: engine.host, directory: empty.path });
    assertEquals(none.code, 66, none.error);
  });

  await test.step("an image that cannot be had", async () => {
    const result = await mesolet("-f", "absent.yaml", "up", "-d");
    assertEquals(result.code, 69);
    assertStringIncludes(result.error, "error: the image localhost:1/nothing/here is not there");
  });

  await test.step("a service that the pod does not have", async () => {
    assertEquals((await mesolet("up", "-d", "wbe")).code, 64);
    const foreground = await mesolet("up", "wbe");
    assertEquals([foreground.code, foreground.error], [
      64,
      "error: no such service: wbe: did you mean web?\n",
    ]);
  });

  await test.step("flags that exclude each other", async () => {
    assertEquals((await mesolet("up", "--force-recreate", "--no-recreate", "-d")).code, 64);
    assertEquals((await mesolet("up", "-d", "--exit-code-from", "web")).code, 64);
    assertEquals((await mesolet("up", "--wait-timeout", "3")).code, 64);
    assertEquals((await mesolet("up", "--scale", "web")).code, 64);
  });

  assertEquals(await engine.engine.listContainers(pod), []);

  await test.step("a container that cannot be started", async () => {
    const result = await mesolet("-f", "failing.yaml", "up", "-d");
    assertEquals(result.code === 0, false);
    assertStringIncludes(result.error, `error: Cannot start container ${pod}-web-1`);
    const foreground = await mesolet("-f", "failing.yaml", "up");
    assertEquals(foreground.code === 0, false);
    assertStringIncludes(foreground.error, "/no/such/program");
    await mesolet("down");
  });

  await test.step("a pod that does not become healthy in time", async () => {
    const result = await mesolet("-f", "unhealthy.yaml", "up", "--wait", "--wait-timeout", "1");
    assertEquals(result.code, 75, result.error);
    assertStringIncludes(result.error, `the pod ${pod} is not ready after 1 s`);
    assertEquals((await mesolet("down", "-t", "0")).code, 0);
  });
});

Deno.test("cli: without an engine", async (test) => {
  await using project = await projectDirectory({
    "compose.yaml": "name: t-none\nservices:\n  web: { image: busybox }\n",
  });
  const nowhere = { host: `unix://${project.path}/no.sock`, directory: project.path };

  await test.step("commands that need one say so", async () => {
    for (const command of [["ps"], ["up", "-d"], ["plan"], ["down"], ["logs"]]) {
      const result = await runProgram(command, nowhere);
      assertEquals(result.code, 69, command.join(" "));
      assertStringIncludes(result.error, "no.sock");
    }
  });

  await test.step("doctor fails and says how to mend it", async () => {
    const result = await runProgram(["doctor"], nowhere);
    assertEquals(result.code, 1);
    assertMatch(result.out, /^fail {2}engine .*\n +→ start an engine/);
  });

  await test.step("plan --offline and completion need none", async () => {
    const plan = await runProgram(["plan", "--offline"], nowhere);
    assertEquals(plan.code, 0, plan.error);
    assertStringIncludes(plan.out, "create container t-none-web-1");
    assertEquals(await runProgram(["__complete", "down", ""], nowhere), { code: 0, out: "", error: "" });
  });
});

Deno.test("cli: doctor finds a good engine good", async () => {
  await using engine = await testEngine();
  const result = await runProgram(["doctor", "--format", "json"], { host: engine.host });
  const findings: { name: string; verdict: string; mend?: string }[] = JSON.parse(result.out);
  assertEquals(result.code, findings.some(({ verdict }) => verdict === "fail") ? 1 : 0);
  assertEquals(findings.find(({ name }) => name === "engine")?.verdict, "ok");
  for (const finding of findings) {
    if (finding.verdict !== "ok") assertEquals(typeof finding.mend, "string", finding.name);
  }
});
