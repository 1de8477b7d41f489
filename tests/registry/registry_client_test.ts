import { findRegistryCredentials } from "../../src/docker/registry_credentials.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { RegistryClient } from "../../src/registry/registry_client.ts";
import { RegistryError } from "../../src/registry/registry_error.ts";
import { type RegistrySettings, usualRegistrySettings } from "../../src/registry/registry_settings.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { DebianRegistry } from "../support/debian_registry.ts";
import { registryTokens } from "../support/registry_tokens.ts";

const never = new AbortController().signal;

/** A client that finds these credentials in Docker's config.json. */
async function withClient<T>(
  config: unknown,
  work: (client: RegistryClient, directory: string) => Promise<T>,
  settings: Partial<RegistrySettings> = {},
): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-client-" });
  try {
    await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
    const environment = { DOCKER_CONFIG: directory, PATH: `${directory}:/bin:/usr/bin` };
    const client = new RegistryClient({
      clock: systemClock,
      random: () => 0,
      certificateDirectories: [`${directory}/certs.d`],
      findCredentials: (registry, signal) =>
        findRegistryCredentials(registry, { environment, clock: systemClock }, signal),
      settings: { ...usualRegistrySettings, ...settings },
    });
    return await work(client, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const login = (address: string, password = "pass") => ({
  auths: { [address]: { auth: btoa(`me:${password}`) } },
});

Deno.test("registry: a digest takes one HEAD, and is asked for once", async () => {
  await using registry = await DebianRegistry.start();
  const digest = await registry.putImage("app", "1", "one");
  const oci = await registry.putImage("team/app", "2", "two", true);
  await withClient({}, async (client) => {
    const image = `${registry.address}/app:1`;
    assertEquals(await Promise.all([client.digestOf(image, never), client.digestOf(image, never)]), [
      digest,
      digest,
    ]);
    assertEquals(await client.digestOf(`${registry.address}/team/app:2`, never), oci);
    // What has a digest is not asked for.
    assertEquals(await client.digestOf(`nowhere.invalid/app:1@${digest}`, never), digest);
  });
  await registry.settle();
  assertEquals(registry.requests, ["HEAD /v2/app/manifests/1", "HEAD /v2/team/app/manifests/2"]);
});

Deno.test("registry: of an index the digest is its own, and with a platform that of the image for it", async () => {
  await using registry = await DebianRegistry.start();
  const amd64 = await registry.putImage("app", "amd64", "amd64");
  const arm64 = await registry.putImage("app", "arm64", "arm64", true);
  const type = "application/vnd.oci.image.index.v1+json";
  const entry = (digest: string, architecture: string, variant?: string) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest,
    size: 1,
    platform: { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) },
  });
  const index = {
    schemaVersion: 2,
    mediaType: type,
    manifests: [entry(amd64, "unknown"), entry(amd64, "amd64"), entry(arm64, "arm64", "v8")],
  };
  const digest = await registry.put("app", "1", index, type);
  await withClient({}, async (client) => {
    const image = `${registry.address}/app:1`;
    assertEquals(await client.digestOf(image, never), digest);
    assertEquals(await client.digestOf(image, never, "linux/aarch64"), arm64);
    assertEquals(await client.digestOf(image, never, "linux/amd64"), amd64);
    const error = await assertRejects(() => client.digestOf(image, never, "linux/s390x"), RegistryError);
    assertStringIncludes(error.message, "and not for linux/s390x");
  });
});

Deno.test("registry: what is not there is said at once, with the registry and the image", async () => {
  await using registry = await DebianRegistry.start();
  await withClient({}, async (client) => {
    const image = `${registry.address}/app:9`;
    const error = await assertRejects(() => client.digestOf(image, never), RegistryError);
    assertEquals(
      error.message,
      `Cannot find out the digest of ${image} at ${registry.address}: it has no such image or tag`,
    );
    assertEquals(error.exitCode, ExitCode.unavailable);
  });
  await registry.settle();
  assertEquals(registry.requests, ["HEAD /v2/app/manifests/9"]);
});

Deno.test("registry: Basic takes the credentials of Docker's configuration, and a helper's", async () => {
  await using registry = await DebianRegistry.start({ access: "htpasswd" });
  const digest = await registry.putImage("app", "1", "one");
  const image = `${registry.address}/app:1`;
  await withClient(login(registry.address), async (client) => {
    assertEquals(await client.digestOf(image, never), digest);
    assertEquals(await client.digestOf(`${image}@${digest}`, never, "linux/amd64"), digest);
  });
  await withClient({ credsStore: "test" }, async (client, directory) => {
    const said = JSON.stringify({ Username: "me", Secret: "pass" });
    const helper = `${directory}/docker-credential-test`;
    await Deno.writeTextFile(helper, `#!/bin/sh\ncat > /dev/null\necho '${said}'\n`, { mode: 0o755 });
    assertEquals(await client.digestOf(image, never), digest);
  });
  for (const config of [{}, login(registry.address, "wrong")]) {
    await withClient(config, async (client) => {
      const error = await assertRejects(() => client.digestOf(image, never), RegistryError);
      assertEquals(error.exitCode, ExitCode.permission);
      assertStringIncludes(error.message, `docker login ${registry.address}`);
    });
  }
});

Deno.test("registry: Bearer takes a token for a password, for an identity token, and for nothing where that will do", async () => {
  await using tokens = await registryTokens();
  await using registry = await DebianRegistry.start({ access: tokens });
  const digest = await registry.putImage("team/app", "1", "one");
  const image = `${registry.address}/team/app:1`;
  await withClient(login(registry.address), async (client) => {
    assertEquals(await client.digestOf(image, never), digest);
    // The token is kept.
    await assertRejects(() => client.digestOf(`${registry.address}/team/app:2`, never), RegistryError);
    assertEquals(tokens.requests, ["GET repository:team/app:pull"]);
  });
  await withClient({ auths: { [registry.address]: { identitytoken: "identity" } } }, async (client) => {
    assertEquals(await client.digestOf(image, never), digest);
    assertEquals(tokens.requests.at(-1), "POST repository:team/app:pull");
  });
  for (const config of [{}, login(registry.address, "wrong")]) {
    await withClient(config, async (client) => {
      const error = await assertRejects(() => client.digestOf(image, never), RegistryError);
      assertEquals(error.exitCode, ExitCode.permission);
    });
  }
  await using open = await registryTokens({ anonymous: true });
  await using free = await DebianRegistry.start({ access: open });
  const other = await free.putImage("app", "1", "one");
  await withClient(
    {},
    async (client) => assertEquals(await client.digestOf(`${free.address}/app:1`, never), other),
  );
});

Deno.test("registry: TLS with a private authority is verified by certs.d, and not verified on loopback", async () => {
  await using loopback = await DebianRegistry.start({ tls: true });
  const digest = await loopback.putImage("app", "1", "one");
  await withClient({}, async (client) => {
    assertEquals(await client.digestOf(`${loopback.address}/app:1`, never), digest);
  });
  const hostname = ownAddress();
  await using registry = await DebianRegistry.start({ tls: true, hostname, access: "htpasswd" });
  const other = await registry.putImage("app", "1", "one");
  const image = `${registry.address}/app:1`;
  await withClient(login(registry.address), async (client, directory) => {
    const error = await assertRejects(() => client.digestOf(image, never), RegistryError);
    assertEquals(error.exitCode, ExitCode.temporary);
    await Deno.mkdir(`${directory}/certs.d/${registry.address}`, { recursive: true });
  });
  await withClient(login(registry.address), async (client, directory) => {
    await Deno.mkdir(`${directory}/certs.d/${registry.address}`, { recursive: true });
    await Deno.writeTextFile(`${directory}/certs.d/${registry.address}/ca.crt`, registry.certificate);
    assertEquals(await client.digestOf(image, never), other);
  });
  // Named as insecure, as by the engine's own configuration.
  await withClient(login(registry.address), async (client) => {
    assertEquals(await client.digestOf(image, never), other);
  }, { insecure: [registry.address] });
});

Deno.test("registry: our own certificate of certs.d is shown, and without it nobody is let in", async () => {
  for (const hostname of ["127.0.0.1", ownAddress()]) {
    await using registry = await DebianRegistry.start({ tls: true, wantsCertificate: true, hostname });
    const digest = await registry.putImage("app", "1", "one");
    const image = `${registry.address}/app:1`;
    await withClient({}, async (client, directory) => {
      const place = `${directory}/certs.d/${registry.address}`;
      await Deno.mkdir(place, { recursive: true });
      await Deno.writeTextFile(`${place}/ca.crt`, registry.certificate);
      await Deno.writeTextFile(`${place}/client.cert`, registry.certificate);
      const error = await assertRejects(() => client.digestOf(image, never), Error);
      assertStringIncludes(error.message, "client.key is not beside it");
      await Deno.writeTextFile(`${place}/client.key`, registry.key);
      assertEquals(await client.digestOf(image, never), digest);
    });
    await withClient({}, async (client, directory) => {
      await Deno.mkdir(`${directory}/certs.d/${registry.address}`, { recursive: true });
      await Deno.writeTextFile(`${directory}/certs.d/${registry.address}/ca.crt`, registry.certificate);
      const error = await assertRejects(() => client.digestOf(image, never), RegistryError);
      assertEquals(error.failure, "unreachable", error.message);
    });
  }
});

Deno.test("registry: a mirror of Docker Hub is asked first", async () => {
  await using mirror = await DebianRegistry.start();
  const digest = await mirror.putImage("library/app", "latest", "one");
  await withClient({}, async (client) => {
    assertEquals(await client.digestOf("app", never), digest);
  }, { mirrors: [`http://${mirror.address}/`] });
  await mirror.settle();
  assertEquals(mirror.requests, ["HEAD /v2/library/app/manifests/latest"]);
});

/** An address of this host that is not loopback's. */
function ownAddress(): string {
  const found = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  assert(found !== undefined, "this host has no address but loopback's");
  return found.address;
}
