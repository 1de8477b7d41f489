import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivatePodman } from "../../scripts/engine/private_podman.ts";
import { pauseImageName } from "../../src/pod/names.ts";
import { projectDirectory, runProgram } from "../cli/program.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { engineAt, testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

/**
 * The pod that is converted: a server, a client that knows it by its name, and what has to run before both. An
 * older Podman mounts the directory of a file.
 */
function spec(pod: string): string {
  return `name: ${pod}
services:
  web:
    image: docker.io/library/busybox
    command: [/bin/sh, -c, "cat $$(find /greeting -type f) /data/page; exec httpd -f -p 8080 -h /data"]
    environment: {WORDS: "a $$ b"}
    pull_policy: never
    stop_signal: SIGKILL
    configs: [greeting]
    volumes: [data:/data]
    depends_on: {prepare: {condition: service_completed_successfully}}
  client: {image: docker.io/library/busybox, command: [/bin/sh, -c, "trap 'exit 0' TERM; sleep 10000 & wait"], pull_policy: never}
  prepare:
    image: docker.io/library/busybox
    command: [/bin/sh, -c, "echo prepared > /data/page"]
    pull_policy: never
    volumes: [data:/data]
volumes: {data: {}}
configs: {greeting: {content: "hello\\n"}}
`;
}

Deno.test("engine: a pod that was converted for Docker Compose runs with networks of services, and shares one", async () => {
  await using engine = await testEngine();
  const pod = engine.podName();
  await using project = await projectDirectory({
    "compose.yaml": spec(pod).replaceAll("docker.io/library/", ""),
  });
  const mesolet = async (...args: string[]) => {
    const done = await runProgram(args, { host: engine.host, directory: project.path });
    assertEquals(done.code, 0, done.error);
    return done.out;
  };
  await mesolet("convert", "--to", "compose", "--strict", "--pause-image", "busybox", "-o", "converted.yaml");
  const converted = ["-f", "converted.yaml", "--network", "services"];
  try {
    await mesolet(...converted, "up", "-d");
    // Names of its containers stand for loopback, where the server of the other container listens.
    await waitUntil("the client reaches the server", async () => {
      const asked = await runProgram(
        [...converted, "exec", "-T", "client", "wget", "-q", "-O", "-", "http://web:8080/page"],
        { host: engine.host, directory: project.path },
      );
      return asked.out === "prepared\n";
    });
    assertStringIncludes(await mesolet(...converted, "logs", "--no-color", "web"), "hello");
    assertEquals(
      (await mesolet(...converted, "exec", "-T", "web", "sh", "-c", "echo $WORDS")).trim(),
      "a $ b",
    );
  } finally {
    await mesolet(...converted, "down", "-v");
  }
});

Deno.test("podman: a pod that was converted for Kubernetes is played", async () => {
  const podman = await startPrivatePodman();
  try {
    await using engine = await engineAt(podman.host);
    await importBusybox(engine.connection);
    await engine.engine.apply(
      { id: "step", cause: "a test", after: [], kind: "load-pause-image", image: pauseImageName },
      engine.context(),
    );
    const pod = engine.podName();
    // Podman in a process namespace of its own waits 20 s for each container of initContainers to be gone.
    const text = spec(pod).replace(/\n +depends_on: .*/, "")
      .replace('"cat ', '"until [ -s /data/page ]; do sleep 0.1; done; cat ');
    await using project = await projectDirectory({ "compose.yaml": text });
    const converted = await runProgram(["convert", "--to", "kube", "-o", "pod.yaml"], {
      directory: project.path,
    });
    // That a signal other than SIGTERM stops it is all that is lost.
    assertEquals(converted.code, 1);
    assertEquals(converted.error.match(/: [\w.]+: is lost/g), [": services.web.stop_signal: is lost"]);
    const client = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("podman", {
        args: ["--remote", "--url", podman.host, ...args],
        cwd: project.path,
      }).output();
      const text = new TextDecoder();
      return { code, out: text.decode(stdout), error: text.decode(stderr) };
    };
    const played = await client("play", "kube", "pod.yaml");
    assertEquals(played.code, 0, played.error);
    const asked = ["exec", `${pod}-client`, "/bin/wget", "-q", "-O", "-", "http://web:8080/page"];
    await waitUntil(
      "the client reaches the server",
      async () => (await client(...asked)).out === "prepared\n",
    );
    assertStringIncludes((await client("logs", `${pod}-web`)).out, "hello");
    assertEquals((await client("exec", `${pod}-web`, "/bin/sh", "-c", "echo $WORDS")).out, "a $ b\n");
  } finally {
    await podman.stop();
  }
});
