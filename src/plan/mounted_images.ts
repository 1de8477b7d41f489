import { pauseImageName } from "../pod/names.ts";
import type { PlacedContainer } from "./placed.ts";

/** What is to be known of an image to have it. */
export type WantedImage = Pick<PlacedContainer, "container" | "image" | "imageIsBuilt" | "platform" | "pull">;

/**
 * The images that containers are made of, and those that are mounted into them (mounts of type `image`), which the
 * engine does not fetch by itself either. They have no pull policy of their own: they are pulled when they are missing.
 */
export function withMountedImages(containers: readonly PlacedContainer[]): WantedImage[] {
  return [
    ...containers,
    ...containers.flatMap(({ container, mountedImages }) =>
      mountedImages.filter((image) => image !== pauseImageName).map((image): WantedImage => ({
        container,
        image,
        imageIsBuilt: false,
        pull: { kind: "unset" },
      }))
    ),
  ];
}
