import { projectDirectory, runProgram, startProgram } from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

Deno.test("cli: up in the foreground shows logs and ends with the pod's exit code", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  prepare:
    image: busybox
    command: ["sh", "-c", "echo prepared"]
  main:
    image: busybox
    command: ["sh", "-c", "echo one; echo two >&2; exit 7"]
    depends_on: { prepare: { condition: service_completed_successfully } }
  side:
    image: busybox
    command: ["sh", "-c", "trap 'echo side ends; exit 0' TERM; while :; do sleep 0.1; done"]
`,
  });
  const up = await runProgram(["up"], { host: engine.host, directory: project.path });
  assertEquals(up.code, 7, up.error);
  const lines = up.out.trim().split("\n");
  assertEquals(lines[0], "prepare-1  | prepared");
  // Two streams of one container come in no order that is certain.
  assertEquals(
    lines.slice(1, 3).sort(),
    ["main-1  | one", "main-1  | two"].map((line) => line.replace("main-1", "main-1   ")),
  );
  assertEquals(lines[3], "side-1     | side ends");
  assertStringIncludes(up.error, "main-1 exited with code 7");
  assertStringIncludes(up.error, `error: the pod ${pod} failed: main`);
  const states = (await engine.engine.listContainers(pod)).map(({ state }) => state);
  assertEquals(new Set(states), new Set(["exited"]));
});

Deno.test("cli: a pod whose containers all succeed ends with 0; --exit-code-from and --abort-on-container-exit", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  quick: { image: busybox, command: ["sh", "-c", "exit 0"] }
  slow:
    image: busybox
    command: ["sh", "-c", "trap 'exit 4' TERM; sleep 0.3; if [ -n \\"$WAIT\\" ]; then while :; do sleep 0.1; done; fi"]
    environment: { WAIT: "\${WAIT:-}" }
`,
  });
  const call = { host: engine.host, directory: project.path };
  assertEquals((await runProgram(["up"], call)).code, 0);
  const waiting = { ...call, variables: { WAIT: "1" } };
  const aborted = await runProgram(["up", "--abort-on-container-exit"], waiting);
  assertEquals(aborted.code, 0, aborted.error);
  const from = await runProgram(["up", "--exit-code-from", "quick"], waiting);
  assertEquals(from.code, 0, from.error);
  assertEquals((await runProgram(["up", "--exit-code-from", "quik"], waiting)).code, 64);
});

Deno.test("cli: the first Ctrl-C stops the pod well, and up again adopts what runs", async () => {
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
  const call = { host: engine.host, directory: project.path };
  {
    await using up = startProgram(["up"], call);
    await up.seen("web begins");
    up.signal("SIGHUP");
    up.signal("SIGINT");
    const result = await up.ended();
    assertEquals(result.code, 130, result.error);
    assertStringIncludes(result.out, "web-1  | web ends\n");
    assertStringIncludes(result.error, "interrupted");
  }
  assertEquals((await runProgram(["up", "-d"], call)).code, 0);
  const [before] = (await engine.engine.listContainers(pod)).filter(({ name }) => name.endsWith("-web-1"));
  {
    await using up = startProgram(["up"], call);
    await up.seen(`pod ${pod} is running`);
    const [during] = (await engine.engine.listContainers(pod)).filter(({ name }) => name.endsWith("-web-1"));
    assertEquals(during?.id, before?.id);
    up.signal("SIGTERM");
    const result = await up.ended();
    assertEquals(result.code, 143, result.error);
    // What was written before is for `logs`.
    assertEquals(result.out, "web-1  | web ends\n");
  }
});

Deno.test("cli: the second Ctrl-C kills the pod", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  // It takes its time: the same signal within 100 ms would be the same one.
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  deaf:
    image: busybox
    stop_grace_period: 10m
    command: ["sh", "-c", "trap 'sleep 0.2; echo not yet' TERM; echo begins; while :; do sleep 0.1; done"]
`,
  });
  await using up = startProgram(["up"], { host: engine.host, directory: project.path });
  await up.seen("begins");
  up.signal("SIGINT");
  await up.seen("not yet");
  up.signal("SIGINT");
  const result = await up.ended();
  assertEquals(result.code, 130, result.error);
  const states = (await engine.engine.listContainers(pod)).map(({ state }) => state);
  assert(!states.includes("running"), states.join());
});

Deno.test("cli: logs -f follows a container that starts again, and ends with the pod", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  web:
    image: busybox
    command: ["sh", "-c", "trap 'exit 0' TERM; echo begins; while :; do sleep 0.1; done"]
  other:
    image: busybox
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
`,
  });
  const call = { host: engine.host, directory: project.path };
  assertEquals((await runProgram(["up", "-d"], call)).code, 0);
  await using logs = startProgram(["logs", "-f"], call);
  await logs.seen("begins");
  assertEquals((await runProgram(["restart", "web"], call)).code, 0);
  await waitUntil("the second start is shown", () => logs.out.split("begins").length === 3);
  assertEquals((await runProgram(["stop"], call)).code, 0);
  assertEquals(await logs.ended(), { code: 0, out: "web-1    | begins\nweb-1    | begins\n", error: "" });
});

Deno.test("cli: a reader that goes away ends the program quietly", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  web: { image: busybox, command: ["sh", "-c", "seq 1 200000; sleep 1000"], stop_grace_period: 0s }
`,
  });
  const call = { host: engine.host, directory: project.path };
  assertEquals((await runProgram(["up", "-d"], call)).code, 0);
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const script =
    `"$0" run --quiet -A --node-modules-dir=manual --config "${config}" "${main}" -p "${pod}" logs -f | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, Deno.execPath()],
    env: { DOCKER_HOST: engine.host, DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "web-1  | 1\n0\n");
  assertEquals(new TextDecoder().decode(stderr), "");
});

Deno.test("cli: Ctrl-C during up -d leaves nothing of a pod that was not there before", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}
services:
  never:
    image: busybox
    command: ["sleep", "1000"]
    healthcheck: { test: ["CMD", "false"], interval: 100s, start_period: 100s }
  web: { image: busybox, command: ["true"], depends_on: { never: { condition: service_healthy } } }
`,
  });
  await using up = startProgram(["up", "-d"], { host: engine.host, directory: project.path });
  await up.seen(`container ${pod}-never-1: waiting until it is healthy`);
  up.signal("SIGINT");
  const result = await up.ended();
  assertEquals(result.code, 130, result.error);
  assertEquals(await engine.engine.listContainers(pod), []);
});
