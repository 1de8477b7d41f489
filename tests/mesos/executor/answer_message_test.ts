import { answerMessage } from "../../../src/mesos/executor/answer_message.ts";
import type { TaskRun } from "../../../src/mesos/executor/task_run.ts";
import type { ContainerStatus, PodStatus } from "../../../src/pod/status.ts";
import type { Engine, ExecuteOptions, LogLine, LogOptions } from "../../../src/docker/engine.ts";
import { assertEquals, assertStringIncludes } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

const web: ContainerStatus = {
  name: "web",
  number: 1,
  containerName: "shop-web-1",
  id: "0123",
  image: "busybox",
  state: "running",
  outOfMemory: false,
  restarts: 0,
  addresses: [],
  ports: [],
  essential: true,
};

const { id: _id, ...notMade } = web;

const status: PodStatus = {
  pod: "shop",
  phase: "running",
  reason: "",
  reasonCode: "none",
  containers: [web, { ...notMade, name: "later", containerName: "shop-later-1" }],
  observedAt: 0,
};

/** The part of an engine that messages are answered by. */
class AnsweringEngine {
  readonly logLines: LogLine[] = [{ stream: "stdout", time: "1", text: "one" }, {
    stream: "stderr",
    time: "2",
    text: "two",
  }];
  readonly logRequests: LogOptions[] = [];
  executed: readonly string[] = [];
  hangs = false;

  async *logs(_id: string, options: LogOptions): AsyncGenerator<LogLine> {
    this.logRequests.push(options);
    yield* this.logLines;
  }

  async execute(
    _id: string,
    options: ExecuteOptions,
    signal?: AbortSignal,
  ): Promise<{ readonly exitCode: number }> {
    this.executed = options.command;
    options.onOutput("stdout", new TextEncoder().encode("out "));
    options.onOutput("stderr", new TextEncoder().encode("err"));
    if (this.hangs) {
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    }
    return { exitCode: 3 };
  }
}

function taskOf(id: string, engine: AnsweringEngine, isMade = true): Pick<TaskRun, "taskId" | "pod"> {
  // Only what answering reads of an engine is there.
  const reached = { engine: engine as unknown as Engine } as NonNullable<TaskRun["pod"]>["reached"];
  const pod = { status, reached } as NonNullable<TaskRun["pod"]>;
  return { taskId: id, pod: isMade ? pod : undefined };
}

async function answersTo(
  request: unknown,
  options: {
    readonly engine?: AnsweringEngine;
    readonly tasks?: readonly Pick<TaskRun, "taskId" | "pod">[];
    readonly clock?: SteppedClock;
    readonly pass?: number;
  } = {},
): Promise<{ readonly answers: Record<string, unknown>[]; readonly lines: string[] }> {
  const engine = options.engine ?? new AnsweringEngine();
  const clock = options.clock ?? new SteppedClock();
  const answers: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const data = new TextEncoder().encode(typeof request === "string" ? request : JSON.stringify(request));
  const answering = answerMessage(data, {
    clock,
    tasks: () => options.tasks ?? [taskOf("t1", engine)],
    send: (bytes) => void answers.push(JSON.parse(new TextDecoder().decode(bytes))),
    log: (text) => void lines.push(text),
    signal: new AbortController().signal,
  });
  if (options.pass !== undefined) await clock.advance(options.pass);
  await answering;
  assertEquals(clock.sleeping, 0, "sleeps are left");
  return { answers, lines };
}

Deno.test("status: every task with its pod", async () => {
  const { answers } = await answersTo({ id: 7, status: true });
  assertEquals(answers, [{
    id: 7,
    ok: true,
    status: [{ task: "t1", pod: JSON.parse(JSON.stringify(status)) }],
  }]);
});

Deno.test("logs: the last lines of a container", async () => {
  const engine = new AnsweringEngine();
  const { answers } = await answersTo({ logs: "web", tail: 2 }, { engine });
  assertEquals(answers, [{ ok: true, logs: "one\ntwo\n", truncated: false }]);
  assertEquals(engine.logRequests, [{ follow: false, tail: 2 }]);
});

Deno.test("exec: its exit code and both of its streams", async () => {
  const engine = new AnsweringEngine();
  const { answers } = await answersTo({ exec: { container: "web-1", command: ["ls", "/"] } }, { engine });
  assertEquals(answers, [{ ok: true, exec: { exitCode: 3, output: "out err", truncated: false } }]);
  assertEquals(engine.executed, ["ls", "/"]);
});

Deno.test("exec that does not end in time is left to itself, and its output so far is told", async () => {
  const engine = new AnsweringEngine();
  engine.hangs = true;
  const { answers } = await answersTo(
    { exec: { container: "web", command: ["sleep", "100"], timeout: 5 } },
    { engine, pass: 5_000 },
  );
  assertEquals(answers, [{ ok: true, exec: { output: "out err", truncated: false } }]);
});

Deno.test("what cannot be answered is told in words", async () => {
  const engine = new AnsweringEngine();
  const both = [taskOf("t1", engine), taskOf("t2", engine)];
  const cases: [unknown, readonly Pick<TaskRun, "taskId" | "pod">[], string][] = [
    [{ logs: "web" }, [], "no task runs here"],
    [{ logs: "web", task: "t9" }, both, "no task t9 runs here"],
    [{ logs: "web" }, both, "several tasks run here: name one with task"],
    [{ logs: "web" }, [taskOf("t1", engine, false)], "the pod of t1 is not made yet"],
    [{ logs: "api" }, [taskOf("t1", engine)], "the pod has no container api: it has web, later"],
    [{ logs: "later" }, [taskOf("t1", engine)], "the container later is not made yet"],
  ];
  for (const [request, tasks, error] of cases) {
    assertEquals((await answersTo(request, { tasks })).answers, [{ ok: false, error }]);
  }
});

Deno.test("a message in another language is a line in the log, and nothing is answered", async () => {
  const { answers, lines } = await answersTo("hello");
  assertEquals(answers, []);
  assertStringIncludes(lines.join(), "a message of the framework is ignored: it is not JSON");
});
