import type { ArchivedImage, ImagePlatform, ImageVariant } from "./archived_image.ts";

/** The image of an archive for a platform; undefined where the archive has it for others only. */
export function chooseVariant(image: ArchivedImage, platform: ImagePlatform): ImageVariant | undefined {
  const fitting = image.variants.filter((variant) => fits(variant.platform, platform));
  const exact = fitting.find(({ platform: { variant } }) => variant === platform.variant);
  // What an archive has for one platform alone is what somebody put there for this host: it may emulate another one.
  return exact ?? fitting[0] ?? (image.variants.length === 1 ? image.variants[0] : undefined);
}

function fits(own: ImagePlatform, wanted: ImagePlatform): boolean {
  return own.os === wanted.os && own.architecture === wanted.architecture &&
    (own.variant === undefined || wanted.variant === undefined || own.variant === wanted.variant);
}
