/** The images of an archive, in terms of its files. */

/** An image of an archive. */
export interface ArchivedImage {
  /** In full: `docker.io/library/busybox:latest`. None where the archive has the image without a name. */
  readonly references: readonly string[];
  /** At least one; of an image for many platforms, those that are in the archive. */
  readonly variants: readonly ImageVariant[];
  /** Digest of the index or manifest that names it in an OCI layout. */
  readonly root?: string;
}

/** An image for one platform. */
export interface ImageVariant {
  /** The digest of its configuration, `sha256:…`: what Docker and Podman call the image. */
  readonly id: string;
  /** The digest of its manifest, where there is one: what engines call it that keep images in containerd. */
  readonly manifest?: string;
  readonly platform: ImagePlatform;
  /** The file of its configuration. */
  readonly config: string;
  /** Its bytes. */
  readonly configSize: number;
  /** The files of its layers, links followed, from the lowest on. A file may be there twice. */
  readonly layers: readonly string[];
  /** The digests of the unpacked layers, in hexadecimal. */
  readonly layerDigests: readonly string[];
}

export interface ImagePlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** `linux/arm64/v8`. */
export function formatPlatform({ os, architecture, variant }: ImagePlatform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** All that an engine may call an image once it is loaded. */
export function idsOf({ variants, root }: ArchivedImage): string[] {
  const ids = variants.flatMap(({ id, manifest }) => manifest === undefined ? [id] : [id, manifest]);
  return [...new Set(root === undefined ? ids : [...ids, root])];
}
