import {
  credentialSource,
  encodeCredentials,
  findRegistryCredentials,
  type RegistryCredentials,
} from "../../src/docker/registry_credentials.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";

/** A directory with Docker's config.json and helpers, which are scripts. */
async function withConfig<T>(
  config: unknown,
  helpers: Readonly<Record<string, string>>,
  work: (environment: Record<string, string>, directory: string) => Promise<T>,
): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    await Deno.writeTextFile(`${directory}/config.json`, text);
    for (const [name, script] of Object.entries(helpers)) {
      const path = `${directory}/docker-credential-${name}`;
      await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return await work({ DOCKER_CONFIG: directory, PATH: `${directory}:/bin:/usr/bin` }, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function find(
  registry: string,
  config: unknown,
  helpers: Readonly<Record<string, string>> = {},
): Promise<RegistryCredentials | null> {
  return await withConfig(
    config,
    helpers,
    (environment) => findRegistryCredentials(registry, { environment, clock: systemClock }),
  );
}

const hub = "https://index.docker.io/v1/";

Deno.test("where credentials are from is told without asking a helper for them", async () => {
  const source = (registry: string, config: unknown) =>
    withConfig(
      config,
      { broken: "exit 3" },
      (environment) => credentialSource(registry, { environment, clock: systemClock }),
    );
  assertEquals(await source("docker.io", {}), "none");
  assertEquals(await source("docker.io", { auths: { [hub]: {} } }), "from Docker's config.json");
  assertEquals(await source("ghcr.io", { auths: { [hub]: {} } }), "none");
  assertEquals(await source("ghcr.io", { credsStore: "broken" }), "from docker-credential-broken");
  assertEquals(
    await source("ghcr.io", { credHelpers: { "ghcr.io": "own" }, credsStore: "broken" }),
    "from docker-credential-own",
  );
});

Deno.test("credentials of the file are found by the registry's host", async () => {
  const auth = btoa("user:pass:word");
  const expected = { username: "user", password: "pass:word" };
  const config = {
    auths: {
      [hub]: { auth },
      "localhost:5000": { auth },
      "https://other.example/v2/": { username: "u", password: "p" },
      "token.example": { auth: "", identitytoken: "T" },
      "empty.example": {},
    },
  };
  assertEquals(await find("docker.io", config), { ...expected, serveraddress: hub });
  assertEquals(await find("localhost:5000", config), { ...expected, serveraddress: "localhost:5000" });
  assertEquals(await find("other.example", config), {
    username: "u",
    password: "p",
    serveraddress: "other.example",
  });
  assertEquals(await find("token.example", config), { identitytoken: "T", serveraddress: "token.example" });
  assertEquals(await find("empty.example", config), null);
  assertEquals(await find("localhost", config), null);
  assertEquals(await find("docker.io", {}), null);
});

Deno.test("without a configuration there are no credentials", async () => {
  const sources = { environment: { DOCKER_CONFIG: "/nonexistent" }, clock: systemClock };
  assertEquals(await findRegistryCredentials("docker.io", sources), null);
  assertEquals(await findRegistryCredentials("docker.io", { environment: {}, clock: systemClock }), null);
});

Deno.test("a helper is asked with the registry's address, and goes before the file", async () => {
  // Echoes what it was given, so that the test sees it.
  const echo = 'read -r server; test "$1" = get || exit 9; ' +
    'printf \'{"ServerURL":"%s","Username":"%s","Secret":"s"}\' "$server" "$server"';
  const config = {
    auths: { [hub]: { auth: btoa("a:b") } },
    credsStore: "all",
    credHelpers: { "one.example": "one" },
  };
  const helpers = { all: echo, one: `echo '{"Username":"<token>","Secret":"T"}'` };
  assertEquals(await find("docker.io", config, helpers), {
    username: hub,
    password: "s",
    serveraddress: hub,
  });
  assertEquals(await find("one.example", config, helpers), {
    identitytoken: "T",
    serveraddress: "one.example",
  });
});

Deno.test("a helper that has none says so, and any other failure is an error with its words", async () => {
  const config = { credsStore: "it" };
  const nothing = "echo credentials not found in native keychain; exit 1";
  assertEquals(await find("docker.io", config, { it: nothing }), null);
  const failures: Readonly<Record<string, string>> = {
    "echo the keychain is locked; exit 1": "the keychain is locked",
    "exit 1": "said nothing",
    "echo no json": "no JSON",
  };
  for (const [script, why] of Object.entries(failures)) {
    const error = await assertRejects(() => find("docker.io", config, { it: script }), MesoletError, why);
    assertEquals(error.exitCode, ExitCode.configuration);
  }
  await assertRejects(() => find("docker.io", config), MesoletError, "docker-credential-it");
});

Deno.test("a helper that hangs is bounded, also when a child of it holds its output", async () => {
  const config = { credsStore: "it" };
  await withConfig(
    config,
    { it: "sleep 1000 & echo $! > $DOCKER_CONFIG/child; wait" },
    async (environment, directory) => {
      const late = Promise.withResolvers<void>();
      const clock = { ...systemClock, sleep: () => late.promise };
      const finding = findRegistryCredentials("docker.io", { environment, clock });
      const outcome = assertRejects(() => finding, MesoletError, "no answer within 20 s");
      let child = 0;
      await waitUntil("the helper runs", async () => {
        child = Number(await Deno.readTextFile(`${directory}/child`).catch(() => "0"));
        return child > 0;
      });
      late.resolve();
      assertEquals((await outcome).exitCode, ExitCode.temporary);
      Deno.kill(child, "SIGKILL");
    },
  );
});

Deno.test("a helper is ended when the caller no longer wants to know", async () => {
  await withConfig({ credsStore: "it" }, { it: "exec sleep 1000" }, async (environment) => {
    const abort = new AbortController();
    const finding = findRegistryCredentials("docker.io", { environment, clock: systemClock }, abort.signal);
    abort.abort(new Error("no longer"));
    await assertRejects(() => finding, Error, "no longer");
  });
});

Deno.test("broken configurations are errors that say where", async () => {
  await assertRejects(() => find("docker.io", "{"), MesoletError, "config.json");
  await assertRejects(
    () => find("docker.io", { auths: { [hub]: { auth: "!" } } }),
    MesoletError,
    "docker login",
  );
});

Deno.test("the header is base64 for URLs", () => {
  const header = encodeCredentials({ username: "ü>?", password: "~~~", serveraddress: hub });
  assertMatch(header, /^[A-Za-z0-9_-]+={0,2}$/);
  const decoded = new TextDecoder().decode(Uint8Array.fromBase64(header, { alphabet: "base64url" }));
  assertEquals(JSON.parse(decoded), { username: "ü>?", password: "~~~", serveraddress: hub });
});
