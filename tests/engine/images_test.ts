import { runProgram, startProgram } from "../cli/program.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { type TestEngine, testEngine, testHost } from "../support/engine.ts";
import { gzipped, ociLayout, runnableImage, zstdPacked } from "../support/image_archives.ts";
import { shopTask } from "../support/mesos_task.ts";
import { OwnDaemon } from "../support/own_daemon.ts";
import { goesOn, RunningOperator } from "../support/running_operator.ts";
import {
  exitCode,
  podOf,
  reached,
  sharedExecutor,
  specOf,
  untilTold,
  withExecutor,
} from "../support/task_life.ts";
import { waitUntil } from "../support/wait.ts";

// Nobody listens at port 9: whoever asks a registry fails.

async function removeImages(test: Pick<TestEngine, "connection">, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await test.connection.request({
      method: "DELETE",
      path: `/images/${tag}`,
      query: { force: true },
      call: "remove an image of a test",
      bound: 30_000,
      accept: [404],
    });
  }
}

/** A directory for a test, with files in it. */
async function directoryOf(files: Readonly<Record<string, string | Uint8Array>>) {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/images`);
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeFile(
      `${path}/${name}`,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The calls that asked the engine to pull, of a program with `--debug`. */
function pullsIn(error: string): string[] {
  return error.split("\n").filter((line) => line.includes("/images/create"));
}

Deno.test("engine: up: archives of every form are verified and loaded, and no registry is asked, not even by the engine", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const tags = ["saved", "layout", "packed"].map((name) => `127.0.0.1:9/${pod}-${name}:1`);
  const [one, two, three] = tags;
  const images = await Promise.all(tags.map((tag) => runnableImage(tag, tag, `echo ${tag}`)));
  const named = (index: number) => ({ "io.containerd.image.name": tags[index] ?? "" });
  const layouts = await Promise.all(images.map((image, index) =>
    ociLayout("unused", image, {
      packing: index === 2 ? "zstd" : "gzip",
      annotations: named(index),
    })
  ));
  await using directory = await directoryOf({
    "compose.yaml": `name: ${pod}
x-pod: { network: none }
services:
  one: { image: "${one}", pull_policy: always }
  two: { image: "${two}", pull_policy: daily }
  three: { image: "${three}" }
`,
    "images/a.tar.zst": await zstdPacked(images[0]?.archive ?? new Uint8Array()),
    "images/b.tar": layouts[1]?.archive ?? "",
    "images/c.tar.gz": await gzipped(layouts[2]?.archive ?? new Uint8Array()),
    "images/damaged.tar": (images[0]?.archive ?? new Uint8Array()).subarray(0, 4_096),
  });
  try {
    const call = { host: test.host, directory: directory.path };
    const plan = await runProgram(["plan"], call);
    assertStringIncludes(plan.out, `load archive images/b.tar: ${two} is not there`);
    const first = await runProgram(["--debug", "up"], call);
    assertEquals(first.code, 0, first.error);
    for (const tag of tags) assertStringIncludes(first.out, `| ${tag}\n`);
    assertEquals(pullsIn(first.error), []);
    assertEquals(first.error.split("POST /images/load?quiet=false").length - 1, 3, first.error);
    assertStringIncludes(first.error, "images/damaged.tar is not loaded: it is cut off");
    for (const [index, tag] of tags.entries()) {
      assertEquals(await test.engine.images.idOf(tag, new AbortController().signal), images[index]?.id);
    }
    const second = await runProgram(["--debug", "up", "--detach"], call);
    assertEquals(second.code, 0, second.error);
    assertEquals(second.error.split("POST /images/load?quiet=false").length - 1, 0, second.error);
    assertEquals(pullsIn(second.error), []);
    // Whoever wants a registry to be asked can say so.
    const asking = await runProgram(["--debug", "up", "--detach", "--pull", "always"], call);
    assertEquals(asking.code, 75, asking.error);
    assert(pullsIn(asking.error).length > 0);
    // What the archive has counts, not what is on the engine under that name.
    await test.connection.request({
      method: "POST",
      path: `/images/${two}/tag`,
      query: { repo: one?.replace(/:1$/, ""), tag: "1" },
      call: "tag another image",
      bound: 30_000,
    });
    const moved = await runProgram(["--debug", "up", "--detach"], call);
    assertEquals(moved.code, 0, moved.error);
    assertEquals(await test.engine.images.idOf(one ?? "", new AbortController().signal), images[0]?.id);
  } finally {
    await runProgram(["down", "-t", "0", pod], { host: test.host });
    await removeImages(test, tags);
  }
});

Deno.test("engine: images save, verify, ls and load: a bundle has each layer once, and Docker itself loads it", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const tags = [`${pod}-one:1`, `${pod}-two:2`];
  const spec = `name: ${pod}
x-pod: { network: none }
services:
  one: { image: "${tags[0]}", command: ["echo", "one"] }
  two: { image: "${tags[1]}", command: ["echo", "two"] }
`;
  await using directory = await directoryOf({ "compose.yaml": spec });
  const call = { host: test.host, directory: directory.path };
  try {
    const missing = await runProgram(["images", "save", "compose.yaml"], call);
    assertEquals(missing.code, 69, missing.error);
    assertStringIncludes(
      missing.error,
      `the engine does not have ${tags[0]}, ${tags[1]}; give --pull missing`,
    );
    for (const tag of tags) {
      const [repo, number] = tag.split(":");
      await test.connection.request({
        method: "POST",
        path: "/images/busybox/tag",
        query: { repo, tag: number },
        call: "tag an image",
        bound: 30_000,
      });
    }
    const saved = await runProgram(
      ["images", "save", "compose.yaml", "-o", "bundle", "--format", "json"],
      call,
    );
    assertEquals(saved.code, 0, saved.error);
    const { layers, images } = JSON.parse(saved.out);
    assertEquals(layers, 1);
    assertEquals(images.length, 1);
    assertEquals(images[0].names, tags.map((tag) => `docker.io/library/${tag}`));
    assertEquals([...Deno.readDirSync(`${directory.path}/bundle`)].map(({ name }) => name), ["images.tar"]);
    const packed = await runProgram(["images", "save", "-o", "bundle", "--pack", "zstd"], call);
    assertMatch(packed.out, /images\.tar\.zst: 1 image, 1 layer of /);
    const verified = await runProgram(["images", "verify", "bundle"], call);
    assertEquals(verified.out, "bundle/images.tar: ok, 1 image\nbundle/images.tar.zst: ok, 1 image\n");
    const listed = JSON.parse((await runProgram(["images", "ls", "bundle", "--format", "json"], call)).out);
    assertEquals(listed[0].images[0].ids[0], images[0].id);
    assertStringIncludes(
      (await runProgram(["images", "ls", "bundle"], call)).out,
      `docker.io/library/${tags[1]}`,
    );

    await removeImages(test, tags);
    const docker = await new Deno.Command("docker", {
      args: ["--host", test.host, "load", "--input", `${directory.path}/bundle/images.tar`],
    }).output();
    assert(docker.success, new TextDecoder().decode(docker.stderr));
    const present = await runProgram(["images", "load", "bundle/images.tar"], call);
    assertStringIncludes(present.out, "are there already");

    await removeImages(test, tags);
    await Deno.writeTextFile(`${directory.path}/bundle/bad.tar`, "no archive");
    const loaded = await runProgram(["images", "load", "--remove-archives", "bundle"], call);
    assertEquals(loaded.code, 65, loaded.error);
    assertStringIncludes(loaded.error, "bundle/bad.tar is not loaded: it is no tar archive");
    assertMatch(
      loaded.out,
      /^bundle\/images\.tar: loaded .*\nbundle\/images\.tar\.zst: .* are there already\n$/,
    );
    assertEquals([...Deno.readDirSync(`${directory.path}/bundle`)].map(({ name }) => name), ["bad.tar"]);
  } finally {
    await removeImages(test, tags);
  }
});

Deno.test("engine: up: an archive is removed when that is asked for, and one that cannot be loaded is told and stays", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const [good, bad] = [`127.0.0.1:9/${pod}-good:1`, `127.0.0.1:9/${pod}-bad:1`];
  const image = await runnableImage(good, pod, "true");
  const broken = (await runnableImage(bad, `${pod} bad`, "true")).archive.slice();
  // The layer is another one than the configuration says.
  const at = new TextDecoder("latin1").decode(broken).indexOf(`${pod} bad`);
  broken[at] = "X".charCodeAt(0);
  await using directory = await directoryOf({
    "compose.yaml": `name: ${pod}
x-pod: { network: none, preload: { remove_archives: true } }
services:
  good: { image: "${good}", pull_policy: always }
`,
    "images/good.tar": image.archive,
    "images/bad.tar": broken,
  });
  const call = { host: test.host, directory: directory.path };
  const left = () => [...Deno.readDirSync(`${directory.path}/images`)].map(({ name }) => name).sort();
  try {
    const first = await runProgram(["--debug", "up"], call);
    assertEquals(first.code, 0, first.error);
    assertEquals(pullsIn(first.error), []);
    assertEquals(left(), ["bad.tar"]);
    await Deno.writeTextFile(
      `${directory.path}/bad.yaml`,
      `name: ${pod}\nservices: { bad: { image: "${bad}" } }\nx-pod: { network: none }\n`,
    );
    for (const flags of [[], ["--detach"]]) {
      const second = await runProgram(["-f", "bad.yaml", "up", ...flags], call);
      assertEquals(second.code, flags.length === 0 ? 1 : 75, second.error);
      assertStringIncludes(second.error, "Cannot load images/bad.tar: the layer ");
      assertStringIncludes(second.error, "127.0.0.1:9 is not reached");
    }
    assertEquals(left(), ["bad.tar"]);
  } finally {
    await runProgram(["down", "-t", "0", pod], { host: test.host });
    await removeImages(test, [good, bad]);
  }
});

Deno.test("engine: operator: images come from the directory beside the specs, and one that comes later makes a pod run", async () => {
  await using test = await testEngine();
  await using operator = new RunningOperator(test);
  const [pod, late] = [test.podName(), test.podName()];
  const [tag, lateTag] = [`127.0.0.1:9/${pod}:1`, `127.0.0.1:9/${late}:1`];
  const image = await runnableImage(tag, pod, "");
  const lateImage = await runnableImage(lateTag, late, "");
  const spec = (name: string, image: string) =>
    `name: ${name}\nx-pod: { network: none }\nservices:\n  web: {image: "${image}", pull_policy: always, command: ` +
    `${goesOn.replace('"sh"', '"/busybox", "sh"').replace("sleep", "/busybox sleep")}}\n`;
  try {
    await Deno.mkdir(`${operator.directory}/images`);
    await Deno.writeFile(`${operator.directory}/images/web.tar`, image.archive);
    await Deno.writeTextFile(`${operator.directory}/images/bad.tar`, "no archive");
    operator.put("web.yaml", spec(pod, tag));
    operator.put("late.yaml", spec(late, lateTag));
    operator.start();
    await operator.told(`${pod}: runs`);
    await operator.told("127.0.0.1:9 is not reached");
    // The directory is no spec, and is none that is broken.
    assertEquals(operator.events.filter(({ text }) => text.includes("/images:")), []);
    await Deno.writeFile(`${operator.directory}/images/.late`, lateImage.archive);
    await Deno.rename(`${operator.directory}/images/.late`, `${operator.directory}/images/late.tar`);
    await operator.told(`${late}: runs`);
    await operator.end();
  } finally {
    for (const name of [pod, late]) await runProgram(["down", "-t", "0", name], { host: test.host });
    await removeImages(test, [tag, lateTag]);
  }
});

Deno.test("engine: executor: images come from the sandbox, and a directory outside of it counts for nothing", async () => {
  const name = `sandbox-${crypto.randomUUID().slice(0, 8)}`;
  const tag = `127.0.0.1:9/${name}:1`;
  const image = await runnableImage(tag, name, "true");
  await using test = await testEngine();
  await using outside = await directoryOf({ "images/x.tar": image.archive });
  try {
    await withExecutor({}, async ({ agent, executor: running }) => {
      const shared = sharedExecutor(agent);
      // The default policy would refuse the directory before it is looked at.
      const command = { ...shared.command, value: `${shared.command?.value} executor --allow files` };
      const executor = { ...shared, command };
      await agent.launch(shopTask("stays", specOf(untilTold), { executor }));
      await reached(agent, "stays", "TASK_RUNNING");
      await Deno.mkdir(`${agent.sandbox}/images`);
      await Deno.writeFile(`${agent.sandbox}/images/web.tar`, image.archive);
      const spec = (more: string) =>
        `x-pod: {network: none${more}}\nservices: {web: {image: "${tag}", pull_policy: always}}`;
      await agent.launch(shopTask("outside", spec(`, preload: "${outside.path}/images"`), { executor }));
      assertMatch((await reached(agent, "outside", "TASK_FAILED")).message ?? "", /127\.0\.0\.1:9/);
      await agent.launch(shopTask("inside", spec(""), { executor }));
      await reached(agent, "inside", "TASK_FINISHED");
      // Pods that go side by side see each other, and leave what all pods share.
      const inside = podOf(agent, "inside");
      await waitUntil(
        "the other one is gone",
        async () => (await test.engine.listContainers(inside)).length === 0,
      );
      agent.kill("stays");
      assertEquals(await exitCode(agent), 0);
      assertStringIncludes(await running.read("stderr"), "it is not below");
    });
  } finally {
    await removeImages(test, [tag]);
  }
});

Deno.test("engine: up and images load wait for an engine, for as long as they are told", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const tag = `${pod}:1`;
  const image = await runnableImage(tag, pod, "echo done");
  await using daemon = new OwnDaemon(testHost());
  await using directory = await directoryOf({
    "compose.yaml": `name: ${pod}\nx-pod: { network: none }\nservices: { web: { image: "${tag}" } }\n`,
    "images/web.tar": image.archive,
  });
  const call = { host: daemon.host, directory: directory.path };
  for (const command of [["up"], ["images", "load"]]) {
    const impatient = await runProgram([...command, "--wait-engine", "0"], call);
    assertEquals(impatient.code, 69, impatient.error);
  }
  const wrong = await runProgram(["up", "--wait-engine", "soon"], call);
  assertEquals(wrong.code, 64, wrong.error);
  await using program = startProgram(["up", "--wait-engine", "forever"], call);
  await program.seen("waiting for the engine");
  await daemon.start();
  const { code, out, error } = await program.ended();
  assertEquals(code, 0, error);
  assertEquals(out, "web-1  | done\n");
});
