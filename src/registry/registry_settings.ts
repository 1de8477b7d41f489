import { isIP } from "node:net";
import { lookup } from "node:dns/promises";
import type { RegistrySettings } from "../plan/observed.ts";

export type { RegistrySettings };

/** What holds for an engine that nobody has configured: registries on the host itself need no TLS. */
export const usualRegistrySettings: RegistrySettings = {
  mirrors: [],
  insecure: [],
  insecureNetworks: ["127.0.0.0/8", "::1/128"],
};

/**
 * Whether a registry may be without TLS, by the rule of dockerd: it is named, or one of its addresses is in one of the
 * networks.
 *
 * Source: moby, `registry/config.go`, `isSecureIndex`.
 *
 * @param registry as an image has it: `localhost:5000`
 * @param resolve the addresses of a host name; by default as this host resolves it
 */
export async function isInsecure(
  registry: string,
  settings: RegistrySettings,
  resolve: (name: string) => Promise<readonly string[]> = addressesOf,
): Promise<boolean> {
  if (settings.insecure.includes(registry)) return true;
  if (registry === "docker.io") return false;
  const host = hostNameOf(registry);
  const addresses = isIP(host) !== 0 ? [host] : await resolve(host);
  return addresses.some((address) =>
    settings.insecureNetworks.some((network) => isInNetwork(address, network))
  );
}

/** The host of `host:port` and of `[::1]:port`. */
export function hostNameOf(registry: string): string {
  return registry.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    // Whether it is there is found out when it is asked.
    return [];
  }
}

/** Whether an address is in a network `address/bits`. */
export function isInNetwork(address: string, network: string): boolean {
  const slash = network.lastIndexOf("/");
  const [one, other] = [bitsOf(address), bitsOf(slash < 0 ? network : network.slice(0, slash))];
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  const bits = slash < 0 ? one.length : Number(network.slice(slash + 1));
  return one.slice(0, bits) === other.slice(0, bits);
}

/** An address as text of binary digits. */
function bitsOf(address: string): string | undefined {
  switch (isIP(address)) {
    case 4:
      return address.split(".").map((part) => binary(Number(part), 8)).join("");
    case 6: {
      if (address.includes(".")) return undefined;
      const [head = "", tail] = address.split("::");
      const groups = (text: string) => text === "" ? [] : text.split(":");
      const [front, back] = [groups(head), groups(tail ?? "")];
      const missing = tail === undefined ? 0 : 8 - front.length - back.length;
      const all = [...front, ...Array.from({ length: missing }, () => "0"), ...back];
      return all.map((group) => binary(parseInt(group, 16), 16)).join("");
    }
    default:
      return undefined;
  }
}

function binary(number: number, digits: number): string {
  return number.toString(2).padStart(digits, "0");
}
