import { programVersion } from "../../src/cli/program_version.ts";
import { projectDirectory, runProgram } from "../cli/program.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { builtCommit, builtFile } from "../support/built_file.ts";

/** The built file where no engine is needed. */

Deno.test("built file: it says what it is, and fits", async () => {
  const { path, cache } = await builtFile();
  const variables = { MESOLET_CACHE_DIR: cache };
  const { code, out, error } = await runProgram(["version", "--json"], { program: [path], variables });
  assertEquals({ code, error }, { code: 0, error: "" });
  const { target, platform, runtime, ...facts } = JSON.parse(out);
  assertEquals(facts, {
    version: programVersion,
    commit: builtCommit,
    build: "self-extracting",
    file: path,
    schemas: { containerHash: 1, mesosApi: "v1", statusApi: "v1" },
  });
  assertEquals(runtime.deno, Deno.version.deno);
  assertEquals(platform, `linux/${Deno.build.arch}`);
  assertStringIncludes(path, target);
  const megabytes = (await Deno.stat(path)).size / 1e6;
  assertEquals(megabytes <= 45, true, `${megabytes} MB`);
});

Deno.test("built file: eight first starts at once all run", async () => {
  const { path } = await builtFile();
  const cache = await Deno.makeTempDir({ prefix: "mesolet-cache-" });
  try {
    const call = { program: [path], variables: { MESOLET_CACHE_DIR: cache } };
    const all = await Promise.all(Array.from({ length: 8 }, () => runProgram(["version", "--short"], call)));
    assertEquals(new Set(all.map((result) => JSON.stringify(result))).size, 1);
    assertEquals(all[0], { code: 0, out: `${programVersion}\n`, error: "" });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("built file: no settings of Deno's and Node's own that lie about change anything", async () => {
  const { path, cache } = await builtFile();
  await using project = await projectDirectory({
    "compose.yaml": "services: { web: { image: busybox } }",
    ...Object.fromEntries(
      ["deno.json", "deno.lock", "package.json", ".npmrc", "tsconfig.json"].map((name) => [name, "{"]),
    ),
  });
  const variables = {
    MESOLET_CACHE_DIR: cache,
    DENO_DIR: "/no/directory",
    DENO_V8_FLAGS: "--no-such-flag",
    DENO_TLS_CA_STORE: "nonsense",
    DENO_CERT: "/no/certificate",
    DENO_PERMISSION_BROKER_PATH: "/no/broker",
    DENO_COVERAGE_DIR: `${project.path}/coverage`,
    DENO_TRACE_PERMISSIONS: "1",
    NODE_OPTIONS: "--require=/no/module",
    NODE_DEBUG: "*",
    NODE_V8_COVERAGE: `${project.path}/coverage`,
    OTEL_DENO: "true",
  };
  const call = { program: [path], directory: project.path, variables };
  assertEquals(await runProgram(["config", "--services"], call), { code: 0, out: "web\n", error: "" });
  assertEquals([...Deno.readDirSync(project.path)].length, 6);
  // Which the runtime would read at HOME as well, or fail.
  await Deno.writeTextFile(`${project.path}/.npmrc`, "registry=${NO_SUCH_VARIABLE}\n");
  for (const HOME of [project.path, "/dev/null", "/no/directory"]) {
    const result = await runProgram(["config", "--services"], { ...call, variables: { ...variables, HOME } });
    assertEquals(result, { code: 0, out: "web\n", error: "" });
  }
});

Deno.test("built file: Compose files see the host's variables as they are", async () => {
  const { path, cache } = await builtFile();
  await using project = await projectDirectory({
    "compose.yaml": `
name: env
services:
  web:
    image: busybox
    environment: [NODE_OPTIONS, "DIR=\${DENO_DIR}", "FILE=\${MESOLET_FILE-none}", "CHECK=\${DENO_NO_UPDATE_CHECK-none}"]
`,
  });
  const variables = { MESOLET_CACHE_DIR: cache, DENO_DIR: "/my/deno", NODE_OPTIONS: "--inspect" };
  const call = { program: [path], directory: project.path, variables };
  const { out, error } = await runProgram(["config", "--format", "json"], call);
  assertEquals(error, "");
  assertEquals(JSON.parse(out).services.web.environment, {
    NODE_OPTIONS: "--inspect",
    DIR: "/my/deno",
    FILE: "none",
    CHECK: "none",
  });
});
