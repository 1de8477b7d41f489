import { runProgram, startProgram } from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { type TestEngine, testEngine, testHost } from "../support/engine.ts";
import { gzipped, runnableImage, savedImage } from "../support/image_archives.ts";
import { OwnDaemon } from "../support/own_daemon.ts";
import { waitUntil } from "../support/wait.ts";

const serving = "trap 'echo ends well; exit 0' TERM; echo serves; while :; do /busybox sleep 0.1; done";

/** A directory as it is mounted at /compose; the pod goes with it, and then its images. */
async function composeDirectory(
  test: Pick<TestEngine, "connection" | "host">,
  pod: string,
  spec: string,
  archives: Readonly<Record<string, { readonly archive: Uint8Array; readonly tag: string }>>,
) {
  const path = await Deno.makeTempDir();
  await Deno.writeTextFile(`${path}/docker-compose.yml`, `name: ${pod}\n${spec}`);
  await Deno.mkdir(`${path}/images`);
  for (const [name, { archive }] of Object.entries(archives)) {
    await Deno.writeFile(`${path}/images/${name}`, archive);
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
      await runProgram(["down", "-t", "0", pod], { host: test.host });
      for (const { tag } of Object.values(archives)) {
        await test.connection.request({
          method: "DELETE",
          path: `/images/${tag}`,
          query: { force: true },
          call: "remove an image of a test",
          bound: 30_000,
          accept: [404],
        });
      }
    },
  };
}

async function stateOf(test: TestEngine, pod: string, service: string) {
  const found = (await test.engine.listContainers(pod)).find(({ name }) => name === `${pod}-${service}-1`);
  return { id: found?.id, state: found?.state };
}

Deno.test("cli: compose-dir: archives are loaded, no registry is asked, and the pod's exit code is the program's", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  // Nobody listens there: whoever asks fails.
  const [one, two] = [`127.0.0.1:9/${pod}-one:1`, `127.0.0.1:9/${pod}-two:2`];
  const quick = await runnableImage(one, `${pod} one`, "echo one; exit 7");
  const slow = await runnableImage(two, `${pod} two`, serving);
  await using directory = await composeDirectory(
    test,
    pod,
    `services:
  one: { image: "${one}", pull_policy: always }
  two: { image: "${two}", pull_policy: daily }
`,
    {
      "one.tar": { archive: quick.archive, tag: one },
      "two\n.tar.gz": { archive: await gzipped(slow.archive), tag: two },
    },
  );
  await Deno.writeTextFile(`${directory.path}/images/bad.tar`, "no archive");
  const first = await runProgram(["compose-dir", directory.path], { host: test.host });
  assertEquals(first.code, 7, first.error);
  assertStringIncludes(first.out, "one-1  | one\n");
  assertEquals(first.error.split("\n").slice(0, 3), [
    "warning: images/bad.tar is not loaded: it is no tar archive",
    `images/one.tar: loaded ${one}`,
    `images/two .tar.gz: loaded ${two}`,
  ]);
  const second = await runProgram(["compose-dir", directory.path], { host: test.host });
  assertEquals(second.code, 7, second.error);
  assertEquals(second.error.split("\n").slice(1, 3), [
    `images/one.tar: ${one} is there already`,
    `images/two .tar.gz: ${two} is there already`,
  ]);
  // Whoever wants a registry to be asked can say so.
  const asking = await runProgram(["compose-dir", "--pull", "always", directory.path], { host: test.host });
  assertEquals(asking.code, 1, asking.error);
  assertStringIncludes(asking.error, "127.0.0.1:9 is not reached from the engine");
});

Deno.test("cli: compose-dir: SIGTERM stops the pod well, and the next start takes it up", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const image = `${pod}-web:1`;
  const web = await runnableImage(image, pod, serving);
  await using directory = await composeDirectory(
    test,
    pod,
    `services: { web: { image: "${image}" } }\n`,
    {
      "web.tar": { archive: web.archive, tag: image },
    },
  );
  const call = { host: test.host, directory: directory.path };
  {
    await using program = startProgram(["compose-dir", "."], call);
    await program.seen("serves");
    program.signal("SIGTERM");
    const { code, out } = await program.ended();
    assertEquals(code, 143);
    assertStringIncludes(out, "ends well");
  }
  const stopped = await stateOf(test, pod, "web");
  assertEquals(stopped.state, "exited");
  const left = await runProgram(["compose-dir", "--detach", "."], call);
  assertEquals(left.code, 0, left.error);
  assertEquals(await stateOf(test, pod, "web"), { ...stopped, state: "running" });
});

Deno.test("cli: compose-dir: an engine that starts later is waited for, and told once; no registry, and nothing there before", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const image = `${pod}-web:1`;
  const web = await runnableImage(image, pod, "echo done");
  await using daemon = new OwnDaemon(testHost());
  await using directory = await composeDirectory(
    test,
    pod,
    `services: { web: { image: "${image}" } }\nx-pod: { network: none }\n`,
    { "web.tar": { archive: web.archive, tag: image } },
  );
  const call = { host: daemon.host, directory: directory.path };
  const impatient = await runProgram(["compose-dir", "--engine-timeout", "0", "."], call);
  assertEquals(impatient.code, 69, impatient.error);
  assertStringIncludes(impatient.error, "no engine listens at");
  await using program = startProgram(["compose-dir", "."], call);
  await program.seen("waiting for the engine");
  await daemon.start();
  const { code, out, error } = await program.ended();
  assertEquals(code, 0, error);
  assertEquals(out, "web-1  | done\n");
  assertEquals(error.split("waiting for the engine").length, 2, error);
});

Deno.test("cli: compose-dir: Ctrl-C ends the wait for an engine", async () => {
  await using test = await testEngine();
  await using directory = await composeDirectory(
    test,
    test.podName(),
    "services: { web: { image: busybox } }\n",
    {},
  );
  await using program = startProgram(["compose-dir", directory.path], {
    host: "unix:///nowhere/docker.sock",
  });
  await program.seen("waiting for the engine");
  program.signal("SIGINT");
  assertEquals((await program.ended()).code, 130);
});

Deno.test("cli: compose-dir: paths of the spec are looked for where the directory is on the engine's host", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  await using directory = await composeDirectory(
    test,
    pod,
    `services:
  web:
    image: busybox
    command: ["cat", "/page/index.html", "/run/secrets/token"]
    volumes: ["./page:/page"]
    secrets: [token]
secrets:
  token: { file: ./token }
`,
    {},
  );
  await using host = await composeDirectory(test, pod, "", {});
  await Deno.mkdir(`${host.path}/page`);
  await Deno.writeTextFile(`${host.path}/page/index.html`, "page of the host\n");
  await Deno.writeTextFile(`${host.path}/token`, "token\n");
  await Deno.writeTextFile(`${directory.path}/token`, "token\n");
  const flags = ["compose-dir", "--host-directory", host.path, directory.path];
  const { code, out, error } = await runProgram(flags, { host: test.host });
  assertEquals(code, 0, error);
  assertEquals(out, "web-1  | page of the host\nweb-1  | token\n");
  // A container that the engine does not know: an image says of itself that it is one.
  const unknown = await runProgram(["compose-dir", directory.path], {
    host: test.host,
    variables: { container: "oci" },
  });
  assertStringIncludes(
    unknown.error,
    `warning: this runs in a container, and the engine looks for ${directory.path}/page, ${directory.path}/token on its ` +
      "own host",
  );
});

Deno.test("cli: compose-dir: an archive that is damaged is told by name, and the pod runs without it", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const image = await runnableImage(`${pod}:1`, pod, "true");
  // The right form, and a layer that is another than the configuration says.
  const broken = image.archive.slice();
  const at = new TextDecoder("latin1").decode(broken).indexOf(pod);
  assert(at > 0);
  broken[at] = "X".charCodeAt(0);
  await using directory = await composeDirectory(
    test,
    pod,
    `services: { web: { image: busybox, command: [echo, runs] } }\n`,
    { "broken.tar": { archive: broken, tag: `${pod}:1` } },
  );
  const { code, out, error } = await runProgram(["compose-dir", directory.path], { host: test.host });
  assertEquals(code, 0, error);
  assertEquals(out, "web-1  | runs\n");
  assertStringIncludes(error, "warning: images/broken.tar is not loaded: the layer ");
});

Deno.test("cli: compose-dir: large archives go through without being kept in memory", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const image = `${pod}-large:1`;
  const large = await runnableImage(image, new Uint8Array(256 * 1024 ** 2), "echo ok");
  const packed = await savedImage([`${pod}-packed:1`], new Uint8Array(257 * 1024 ** 2));
  await using directory = await composeDirectory(
    test,
    pod,
    `services: { web: { image: "${image}" } }\n`,
    {
      "large.tar": { archive: large.archive, tag: image },
      // Zeros, of which a kilobyte makes a megabyte: what gzip unpacks at once must not be large.
      "packed.tgz": { archive: await gzipped(packed.archive), tag: `${pod}-packed:1` },
    },
  );
  await using program = startProgram(["compose-dir", directory.path], { host: test.host });
  let most = 0;
  await waitUntil("they are loaded", async () => {
    const status = await Deno.readTextFile(`/proc/${program.id}/status`).catch(() => "");
    most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    return program.error.includes("packed.tgz: loaded");
  }, 120_000);
  assertEquals((await program.ended()).code, 0, program.error);
  // The program alone takes some 130 MiB from source, and garbage comes and goes.
  assert(most < 320 * 1024, `${most} KiB`);
});
