import { installPackages, run } from "../../scripts/engine/host_command.ts";
import { connectEngine } from "../../src/docker/connect.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

/** Makes a certificate authority, and certificates of it for a server at 127.0.0.1 and for a client. */
async function makeCertificates(directory: string): Promise<void> {
  await installPackages({ openssl: "openssl" });
  const at = (name: string) => `${directory}/${name}`;
  const key = ["-newkey", "rsa:2048", "-nodes"];
  await run(
    "openssl",
    "req",
    "-x509",
    ...key,
    "-keyout",
    at("ca-key.pem"),
    "-out",
    at("ca.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=ca",
  );
  await Deno.writeTextFile(at("names"), "subjectAltName=IP:127.0.0.1\n");
  for (const [keyFile, certificate] of [["server-key.pem", "server.pem"], ["key.pem", "cert.pem"]] as const) {
    await run(
      "openssl",
      "req",
      ...key,
      "-keyout",
      at(keyFile),
      "-out",
      at("request.pem"),
      "-subj",
      "/CN=test",
    );
    await run(
      "openssl",
      ...[
        "x509",
        "-req",
        "-in",
        at("request.pem"),
        "-CA",
        at("ca.pem"),
        "-CAkey",
        at("ca-key.pem"),
        "-CAcreateserial",
      ],
      ...["-out", at(certificate), "-days", "2", "-extfile", at("names")],
    );
  }
}

Deno.test("an engine behind TLS is talked to, and one that another authority vouches for is not", async () => {
  const ours = await Deno.makeTempDir({ prefix: "mesolet-tls-" });
  const others = await Deno.makeTempDir({ prefix: "mesolet-tls-" });
  try {
    await makeCertificates(ours);
    await makeCertificates(others);
    const facts = {
      ServerVersion: "20.10",
      OSType: "linux",
      Architecture: "x86_64",
      CgroupDriver: "cgroupfs",
      CgroupVersion: "1",
    };
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: await Deno.readTextFile(`${ours}/server.pem`),
      key: await Deno.readTextFile(`${ours}/server-key.pem`),
      onListen: () => {},
    }, () => Response.json(facts, { headers: { "Api-Version": "1.41" } }));
    const connect = (certificates: string) =>
      connectEngine({
        environment: {
          DOCKER_HOST: `tcp://127.0.0.1:${server.addr.port}`,
          DOCKER_TLS_VERIFY: "1",
          DOCKER_CERT_PATH: certificates,
        },
      });
    try {
      const engine = await connect(ours);
      assertEquals(engine.facts.serverVersion, "20.10");
      engine.close();
      await assertRejects(() => connect(others), EngineError, "certificate");
    } finally {
      await server.shutdown();
    }
  } finally {
    await Deno.remove(ours, { recursive: true });
    await Deno.remove(others, { recursive: true });
  }
});

/** A server of OpenSSL that asks for a certificate of our authority, and answers with the files of a directory. */
async function strictServer(certificates: string): Promise<{ readonly port: number } & AsyncDisposable> {
  const body = JSON.stringify({ ServerVersion: "20.10", OSType: "linux", Architecture: "x86_64" });
  const answer = (text: string) =>
    `HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  await Deno.mkdir(`${certificates}/v1.41`);
  await Deno.writeTextFile(`${certificates}/_ping`, answer("OK"));
  await Deno.writeTextFile(`${certificates}/v1.41/info`, answer(body));
  const server = new Deno.Command("openssl", {
    args: [
      ...["s_server", "-accept", "127.0.0.1:0", "-HTTP", "-naccept", "100"],
      ...["-cert", "server.pem", "-key", "server-key.pem"],
      ...["-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"],
    ],
    cwd: certificates,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let said = "";
  let port: string | undefined;
  while (port === undefined) {
    const { done, value } = await lines.next();
    if (done) throw new Error(`openssl s_server did not start: ${said}`);
    said += value;
    port = /^ACCEPT .*:(\d+)$/m.exec(said)?.[1];
  }
  // What it says later must be read as well, or it waits.
  const rest = (async () => {
    while (!(await lines.next()).done);
  })();
  return {
    port: Number(port),
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.status;
      await rest;
    },
  };
}

Deno.test("an engine that asks for our certificate gets it, and refuses whoever has none of its authority", async () => {
  const ours = await Deno.makeTempDir({ prefix: "mesolet-tls-" });
  const without = await Deno.makeTempDir({ prefix: "mesolet-tls-" });
  const others = await Deno.makeTempDir({ prefix: "mesolet-tls-" });
  try {
    await makeCertificates(ours);
    await makeCertificates(others);
    for (const directory of [without, others]) await Deno.copyFile(`${ours}/ca.pem`, `${directory}/ca.pem`);
    await using server = await strictServer(ours);
    const connect = (certificates: string) =>
      connectEngine({
        environment: {
          DOCKER_HOST: `tcp://127.0.0.1:${server.port}`,
          DOCKER_TLS_VERIFY: "1",
          DOCKER_CERT_PATH: certificates,
        },
      });
    const engine = await connect(ours);
    assertEquals(engine.facts.serverVersion, "20.10");
    engine.close();
    for (
      const [directory, what] of [[without, "asks for a certificate"], [
        others,
        "does not accept the certificate",
      ]] as const
    ) {
      const error = await assertRejects(() => connect(directory), EngineError, what);
      assertEquals([error.message.includes("\n"), error.exitCode], [false, ExitCode.permission]);
    }
  } finally {
    for (const directory of [ours, without, others]) await Deno.remove(directory, { recursive: true });
  }
});
