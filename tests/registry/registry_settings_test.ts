import { engineFactsOf } from "../../src/docker/engine_facts.ts";
import { endpointsFor } from "../../src/registry/registry_endpoints.ts";
import { isInNetwork, isInsecure, usualRegistrySettings } from "../../src/registry/registry_settings.ts";
import { certificateDirectories } from "../../src/registry/registry_trust.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a registry may be without TLS where dockerd takes it so", async () => {
  const settings = { ...usualRegistrySettings, insecure: ["registry.lan:5000"] };
  const resolve = (name: string) =>
    Promise.resolve(name === "here" ? ["10.0.0.1", "127.0.0.9"] : ["10.0.0.1"]);
  const cases: readonly (readonly [string, boolean])[] = [
    ["127.0.0.1:5000", true],
    ["127.9.9.9", true],
    ["[::1]:5000", true],
    ["registry.lan:5000", true],
    ["registry.lan", false],
    ["here:5000", true],
    ["10.0.0.1", false],
    ["docker.io", false],
  ];
  for (const [registry, expected] of cases) {
    assertEquals(await isInsecure(registry, settings, resolve), expected, registry);
  }
});

Deno.test("an address is in a network, or not", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "0.0.0.0/0", true],
    ["fd00::1", "fd00::/16", true],
    ["fe00::1", "fd00::/16", false],
    ["::1", "::1/128", true],
    ["10.1.2.3", "fd00::/8", false],
    ["name", "10.0.0.0/8", false],
  ];
  for (const [address, network, expected] of cases) {
    assertEquals(isInNetwork(address, network), expected, `${address} ${network}`);
  }
});

Deno.test("a registry is asked at its mirrors, by TLS, and without it where that may be", async () => {
  const bases = async (registry: string, mirrors: readonly string[] = []) =>
    (await endpointsFor({ registry }, { ...usualRegistrySettings, mirrors })).map(({ base, verify }) =>
      `${base} ${verify}`
    );
  assertEquals(await bases("docker.io"), ["https://registry-1.docker.io true"]);
  assertEquals(await bases("docker.io", ["https://192.0.2.1/hub/", "http://127.0.0.1:5000", "nonsense"]), [
    "https://192.0.2.1/hub true",
    "http://127.0.0.1:5000 false",
    "https://registry-1.docker.io true",
  ]);
  assertEquals(await bases("192.0.2.1:5000", ["https://192.0.2.9"]), ["https://192.0.2.1:5000 true"]);
  assertEquals(await bases("127.0.0.1:5000"), [
    "https://127.0.0.1:5000 false",
    "http://127.0.0.1:5000 false",
  ]);
});

Deno.test("an engine says how it reaches registries; Podman does not", () => {
  const known = { apiVersion: "1.41", serverHeader: "Docker/20.10.24", localAddress: true };
  const info = {
    RegistryConfig: {
      InsecureRegistryCIDRs: ["127.0.0.0/8"],
      IndexConfigs: {
        "docker.io": { Name: "docker.io", Mirrors: ["https://mirror.lan/"], Secure: true },
        "registry.lan:5000": { Name: "registry.lan:5000", Mirrors: [], Secure: false },
      },
      Mirrors: ["https://mirror.lan/"],
    },
  };
  assertEquals(engineFactsOf(info, known).registries, {
    mirrors: ["https://mirror.lan/"],
    insecure: ["registry.lan:5000"],
    insecureNetworks: ["127.0.0.0/8"],
  });
  assertEquals(engineFactsOf({}, known).registries, undefined);
});

Deno.test("certificates are where Docker has them", () => {
  assertEquals(certificateDirectories({ HOME: "/home/me" }), [
    "/etc/docker/certs.d",
    "/home/me/.config/docker/certs.d",
  ]);
  assertEquals(certificateDirectories({}), ["/etc/docker/certs.d"]);
});
