/** One-off launches: strict master, strict agents, executors of the program, a real engine, and the command as people call it. */

import { MesosLabel } from "../../src/pod/labels.ts";
import { type ProgramResult, type RunningProgram, startProgram } from "../cli/program.ts";
import { machine } from "../mesos/master/simulated_agents.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { executorVariables, servedProgram } from "../support/served_program.ts";
import { waitUntil } from "../support/wait.ts";

/** A cluster of two agents that differ in name and rack, and launches on it. */
class LaunchStage implements AsyncDisposable {
  readonly master = new StrictMaster({ allocationInterval: 100 });
  readonly #program = servedProgram();
  readonly #started: RunningProgram[] = [];

  private constructor(readonly test: TestEngine) {}

  static async open(test: TestEngine): Promise<LaunchStage> {
    const stage = new LaunchStage(test);
    for (const rack of ["one", "two"]) {
      await stage.master.addStrictAgent({
        environment: executorVariables(test.host),
        description: {
          hostname: `host-${rack}`,
          resources: machine({ cpus: 32 }),
          attributes: [{ name: "rack", type: "TEXT", text: { value: rack } }],
        },
      });
    }
    return stage;
  }

  start(...args: readonly string[]): RunningProgram {
    const all = ["launch", "--master", this.master.endpoint, "--executor-uri", this.#program.uri, ...args];
    const program = startProgram(all);
    this.#started.push(program);
    return program;
  }

  run(...args: readonly string[]): Promise<ProgramResult> {
    return this.start(...args).ended();
  }

  /** Containers that run and have this label. */
  async running(of: string): Promise<number> {
    const listed = await this.test.engine.listContainers();
    return listed.filter(({ labels, state }) => labels["of"] === of && state === "running").length;
  }

  /** Waits until nothing of any framework is on the engine, and no framework is with the master. */
  async isClean(): Promise<void> {
    const { state } = this.master.host.core;
    await waitUntil("the master has no framework", () => state.frameworks.size === 0, 60_000);
    await waitUntil("nothing is left on the engine", async () => {
      const parts = await this.test.engine.listParts(MesosLabel.executor);
      return parts.every(({ labels }) => !state.removedFrameworks.has(labels[MesosLabel.framework] ?? ""));
    }, 60_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#started) await program[Symbol.asyncDispose]();
    await this.master[Symbol.asyncDispose]();
    await this.#program[Symbol.asyncDispose]();
  }
}

Deno.test("engine: launch shows the output of a container on a cluster and ends with its code", async () => {
  await using test = await testEngine();
  await using stage = await LaunchStage.open(test);

  // Killed without warning: the master takes the task off, which is looked at below.
  const [victim, patient] = [test.podName(), test.podName()];
  const killed = stage.start("--name", victim, "--label", `of=${victim}`, "busybox", "sleep", "100000");
  await waitUntil("it runs", async () => await stage.running(victim) === 1, 60_000);
  killed.signal("SIGKILL");

  const script = "echo out; echo err >&2; seq 1 40000; printf end; exit 7";
  const numbers = Array.from({ length: 40_000 }, (_, index) => `${index + 1}\n`).join("");
  const ended = stage.run("--constraint", "rack=two", "-e", "A=b", "busybox", "sh", "-c", script);
  const tooLarge = stage.run("--cpus", "1000", "--timeout", "4", "busybox", "true");
  const trap = "trap 'echo bye; exit 3' TERM; echo ready; sleep 100000 & wait";
  const interrupted = stage.start("--name", patient, "--label", `of=${patient}`, "busybox", "sh", "-c", trap);
  await interrupted.seen("ready");
  interrupted.signal("SIGINT");

  const { code, out, error } = await ended;
  assertEquals([code, out === `out\n${numbers}end`], [7, true], error);
  assert(error.includes("err\n") && error.includes("goes to host-two"), error);
  const noPlace = await tooLarge;
  assertEquals(noPlace.code, 75);
  assert(/2 of 2 agents: cpus: 1000.1 needed, 3\d\S* offered at most/.test(noPlace.error), noPlace.error);
  const ending = await interrupted.ended();
  assertEquals([ending.code, ending.out], [3, "ready\nbye\n"], ending.error);

  const missing = await stage.run("--pull", "never", "busybox:missing", "true");
  assertEquals(missing.code, 125, missing.error);
  await stage.isClean();
  assertEquals([await stage.running(victim), await stage.running(patient)], [0, 0]);
  const known = /was answered (403|404|503)|failover_timeout/;
  assertEquals(stage.master.breaches.filter((breach) => !known.test(breach)), []);
});

Deno.test("engine: what launch detaches goes on, is attached to and stopped; --pod runs a file", async () => {
  await using test = await testEngine();
  await using stage = await LaunchStage.open(test);
  const [worker, sleeper] = [test.podName(), test.podName()];
  const waits = "echo begun; until [ -f /go ]; do sleep 0.1; done; echo done; exit 4";
  const detached = stage.run("-d", "--name", worker, "--label", `of=${worker}`, "busybox", "sh", "-c", waits);
  const other = stage.run("-d", "--name", sleeper, "--label", `of=${sleeper}`, "busybox", "sleep", "100000");
  const [first, second] = await Promise.all([detached, other]);
  assertEquals([first.code, second.code], [0, 0], first.error + second.error);
  assertEquals([await stage.running(worker), await stage.running(sleeper)], [1, 1]);

  // Ctrl-C leaves it running, and another one shows the output from its beginning.
  const id = first.out.trim();
  const looking = stage.start("--attach", id);
  await looking.seen("begun");
  looking.signal("SIGINT");
  assertEquals((await looking.ended()).code, 130);
  assertEquals(await stage.running(worker), 1);
  const attached = stage.start("--attach", id);
  await attached.seen("begun");
  // Another master changes nothing.
  await stage.master.restart({ downFor: 300 });
  const [container] = (await test.engine.listContainers()).filter(({ labels }) => labels["of"] === worker);
  const touch = new Deno.Command("docker", {
    args: ["-H", test.host, "exec", container?.id ?? "", "touch", "/go"],
    stdout: "null",
  });
  assertEquals((await touch.output()).code, 0);
  const end = await attached.ended();
  assertEquals(end.code, 4, end.error);
  assertEquals(end.out, "begun\ndone\n");

  const stopped = await stage.run("--stop", second.out.trim());
  assertEquals([stopped.code, await stage.running(sleeper)], [0, 0], stopped.error);

  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(
      file,
      `
services:
  first: {image: busybox, command: [sh, -c, "echo one; echo two >&2"]}
  second: {image: busybox, command: [echo, three], depends_on: {first: {condition: service_completed_successfully}}}
x-pod: {resources: {cpus: 0.1, memory: 32m}, placement: {require: {rack: two}}}
`,
    );
    const pod = await stage.run("--pod", file);
    assertEquals(pod.code, 0, pod.error);
    assertEquals(pod.out, "first-1   | one\nsecond-1  | three\n");
    assert(pod.error.includes("first-1   | two\n") && pod.error.includes("host-two"), pod.error);
  } finally {
    await Deno.remove(file);
  }
  const gone = await stage.run("--attach", id);
  assertEquals([gone.code, gone.error.includes("it is over")], [66, true], gone.error);
  await stage.isClean();
});
