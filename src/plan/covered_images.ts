import { formatImageReference, parseImageReference } from "../pod/image_reference.ts";
import type { EngineFacts } from "./observed.ts";

/** Images that are in archives beside a spec. */
export interface CoveredImages {
  /** By their names in full. */
  readonly images: ReadonlyMap<string, CoveredImage>;
  /** What a person should know of the archives: one of them is damaged. */
  readonly problems: readonly string[];
  /** Archives are removed when their images are there. */
  readonly remove: boolean;
}

/** An image that is in an archive. */
export interface CoveredImage {
  /** Absolute path. */
  readonly archive: string;
  /** How the archive is called. */
  readonly title: string;
  /** Links may not lead out of this directory. */
  readonly within: string;
  /** What engines may call it once it is loaded. For the platform of an engine only its own count. */
  readonly variants: readonly {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string;
    readonly ids: readonly string[];
  }[];
}

/** No archives. */
export const nothingCovered: CoveredImages = { images: new Map(), problems: [], remove: false };

/** The name of an image in full; undefined for an id, for what has a digest, which no archive can give, and for none. */
export function fullImageName(image: string): string | undefined {
  if (image.startsWith("sha256:") || image.includes("@")) return undefined;
  try {
    return formatImageReference(parseImageReference(image));
  } catch {
    return undefined;
  }
}

/** What an engine calls an image of an archive, for its own platform; none where the archive has it for others only. */
export function idsFor({ variants }: CoveredImage, engine: EngineFacts): readonly string[] {
  const own = variants.filter(({ os, architecture }) =>
    os === engine.operatingSystem && architecture === engine.architecture
  );
  const usable = own.length === 0 && variants.length === 1 ? variants : own;
  return usable.flatMap(({ ids }) => ids);
}
