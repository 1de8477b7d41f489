import { runNestedSession } from "../../../src/mesos/agent_sessions/nested_session.ts";
import { exitCodeIn } from "../../../src/mesos/agent_sessions/session_messages.ts";
import type { DoorAccess } from "../../../src/mesos/agent_files/agent_door.ts";
import type { WindowSize } from "../../../src/mesos/agent_sessions/session_messages.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { makeCertificates } from "../wire/certificates.ts";
import { NestedSessions } from "../master/nested_sessions.ts";

const ids = { frameworkId: "F", executorId: "E" } as const;

/** An agent with one executor: a process that waits. */
async function withAgent(
  test: (
    agent: { readonly port: number; readonly sessions: NestedSessions; readonly sandbox: string },
  ) => Promise<void>,
  options: {
    readonly refuse?: number;
    readonly tls?: { readonly cert: string; readonly key: string };
    /** Of `Authorization`. */
    readonly wants?: string;
  } = {},
): Promise<void> {
  const { refuse, tls, wants } = options;
  const sandbox = await Deno.makeTempDir({ prefix: "mesolet-agent-" });
  const executor = new Deno.Command("sleep", {
    args: ["600"],
    env: { FROM_EXECUTOR: "yes" },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const sessions = new NestedSessions(() =>
    Promise.resolve([{ ...ids, containerId: "C", pid: executor.pid, sandbox, command: {} }])
  );
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls },
    async (request) => {
      if (wants !== undefined && request.headers.get("authorization") !== wants) {
        return new Response("", {
          status: 401,
        });
      }
      if (request.headers.get("content-type") === "application/recordio") {
        return await sessions.attachInput(request);
      }
      const call = await request.json();
      return refuse !== undefined && !call.type.startsWith("GET_")
        ? new Response("", { status: refuse })
        : await sessions.answer(request.headers, call) ?? new Response("", { status: 501 });
    },
  );
  try {
    await test({ port: server.addr.port, sessions, sandbox });
  } finally {
    await sessions[Symbol.asyncDispose]();
    executor.kill("SIGKILL");
    await executor.status;
    await server.shutdown();
    await Deno.remove(sandbox, { recursive: true });
  }
}

interface Told {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function run(
  port: number,
  script: string,
  options: {
    readonly stdin?: ReadableStream<Uint8Array>;
    readonly signal?: AbortSignal;
    readonly executorId?: string;
    readonly access?: DoorAccess;
    readonly size?: WindowSize;
    readonly resizes?: (changed: (size: WindowSize) => void) => () => void;
    readonly seen?: (text: string) => void;
  } = {},
): Promise<Told> {
  const texts = { stdout: "", stderr: "" };
  const { signal = new AbortController().signal, seen, ...others } = options;
  const code = await runNestedSession({
    agent: { hostname: "127.0.0.1", port },
    access: { clock: systemClock },
    ...ids,
    script: () => script,
    stdin: ReadableStream.from([]),
    onOutput: (stream, bytes) => {
      texts[stream] += new TextDecoder().decode(bytes);
      seen?.(texts.stdout);
    },
    ...others,
  }, signal);
  return { code, out: texts.stdout, error: texts.stderr };
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a command runs in the executor's sandbox with its environment, and its streams and its exit code come back", async () => {
  await withAgent(async ({ port, sandbox, sessions }) => {
    const told = await run(port, "pwd; echo $FROM_EXECUTOR >&2; cat; exit 3", {
      stdin: ReadableStream.from([bytes("one\n"), bytes("two\n")]),
    });
    assertEquals(told, { code: 3, out: `${sandbox}\none\ntwo\n`, error: "yes\n" });
    assertEquals(sessions.notes, ["EOF"]);
    assertEquals((await run(port, "kill -9 $$")).code, 137);
    const much = await run(port, "head -c 3000000 /dev/zero | tr '\\0' x");
    assertEquals(much.out.length, 3_000_000);
  });
});

Deno.test("input that nobody reads harms nothing", async () => {
  await withAgent(async ({ port }) => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes("y\n".repeat(9_000))),
    });
    assertEquals((await run(port, "echo done", { stdin: endless })).out, "done\n");
    const silent = new ReadableStream<Uint8Array>({});
    assertEquals((await run(port, "echo done", { stdin: silent })).code, 0);
  });
});

Deno.test("a terminal has the size of ours, and learns of a new one", async () => {
  await withAgent(async ({ port, sessions }) => {
    let resize = (_: WindowSize) => {};
    const typing = new TransformStream<Uint8Array, Uint8Array>();
    const writer = typing.writable.getWriter();
    const running = run(port, "stty size; read line; echo got $line; exit 5", {
      size: { columns: 100, rows: 40 },
      stdin: typing.readable,
      resizes: (changed) => {
        resize = changed;
        return () => {};
      },
    });
    await waitUntil("it can be resized", () => {
      resize({ columns: 120, rows: 50 });
      return sessions.notes.includes("TTY_INFO 50x120");
    });
    await writer.write(bytes("word\n"));
    const { code, out } = await running;
    assertEquals(code, 5);
    assertStringIncludes(out, "40 100");
    assertStringIncludes(out, "got word");
    await writer.close().catch(() => {});
  });
});

Deno.test("a signal is passed on, and the session ends with it at the latest", async () => {
  await withAgent(async ({ port, sessions }) => {
    const interrupt = new AbortController();
    const reason = new MesoletError("interrupted", 130);
    const error = await assertRejects(() =>
      run(port, "trap 'echo ending; exit 0' TERM; echo ready; while true; do sleep 0.05; done", {
        signal: interrupt.signal,
        seen: (text) => text.includes("ready") && interrupt.abort(reason),
      })
    );
    assertEquals(error, reason);
    await waitUntil("it is told", () => sessions.notes.includes("SIGTERM"));
  });
});

Deno.test("what an agent refuses is said in one line", async () => {
  await withAgent(async ({ port }) => {
    const error = await assertRejects(() => run(port, "true", { executorId: "other" }), MesoletError);
    assertStringIncludes(error.message, "runs no executor other any more");
  });
  await withAgent(async ({ port }) => {
    const error = await assertRejects(() => run(port, "true"), MesoletError);
    assertStringIncludes(error.message, "answers 403: it does not allow sessions to nobody in particular");
  }, { refuse: 403 });
});

Deno.test("agents are asked by TLS, by whom they want to know", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-session-tls-" });
  try {
    const made = await makeCertificates(directory, "IP:127.0.0.1");
    const read = (path: string) => Deno.readTextFileSync(path);
    const tls = { verify: true, authorities: [read(made.authority)] };
    const access = { clock: systemClock, tls, credential: { principal: "me", secret: "oh" } };
    await withAgent(async ({ port }) => {
      const told = await run(port, "cat; exit 4", { access, stdin: ReadableStream.from([bytes("in")]) });
      assertEquals(told, { code: 4, out: "in", error: "" });
      const nobody = await assertRejects(
        () => run(port, "true", { access: { clock: systemClock, tls } }),
        MesoletError,
      );
      assertStringIncludes(nobody.message, "answers 401: it wants to know who asks");
    }, { tls: { cert: read(made.server), key: read(made.serverKey) }, wants: "Basic bWU6b2g=" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("exit codes of wait statuses", () => {
  const answer = (exit_status: unknown) => exitCodeIn({ wait_nested_container: { exit_status } });
  assertEquals([answer(0), answer(256), answer(3 * 256), answer(9), answer(15), answer(undefined)], [
    0,
    1,
    3,
    137,
    143,
    undefined,
  ]);
});
