import type { RegistryClientSetup } from "./engine_registries.ts";

/** Finds out what tags stand for. */
export interface DigestSource {
  /**
   * The digest of an image, by its tag: of the index where there is one for several platforms, since one spec runs on
   * hosts of all kinds and every engine finds its own image in it; with `platform`, that of the image for it.
   *
   * @param image a reference; one with a digest is not asked for
   * @param platform `os/architecture[/variant]`
   * @throws {RegistryError} when no registry tells; the signal's reason when it is aborted
   */
  digestOf(image: string, signal: AbortSignal, platform?: string): Promise<string>;
}

/** The registries as an engine reaches them. What it takes to ask them is loaded when the first one is asked. */
export function registriesFor(setup: RegistryClientSetup): DigestSource {
  let client: Promise<DigestSource> | undefined;
  return {
    async digestOf(...asked) {
      client ??= import("./engine_registries.ts").then(({ registryClientFor }) => registryClientFor(setup));
      return await (await client).digestOf(...asked);
    },
  };
}
