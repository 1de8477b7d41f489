import { decodeLaunch } from "../../src/containerizer/codec.ts";
import { executorPodOf, type LaunchSurroundings } from "../../src/containerizer/executor_pod.ts";
import { fetcherVariables } from "../../src/containerizer/fetch_uris.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { ContainerizerLabel, MesosLabel } from "../../src/pod/labels.ts";
import type { Container } from "../../src/pod/model.ts";
import { noPolicies, Policies } from "../../src/policy/policies.ts";
import { taskPolicy } from "../../src/policy/policy.ts";
import { sandboxFiles } from "../mesos/task/asking.ts";
import { assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { type AskedLaunch, dockerContainer, launchMessage } from "./agent_messages.ts";

type Surroundings = Partial<LaunchSurroundings> & { readonly there?: readonly string[] };

async function podOf(asked: Partial<AskedLaunch>, { there = [], ...given }: Surroundings = {}) {
  const launch = decodeLaunch(launchMessage({ id: "c-1", directory: "/sandbox", ...asked }));
  const files = Object.fromEntries(there.map((path) => [path, ""]));
  return await executorPodOf(launch, {
    variables: {},
    hostname: "node7",
    policies: noPolicies,
    files: sandboxFiles({ "compose.yaml": "services: {other: {image: other}}", ...files }),
    users: (name) => name === "www" ? { uid: 33, gid: 44 } : undefined,
    parameters: [],
    ...given,
  });
}

async function containerOf(
  asked: Partial<AskedLaunch>,
  given: Surroundings = {},
): Promise<Container> {
  const { pod } = await podOf(asked, given);
  const [container, ...others] = pod.containers;
  if (container === undefined || others.length > 0) throw new Error("there is not one container");
  return container;
}

const run = { command: { value: "./run --all" } };
const image = dockerContainer("example.org/image:1");

Deno.test("an executor runs inside of the container, in the sandbox, with its output there", async () => {
  const { pod, directory } = await podOf({
    executor: { ...run, container: image, resources: { cpus: 0.25, mem: 32 } },
    task: { resources: { cpus: 0.5, mem: 64 }, executor: run },
  }, { variables: { MESOS_WORK_DIRECTORY: "/var/lib/mesos" } });
  assertEquals(directory, "/sandbox");
  assertEquals(pod.network.mode, "host");
  assertEquals(pod.resources, undefined);
  const [container] = pod.containers;
  assertEquals(container?.image, "example.org/image:1");
  assertEquals(container?.entrypoint, ["/bin/sh"]);
  assertEquals(container?.command, [
    "-c",
    'exec /bin/sh -c "$0" >>/mnt/mesos/sandbox/stdout 2>>/mnt/mesos/sandbox/stderr',
    "./run --all",
  ]);
  assertEquals(container?.workingDirectory, "/mnt/mesos/sandbox");
  assertEquals(container?.mounts.map(({ source, target }) => [source, target]), [
    ["/sandbox", "/mnt/mesos/sandbox"],
    ["/sandbox", "/mesos-sandbox"],
  ]);
  const { nanoCpus, memoryBytes, memorySwapBytes } = container?.resources ?? {};
  assertEquals([nanoCpus, memoryBytes, memorySwapBytes], [750_000_000, 96 * 2 ** 20, 96 * 2 ** 20]);
  assertEquals(container?.restart, { kind: "no" });
  assertEquals(pod.labels, {
    [ContainerizerLabel.container]: "c-1",
    [ContainerizerLabel.workDirectory]: "/var/lib/mesos",
    [ContainerizerLabel.executor]: "executor-1",
    [MesosLabel.framework]: "framework-1",
    [MesosLabel.task]: "job.1",
    [MesosLabel.agent]: "agent-1",
  });
});

Deno.test("a command without a shell keeps its words; the first argument is its name for itself", async () => {
  const { command } = await containerOf({
    executor: {
      command: { shell: false, value: "/bin/run", arguments: ["run", "a b", "$c"] },
      container: image,
    },
  });
  assertEquals(command, [
    "-c",
    'exec "$0" "$@" >>/mnt/mesos/sandbox/stdout 2>>/mnt/mesos/sandbox/stderr',
    "/bin/run",
    "a b",
    "$c",
  ]);
});

Deno.test("where the image is named: ContainerInfo, then the older CommandInfo.container, then the default", async () => {
  const task = { executor: run, container: dockerContainer("of-task") };
  const older = { command: { ...run.command, olderImage: "docker://registry:5000/older:2" } };
  const defaultImage = "docker:///default:3";
  const imageOf = async (asked: Partial<AskedLaunch>) => (await containerOf(asked, { defaultImage })).image;
  assertEquals(await imageOf({ executor: { ...older, container: image }, task }), "example.org/image:1");
  assertEquals(await imageOf({ executor: older, task }), "of-task");
  assertEquals(await imageOf({ executor: older }), "registry:5000/older:2");
  assertEquals(await imageOf({ executor: run }), "default:3");
  const error = await assertRejects(() => podOf({ executor: run }), MesoletError);
  assertMatch(error.message, /Nothing names an image.*--default-image/);
  assertEquals(error.exitCode, 78);
});

Deno.test("flags of docker run come from options, from parameters and from the host", async () => {
  const container = await containerOf({
    executor: {
      command: {
        ...run.command,
        olderImage: "image",
        olderOptions: ["--dns 10.0.0.1", "-e 'A=b c'", "--init"],
      },
    },
  }, { parameters: [{ key: "cap-add", value: "NET_ADMIN" }] });
  assertEquals(container.dns, ["10.0.0.1"]);
  assertEquals(container.init, true);
  assertEquals(container.environment.find(({ name }) => name === "A")?.value, "b c");
  assertEquals(container.security.capabilitiesAdded, ["NET_ADMIN"]);
  const wrong = { command: { ...run.command, olderImage: "image", olderOptions: ["--no-such-flag=1"] } };
  assertMatch((await assertRejects(() => podOf({ executor: wrong }))).message, /no-such-flag/);
});

Deno.test("the executor gets what the agent has set for it, with paths as they are in the container", async () => {
  const library = "/usr/lib/libmesos.so";
  const container = await containerOf({
    user: "www",
    executor: {
      command: { ...run.command, variables: { COLOUR: "blue", MESOS_DIRECTORY: "/forged" } },
      container: image,
    },
  }, {
    there: [library],
    variables: {
      PATH: "/bin",
      HOME: "/root",
      DOCKER_HOST: "unix:///sock",
      GIVEN: "to all",
      LIBPROCESS_IP: "10.0.0.7",
      MESOS_DIRECTORY: "/sandbox",
      MESOS_RECOVERY_TIMEOUT: "15mins",
      MESOS_SLAVE_PID: "slave(1)@10.0.0.7:5051",
      MESOS_WORK_DIRECTORY: "/var/lib/mesos",
      MESOS_LIBEXEC_DIRECTORY: "/usr/libexec/mesos",
      MESOS_DEFAULT_CONTAINER_IMAGE: "default",
      MESOS_NATIVE_LIBRARY: library,
      MESOS_NATIVE_JAVA_LIBRARY: "/usr/lib/none.so",
    },
  });
  assertEquals(
    Object.fromEntries(container.environment.map(({ name, value }) => [name, value])),
    {
      COLOUR: "blue",
      GIVEN: "to all",
      HOST: "node7",
      LIBPROCESS_IP: "10.0.0.7",
      LIBPROCESS_PORT: "0",
      MESOS_CHECKPOINT: "1",
      MESOS_DIRECTORY: "/mnt/mesos/sandbox",
      MESOS_EXECUTOR_ID: "executor-1",
      MESOS_FRAMEWORK_ID: "framework-1",
      MESOS_NATIVE_LIBRARY: library,
      MESOS_RECOVERY_TIMEOUT: "15mins",
      MESOS_SANDBOX: "/mnt/mesos/sandbox",
      MESOS_SLAVE_ID: "agent-1",
      MESOS_SLAVE_PID: "slave(1)@10.0.0.7:5051",
    },
  );
  assertEquals(container.user, "33:44");
  assertEquals(container.mounts.at(-1), {
    type: "bind",
    source: library,
    target: library,
    readOnly: true,
    bind: { createHostPath: false },
  });
});

Deno.test("a task without an executor runs under mesos-executor, where the agent says or has it", async () => {
  const task = { command: { value: "sleep 9", olderImage: "image" } };
  const wordsOf = async (asked: Partial<AskedLaunch>, given?: Surroundings) =>
    (await containerOf({ task, ...asked }, given)).command?.slice(2);
  const libexec = "/usr/libexec/mesos/";
  assertEquals(await wordsOf({}, { libexec }), ["/usr/libexec/mesos/mesos-executor"]);
  const byAgent = {
    command: {
      shell: false,
      value: "/opt/mesos/mesos-executor",
      arguments: ["mesos-executor", "--launcher_dir=/opt/mesos"],
    },
  };
  assertEquals(await wordsOf({ executor: byAgent }), [
    "/opt/mesos/mesos-executor",
    "--launcher_dir=/opt/mesos",
  ]);
  const echo = { command: { value: "echo 'No such file or directory'; exit 1" } };
  assertEquals(await wordsOf({ executor: echo }, { libexec }), ["/usr/libexec/mesos/mesos-executor"]);
  assertMatch((await assertRejects(() => podOf({ task }))).message, /--mesos-libexec/);
  const { mounts, environment } = await containerOf({ task }, {
    libexec: "/usr/libexec/mesos",
    there: ["/usr/libexec/mesos/mesos-executor"],
    variables: { MESOS_LIBEXEC_DIRECTORY: "/usr/libexec/mesos" },
  });
  assertEquals(mounts.at(-1)?.target, "/usr/libexec/mesos");
  const named = environment.filter(({ name }) => /LIBEXEC|TASK_ID/.test(name));
  assertEquals(named.map(({ value }) => value), ["/usr/libexec/mesos", "job.1"]);
});

Deno.test("ports of the host are those of the offer, and policies of the host hold", async () => {
  const bridged = (port: number) => ({
    task: {
      executor: run,
      resources: { ports: [31000, 31001] as const },
      container: dockerContainer("image", { network: 2, mappings: [[port, 80]] }),
    },
  });
  assertEquals(
    (await containerOf(bridged(31001))).ports.map(({ target, published }) => [target, published]),
    [
      [80, "31001"],
    ],
  );
  assertMatch(
    (await assertRejects(() => podOf(bridged(8080)))).message,
    /port_mappings\[0\]\.host_port: 8080 is none of the task's ports/,
  );
  const policies = new Policies([taskPolicy]);
  const privileged = { executor: { ...run, container: dockerContainer("image", { privileged: true }) } };
  assertMatch((await assertRejects(() => podOf(privileged, { policies }))).message, /privileged/);
  assertEquals(
    (await containerOf({ executor: { ...run, container: image } }, { policies })).mounts.length,
    2,
  );
});

Deno.test("each version of the fetcher is told in its own words", () => {
  const variables = fetcherVariables({
    uris: [{ value: "http://a/b.tgz" }, { value: "/c", executable: true, extract: false }],
    directory: "/sandbox",
    user: "www",
  });
  assertEquals(variables["MESOS_EXECUTOR_URIS"], "http://a/b.tgz+0X /c+1N");
  assertEquals([variables["MESOS_WORK_DIRECTORY"], variables["MESOS_USER"]], ["/sandbox", "www"]);
  const { sandbox_directory, work_directory, user, items, command_info } = JSON.parse(
    variables["MESOS_FETCHER_INFO"] ?? "",
  );
  assertEquals([sandbox_directory, work_directory, user], ["/sandbox", "/sandbox", "www"]);
  assertEquals(items[1], {
    uri: { value: "/c", executable: true, extract: false },
    action: "BYPASS_CACHE",
  });
  assertEquals(command_info.uris.length, 2);
});
