import type { Clock } from "../pod/clock.ts";
import { messageOf } from "../pod/errors.ts";
import { formatImageReference, type ImageReference, parseImageReference } from "../pod/image_reference.ts";
import {
  acceptedTypes,
  digestForPlatform,
  digestOf,
  isDigest,
  isIndexType,
  isKnownType,
  mediaTypeOf,
} from "./manifest.ts";
import type { DigestSource } from "./digest_source.ts";
import { RegistryBounds } from "./registry_bounds.ts";
import { endpointsFor, type RegistryEndpoint } from "./registry_endpoints.ts";
import { RegistryError } from "./registry_error.ts";
import { RegistryRequests, type RegistryTools } from "./registry_request.ts";
import type { RegistrySettings } from "./registry_settings.ts";

/**
 * Asks registries by the Registry API, version 2. A HEAD tells the digest and counts for no limit of pulls; only where it
 * does not, or for a platform, the manifest itself is asked for, and its hash is what counts.
 *
 * Source: OCI distribution specification, "Pulling manifests"; Docker Hub, "Pull usage and limits".
 */
export class RegistryClient implements DigestSource {
  readonly #clock: Clock;
  readonly #settings: RegistrySettings;
  readonly #requests: RegistryRequests;
  readonly #known = new Map<string, { readonly digest: Promise<string>; readonly at: number }>();

  constructor(tools: RegistryTools & { readonly settings: RegistrySettings }) {
    this.#clock = tools.clock;
    this.#settings = tools.settings;
    this.#requests = new RegistryRequests(tools);
  }

  async digestOf(image: string, signal: AbortSignal, platform?: string): Promise<string> {
    const reference = parseImageReference(image);
    if (reference.digest !== undefined && platform === undefined) return reference.digest;
    const key = `${formatImageReference(reference)} ${platform ?? ""}`;
    const known = this.#known.get(key);
    if (known !== undefined && this.#clock.elapsed() - known.at < RegistryBounds.fresh) {
      try {
        return await known.digest;
      } catch (error) {
        // Another one was asked for it, and may have been called off.
        if (signal.aborted || error instanceof RegistryError) throw error;
      }
    }
    const digest = this.#askAll(image, reference, platform, signal);
    this.#known.set(key, { digest, at: this.#clock.elapsed() });
    digest.catch(() => this.#known.delete(key));
    return await digest;
  }

  async #askAll(
    image: string,
    reference: ImageReference,
    platform: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const late = new AbortController();
    const done = new AbortController();
    this.#clock.sleep(RegistryBounds.image, done.signal).then(() => late.abort(), () => {});
    const both = AbortSignal.any([signal, late.signal]);
    let last: RegistryError | undefined;
    try {
      for (const endpoint of await endpointsFor(reference, this.#settings)) {
        try {
          return await this.#ask(endpoint, reference, platform, both);
        } catch (error) {
          if (late.signal.aborted) {
            const seconds = RegistryBounds.image / 1_000;
            throw new RegistryError(
              "unreachable",
              sentence(image, reference, `it takes more than ${seconds} s`),
            );
          }
          if (!(error instanceof RegistryError)) throw error;
          // A mirror need not have everything; a registry without TLS is asked without it next.
          const before = last;
          last = new RegistryError(error.failure, sentence(image, reference, error.message), {
            cause: error,
          });
          if (endpoint.isMirror || error.failure === "unreachable") continue;
          // Who speaks TLS cannot be understood without it: what was wrong by TLS is what people have to know.
          const spokeTls = before !== undefined &&
            !/InvalidContentType|wrong version number/.test(before.message);
          throw endpoint.base.startsWith("http:") && error.failure === "not-understood" && spokeTls
            ? before
            : last;
        }
      }
    } finally {
      done.abort();
    }
    signal.throwIfAborted();
    throw last ?? new RegistryError("unreachable", sentence(image, reference, "there is no place to ask"));
  }

  async #ask(
    endpoint: RegistryEndpoint,
    reference: ImageReference,
    platform: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const { repository } = reference;
    const path = `/manifests/${reference.digest ?? reference.tag ?? "latest"}`;
    const request = { endpoint, repository, path, accept: acceptedTypes };
    let digest: string | undefined;
    if (platform === undefined) {
      const head = await this.#requests.ask({ ...request, method: "HEAD" }, signal);
      // Some have no HEAD for it.
      if (head.status !== 405 && head.status !== 501) {
        refuseOthers(head.status, reference);
        digest = head.header("docker-content-digest");
        if (
          digest !== undefined && isDigest(digest) && isKnownType(mediaTypeOf(head.header("content-type")))
        ) {
          return digest;
        }
      }
    }
    const answer = await this.#requests.ask({ ...request, method: "GET" }, signal);
    refuseOthers(answer.status, reference);
    const mediaType = mediaTypeOf(answer.header("content-type"));
    if (!isKnownType(mediaType)) {
      throw new RegistryError(
        "not-understood",
        `its manifest is of the type ${JSON.stringify(mediaType)}, which has no digest that engines pull by`,
      );
    }
    const hash = digestOf(answer.body);
    const said = reference.digest ?? answer.header("docker-content-digest") ?? digest;
    if (said?.startsWith("sha256:") === true && said !== hash) {
      throw new RegistryError("not-understood", `its manifest has the digest ${hash}, and it says ${said}`);
    }
    if (platform === undefined || !isIndexType(mediaType)) return hash;
    const found = digestForPlatform(parsed(answer.body), platform);
    if (found.digest !== undefined) return found.digest;
    throw new RegistryError(
      "not-found",
      `it has it for ${found.platforms.join(", ")}, and not for ${platform}`,
    );
  }
}

function refuseOthers(status: number, reference: ImageReference): void {
  switch (status) {
    case 200:
      return;
    case 401:
    case 403:
      throw new RegistryError(
        "denied",
        `it does not let us see it (${status}): look at the name, or run: docker login ` +
          (reference.registry === "docker.io" ? "" : reference.registry),
      );
    case 404:
      throw new RegistryError("not-found", "it has no such image or tag");
    default:
      throw new RegistryError("not-understood", `it answers ${status}`);
  }
}

function sentence(image: string, { registry }: ImageReference, why: string): string {
  return `Cannot find out the digest of ${image} at ${registry}: ${why.trimEnd()}`;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw new RegistryError("not-understood", `its manifest is no JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
