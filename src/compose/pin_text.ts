/** The edit of a text that puts digests behind the tags of its images: pure, byte for byte the same elsewhere. */

import { canBePinned, digestIn, nameOf } from "../pod/pins.ts";
import { imageProblem } from "../pod/image_reference.ts";
import type { ImagePlace } from "./image_places.ts";

/** What is to be done about an image of a text. */
export type ImageVerdict =
  /** Its digest is to be found out: of this reference. */
  | { readonly kind: "unpinned"; readonly ask: string }
  /** It has one. `ask`: what to ask for to move it; absent where it has no tag. */
  | { readonly kind: "pinned"; readonly digest: string; readonly ask?: string }
  /** It is pinned when it is launched (a binder), or is the id of an image. */
  | { readonly kind: "left" }
  /** It cannot be pinned in the text. `isVariable`: because it is another image for other variables. */
  | { readonly kind: "refused"; readonly why: string; readonly isVariable: boolean };

/** Judges an image as it is written. */
export function judgeImage({ image, range }: Pick<ImagePlace, "image" | "range">): ImageVerdict {
  const refused = (why: string, isVariable = false) => ({ kind: "refused", why, isVariable }) as const;
  if (/^\{\{.*\}\}$/.test(image.trim())) return { kind: "left" };
  if (image.includes("$")) {
    return refused(
      `${image} has a variable, and a digest is of one value alone: pin it when it runs (x-pod.pin), or leave it out ` +
        "by --skip-variables",
      true,
    );
  }
  const problem = imageProblem(image);
  if (problem !== undefined) return refused(`${JSON.stringify(image)} is no image: ${problem}`);
  const digest = digestIn(image);
  if (digest === undefined && !canBePinned(image)) return { kind: "left" };
  if (range === undefined) {
    return refused(`${image} is written with escapes or over several lines: write it as it is, on one line`);
  }
  const tagged = digest === undefined ? image : image.slice(0, image.indexOf("@"));
  if (digest === undefined) return { kind: "unpinned", ask: tagged };
  return { kind: "pinned", digest, ...(tagged === nameOf(tagged) ? {} : { ask: tagged }) };
}

/** An image that gets a digest, or another one. */
export interface ImagePin {
  readonly place: ImagePlace;
  readonly digest: string;
}

/** The text with the digests in it: `busybox:1@sha256:…`. The tag stays, as it says what to ask for later. */
export function pinText(text: string, pins: readonly ImagePin[]): string {
  let result = "";
  let at = 0;
  for (const { place: { image, range }, digest } of [...pins].sort(byPlace)) {
    if (range === undefined) continue;
    result += text.slice(at, range[0]) + pinnedImage(image, digest);
    at = range[1];
  }
  return result + text.slice(at);
}

function pinnedImage(image: string, digest: string): string {
  const at = image.indexOf("@");
  if (at >= 0) return `${image.slice(0, at)}@${digest}`;
  return image === nameOf(image) ? `${image}:latest@${digest}` : `${image}@${digest}`;
}

function byPlace({ place: one }: ImagePin, { place: other }: ImagePin): number {
  return (one.range?.[0] ?? 0) - (other.range?.[0] ?? 0);
}
