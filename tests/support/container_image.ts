import configuration from "../../deno.json" with { type: "json" };
import { root } from "../../scripts/bundle.ts";
import { bareTree } from "./bare_tree.ts";
import { builtCommit, builtFile } from "./built_file.ts";

/** What a command printed, and how it ended. */
export interface DockerResult {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs the client of Docker as a person does. */
export async function docker(host: string, ...words: string[]): Promise<DockerResult> {
  const { code, stdout, stderr } = await new Deno.Command("docker", {
    args: ["--host", host, ...words],
    // The builder that every engine has: BuildKit is a program of its own.
    env: { DOCKER_BUILDKIT: "0" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** The image of the Dockerfile, on an engine. It goes at the end of a test, with the base that it was made from. */
export interface ContainerImage extends AsyncDisposable {
  readonly name: string;
}

/**
 * Builds the image without a registry: from a base with libc, a shell and core utilities of this host, and with the
 * file that tests share in place of the stage that builds it. All else is the Dockerfile as it stands.
 */
export async function containerImage(host: string): Promise<ContainerImage> {
  const [name, base, file] = ["mesolet-image:test", "mesolet-base:test", "mesolet-file:test"];
  await importBase(host, base);
  await importFile(host, file);
  const context = await Deno.makeTempDir({ prefix: "mesolet-image-" });
  try {
    await Deno.writeTextFile(`${context}/Dockerfile`, await withFileOf(file));
    await Deno.mkdir(`${context}/scripts/image`, { recursive: true });
    await Deno.copyFile(`${root}scripts/image/entry.sh`, `${context}/scripts/image/entry.sh`);
    const settings = { BASE: base, COMMIT: builtCommit, VERSION: configuration.version };
    const build = await docker(
      host,
      ...["build", "--tag", name, "--force-rm"],
      ...Object.entries(settings).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
      context,
    );
    if (build.code !== 0) throw new Error(`Cannot build the image:\n${build.out}${build.error}`);
  } finally {
    await Deno.remove(context, { recursive: true });
  }
  return {
    name,
    async [Symbol.asyncDispose]() {
      await docker(host, "rmi", "--force", name, base, file);
    },
  };
}

/**
 * The Dockerfile with an image in place of its stage `build`: what `buildx --build-context build=docker-image://…` does.
 */
async function withFileOf(image: string): Promise<string> {
  const text = await Deno.readTextFile(`${root}Dockerfile`);
  const stage = /^FROM \S+ AS build\n[\s\S]*?(?=^FROM )/m;
  if (!stage.test(text)) throw new Error("the Dockerfile has no stage that is called build");
  return text.replace(stage, `FROM ${image} AS build\n\n`);
}

async function importFile(host: string, name: string): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-image-" });
  try {
    await Deno.copyFile((await builtFile()).path, `${directory}/mesolet`);
    await Deno.chmod(`${directory}/mesolet`, 0o755);
    await importTree(host, name, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function importBase(host: string, name: string): Promise<void> {
  await using tree = await bareTree();
  await importTree(host, name, tree.path);
}

async function importTree(host: string, name: string, path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'tar -C "$0" -c . | docker --host "$1" import - "$2"', path, host, name],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot import ${name}: ${new TextDecoder().decode(stderr)}`);
}
