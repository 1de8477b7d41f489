import type { LogPiece } from "../../src/docker/engine.ts";
import { recordLogs, type RecordLogsOptions } from "../../src/mesos/executor/sandbox_logs.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { Label } from "../../src/pod/labels.ts";
import { run, tryRun } from "../../scripts/engine/host_command.ts";
import { assertEquals, assertGreater, assertLess, assertMatch } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

async function startWriter(test: TestEngine, pod: string, script: string, host = {}, terminal = false) {
  const context = test.context();
  const target = { name: `${pod}-web-1` };
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: target.name,
    body: {
      Image: "busybox",
      Cmd: ["sh", "-c", script],
      Tty: terminal,
      Labels: { [Label.pod]: pod, [Label.container]: "web", [Label.number]: "1", [Label.role]: "container" },
      HostConfig: { NetworkMode: "none", ...host },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target }, context);
  const id = (await test.engine.inspect(target.name))?.id ?? "";
  const ended = () =>
    waitUntil("it has ended", async () => (await test.engine.inspect(id))?.state === "exited", 60_000);
  return { id, ended, context, target };
}

function recorder(test: TestEngine, pod: string, directory: string, merged: { bytes: number }) {
  const stop = new AbortController();
  const problems: string[] = [];
  const sink = {
    write: (bytes: Uint8Array) => {
      merged.bytes += bytes.length;
      return Promise.resolve();
    },
  };
  const logs = recordLogs({
    engine: test.engine,
    clock: systemClock,
    pod,
    directory,
    settings: { maximumBytes: 200 * 1024 * 1024, files: 2 },
    out: sink,
    err: sink,
    onProblem: (message) => problems.push(message),
    signal: stop.signal,
  });
  return { logs, stop, problems };
}

async function withSandbox(test: (directory: string) => Promise<void>): Promise<void> {
  const sandbox = await Deno.makeTempDir({ prefix: "mesolet-logs-" });
  try {
    await test(`${sandbox}/logs`);
  } finally {
    await Deno.remove(sandbox, { recursive: true });
  }
}

Deno.test("engine: output is in the sandbox line for line, whoever is killed and begun anew meanwhile", async () => {
  await using test = await testEngine();
  await withSandbox(async (directory) => {
    const pod = test.podName();
    const script = [
      "head -c 100000 /dev/zero | tr '\\000' x",
      "echo",
      "echo wrong >&2",
      "seq 1 20000",
      "sleep 1",
      "seq 1 20000",
      "printf 'no end'",
    ].join("; ");
    const writer = await startWriter(test, pod, script);
    const merged = { bytes: 0 };
    for (let life = 1; life <= 3; life++) {
      const before = merged.bytes;
      const { logs, stop } = recorder(test, pod, directory, merged);
      logs.begin(writer.id, "web-1");
      await waitUntil("some lines have come", () => merged.bytes > before);
      stop.abort();
      await logs.finish(60_000);
    }
    const { logs, problems } = recorder(test, pod, directory, merged);
    logs.begin(writer.id, "web-1");
    await writer.ended();
    await logs.finish(60_000);
    const numbers = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join("");
    const text = `${"x".repeat(100_000)}\n${numbers}${numbers}no end`;
    const written = await Deno.readTextFile(`${directory}/web-1.stdout`);
    assertEquals(written.length, text.length);
    assertEquals(written === text, true);
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stderr`), "wrong\n");
    assertEquals(problems, []);
  });
});

Deno.test("engine: what is no text is in the sandbox byte for byte, where the engine keeps it", async () => {
  await using test = await testEngine();
  await withSandbox(async (directory) => {
    const pod = test.podName();
    const { logs } = recorder(test, pod, directory, { bytes: 0 });
    // The default driver keeps JSON, which cannot hold it.
    const writer = await startWriter(test, pod, "printf '\\377\\000x\\r\\n\\300'", {
      LogConfig: { Type: "local" },
    });
    logs.begin(writer.id, "web-1");
    await writer.ended();
    await logs.finish(60_000);
    const written = await Deno.readFile(`${directory}/web-1.stdout`);
    assertEquals([...written], [0xff, 0, 0x78, 0x0d, 0x0a, 0xc0]);
  });
});

Deno.test("engine: the output of a container with a terminal is in the sandbox as it is", async () => {
  await using test = await testEngine();
  await withSandbox(async (directory) => {
    const pod = test.podName();
    const { logs } = recorder(test, pod, directory, { bytes: 0 });
    const writer = await startWriter(test, pod, "echo one; echo two >&2; printf end", {}, true);
    logs.begin(writer.id, "web-1");
    await writer.ended();
    await logs.finish(60_000);
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "one\r\ntwo\r\nend");
  });
});

Deno.test("engine: a container that writes as fast as it can does not fill the memory", async () => {
  await using test = await testEngine();
  await withSandbox(async (directory) => {
    const pod = test.podName();
    const merged = { bytes: 0 };
    const before = Deno.memoryUsage().rss;
    const { logs, problems } = recorder(test, pod, directory, merged);
    const writer = await startWriter(test, pod, `yes ${"0123456789abcdef".repeat(64)} | head -c 50000000`);
    logs.begin(writer.id, "web-1");
    let highest = 0;
    await waitUntil("all of it is there", async () => {
      highest = Math.max(highest, Deno.memoryUsage().rss - before);
      const { size } = await Deno.stat(`${directory}/web-1.stdout`).catch(() => ({ size: 0 }));
      return size === 50_000_000;
    }, 120_000);
    await writer.ended();
    await logs.finish(60_000);
    assertLess(highest, 200 * 1024 * 1024);
    assertGreater(merged.bytes, 50_000_000);
    assertEquals(problems, []);
  });
});

/** An engine that has one log, which is complete. */
function engineWith(log: readonly LogPiece[], onRead: () => void): RecordLogsOptions["engine"] {
  return {
    ping: () => Promise.resolve(true),
    listContainers: () => Promise.resolve([]),
    // deno-lint-ignore require-yield
    async *events(_, signal) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    async *logPieces(_, { since = 0 }) {
      onRead();
      const known = log.filter(({ time }) => Date.parse(time) >= since);
      for (let next = 0; next < known.length; next += 100) yield known.slice(next, next + 100);
    },
  };
}

Deno.test("engine: a full disk stops the logs, is told of once, and nothing is missing or doubled after it", async () => {
  const disk = await Deno.makeTempDir({ prefix: "mesolet-disk-" });
  await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk);
  const stop = new AbortController();
  try {
    const lines = Array.from({ length: 5_000 }, (_, index) => `${index} ${"x".repeat(100)}\n`);
    const log = lines.map((line, index): LogPiece => ({
      stream: "stdout",
      time: new Date(Date.UTC(2026, 0, 1) + index).toISOString().replace("Z", "000000Z"),
      bytes: new TextEncoder().encode(line),
    }));
    const clock = new SteppedClock();
    const problems: string[] = [];
    const merged: string[] = [];
    let readings = 0;
    const logs = recordLogs({
      engine: engineWith(log, () => readings++),
      clock,
      pod: "pod",
      directory: `${disk}/logs`,
      settings: { maximumBytes: 10_000_000, files: 2 },
      out: {
        write: (bytes) => {
          merged.push(...new TextDecoder().decode(bytes).trimEnd().split("\n"));
          return Promise.resolve();
        },
      },
      err: { write: () => Promise.resolve() },
      onProblem: (message) => problems.push(message),
      signal: stop.signal,
    });
    logs.begin("1", "web-1");
    for (let times = 1; times <= 4; times++) {
      // While it is written, there is a shorter sleep.
      await waitUntil("it has failed and waits", () => readings === times && clock.untilNext === 30_000);
      assertEquals(problems.length, 1);
      if (times < 4) await clock.advance(30_000);
    }
    await run("mount", "-o", "remount,size=4m", disk);
    await clock.advance(30_000);
    await waitUntil("all lines have come", () => merged.length >= lines.length);
    await logs.finish(60_000);
    assertEquals(await Deno.readTextFile(`${disk}/logs/web-1.stdout`) === lines.join(""), true);
    assertEquals(merged.length, lines.length);
    assertEquals(problems.length, 1);
    assertMatch(problems[0] ?? "", /No space left on device/);
  } finally {
    stop.abort();
    // A process that a test beside this one begins holds our open files too, until its program is loaded.
    await waitUntil("the disk is free", () => tryRun("umount", disk));
    await Deno.remove(disk);
  }
});
