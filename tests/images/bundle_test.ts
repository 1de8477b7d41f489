import { BundleReader, coveredBy } from "../../src/images/bundle.ts";
import { PodArchives } from "../../src/images/pod_archives.ts";
import { loadArchive } from "../../src/images/load_archive.ts";
import type { ImageStore } from "../../src/images/image_store.ts";
import { openArchive } from "../../src/images/open_archive.ts";
import { saveBundle } from "../../src/images/save_bundle.ts";
import { ArchiveProblem } from "../../src/images/archive_bytes.ts";
import { readTar, writeTar } from "../../src/images/tar.ts";
import type { Pod } from "../../src/pod/model.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { archivedFile, blobOf, layoutParts, ociLayout, savedImage } from "../support/image_archives.ts";

const never = new AbortController().signal;
const architecture = Deno.build.arch === "x86_64" ? "amd64" : "arm64";

async function directoryWith(files: Readonly<Record<string, Uint8Array>>) {
  const path = await Deno.makeTempDir();
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${path}/${name}`, bytes);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** An engine that has some images, and keeps what it is given. */
class Store implements ImageStore {
  readonly platform = { os: "linux", architecture };
  readonly known = new Map<string, string>();
  readonly given: Uint8Array[] = [];

  idOf(reference: string) {
    return Promise.resolve(this.known.get(reference));
  }

  async load(_archive: string, pieces: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.given.push(new Uint8Array(await new Response(pieces).arrayBuffer()));
    return [];
  }

  save(): Promise<never> {
    throw new Error("nobody asks for it");
  }

  /** What `manifest.json` of the last archive names. */
  get names(): string[] {
    const manifest = readTar(this.given.at(-1) ?? new Uint8Array()).find(({ name }) =>
      name === "manifest.json"
    );
    return JSON.parse(new TextDecoder().decode(manifest?.content))
      .flatMap(({ RepoTags }: { RepoTags: string[] | null }) => RepoTags ?? []);
  }
}

async function podIn(directory: string): Promise<Pod> {
  return (await podOfText("services: {a: {image: one}}", { directory })).pod;
}

const [one, two] = [await savedImage(["one"], "one"), await savedImage(["two:2"], "two")];
const other = await savedImage(["one"], "another one");

Deno.test("of two archives with one name the first counts, and bad ones are told by their files", async () => {
  await using directory = await directoryWith({
    "a.tar": one.archive,
    "b.tar": other.archive,
    "c.tar.xz": new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]),
    "d.tar": new Uint8Array(),
    "e.tar": two.archive,
    "notes.txt": new Uint8Array([1]),
  });
  const reader = new BundleReader();
  const { images, problems } = coveredBy(await reader.read(directory.path), false);
  assertEquals([...images].map(([name, { archive }]) => [name, archive.replace(directory.path, "")]), [
    ["docker.io/library/one:latest", "/a.tar"],
    ["docker.io/library/two:2", "/e.tar"],
  ]);
  const base = directory.path.split("/").pop();
  assertEquals(
    problems.map((problem) => problem.replaceAll(`${base}/`, "").replace(/: it is packed.*/, "")),
    [
      "b.tar has another image as docker.io/library/one:latest than a.tar, which counts",
      "c.tar.xz is not looked into",
      "d.tar is not loaded: it is empty",
    ],
  );
  // A changed archive is read anew.
  await Deno.writeFile(`${directory.path}/d.tar`, (await savedImage(["late"], "late")).archive);
  assert(coveredBy(await reader.read(directory.path), false).images.has("docker.io/library/late:latest"));
});

Deno.test("archives of a pod are in images beside its spec, where it says, or where the command line says", async () => {
  await using directory = await directoryWith({});
  const pod = await podIn(directory.path);
  const names = async (archives: PodArchives, of = pod) => [...(await archives.coveredFor(of)).images.keys()];
  assertEquals(await names(new PodArchives()), []);
  await Deno.mkdir(`${directory.path}/images`);
  await Deno.mkdir(`${directory.path}/more`);
  await Deno.writeFile(`${directory.path}/images/one.tar`, one.archive);
  await Deno.writeFile(`${directory.path}/more/two.tar`, two.archive);
  const more = { ...pod, preload: { directory: `${directory.path}/more`, remove: true } };
  assertEquals(await names(new PodArchives()), ["docker.io/library/one:latest"]);
  assertEquals(await names(new PodArchives(), more), ["docker.io/library/two:2"]);
  assertEquals((await new PodArchives().coveredFor(more)).remove, true);
  assertEquals(await names(new PodArchives({ directory: `${directory.path}/images` }), more), [
    "docker.io/library/one:latest",
  ]);
  assertEquals(await names(new PodArchives(), { ...pod, preload: { directory: null, remove: false } }), []);
  const confined = await new PodArchives({ below: `${directory.path}/images` }).coveredFor(more);
  assertEquals(confined.images.size, 0);
  assertStringIncludes(confined.problems[0] ?? "", "it is not below");
  // A file of that name is told, and stops nothing.
  await Deno.remove(`${directory.path}/images`, { recursive: true });
  await Deno.writeTextFile(`${directory.path}/images`, "");
  assertStringIncludes((await new PodArchives().coveredFor(pod)).problems[0] ?? "", "Cannot read");
});

Deno.test("only what is wanted of an archive is loaded, under the names that are wanted", async () => {
  const image = await savedImage(["one", "one:alias"], "one");
  await using directory = await directoryWith({ "a.tar": image.archive });
  const store = new Store();
  const load = async (wanted?: readonly string[]) => {
    using file = await openArchive(`${directory.path}/a.tar`);
    return await loadArchive(file, {
      title: "a.tar",
      wanted: wanted === undefined ? undefined : new Set(wanted),
      store,
      signal: never,
    });
  };
  assertEquals((await load(["docker.io/library/one:latest"])).outcome, "loaded");
  assertEquals(store.names, ["docker.io/library/one:latest"]);
  store.known.set("docker.io/library/one:latest", image.id);
  assertEquals((await load(["docker.io/library/one:latest"])).outcome, "present");
  assertEquals((await load()).outcome, "loaded");
  assertEquals(store.names, ["one", "one:alias"]);
  store.known.set("docker.io/library/one:alias", `sha256:${"0".repeat(64)}`);
  assertEquals((await load()).outcome, "loaded");
});

Deno.test("of an image for many platforms the engine's is loaded, and none where there is no such", async () => {
  const manifests = await Promise.all([one, two].map((image) => layoutParts(image)));
  const platforms = [{ os: "linux", architecture: "riscv64" }, { os: "linux", architecture }];
  const layoutOf = async (count: number) => {
    const list = await blobOf({
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: manifests.slice(0, count).map(({ manifest }, index) => ({
        ...manifest.descriptor,
        platform: platforms[index],
      })),
    });
    const annotations = { "io.containerd.image.name": "docker.io/library/many:1" };
    return writeTar([
      archivedFile("index.json", { manifests: [{ ...list.descriptor, annotations }] }),
      ...manifests.flatMap(({ files }) => files),
      list.file,
    ]);
  };
  await using directory = await directoryWith({ "both.tar": await layoutOf(2) });
  const store = new Store();
  const load = async (own: ImageStore) => {
    using file = await openArchive(`${directory.path}/both.tar`);
    return await loadArchive(file, { title: "both.tar", store: own, signal: never });
  };
  // Both configurations are for this platform: the first one is as good.
  assertEquals((await load(store)).ids.length, 1);
  assertEquals(store.names, ["docker.io/library/many:1"]);
  const elsewhere = Object.assign(new Store(), { platform: { os: "linux", architecture: "s390x" } });
  const { message } = await assertRejects(() => load(elsewhere), ArchiveProblem);
  assertStringIncludes(message, "and the engine runs linux/s390x");
});

Deno.test("a bundle is written whole or not at all, and reads as what was saved", async () => {
  await using directory = await directoryWith({});
  const path = `${directory.path}/images.tar`;
  const files = () => [...Deno.readDirSync(directory.path)].map(({ name }) => name);
  const pieces = async function* (bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 1_000) yield await Promise.resolve(bytes.slice(at, at + 1_000));
  };
  const save = (bytes: Uint8Array, id: string, packing: "none" | "gzip" | "zstd" = "none") =>
    saveBundle({
      names: new Map([[id, ["docker.io/library/one:latest", "docker.io/library/alias:1"]]]),
      archive: pieces(bytes),
      path,
      packing,
      signal: never,
    });
  await assertRejects(
    () => save(one.archive.subarray(0, 2_000), one.id),
    MesoletError,
    "engine's archive is wrong",
  );
  await assertRejects(() => save(one.archive, two.id), MesoletError, "the engine gives another image");
  assertEquals(files(), []);
  // Whatever form the engine gives it in.
  for (const bytes of [one.archive, (await ociLayout("one", one, { packing: "gzip" })).archive]) {
    for (const packing of ["none", "gzip", "zstd"] as const) {
      assertEquals((await save(bytes, one.id, packing)).layers, 1);
      const [archive] = await new BundleReader().read(directory.path);
      assert(archive !== undefined && "images" in archive.content);
      const [image] = archive.content.images;
      assertEquals([image?.references, image?.variants[0]?.id, image?.variants[0]?.manifest?.length], [
        ["docker.io/library/one:latest", "docker.io/library/alias:1"],
        one.id,
        71,
      ]);
      assertEquals(files(), ["images.tar"]);
    }
  }
});
