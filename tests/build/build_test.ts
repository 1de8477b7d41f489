import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { commitOf } from "../../scripts/build/commit.ts";
import { findRuntime } from "../../scripts/build/find_runtime.ts";
import { runtimes, targets } from "../../scripts/build/runtimes.ts";
import { starterProgram } from "../../scripts/build/starter.ts";
import { root } from "../../scripts/bundle.ts";

/** What a build is made from, besides the packages. */
const sources = ["deno.json", "deno.lock", "src", "proto", "vendor", "scripts", "types"];

async function run(program: string, args: readonly string[], options: Deno.CommandOptions = {}) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    ...options,
  })
    .output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** A copy of the sources in a directory of its own, with its own copy of the packages. */
async function copyOfSources(of = root): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "mesolet-sources-" });
  const { code, error } = await run("cp", ["-a", ...sources, "node_modules", path], { cwd: of });
  assertEquals({ code, error }, { code: 0, error: "" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function build(directory: string, ...words: string[]) {
  return run(Deno.execPath(), ["run", "-A", "--node-modules-dir=manual", "scripts/build.ts", ...words], {
    cwd: directory,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
}

Deno.test("build: the same sources give the same bytes, wherever they are", async () => {
  const sums: string[] = [];
  await using first = await copyOfSources();
  // Of the first one: somebody may work on the sources meanwhile.
  await using second = await copyOfSources(first.path);
  for (const copy of [first, second]) {
    const { code, out, error } = await build(copy.path, "--form", "self-extracting");
    assertEquals({ code, error }, { code: 0, error: "" });
    assertStringIncludes(out, "self-extracting, ");
    assertStringIncludes(out, "commit unknown");
    sums.push(await Deno.readTextFile(`${copy.path}/dist/SHA256SUMS`));
    const check = await run("sha256sum", ["--quiet", "-c", "SHA256SUMS"], { cwd: `${copy.path}/dist` });
    assertEquals(check.code, 0);
    const bundle = await Deno.readTextFile(`${copy.path}/dist/mesolet.js`);
    assert(!bundle.includes(copy.path), "the bundle names the directory that it was built in");
    assert(!bundle.includes("import.meta.url"), "the bundle reads files that lie beside it");
  }
  assertEquals(sums[0], sums[1]);
});

Deno.test("build: what has changed since the commit is told of it", async () => {
  const directory = await Deno.makeTempDir();
  try {
    assertEquals(await commitOf(directory), "unknown");
    const git = (...words: string[]) =>
      run("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-C", directory, ...words]);
    await git("init", "-q");
    await Deno.writeTextFile(`${directory}/deno.json`, "{}");
    await git("add", ".");
    await git("commit", "-qm", "first");
    const commit = (await git("rev-parse", "HEAD")).out.trim();
    assertEquals(await commitOf(directory), commit);
    await Deno.writeTextFile(`${directory}/notes.txt`, "of no concern");
    assertEquals(await commitOf(directory), commit);
    await Deno.writeTextFile(`${directory}/deno.json`, "{ }");
    assertEquals(await commitOf(directory), `${commit}-dirty`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("build: what cannot be built is told in one line, with what to do", async () => {
  const lines = [
    [["--target", "mips"], "error: --target mips is not known: x64, arm64 or all"],
    [["--form", "zip"], "error: --form zip is not known: compiled or self-extracting"],
  ] as const;
  for (const [words, line] of lines) {
    const { code, error } = await build(root, ...words);
    assertEquals({ code, error: error.trimEnd() }, { code: 1, error: line });
  }
});

Deno.test("build: a runtime for another machine, or none, is refused", async () => {
  const refusals = [];
  for (const given of ["/bin/true", "/etc/passwd", "/no/file"]) {
    refusals.push(
      await findRuntime("arm64", { given, cache: "/none" }).then(() => "taken", (error) => error.message),
    );
  }
  assertEquals(refusals, [
    "/bin/true is no runtime for arm64: name the file deno of a Linux release of Deno",
    "/etc/passwd is no runtime for arm64: name the file deno of a Linux release of Deno",
    "Cannot read the runtime: No such file or directory (os error 2): readfile '/no/file'",
  ]);
});

Deno.test("build: an earlier download is taken only with the right checksum", async () => {
  const cache = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cache}/deno-${runtimes.arm64.sha256.slice(0, 16)}`, "something else");
    const nowhere = { PATH: "/none" };
    const script = `import { findRuntime } from "${root}scripts/build/find_runtime.ts";
      await findRuntime("arm64", { cache: "${cache}" }).catch((error) => console.log(error.message));`;
    const { out } = await run(Deno.execPath(), ["eval", "--no-config", script], { env: nowhere });
    assertStringIncludes(out, "The runtime for arm64 cannot be had: ");
    assertStringIncludes(out, "Name a file with --runtime FILE");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("build: a compiled file has to answer as the program, or is not taken", async () => {
  await using copy = await copyOfSources();
  // Deno appends the program to any base that it is given: this one ends well and says nothing.
  const env = { DENORT_BIN: "/bin/true" };
  const withBase = (...words: string[]) =>
    run(Deno.execPath(), ["run", "-A", "--node-modules-dir=manual", "scripts/build.ts", ...words], {
      cwd: copy.path,
      env: { ...env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    });
  const only = await withBase("--form", "compiled");
  assertEquals(only.code, 1);
  assertStringIncludes(only.error, "error: Cannot compile for ");
  assertStringIncludes(only.error, "Name the base runtime (denort) of this Deno with DENORT_BIN");
  const either = await withBase();
  assertEquals(either.code, 0);
  assertStringIncludes(either.out, "Not compiled for ");
  assertStringIncludes(either.out, ": self-extracting, ");
});

Deno.test("build: the starter is the same bytes every time, for each machine", () => {
  for (const target of targets) {
    const { architecture } = runtimes[target];
    assertEquals(starterProgram(architecture), starterProgram(architecture));
    assert(starterProgram(architecture).length < 300);
  }
});
