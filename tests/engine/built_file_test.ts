import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { bareTree, below } from "../support/bare_tree.ts";
import { builtFile } from "../support/built_file.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";
import { waitUntil } from "../support/wait.ts";
import { goesOn } from "../support/running_operator.ts";
import { projectDirectory, runProgram, startProgram } from "../cli/program.ts";
import type { CommandInfo } from "../../src/mesos/wire/messages.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";

/** The built file on hosts that have nothing: `up`, `operator` and `executor`. */

const nobody = 65534;

/** The number of the group that may use the engine's socket. */
async function socketGroup(host: string): Promise<number> {
  return (await Deno.stat(host.replace("unix://", ""))).gid ?? 0;
}

const sleeperServices = `services:\n  web: { image: busybox, command: ${goesOn} }\n`;

function sleeper(pod: string): string {
  return `name: ${pod}\n${sleeperServices}`;
}

/** A command that fetches the file into the sandbox as `mesolet`. */
async function fetching(command: CommandInfo): Promise<CommandInfo> {
  const { path } = await builtFile();
  return { ...command, uris: [{ value: path, executable: true, extract: false, output_file: "mesolet" }] };
}

/** A task runs, is killed, and leaves nothing. */
async function taskThatIsKilled(executor: RunningExecutor, command?: CommandInfo): Promise<void> {
  const { agent } = executor;
  const own = command === undefined ? {} : { executor: { executor_id: { value: "executor-t1" }, command } };
  await agent.launch(shopTask("t1", sleeperServices, own));
  const begun = await agent.update(({ state }) => state !== "TASK_STARTING", 60_000);
  assertEquals(begun.state, "TASK_RUNNING", `${begun.message}\n${await executor.read("stderr")}`);
  agent.kill("t1");
  const killed = await agent.update(({ state }) => state === "TASK_KILLED");
  assertEquals(killed.message, "killed by the framework");
  assertEquals((await agent.exited).code, 0);
  assertEquals(agent.problems, []);
  assertEquals(await executor.left(), []);
}

Deno.test("executor with an engine: the built file is fetched as a plain file, and is the executor", async () => {
  await using engine = await testEngine();
  // No HOME, no PATH but the agent's, and nothing else: the cache of the tests aside, as on a real agent.
  await using executor = await RunningExecutor.start(engine, {
    environment: { MESOLET_CACHE_DIR: (await builtFile()).cache },
    program: [],
  });
  await taskThatIsKilled(
    executor,
    await fetching({ value: "./mesolet", shell: false, arguments: ["mesolet"] }),
  );
});

/** What a program as nobody in particular needs, who is of the group that may use the engine. */
async function asNobody(engine: TestEngine) {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-nobody-" });
  const cache = `${directory}/cache`;
  await Deno.mkdir(cache);
  for (const path of [directory, cache]) await Deno.chown(path, nobody, nobody);
  await Deno.chmod(directory, 0o755);
  // The directory of the engine's socket is closed to others: the socket is mounted where he can go.
  const socket = `${directory}/engine.sock`;
  await Deno.writeTextFile(socket, "");
  const script = `mount --bind "$0" "$1" && shift || exit
    [ -z "\${MESOS_SANDBOX-}" ] || chown -R ${nobody} "$MESOS_SANDBOX"
    exec /usr/bin/setpriv "$@"`;
  const group = await socketGroup(engine.host);
  return {
    host: `unix://${socket}`,
    cache,
    words: [
      ...["/usr/bin/unshare", "--mount", "sh", "-c", script, engine.host.replace("unix://", ""), socket],
      ...[`--reuid=${nobody}`, `--regid=${nobody}`, `--groups=${group}`],
    ],
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("engine: the built file runs pods as an unprivileged user with access to the engine", async () => {
  await using engine = await testEngine();
  await using user = await asNobody(engine);
  const { path } = await builtFile();
  const pod = engine.podName();
  await using project = await projectDirectory({ "compose.yaml": sleeper(pod) });
  await Deno.chmod(project.path, 0o755);
  const call = {
    host: user.host,
    directory: project.path,
    program: [...user.words, path],
    variables: { MESOLET_CACHE_DIR: user.cache },
  };
  const up = await runProgram(["up", "-d"], call);
  assertEquals(up.code, 0, up.error);
  assertStringIncludes((await runProgram(["ps"], call)).out, "running");
  assertEquals((await runProgram(["down", "-t", "0"], call)).code, 0);
});

Deno.test("executor with an engine: the fetched file is the executor as an unprivileged user as well", async () => {
  await using engine = await testEngine();
  await using user = await asNobody(engine);
  await using executor = await RunningExecutor.start(engine, {
    environment: { DOCKER_HOST: user.host, MESOLET_CACHE_DIR: user.cache },
    program: [],
  });
  const words = [...user.words, "./mesolet"].map((word) => `'${word}'`);
  await taskThatIsKilled(executor, await fetching({ value: `exec ${words.join(" ")}`, shell: true }));
});

Deno.test("engine: where there are libc, a shell and an engine's socket alone, the one file does up and operator", async () => {
  await using engine = await testEngine();
  await using tree = await bareTree();
  const pod = engine.podName();
  const watched = engine.podName();
  await Deno.copyFile((await builtFile()).path, `${tree.path}/mesolet`);
  await Deno.mkdir(`${tree.path}/work/pods`);
  await Deno.writeTextFile(`${tree.path}/work/compose.yaml`, sleeper(pod));
  await Deno.writeTextFile(`${tree.path}/work/pods/one.yaml`, sleeper(watched));
  const program = [...below(tree.path, engine.host), "/bin/sh", "-c", 'cd /work && exec /mesolet "$@"', "sh"];
  const call = { host: engine.host, program };
  const up = await runProgram(["up", "-d"], call);
  assertEquals(up.code, 0, up.error);
  assertStringIncludes((await runProgram(["ps"], call)).out, "running");
  const down = await runProgram(["down", "-t", "0"], call);
  assertEquals(down.code, 0, down.error);
  await using operator = startProgram(["operator", "--listen", "none", "--stop-pods", "pods"], call);
  await operator.seen("runs");
  operator.signal("SIGTERM");
  assertEquals((await operator.ended()).code, 0);
  const cache = [...Deno.readDirSync(`${tree.path}/var/cache/mesolet`)].map(({ name }) => name.split("-")[0]);
  assertEquals(cache.filter((name) => name !== ".lock").sort(), ["program", "runtime"]);
});

Deno.test("executor with an engine: where there are libc, a shell and an engine's socket alone, it is the executor", async () => {
  await using engine = await testEngine();
  await using tree = await bareTree();
  await Deno.copyFile((await builtFile()).path, `${tree.path}/mesolet`);
  await using executor = await RunningExecutor.start(engine, {
    program: [...below(tree.path, engine.host), "/mesolet"],
  });
  await taskThatIsKilled(executor);
});

Deno.test("engine: the built file runs in a container with a read-only root, no capabilities and no user", async () => {
  await using engine = await testEngine();
  await using tree = await bareTree();
  const image = `mesolet-test-bare:${crypto.randomUUID().slice(0, 8)}`;
  await importTree(engine, tree.path, image);
  const inner = engine.podName();
  const outer = engine.podName();
  await using project = await projectDirectory({ "inner.yaml": sleeper(inner) });
  await Deno.chmod(project.path, 0o755);
  const group = await socketGroup(engine.host);
  const { path } = await builtFile();
  const runOuter = async (words: string, more: string) => {
    const spec = `
name: ${outer}
services:
  mesolet:
    image: ${image}
    command: ["sh", "-c", ${JSON.stringify(words)}]
    environment: { DOCKER_HOST: "unix:///engine.sock", PATH: /bin }
    user: "${nobody}:${nobody}"
    group_add: ["${group}"]
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    volumes:
      - ${path}:/mesolet:ro
      - ${engine.host.replace("unix://", "")}:/engine.sock
      - ${project.path}:${project.path}:ro
    ${more}
`;
    await Deno.writeTextFile(`${project.path}/compose.yaml`, spec);
    const call = { host: engine.host, directory: project.path };
    const result = await runProgram(["up", "--no-log-prefix"], call);
    await runProgram(["down", "-t", "0"], call);
    return result;
  };
  try {
    const nowhere = await runOuter("/mesolet version", "");
    assertStringIncludes(nowhere.out + nowhere.error, "mesolet: no directory can take the program");
    assertStringIncludes(
      nowhere.out + nowhere.error,
      "/dev/shm/mesolet-65534: no program can be run there (noexec)",
    );
    const words =
      `cd ${project.path} && for words in 'up -d' ps 'down -t 0'; do /mesolet -f inner.yaml $$words || exit; done`;
    const result = await runOuter(words, 'tmpfs: ["/tmp:exec,mode=1777,size=200m"]');
    assertEquals(result.code, 0, result.out + result.error);
    assertStringIncludes(result.out, "running");
  } finally {
    await engine.connection.request({
      method: "DELETE",
      path: `/images/${image}`,
      query: { force: true },
      call: "remove the image of the test",
      bound: TimeBounds.read,
    });
  }
});

async function importTree(engine: TestEngine, tree: string, image: string): Promise<void> {
  const { stdout } = await new Deno.Command("tar", { args: ["-C", tree, "-c", "."] }).output();
  const [repo, tag] = image.split(":");
  const chunks = await engine.connection.stream({
    method: "POST",
    path: "/images/create",
    query: { fromSrc: "-", repo, tag },
    archive: stdout,
    headers: { "Content-Type": "application/x-tar" },
    call: "import the image of the test",
    bound: TimeBounds.load,
  });
  for await (const _ of chunks) {
    // It is imported when the answer ends.
  }
}

Deno.test("engine: SIGUSR1 opens no inspector in the built file", async () => {
  await using engine = await testEngine();
  const { path, cache } = await builtFile();
  const pods = await Deno.makeTempDir({ prefix: "mesolet-pods-" });
  try {
    const variables = { MESOLET_CACHE_DIR: cache };
    const words = ["operator", "--listen", "none", pods];
    await using operator = startProgram(words, { host: engine.host, program: [path], variables });
    // Deno begins to listen for the signal half a second after its start, and tells of an inspector.
    const has = async (set: string) => {
      const status = await Deno.readTextFile(`/proc/${operator.id}/status`);
      const signals = new RegExp(`^${set}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "0";
      return (BigInt(`0x${signals}`) & (1n << 9n)) !== 0n;
    };
    await waitUntil("Deno has a handler for the signal", () => has("SigCgt"));
    operator.signal("SIGUSR1");
    assert(await has("ShdPnd"), "the signal is kept from the handler");
    operator.signal("SIGTERM");
    const { code, error } = await operator.ended();
    assertEquals(code, 0);
    assert(!error.includes("ws://"), error);
  } finally {
    await Deno.remove(pods, { recursive: true });
  }
});
