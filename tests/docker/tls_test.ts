import { installPackages, run } from "../../scripts/engine/host_command.ts";
import { connectEngine } from "../../src/docker/connect.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
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
