import { runProgram } from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

function specOf(pod: string, more = ""): string {
  return `name: ${pod}
services:
  api: {image: busybox, command: ${goesOn}${more}}
  cache: {image: busybox, command: ["sh", "-c", "echo warm; trap 'exit 0' TERM; sleep 10000 & wait"]}
`;
}

Deno.test("operator: put, change, rename, break, repair, delete: just what changed, and the events say why", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pod = engine.podName();
  operator.start();
  await operator.told("keeps the pods of");
  operator.put("web.yaml", specOf(pod));
  await operator.told(`${pod}: runs`);
  const first = await livesOf(engine, [pod]);
  assertEquals(first.size, 3);

  operator.put("web.yaml", specOf(pod, ', environment: {DEBUG: "1"}'));
  await operator.told(`${pod}: container api replaced: environment changed (DEBUG)`);
  let second = await livesOf(engine, [pod]);
  await waitUntil("what was replaced is removed", async () => {
    second = await livesOf(engine, [pod]);
    return second.size === 3;
  });
  const kept = [...second].filter(([id, life]) => first.get(id) === life).map(([, life]) =>
    life.split(" ")[0]
  );
  assertEquals(kept.sort(), [`${pod}-cache-1`, `${pod}_pause`]);

  // A rename adopts; a spec that is broken harms nothing, and is told with its place.
  Deno.renameSync(`${operator.directory}/web.yaml`, `${operator.directory}/site.yml`);
  await operator.told(`${pod}: its spec is ${operator.directory}/site.yml now`);
  operator.put("site.yml", `name: ${pod}\nservices:\n  api: {image: busybox, ports: {\n`);
  await operator.told("site.yml:");
  assert(operator.events.some(({ kind, text }) => kind === "spec" && /site\.yml:\d+:\d+: /.test(text)));
  assertEquals(await livesOf(engine, [pod]), second);
  operator.put("site.yml", specOf(pod, ', environment: {DEBUG: "1"}'));
  await operator.told("all specs are right again");
  assertEquals(await livesOf(engine, [pod]), second);

  operator.take("site.yml");
  await operator.told(`${pod}: is removed: its spec is gone`);
  assertEquals(await engine.engine.listContainers(pod), []);
  assertEquals(await operator.end(), 0);
});

Deno.test("operator: SIGTERM leaves the pods, a restart adopts them, --stop-pods takes them down", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pods = [engine.podName(), engine.podName()];
  for (const pod of pods) operator.put(`${pod}.yaml`, specOf(pod));
  operator.start();
  for (const pod of pods) await operator.told(`${pod}: runs`);
  const lives = await livesOf(engine, pods);
  assertEquals(await operator.end(), 0);
  assertEquals(operator.events.at(-1)?.text, "ends, and its pods go on");
  assertEquals(await livesOf(engine, pods), lives);
  operator.start(["--stop-pods"]);
  for (const pod of pods) await operator.told(`${pod}: adopted: 2 containers run`);
  assertEquals(await livesOf(engine, pods), lives);
  assertEquals(await operator.end("SIGINT"), 0);
  assertEquals(await livesOf(engine, pods), new Map());
});

Deno.test("operator: a second one is refused with the first one's pid; ps, logs and events work beside it and without", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pod = engine.podName();
  operator.put(`${pod}.yaml`, specOf(pod));
  operator.start();
  await operator.told(`${pod}: runs`);
  const call = { host: engine.host, directory: operator.directory };
  const second = await runProgram(["run", operator.directory, "--listen", "none"], call);
  assertEquals(second.code, 75);
  assert(/on this engine: process \d+\. Stop it first/.test(second.error), second.error);
  const look = async () => {
    const ps = await runProgram(["-p", pod, "ps", "--format", "json"], call);
    assertEquals(JSON.parse(ps.out).length, 2, ps.error);
    const logs = await runProgram(["-p", pod, "logs", "cache"], call);
    assertStringIncludes(logs.out, "warm");
    const events = await runProgram(["-p", pod, "events", "--since", "10m", "--until", "0s"], call);
    assertStringIncludes(events.out, `${pod}-api-1 start`);
  };
  await look();
  operator.program.signal("SIGKILL");
  await operator.program.ended();
  await look();
  operator.start(["--stop-pods"]);
  await operator.told(`${pod}: adopted`);
  assertEquals(await operator.end(), 0);
});

Deno.test("operator: ps tells what is wrong with specs, with its place, as long as an operator runs", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const pod = engine.podName();
  operator.put(`${pod}.yaml`, specOf(pod));
  operator.start(["--listen", `unix:${operator.directory}/.status`, "--stop-pods"]);
  await operator.told(`${pod}: runs`);
  const call = { host: engine.host, directory: operator.directory };
  assertEquals((await runProgram(["-p", pod, "ps"], call)).error, "");
  operator.put(`${pod}.yaml`, `name: ${pod}\nservices:\n  api:\n    image: [busybox]\n`);
  await operator.told("the last good version goes on");
  const ps = await runProgram(["-p", pod, "ps"], call);
  assert(
    new RegExp(
      `^warning: ${operator.directory}/${pod}\\.yaml:4:\\d+: services\\.api\\.image: .*goes on\\)$`,
      "m",
    )
      .test(ps.error),
    ps.error,
  );
  assertEquals(await operator.end(), 0);
  assertEquals((await runProgram(["-p", pod, "ps"], call)).error, "");
});

Deno.test("operator: orphans of the directory go, pods of others and by hand stay; SIGHUP looks again", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  await using other = new RunningOperator(engine);
  const [orphan, stays, foreign, plain] = [
    engine.podName(),
    engine.podName(),
    engine.podName(),
    engine.podName(),
  ];
  for (const pod of [orphan, stays]) operator.put(`${pod}.yaml`, specOf(pod));
  other.put("foreign.yaml", specOf(foreign));
  operator.start();
  other.start();
  await other.told(`${foreign}: runs`);
  for (const pod of [orphan, stays]) await operator.told(`${pod}: runs`);
  await operator.end();
  await other.end();
  Deno.writeTextFileSync(`${other.directory}/plain.txt`, specOf(plain));
  const up = await runProgram(["-f", `${other.directory}/plain.txt`, "up", "-d"], { host: engine.host });
  assertEquals(up.code, 0, up.error);
  const lives = await livesOf(engine, [stays, foreign, plain]);
  operator.take(`${orphan}.yaml`);
  operator.start();
  await operator.told(`${orphan}: is removed: its spec is gone`);
  assertEquals(await engine.engine.listContainers(orphan), []);
  operator.program.signal("SIGHUP");
  assertEquals(await operator.end(), 0);
  assertEquals(await livesOf(engine, [stays, foreign, plain]), lives);
  for (const pod of [stays, foreign, plain]) await runProgram(["down", pod], { host: engine.host });
});

Deno.test("operator: the specs of examples/operator run", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  const examples = new URL("../../examples/operator/pods", import.meta.url).pathname;
  Deno.removeSync(operator.directory);
  await new Deno.Command("cp", { args: ["-r", examples, operator.directory] }).output();
  operator.start(["--stop-pods"]);
  await operator.told("clock: runs");
  await operator.told("page: runs");
  await waitUntil("the page is served", async () => {
    const answer = await fetch("http://127.0.0.1:18090/").catch(() => undefined);
    const text = await answer?.text();
    return answer?.ok === true && text !== "";
  });
  assertEquals(await operator.end(), 0);
  await runProgram(["down", "page", "-v"], { host: engine.host });
  assertEquals((await livesOf(engine, ["clock", "page"])).size, 0);
});
