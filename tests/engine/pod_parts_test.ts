import { Label } from "../../src/pod/labels.ts";
import type { Step } from "../../src/plan/step.ts";
import type { EngineEvent } from "../../src/docker/engine.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";
import { apply, base, bytes, create, logs, output } from "../support/applying.ts";

const files = [
  { path: "/run/secrets/deep/token", bytes: bytes("secret\n"), uid: 103, gid: 104, mode: 0o440 },
  { path: "/etc/app.conf", bytes: bytes("config\n"), uid: 0, gid: 0, mode: 0o444 },
  { path: "/tmp/binary", bytes: Uint8Array.of(0, 255, 10), uid: 0, gid: 0, mode: 0o400 },
];

Deno.test("engine: copied files have their owner and mode, and directories keep theirs", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const script = "stat -c '%a %u %g %n' /run/secrets/deep/token /etc/app.conf /run/secrets /etc /tmp; " +
    "cat /run/secrets/deep/token /etc/app.conf; od -An -tx1 /tmp/binary";
  await apply(test, context, create(pod, "web", { Cmd: ["sh", "-c", script], User: "0" }), {
    ...base,
    kind: "copy-files",
    target: { name: `${pod}-web-1` },
    files,
  });
  assertEquals(await output(test, context, `${pod}-web-1`), [
    "440 103 104 /run/secrets/deep/token",
    "444 0 0 /etc/app.conf",
    "755 0 0 /run/secrets",
    "755 0 0 /etc",
    "1777 0 0 /tmp",
    "secret",
    "config",
    " 00 ff 0a",
  ]);
});

Deno.test("engine: files for a read-only root go onto its volumes, and only there", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const volume = `${pod}_files`;
  const mount = { Type: "volume", Source: volume, Target: "/run/secrets", VolumeOptions: { NoCopy: true } };
  await apply(
    test,
    context,
    {
      ...base,
      kind: "create-volume",
      name: volume,
      body: { Name: volume, Labels: { [Label.pod]: pod } },
    },
    create(pod, "web", { Cmd: ["sh", "-c", "stat -c '%a %u %g' /run/secrets/deep/token; touch /x"] }, {
      ReadonlyRootfs: true,
      Mounts: [mount],
    }),
  );
  const target = { name: `${pod}-web-1` };
  const copy = { ...base, kind: "copy-files" as const, target };
  await apply(test, context, { ...copy, files: files.slice(0, 1) }, {
    ...base,
    kind: "start-container",
    target,
  });
  const seen = await logs(test, target.name, true);
  // One is written to standard output, one to standard error: which comes first is nobody's promise.
  assertEquals(seen.map(({ text }) => text).sort(), ["440 103 104", "touch: /x: Read-only file system"]);
  const outside = { ...copy, files };
  const error = await assertRejects(
    () => test.engine.apply(outside, context),
    EngineError,
    "lies on no writable volume",
  );
  assertStringIncludes(error.message, "/etc/app.conf");
});

Deno.test("engine: waiting ends with the condition, or when it can no longer be reached", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const health = (test: string, retries: number) => ({
    Test: ["CMD-SHELL", test],
    Interval: 100_000_000,
    Retries: retries,
  });
  const wait = (name: string, condition: "running" | "healthy" | "completed") =>
    test.engine.apply(
      { ...base, kind: "wait-container", target: { name: `${pod}-${name}-1` }, condition },
      context,
    );
  const start = (name: string) =>
    test.engine.apply({ ...base, kind: "start-container", target: { name: `${pod}-${name}-1` } }, context);
  await apply(
    test,
    context,
    create(pod, "good", {
      Cmd: ["sh", "-c", "sleep 0.3; touch /ok; sleep 1000"],
      Healthcheck: health("test -e /ok", 100),
    }),
    create(pod, "bad", { Cmd: ["sleep", "1000"], Healthcheck: health("false", 1) }),
    create(pod, "plain", { Cmd: ["sleep", "1000"] }),
    create(pod, "job", { Cmd: ["sleep", "0.2"] }),
    create(pod, "broken", { Cmd: ["sh", "-c", "exit 4"] }),
  );
  // Waiting begins before the start.
  const waits = [wait("good", "healthy"), wait("good", "running"), wait("job", "completed")];
  const failures = [
    assertRejects(() => wait("bad", "healthy"), EngineError, "is unhealthy"),
    assertRejects(() => wait("plain", "healthy"), EngineError, "has no health check"),
    assertRejects(() => wait("broken", "completed"), EngineError, "exited with code 4"),
  ];
  for (const name of ["good", "bad", "plain", "job", "broken"]) await start(name);
  await Promise.all([...waits, ...failures]);
  const gone = wait("plain", "completed");
  const refused = assertRejects(() => gone, EngineError, "was removed before it was completed");
  await apply(test, context, {
    ...base,
    kind: "remove-container",
    target: { name: `${pod}-plain-1` },
    force: true,
    volumes: false,
  });
  await refused;
  const healths = (await test.engine.listContainers(pod)).map(({ name, health }) => [name, health ?? ""]);
  assertEquals(Object.fromEntries(healths)[`${pod}-good-1`], "healthy");
  assertEquals(Object.fromEntries(healths)[`${pod}-bad-1`], "unhealthy");
  const detail = await test.engine.inspect(`${pod}-good-1`);
  assertEquals([detail?.health, detail?.exitCode, detail?.tty], ["healthy", 0, false]);
});

Deno.test("engine: a hook that fails is an error with what it wrote", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  await apply(test, context, create(pod, "web", { Cmd: ["sleep", "1000"] }), {
    ...base,
    kind: "start-container",
    target,
  });
  const hook = (script: string, attached: boolean): Step<"run-hook"> => ({
    ...base,
    kind: "run-hook",
    hook: "post_start",
    target,
    body: { Cmd: ["sh", "-c", script], AttachStdout: attached, AttachStderr: attached },
  });
  const failing = "echo no database >&2; sleep 0.1; exit 3";
  for (const [attached, said] of [[true, "no database"], [false, "what it wrote is not kept"]] as const) {
    await apply(test, context, hook("echo fine; sleep 0.1; touch /ran; exit 0", attached));
    const run = () => test.engine.apply(hook(failing, attached), context);
    await assertRejects(run, EngineError, `exit code 3: ${said}`);
  }
});

Deno.test("engine: commands get input, give both outputs and their exit code, with and without a terminal", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  await apply(test, context, create(pod, "web", { Cmd: ["sleep", "1000"] }), {
    ...base,
    kind: "start-container",
    target,
  });
  const run = async (command: string[], more: Record<string, unknown> = {}) => {
    const seen = { stdout: "", stderr: "" };
    const decoder = new TextDecoder();
    const { exitCode } = await test.engine.execute(target.name, {
      command,
      tty: false,
      onOutput: (stream, chunk) => seen[stream] += decoder.decode(chunk),
      ...more,
    });
    return [exitCode, seen.stdout, seen.stderr];
  };
  assertEquals(await run(["sh", "-c", "echo out; echo err >&2; exit 42"]), [42, "out\n", "err\n"]);
  const large = "0123456789".repeat(100_000);
  const stdin = new Blob([large]).stream();
  assertEquals(await run(["sh", "-c", "wc -c; echo end"], { stdin }), [0, "1000000\nend\n", ""]);
  // A command that does not read its input to the end.
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
  });
  assertEquals(await run(["sh", "-c", "head -c 3 >/dev/null; echo done"], { stdin: endless }), [
    0,
    "done\n",
    "",
  ]);
  assertEquals(
    await run(["sh", "-c", "id -u; pwd; echo $A"], {
      user: "33",
      workingDirectory: "/tmp",
      environment: ["A=b"],
    }),
    [0, "33\n/tmp\nb\n", ""],
  );
  const terminal = { tty: true, size: { rows: 30, columns: 100 } };
  const [code, shown] = await run(["sh", "-c", "sleep 0.2; tty; stty size; exit 5"], terminal);
  assertEquals(code, 5);
  assertMatch(String(shown), /^\/dev\/pts\/\d+\r\n30 100\r\n$/);
  let resize: (size: { rows: number; columns: number }) => void = () => {};
  let stopped = 0;
  const resized = test.engine.execute(target.name, {
    command: [
      "sh",
      "-c",
      'until [ "$(stty size)" = "40 120" ]; do stty size; sleep 0.05; done; echo resized',
    ],
    ...terminal,
    resizes: (changed) => {
      resize = changed;
      return () => stopped++;
    },
    onOutput: (_, chunk) => {
      if (!new TextDecoder().decode(chunk).includes("30 100")) return;
      // A terminal that says nothing of its size changes nothing.
      resize({ rows: 0, columns: 0 });
      resize({ rows: 39, columns: 119 });
      resize({ rows: 40, columns: 120 });
    },
  });
  assertEquals([(await resized).exitCode, stopped], [0, 1]);
  const [missing, told] = await run(["none-such"]);
  assertEquals(missing, 126);
  assertStringIncludes(String(told), "none-such");
  const stop = new AbortController();
  const hanging = test.engine.execute(
    target.name,
    {
      command: ["sh", "-c", "echo here; sleep 1000"],
      tty: false,
      onOutput: () => stop.abort(new Error("enough")),
    },
    stop.signal,
  );
  await assertRejects(() => hanging, Error, "enough");
});

Deno.test("engine: logs are followed to the end, cut to the last lines, and told apart", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const context = test.context();
  const script = "echo first; sleep 0.1; echo error >&2; sleep 0.1; printf grün; sleep 0.1; echo last";
  await apply(
    test,
    context,
    create(pod, "web", { Cmd: ["sh", "-c", script] }),
    create(pod, "tty", { Cmd: ["sh", "-c", "echo shown; echo also >&2"], Tty: true }),
    { ...base, kind: "start-container", target: { name: `${pod}-web-1` } },
    { ...base, kind: "start-container", target: { name: `${pod}-tty-1` } },
  );
  const lines = await logs(test, `${pod}-web-1`, true);
  assertEquals(lines.map(({ stream, text }) => [stream, text]), [
    ["stdout", "first"],
    ["stderr", "error"],
    ["stdout", "grünlast"],
  ]);
  for (const { time } of lines) assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  const terminal = await logs(test, `${pod}-tty-1`, true);
  assertEquals(terminal.map(({ stream, text }) => [stream, text]), [["stdout", "shown"], ["stdout", "also"]]);
  const never = new AbortController().signal;
  const tail = await Array.fromAsync(test.engine.logs(`${pod}-web-1`, { follow: false, tail: 1 }, never));
  assertEquals(tail.map(({ text }) => text), ["grünlast"]);
  const second = Date.parse(lines[1]?.time ?? "");
  const since = await Array.fromAsync(
    test.engine.logs(`${pod}-web-1`, { follow: false, since: second }, never),
  );
  assertEquals(since.map(({ text }) => text), ["error", "grünlast"]);
  assertEquals(await logs(test, "none-such"), []);
});

Deno.test("engine: events of a pod are told from a moment on, with exit codes, health and renames", async () => {
  await using test = await testEngine();
  const [pod, other] = [test.podName(), test.podName()];
  const context = test.context();
  const since = Date.now() - 1;
  const stop = new AbortController();
  const seen: EngineEvent[] = [];
  const watch = async (from?: number) => {
    for await (
      const event of test.engine.events({ pod, ...(from === undefined ? {} : { since: from }) }, stop.signal)
    ) {
      seen.push(event);
      if (event.action === "destroy") return;
    }
  };
  const live = watch(since);
  const target = { name: `${pod}-web-1` };
  await apply(
    test,
    context,
    create(other, "web", {}),
    create(pod, "web", {
      Cmd: ["sh", "-c", "sleep 0.5; exit 7"],
      Healthcheck: { Test: ["CMD", "true"], Interval: 100_000_000 },
    }),
    { ...base, kind: "start-container", target },
    { ...base, kind: "wait-container", target, condition: "healthy" },
  );
  await waitUntil("it has ended", async () => (await test.engine.inspect(target.name))?.state === "exited");
  await apply(test, context, { ...base, kind: "remove-container", target, force: false, volumes: false });
  await live;
  const told = () =>
    seen.map(({ action, exitCode, health }) => [action, exitCode ?? health ?? ""].join(" ").trim());
  const whole = ["create", "start", "health healthy", "die 7", "destroy"];
  assertEquals(told(), whole);
  assert(
    seen.every(({ containerName, labels }) => containerName === target.name && labels[Label.pod] === pod),
  );
  // The past is told again to one who comes late.
  seen.length = 0;
  await watch(since);
  assertEquals(told(), whole);
  stop.abort();
  // Leaving the loop early leaves nothing open, and an aborted stream ends by itself.
  for await (const _ of test.engine.events({ pod, since }, new AbortController().signal)) break;
});
