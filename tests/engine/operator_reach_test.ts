/** People reach their pods on a cluster: `ps`, `logs`, `events` and `exec` through an operator and the pods' agents. */

import { StrictMaster } from "../mesos/master/strict_master.ts";
import { runProgram, startProgram } from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { RunningOperator } from "../support/running_operator.ts";
import { executorVariables, servedProgram } from "../support/served_program.ts";
import { waitUntil } from "../support/wait.ts";

const seconds = 60_000;

Deno.test("engine: pods on a cluster are listed, read, followed and entered from anywhere", async () => {
  await using test = await testEngine();
  await using program = servedProgram();
  await using master = new StrictMaster({ allocationInterval: 100 });
  await using operator = new RunningOperator(test);
  const agent = await master.addStrictAgent({
    environment: { ...executorVariables(test.host), MESOLET_CACHE_DIR: operator.directory },
  });
  const [web, broken] = [test.podName(), test.podName()];
  operator.put(
    "web.yaml",
    `
name: ${web}
services:
  api: {image: busybox, command: [sh, -c, 'echo 2026-01-01T00:00:01Z first; trap "exit 0" TERM; while true; do sleep 1 & wait $!; done']}
  db: {image: busybox, command: [sh, -c, 'echo 2026-01-01T00:00:02Z second; trap "exit 0" TERM; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo third; sleep 600 & wait $!']}
x-pod: {resources: {cpus: 0.1, memory: 32m}}
`,
  );
  operator.put(
    "broken.yaml",
    `
name: ${broken}
services: {job: {image: busybox, command: [sh, -c, 'echo cannot work >&2; exit 4']}}
x-pod: {resources: {cpus: 0.1, memory: 32m}}
`,
  );
  const address = `unix:${operator.directory}/.operator.sock`;
  operator.start(
    [
      ["--target", "mesos", "--master", master.endpoint, "--executor-uri", program.uri],
      ["--state", `${operator.directory}/.state/framework.db`, "--listen", address, "--stop-pods"],
    ].flat(),
  );
  // Nothing of it may need an engine.
  const call = { host: "unix:///nowhere/engine.sock", variables: { MESOLET_OPERATOR: address } };
  const mesolet = async (...args: string[]) => await runProgram(args, call);

  await operator.told("subscribed at the master");
  await waitUntil("the pod runs", async () => / running +yes /.test((await mesolet("ps")).out), seconds);
  const containers = async () => JSON.parse((await mesolet("ps", "--format", "json", web)).out || "[]");
  await waitUntil("its containers are written down", async () => {
    const found: { container?: { name: string; state: string } }[] = await containers();
    return found.map(({ container }) => `${container?.name} ${container?.state}`).join() ===
      "api running,db running";
  }, seconds);

  const lines = "0/api-1  | 2026-01-01T00:00:01Z first\n0/db-1   | 2026-01-01T00:00:02Z second\n";
  await waitUntil(
    "the output is in the sandbox",
    async () => (await mesolet("logs", web)).out === lines,
    seconds,
  );
  assertEquals(
    (await mesolet("logs", "--no-log-prefix", "-n", "1", web, "db")).out,
    "2026-01-01T00:00:02Z second\n",
  );

  await using following = startProgram(["logs", "-f", "-n", "0", web], call);
  const exec = await mesolet(
    "exec",
    "-T",
    "-e",
    "WORD=a b",
    `${web}/0`,
    "db",
    "sh",
    "-c",
    'echo "$WORD" >&2; touch /tmp/go; exit 3',
  );
  assertEquals([exec.code, exec.out, exec.error], [3, "", "a b\n"]);
  const piped = await runProgram(["exec", "-T", web, "api", "cat"], { ...call, input: "through\n" });
  assertEquals(piped, { code: 0, out: "through\n", error: "" });
  await following.seen("0/db-1  | third");
  const wrong = await mesolet("exec", "-T", web, "true");
  assertEquals(wrong.code, 64);
  assertStringIncludes(wrong.error, "it has api, db");

  // Why did it fail? Its sandbox says so, while the next one is waited for.
  await waitUntil("the last instance tells", async () => {
    return (await mesolet("logs", "--previous", broken)).out.includes("0/job-1  | cannot work");
  }, seconds);
  await waitUntil("the list tells why", async () => {
    return (await mesolet("ps")).out.includes("exited with code 4; its last lines: | cannot work");
  }, seconds);
  const events = await mesolet("events", "--since", "1h", "--until", "0s", broken);
  assertStringIncludes(events.out, "instance 0 is launched on");
  assert(!events.out.includes(`${web}: `));

  assertEquals(await operator.end(), 0);
  await waitUntil("the executors end", async () => (await agent.executors()).length === 0, seconds);
  assertEquals(await agent.problems(), []);
});
