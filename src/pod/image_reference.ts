import { ExitCode, MesoletError } from "./errors.ts";

/** An image reference in full. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/busybox`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…`. A reference with a digest is pulled by it, whatever its tag says. */
  readonly digest?: string;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const registryPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads an image reference and fills in what it leaves out: `busybox` is `docker.io/library/busybox:latest`.
 *
 * Source: distribution/reference, the grammar of `reference.go` and `normalize.go`.
 *
 * @throws {MesoletError} exit code 65
 */
export function parseImageReference(text: string): ImageReference {
  const read = isImageId(text) ? "it is the id of an image, which no registry knows" : readReference(text);
  if (typeof read !== "string") return read;
  throw new MesoletError(`Cannot use ${JSON.stringify(text)} as an image: ${read}`, ExitCode.data);
}

/** Why no engine takes a text as an image; undefined where engines do, as a reference or as an id. */
export function imageProblem(text: string): string | undefined {
  const read = isImageId(text) ? undefined : readReference(text);
  return typeof read === "string" ? read : undefined;
}

function isImageId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The reference, or why it is none. */
function readReference(text: string): ImageReference | string {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const { registry, repository } = splitRegistry(colon < 0 ? named : named.slice(0, colon));
  if (!registryPattern.test(registry)) return `${JSON.stringify(registry)} is no registry`;
  if (!repositoryPattern.test(repository)) {
    return /[A-Z]/.test(repository)
      ? "the name of a repository is in lower case"
      : `${JSON.stringify(repository)} is no name of a repository`;
  }
  if (tag !== undefined && !tagPattern.test(tag)) return `${JSON.stringify(tag)} is no tag`;
  if (digest !== undefined && !digestPattern.test(digest)) return `${JSON.stringify(digest)} is no digest`;
  return {
    registry,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: "latest" } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The part before the first slash is a registry when it has a dot or a port, or is `localhost`. */
function splitRegistry(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf("/");
  const head = slash < 0 ? "" : name.slice(0, slash);
  const isRegistry = head === "localhost" || /[.:]/.test(head) || head !== head.toLowerCase();
  const registry = isRegistry ? head : "docker.io";
  const repository = isRegistry ? name.slice(slash + 1) : name;
  // The old name of Docker Hub is the same registry.
  const canonical = registry === "index.docker.io" ? "docker.io" : registry;
  const isShort = canonical === "docker.io" && !repository.includes("/");
  return { registry: canonical, repository: isShort ? `library/${repository}` : repository };
}

/** The reference in full, as one text. */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}
