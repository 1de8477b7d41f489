import { projectDirectory, runProgram } from "../cli/program.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";

/** The life of a pod by the commands that a person types. */

function shop(name: string): string {
  return `name: ${name}
services:
  web:
    image: busybox
    command: ["sh", "-c", "trap 'echo web ends; exit 0' TERM; echo web begins; while :; do sleep 0.1; done"]
    depends_on: [cache]
    healthcheck: { test: ["CMD", "true"], interval: 1s }
    stop_grace_period: 5s
  cache:
    image: busybox
    command: ["sh", "-c", "trap 'exit 0' TERM; echo cache begins; while :; do sleep 0.1; done"]
    stop_grace_period: 5s
`;
}

const mutating = /^engine: (?:POST|PUT|DELETE) /gm;

Deno.test("cli: up, look, change, and down", async (test) => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({ "compose.yaml": shop(pod) });
  const mesolet = (args: string[], input?: string) =>
    runProgram(args, {
      host: engine.host,
      directory: project.path,
      ...(input === undefined ? {} : { input }),
    });

  await test.step("plan says what up would do, and does nothing", async () => {
    const plan = await mesolet(["plan", "-d"]);
    assertEquals(plan.code, 0, plan.error);
    assertStringIncludes(plan.out, `create container ${pod}-web-1: it is not there`);
    assertEquals(await engine.engine.listContainers(pod), []);
    const json = JSON.parse((await mesolet(["plan", "-d", "--format", "json"])).out);
    assertEquals(json.pod, pod);
    assert(json.steps.length > 5);
  });

  await test.step("up --wait returns when the pod is healthy", async () => {
    const up = await mesolet(["up", "-d", "--wait"]);
    assertEquals(up.code, 0, up.error);
    assertStringIncludes(up.error, `container ${pod}-web-1: healthy`);
    assertEquals(up.out, "");
  });

  await test.step("up again changes nothing", async () => {
    const up = await mesolet(["up", "-d", "--debug"]);
    assertEquals(up.code, 0, up.error);
    assertStringIncludes(up.error, `pod ${pod}: nothing to do, 2 containers run\n`);
    assertEquals(up.error.match(mutating), null, up.error);
    assertEquals(up.error.match(/\/containers\/json/g)?.length, 1, up.error);
    assertEquals((await mesolet(["plan", "-d"])).out, "nothing to do\n");
  });

  await test.step("ps lists the pod, for people and for programs", async () => {
    const table = await mesolet(["ps"]);
    assertMatch(table.out, new RegExp(`^${pod}-web-1 +busybox +web +running \\(healthy\\)`, "m"));
    const rows = JSON.parse((await mesolet(["ps", "--format", "json", "web"])).out);
    assertEquals(rows.map((row: { service: string; state: string }) => [row.service, row.state]), [[
      "web",
      "running",
    ]]);
    const services = await runProgram(["ps", "-p", pod, "--services"], { host: engine.host });
    assertEquals(services.out, "cache\nweb\n");
  });

  await test.step("logs come in the order of time, with names", async () => {
    const logs = await mesolet(["logs"]);
    assertEquals(logs.out, "cache-1  | cache begins\nweb-1    | web begins\n");
    const bare = await mesolet(["logs", "--no-log-prefix", "-t", "web"]);
    assertMatch(bare.out, /^\d{4}-\d\d-\d\dT[\d:.]+Z web begins\n$/);
  });

  await test.step("exec passes input, output and exit code on", async () => {
    const cat = await mesolet([
      "exec",
      "-T",
      "-e",
      "WORD=hi",
      "web",
      "sh",
      "-c",
      "cat; echo $WORD >&2; exit 3",
    ], "in");
    assertEquals(cat, { code: 3, out: "in", error: "hi\n" });
    const wrong = await mesolet(["exec", "-T", "wbe", "true"]);
    assertEquals(wrong.code, 64);
    assertStringIncludes(wrong.error, "did you mean web?");
  });

  await test.step("stop, start, restart and kill", async () => {
    assertEquals((await mesolet(["stop", "web"])).code, 0);
    assertStringIncludes((await mesolet(["ps", "-a", "web"])).out, "exited (0)");
    assertEquals((await mesolet(["exec", "-T", "web", "true"])).code, 1);
    assertEquals((await mesolet(["start", "web"])).code, 0);
    const restart = await mesolet(["restart", "web"]);
    assertEquals(restart.code, 0);
    assertStringIncludes(restart.error, `container ${pod}-web-1: restarted`);
    const logs = await mesolet(["logs", "--no-log-prefix", "--tail", "-1", "web"]);
    assertEquals(logs.out, "web begins\nweb ends\nweb begins\nweb ends\nweb begins\n");
    assertEquals((await mesolet(["kill", "-s", "KILL", "web"])).code, 0);
    const events = await mesolet(["events", "--since", "10m", "--until", "0s", "--json", "web"]);
    const actions = events.out.trim().split("\n").map((line) => JSON.parse(line).action);
    assertEquals(actions.filter((action) => action === "start").length, 3, events.out);
    assert(actions.includes("die"));
    const unknown = await mesolet(["events", "wbe"]);
    assertEquals(unknown.code, 64);
    assertStringIncludes(unknown.error, "did you mean web?");
  });

  await test.step("rm removes what has ended, and asks to be told twice", async () => {
    assertEquals((await mesolet(["rm", "web"])).code, 64);
    assertEquals((await mesolet(["rm", "-f", "web"])).code, 0);
    const names = (await engine.engine.listContainers(pod)).map((container) => container.name);
    assertEquals(names.includes(`${pod}-web-1`), false);
  });

  await test.step("completion knows the services and the pods", async () => {
    assertStringIncludes((await mesolet(["__complete", "logs", "w"])).out, "web\tbusybox\n");
    const pods = await runProgram(["__complete", "down", pod.slice(0, 4)], { host: engine.host });
    assertStringIncludes(pods.out, `${pod}\t`);
  });

  await test.step("down of a service says what to do instead", async () => {
    const down = await mesolet(["down", "web"]);
    assertEquals([down.code, down.out], [64, ""]);
    assertStringIncludes(down.error, "mesolet rm -fs web");
  });

  await test.step("down by name leaves nothing, and says so when there is nothing", async () => {
    const down = await runProgram(["down", pod], { host: engine.host });
    assertEquals(down.code, 0, down.error);
    assertEquals(await engine.engine.listContainers(pod), []);
    const again = await runProgram(["down", pod], { host: engine.host });
    assertEquals(again.code, 0);
    assertStringIncludes(again.error, `there is no pod ${pod}`);
  });
});

Deno.test("cli: flags of up", async (test) => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({ "compose.yaml": shop(pod) });
  const mesolet = (...args: string[]) =>
    runProgram(args, {
      host: engine.host,
      directory: project.path,
      variables: { MESOLET_NETWORK: "services" },
    });
  const names = async () => (await engine.engine.listContainers(pod)).map(({ name }) => name).sort();

  await test.step("a service alone, without what it depends on, and not started", async () => {
    const up = await mesolet("up", "--no-start", "--no-deps", "web");
    assertEquals(up.code, 0, up.error);
    assertEquals(await names(), [`${pod}-web-1`]);
  });

  await test.step("many containers of one service", async () => {
    const up = await mesolet("up", "-d", "--scale", "cache=2");
    assertEquals(up.code, 0, up.error);
    assertEquals(await names(), [`${pod}-cache-1`, `${pod}-cache-2`, `${pod}-web-1`]);
    const logs = await mesolet("logs", "--index", "2", "cache");
    assertEquals(logs.out, "cache-2  | cache begins\n");
  });

  await test.step("everything anew", async () => {
    const before = (await engine.engine.listContainers(pod)).map(({ id }) => id);
    const up = await mesolet("up", "-d", "--force-recreate", "-t", "2");
    assertEquals(up.code, 0, up.error);
    const after = (await engine.engine.listContainers(pod)).map(({ id }) => id);
    assertEquals(after.filter((id) => before.includes(id)), []);
  });

  await test.step("the network mode of the variable, and over it that of the flag", async () => {
    const containers = await engine.engine.listContainers(pod);
    assertEquals(containers.every(({ networks }) => Object.hasOwn(networks, `${pod}_default`)), true);
    assertStringIncludes((await mesolet("plan", "--network", "none")).out, `create container ${pod}_pause`);
  });

  await test.step("plan down, and down by file", async () => {
    const plan = await mesolet("plan", "down");
    assertStringIncludes(plan.out, `remove network ${pod}_default`);
    const down = await mesolet("down", "-t", "2");
    assertEquals(down.code, 0, down.error);
    assertEquals(await names(), []);
  });
});

Deno.test("cli: a pod from standard input, by every command that reads the file", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  const spec = shop(pod).replace(
    "stop_grace_period: 5s",
    "stop_grace_period: 5s\n    pre_stop: [{ command: [sh, -c, 'true'] }]",
  );
  for (
    const args of [["config", "-q"], ["up", "-d"], ["ps"], ["stop"], ["start"], ["plan", "-d"], ["down"]]
  ) {
    const result = await runProgram(["-f", "-", ...args], { host: engine.host, input: spec });
    assertEquals(result.code, 0, `${args.join(" ")}: ${result.error}`);
  }
  assertEquals(await engine.engine.listContainers(pod), []);
});

Deno.test("cli: what changes is replaced in the default network mode, the pause container too", async (test) => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({ "compose.yaml": shop(pod) });
  const mesolet = (...args: string[]) => runProgram(args, { host: engine.host, directory: project.path });
  const ids = async () =>
    new Map((await engine.engine.listContainers(pod)).map(({ name, id }) => [name.slice(pod.length), id]));
  assertEquals((await mesolet("up", "-d")).code, 0);

  await test.step("a changed service alone", async () => {
    const before = await ids();
    await Deno.writeTextFile(
      `${project.path}/compose.yaml`,
      shop(pod).replace("echo web begins", "echo web changed"),
    );
    const up = await mesolet("up", "-d", "-t", "2");
    assertEquals(up.code, 0, up.error);
    const after = await ids();
    assertEquals([...after].filter(([name, id]) => before.get(name) !== id).map(([name]) => name), [
      "-web-1",
    ]);
    assertStringIncludes((await mesolet("logs", "web")).out, "web changed");
  });

  await test.step("everything, when it is asked for", async () => {
    const before = await ids();
    const up = await mesolet("up", "-d", "--force-recreate", "-t", "2");
    assertEquals(up.code, 0, up.error);
    const after = await ids();
    assertEquals([...after].filter(([name, id]) => before.get(name) === id), []);
    assertEquals([...after.keys()].sort(), ["-cache-1", "-web-1", "_pause"]);
  });

  await test.step("all, when the mode changes, and back", async () => {
    const there = await mesolet("up", "-d", "--network", "services", "-t", "2", "--remove-orphans");
    assertEquals(there.code, 0, there.error);
    assertEquals([...(await ids()).keys()].sort(), ["-cache-1", "-web-1"]);
    const back = await mesolet("up", "-d", "-t", "2");
    assertEquals(back.code, 0, back.error);
    assertEquals([...(await ids()).keys()].sort(), ["-cache-1", "-web-1", "_pause"]);
    assertEquals((await mesolet("down", "-t", "2")).code, 0);
  });
});
