import { type TarEntry, writeTar } from "../../src/docker/tar.ts";

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
