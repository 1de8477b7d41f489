import type { ImageReference } from "../pod/image_reference.ts";
import { isInsecure, type RegistrySettings } from "./registry_settings.ts";

/** A place where a registry may be asked. */
export interface RegistryEndpoint {
  /** `https://registry-1.docker.io`, without a slash at its end. */
  readonly base: string;
  /** What credentials and certificates are looked up by: the registry as images write it. */
  readonly name: string;
  readonly verify: boolean;
  readonly isMirror: boolean;
}

/** Docker Hub is not where its name is. */
const hub = "https://registry-1.docker.io";

/**
 * The places to ask for an image, in order: the mirrors of Docker Hub, then the registry; one that may be insecure by TLS
 * first, and then without it.
 *
 * Source: moby, `registry/service_v2.go`, `lookupV2Endpoints`.
 */
export async function endpointsFor(
  { registry }: Pick<ImageReference, "registry">,
  settings: RegistrySettings,
): Promise<RegistryEndpoint[]> {
  if (registry === "docker.io") {
    const mirrors = await Promise.all(settings.mirrors.map((mirror) => mirrorEndpoint(mirror, settings)));
    return [
      ...mirrors.flatMap((mirror) => mirror ?? []),
      { base: hub, name: registry, verify: true, isMirror: false },
    ];
  }
  const verify = !await isInsecure(registry, settings);
  const secure = { base: `https://${registry}`, name: registry, verify, isMirror: false };
  return verify ? [secure] : [secure, { ...secure, base: `http://${registry}` }];
}

/** Undefined for a text that is no URL of a registry: the engine has refused it as well. */
async function mirrorEndpoint(
  mirror: string,
  settings: RegistrySettings,
): Promise<RegistryEndpoint | undefined> {
  const url = URL.parse(mirror);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const base = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
  return { base, name: url.host, verify: !await isInsecure(url.host, settings), isMirror: true };
}
