import configuration from "../../deno.json" with { type: "json" };
import { root } from "../../scripts/bundle.ts";
import { runProgram } from "../cli/program.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { builtCommit } from "../support/built_file.ts";
import { containerImage, docker } from "../support/container_image.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";
import { runnableImage } from "../support/image_archives.ts";
import { goesOn } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

/** As little as a container can have: no network, no capability, nothing that can be written. */
const bare = ["--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];

const serving = "trap 'echo ends well; exit 0' TERM; echo serves; while :; do sleep 0.1; done";

Deno.test("engine: the container image", async (t) => {
  await using test = await testEngine();
  await using image = await containerImage(test.host);
  const socket = test.host.replace("unix://", "");
  const withSocket = ["--volume", `${socket}:/var/run/docker.sock`];
  const run = (...words: string[]) => docker(test.host, "run", "--rm", ...words);

  await t.step("tells what it is", async () => {
    const { code, out, error } = await run(...bare, image.name, "version", "--json");
    assertEquals({ code, error }, { code: 0, error: "" });
    assertEquals(JSON.parse(out).commit, builtCommit);
    const labels = await docker(test.host, "inspect", "--format", "{{json .Config.Labels}}", image.name);
    assertEquals(JSON.parse(labels.out), {
      "org.opencontainers.image.title": "mesolet",
      "org.opencontainers.image.description": "Runs pods: groups of Docker containers",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.version": configuration.version,
      "org.opencontainers.image.revision": builtCommit,
    });
  });

  await t.step(
    "without arguments runs what is mounted at /compose, with its archives and its paths",
    async () => {
      await using place = await composeDirectory(test, "cat /page/index.html; exit 3", ["./page:/page:ro"]);
      const mount = ["--volume", `${place.path}:/compose:ro`];
      const { code, out, error } = await run(...bare, ...withSocket, ...mount, image.name);
      assertEquals(code, 3, error);
      assertEquals(out, "web-1  | a page\n");
      assertStringIncludes(error, `images/web.tar: loaded docker.io/library/${place.pod}:1\n`);
      assert(!error.includes("warning"), error);
    },
  );

  await t.step(
    "enforces the total of a pod where it has the host's cgroups, and says so where not",
    async () => {
      const total = "x-pod: { resources: { mem: 64m } }";
      await using place = await composeDirectory(test, "true", [], total);
      const words = [...withSocket, "--volume", `${place.path}:/compose:ro`];
      const without = await run(...bare, ...words, image.name);
      assertEquals(without.code, 0, without.error);
      assertStringIncludes(without.error, "x-pod.resources: the total is not enforced: /sys/fs/cgroup");
      await runProgram(["down", "-t", "0", place.pod], { host: test.host });
      // The roots of the trees have no mode to write.
      const withCgroups = ["--volume", "/sys/fs/cgroup:/sys/fs/cgroup", "--cap-add", "DAC_OVERRIDE"];
      const enforced = await run(...bare, ...words, ...withCgroups, image.name);
      assertEquals(enforced.code, 0, enforced.error);
      assertStringIncludes(enforced.error, `cgroup /mesolet/${place.pod}: created`);
      assert(!enforced.error.includes("warning"), enforced.error);
    },
  );

  await t.step("runs the example, with what docker save makes of its image", async () => {
    const path = await Deno.makeTempDir();
    const pod = test.podName();
    try {
      await new Deno.Command("cp", { args: ["-r", `${root}examples/appliance/.`, path] }).output();
      await Deno.mkdir(`${path}/images`);
      await docker(test.host, "save", "--output", `${path}/images/busybox.tar`, "busybox");
      const mount = ["--volume", `${path}:/compose:ro`];
      const settings = ["--env", "PAGE_PORT=0", "--env", `COMPOSE_PROJECT_NAME=${pod}`];
      const words = [...bare, ...withSocket, ...mount, ...settings, image.name];
      await using container = await started(test, ...words);
      await container.seen("images/busybox.tar: docker.io/library/busybox:latest is there already");
      await container.seen(`pod ${pod} is running`);
      const web = (await test.engine.listContainers(pod)).find(({ name }) => name === `${pod}-web-1`);
      const page = await docker(test.host, "exec", web?.id ?? "", "cat", "/page/index.html");
      assertStringIncludes(page.out, "No registry was asked for this.");
    } finally {
      await runProgram(["down", "-t", "0", pod], { host: test.host });
      await Deno.remove(path, { recursive: true });
    }
  });

  await t.step("runs as a user who has the group of the socket", async () => {
    await using place = await composeDirectory(test, "echo runs", []);
    const mount = ["--volume", `${place.path}:/compose:ro`];
    const user = ["--user", "65534:65534"];
    const group = String((await Deno.stat(socket)).gid);
    const denied = await run(...bare, ...user, ...withSocket, ...mount, image.name);
    assertEquals(denied.code, 77, denied.error);
    const { code, out, error } = await run(
      ...bare,
      ...user,
      ...["--group-add", group],
      ...withSocket,
      ...mount,
      image.name,
    );
    assertEquals({ code, out }, { code: 0, out: "web-1  | runs\n" }, error);
  });

  await t.step(
    "stops the pod well when it is stopped, and takes it up when it is started again",
    async () => {
      await using place = await composeDirectory(test, serving, []);
      const mount = ["--volume", `${place.path}:/compose:ro`];
      await using container = await started(test, ...bare, ...withSocket, ...mount, image.name);
      await container.seen("web-1  | serves");
      await docker(test.host, "stop", "--time", "60", container.name);
      assertStringIncludes(await container.log(), "web-1  | ends well");
      const code = await docker(test.host, "inspect", "--format", "{{.State.ExitCode}}", container.name);
      assertEquals(code.out, "143\n");
      await docker(test.host, "start", container.name);
      await container.seen("is there already");
      await waitUntil("it serves again", async () => (await container.log()).split("| serves").length === 3);
      // Its supervisor is killed, the pod is not.
      const ids = async () => (await test.engine.listContainers(place.pod)).map(({ id }) => id).sort();
      const before = await ids();
      await docker(test.host, "kill", container.name);
      assertEquals(await ids(), before);
      await docker(test.host, "start", container.name);
      await waitUntil(
        "it is taken over",
        async () => (await container.log()).split(`pod ${place.pod} is running`).length === 4,
      );
      assertEquals(await ids(), before);
    },
  );

  await t.step("is an operator by its arguments", async () => {
    await using place = await composeDirectory(test, serving, []);
    const words = ["--tmpfs", "/run", "--volume", `${place.path}:/pods:ro`];
    await docker(test.host, "load", "--input", `${place.path}/images/web.tar`);
    await using container = await started(
      test,
      ...bare,
      ...withSocket,
      ...words,
      image.name,
      ...["operator", "--listen", "none", "/pods"],
    );
    await container.seen("keeps the pods of /pods");
    await waitUntil(
      "the pod runs",
      async () =>
        (await test.engine.listContainers(place.pod)).some(({ name, state }) =>
          name === `${place.pod}-web-1` && state === "running"
        ),
    );
    await docker(test.host, "stop", "--time", "60", container.name);
    const states = (await test.engine.listContainers(place.pod)).map(({ state }) => state);
    assert(states.length > 0 && states.every((state) => state === "running"), states.join());
  });

  await t.step("is an executor under an agent, without arguments and with them", async () => {
    for (const words of [[], ["executor"], ["-log_dir=/var/log"]]) {
      const { code, error } = await run(...bare, "--env", "MESOS_EXECUTOR_ID=one", image.name, ...words);
      assertEquals(code, 78, error);
      assertMatch(error, /error: MESOS_\w+ is not set\. An agent sets it for its executors/);
    }
  });

  const ownPath = '"$MESOS_SANDBOX:$MESOS_SANDBOX" --workdir "$MESOS_SANDBOX"';
  const otherPath = '"$MESOS_SANDBOX:/mnt/mesos/sandbox" --env MESOS_SANDBOX=/mnt/mesos/sandbox';
  const runsTask = async (sandbox: string) => {
    await using executor = await RunningExecutor.start(test, {
      program: [],
      environment: { DOCKER_HOST: test.host },
    });
    const { agent } = executor;
    const page = await Deno.readTextFile(`${root}docs/container-image.md`);
    const [, words = ""] = /^(docker run --rm --init[\s\S]*?)^```$/m.exec(page) ?? [];
    const value = words.replace("/var/run/docker.sock:", `${socket}:`).replace(ownPath, sandbox)
      .replace(" mesolet\n", ` ${image.name}\n`);
    for (const word of [socket, sandbox, image.name]) assertStringIncludes(value, word);
    const web = `{ image: busybox, command: ${goesOn}, volumes: ["./index.html:/index.html:ro"] }`;
    const one = "{ image: busybox, command: cat /index.html, volumes: ['./index.html:/index.html:ro'] }";
    // What is fetched is read by the pod's containers, so the engine has to know where it is.
    const fetched = { value: `${root}examples/appliance/page/index.html`, extract: false };
    const command = { value: `exec ${value}`, shell: true, uris: [fetched] };
    const own = { executor: { executor_id: { value: "executor-t1" }, command } };
    await agent.launch(shopTask("t1", `services:\n  web: ${web}\n  one: ${one}\n`, own));
    const begun = await agent.update(({ state }) => state !== "TASK_STARTING", 60_000);
    assertEquals(begun.state, "TASK_RUNNING", `${begun.message}\n${await executor.read("stderr")}`);
    const wanted = await Deno.readTextFile(fetched.value);
    const hasOutput = async () => await executor.read("logs/one-1.stdout").catch(() => "") === wanted;
    await waitUntil("the output is in the sandbox", hasOutput);
    agent.kill("t1");
    const killed = await agent.update(({ state }) => state === "TASK_KILLED");
    assertEquals(killed.message, "killed by the framework");
    assertEquals((await agent.exited).code, 0);
    assertEquals(agent.problems, []);
    assertEquals(await executor.left(), []);
  };
  await t.step("runs the task of an agent, by the command of the documentation", () => runsTask(ownPath));
  await t.step("runs the task of an agent that gives the sandbox another path", () => runsTask(otherPath));

  await t.step("says what is missing", async () => {
    const nothing = await run(...bare, image.name);
    assertEquals(nothing.code, 66);
    assertStringIncludes(
      nothing.error,
      "Cannot run the pod of /compose: there is no such directory. Mount one there",
    );
    await using place = await composeDirectory(test, "true", []);
    const mount = ["--volume", `${place.path}:/compose:ro`];
    const engine = await run(
      ...bare,
      ...mount,
      image.name,
      "compose-dir",
      "--engine-timeout",
      "0",
      "/compose",
    );
    assertEquals(engine.code, 69);
    assertStringIncludes(engine.error, "/var/run/docker.sock (not there)");
  });
});

/** A directory as people mount it at /compose, with an image of its own in an archive. */
async function composeDirectory(test: TestEngine, script: string, volumes: readonly string[], more = "") {
  const pod = test.podName();
  const path = await Deno.makeTempDir();
  // Others than root are to read it as well.
  await Deno.chmod(path, 0o755);
  const tag = `${pod}:1`;
  await Deno.mkdir(`${path}/images`);
  await Deno.mkdir(`${path}/page`);
  await Deno.writeTextFile(`${path}/page/index.html`, "a page\n");
  const command = JSON.stringify(["/busybox", "sh", "-c", script]);
  await Deno.writeTextFile(
    `${path}/docker-compose.yml`,
    `name: ${pod}
services:
  web:
    image: "${tag}"
    command: ${command}
    volumes: ${JSON.stringify(volumes)}
${more}
`,
  );
  await Deno.writeFile(`${path}/images/web.tar`, (await runnableImage(tag, pod, "true")).archive);
  return {
    path,
    pod,
    async [Symbol.asyncDispose]() {
      await runProgram(["down", "-t", "0", pod], { host: test.host });
      await docker(test.host, "rmi", "--force", tag);
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** A container that goes on. */
async function started(test: TestEngine, ...words: string[]) {
  const name = `${test.podName()}-mesolet`;
  const { code, error } = await docker(test.host, "run", "--detach", "--name", name, ...words);
  assertEquals(code, 0, error);
  const log = async () => {
    const { out, error } = await docker(test.host, "logs", name);
    return out + error;
  };
  return {
    name,
    log,
    async seen(text: string) {
      await waitUntil(`"${text}" is printed`, async () => {
        const printed = await log();
        assert(printed.includes(text), printed);
        return true;
      });
    },
    async [Symbol.asyncDispose]() {
      await docker(test.host, "rm", "--force", name);
    },
  };
}
