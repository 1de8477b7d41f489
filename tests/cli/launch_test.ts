import { launchSpec, nameOfImage } from "../../src/cli/launch_spec.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import type { LaunchInvocation } from "../../src/cli/launch.ts";
import { formatProblem, MesoletError, SpecError } from "../../src/pod/errors.ts";
import { objectOf } from "../../src/pod/json.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { runInMemory } from "./command_line.ts";
import { projectDirectory } from "./program.ts";

const variables = { PASSED: "on", COMPOSE_FILE: "/nowhere.yaml", IMAGE: "other" };

/** What a command line comes to. */
async function specOf(args: readonly string[], directory = "/nowhere") {
  const { globals, values, positionals } = parseCommandLine(["launch", ...args], {});
  const own: LaunchInvocation["values"] = Object(values);
  const [image, ...words] = positionals;
  return await launchSpec({ ...own, image, words }, globals, { variables, workingDirectory: directory });
}

async function serviceOf(...args: readonly string[]) {
  const { travelling } = await specOf(args);
  return objectOf(objectOf(objectOf(JSON.parse(travelling.identity))["services"])["app"]);
}

async function problemOf(args: readonly string[], directory?: string): Promise<string> {
  try {
    await specOf(args, directory);
  } catch (error) {
    if (error instanceof SpecError) return error.problems.map(formatProblem).join("\n");
    if (error instanceof MesoletError) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

for (
  const [args, field, value] of [
    [["a", "sh", "-c", "echo $HOME $$"], "command", ["sh", "-c", "echo $HOME $$"]],
    [["docker:///a:1"], "image", "a:1"],
    [["-e", "A=$B", "-e", "PASSED", "-e", "NOT_SET", "a"], "environment", { A: "$B", PASSED: "on" }],
    [["--entrypoint", "/bin/x", "a"], "entrypoint", ["/bin/x"]],
    [["-w", "/work", "a"], "working_dir", "/work"],
    [["-u", "1000", "a"], "user", "1000"],
    [["-l", "a=b", "a"], "labels", { a: "b" }],
    [["--docker-arg", "cap-add=NET_ADMIN", "a"], "cap_add", ["NET_ADMIN"]],
    [["--docker-arg", "privileged", "a"], "privileged", true],
    [["--docker-arg", "stop-timeout=3", "a"], "stop_grace_period", "3s"],
  ] as const
) {
  Deno.test(`launch ${args.join(" ")} as a service`, async () => {
    assertEquals((await serviceOf(...args))[field], value);
  });
}

Deno.test("launch: what is needed of an agent, with the executor", async () => {
  const usual = (await specOf(["a"])).wish;
  assertEquals([usual.needs.cpus, usual.needs.memory, usual.needs.ports], [1_100, 640_000, []]);
  const { wish, roles } = await specOf([
    ...["--cpus", "0.5", "--mem", "64m", "--disk", "1g", "--gpus", "1", "-p", "80,8080:81", "-p", "53/udp"],
    ...["--uri", "https://a/b.tgz", "--role", "one", "--role", "two", "--pull", "never", "a"],
  ]);
  assertEquals(wish.needs, {
    cpus: 600,
    memory: 192_000,
    disk: 1_024_000,
    gpus: 1_000,
    ports: [{}, { fixed: 8080 }, {}],
  });
  assertEquals([roles, wish.roles, wish.task.uris], [["one", "two"], ["one", "two"], ["https://a/b.tgz"]]);
  assertEquals(wish.task.labels["mesolet.pull"], "never");
  assertEquals([wish.replicas, wish.unreachableWait], [1, null]);
});

for (
  const [image, name] of [
    ["busybox", "busybox"],
    ["registry.example:5000/Team/My.App:1.2@sha256:abc", "my-app"],
    ["a/_x", "x"],
    ["", "launch"],
  ] as const
) {
  Deno.test(`launch: the name of ${image}`, () => assertEquals(nameOfImage(image), name));
}

for (
  const [args, problem] of [
    [[], "launch needs an image"],
    [["--cpus", "many", "a"], "--cpus: must be a number"],
    [["--mem", "1", "a"], "--memory: must be a size of at least 4 MiB"],
    [["-p", "x", "a"], "--ports: "],
    [["--docker-arg", "nonsense=1", "a"], "--docker-arg nonsense=1: it is no flag"],
    [["--constraint", "rack", "a"], '--constraint: "rack" is no rule'],
    [["--name", "A B", "a"], "--name A B: a name has lower-case letters"],
    [["-e", "=1", "a"], "--env =1 names no variable"],
    [["-l", "=1", "a"], "--label =1 names no label"],
    [["-v", "./page:/page", "a"], "--volume: "],
    [["--pod", "a.yaml", "image"], "the image image is for an image without one"],
    [["--pod", "a.yaml", "-e", "A=b"], "--env is for an image without one"],
    [["--pod", "nowhere.yaml"], "there is no such file"],
  ] as const
) {
  Deno.test(`launch ${args.join(" ")} is refused by its name`, async () => {
    const said = await problemOf(args);
    assert(said.includes(problem), said);
  });
}

Deno.test("launch --pod: flags go over the file, and all rules hold", async () => {
  await using project = await projectDirectory({
    "shop.yaml": `
services: {web: {image: "a:\${TAG:-1}", ports: ["80"]}, db: {image: b, scale: 2}}
x-pod:
  resources: {cpus: 1, memory: 64m}
  placement: {require: {rack: one}}
  replicas: 3
  roles: [web]
`,
  });
  const args = ["--pod", "shop.yaml", "--cpus", "2", "--constraint", "rack!=two", "--name", "other"];
  const { wish, roles, replicas, warnings } = await specOf(args, project.path);
  assertEquals([wish.name, wish.needs.cpus, wish.needs.memory], ["other", 2_100, 192_000]);
  assertEquals([roles, wish.replicas, replicas], [["web"], 1, ["db-1", "db-2", "web-1"]]);
  assertEquals(wish.rules.require.map(({ name, test }) => [name, test.kind]), [["rack", "is"], [
    "rack",
    "not",
  ]]);
  assertEquals(warnings.map(({ path }) => path), ["x-pod.replicas"]);
});

Deno.test("launch --dry-run prints the task as an executor would take it, and no value", async () => {
  const { code, out, error } = await runInMemory([
    ...["launch", "--dry-run", "-e", "KEY=very-secret", "-p", "80", "--label", "a=b"],
    ...["--uri", "https://me:very-secret@a/b.tgz?token=very-secret", "busybox", "true"],
  ]);
  assertEquals([code, error], [0, ""]);
  const shown = JSON.parse(out);
  assertEquals(shown.spec.services.app.environment, { KEY: "(hidden)" });
  assertEquals(shown.task.discovery.ports.ports[0].number, 31_000);
  assert(!out.includes("very-secret"));
});

Deno.test("launch: a master that wants to know who asks, and one that has no agents", async () => {
  await using master = new StrictMaster({ credentials: new Map([["me", "xyzzy"]]) });
  await using project = await projectDirectory({ right: "xyzzy\n", wrong: "other" });
  const launch = (file: string) =>
    runInMemory([
      ...["launch", "--master", master.endpoint, "--executor-file", "/mesolet", "--timeout", "2"],
      ...["--principal", "me", "--secret-file", `${project.path}/${file}`, "busybox"],
    ]);
  const refused = await launch("wrong");
  assertEquals(refused.code, 77, refused.error);
  const waited = await launch("right");
  assertEquals(waited.code, 75, waited.error);
  assert(waited.error.includes("no place within 2 s: no agent offers anything so far"), waited.error);
  assert(!waited.error.includes("xyzzy"), "the secret is told");
  assertEquals(master.host.core.state.frameworks.size, 0);
  const asMe = ["--principal", "me", "--secret-file", `${project.path}/right`];
  const absent = await runInMemory(["launch", "--master", master.endpoint, ...asMe, "--stop", "x"]);
  assertEquals(absent.code, 66);
  assert(absent.error.includes("Cannot stop x: the master knows no framework with this id"), absent.error);
  const nobody = await runInMemory(["launch", "--master", master.endpoint, "--stop", "x"]);
  assertEquals(nobody.code, 77, nobody.error);
});

Deno.test("launch: where an agent cannot fetch the program, it says what has to be reached", async () => {
  await using master = new StrictMaster();
  await master.addStrictAgent();
  const { code, error } = await runInMemory([
    ...["launch", "--master", master.endpoint, "--executor-uri", "http://127.0.0.1:1/mesolet", "busybox"],
  ]);
  assertEquals(code, 71);
  assert(error.includes("its agent has to reach what --serve or --executor-uri names"), error);
});

for (
  const [args, problem] of [
    [["-it", "busybox"], "--tty is not possible"],
    [
      ["--mem", "1", "--executor-file", "/x", "--master", "127.0.0.1:9", "busybox"],
      "--memory: must be a size of at least 4 MiB",
    ],
    [["--attach", "x", "busybox"], "--attach takes the id of what runs already"],
    [["--attach", "x", "--stop", "x"], "give one of --attach and --stop"],
    [["busybox"], "this program runs from source"],
    [["--executor-file", "/x", "busybox"], "launch needs --master, or MESOLET_MASTER"],
  ] as const
) {
  Deno.test(`launch ${args.join(" ")} is refused`, async () => {
    const { code, error } = await runInMemory(["launch", ...args]);
    assertEquals([code, error.includes(problem)], [64, true], error);
  });
}
