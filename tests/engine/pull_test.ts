import { connectEngine } from "../../src/docker/connect.ts";
import type { Engine, PullProgress } from "../../src/docker/engine.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { testHost } from "../support/engine.ts";
import { testRegistry } from "../support/registry.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

/** An engine whose credentials are in a config.json of the test. */
async function withEngine<T>(config: unknown, work: (engine: Engine) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
  const engine = await connectEngine({ host: testHost(), environment: { DOCKER_CONFIG: directory } });
  try {
    return await work(engine);
  } finally {
    engine.close();
    await Deno.remove(directory, { recursive: true });
  }
}

async function pull(
  engine: Engine,
  image: string,
  signal = new AbortController().signal,
): Promise<PullProgress[]> {
  const told: PullProgress[] = [];
  await engine.apply({ ...base, kind: "pull-image", image }, {
    ids: new Map(),
    signal,
    onProgress: (_, progress) => told.push(progress),
  });
  return told;
}

async function remove(engine: Engine, image: string): Promise<void> {
  const context = { ids: new Map<string, string>(), signal: new AbortController().signal };
  await engine.apply({ ...base, kind: "remove-image", image }, context);
}

async function has(engine: Engine, image: string): Promise<boolean> {
  const needs = {
    images: [image],
    networks: [],
    volumes: [],
    labelled: false,
    externalContainers: [],
    restartPolicies: [],
  };
  const { images } = await engine.observe({ pod: "none", containers: [], needs });
  return images.get(image) !== null;
}

Deno.test("engine: an image is pulled, layer by layer, with the credentials of Docker's configuration", async () => {
  await using registry = await testRegistry({ credentials: { user: "me", password: "pass" } });
  const image = `${registry.address}/app:1`;
  await withEngine({ auths: { [registry.address]: { auth: btoa("me:pass") } } }, async (engine) => {
    const told = await pull(engine, image);
    assertEquals([told.at(-1)?.layersDone, told.at(-1)?.layersTotal], [1, 1]);
    assert(told.some(({ text }) => text.endsWith("Pull complete")));
    assert(await has(engine, image));
    assertEquals((await pull(engine, image)).at(-1)?.text, `Status: Image is up to date for ${image}`);
    await remove(engine, image);
  });
  await withEngine({ auths: { [registry.address]: { auth: btoa("me:wrong") } } }, async (engine) => {
    const error = await assertRejects(
      () => pull(engine, image),
      EngineError,
      `docker login ${registry.address}`,
    );
    assertEquals(error.exitCode, ExitCode.permission);
  });
});

Deno.test("engine: an image that is not there is an error at once, and not asked for again", async () => {
  await using registry = await testRegistry();
  await withEngine({}, async (engine) => {
    const error = await assertRejects(() => pull(engine, `${registry.address}/app:2`), EngineError);
    assertEquals(error.exitCode, ExitCode.unavailable);
    assertStringIncludes(error.message, `${registry.address}/app:2`);
    assertEquals(engine.calls.filter(({ path }) => path.startsWith("/images/create")).length, 1);
  });
});

Deno.test("engine: a registry that fails for a moment is asked again, one that is not there is a failure to say so", async () => {
  // The engine itself does not try a manifest again.
  await using registry = await testRegistry({ failures: 1 });
  const image = `${registry.address}/app:1`;
  await withEngine({}, async (engine) => {
    await pull(engine, image);
    await remove(engine, image);
    const error = await assertRejects(() => pull(engine, "127.0.0.1:1/app:1"), EngineError, "is not reached");
    assertEquals(error.exitCode, ExitCode.temporary);
  });
});

Deno.test("engine: a pull that is no longer wanted ends at once, and in the engine too", async () => {
  await using registry = await testRegistry({ hangs: true });
  await withEngine({}, async (engine) => {
    const abort = new AbortController();
    const pulling = assertRejects(
      () => pull(engine, `${registry.address}/app:1`, abort.signal),
      Error,
      "no longer",
    );
    await waitUntil(
      "the engine asks for a blob",
      () => registry.requests.some((line) => line.includes("/blobs/")),
    );
    abort.abort(new Error("no longer"));
    await pulling;
  });
});

Deno.test("engine: a registry that does not answer holds up no pull of another one", async () => {
  await using silent = await testRegistry({ hangs: true });
  await using registry = await testRegistry();
  await withEngine({}, async (engine) => {
    const over = new AbortController();
    const hanging = Array.from({ length: 5 }, () => pull(engine, `${silent.address}/app:1`, over.signal));
    const ended = Promise.allSettled(hanging);
    await waitUntil("pulls hang", () => silent.requests.some((request) => request.includes("/blobs/")));
    const image = `${registry.address}/app:1`;
    await pull(engine, image);
    assert(await has(engine, image));
    over.abort();
    await ended;
    await remove(engine, image);
  });
});

Deno.test("engine: an image is pulled by digest", async () => {
  await using registry = await testRegistry();
  await withEngine({}, async (engine) => {
    const head = await fetch(`http://${registry.address}/v2/app/manifests/1`, { method: "HEAD" });
    const image = `${registry.address}/app@${head.headers.get("docker-content-digest")}`;
    await pull(engine, image);
    assert(await has(engine, image));
    await remove(engine, image);
  });
});
