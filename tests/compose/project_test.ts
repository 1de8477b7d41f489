import { ExitCode, SpecError } from "../../src/pod/errors.ts";
import { loadCompose } from "../../src/compose/load.ts";
import { memoryFiles } from "../support/memory_files.ts";
import { selectServices } from "../../src/compose/profiles.ts";
import { assertEquals, assertRejects, assertThrows } from "../support/assert.ts";
import { load, loadResult, problems, serviceOf, serviceText } from "./loading.ts";
import type { ComposeRequest } from "../../src/compose/request.ts";

const x = serviceText("");

Deno.test("profiles: services without an active profile are disabled", async () => {
  const text =
    "services:\n  a: {image: x}\n  b: {image: x, profiles: [p]}\n  c: {image: x, profiles: [q, p]}\n";
  const active = async (profiles: string[], environment: Record<string, string> = {}) =>
    Object.keys((await load(text, { profiles, environment })).services).join();
  assertEquals(await active([]), "a");
  assertEquals(await active(["p"]), "a,b,c");
  assertEquals(await active(["q"]), "a,c");
  assertEquals(await active(["*"]), "a,b,c");
  assertEquals(await active([], { COMPOSE_PROFILES: "q, z" }), "a,c");
});

Deno.test("profiles: what depends on a disabled service is refused, unless it need not be there", async () => {
  const text = (required: string) =>
    `services:\n  s: {image: x, depends_on: {b: {condition: service_started${required}}}}\n  b: {image: x, profiles: [p]}\n`;
  assertEquals(await problems(text("")), [
    '/p/compose.yaml:2:30: services.s.depends_on.b: depends on the service "b", none of whose profiles is active',
  ]);
  assertEquals(await problems(text(", required: false")), []);
});

Deno.test("services are selected with what they depend on", async () => {
  const project = await load(
    "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x}\n  c: {image: x, networks: [n]}\nnetworks: {n: }\n",
  );
  selectServices(project, ["a"]);
  assertEquals([Object.keys(project.services), Object.keys(project.networks)], [["a", "b"], ["default"]]);
  assertThrows(() => selectServices(project, ["zz"]), RangeError, 'no active service "zz"');
});

Deno.test("the project's name: -p, COMPOSE_PROJECT_NAME, the file, the directory", async () => {
  const nameOf = async (text: string, options: Partial<ComposeRequest>) =>
    (await load(text, { projectName: "", ...options })).name;
  assertEquals(
    await nameOf(`name: file\n${x}`, { projectName: "flag", environment: { COMPOSE_PROJECT_NAME: "env" } }),
    "flag",
  );
  assertEquals(await nameOf(`name: file\n${x}`, { environment: { COMPOSE_PROJECT_NAME: "env" } }), "env");
  assertEquals(await nameOf(`name: My_File.1-\${V}\n${x}`, { environment: { V: "v" } }), "my_file1-v");
  assertEquals(await nameOf(x, {}), "p");
  assertEquals(await nameOf(x, { defaultName: "Own.Name" }), "ownname");
  assertEquals(await nameOf(`name: file\n${x}`, { defaultName: "own" }), "file");
  const named = await load(serviceText("hostname: $COMPOSE_PROJECT_NAME"));
  assertEquals(serviceOf(named, "s").hostname, "proj");
  const [problem] = await problems(x, { projectName: "Bad.Name" });
  assertEquals(problem?.startsWith('the project name "Bad.Name" must be lower-case'), true);
});

Deno.test("files are not searched above where that is asked", async () => {
  const access = memoryFiles({ "/p/compose.yaml": x, "/p/deep/x.txt": "" });
  const at = (workingDirectory: string) =>
    loadCompose({ environment: {}, workingDirectory, access, searchAbove: false });
  assertEquals((await at("/p")).project.name, "p");
  await assertRejects(
    () => at("/p/deep"),
    SpecError,
    "there is no compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml in /p/deep",
  );
});

Deno.test("files are found by name, upwards, with their override", async () => {
  const given = {
    "/p/compose.yml": serviceText("user: a"),
    "/p/compose.override.yaml": serviceText("hostname: o"),
    "/p/docker-compose.yml": serviceText("user: not"),
    "/p/sub/.env": "X=1",
  };
  const result = await loadResult(given, { files: [], workingDirectory: "/p/sub" });
  assertEquals(result.project.files, ["/p/compose.yml", "/p/compose.override.yaml"]);
  assertEquals([result.project.workingDirectory, serviceOf(result.project, "s").hostname], ["/p", "o"]);
  assertEquals(result.warnings.length, 1);
  const error = await assertRejects(
    () => loadResult({ "a.txt": "" }, { files: [], workingDirectory: "/q" }),
    SpecError,
  );
  assertEquals(error.exitCode, ExitCode.noInput);
});

Deno.test("COMPOSE_FILE, COMPOSE_PATH_SEPARATOR, standard input", async () => {
  const given = {
    "a.yaml": serviceText("user: a"),
    "b.yaml": serviceText("hostname: b"),
    "-": serviceText("domainname: in"),
  };
  const both = await load(given, {
    files: [],
    environment: { COMPOSE_FILE: "a.yaml,b.yaml", COMPOSE_PATH_SEPARATOR: "," },
  });
  assertEquals(both.files, ["/p/a.yaml", "/p/b.yaml"]);
  const read = await load(given, { files: ["a.yaml", "-"] });
  assertEquals([serviceOf(read, "s").user, serviceOf(read, "s").domainname], ["a", "in"]);
});

Deno.test("variables: the shell over environment files, a later file over an earlier one", async () => {
  const given = {
    "compose.yaml": serviceText("hostname: $A-$B-$C"),
    ".env": "A=dot\nB=dot\nC=dot",
    "one.env": "A=one\nB=one",
    "two.env": "B=two\nC=${A}2",
  };
  const host = async (options: Partial<ComposeRequest>) =>
    serviceOf(await load(given, options), "s").hostname;
  assertEquals(await host({}), "dot-dot-dot");
  assertEquals(await host({ environment: { A: "sh" } }), "sh-dot-dot");
  assertEquals(await host({ environmentFiles: ["one.env", "two.env"] }), "one-two-one2");
  assertEquals(await host({ environment: { COMPOSE_ENV_FILES: "one.env,two.env" } }), "one-two-one2");
  assertEquals(
    await host({ environment: { COMPOSE_DISABLE_ENV_FILE: "1", A: "a", B: "b", C: "c" } }),
    "a-b-c",
  );
  assertEquals((await load(given, { environmentFiles: ["one.env"] })).environmentFiles, ["/p/one.env"]);
  assertEquals(await problems(given, { environmentFiles: ["no.env"] }), [
    "the environment file /p/no.env cannot be read: there is no such file",
  ]);
});

Deno.test("paths start from the project directory", async () => {
  const given = {
    "sub/compose.yaml": serviceText("volumes: ['./a:/a', '~/b:/b']"),
    "over.yaml": serviceText("volumes: ['./c:/c']"),
  };
  const sources = async (options: Partial<ComposeRequest>) =>
    serviceOf(await load(given, { files: ["sub/compose.yaml", "over.yaml"], ...options }), "s").volumes?.map((
      volume,
    ) => volume.source);
  assertEquals(await sources({}), ["/p/sub/a", "/home/me/b", "/p/sub/c"]);
  assertEquals(await sources({ projectDirectory: "/q" }), ["/q/a", "/home/me/b", "/q/c"]);
});

Deno.test("env_file and label_file are read into environment and labels", async () => {
  const given = {
    "compose.yaml": serviceText(
      "env_file: [a.env, {path: b.env, format: raw}, {path: no.env, required: false}]\nenvironment: {X: own, N: , HOME: }\nlabel_file: l.env\nlabels: {a: own}",
    ),
    "a.env": "A=1\nX=file\nN=file\nY=${X}",
    "b.env": "B='raw'",
    "l.env": "a=file\nb=$NOT_A_VARIABLE_OF_THE_SHELL",
  };
  const found = serviceOf(await load(given), "s");
  assertEquals(Object.entries(found.environment ?? {}).sort(), [
    ["A", "1"],
    ["B", "'raw'"],
    ["HOME", "/home/me"],
    ["N", null],
    ["X", "own"],
    ["Y", "own"],
  ]);
  assertEquals(JSON.stringify(found.labels), '{"a":"own","b":""}');
  assertEquals(await problems(serviceText("env_file: no.env")), [
    "/p/compose.yaml:4:5: services.s.env_file[0]: cannot read /p/no.env: there is no such file",
  ]);
  assertEquals(await problems({ "compose.yaml": serviceText("env_file:\n  - a.env"), "a.env": "\nA B=1" }), [
    '/p/compose.yaml:5:9: services.s.env_file[0]: /p/a.env:2: a variable\'s name cannot hold a blank: "A B"',
  ]);
});

Deno.test("standard input is read once, also where the exact YAML reader has to look at it again", async () => {
  let reads = 0;
  const access = memoryFiles({});
  const { project } = await loadCompose({
    files: ["-"],
    projectName: "proj",
    environment: {},
    workingDirectory: "/p",
    access: {
      ...access,
      readStandardInput: () => reads++ === 0 ? serviceText("environment: !foo {A: 0o17}") : "",
    },
  });
  assertEquals([reads, serviceOf(project, "s").environment?.A], [1, "15"]);
});
