import { ExitCode, MesoletError } from "../pod/errors.ts";

/** Where an engine listens. */
export type EngineAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Certificates of a TCP connection, as PEM text. What is absent is that of the system, or none. */
export interface TransportSecurity {
  readonly authority?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * Reads an engine's address as `DOCKER_HOST` and docker contexts write it.
 *
 * @param host `unix:///path`, `tcp://host:port`, `host:port`
 * @param from where it was written, for the error: `DOCKER_HOST`
 * @throws {MesoletError} exit code 78, for ssh://, npipe:// and whatever is none of these
 */
export function parseEngineAddress(host: string, from: string): EngineAddress {
  const refuse = (why: string): never => {
    throw new MesoletError(`Cannot use ${JSON.stringify(host)} of ${from}: ${why}`, ExitCode.configuration);
  };
  const separator = host.indexOf("://");
  const scheme = separator < 0 ? "tcp" : host.slice(0, separator);
  const rest = separator < 0 ? host : host.slice(separator + 3);
  switch (scheme) {
    case "unix":
      if (!rest.startsWith("/")) return refuse("a unix socket is written unix:///absolute/path");
      return { kind: "unix", path: rest };
    case "tcp":
    case "http":
    case "https":
      return parseTcp(rest, refuse);
    case "ssh":
      return refuse(
        "engines are not reached over ssh. Forward the socket (ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST) " +
          "and use unix:///tmp/docker.sock",
      );
    case "npipe":
      return refuse("named pipes of Windows are not supported; expose the engine on tcp://localhost:2375");
    default:
      return refuse("it begins with none of unix:// and tcp://");
  }
}

function parseTcp(rest: string, refuse: (why: string) => never): EngineAddress {
  const match = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:/\[\]]+))(?::(\d+))?(\/.*)?$/.exec(rest);
  if (match === null) return refuse("a TCP address is written tcp://host:port");
  const [, ipv6, name, port, path] = match;
  if (path !== undefined && path !== "/") return refuse("a path after host and port is not supported");
  const number = port === undefined ? 2375 : Number(port);
  if (number < 1 || number > 65535) return refuse("the port is not in 1…65535");
  return { kind: "tcp", host: ipv6 ?? name ?? "", port: number };
}

/** The address as a person writes it. */
export function formatEngineAddress(address: EngineAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}`;
}

/** Whether the address is one of this machine: then the engine shares our kernel and our file tree. */
export function isLocalAddress(address: EngineAddress): boolean {
  return address.kind === "unix";
}
