import { installPackages, run } from "../../../scripts/engine/host_command.ts";
import { refuseImpossibleChecks } from "../../../src/mesos/executor/checks.ts";
import { probeOfCheck, probeOfHealthCheck, type ProbeTools } from "../../../src/mesos/executor/probe.ts";
import type { Probe, ProbeResult } from "../../../src/mesos/executor/probe_result.ts";
import type { ProbeTarget } from "../../../src/mesos/executor/probe_target.ts";
import type { CommandInfo, HealthCheck, HealthCheckHTTPCheckInfo } from "../../../src/mesos/wire/messages.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { formatProblem, MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertThrows } from "../../support/assert.ts";

function tools(target: ProbeTarget = { ports: { kind: "host" } }): ProbeTools {
  return {
    engine: { execute: () => Promise.reject(new Error("the host's ports need no engine")) },
    clock: systemClock,
    target: () => target,
  };
}

const once = (probe: Probe) => probe(new AbortController().signal);

function httpCheck(http: HealthCheckHTTPCheckInfo): Probe {
  return probeOfHealthCheck({ type: "HTTP", http }, tools());
}

/** A server that answers by the path. */
function answer(request: Request): Response {
  const url = new URL(request.url);
  const [, what = "", more = ""] = url.pathname.split("/");
  switch (what) {
    case "status":
      return new Response("x", { status: Number(more) });
    case "to":
      return new Response(null, { status: 302, headers: { location: decodeURIComponent(more) } });
    case "round":
      return new Response(null, { status: 307, headers: { location: "/round" } });
    case "long":
      return new Response("x".repeat(8 * 1024 * 1024), { status: 206 });
    case "stream":
      return new Response(ReadableStream.from(["a", "b"]).pipeThrough(new TextEncoderStream()), {
        status: 201,
      });
    case "host":
      return new Response("x", { status: request.headers.get("host") === url.host ? 200 : 400 });
  }
  return new Response("x", { status: url.pathname === "/" && url.search === "" ? 200 : 404 });
}

const answers: readonly { readonly path?: string; readonly status: number }[] = [
  { status: 200 },
  { path: "", status: 200 },
  { path: "status/418", status: 418 },
  { path: "/status/503", status: 503 },
  { path: "/host", status: 200 },
  { path: "/to/%2Fstatus%2F206", status: 206 },
  { path: "/to/http%3A%2F%2Fexample.org%2F", status: 302 },
  { path: "/to/ftp%3A%2F%2F127.0.0.1%2F", status: 302 },
  { path: "/long", status: 206 },
  { path: "/stream", status: 201 },
  { path: "/x?a=b", status: 404 },
];

for (const { path, status } of answers) {
  Deno.test(`an HTTP check of ${path ?? "no path"} gives ${status}`, async () => {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const probe = httpCheck({ port: server.addr.port, ...(path === undefined ? {} : { path }) });
    assertEquals(await once(probe), { kind: "http", statusCode: status });
  });
}

Deno.test("an HTTP check gives up redirects that go round", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const result = await once(httpCheck({ port: server.addr.port, path: "/round" }));
  assertEquals(result, { kind: "failed", reason: "more than 10 redirects" });
});

Deno.test("an HTTP check of IPv6 asks [::1], one of IPv4 does not", async () => {
  await using server = Deno.serve({ hostname: "::1", port: 0, onListen: () => {} }, answer);
  const { port } = server.addr;
  assertEquals(await once(httpCheck({ port, protocol: "IPv6" })), { kind: "http", statusCode: 200 });
  assertEquals(await once(httpCheck({ port, protocol: "IPv4" })), {
    kind: "failed",
    reason: "nobody listens",
  });
});

Deno.test("an HTTPS check looks at no certificate", async () => {
  await installPackages({ openssl: "openssl" });
  const directory = await Deno.makeTempDir();
  try {
    const [key, cert] = [`${directory}/key.pem`, `${directory}/cert.pem`];
    const words = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=somebody-else",
    ];
    await run("openssl", ...words, "-keyout", key, "-out", cert);
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      key: await Deno.readTextFile(key),
      cert: await Deno.readTextFile(cert),
      onListen: () => {},
    }, answer);
    const { port } = server.addr;
    const check = { port, scheme: "https", path: "/to/%2Fstatus%2F206" };
    assertEquals(await once(httpCheck(check)), { kind: "http", statusCode: 206 });
    const plain: ProbeResult = await once(httpCheck({ port }));
    assertEquals(plain.kind, "failed");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** A server that says something to everyone who connects, and whether it hangs up then. */
async function withSpeaker(
  words: string,
  hangsUp: boolean,
  test: (port: number) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.write(new TextEncoder().encode(words)).catch(() => {});
      if (hangsUp) connections.pop()?.close();
    }
  })();
  await test(listener.addr.port);
  listener.close();
  await serving;
  for (const connection of connections) connection.close();
}

Deno.test("what is no answer by HTTP is a failure with its reason", async () => {
  await withSpeaker("220 mail.example.org ESMTP\r\n", true, async (port) => {
    assertEquals(await once(httpCheck({ port })), { kind: "failed", reason: "the answer is no HTTP" });
  });
});

Deno.test("a check that is aborted lets go of its connection", async () => {
  await withSpeaker("", false, async (port) => {
    const stop = new AbortController();
    const trying = httpCheck({ port })(stop.signal);
    stop.abort(new Error("stopped"));
    await assertRejects(() => trying, Error, "stopped");
  });
});

Deno.test("a TCP check says whether a port takes connections", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const health = probeOfHealthCheck({ type: "TCP", tcp: { port } }, tools());
  const check = probeOfCheck({ type: "TCP", tcp: { port } }, tools());
  assertEquals(await once(health), { kind: "tcp", succeeded: true });
  assertEquals(await once(check), { kind: "tcp", succeeded: true });
  listener.close();
  assertEquals(await once(health), { kind: "tcp", succeeded: false });
});

Deno.test("without a namespace of the pod the container's address is asked", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const { port } = server.addr;
  const check: HealthCheck = { type: "HTTP", http: { port } };
  const at = (addresses: readonly string[]) =>
    once(probeOfHealthCheck(check, tools({ ports: { kind: "addresses", addresses } })));
  assertEquals(await at(["::1", "127.0.0.1"]), { kind: "http", statusCode: 200 });
  assertEquals(await at([]), { kind: "failed", reason: "the container has no IPv4 address" });
});

const wrong: readonly (readonly [HealthCheck, string])[] = [
  [{}, "health_check.type is missing"],
  [{ type: "UNKNOWN" }, "health_check.type is UNKNOWN"],
  [{ type: "HTTP" }, "health_check.http is missing"],
  [{ type: "HTTP", http: { port: 80, scheme: "gopher" } }, "scheme is gopher"],
  [{ type: "HTTP", http: { port: 0 } }, "0 is no port"],
  [{ type: "TCP", tcp: { port: 65536 } }, "65536 is no port"],
  [{ type: "COMMAND" }, "health_check.command is missing"],
  [{ type: "COMMAND", command: {} }, "health_check.command.value is missing"],
  [{ type: "COMMAND", command: { shell: false, arguments: ["a"] } }, "health_check.command.value is missing"],
];

for (const [check, message] of wrong) {
  Deno.test(`a health check that cannot be made is refused: ${message}`, () => {
    assertThrows(() => probeOfHealthCheck(check, tools()), MesoletError, message);
  });
}

Deno.test("a command of a check has its secrets as variables, and what has no effect is told", async () => {
  const text = new TextEncoder().encode("s3cret");
  const command: CommandInfo = {
    value: "test",
    arguments: ["a"],
    user: "www",
    uris: [{ value: "http://files/x" }],
    environment: {
      variables: [
        { name: "PLAIN", value: "1" },
        { name: "EMPTY" },
        { name: "TEXT", type: "SECRET", secret: { type: "VALUE", value: { data: text } } },
        { name: "STORED", type: "SECRET", secret: { type: "REFERENCE", reference: { name: "s" } } },
      ],
    },
  };
  const seen: (readonly string[] | undefined)[] = [];
  const engine: ProbeTools["engine"] = {
    execute: (_id, { environment, onOutput }) => {
      seen.push(environment);
      onOutput("stdout", new TextEncoder().encode("1\n"));
      return Promise.resolve({ exitCode: 0 });
    },
  };
  const health: HealthCheck = { type: "COMMAND", command };
  const target: ProbeTarget = { container: "c", ports: { kind: "host" } };
  await once(probeOfHealthCheck(health, { ...tools(target), engine }));
  assertEquals(seen, [["PLAIN=1", "EMPTY=", "TEXT=s3cret"]]);
  const task = { name: "t", task_id: { value: "t" }, agent_id: { value: "a" }, health_check: health };
  assertEquals(refuseImpossibleChecks(task, systemClock).map(formatProblem), [
    "TaskInfo.health_check.command.user: has no effect: a check runs as the container does",
    "TaskInfo.health_check.command.uris: has no effect: nothing is fetched for a check",
    "TaskInfo.health_check.command.arguments: has no effect: arguments are for a command without a shell (shell: false)",
    "TaskInfo.health_check.command.environment: STORED is left out: only secrets that come with the task as text are " +
    "known here",
  ]);
});
