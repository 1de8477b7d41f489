import * as zlib from "node:zlib";
import { type TarEntry, writeTar } from "../../src/images/tar.ts";

/** A file of an archive. */
export function archivedFile(name: string, content: string | Uint8Array | object): TarEntry {
  const bytes = content instanceof Uint8Array
    ? content
    : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
  return { name, kind: "file", mode: 0o644, uid: 0, gid: 0, content: bytes };
}

/** An image as `docker save` writes it, with one layer that has one file `marker`. */
export interface SavedImage {
  readonly archive: Uint8Array<ArrayBuffer>;
  readonly entries: readonly TarEntry[];
  /** Digest of its configuration: what Docker calls it. */
  readonly id: string;
}

/** Makes an archive of one image, another one for another content, without any engine. */
export async function savedImage(
  tags: readonly string[],
  content: string | Uint8Array,
  command: readonly string[] = ["/marker"],
  more: readonly TarEntry[] = [],
): Promise<SavedImage> {
  const layer = writeTar([archivedFile("marker", content), ...more]);
  const layerName = `${await digestOf(layer)}/layer.tar`;
  const config = new TextEncoder().encode(JSON.stringify({
    architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
    config: { Cmd: command },
    os: "linux",
    rootfs: { diff_ids: [`sha256:${await digestOf(layer)}`], type: "layers" },
  }));
  const id = await digestOf(config);
  const entries = [
    archivedFile(layerName, layer),
    archivedFile(`${id}.json`, config),
    archivedFile("manifest.json", [{
      Config: `${id}.json`,
      RepoTags: tags.length === 0 ? null : tags,
      Layers: [layerName],
    }]),
  ];
  return { archive: writeTar(entries), entries, id: `sha256:${id}` };
}

/** A blob of an OCI layout. */
export interface LayoutBlob {
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly file: TarEntry;
}

/** Makes a blob; a document has its own type, or says which. */
export async function blobOf(content: Uint8Array | object, type?: string): Promise<LayoutBlob> {
  const bytes = content instanceof Uint8Array
    ? new Uint8Array(content)
    : new TextEncoder().encode(JSON.stringify(content));
  const digest = await digestOf(bytes);
  const own = "mediaType" in content && typeof content.mediaType === "string" ? content.mediaType : "";
  return {
    descriptor: { mediaType: type ?? own, digest: `sha256:${digest}`, size: bytes.length },
    file: archivedFile(`blobs/sha256/${digest}`, bytes),
  };
}

/** How the layer of an image is put into a layout. */
export interface LayoutChoices {
  readonly packing?: "none" | "gzip" | "zstd";
  /** Changes the manifest before it is written. */
  readonly change?: (manifest: LayoutManifest) => object;
  /** What names the image; absent: the name by the specification's own annotation. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface LayoutManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: LayoutBlob["descriptor"];
  readonly layers: readonly LayoutBlob["descriptor"][];
}

/** The blobs of an image in an OCI layout. */
export async function layoutParts(
  { entries }: SavedImage,
  { packing = "none", change = (manifest) => manifest }: LayoutChoices = {},
): Promise<
  { readonly manifest: LayoutBlob; readonly layer: LayoutBlob; readonly files: readonly TarEntry[] }
> {
  const [layer, config] = entries.map(({ content }) => new Uint8Array(content ?? []));
  const bytes = layer ?? new Uint8Array();
  const packed = packing === "none"
    ? bytes
    : packing === "gzip"
    ? await gzipped(bytes)
    : await zstdPacked(bytes);
  const suffix = packing === "none" ? "" : `+${packing}`;
  const layerBlob = await blobOf(packed, `application/vnd.oci.image.layer.v1.tar${suffix}`);
  const configBlob = await blobOf(config ?? new Uint8Array(), "application/vnd.oci.image.config.v1+json");
  const manifest = await blobOf(change({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: configBlob.descriptor,
    layers: [layerBlob.descriptor],
  }));
  return { manifest, layer: layerBlob, files: [layerBlob.file, configBlob.file, manifest.file] };
}

/** The same image as an OCI layout of one name. */
export async function ociLayout(
  name: string,
  image: SavedImage,
  choices: LayoutChoices = {},
): Promise<{ readonly archive: Uint8Array<ArrayBuffer>; readonly entries: readonly TarEntry[] }> {
  const { manifest, files } = await layoutParts(image, choices);
  const own = { "org.opencontainers.image.ref.name": `docker.io/library/${name}` };
  const annotations = choices.annotations ?? own;
  const entries = [
    archivedFile("oci-layout", { imageLayoutVersion: "1.0.0" }),
    archivedFile("index.json", { schemaVersion: 2, manifests: [{ ...manifest.descriptor, annotations }] }),
    ...files,
  ];
  return { archive: writeTar(entries), entries };
}

/** An image that has Debian's busybox at `/busybox` to run. */
export async function runnableImage(
  tag: string,
  content: string | Uint8Array,
  script: string,
): Promise<SavedImage> {
  const program = { ...archivedFile("busybox", await Deno.readFile("/bin/busybox")), mode: 0o755 };
  return await savedImage([tag], content, ["/busybox", "sh", "-c", script], [program]);
}

/** Bytes packed by gzip. */
export async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Bytes packed by zstd. */
export function zstdPacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  // The types of Node that come along are older than its zstd.
  const { zstdCompressSync } = zlib as unknown as { zstdCompressSync(bytes: Uint8Array): Uint8Array };
  return Promise.resolve(new Uint8Array(zstdCompressSync(bytes)));
}

/** SHA-256 in hexadecimal. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
