/** Address ranges for a private engine: none that the host uses already. */

/** An IPv4 network. */
export interface Network {
  readonly address: number;
  readonly length: number;
}

/** Reads `10.0.0.0/8`, or an address alone. */
export function parseNetwork(text: string): Network | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1, 5).map(Number);
  const length = match[5] === undefined ? 32 : Number(match[5]);
  return { address: ((a * 256 + b) * 256 + c) * 256 + d, length };
}

/** Whether two networks have an address in common. */
export function overlap(left: Network, right: Network): boolean {
  const length = Math.min(left.length, right.length);
  const size = 2 ** (32 - length);
  return Math.floor(left.address / size) === Math.floor(right.address / size);
}

/** Ranges of 65,536 private addresses that a private engine may use, those that are used least elsewhere first. */
export const candidateRanges: readonly string[] = [
  ...Array.from({ length: 50 }, (_, index) => `10.${201 + index}.0.0/16`),
  ...Array.from({ length: 8 }, (_, index) => `172.${24 + index}.0.0/16`),
  // Set aside for measuring networks (RFC 2544): nobody routes them.
  "198.18.0.0/16",
  "198.19.0.0/16",
];

/** The networks that interfaces and routes of this host use, the default route aside. */
export async function usedNetworks(): Promise<Network[]> {
  const addresses = await ipJson(["addr", "show"]);
  const routes = await ipJson(["route", "show", "table", "all"]);
  const texts: string[] = [];
  for (const entry of addresses) {
    for (const info of arrayOf(entry.addr_info)) texts.push(`${info.local}/${info.prefixlen}`);
  }
  for (const route of routes) texts.push(String(route.dst));
  return texts.map(parseNetwork).filter((network) => network !== undefined)
    .filter(({ length }) => length > 0);
}

type Entry = { readonly [key: string]: unknown };

function arrayOf(value: unknown): Entry[] {
  return Array.isArray(value) ? value : [];
}

async function ipJson(parameters: readonly string[]): Promise<Entry[]> {
  const { success, stdout, stderr } = await new Deno.Command("ip", { args: ["-json", "-4", ...parameters] })
    .output();
  if (!success) throw new Error(`Cannot list networks: ip: ${new TextDecoder().decode(stderr).trim()}`);
  const text = new TextDecoder().decode(stdout).trim();
  return text === "" ? [] : arrayOf(JSON.parse(text));
}

/** The parts of a range that a private engine is given. */
export function divideRange(range: string): {
  /** Address of the default bridge, with its prefix: 254 addresses. */
  readonly bridge: string;
  /** Where the engine takes the networks from that it is asked to make: 128 of 254 addresses. */
  readonly pool: string;
} {
  const [first = "", second = ""] = range.split(".");
  return { bridge: `${first}.${second}.0.1/24`, pool: `${first}.${second}.128.0/17` };
}
