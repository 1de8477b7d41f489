/** How long a registry may take, in milliseconds, and how much it may say, in bytes. docs/pinning.md has them for users. */
export const RegistryBounds = {
  /** One request with its answer: a manifest is small. */
  request: 20_000,
  /** All of one image: with tokens, redirects, mirrors and tries. */
  image: 90_000,
  /** The longest pause that a registry may ask for (`Retry-After`): whoever launches a pod wants to know, and not to wait. */
  longestPause: 30_000,
  /** What is known is asked again after this: pods that start side by side ask once. */
  fresh: 60_000,
  /** The most that registries take for a manifest. */
  manifest: 4 * 1024 * 1024,
  /** Tokens are some kilobytes, errors less. */
  answer: 256 * 1024,
} as const;

/** Tries of a request, the first included. */
export const registryTries = 4;

/** Requests at one time to one registry. */
export const requestsAtOnce = 4;

/** More redirects than this lead nowhere. */
export const mostRedirects = 5;
