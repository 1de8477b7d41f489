import { ArchiveProblem } from "../../src/images/archive_bytes.ts";
import { type ChosenImage, imageStream } from "../../src/images/image_stream.ts";
import { readImageArchive, verifyImageArchive } from "../../src/images/image_archive.ts";
import { readTar, type TarEntry, writeTar } from "../../src/images/tar.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import {
  archivedFile,
  blobOf,
  digestOf,
  gzipped,
  layoutParts,
  ociLayout,
  savedImage,
  zstdPacked,
} from "../support/image_archives.ts";

/** Bytes as a file that was opened. */
async function withFile<T>(bytes: Uint8Array, use: (file: Deno.FsFile) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    using file = await Deno.open(path);
    return await use(file);
  } finally {
    await Deno.remove(path);
  }
}

async function verified(bytes: Uint8Array) {
  return await withFile(bytes, async (file) => {
    const read = await readImageArchive(file);
    assert(read.kind === "images");
    return await verifyImageArchive(file, read);
  });
}

/** What an engine would be given of an archive: all its images, or those that are chosen. */
async function given(bytes: Uint8Array, choose = (images: readonly ChosenImage[]) => images) {
  return await withFile(bytes, async (file) => {
    const read = await readImageArchive(file);
    assert(read.kind === "images");
    const archive = await verifyImageArchive(file, read);
    const images = archive.content.images.flatMap(({ references, variants: [variant] }) =>
      variant === undefined ? [] : [{ references, variant }]
    );
    const stream = imageStream(file, archive, choose(images));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  });
}

async function problemOf(bytes: Uint8Array): Promise<string> {
  return (await assertRejects(() => verified(bytes), ArchiveProblem)).message;
}

// A layer that comes in several pieces, and packs well.
const content = new TextEncoder().encode("a line of a program\n".repeat(50_000));
const saved = await savedImage(["web:1"], content);
const layerBytes = new Uint8Array(saved.entries[0]?.content ?? []);
const layerDigest = await digestOf(layerBytes);

Deno.test("an archive of docker save and OCI layouts with layers in every packing are right", async () => {
  const layer = { digest: layerDigest, size: layerBytes.length };
  for (const pack of [(bytes: Uint8Array<ArrayBuffer>) => Promise.resolve(bytes), gzipped, zstdPacked]) {
    const docker = await verified(await pack(saved.archive));
    assertEquals([...docker.layers.values()], [{ ...layer, packing: "none" }]);
    for (const packing of ["none", "gzip", "zstd"] as const) {
      const { archive } = await ociLayout("web:1", saved, { packing });
      const layout = await verified(await pack(archive));
      assertEquals([...layout.layers.values()], [{ ...layer, packing }]);
      assertEquals(layout.content.images[0]?.variants[0]?.id, saved.id);
    }
  }
});

Deno.test("what an engine is given of a layout is a docker save of the same image, whatever it was packed by", async () => {
  const plain = await given((await ociLayout("web:1", saved)).archive);
  const entries = readTar(plain);
  assertEquals(
    entries.map(({ name }) => name).sort(),
    [
      `${layerDigest}.tar`,
      `${saved.id.slice("sha256:".length)}.json`,
      "manifest.json",
    ].sort(),
  );
  assertEquals(JSON.parse(new TextDecoder().decode(entries[0]?.content)), [{
    Config: `${saved.id.slice("sha256:".length)}.json`,
    RepoTags: ["docker.io/library/web:1"],
    Layers: [`${layerDigest}.tar`],
  }]);
  assertEquals((await verified(plain)).content.images[0]?.variants[0]?.id, saved.id);
  for (const packing of ["gzip", "zstd"] as const) {
    const { archive } = await ociLayout("web:1", saved, { packing });
    assertEquals(await digestOf(await given(await gzipped(archive))), await digestOf(plain));
    assertEquals(await digestOf(await given(await zstdPacked(archive))), await digestOf(plain));
  }
});

Deno.test("images that have a layer in common are given with it once, and others are left out", async () => {
  const [one, two, other] = [
    await savedImage(["one:1"], content, ["/one"]),
    await savedImage(["two:2"], content, ["/two"]),
    await savedImage(["other:3"], "other"),
  ];
  const documents = [one, two, other].flatMap(({ entries }) =>
    JSON.parse(new TextDecoder().decode(entries.find(({ name }) => name === "manifest.json")?.content))
  );
  const names = new Set<string>(["manifest.json"]);
  const files = [one, two, other].flatMap(({ entries }) => entries).filter(({ name }) => {
    const isNew = !names.has(name);
    names.add(name);
    return isNew;
  });
  const archive = writeTar([...files, archivedFile("manifest.json", documents)]);
  const entries = readTar(
    await given(archive, ([first, second]) => [first, second].filter((one) => one !== undefined)),
  );
  assertEquals(entries.length, 4);
  const [manifest] = entries;
  assertEquals(
    JSON.parse(new TextDecoder().decode(manifest?.content)).map(({ Layers }: { Layers: string[] }) => Layers),
    [[`${layerDigest}.tar`], [`${layerDigest}.tar`]],
  );
});

/** The same entries, with one of them changed. */
function changed(entries: readonly TarEntry[], name: RegExp, change: (content: Uint8Array) => Uint8Array) {
  return writeTar(
    entries.map((entry) =>
      name.test(entry.name) ? { ...entry, content: change(new Uint8Array(entry.content ?? [])) } : entry
    ),
  );
}

const flipped = (bytes: Uint8Array) => {
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
};

const layout = await ociLayout("web:1", saved);
const parts = await layoutParts(saved);
const layerFile = new RegExp(parts.layer.descriptor.digest.slice("sha256:".length));
const manifestFile = new RegExp(parts.manifest.descriptor.digest.slice("sha256:".length));
const changedLayout = async (change: (layer: typeof parts.layer.descriptor) => object) =>
  (await ociLayout("web:1", saved, {
    change: (manifest) => ({ ...manifest, layers: manifest.layers.map(change) }),
  })).archive;

const bad: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>, string])[] = [
  ["zero bytes", () => new Uint8Array(), "it is empty"],
  [
    "a layer of docker save that was changed",
    () => changed(saved.entries, /layer\.tar/, flipped),
    "is damaged: unpacked it is",
  ],
  ["a configuration that was changed", () => changed(saved.entries, /[0-9a-f]\.json/, flipped), "is damaged"],
  [
    "a blob that was changed",
    () => changed(layout.entries, layerFile, flipped),
    "is damaged: its content has another digest",
  ],
  [
    "a manifest that was changed",
    () => changed(layout.entries, manifestFile, flipped),
    "is damaged: its content has another digest",
  ],
  [
    "a blob that is cut off",
    () => changed(layout.entries, layerFile, (bytes) => bytes.subarray(0, bytes.length - 1)),
    `has ${layerBytes.length - 1} bytes, and its descriptor says ${layerBytes.length}`,
  ],
  [
    "a layer that is missing",
    () => writeTar(layout.entries.filter(({ name }) => !layerFile.test(name))),
    "a layer of its image docker.io/library/web:1 is not in it: sha256:",
  ],
  [
    "a manifest that is missing",
    () => writeTar(layout.entries.filter(({ name }) => !manifestFile.test(name))),
    "the manifest of its image docker.io/library/web:1 is not in it",
  ],
  [
    "a size that is another",
    () => changedLayout((layer) => ({ ...layer, size: layer.size + 1 })),
    "and its descriptor says",
  ],
  [
    "a layer of an unknown type",
    () => changedLayout((layer) => ({ ...layer, mediaType: "application/x-surprise" })),
    'a layer of the unknown type "application/x-surprise"',
  ],
  [
    "a foreign layer",
    () =>
      changedLayout((layer) => ({
        ...layer,
        mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        urls: ["https://elsewhere.example/layer"],
      })),
    "a layer that only somebody else may give away",
  ],
  [
    "something else than an image",
    async () =>
      (await ociLayout("web:1", saved, {
        change: (manifest) => ({
          ...manifest,
          config: { ...manifest.config, mediaType: "application/vnd.cncf.helm.config.v1+json" },
        }),
      })).archive,
    "is no image that runs",
  ],
  [
    "a manifest of an unknown type",
    async () =>
      (await ociLayout("web:1", saved, { change: (manifest) => ({ ...manifest, mediaType: "x/y" }) }))
        .archive,
    'a manifest of the unknown type "x/y"',
  ],
  [
    "fewer layers than its configuration says",
    async () =>
      (await ociLayout("web:1", saved, { change: (manifest) => ({ ...manifest, layers: [] }) })).archive,
    "an image of it has 0 layers, and its configuration",
  ],
  [
    "a layer that was packed and is damaged within",
    async () => {
      const packed = await gzipped(layerBytes);
      packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 1;
      const layer = await blobOf(packed, "application/vnd.oci.image.layer.v1.tar+gzip");
      const { entries } = await ociLayout("web:1", saved, {
        change: (manifest) => ({ ...manifest, layers: [layer.descriptor] }),
      });
      return writeTar([...entries, layer.file]);
    },
    "it is cut off or damaged: gzip cannot unpack it",
  ],
  [
    "a size that no file has",
    () => {
      const archive = saved.archive.slice();
      archive.set(new TextEncoder().encode("77777777777\0"), 124);
      const head = archive.subarray(0, 512);
      const sum = head.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
      archive.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0")), 148);
      return archive;
    },
    "it is cut off",
  ],
];

for (const [name, make, message] of bad) {
  Deno.test(`an archive with ${name} is not loaded`, async () => {
    assertStringIncludes(await problemOf(await make()), message);
  });
}

Deno.test("a layer that is a bomb is given up", async () => {
  // Two gigabytes of zeros, one behind the other as both forms allow.
  const zeros = new Uint8Array(1024 ** 2);
  for (const [type, piece] of [["gzip", await gzipped(zeros)], ["zstd", await zstdPacked(zeros)]] as const) {
    const packed = new Uint8Array(2_048 * piece.length);
    for (let at = 0; at < packed.length; at += piece.length) packed.set(piece, at);
    const layer = await blobOf(packed, `application/vnd.oci.image.layer.v1.tar+${type}`);
    const { entries } = await ociLayout("web:1", saved, {
      change: (manifest) => ({ ...manifest, layers: [layer.descriptor] }),
    });
    assertEquals(
      await problemOf(writeTar([...entries, layer.file])),
      "it unpacks to more than 200 times its size, which no image does",
      type,
    );
  }
});

Deno.test("what is cut off anywhere is never taken for right", async () => {
  const { archive } = await ociLayout("web:1", saved, { packing: "gzip" });
  for (const bytes of [archive, await gzipped(archive), await zstdPacked(archive)]) {
    for (let length = 1; length < bytes.length - 2_048; length += Math.ceil(bytes.length / 23)) {
      await assertRejects(() => verified(bytes.subarray(0, length)), ArchiveProblem);
    }
  }
});
