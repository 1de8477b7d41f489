import { loadArchiveDirectory, withoutPulls } from "../../src/cli/archive_directory.ts";
import { EngineError, timedOut } from "../../src/docker/engine_error.ts";
import type { ImageStore } from "../../src/images/image_store.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { digestOf, gzipped, savedImage } from "../support/image_archives.ts";

const never = new AbortController().signal;

/** An engine that keeps what it is given by the digest of the bytes, and knows some images already. */
class LoadingEngine {
  readonly loaded: string[] = [];
  /** Ids by name. */
  readonly known = new Map<string, string>();
  refusal: Error | undefined;
  isThere = true;
  said: readonly string[] = [];
  readonly images: ImageStore = {
    platform: { os: "linux", architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64" },
    idOf: (reference) =>
      Promise.resolve(this.known.get(reference.replace(/^docker\.io\/(?:library\/)?/, ""))),
    load: async (name, pieces) => {
      const bytes = new Uint8Array(await new Response(pieces).arrayBuffer());
      if (this.refusal !== undefined) throw this.refusal;
      this.loaded.push(`${name} ${await digestOf(bytes)}`);
      return this.said;
    },
    save: () => Promise.reject(new Error("nobody asks for it")),
  };

  ping() {
    return Promise.resolve(this.isThere);
  }
}

/** What is told, in its order. */
class Story {
  readonly lines: string[] = [];
  note(text: string) {
    this.lines.push(text);
  }
  warn(text: string) {
    this.lines.push(`warning: ${text}`);
  }
}

async function directoryWith(files: Readonly<Record<string, Uint8Array>>) {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/images`);
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${path}/images/${name}`, bytes);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const one = await savedImage(["one:1"], "one");
const two = await savedImage(["two:2", "registry.example/two"], "two");
const nameless = await savedImage([], "nameless");
const packed = await gzipped(two.archive);

Deno.test("archives are loaded in the order of their names, a bad one is told, and other files are none", async () => {
  await using directory = await directoryWith({
    "b.tar.gz": packed,
    "a.tar": one.archive,
    "c.TAR": new TextEncoder().encode("nothing"),
    "d.tar": nameless.archive,
    "readme.txt": new TextEncoder().encode("no archive"),
  });
  await Deno.mkdir(`${directory.path}/images/e.tar`);
  const [engine, story] = [new LoadingEngine(), new Story()];
  const covered = await loadArchiveDirectory(directory.path, engine, story, never);
  assertEquals(engine.loaded, [
    `images/a.tar ${await digestOf(one.archive)}`,
    // Unpacked on the way.
    `images/b.tar.gz ${await digestOf(two.archive)}`,
    `images/d.tar ${await digestOf(nameless.archive)}`,
  ]);
  assertEquals(story.lines, [
    "images/a.tar: loaded docker.io/library/one:1",
    "images/b.tar.gz: loaded docker.io/library/two:2, registry.example/two:latest",
    "warning: images/c.TAR is not loaded: it is no tar archive",
    "images/d.tar: loaded an image without a name",
  ]);
  assertEquals([...covered], [
    "docker.io/library/one:1",
    "docker.io/library/two:2",
    "registry.example/two:latest",
  ]);
});

Deno.test("an archive whose images are there is not loaded again, one whose tag has moved is", async () => {
  await using directory = await directoryWith({
    "a.tar": one.archive,
    "b.tgz": packed,
    "c.tar": nameless.archive,
  });
  const [engine, story] = [new LoadingEngine(), new Story()];
  engine.known.set("one:1", one.id);
  engine.known.set("two:2", two.id);
  engine.known.set("registry.example/two:latest", one.id);
  engine.known.set(nameless.id, nameless.id);
  const covered = await loadArchiveDirectory(directory.path, engine, story, never);
  assertEquals(story.lines, [
    "images/a.tar: docker.io/library/one:1 is there already",
    "images/b.tgz: loaded docker.io/library/two:2, registry.example/two:latest",
    "images/c.tar: its image is there already",
  ]);
  assertEquals(covered.size, 3);
});

Deno.test("what only the engine unpacks is loaded, and the engine says what it was", async () => {
  await using directory = await directoryWith({
    "a.tar.xz": new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]),
  });
  const [engine, story] = [new LoadingEngine(), new Story()];
  engine.said = ["one:1", `sha256:${"a".repeat(64)}`];
  const covered = await loadArchiveDirectory(directory.path, engine, story, never);
  assertEquals(story.lines, [
    `images/a.tar.xz: loaded one:1, sha256:${"a".repeat(64)}, and not verified: only the engine unpacks it`,
  ]);
  assertEquals([...covered], ["docker.io/library/one:1"]);
});

Deno.test("links are followed inside of the directory alone, and a FIFO holds nothing up", async () => {
  await using directory = await directoryWith({ "real.tar.real": one.archive });
  await using outside = await directoryWith({ "two.tar": two.archive });
  await Deno.symlink("real.tar.real", `${directory.path}/images/a.tar`);
  await Deno.symlink(`${outside.path}/images/two.tar`, `${directory.path}/images/b.tar`);
  await Deno.symlink("nowhere", `${directory.path}/images/c.tar`);
  await new Deno.Command("mkfifo", { args: [`${directory.path}/images/d.tar`] }).output();
  const [engine, story] = [new LoadingEngine(), new Story()];
  await loadArchiveDirectory(directory.path, engine, story, never);
  assertEquals(story.lines.length, 4);
  assertEquals(
    story.lines.map((line) => line.replace(directory.path, "DIR").replace(/(No such file).*/, "$1")),
    [
      "images/a.tar: loaded docker.io/library/one:1",
      "warning: images/b.tar is not loaded: it is a link that leads out of DIR",
      "warning: images/c.tar is not loaded: No such file",
      "warning: images/d.tar is not loaded: it is no file",
    ],
  );
});

Deno.test("a directory without archives is nothing to speak of, one that cannot be read is", async () => {
  await using directory = await directoryWith({});
  const story = new Story();
  assertEquals((await loadArchiveDirectory(directory.path, new LoadingEngine(), story, never)).size, 0);
  await Deno.remove(`${directory.path}/images`);
  await loadArchiveDirectory(directory.path, new LoadingEngine(), story, never);
  assertEquals(story.lines, []);
  await Deno.writeTextFile(`${directory.path}/images`, "");
  await loadArchiveDirectory(directory.path, new LoadingEngine(), story, never);
  assert(story.lines[0]?.startsWith("warning: no archive of images is loaded: "), story.lines[0]);
});

Deno.test("an engine that refuses an archive gets the others, one that is lost ends it", async () => {
  await using directory = await directoryWith({ "a.tar": one.archive, "b.tar": two.archive });
  const [engine, story] = [new LoadingEngine(), new Story()];
  engine.refusal = timedOut("load images/a.tar", 1_000);
  await loadArchiveDirectory(directory.path, engine, story, never);
  assertEquals(story.lines.length, 2);
  engine.isThere = false;
  await assertRejects(
    () => loadArchiveDirectory(directory.path, engine, story, never),
    EngineError,
    "Cannot load images/a.tar",
  );
});

Deno.test("a defect is no fault of an archive", async () => {
  await using directory = await directoryWith({ "a.tar": one.archive });
  const engine = new LoadingEngine();
  engine.refusal = new ReferenceError("x is not defined");
  await assertRejects(
    () => loadArchiveDirectory(directory.path, engine, new Story(), never),
    ReferenceError,
  );
});

Deno.test("images that archives brought are not pulled, whatever form of a name the spec uses", async () => {
  const covered = new Set(["docker.io/library/one:latest", "registry.example/two:2"]);
  const { pod } = await podOfText(`services:
  a: { image: one, pull_policy: always }
  b: { image: registry.example/two:2 }
  c: { image: one:2, pull_policy: always }
  d: { image: one@sha256:${"a".repeat(64)} }
`);
  assertEquals(withoutPulls(pod, covered).containers.map(({ pull }) => pull.kind), [
    "never",
    "never",
    "always",
    "unset",
  ]);
});
