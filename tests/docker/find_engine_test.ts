import { engineCandidates, type FindingSurroundings } from "../../src/docker/find_engine.ts";
import { formatEngineAddress } from "../../src/docker/engine_address.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

interface Scene {
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly sockets?: readonly string[];
  readonly host?: string;
  readonly context?: string;
}

function surroundings({ environment = {}, files = {}, sockets = [] }: Scene): FindingSurroundings {
  return {
    environment: { HOME: "/home/me", ...environment },
    readTextFile: (path) => Promise.resolve(files[path] ?? null),
    exists: (path) => Promise.resolve(sockets.includes(path)),
  };
}

async function found(scene: Scene): Promise<string[]> {
  const candidates = await engineCandidates(scene, surroundings(scene));
  return candidates.map(({ address, security, asked, from }) =>
    [
      formatEngineAddress(address),
      from,
      ...(security === undefined ? [] : ["TLS"]),
      ...(asked ? ["asked"] : []),
    ]
      .join(", ")
  );
}

const allSockets = [
  "/var/run/docker.sock",
  "/run/user/1000/docker.sock",
  "/home/me/.docker/run/docker.sock",
  "/run/podman/podman.sock",
  "/run/user/1000/podman/podman.sock",
];

async function contextFiles(name: string, endpoint: unknown): Promise<Record<string, string>> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name)));
  const path = `/home/me/.docker/contexts/meta/${bytes.toHex()}/meta.json`;
  return { [path]: JSON.stringify({ Name: name, Endpoints: { docker: endpoint } }) };
}

Deno.test("a flag goes before the environment, which goes before contexts, which go before sockets", async () => {
  const files = {
    "/home/me/.docker/config.json": JSON.stringify({ currentContext: "build" }),
    ...await contextFiles("build", { Host: "unix:///context.sock" }),
  };
  const environment = { DOCKER_HOST: "unix:///environment.sock", DOCKER_CONTEXT: "build" };
  const sockets = allSockets;
  assertEquals(await found({ host: "unix:///flag.sock", environment, files, sockets }), [
    "unix:///flag.sock, --host, asked",
  ]);
  assertEquals(await found({ environment, files, sockets }), [
    "unix:///environment.sock, DOCKER_HOST, asked",
  ]);
  assertEquals(await found({ context: "build", environment, files, sockets }), [
    'unix:///context.sock, docker context "build", asked',
  ]);
  assertEquals(
    (await found({ context: "default", environment, files, sockets }))[0],
    "unix:///var/run/docker.sock, the usual socket of Docker",
  );
  await assertRejects(
    () => found({ context: "nosuch", environment, files, sockets }),
    MesoletError,
    'Cannot use the docker context "nosuch" of --context (-c): it does not exist',
  );
  assertEquals(await found({ files, sockets }), ['unix:///context.sock, docker context "build", asked']);
  assertEquals(await found({ sockets: ["/var/run/docker.sock"] }), [
    "unix:///var/run/docker.sock, the usual socket of Docker",
  ]);
});

Deno.test("DOCKER_CONTEXT=default switches the context of the file off, and an empty DOCKER_HOST is none", async () => {
  const files = { "/home/me/.docker/config.json": JSON.stringify({ currentContext: "build" }) };
  const environment = { DOCKER_CONTEXT: "default", DOCKER_HOST: "" };
  assertEquals(await found({ environment, files, sockets: ["/run/podman/podman.sock"] }), [
    "unix:///run/podman/podman.sock, the usual socket of Podman",
  ]);
});

Deno.test("usual sockets that exist are tried in order, Docker's first", async () => {
  const environment = { XDG_RUNTIME_DIR: "/run/user/1000" };
  assertEquals(await found({ environment, sockets: allSockets }), [
    "unix:///var/run/docker.sock, the usual socket of Docker",
    "unix:///run/user/1000/docker.sock, the socket of rootless Docker",
    "unix:///home/me/.docker/run/docker.sock, the socket of Docker Desktop",
    "unix:///run/podman/podman.sock, the usual socket of Podman",
    "unix:///run/user/1000/podman/podman.sock, the socket of rootless Podman",
  ]);
  assertEquals(await found({ environment: { HOME: "" }, sockets: allSockets }), [
    "unix:///var/run/docker.sock, the usual socket of Docker",
    "unix:///run/podman/podman.sock, the usual socket of Podman",
  ]);
  assertEquals(await found({}), []);
});

Deno.test("TLS is used when it is asked for, with the certificates of the environment or of a context", async () => {
  const pem = (directory: string) =>
    Object.fromEntries(["ca", "cert", "key"].map((name) => [`${directory}/${name}.pem`, name]));
  const environment = { DOCKER_HOST: "tcp://host:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
  assertEquals(await found({ environment, files: pem("/certs") }), [
    "tcp://host:2376, DOCKER_HOST, TLS, asked",
  ]);
  assertEquals(
    await found({ environment: { DOCKER_HOST: "tcp://host:2376", DOCKER_CERT_PATH: "/certs" } }),
    ["tcp://host:2376, DOCKER_HOST, asked"],
  );
  const context = await contextFiles("build", { Host: "tcp://far:2376", SkipTLSVerify: false });
  const [meta = ""] = Object.keys(context);
  const tls = meta.replace("/meta/", "/tls/").replace("/meta.json", "/docker");
  const current = { DOCKER_CONTEXT: "build" };
  assertEquals(await found({ environment: current, files: { ...context, ...pem(tls) } }), [
    'tcp://far:2376, docker context "build", TLS, asked',
  ]);
  assertEquals(await found({ environment: current, files: context }), [
    'tcp://far:2376, docker context "build", asked',
  ]);
  const [candidate] = await engineCandidates({}, surroundings({ environment, files: pem("/certs") }));
  assertEquals(candidate?.security, { authority: "ca", certificate: "cert", key: "key" });
});

Deno.test("what is asked for and cannot be used is an error of the configuration", async () => {
  const scenes: readonly [string, Scene][] = [
    ["ssh", { environment: { DOCKER_HOST: "ssh://me@host" } }],
    ["it does not exist", { environment: { DOCKER_CONTEXT: "none" } }],
    ["it does not exist", { files: { "/home/me/.docker/config.json": '{"currentContext":"none"}' } }],
    ["config.json", { files: { "/home/me/.docker/config.json": "{" } }],
    ["always verified", {
      environment: { DOCKER_CONTEXT: "build" },
      files: await contextFiles("build", { Host: "tcp://far:2376", SkipTLSVerify: true }),
    }],
    ["always verified", { environment: { DOCKER_HOST: "tcp://host", DOCKER_TLS: "1" } }],
    ["key.pem is missing", {
      environment: { DOCKER_HOST: "tcp://host", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" },
      files: { "/certs/cert.pem": "x" },
    }],
    ["begins with none of", {
      environment: { DOCKER_CONTEXT: "build" },
      files: await contextFiles("build", { Host: "ftp://far" }),
    }],
  ];
  for (const [why, scene] of scenes) {
    const error = await assertRejects(() => found(scene), MesoletError, why);
    assertEquals(error.exitCode, ExitCode.configuration, why);
  }
});

Deno.test("DOCKER_CONFIG names another directory of Docker's configuration", async () => {
  const files = { "/other/config.json": "{}" };
  assertEquals(await found({ environment: { DOCKER_CONFIG: "/other" }, files }), []);
});
