import type { Engine } from "../../docker/engine.ts";
import type { Clock } from "../../pod/clock.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { CheckInfo, HealthCheck } from "../wire/messages.ts";
import { CommandProbe } from "./command_probe.ts";
import { askByHttp } from "../../docker/http_probe.ts";
import { openPort, type PodPort, takesConnections } from "../../docker/pod_port.ts";
import type { Probe, ProbeResult } from "./probe_result.ts";
import type { ProbeTarget } from "./probe_target.ts";

/** What the tries of checks are made with. */
export interface ProbeTools {
  readonly engine: Pick<Engine, "execute">;
  readonly clock: Clock;
  /** What there is to check at this moment: asked at each try. */
  readonly target: () => ProbeTarget;
}

/** A relay goes on for as long as a try may take, and a little: it is the last to give up. */
const relayMargin = 5;
/** Seconds for a try without a bound. */
const longestRelay = 24 * 60 * 60;

/**
 * The tries of a health check.
 *
 * @throws {MesoletError} 65 for a check that says too little, or is of a kind that there is not
 */
export function probeOfHealthCheck(check: HealthCheck, tools: ProbeTools): Probe {
  const seconds = relaySeconds(check.timeout_seconds);
  switch (check.type) {
    case "COMMAND":
      return commandProbe(known(check.command, "health_check.command"), "health_check.command", tools);
    case "HTTP": {
      const http = known(check.http, "health_check.http");
      const scheme = http.scheme?.toLowerCase() ?? "http";
      if (scheme !== "http" && scheme !== "https") {
        throw notCheckable(`health_check.http.scheme is ${scheme}: it can be http or https`);
      }
      return httpProbe({
        scheme,
        version: http.protocol === "IPv6" ? 6 : 4,
        port: http.port,
        path: http.path ?? "",
        seconds,
      }, tools);
    }
    case "TCP": {
      const tcp = known(check.tcp, "health_check.tcp");
      return tcpProbe({ port: tcp.port, version: tcp.protocol === "IPv6" ? 6 : 4, seconds }, tools);
    }
    default:
      throw notCheckable(`health_check.type is ${check.type ?? "missing"}: it can be COMMAND, HTTP or TCP`);
  }
}

/**
 * The tries of a check.
 *
 * @throws {MesoletError} 65 for a check that says too little, or is of a kind that there is not
 */
export function probeOfCheck(check: CheckInfo, tools: ProbeTools): Probe {
  const seconds = relaySeconds(check.timeout_seconds);
  switch (check.type) {
    case "COMMAND":
      return commandProbe(known(check.command?.command, "check.command"), "check.command.command", tools);
    case "HTTP": {
      const { port, path = "" } = known(check.http, "check.http");
      return httpProbe({ scheme: "http", version: 4, port, path, seconds }, tools);
    }
    case "TCP":
      return tcpProbe({ port: known(check.tcp, "check.tcp").port, version: 4, seconds }, tools);
    default:
      throw notCheckable(`check.type is ${check.type ?? "missing"}: it can be COMMAND, HTTP or TCP`);
  }
}

function commandProbe(
  command: NonNullable<HealthCheck["command"]>,
  path: string,
  tools: ProbeTools,
): Probe {
  // Nothing at all would always succeed.
  if ((command.value ?? "").trim() === "") throw notCheckable(`${path}.value is missing`);
  const { engine, clock, target } = tools;
  const probe = new CommandProbe(command, { engine, clock, container: () => target().container });
  return (signal) => probe.try(signal);
}

interface HttpProbe extends Omit<PodPort, "source"> {
  readonly scheme: "http" | "https";
  readonly path: string;
}

function httpProbe({ scheme, path, ...to }: HttpProbe, tools: ProbeTools): Probe {
  mustBePort(to.port);
  return withReasons(async (signal) => {
    const source = tools.target().ports;
    const loopback = to.version === 6 ? "[::1]" : "127.0.0.1";
    const request = { scheme, host: loopback, port: to.port, path: path.startsWith("/") ? path : `/${path}` };
    const open = (port: number) => openPort({ ...to, source, port }, tools.engine, signal);
    return { kind: "http", statusCode: await askByHttp(request, open, signal) };
  });
}

function tcpProbe(to: Omit<PodPort, "source">, tools: ProbeTools): Probe {
  mustBePort(to.port);
  return withReasons(async (signal) => {
    const source = tools.target().ports;
    return { kind: "tcp", succeeded: await takesConnections({ ...to, source }, tools.engine, signal) };
  });
}

/** What a try fails with is its result. */
function withReasons(probe: Probe): Probe {
  return async (signal): Promise<ProbeResult> => {
    try {
      return await probe(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MesoletError)) throw error;
      return { kind: "failed", reason: error.message };
    }
  };
}

function relaySeconds(timeout: number | undefined): number {
  const seconds = timeout ?? 20;
  return seconds <= 0 ? longestRelay : Math.min(longestRelay, Math.ceil(seconds) + relayMargin);
}

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw notCheckable(`${name} is missing`);
  return value;
}

function mustBePort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw notCheckable(`${port} is no port`);
}

function notCheckable(reason: string): MesoletError {
  return new MesoletError(`Cannot check the task: ${reason}`, ExitCode.data);
}
