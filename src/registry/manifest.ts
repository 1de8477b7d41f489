import { isObject, listOf, objectOf, textOf } from "../docker/json.ts";
import { sha256 } from "../pod/sha256.ts";

/** Media types of what a tag may stand for: one image, of Docker and of OCI, or an index of images. */
export const imageTypes = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
] as const;
export const indexTypes = [
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
] as const;

/** For the `Accept` header: without it a registry gives a manifest of schema 1, which has another digest. */
export const acceptedTypes = [...indexTypes, ...imageTypes].join(", ");

/** `sha256:…`, and whatever else a registry may hash with. */
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;

export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${sha256(bytes)}`;
}

/** The media type of a `Content-Type`, without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").replace(/;.*$/s, "").trim().toLowerCase();
}

export function isIndexType(mediaType: string): boolean {
  return indexTypes.some((type) => type === mediaType);
}

export function isKnownType(mediaType: string): boolean {
  return isIndexType(mediaType) || imageTypes.some((type) => type === mediaType);
}

/**
 * The digest of the image for a platform in an index.
 *
 * @param platform `os/architecture[/variant]`
 * @returns undefined where there is none, with what there is
 */
export function digestForPlatform(
  index: unknown,
  platform: string,
): { readonly digest: string | undefined; readonly platforms: readonly string[] } {
  const wanted = normalPlatform(platform);
  const entries = listOf(objectOf(index).manifests).filter(isObject).flatMap((entry) => {
    const { os, architecture, variant } = objectOf(entry.platform);
    const name = [textOf(os), textOf(architecture), textOf(variant)].filter((part) => part !== "").join("/");
    const digest = textOf(entry.digest);
    // Attestations stand in an index too, for no platform.
    return name === "" || name.startsWith("unknown/") || !isDigest(digest) ? [] : [{ name, digest }];
  });
  const exact = entries.find(({ name }) => normalPlatform(name) === wanted);
  // Without a variant, any will do; the first is the registry's choice, as it is the engine's.
  const near = exact ?? entries.find(({ name }) => normalPlatform(name).startsWith(`${wanted}/`));
  return { digest: near?.digest, platforms: entries.map(({ name }) => name) };
}

const architectures: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64", i386: "386" };

/** The one way of several to write it: `linux/aarch64/v8` is `linux/arm64`. */
function normalPlatform(text: string): string {
  const [os = "", architecture = "", variant = ""] = text.toLowerCase().split("/");
  const machine = architectures[architecture] ?? architecture;
  const isUsual = variant === "" || (machine === "arm64" && variant === "v8") ||
    (machine === "amd64" && variant === "v1");
  return [os, machine, ...(isUsual ? [] : [variant])].join("/");
}
