import { Label } from "../pod/labels.ts";
import { digestIn, imageByDigest, parseDigests } from "../pod/pins.ts";
import type { ObservedContainer } from "./observed.ts";

/** The image of a container as its spec names it, and the digest that it runs by, where it runs by one. */
export function runningImage(
  { image, labels }: Pick<ObservedContainer, "image" | "labels">,
): { readonly image: string; readonly digest?: string } {
  for (const [named, digest] of parseDigests(labels[Label.digests])) {
    // An engine that lost the name of an image gives its id. What is not the container's own is mounted into it.
    if (image === imageByDigest(named, digest) || image.startsWith("sha256:")) {
      return { image: named, digest };
    }
  }
  const digest = digestIn(image);
  return { image, ...(digest === undefined ? {} : { digest }) };
}
