import { messageOf } from "../pod/errors.ts";
import { formatImageReference, parseImageReference } from "../pod/image_reference.ts";
import { listOf, objectOf, textOf } from "../pod/json.ts";
import { ArchiveProblem } from "./archive_bytes.ts";
import { type ArchiveFiles, indexName, manifestName } from "./archive_files.ts";
import type { ArchivedImage, ImageVariant } from "./archived_image.ts";
import { imagesOfLayout } from "./oci_layout.ts";
import { variantOf } from "./image_variant.ts";

/** Images and names of one archive. */
const mostImages = 1_000;

/** Images as an archive has them. */
export interface ImagesOfArchive {
  /** What says so: `manifest.json` of `docker save`, or the `index.json` of an OCI layout alone. */
  readonly form: "docker-save" | "oci-layout";
  readonly images: readonly ArchivedImage[];
}

/**
 * Finds out which images an archive has, from its documents: one of `docker save` (`manifest.json`), an OCI layout
 * (`index.json`), or both.
 *
 * Source: moby, "image/spec/v1.2"; OCI image layout specification 1.1.
 *
 * @throws {ArchiveProblem} when it is no archive of images, or a part of an image is missing or wrong
 */
export function imagesOfArchive(archive: ArchiveFiles): ImagesOfArchive {
  const { files } = archive;
  if (!files.has(manifestName) && !files.has(indexName)) {
    throw new ArchiveProblem(`it has no images: neither ${manifestName} of docker save nor ${indexName}`);
  }
  const layout = imagesOfLayout(archive, (name) => parsed(archive, name), fullNames);
  if (!files.has(manifestName)) return checked({ form: "oci-layout", images: layout.whole() });
  return checked({ form: "docker-save", images: withLayout(imagesOfManifest(archive), layout.known()) });
}

function checked(found: ImagesOfArchive): ImagesOfArchive {
  if (found.images.length === 0) throw new ArchiveProblem("it names no image");
  return found;
}

/** A document of an archive; undefined where it has none of the name. */
function parsed({ files }: ArchiveFiles, name: string): unknown {
  const text = files.get(name)?.document?.text;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ArchiveProblem(`its ${name} is no JSON: ${messageOf(cause)}`, { cause });
  }
}

function imagesOfManifest(archive: ArchiveFiles): ArchivedImage[] {
  const document = parsed(archive, manifestName);
  if (!Array.isArray(document)) throw new ArchiveProblem(`its ${manifestName} is no list of images`);
  if (document.length > mostImages) throw new ArchiveProblem(`it has more than ${mostImages} images`);
  return document.map((entry) => {
    const { Config, RepoTags, Layers } = objectOf(entry);
    const [config, ...layers] = [textOf(Config), ...listOf(Layers).map(textOf)].map((part) => {
      // Docker writes links for layers that images have in common.
      const name = archive.links.get(part) ?? part;
      if (archive.files.has(name)) return name;
      throw new ArchiveProblem(`a part of its image is not in it: ${JSON.stringify(part)}`);
    });
    const file = archive.files.get(config ?? "");
    const digest = /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json)?$/.exec(textOf(Config))?.[1];
    if (file?.document !== undefined && digest !== undefined && file.document.sha256 !== digest) {
      throw new ArchiveProblem(`its ${textOf(Config)} is damaged: it has another digest than its name says`);
    }
    const variant = variantOf(config ?? "", file, layers, (name) => parsed(archive, name));
    return { references: fullNames(listOf(RepoTags).map(textOf)), variants: [variant] };
  });
}

/** The whole names of images, from outside: what is none is refused. */
function fullNames(texts: readonly string[]): string[] {
  if (texts.length > mostImages) throw new ArchiveProblem(`an image of it has more than ${mostImages} names`);
  return texts.map((text) => {
    try {
      return formatImageReference(parseImageReference(text));
    } catch (cause) {
      throw new ArchiveProblem(`it has an image with the name ${JSON.stringify(text)}, which is none`, {
        cause,
      });
    }
  });
}

/** What `docker save` of newer engines adds: digests of manifests, and names with a digest, which a tag cannot have. */
function withLayout(
  images: readonly ArchivedImage[],
  layout: readonly ArchivedImage[],
): ArchivedImage[] {
  return images.map((image) => {
    const [variant] = image.variants;
    const same = layout.find(({ references, variants }) =>
      variants.some(({ id }) => id === variant?.id) ||
      (variants.length === 0 && references.some((name) => image.references.includes(name)))
    );
    if (same === undefined || variant === undefined) return image;
    const inLayout = same.variants.find(({ id }) => id === variant.id);
    const whole: ImageVariant = inLayout?.manifest === undefined
      ? variant
      : { ...variant, manifest: inLayout.manifest };
    const pinned = same.references.filter((name) => name.includes("@") && !image.references.includes(name));
    return {
      references: [...image.references, ...pinned],
      variants: [whole],
      ...(same.root === undefined ? {} : { root: same.root }),
    };
  });
}
