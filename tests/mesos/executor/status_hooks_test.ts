import { runStatusHooks } from "../../../src/mesos/executor/status_hooks.ts";
import type { TaskPod } from "../../../src/mesos/task/task_pod.ts";
import { type Clock, systemClock } from "../../../src/pod/clock.ts";
import type { StatusHook, StatusMoment } from "../../../src/pod/status_hook.ts";
import { assert, assertEquals, assertMatch } from "../../support/assert.ts";
import { podOfText } from "../../support/compose_pod.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";

const hookBase = { moment: "running", timeout: 10_000, onFailure: "ignore" } as const;

function shell(script: string, more: Partial<StatusHook> = {}): StatusHook {
  return { ...hookBase, action: { kind: "command", command: ["sh", "-c", script] }, ...more };
}

function post(url: string, more: Partial<StatusHook> = {}): StatusHook {
  return { ...hookBase, action: { kind: "post", url }, ...more };
}

interface Run {
  readonly problem: string | undefined;
  readonly log: readonly string[];
  readonly sandbox: string;
}

/** Runs hooks in a sandbox, which is there until `look` has ended. */
async function run(
  hooks: readonly StatusHook[],
  look: (run: Run) => void | Promise<void>,
  options: {
    readonly moment?: StatusMoment;
    readonly signal?: AbortSignal;
    readonly clock?: Clock;
    /** Runs beside the hooks. */
    readonly meanwhile?: (sandbox: string) => Promise<void>;
  } = {},
): Promise<void> {
  const sandbox = await Deno.makeTempDir({ prefix: "mesolet-hooks-" });
  const taskPod: TaskPod = {
    pod: (await podOfText("name: shop\nservices: { web: { image: busybox } }")).pod,
    origin: { rule: "label", description: "a test", files: [] },
    ports: [],
    settings: {
      keepFailed: false,
      removeVolumes: false,
      removeImages: false,
      statusHooks: hooks,
      log: { maximumBytes: 1, files: 1 },
      cgroup: "own",
    },
    warnings: [],
  };
  const log: string[] = [];
  try {
    const running = runStatusHooks(options.moment ?? "running", {
      task: { name: "web", task_id: { value: "task-1" }, agent_id: { value: "agent-1" } },
      taskPod,
      reason: "all is up",
      exitCode: 3,
    }, {
      environment: {
        frameworkId: "framework-1",
        executorId: "executor-1",
        agentId: "agent-1",
        sandbox,
        variables: { FROM_TASK: "secret-value" },
      },
      clock: options.clock ?? systemClock,
      log: (text) => log.push(text),
      signal: options.signal ?? new AbortController().signal,
    });
    await options.meanwhile?.(sandbox);
    await look({ problem: await running, log, sandbox });
  } finally {
    await Deno.remove(sandbox, { recursive: true });
  }
}

Deno.test("the hooks of the moment run in the sandbox, in their order, with what they are to know", async () => {
  const hooks = [
    shell("env | sort > first"),
    shell("ls > second"),
    shell("touch never", { moment: "failed" }),
  ];
  await run(hooks, async ({ problem, log, sandbox }) => {
    assertEquals([problem, log], [undefined, []]);
    const variables = (await Deno.readTextFile(`${sandbox}/first`)).trim().split("\n")
      .filter((line) => !/^(PATH|PWD|SHLVL|_|OLDPWD)=/.test(line));
    assertEquals(variables.filter((line) => !line.startsWith("MESOLET_TIME=")), [
      "FROM_TASK=secret-value",
      "MESOLET_AGENT_ID=agent-1",
      "MESOLET_EXECUTOR_ID=executor-1",
      "MESOLET_EXIT_CODE=3",
      "MESOLET_FRAMEWORK_ID=framework-1",
      "MESOLET_MOMENT=running",
      "MESOLET_POD=shop",
      "MESOLET_REASON=all is up",
      "MESOLET_TASK_ID=task-1",
    ]);
    assertEquals(await Deno.readTextFile(`${sandbox}/second`), "first\nsecond\n");
  });
});

Deno.test("a hook that fails is told of with its last lines, and the others run", async () => {
  const hooks = [
    shell("seq 1 100; echo it is broken >&2; exit 4", { onFailure: "fail" }),
    shell("kill -9 $$"),
    { ...hookBase, action: { kind: "command", command: ["/no/such/program", "--password=x"] } } as const,
    shell("touch ran"),
  ];
  await run(hooks, async ({ problem, log, sandbox }) => {
    assertMatch(problem ?? "", /^the running hook sh failed: exited with code 4: .*it is broken/);
    assert((problem ?? "").length < 200);
    assertEquals(log.length, 3);
    assertMatch(log[1] ?? "", /^warning: the running hook sh failed: was ended by SIGKILL$/);
    assertMatch(log[2] ?? "", /^warning: the running hook \/no\/such\/program failed: /);
    assertEquals(log.join().includes("password"), false);
    assert(await exists(`${sandbox}/ran`));
  });
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function isRunning(processId: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${processId}/stat`).catch(() => "");
  // Who has ended and is not waited for counts as ended.
  return stat !== "" && !/\) Z /.test(stat);
}

Deno.test("a hook that takes too long is killed with what it began", async () => {
  const script = "trap '' TERM; sleep 1000 & echo $! > child; echo $$ > pid; mv pid self; wait";
  const clock = new SteppedClock();
  const meanwhile = async (sandbox: string) => {
    await waitUntil("it has begun", () => exists(`${sandbox}/self`));
    await clock.advance(9_999);
    await clock.advance(1);
  };
  await run([shell(script, { onFailure: "fail" })], async ({ problem, sandbox }) => {
    assertMatch(problem ?? "", /^Cannot wait for the running hook sh: no answer within 10 s$/);
    for (const name of ["self", "child"]) {
      const processId = Number(await Deno.readTextFile(`${sandbox}/${name}`));
      await waitUntil(`${name} is gone`, async () => !await isRunning(processId));
    }
  }, { clock, meanwhile });
});

Deno.test("hooks that are given up end, and nothing is told", async () => {
  const stop = new AbortController();
  const hooks = [
    shell("echo $$ > pid; mv pid self; sleep 1000", { onFailure: "fail" }),
    shell("touch never"),
  ];
  const meanwhile = async (sandbox: string) => {
    await waitUntil("it has begun", () => exists(`${sandbox}/self`));
    stop.abort();
  };
  await run(hooks, async ({ problem, log, sandbox }) => {
    assertEquals([problem, log], [undefined, []]);
    const processId = Number(await Deno.readTextFile(`${sandbox}/self`));
    await waitUntil("it is gone", async () => !await isRunning(processId));
    assertEquals(await exists(`${sandbox}/never`), false);
  }, { signal: stop.signal, meanwhile });
});

Deno.test("a command that leaves something running behind is not waited for", async () => {
  await run([shell("sleep 1000 & echo $! > child")], async ({ problem, log, sandbox }) => {
    assertEquals([problem, log], [undefined, []]);
    Deno.kill(Number(await Deno.readTextFile(`${sandbox}/child`)), "SIGKILL");
  });
});

Deno.test("a URL is told the facts as JSON", async () => {
  const received: unknown[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    received.push(request.method, request.headers.get("content-type"), await request.json());
    return new Response(null, { status: 204 });
  });
  await run([post(`http://127.0.0.1:${server.addr.port}/hook`)], ({ problem, log }) => {
    assertEquals([problem, log], [undefined, []]);
    const [method, type, facts] = received;
    assertEquals([method, type], ["POST", "application/json"]);
    assert(typeof facts === "object" && facts !== null && "time" in facts);
    assertEquals({ ...facts, time: "" }, {
      moment: "running",
      task: "task-1",
      pod: "shop",
      framework: "framework-1",
      executor: "executor-1",
      agent: "agent-1",
      reason: "all is up",
      exitCode: 3,
      time: "",
    });
  });
});

const answers: readonly (readonly [string, () => Response, RegExp])[] = [
  ["an error", () => new Response("no\nmore", { status: 500 }), /^HTTP 500: no$/],
  [
    "a redirect",
    () => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:1/" } }),
    /^HTTP 307$/,
  ],
  ["an endless answer", () => new Response("x".repeat(10_000_000), { status: 400 }), /^HTTP 400: x+$/],
];

for (const [name, answer, expected] of answers) {
  Deno.test(`a URL that answers with ${name} is told of`, async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await run([post(`${origin}/hook?token=secret`, { onFailure: "fail" })], ({ problem = "", log }) => {
      const front = `the running hook ${origin}/hook failed: `;
      assertEquals(problem.slice(0, front.length), front);
      assertMatch(problem.slice(front.length), expected);
      assert(problem.length < 3000);
      assertEquals(log.join().includes("secret"), false);
    });
  });
}

Deno.test("a URL that nobody answers at is told of, without what may be secret in it", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = `http://127.0.0.1:${port}/hook?token=secret`;
  await run([post(url, { onFailure: "fail" })], ({ problem = "" }) => {
    assertMatch(problem, /^the running hook http:\/\/127\.0\.0\.1:\d+\/hook failed: no answer: .*refused/);
    assertEquals(problem.includes("secret"), false);
  });
});
