import { hashContainer } from "./hash.ts";
import type { Container, Pod } from "./model.ts";

/** Digests by the image as the spec names it: `busybox:1` → `sha256:…`. */
export type Digests = ReadonlyMap<string, string>;

/** The images of a container: its own first, then those that are mounted into it. */
export function imagesOf({ image, mounts }: Pick<Container, "image" | "mounts">): string[] {
  const mounted = mounts.flatMap(({ type, source }) =>
    type === "image" && source !== undefined ? [source] : []
  );
  return [...new Set([image, ...mounted])];
}

/**
 * Whether a registry can say what an image stands for: not of one that has its digest, nor of the id of an image, nor of
 * one that is built here.
 */
export function canBePinned(image: string): boolean {
  return !image.includes("@") && !/^[0-9a-f]{64}$/.test(image);
}

/** The container with those of its images to run by digest that are chosen, as far as they can. */
export function withPins(container: Container, isChosen: (image: string) => boolean): Container {
  const pins = imagesOf(container).filter((image) =>
    canBePinned(image) && isChosen(image) && !(container.imageIsBuilt && image === container.image)
  );
  return pins.length === 0 ? container : { ...container, pins };
}

/** The pod with all of its images to run by digest. */
export function withAllPins(pod: Pod): Pod {
  return { ...pod, containers: pod.containers.map((container) => withPins(container, () => true)) };
}

/** The image by its digest, under the name that the spec gives it: `busybox:1` is `busybox@sha256:…`. */
export function imageByDigest(image: string, digest: string): string {
  return `${nameOf(image)}@${digest}`;
}

/** An image without tag and digest. */
export function nameOf(image: string): string {
  const at = image.indexOf("@");
  const named = at < 0 ? image : image.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return colon < 0 ? named : named.slice(0, colon);
}

/** The digest in an image reference; undefined where it has none. */
export function digestIn(image: string): string | undefined {
  const at = image.indexOf("@");
  return at < 0 ? undefined : image.slice(at + 1);
}

/**
 * A text that changes exactly when the spec of a container does: as long as it is the same, a digest that was found for
 * it holds. Tags and not digests are in it.
 *
 * @param directory of the pod's spec
 */
export function pinnedSpecOf(container: Container, directory: string): string {
  return hashContainer(container, directory, {});
}

/**
 * The container by digests, and with what it has to be known by later.
 *
 * @param digests of all images in {@linkcode Container.pins}
 */
export function pinnedContainer(container: Container, digests: Digests, directory: string): Container {
  const pins = container.pins ?? [];
  const found = new Map(pins.flatMap((image) => {
    const digest = digests.get(image);
    return digest === undefined ? [] : [[image, digest] as const];
  }));
  if (found.size === 0) return container;
  const byDigest = (image: string) => {
    const digest = found.get(image);
    return digest === undefined ? image : imageByDigest(image, digest);
  };
  return {
    ...container,
    image: byDigest(container.image),
    mounts: container.mounts.map((mount) =>
      mount.type === "image" && mount.source !== undefined
        ? { ...mount, source: byDigest(mount.source) }
        : mount
    ),
    pinned: { digests: found, spec: pinnedSpecOf(container, directory) },
  };
}

/** The value of the label for digests: `busybox:1=sha256:…,other=sha256:…`. No image has a comma or an equal sign. */
export function formatDigests(digests: Digests): string {
  return [...digests].map(([image, digest]) => `${image}=${digest}`).join(",");
}

/** Reads {@linkcode formatDigests}; what is no such text has none. */
export function parseDigests(text: string | undefined): Map<string, string> {
  return new Map(
    (text ?? "").split(",").flatMap((pair) => {
      const sign = pair.indexOf("=");
      return sign < 0 ? [] : [[pair.slice(0, sign), pair.slice(sign + 1)] as const];
    }),
  );
}
