import { findRegistryCredentials } from "../docker/registry_credentials.ts";
import type { Clock } from "../pod/clock.ts";
import type { EngineFacts } from "../plan/observed.ts";
import { RegistryClient } from "./registry_client.ts";
import { type RegistrySettings, usualRegistrySettings } from "./registry_settings.ts";
import { certificateDirectories } from "./registry_trust.ts";

/** Mirrors of Docker Hub, besides those of the engine and before them: URLs with commas. */
export const mirrorVariable = "MESOLET_REGISTRY_MIRROR";
/** Registries that may be without TLS, besides those of the engine: names with commas. */
export const insecureVariable = "MESOLET_INSECURE_REGISTRY";

/** What a client of registries is made from. */
export interface RegistryClientSetup {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Absent: as one that nobody has configured. */
  readonly engine?: Pick<EngineFacts, "registries">;
}

/**
 * A client that reaches registries as an engine does: by its mirrors and what it takes for insecure, with the credentials
 * of Docker's configuration and the certificates of `certs.d`.
 */
export function registryClientFor(setup: RegistryClientSetup): RegistryClient {
  const { environment, clock } = setup;
  return new RegistryClient({
    clock,
    random: Math.random,
    certificateDirectories: certificateDirectories(environment),
    findCredentials: (registry, signal) => findRegistryCredentials(registry, { environment, clock }, signal),
    settings: withOwn(setup.engine?.registries ?? usualRegistrySettings, environment),
  });
}

function withOwn(
  settings: RegistrySettings,
  environment: Readonly<Record<string, string | undefined>>,
): RegistrySettings {
  const listed = (name: string) =>
    (environment[name] ?? "").split(",").map((text) => text.trim()).filter((text) => text !== "");
  return {
    ...settings,
    mirrors: [...listed(mirrorVariable), ...settings.mirrors],
    insecure: [...settings.insecure, ...listed(insecureVariable)],
  };
}
