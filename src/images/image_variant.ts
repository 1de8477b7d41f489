import { listOf, objectOf, textOf } from "../pod/json.ts";
import { ArchiveProblem } from "./archive_bytes.ts";
import type { ArchiveFile } from "./archive_files.ts";
import type { ImageVariant } from "./archived_image.ts";

/**
 * Reads the configuration of an image for one platform.
 *
 * Source: OCI image specification 1.1, "OCI Image Configuration".
 *
 * @param config the file of the configuration
 * @param layers the files of the layers
 * @throws {ArchiveProblem} when it is none, or is not for these layers
 */
export function variantOf(
  config: string,
  file: ArchiveFile | undefined,
  layers: readonly string[],
  parsed: (name: string) => unknown,
): ImageVariant {
  const document = file?.document;
  if (file === undefined || document === undefined) {
    throw new ArchiveProblem(`its ${config} is no configuration of an image`);
  }
  const fields = objectOf(parsed(config));
  const digests = listOf(objectOf(fields.rootfs).diff_ids).map(textOf).map((digest) => {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) {
      throw new ArchiveProblem(`its ${config} has ${JSON.stringify(digest)} for the digest of a layer`);
    }
    return hex;
  });
  if (digests.length !== layers.length) {
    throw new ArchiveProblem(
      `an image of it has ${layers.length} layers, and its configuration ${config} says ${digests.length}`,
    );
  }
  const variant = textOf(fields.variant);
  return {
    id: `sha256:${document.sha256}`,
    platform: {
      os: textOf(fields.os) || "linux",
      architecture: textOf(fields.architecture),
      ...(variant === "" ? {} : { variant }),
    },
    config,
    configSize: file.size,
    layers,
    layerDigests: digests,
  };
}
