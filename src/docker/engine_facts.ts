import type { EngineFacts, RegistrySettings } from "../plan/observed.ts";
import { isLocalAddress } from "./engine_address.ts";
import type { Connection } from "./connection.ts";
import { ExitCode } from "../pod/errors.ts";
import { EngineError } from "./engine_error.ts";
import { isObject, listOf, objectOf, textOf } from "./json.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * The newest version of the Engine API that this code was written for: that of Docker 28.1, the first with all that the
 * Compose Specification asks for. An engine heeds fields only of the version that is spoken.
 */
export const newestApiVersion = "1.49";
/** The oldest one: Docker 1.12. */
export const oldestApiVersion = "1.24";

/**
 * The version to speak with an engine: its own, but none that we do not know.
 *
 * @param offered the `Api-Version` of a ping
 * @throws {EngineError} exit code 69, when the engine is too old or says no version
 */
export function negotiateApiVersion(offered: string): string {
  const version = parseVersion(offered);
  if (version === undefined) {
    throw unsupported(`it does not say its API version (${JSON.stringify(offered)})`);
  }
  if (compare(version, oldestApiVersion) < 0) {
    throw unsupported(
      `it speaks API ${version}, ${oldestApiVersion} is the oldest that is supported. Update it`,
    );
  }
  return compare(version, newestApiVersion) > 0 ? newestApiVersion : version;
}

function unsupported(why: string): EngineError {
  return new EngineError(`Cannot use this engine: ${why}`, ExitCode.unavailable, {
    reason: "not-understood",
    call: "ping the engine",
  });
}

function parseVersion(text: string): string | undefined {
  return /^(\d+\.\d+)(?:\.\d+)?$/.exec(text.trim())?.[1];
}

function compare(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split(".").map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split(".").map(Number);
  return leftMajor === rightMajor ? leftMinor - rightMinor : leftMajor - rightMajor;
}

/** Reads what placing and planning depend on: one call. */
export async function readEngineFacts(
  connection: Connection,
  apiVersion: string,
  serverHeader: string,
  signal?: AbortSignal,
): Promise<EngineFacts> {
  const answer = await connection.request({
    method: "GET",
    path: "/info",
    call: "read the engine's facts",
    bound: TimeBounds.read,
    signal,
  });
  return engineFactsOf(answer.body, {
    apiVersion,
    serverHeader,
    localAddress: isLocalAddress(connection.address),
  });
}

/** Makes facts of the answer to `/info`. */
export function engineFactsOf(
  information: unknown,
  known: { readonly apiVersion: string; readonly serverHeader: string; readonly localAddress: boolean },
): EngineFacts {
  const info = objectOf(information);
  const operatingSystem = textOf(info.OperatingSystem);
  const id = textOf(info.ID);
  const registries = registriesOf(info.RegistryConfig);
  return {
    ...(id === "" ? {} : { id }),
    kind: known.serverHeader.startsWith("Libpod/") ? "podman" : "docker",
    apiVersion: known.apiVersion,
    serverVersion: textOf(info.ServerVersion),
    operatingSystem: textOf(info.OSType) || "linux",
    architecture: architectureOf(textOf(info.Architecture)),
    // Engines before API 1.41 do not say and knew version 1 only.
    cgroupVersion: textOf(info.CgroupVersion) === "2" || textOf(info.CgroupVersion) === "v2" ? 2 : 1,
    cgroupDriver: cgroupDriverOf(textOf(info.CgroupDriver)),
    // Docker Desktop listens on a local socket, and runs in a virtual machine.
    local: known.localAddress && !operatingSystem.startsWith("Docker Desktop"),
    rootless: info.Rootless === true ||
      listOf(info.SecurityOptions).some((option) => textOf(option).startsWith("name=rootless")),
    ...(registries === undefined ? {} : { registries }),
  };
}

/** Podman does not say. */
function registriesOf(value: unknown): RegistrySettings | undefined {
  if (!isObject(value)) return undefined;
  const texts = (list: unknown) => listOf(list).map(textOf).filter((text) => text !== "");
  return {
    mirrors: texts(value.Mirrors),
    insecure: Object.entries(objectOf(value.IndexConfigs))
      .flatMap(([name, index]) => objectOf(index).Secure === false ? [name] : []),
    insecureNetworks: texts(value.InsecureRegistryCIDRs),
  };
}

/** The name that images use for an architecture, from the kernel's name of it. */
export function architectureOf(machine: string): string {
  switch (machine) {
    case "x86_64":
      return "amd64";
    case "aarch64":
      return "arm64";
    case "armv7l":
      return "arm";
    default:
      return machine;
  }
}

function cgroupDriverOf(driver: string): EngineFacts["cgroupDriver"] {
  return driver === "cgroupfs" || driver === "systemd" ? driver : "none";
}
