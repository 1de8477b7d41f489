import { ArchiveProblem } from "../../src/images/archive_bytes.ts";
import { UnpackedBytes } from "../../src/images/unpacked_bytes.ts";
import { idsOf } from "../../src/images/archived_image.ts";
import { archivePieces, readImageArchive } from "../../src/images/image_archive.ts";
import { type TarEntry, writeTar } from "../../src/images/tar.ts";
import { scanTar } from "../../src/images/tar_scan.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import {
  archivedFile,
  blobOf,
  digestOf,
  gzipped,
  layoutParts,
  savedImage,
  zstdPacked,
} from "../support/image_archives.ts";
import { randomFrom } from "../support/random.ts";

const hex = (digit: string) => digit.repeat(64);
const digest = (digit: string) => `sha256:${hex(digit)}`;

/** What is told of an archive: its images by their names and ids. */
async function read(bytes: Uint8Array) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    using file = await Deno.open(path);
    const content = await readImageArchive(file);
    if (content.kind === "unread") return content;
    const { kind, packing, images } = content;
    return {
      kind,
      packing,
      images: images.map((image) => ({ references: image.references, ids: idsOf(image) })),
    };
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("an archive is given on unpacked, also when it was only read in part before", async () => {
  // What is behind the end of an archive is not read by whoever looks for images, and belongs to the file all the same.
  const whole = new Uint8Array(3 * 1024 ** 2);
  whole.set(saved.archive);
  const path = await Deno.makeTempFile();
  try {
    for (const bytes of [whole, await gzipped(whole)]) {
      await Deno.writeFile(path, bytes);
      using file = await Deno.open(path);
      for (let times = 0; times < 20; times++) {
        const content = await readImageArchive(file);
        const pieces = await archivePieces(file, content.packing);
        const given = new Uint8Array(await new Response(pieces).arrayBuffer());
        assertEquals(await digestOf(given), await digestOf(whole));
      }
    }
  } finally {
    await Deno.remove(path);
  }
});

async function problemOf(bytes: Uint8Array): Promise<string> {
  return (await assertRejects(() => read(bytes), ArchiveProblem)).message;
}

/** Any archive that is right but for what a test adds. */
const saved = await savedImage(["busybox", "registry.example:5000/team/app:1"], "content");

Deno.test("an archive of docker save tells its names and ids, as it is and packed", async () => {
  const images = [{
    references: ["docker.io/library/busybox:latest", "registry.example:5000/team/app:1"],
    ids: [saved.id],
  }];
  assertEquals(await read(saved.archive), { kind: "images", packing: "none", images });
  assertEquals(await read(await gzipped(saved.archive)), { kind: "images", packing: "gzip", images });
  assertEquals(await read(await zstdPacked(saved.archive)), { kind: "images", packing: "zstd", images });
});

Deno.test("an image without a name, and several in one archive", async () => {
  const [one, two] = [await savedImage([], "one"), await savedImage(["two:2"], "two")];
  const document = (entries: readonly TarEntry[]): object[] =>
    JSON.parse(new TextDecoder().decode(entries.find(({ name }) => name === "manifest.json")?.content));
  const both = [...one.entries, ...two.entries].filter(({ name }) => name !== "manifest.json");
  const manifest = archivedFile("manifest.json", [...document(one.entries), ...document(two.entries)]);
  assertEquals(await read(writeTar([...both, manifest])), {
    kind: "images",
    packing: "none",
    images: [
      { references: [], ids: [one.id] },
      { references: ["docker.io/library/two:2"], ids: [two.id] },
    ],
  });
});

Deno.test("an OCI layout tells the digests of manifests and configurations, also below a list of platforms", async () => {
  const [app, web] = [await savedImage([], "app"), await savedImage([], "web")];
  const [one, two] = [await layoutParts(app), await layoutParts(web)];
  const list = await blobOf({
    mediaType: "application/vnd.oci.image.index.v1+json",
    // The other platform's is not in the archive; what tells of a build is none.
    manifests: [
      two.manifest.descriptor,
      { digest: digest("d"), size: 1, platform: { os: "linux", architecture: "s390x" } },
      { digest: digest("e"), size: 1, platform: { os: "unknown", architecture: "unknown" } },
    ],
  });
  const archive = writeTar([
    archivedFile("./oci-layout", { imageLayoutVersion: "1.0.0" }),
    archivedFile("./index.json", {
      manifests: [
        {
          ...one.manifest.descriptor,
          annotations: { "org.opencontainers.image.ref.name": "localhost/app:1" },
        },
        {
          ...list.descriptor,
          annotations: {
            "io.containerd.image.name": "docker.io/library/web:2",
            "org.opencontainers.image.ref.name": "2",
          },
        },
      ],
    }),
    ...one.files,
    ...two.files,
    list.file,
  ]);
  assertEquals(await read(archive), {
    kind: "images",
    packing: "none",
    images: [
      { references: ["localhost/app:1"], ids: [app.id, one.manifest.descriptor.digest] },
      {
        references: ["docker.io/library/web:2"],
        ids: [web.id, two.manifest.descriptor.digest, list.descriptor.digest],
      },
    ],
  });
});

Deno.test("where both documents are there, the index adds the id of engines that keep images in containerd", async () => {
  const index = archivedFile("index.json", {
    manifests: [{
      digest: digest("e"),
      annotations: { "io.containerd.image.name": "docker.io/library/busybox:latest" },
    }],
  });
  assertEquals(await read(writeTar([...saved.entries, index])), {
    kind: "images",
    packing: "none",
    images: [{
      references: ["docker.io/library/busybox:latest", "registry.example:5000/team/app:1"],
      ids: [saved.id, digest("e")],
    }],
  });
});

Deno.test("what only the engine unpacks is left to it", async () => {
  for (
    const [packing, magic] of [
      ["bzip2", [0x42, 0x5a, 0x68]],
      ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ] as const
  ) assertEquals(await read(new Uint8Array([...magic, 1, 2, 3, 4])), { kind: "unread", packing });
});

const manifest = (more: object) => archivedFile("manifest.json", [{ Config: "c.json", Layers: [], ...more }]);
const config = archivedFile("c.json", {});
const link = (name: string, linkTarget: string): TarEntry => ({
  name,
  kind: "symlink",
  mode: 0o777,
  uid: 0,
  gid: 0,
  linkTarget,
});

const wrong: readonly (readonly [string, readonly TarEntry[], string])[] = [
  [
    "no image",
    [archivedFile("a", "b")],
    "it has no images: neither manifest.json of docker save nor index.json",
  ],
  ["an empty list", [archivedFile("manifest.json", [])], "it names no image"],
  ["a document that is none", [archivedFile("manifest.json", "{")], "its manifest.json is no JSON"],
  ["another document", [archivedFile("manifest.json", {})], "its manifest.json is no list of images"],
  ["a missing configuration", [manifest({})], 'a part of its image is not in it: "c.json"'],
  ["a missing layer", [config, manifest({ Layers: ["l.tar"] })], 'a part of its image is not in it: "l.tar"'],
  ["a configuration outside", [config, manifest({ Config: "../../etc/passwd" })], "is not in it"],
  ["a name that is none", [config, manifest({ RepoTags: ["\u001b[2Jx"] })], '"\\u001b[2Jx", which is none'],
  [
    "too many images",
    [config, archivedFile("manifest.json", Array(1_001).fill({}))],
    "more than 1000 images",
  ],
  ["two entries of a name", [config, config, manifest({})], 'it has two entries "c.json"'],
  ["too many names", [config, manifest({ RepoTags: Array(1_001).fill("a") })], "more than 1000 names"],
  [
    "an entry outside",
    [archivedFile("../../etc/cron.d/x", "")],
    'its entry "../../etc/cron.d/x" leads out of it',
  ],
  ["an absolute entry", [archivedFile("/etc/passwd", "")], 'its entry "/etc/passwd" leads out of it'],
  [
    "a link outside",
    [link("l/layer.tar", "../../x")],
    'its link "l/layer.tar" leads out of it, to "../../x"',
  ],
  ["a link to the host", [link("x", "/etc")], 'its link "x" leads out of it, to "/etc"'],
  ["a linked document", [link("manifest.json", "other.json")], "its manifest.json is a link"],
  [
    "a digest that is none",
    [archivedFile("index.json", { manifests: [{ digest: "sha256:../x" }] })],
    "for a digest",
  ],
  ["a large document", [archivedFile("manifest.json", new Uint8Array(8 * 1024 ** 2 + 1))], "more than 8 MiB"],
  [
    "too many manifests",
    [archivedFile("index.json", { manifests: Array(1_001).fill({ digest: digest("a") }) })],
    "more than 1000 manifests",
  ],
];

for (const [name, entries, message] of wrong) {
  Deno.test(`an archive with ${name} is refused`, async () => {
    assertStringIncludes(await problemOf(writeTar(entries)), message);
    assertStringIncludes(await problemOf(await gzipped(writeTar(entries))), message);
    assertStringIncludes(await problemOf(await zstdPacked(writeTar(entries))), message);
  });
}

Deno.test("links inside of an archive are what docker save makes of equal layers", async () => {
  const layer = link("other/layer.tar", `../${saved.entries[0]?.name}`);
  assertEquals((await read(writeTar([...saved.entries, layer]))).kind, "images");
});

Deno.test("devices are refused", async () => {
  const archive = writeTar([archivedFile("null", "")]);
  archive[156] = "3".charCodeAt(0);
  const sum = archive.subarray(0, 512).reduce(
    (all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte),
    0,
  );
  archive.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0")), 148);
  assertStringIncludes(
    await problemOf(archive),
    'its entry "null" is neither a file nor a directory nor a link',
  );
});

Deno.test("what is no archive, and what is cut off anywhere", async () => {
  assertEquals(await problemOf(new Uint8Array()), "it is empty");
  assertEquals(
    await problemOf(new TextEncoder().encode("not an archive ".repeat(100))),
    "it is no tar archive",
  );
  const packed = await gzipped(saved.archive);
  assertStringIncludes(await problemOf(packed.subarray(0, packed.length - 20)), "gzip cannot unpack it");
  const content = saved.archive.length - 1_024;
  for (let length = 1; length < content; length += 97) {
    const message = await problemOf(saved.archive.subarray(0, length));
    assert(/^it (is cut off|is no tar archive|has no images.*)$/.test(message), `${length}: ${message}`);
  }
});

Deno.test("damage done by chance ends in an answer or a problem, never in anything else", async () => {
  const chance = randomFrom(7);
  const random = (below: number) => Math.floor(chance() * below);
  for (let round = 0; round < 300; round++) {
    const archive = saved.archive.slice();
    for (let times = 0; times < 3; times++) archive[random(archive.length)] = random(256);
    try {
      await read(archive);
    } catch (error) {
      assert(error instanceof ArchiveProblem, String(error));
    }
  }
});

Deno.test("a bomb is given up long before it has gone off", async () => {
  const packed = await gzipped(new Uint8Array(8 * 1024 ** 2));
  const bytes = (bounds: { largest: number; ratio: number; ratioFrom: number }) =>
    new UnpackedBytes(new Blob([packed]).stream(), "gzip", bounds);
  {
    await using small = bytes({ largest: 1024 ** 2, ratio: 1e9, ratioFrom: 0 });
    const { message } = await assertRejects(() => small.skip(8 * 1024 ** 2), ArchiveProblem);
    assertEquals(message, "it unpacks to more than 1 MiB");
  }
  {
    await using dense = bytes({ largest: 1e12, ratio: 200, ratioFrom: 2 * 1024 ** 2 });
    const { message } = await assertRejects(() => dense.skip(8 * 1024 ** 2), ArchiveProblem);
    assertEquals(message, "it unpacks to more than 200 times its size, which no image does");
  }
  await using right = bytes({ largest: 1e12, ratio: 1e9, ratioFrom: 0 });
  assertEquals(await right.skip(8 * 1024 ** 2), true);
  assertEquals(await right.skip(1), false);
});

Deno.test("entries are counted, and contents that nobody asks for are passed over", async () => {
  const entries = Array.from({ length: 11 }, (_, index) => archivedFile(`f${index}`, "x".repeat(600)));
  const scan = async (most: number) => {
    await using bytes = new UnpackedBytes(new Blob([await gzipped(writeTar(entries))]).stream(), "gzip");
    const names: string[] = [];
    await scanTar(bytes, ({ name }) => void names.push(name), { entries: most, header: 1_024 });
    return names;
  };
  assertEquals((await scan(11)).length, 11);
  assertEquals((await assertRejects(() => scan(10), ArchiveProblem)).message, "it has more than 10 entries");
});

Deno.test("sizes beyond octal digits and long names of GNU tar are understood", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const long = `${"d".repeat(90)}/${"n".repeat(120)}`;
    await Deno.mkdir(`${directory}/${"d".repeat(90)}`);
    await Deno.writeTextFile(`${directory}/${long}`, "x");
    for (const { name, content } of saved.entries) {
      if (name.includes("/")) await Deno.mkdir(`${directory}/${name.split("/")[0]}`, { recursive: true });
      await Deno.writeFile(`${directory}/${name}`, content ?? new Uint8Array());
    }
    // Nothing but a hole: nine gigabytes that take no room.
    using hole = await Deno.open(`${directory}/large`, { create: true, write: true });
    await hole.truncate(9 * 1024 ** 3);
    const path = `${directory}/../${directory.split("/").pop()}.tar`;
    try {
      const head = await new Deno.Command("sh", {
        // The large file comes last and is cut off: only its header is of interest.
        args: [
          "-c",
          'cd "$0" && tar --format=gnu -cf - -- ./dddd* ./*/layer.tar ./*.json ./large | head -c 200000 > "$1"',
          directory,
          path,
        ],
        stderr: "null",
      }).output();
      assert(head.success);
      using archive = await Deno.open(path, { read: true, write: true });
      // The file is made as long as the header says.
      await archive.truncate(9 * 1024 ** 3 + 400_000);
      assertEquals((await readImageArchive(archive)).kind, "images");
    } finally {
      await Deno.remove(path);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
