import { imageByDigest } from "../../src/pod/pins.ts";
import { projectDirectory, runProgram } from "../cli/program.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { DebianRegistry } from "../support/debian_registry.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { pushImage, removeImages } from "../support/pushed_image.ts";
import { waitUntil } from "../support/wait.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";

/** What `ps` tells of the images that run, by service. */
async function running(
  engine: TestEngine,
  pod: string,
): Promise<Record<string, readonly [string, string | undefined]>> {
  const { out } = await runProgram(["ps", "-p", pod, "--format", "json"], { host: engine.host });
  const rows: readonly { readonly service: string; readonly image: string; readonly digest?: string }[] = JSON
    .parse(out);
  return Object.fromEntries(rows.map(({ service, image, digest }) => [service, [image, digest] as const]));
}

Deno.test("engine: up runs a pinned pod by digest, asks once, and a tag that moves changes nothing", async () => {
  await using engine = await testEngine();
  await using registry = await DebianRegistry.start({ access: "htpasswd" });
  const repository = `${registry.address}/team/app`;
  const image = `${repository}:1`;
  const pod = engine.podName();
  const spec = (more = "") =>
    `name: ${pod}
x-pod: {pin: [web]}
services:
  web: {image: "${image}", command: ${goesOn}${more}}
  job: {image: "{{docker.image[${registry.address}/team/app][1]}}", command: ${goesOn}}
  free: {image: busybox, command: ${goesOn}}
`;
  const auths = JSON.stringify({ auths: { [registry.address]: { auth: btoa("me:pass") } } });
  await using project = await projectDirectory({ "compose.yaml": spec(), "config.json": auths });
  const variables = { DOCKER_CONFIG: project.path };
  const mesolet = async (...args: string[]) => {
    const done = await runProgram(args, { host: engine.host, directory: project.path, variables });
    assertEquals(done.code, 0, done.error);
    return done;
  };
  try {
    const first = await pushImage(engine, image, "1");
    await registry.settle();
    const before = registry.requests.length;

    assertStringIncludes(
      (await mesolet("plan", "-d")).out,
      `pull image ${imageByDigest(image, first)}: it is not there`,
    );
    await mesolet("up", "-d");
    assertEquals(await running(engine, pod), {
      web: [image, first],
      job: [image, first],
      free: ["busybox", undefined],
    });
    assertMatch((await mesolet("ps")).out, new RegExp(`${image}@${first.slice(0, 19)} `));
    await registry.settle();
    const asked = registry.requests.slice(before).filter((line) => line === "HEAD /v2/team/app/manifests/1");
    // The plan and up, each of them once with and once without credentials.
    assertEquals(asked.length, 4);

    const second = await pushImage(engine, image, "2");
    assert(first !== second);
    const lives = await livesOf(engine, [pod]);
    assertStringIncludes((await mesolet("up", "-d")).error, "nothing to do");
    assertEquals(await livesOf(engine, [pod]), lives);

    // What the spec says anew is looked up anew; what it says as before stays.
    await Deno.writeTextFile(`${project.path}/compose.yaml`, spec(', environment: {DEBUG: "1"}'));
    await mesolet("up", "-d");
    assertEquals(await running(engine, pod), {
      web: [image, second],
      job: [image, first],
      free: ["busybox", undefined],
    });
    await mesolet("up", "-d", "--pull", "always", "job");
    assertEquals((await running(engine, pod))["job"], [image, second]);

    // Without the registry a pod that is up is as it was, and one that is gone is brought back by `--pull never`.
    await registry.stop();
    assertStringIncludes((await mesolet("up", "-d")).error, "nothing to do");
    await engine.connection.request({
      method: "POST",
      path: `/images/${imageByDigest(image, second)}/tag`,
      query: { repo: repository, tag: "1" },
      call: "tag",
      bound: 10_000,
    });
    await mesolet("down");
    const refused = await runProgram(["up", "-d"], {
      host: engine.host,
      directory: project.path,
      variables,
    });
    assertEquals(refused.code, 75);
    assertStringIncludes(refused.error, `Cannot find out the digest of ${image} at ${registry.address}`);
    assertEquals(await engine.engine.listContainers(pod), []);
    await mesolet("up", "-d", "--pull", "never", "web");
    assertEquals((await running(engine, pod))["web"]?.[1], second);
  } finally {
    await mesolet("down").catch(() => {});
    await removeImages(engine, repository);
  }
});

Deno.test("engine: an image that is only here cannot be pinned, and who wants that is told what to do", async () => {
  await using engine = await testEngine();
  await using registry = await DebianRegistry.start();
  const pod = engine.podName();
  const image = `${registry.address}/app:1`;
  await using project = await projectDirectory({
    "compose.yaml": `name: ${pod}\nservices:\n  web: {image: "${image}", command: ${goesOn}}\n`,
  });
  const up = (...args: string[]) =>
    runProgram(["up", "-d", "--pin", ...args], { host: engine.host, directory: project.path });
  await engine.connection.request({
    method: "POST",
    path: "/images/busybox/tag",
    query: { repo: `${registry.address}/app`, tag: "1" },
    call: "tag",
    bound: 10_000,
  });
  try {
    const refused = await up();
    assertEquals(refused.code, 69);
    assertStringIncludes(refused.error, "push it, or leave its service out of x-pod.pin");
    assertStringIncludes((await up("--pull", "never")).error, "it did not come from a registry");
  } finally {
    await removeImages(engine, `${registry.address}/app`);
  }
});

Deno.test("operator: a pinned pod keeps its digest over restarts and outages, until its spec changes", async () => {
  await using engine = await testEngine();
  await using registry = await DebianRegistry.start();
  await using operator = new RunningOperator(engine);
  const repository = `${registry.address}/app`;
  const image = `${repository}:1`;
  const pod = engine.podName();
  const spec = (more = "") =>
    `name: ${pod}
x-pod: {pin: true}
services:
  web: {image: "${image}", pull_policy: always, restart: always, command: ${goesOn}${more}}
`;
  try {
    operator.start();
    const first = await pushImage(engine, image, "1");
    operator.put("web.yaml", spec());
    await operator.told(`${pod}: runs`);
    assertEquals(await running(engine, pod), { web: [image, first] });
    const lives = await livesOf(engine, [pod]);
    const second = await pushImage(engine, image, "2");

    // A container that is lost comes back as it was.
    await operator.end();
    operator.start();
    await operator.told(`${pod}: adopted: 1 container runs`);
    assertEquals(await livesOf(engine, [pod]), lives);
    await engine.connection.request({
      method: "DELETE",
      path: `/containers/${pod}-web-1`,
      query: { force: true },
      call: "remove",
      bound: 30_000,
    });
    let now = lives;
    await waitUntil("it is back", async () => {
      now = await livesOf(engine, [pod]);
      return now.size === lives.size && [...now.keys()].some((id) => !lives.has(id)) &&
        [...now.values()].every((life) => life.includes(" running "));
    });
    assertEquals(await running(engine, pod), { web: [image, first] });

    operator.put("web.yaml", spec(', environment: {DEBUG: "1"}'));
    await operator.told(`${pod}: container web replaced`);
    await waitUntil("what was replaced is gone", async () => {
      now = await livesOf(engine, [pod]);
      return now.size === lives.size && [...now.values()].every((life) => life.includes(" running "));
    });
    assertEquals((await running(engine, pod))["web"], [image, second]);

    // The registry is gone: whoever runs goes on, a restart changes nothing, and what is new waits.
    await registry.stop();
    now = await livesOf(engine, [pod]);
    await operator.end();
    operator.start();
    await operator.told(`${pod}: adopted: 1 container runs`);
    operator.put("web.yaml", spec(', environment: {DEBUG: "2"}'));
    await operator.told(`Cannot find out the digest of ${image}`);
    assertEquals(await livesOf(engine, [pod]), now);
  } finally {
    await operator.end().catch(() => {});
    await runProgram(["down", pod], { host: engine.host });
    await removeImages(engine, repository);
  }
});
