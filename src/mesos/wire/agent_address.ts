import { ExitCode, MesoletError } from "../../pod/errors.ts";

/** Where one HTTP endpoint of the Mesos v1 API is. */
export type Endpoint =
  | {
    readonly kind: "tcp";
    /** Whether it speaks TLS. */
    readonly secure: boolean;
    /** A name or an address; an IPv6 address without its brackets. */
    readonly hostname: string;
    readonly port: number;
    readonly path: string;
  }
  | {
    /** Plain HTTP on a socket of this machine. */
    readonly kind: "unix";
    readonly socket: string;
    readonly path: string;
  };

/** Environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

const executorPath = "/api/v1/executor";

/**
 * The endpoint at which an executor finds its agent: the domain socket if the agent has one
 * (`MESOS_DOMAIN_SOCKET`), else `MESOS_AGENT_ENDPOINT`, else the address in `MESOS_SLAVE_PID`.
 *
 * @param environment what the agent gave the executor
 * @param secure whether the agent speaks TLS; its domain socket never does
 * @throws {MesoletError} exit code 78, for a variable that is missing or cannot be read
 */
export function executorEndpoint(environment: EnvironmentVariables, secure: boolean): Endpoint {
  const socket = environment.MESOS_DOMAIN_SOCKET;
  if (socket !== undefined && socket !== "") {
    // On the socket the agent serves this path alone, and knows its name with literal parentheses only.
    const { name } = parseProcessId(environment.MESOS_SLAVE_PID, "MESOS_SLAVE_PID");
    return { kind: "unix", socket, path: `/${name}${executorPath}` };
  }
  const address = environment.MESOS_AGENT_ENDPOINT;
  if (address !== undefined && address !== "") {
    return { kind: "tcp", secure, ...parseHostAndPort(address, "MESOS_AGENT_ENDPOINT"), path: executorPath };
  }
  const { hostname, port } = parseProcessId(environment.MESOS_SLAVE_PID, "MESOS_SLAVE_PID");
  return { kind: "tcp", secure, hostname, port, path: executorPath };
}

/** The endpoint as a person writes it. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === "unix") return `${endpoint.path} on the socket ${endpoint.socket}`;
  const host = endpoint.hostname.includes(":") ? `[${endpoint.hostname}]` : endpoint.hostname;
  return `${endpoint.secure ? "https" : "http"}://${host}:${endpoint.port}${endpoint.path}`;
}

interface HostAndPort {
  readonly hostname: string;
  readonly port: number;
}

/** `host:port`, `[::1]:port`. */
function parseHostAndPort(text: string, variable: string): HostAndPort {
  const [, ipv6, name, port] = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:/@\[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  if (!(number >= 1 && number <= 65_535)) {
    throw new MesoletError(
      `${variable} is ${JSON.stringify(text)}, which is no address of an agent. It has the form HOST:PORT`,
      ExitCode.configuration,
    );
  }
  return { hostname: ipv6 ?? name ?? "", port: number };
}

/** The id of a process of libprocess: `slave(1)@127.0.0.1:5051`. */
function parseProcessId(text: string | undefined, variable: string): HostAndPort & { readonly name: string } {
  if (text === undefined || text === "") {
    throw new MesoletError(
      `${variable} is not set. An agent sets it for its executors: start this as one`,
      ExitCode.configuration,
    );
  }
  const at = text.lastIndexOf("@");
  const name = text.slice(0, at);
  if (at < 1 || !/^[\w().-]+$/.test(name)) {
    throw new MesoletError(
      `${variable} is ${JSON.stringify(text)}, which names no agent. It has the form slave(N)@HOST:PORT`,
      ExitCode.configuration,
    );
  }
  return { name, ...parseHostAndPort(text.slice(at + 1), variable) };
}
