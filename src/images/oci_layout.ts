import { isObject, type JsonObject, listOf, objectOf, textOf } from "../pod/json.ts";
import { ArchiveProblem } from "./archive_bytes.ts";
import { type ArchiveFiles, indexName } from "./archive_files.ts";
import type { ArchivedImage, ImageVariant } from "./archived_image.ts";
import { variantOf } from "./image_variant.ts";

/** Manifests of one archive, and lists of manifests within each other. */
const mostManifests = 1_000;
const deepest = 3;

const indexTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const configTypes = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];
const layerTypes = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd",
];

/** The images of the `index.json` of an archive. */
export interface LayoutImages {
  /** @throws {ArchiveProblem} when one of them is not whole */
  readonly whole: () => ArchivedImage[];
  /** Those that are named, whole or not: beside `manifest.json` it is no more than more knowledge. */
  readonly known: () => ArchivedImage[];
}

/**
 * Reads an OCI image layout. Of an image for many platforms an archive need not have all.
 *
 * Source: OCI image specification 1.1: image layout, index, manifest and descriptor.
 *
 * @param parsed gives a document; undefined where there is none
 * @param fullNames makes whole names of images
 */
export function imagesOfLayout(
  archive: ArchiveFiles,
  parsed: (name: string) => unknown,
  fullNames: (texts: readonly string[]) => string[],
): LayoutImages {
  const read = (isStrict: boolean): ArchivedImage[] => {
    const document = parsed(indexName);
    if (document === undefined) return [];
    if (!isObject(document)) throw new ArchiveProblem(`its ${indexName} is no index of images`);
    const reader = new LayoutReader(archive, parsed, isStrict);
    return reader.descriptorsIn(document).map((entry) => {
      const root = digestOf(entry);
      const names = namesIn(objectOf(entry.annotations));
      const what = names[0] ?? root;
      const variants = reader.variants(entry, what, 0);
      if (isStrict && variants.length === 0) {
        throw new ArchiveProblem(`nothing of its image ${what} is in it`);
      }
      return { references: fullNames(names), variants, root };
    });
  };
  return { whole: () => read(true), known: () => read(false) };
}

class LayoutReader {
  readonly #archive: ArchiveFiles;
  readonly #parsed: (name: string) => unknown;
  readonly #isStrict: boolean;
  #manifests = 0;

  constructor(archive: ArchiveFiles, parsed: (name: string) => unknown, isStrict: boolean) {
    this.#archive = archive;
    this.#parsed = parsed;
    this.#isStrict = isStrict;
  }

  descriptorsIn(document: JsonObject): JsonObject[] {
    const entries = listOf(document.manifests).map(objectOf);
    this.#manifests += entries.length;
    if (this.#manifests > mostManifests) {
      throw new ArchiveProblem(`it has more than ${mostManifests} manifests`);
    }
    return entries;
  }

  /** What is in the archive of an image. @param what the image, for messages */
  variants(descriptor: JsonObject, what: string, depth: number): ImageVariant[] {
    const digest = digestOf(descriptor);
    if (!this.#archive.files.has(blobName(digest))) {
      if (depth > 0 || !this.#isStrict) return [];
      throw new ArchiveProblem(`the manifest of its image ${what} is not in it: ${digest}`);
    }
    this.#checkSize(descriptor, digest);
    const document = this.#documentOf(digest);
    const type = textOf(document.mediaType) || textOf(descriptor.mediaType);
    if (indexTypes.includes(type) || (type === "" && Array.isArray(document.manifests))) {
      if (depth >= deepest) throw new ArchiveProblem(`its image ${what} is a list of lists of lists`);
      return this.descriptorsIn(document).filter((entry) => !isAttestation(entry))
        .flatMap((entry) => this.variants(entry, what, depth + 1));
    }
    if (type !== "" && !manifestTypes.includes(type)) {
      throw new ArchiveProblem(
        `its image ${what} has a manifest of the unknown type ${JSON.stringify(type)}`,
      );
    }
    // Of many platforms an archive may have the manifests of all and the layers of one.
    if ((depth > 0 || !this.#isStrict) && !this.#isWhole(document)) return [];
    return [this.#variant(document, digest, what)];
  }

  #isWhole({ config, layers }: JsonObject): boolean {
    return [config, ...listOf(layers)].every((part) =>
      this.#archive.files.has(blobName(digestOf(objectOf(part))))
    );
  }

  #variant(manifest: JsonObject, digest: string, what: string): ImageVariant {
    const config = objectOf(manifest.config);
    const type = textOf(config.mediaType);
    if (type !== "" && !configTypes.includes(type)) {
      throw new ArchiveProblem(
        `its ${what} is no image that runs: its configuration has the type ${JSON.stringify(type)}`,
      );
    }
    const name = this.#partOf(config, what, "the configuration");
    const layers = listOf(manifest.layers).map(objectOf).map((layer) => {
      checkLayerType(textOf(layer.mediaType), what);
      return this.#partOf(layer, what, "a layer");
    });
    this.#documentOf(digestOf(config));
    return {
      ...variantOf(name, this.#archive.files.get(name), layers, this.#parsed),
      manifest: digest,
    };
  }

  /** The file of a blob that has to be there. */
  #partOf(descriptor: JsonObject, what: string, part: string): string {
    const digest = digestOf(descriptor);
    if (!this.#archive.files.has(blobName(digest))) {
      throw new ArchiveProblem(`${part} of its image ${what} is not in it: ${digest}`);
    }
    this.#checkSize(descriptor, digest);
    return blobName(digest);
  }

  #checkSize({ size }: JsonObject, digest: string): void {
    const actual = this.#archive.files.get(blobName(digest))?.size;
    if (typeof size !== "number" || size === actual) return;
    throw new ArchiveProblem(`its blob ${digest} has ${actual} bytes, and its descriptor says ${size}`);
  }

  #documentOf(digest: string): JsonObject {
    const file = this.#archive.files.get(blobName(digest));
    if (file?.document === undefined) throw new ArchiveProblem(`its blob ${digest} is no manifest`);
    if (`sha256:${file.document.sha256}` !== digest) {
      throw new ArchiveProblem(`its blob ${digest} is damaged: its content has another digest`);
    }
    return objectOf(this.#parsed(blobName(digest)));
  }
}

function checkLayerType(type: string, what: string): void {
  if (type === "" || layerTypes.includes(type)) return;
  throw new ArchiveProblem(
    type.includes("nondistributable") || type.includes("foreign")
      ? `its image ${what} has a layer that only somebody else may give away (${type}): no archive carries it`
      : `its image ${what} has a layer of the unknown type ${JSON.stringify(type)}`,
  );
}

/** Where builds tell of themselves: no platform runs it. */
function isAttestation(descriptor: JsonObject): boolean {
  return textOf(objectOf(descriptor.platform).os) === "unknown" ||
    textOf(objectOf(descriptor.annotations)["vnd.docker.reference.type"]) !== "";
}

function digestOf(descriptor: JsonObject): string {
  const digest = textOf(descriptor.digest);
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new ArchiveProblem(`it has ${JSON.stringify(digest)} for a digest`);
}

/** The file of a blob of an OCI layout. @param digest `sha256:…` */
export function blobName(digest: string): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}

/**
 * The name of an image of an OCI layout. containerd writes the whole of it; the specification's own annotation is the
 * whole for some tools (skopeo, Podman), and the bare tag for others, which names no image.
 */
function namesIn(annotations: JsonObject): string[] {
  const whole = textOf(annotations["io.containerd.image.name"]);
  if (whole !== "") return [whole];
  const name = textOf(annotations["org.opencontainers.image.ref.name"]);
  return /[:/]/.test(name) ? [name] : [];
}
