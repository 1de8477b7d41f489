import { createServer, type Server } from "node:https";
import { systemClock } from "../../../src/pod/clock.ts";
import { ConnectError, ExchangeError } from "../../../src/mesos/wire/connection_error.ts";
import { connectAgent } from "../../../src/mesos/wire/http.ts";
import { loadTls, readTlsSettings } from "../../../src/mesos/wire/tls_settings.ts";
import type { EnvironmentVariables } from "../../../src/mesos/wire/agent_address.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { chunk, lastChunk, plainAnswer, rawServer, streamHead } from "./raw_server.ts";

const never = new AbortController().signal;

/** Calls a server and subscribes to it as an executor does that has these variables. */
async function talk(port: number, environment: EnvironmentVariables): Promise<readonly unknown[]> {
  const settings = readTlsSettings({ LIBPROCESS_SSL_ENABLED: "1", ...environment });
  const tls = settings === undefined ? undefined : await loadTls(settings);
  const connection = connectAgent({
    endpoint: {
      kind: "tcp",
      secure: tls !== undefined,
      hostname: "127.0.0.1",
      port,
      path: "/api/v1/executor",
    },
    media: "application/json",
    clock: systemClock,
    ...(tls === undefined ? {} : { tls }),
  });
  try {
    const first = await connection.call(new Uint8Array([1]), never);
    const second = await connection.call(new Uint8Array([2]), never);
    const { records } = await connection.subscribe(new Uint8Array([3]), never);
    const lengths: number[] = [];
    for await (const record of records) lengths.push(record.length);
    return [first.status, second.status, lengths];
  } finally {
    connection.close();
  }
}

const allWell = [202, 202, [2]];

async function withCertificates(names: string, work: (made: Certificates) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-wire-tls-" });
  try {
    await work(await makeCertificates(directory, names));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function serveTls(made: Certificates) {
  const certificate = await Deno.readTextFile(made.server);
  const key = await Deno.readTextFile(made.serverKey);
  return rawServer({ kind: "tls", certificate, key }, async (request) => {
    if (request.body[0] !== 3) return await request.write(plainAnswer(202));
    await request.write(streamHead + chunk("2\n{}") + lastChunk);
  });
}

Deno.test("a certificate is not looked at by default, and on demand must be of the authority and for the address", async () => {
  await withCertificates("IP:127.0.0.1", async (ours) => {
    await withCertificates("IP:127.0.0.2", async (other) => {
      await using server = await serveTls(ours);
      await using elsewhere = await serveTls(other);
      const verified = { LIBPROCESS_SSL_VERIFY_SERVER_CERT: "true", LIBPROCESS_SSL_CA_FILE: ours.authority };

      assertEquals(await talk(server.port, {}), allWell);
      assertEquals(await talk(elsewhere.port, {}), allWell);
      assertEquals(await talk(server.port, verified), allWell);
      assertEquals(await talk(server.port, { SSL_VERIFY_CERT: "1", SSL_CA_FILE: ours.authority }), allWell);
      await assertRejects(
        () => talk(server.port, { ...verified, LIBPROCESS_SSL_CA_FILE: other.authority }),
        ConnectError,
        "no authority that is trusted vouches for its certificate. Name the authority in LIBPROCESS_SSL_CA_FILE",
      );
      await assertRejects(
        () => talk(server.port, { LIBPROCESS_SSL_VERIFY_CERT: "1" }),
        ConnectError,
        "no authority",
      );
      await assertRejects(
        () => talk(elsewhere.port, { ...verified, LIBPROCESS_SSL_CA_FILE: other.authority }),
        ConnectError,
        "its certificate is for another name or address",
      );
    });
  });
});

Deno.test("authorities may be in a directory, among other files", async () => {
  await withCertificates("IP:127.0.0.1", async (made) => {
    await using server = await serveTls(made);
    const directory = await Deno.makeTempDir({ prefix: "mesolet-wire-ca-" });
    try {
      await Deno.copyFile(made.authority, `${directory}/1234abcd.0`);
      await Deno.writeTextFile(`${directory}/README`, "no certificate");
      const environment = { LIBPROCESS_SSL_REQUIRE_CLIENT_CERT: "1", LIBPROCESS_SSL_CA_DIR: directory };
      assertEquals(await talk(server.port, environment), allWell);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
});

Deno.test("a server that wants a certificate of ours gets it, or we say that it wants one", async () => {
  await withCertificates("IP:127.0.0.1", async (made) => {
    const server = createServer({
      cert: await Deno.readTextFile(made.server),
      key: await Deno.readTextFile(made.serverKey),
      ca: await Deno.readTextFile(made.authority),
      requestCert: true,
      rejectUnauthorized: true,
    }, (request, answer) => {
      request.resume().once("end", () => answer.writeHead(202).end());
    });
    const port = await listening(server);
    try {
      const presented = { LIBPROCESS_SSL_CERT_FILE: made.client, LIBPROCESS_SSL_KEY_FILE: made.clientKey };
      // The server answers a subscription with 202 as well: then there are no records.
      assertEquals(await talk(port, presented), [202, 202, []]);
      await assertRejects(() => talk(port, {}), ExchangeError, "it wants a certificate of ours");
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

Deno.test("TLS to a server without it, and the other way round, say which variable to change", async () => {
  await withCertificates("IP:127.0.0.1", async (made) => {
    await using secure = await serveTls(made);
    await using plain = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(),
    );
    await assertRejects(
      () => talk(secure.port, { LIBPROCESS_SSL_ENABLED: "0" }),
      ExchangeError,
      "it does not answer in HTTP. If it speaks TLS, set LIBPROCESS_SSL_ENABLED=1",
    );
    await assertRejects(
      () => talk(plain.addr.port, {}),
      ConnectError,
      "it does not speak TLS. Unset LIBPROCESS_SSL_ENABLED",
    );
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
