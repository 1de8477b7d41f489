import { probeOfHealthCheck } from "../../src/mesos/executor/probe.ts";
import type { ProbeResult } from "../../src/mesos/executor/probe_result.ts";
import type { HealthCheck } from "../../src/mesos/wire/messages.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { Label } from "../../src/pod/labels.ts";
import { pauseImageName, pauseNameOf } from "../../src/pod/names.ts";
import { assertEquals } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

/** A pod of a pause container and a web server that listens on the pod's loopback alone. */
async function startPod(test: TestEngine) {
  const pod = test.podName();
  const context = test.context();
  const pause = pauseNameOf(pod);
  const web = `${pod}-web-1`;
  const labels = { [Label.pod]: pod };
  await test.engine.apply({ ...base, kind: "load-pause-image", image: pauseImageName }, context);
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: pause,
    body: {
      Image: pauseImageName,
      Labels: labels,
      HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target: { name: pause } }, context);
  const script = "mkdir /www && cd /www && head -c 300000 /dev/zero > zeros && echo hello > index.html && " +
    "exec httpd -f -p 127.0.0.1:8080";
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: web,
    body: {
      Image: "busybox",
      Cmd: ["sh", "-c", script],
      Env: ["FROM_CONTAINER=1"],
      Labels: labels,
      HostConfig: { NetworkMode: `container:<id:${pause}>` },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target: { name: web } }, context);
  const remove = async () => {
    for (const name of [web, pause]) {
      await test.engine.apply(
        { ...base, kind: "remove-container", target: { name }, force: true, volumes: true },
        context,
      );
    }
    await test.engine.apply({ ...base, kind: "remove-image", image: pauseImageName }, test.context());
  };
  const tryIn = (container: string | undefined) =>
  async (
    check: HealthCheck,
    signal = new AbortController().signal,
  ): Promise<ProbeResult> =>
    await probeOfHealthCheck(check, {
      engine: test.engine,
      clock: systemClock,
      target: () => ({
        ...(container === undefined ? {} : { container }),
        ports: { kind: "relay", container: pause },
      }),
    })(signal);
  return { pause, web, remove, tryIn, attempt: tryIn(web) };
}

Deno.test("engine: ports are asked at the loopback of the pod's own network namespace", async () => {
  await using test = await testEngine();
  const { attempt, remove } = await startPod(test);
  const http = (port: number, path: string) => attempt({ type: "HTTP", http: { port, path } });
  await waitUntil("the server listens", async () => (await http(8080, "/")).kind === "http");
  assertEquals(await http(8080, "/"), { kind: "http", statusCode: 200 });
  assertEquals(await http(8080, "/zeros"), { kind: "http", statusCode: 200 });
  assertEquals(await http(8080, "/missing"), { kind: "http", statusCode: 404 });
  assertEquals(await http(8081, "/"), { kind: "failed", reason: "nobody listens" });
  assertEquals(await attempt({ type: "TCP", tcp: { port: 8080 } }), { kind: "tcp", succeeded: true });
  assertEquals(await attempt({ type: "TCP", tcp: { port: 8081 } }), { kind: "tcp", succeeded: false });
  // Each try is one command in the pause container: made, run, and asked for its end.
  const before = test.engine.calls.length;
  await attempt({ type: "TCP", tcp: { port: 8080 } });
  assertEquals(test.engine.calls.slice(before).map(({ method }) => method), ["POST", "POST", "GET"]);
  await remove();
});

Deno.test("engine: commands of checks run in the container, with their own variables", async () => {
  await using test = await testEngine();
  const { attempt, tryIn, pause, remove } = await startPod(test);
  const shell = (value: string) =>
    attempt({
      type: "COMMAND",
      command: { value, environment: { variables: [{ name: "FROM_CHECK", value: "a b" }] } },
    });
  assertEquals(await shell("exit 7"), { kind: "command", exitCode: 7 });
  assertEquals(await shell('test "$FROM_CHECK" = "a b" -a "$FROM_CONTAINER" = 1'), {
    kind: "command",
    exitCode: 0,
  });
  assertEquals(await shell("exec yes | head -c 3000000"), { kind: "command", exitCode: 0 });
  const words = (...command: string[]) => {
    const [value = "", ...rest] = command;
    return { type: "COMMAND", command: { shell: false, value, arguments: rest } } as const;
  };
  assertEquals(await attempt(words("test", "a b", "=", "a b")), { kind: "command", exitCode: 0 });
  assertEquals(await attempt(words("/bin/missing")), { kind: "command", exitCode: 127 });
  // A container that has no shell.
  const inPause = tryIn(pause);
  assertEquals(await inPause(words("/relay", "1", "4", "5", "connect")), { kind: "command", exitCode: 111 });
  assertEquals((await inPause({ type: "COMMAND", command: { value: "true" } })).kind, "failed");
  // None that runs.
  assertEquals(await tryIn(undefined)(words("true")), {
    kind: "failed",
    reason: "the container does not run",
  });
  assertEquals((await tryIn("no-such-container")(words("true"))).kind, "failed");
  await remove();
});

Deno.test("engine: a command that is given up is killed with what it began", async () => {
  await using test = await testEngine();
  const { attempt, web, remove } = await startPod(test);
  const decoder = new TextDecoder();
  const processes = async () => {
    let output = "";
    await test.engine.execute(web, {
      command: ["ps"],
      tty: false,
      onOutput: (_, bytes) => output += decoder.decode(bytes),
    });
    return output.match(/sleep 12345/g)?.length ?? 0;
  };
  for (const value of ["trap '' TERM; sleep 12345 & sleep 12345", "exec sleep 12345"]) {
    const stop = new AbortController();
    const trying = attempt({ type: "COMMAND", command: { value } }, stop.signal).catch(() => "given up");
    await waitUntil("the command runs", async () => await processes() > 0);
    stop.abort();
    assertEquals(await trying, "given up");
    await waitUntil("nothing of it is left", async () => await processes() === 0);
  }
  await remove();
});
