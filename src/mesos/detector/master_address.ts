import { ExitCode, MesoletError } from "../../pod/errors.ts";

/** What `--master` says. */
export type MasterAddress =
  | {
    /** Masters by name; whichever of them leads is found by asking. At least one. */
    readonly kind: "list";
    readonly secure: boolean;
    readonly masters: readonly HostAndPort[];
  }
  | {
    /** The leader is looked up in ZooKeeper. */
    readonly kind: "zookeeper";
    /** Whether masters speak TLS. ZooKeeper does not. */
    readonly secure: boolean;
    readonly servers: readonly HostAndPort[];
    /** Absolute, without a slash at its end. */
    readonly path: string;
    /** `user:password`, for the digest scheme. */
    readonly authority?: string;
  };

/** A server. An IPv6 address is without its brackets. */
export interface HostAndPort {
  readonly hostname: string;
  readonly port: number;
}

const masterPort = 5050;
const zookeeperPort = 2181;

/**
 * Reads the address of a master, or of several: `HOST[:PORT]`, a list of those, `http(s)://HOST[:PORT]`,
 * `zk://[USER:PASSWORD@]HOST[:PORT],…/PATH`.
 *
 * @param where what a message names: `--master`
 * @param secure whether masters without a scheme speak TLS
 * @throws {MesoletError} exit code 64
 */
export function parseMasterAddress(text: string, where: string, secure = false): MasterAddress {
  const fail = (why: string): never => {
    // A password does not belong on a terminal, whatever characters it has.
    const shown = text.replace(/^([a-z]+:\/\/)?.*@/i, "$1…@");
    throw new MesoletError(
      `${where} is ${JSON.stringify(shown)}: ${why}. It has the form HOST:PORT, a list of these, ` +
        "http(s)://HOST:PORT or zk://HOST:PORT,HOST:PORT/PATH",
      ExitCode.usage,
    );
  };
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1];
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  if (scheme !== "zk" && rest.includes("@")) fail("who asks is said by --principal and --secret-file");
  switch (scheme) {
    case undefined:
      return { kind: "list", secure, masters: hosts(rest, masterPort, fail) };
    case "http":
    case "https": {
      const list = rest.replace(/\/$/, "");
      if (list.includes("/")) fail("a master has no path");
      return { kind: "list", secure: scheme === "https", masters: hosts(list, masterPort, fail) };
    }
    case "zk":
      return { kind: "zookeeper", secure, ...readZookeeper(rest, fail) };
    default:
      return fail(`${scheme} is no way to find a master`);
  }
}

/**
 * Reads what stands behind `zk://`: `[USER:PASSWORD@]HOST[:PORT],…/PATH`.
 *
 * @param fail is told what is wrong, and throws
 */
export function readZookeeper(
  rest: string,
  fail: (why: string) => never,
): { readonly servers: readonly HostAndPort[]; readonly path: string; readonly authority?: string } {
  if (/@.*@|\/.*@/.test(rest)) fail("a password has no / and no @ here");
  const [, authority, servers = "", path = ""] = /^(?:([^/@]*)@)?([^/]*)(\/.*)?$/.exec(rest) ?? [];
  if (!/^(\/[^/]+)+\/?$/.test(path)) fail("the path in ZooKeeper is missing, such as /mesos");
  if (authority !== undefined && !/^[^:]+:./.test(authority)) fail("who asks has the form USER:PASSWORD");
  return {
    servers: hosts(servers, zookeeperPort, fail),
    path: path.replace(/\/$/, ""),
    ...(authority === undefined ? {} : { authority }),
  };
}

/** The address for people, without a password. */
export function formatMasterAddress(address: MasterAddress): string {
  if (address.kind === "zookeeper") return `zk://${address.servers.map(formatHost).join(",")}${address.path}`;
  return `${address.secure ? "https://" : ""}${address.masters.map(formatHost).join(",")}`;
}

/** A server as people write it. */
export function formatHost({ hostname, port }: HostAndPort): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/**
 * A server of the form `HOST[:PORT]` or `[IPv6][:PORT]`; undefined where it is none.
 *
 * @param port where none is given
 */
export function readHost(text: string, port: number): HostAndPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/@\[\]\s,?#]+))(?::(\d{1,5}))?$/.exec(text);
  const [, ipv6, name, given] = match ?? [];
  const hostname = ipv6 ?? name;
  const number = given === undefined ? port : Number(given);
  return hostname === undefined || number < 1 || number > 65_535 ? undefined : { hostname, port: number };
}

function hosts(list: string, port: number, fail: (why: string) => never): HostAndPort[] {
  return list.split(",").map((part) =>
    readHost(part.trim(), port) ??
      fail(part.trim() === "" ? "a host is missing" : `${part.trim()} is no host`)
  );
}
