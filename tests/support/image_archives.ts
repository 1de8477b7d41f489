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
  const config = new TextEncoder().encode(JSON.stringify({
    architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
    config: { Cmd: command },
    os: "linux",
    rootfs: { diff_ids: [`sha256:${await digestOf(layer)}`], type: "layers" },
  }));
  const id = await digestOf(config);
  const entries = [
    archivedFile("layer/layer.tar", layer),
    archivedFile(`${id}.json`, config),
    archivedFile("manifest.json", [{
      Config: `${id}.json`,
      RepoTags: tags.length === 0 ? null : tags,
      Layers: ["layer/layer.tar"],
    }]),
  ];
  return { archive: writeTar(entries), entries, id: `sha256:${id}` };
}

/** The same image as an OCI layout of one name. */
export async function ociLayout(name: string, { entries }: SavedImage): Promise<{
  readonly archive: Uint8Array<ArrayBuffer>;
}> {
  const [layer, config] = entries.map(({ content }) => new Uint8Array(content ?? []));
  const blob = async (bytes: Uint8Array<ArrayBuffer>, type: string) => {
    const digest = await digestOf(bytes);
    const descriptor = {
      mediaType: `application/vnd.oci.image.${type}`,
      digest: `sha256:${digest}`,
      size: bytes.length,
    };
    return { descriptor, file: archivedFile(`blobs/sha256/${digest}`, bytes) };
  };
  const layerBlob = await blob(layer ?? new Uint8Array(), "layer.v1.tar");
  const configBlob = await blob(config ?? new Uint8Array(), "config.v1+json");
  const manifest = await blob(
    new TextEncoder().encode(JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: configBlob.descriptor,
      layers: [layerBlob.descriptor],
    })),
    "manifest.v1+json",
  );
  const annotations = { "org.opencontainers.image.ref.name": `docker.io/library/${name}` };
  return {
    archive: writeTar([
      archivedFile("oci-layout", { imageLayoutVersion: "1.0.0" }),
      archivedFile("index.json", { schemaVersion: 2, manifests: [{ ...manifest.descriptor, annotations }] }),
      layerBlob.file,
      configBlob.file,
      manifest.file,
    ]),
  };
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

/** SHA-256 in hexadecimal. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
