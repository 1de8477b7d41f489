import { assertEquals } from "../support/assert.ts";
import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivatePodman } from "../../scripts/engine/private_podman.ts";
import { engineAt, testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";
import { startWebPod } from "../support/web_pod.ts";

Deno.test("engine: ports are asked at the loopback of the pod's own network namespace", async () => {
  await using test = await testEngine();
  const { attempt, remove } = await startWebPod(test);
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
  const { attempt, tryIn, pause, remove } = await startWebPod(test);
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
  const { attempt, sleepers, remove } = await startWebPod(test);
  for (const value of ["trap '' TERM; sleep 12345 & sleep 12345", "exec sleep 12345"]) {
    const stop = new AbortController();
    const trying = attempt({ type: "COMMAND", command: { value } }, stop.signal).catch(() => "given up");
    await waitUntil("the command runs", async () => await sleepers() > 0);
    stop.abort();
    assertEquals(await trying, "given up");
    await waitUntil("nothing of it is left", async () => await sleepers() === 0);
  }
  await remove();
});

Deno.test("podman: tasks are checked as on Docker", async () => {
  const podman = await startPrivatePodman();
  try {
    await using test = await engineAt(podman.host);
    await importBusybox(test.connection);
    const { attempt, sleepers, remove } = await startWebPod(test);
    const http = (port: number, path: string) => attempt({ type: "HTTP", http: { port, path } });
    await waitUntil("the server listens", async () => (await http(8080, "/")).kind === "http");
    assertEquals(await http(8080, "/zeros"), { kind: "http", statusCode: 200 });
    assertEquals(await http(8081, "/"), { kind: "failed", reason: "nobody listens" });
    assertEquals(await attempt({ type: "TCP", tcp: { port: 8080 } }), { kind: "tcp", succeeded: true });
    assertEquals(await attempt({ type: "TCP", tcp: { port: 8081 } }), { kind: "tcp", succeeded: false });
    assertEquals(await attempt({ type: "COMMAND", command: { value: "exit 7" } }), {
      kind: "command",
      exitCode: 7,
    });
    const stop = new AbortController();
    const command = { value: "trap '' TERM; sleep 12345 & sleep 12345" };
    const trying = attempt({ type: "COMMAND", command }, stop.signal).catch(() => "given up");
    await waitUntil("the command runs", async () => await sleepers() > 0);
    stop.abort();
    assertEquals(await trying, "given up");
    await waitUntil("nothing of it is left", async () => await sleepers() === 0);
    await remove();
  } finally {
    await podman.stop();
  }
});
