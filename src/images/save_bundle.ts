import { createHash } from "node:crypto";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { blobName } from "./oci_layout.ts";
import { readImageArchive, type VerifiedArchive, verifyImageArchive } from "./image_archive.ts";
import { type ArchiveForm, type ChosenImage, imageStream, jsonBytes, manifestOf } from "./image_stream.ts";
import { packingBy } from "./unpacked_bytes.ts";

/** What is to be saved, and where. */
export interface SaveRequest {
  /** Names, in full, by the id of the image that has them on the engine. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** What the engine gives of these images: an archive of `docker save`. */
  readonly archive: AsyncIterable<Uint8Array>;
  /** The file that is written: there is none of it before it is whole. */
  readonly path: string;
  readonly packing: "none" | "gzip" | "zstd";
  readonly signal: AbortSignal;
}

/** What was saved. */
export interface SavedBundle {
  readonly images: readonly ChosenImage[];
  /** Layers of all images, each counted once, and their bytes. */
  readonly layers: number;
  readonly layerBytes: number;
  /** Bytes of the file. */
  readonly size: number;
}

/**
 * Writes images into one archive that is an OCI layout and an archive of `docker save` at once, with each layer in it
 * once: `docker load`, `podman load`, `ctr images import` and this program read it. What the engine gives is verified
 * before anything of it is kept.
 *
 * @throws {MesoletError} when the engine gives something else than was asked for, or the file cannot be written
 * @throws the signal's reason when it is aborted
 */
export async function saveBundle(request: SaveRequest): Promise<SavedBundle> {
  const { path, signal } = request;
  const [raw, whole] = [`${path}.engine.part`, `${path}.part`];
  try {
    await writeTo(raw, request.archive, signal);
    using file = await Deno.open(raw);
    const archive = await verified(file, signal);
    const images = chosenOf(archive, request.names);
    const stream = imageStream(file, archive, images, bundleForm);
    const packed = request.packing === "none" ? stream : stream.pipeThrough(packingBy(request.packing));
    await writeTo(whole, packed, signal);
    await Deno.rename(whole, path);
    const layers = new Map(
      images.flatMap(({ variant }) => variant.layers).map((name) => {
        const layer = archive.layers.get(name);
        return [layer?.digest ?? name, layer?.size ?? 0];
      }),
    );
    const layerBytes = [...layers.values()].reduce((sum, size) => sum + size, 0);
    return { images, layers: layers.size, layerBytes, size: (await Deno.stat(path)).size };
  } finally {
    for (const left of [raw, whole]) await Deno.remove(left).catch(() => {});
  }
}

async function verified(file: Deno.FsFile, signal: AbortSignal): Promise<VerifiedArchive> {
  try {
    const read = await readImageArchive(file, signal);
    if (read.kind === "images") return await verifyImageArchive(file, read, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new MesoletError(
      `Cannot save images: the engine's archive is wrong: ${messageOf(error)}`,
      ExitCode.io,
      {
        cause: error,
      },
    );
  }
  throw new MesoletError("Cannot save images: the engine's archive cannot be read", ExitCode.io);
}

/** The images of the engine's archive by the ids that were asked for, under the names that were asked for. */
function chosenOf(
  { content: { images } }: VerifiedArchive,
  names: SaveRequest["names"],
): ChosenImage[] {
  return [...names].map(([id, references]) => {
    for (const image of images) {
      const variant = image.variants.find((variant) => variant.id === id) ??
        (image.root === id || image.variants.some(({ manifest }) => manifest === id)
          ? image.variants[0]
          : undefined);
      if (variant !== undefined) return { references, variant };
    }
    throw new MesoletError(
      `Cannot save ${references.join(", ")}: the engine gives another image than ${id}`,
      ExitCode.io,
    );
  });
}

/**
 * The form of bundles, as newer engines write it too.
 *
 * Source: OCI image specification 1.1, image layout; moby, "image/spec/v1.2".
 */
const bundleForm: ArchiveForm = {
  config: ({ id }) => blobName(id),
  layer: (digest) => blobName(`sha256:${digest}`),
  documents: (archive, images) => {
    const manifests = images.map((image) => ({ image, bytes: ociManifestOf(image, archive) }));
    const index = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: manifests.flatMap(({ image: { references, variant }, bytes }) =>
        references.map((reference) => ({
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: digestOf(bytes),
          size: bytes.length,
          platform: variant.platform,
          annotations: {
            "io.containerd.image.name": reference,
            "org.opencontainers.image.ref.name": /:([^/@]+)$/.exec(reference)?.[1] ?? reference,
          },
        }))
      ),
    };
    const tagged = images.map(({ references, variant }) => ({
      references: references.filter((reference) => !reference.includes("@")),
      variant,
    }));
    const blobs = new Map(manifests.map(({ bytes }) => [blobName(digestOf(bytes)), bytes]));
    return [
      ["oci-layout", jsonBytes({ imageLayoutVersion: "1.0.0" })],
      ["index.json", jsonBytes(index)],
      ["manifest.json", manifestOf(tagged, bundleForm)],
      ...blobs,
    ];
  },
};

function ociManifestOf({ variant }: ChosenImage, { layers }: VerifiedArchive): Uint8Array<ArrayBuffer> {
  return jsonBytes({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: variant.id,
      size: variant.configSize,
    },
    layers: variant.layers.map((name, index) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: `sha256:${variant.layerDigests[index]}`,
      size: layers.get(name)?.size ?? 0,
    })),
  });
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function writeTo(path: string, pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  let file: Deno.FsFile;
  try {
    file = await Deno.create(path);
  } catch (error) {
    throw new MesoletError(`Cannot write ${path}: ${messageOf(error)}`, ExitCode.cannotCreate, {
      cause: error,
    });
  }
  using _closing = file;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    for (let left = piece; left.length > 0;) left = left.subarray(await file.write(left));
  }
}
