import { loadCompose } from "../../src/compose/load.ts";
import { printForLoading } from "../../src/compose/print.ts";
import { MesoletError, SpecError } from "../../src/pod/errors.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { pluginsIn } from "../../src/plugins/plugin_directory.ts";
import { type ChangedProject, Plugins } from "../../src/plugins/plugins.ts";
import { assertEquals, assertMatch, assertThrows } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { memoryFiles } from "../support/memory_files.ts";

const access = memoryFiles({
  "/pods/compose.yaml": `
name: shop
services:
  web: {image: web, environment: {PRICE: "5$$"}, profiles: []}
  debug: {image: debug, profiles: [debug]}
x-pod: {resources: {memory: 64m}}
`,
  "/pods/.env": "",
});

/** Plugins as files of a directory that is removed after the test. */
async function withPlugins(
  scripts: Readonly<Record<string, string>>,
  work: (plugins: Plugins, directory: string) => Promise<void>,
  time = 10_000,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-plugins-" });
  try {
    for (const [name, text] of Object.entries(scripts)) {
      await Deno.writeTextFile(`${directory}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const tools = { clock: systemClock, time, variables: { GIVEN: "given" } };
    await work(new Plugins(pluginsIn(directory), tools), directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function change(plugins: Plugins): Promise<ChangedProject> {
  const compose = await loadCompose({ environment: {}, workingDirectory: "/pods", access });
  return await plugins.change(compose, { runner: "up" }, access, new AbortController().signal);
}

async function refusalOf(plugins: Plugins): Promise<string> {
  try {
    await change(plugins);
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
  throw new Error("it was taken");
}

Deno.test("plugins change a pod one after the other, by a patch or as a whole, and say why", async () => {
  await withPlugins({
    "20-whole": `sed 's/.*"pod"://; s/,"runner".*//; s/"image":"web"/"image":"web:2"/'`,
    "10-patch":
      `echo '{"reason": "labels of '$GIVEN'", "patch": [{"op": "add", "path": "/services/web/labels", "value": {"a": "$b"}}]}'`,
    "30-look": "cat > /dev/null",
    "40-say": `echo '{"reason": "looked at it"}'`,
  }, async (plugins) => {
    const { compose: { project }, notes } = await change(plugins);
    assertEquals(notes, [
      { plugin: "10-patch", reason: "labels of given" },
      { plugin: "20-whole", reason: "changed the pod" },
      { plugin: "40-say", reason: "looked at it" },
    ]);
    const { image, labels, environment } = project.services["web"] ?? {};
    assertEquals(JSON.parse(JSON.stringify({ image, labels, environment })), {
      image: "web:2",
      labels: { a: "$b" },
      environment: { PRICE: "5$" },
    });
    assertEquals([
      project.name,
      project.files,
      project.workingDirectory,
      Object.keys(project.disabledServices),
    ], [
      "shop",
      ["/pods/compose.yaml"],
      "/pods",
      ["debug"],
    ]);
    assertEquals(JSON.parse(JSON.stringify(project.extensions["x-pod"])), { resources: { memory: "64m" } });
  });
});

Deno.test("a plugin that changes nothing leaves the very same project", async () => {
  await withPlugins({ "10-same": `sed 's/.*"pod"://; s/,"runner".*//'` }, async (plugins) => {
    const plain = await loadCompose({ environment: {}, workingDirectory: "/pods", access });
    const { compose, notes } = await plugins.change(
      plain,
      { runner: "up" },
      access,
      new AbortController().signal,
    );
    assertEquals([compose === plain, notes], [true, []]);
  });
});

Deno.test("what a plugin makes of a pod is in the same normal form, so that nothing else of it is another", async () => {
  await withPlugins({
    "10-add": `echo '[{"op": "add", "path": "/x-note", "value": 1}]'`,
  }, async (plugins) => {
    const plain = await loadCompose({ environment: {}, workingDirectory: "/pods", access });
    const { compose } = await plugins.change(plain, { runner: "up" }, access, new AbortController().signal);
    assertEquals(
      printForLoading(compose.project, "json").replace(/,\n {2}"x-note": 1/, ""),
      printForLoading(plain.project, "json"),
    );
  });
});

/** A plugin, and why the pod is not launched. */
const refusals: Record<string, string> = {
  "echo 'only on weekdays' >&2; exit 1": "/pods/compose.yaml: the plugin 10-x refused: only on weekdays",
  "exit 3": "/pods/compose.yaml: the plugin 10-x failed: exited with code 3",
  "kill -9 $$": "/pods/compose.yaml: the plugin 10-x failed: was ended by SIGKILL",
  "echo nonsense": "/pods/compose.yaml: the plugin 10-x answered with no JSON: ",
  "echo 7": "/pods/compose.yaml: the plugin 10-x answered with neither a pod (services), nor a JSON patch",
  'echo \'{"patch": [], "pod": {}}\'': "/pods/compose.yaml: the plugin 10-x answered with neither",
  "echo '{\"reason\": 1}'": "/pods/compose.yaml: the plugin 10-x answered with neither",
  'echo \'[{"op": "remove", "path": "/services/api"}]\'':
    "/pods/compose.yaml: the patch of the plugin 10-x does not fit: operation 0 (remove /services/api): there is no api",
  'echo \'[{"op": "add", "path": "/services/web/imagee", "value": "x"}]\'':
    "/pods/compose.yaml: what the plugin 10-x made of it cannot be used: services.web.imagee: ",
  'echo \'[{"op": "replace", "path": "/name", "value": "other"}]\'':
    "/pods/compose.yaml: the plugin 10-x changed its name to other, which cannot be changed",
  "head -c 5000000 /dev/zero": "/pods/compose.yaml: the plugin 10-x failed: wrote more than 4194304 bytes",
};

for (const [script, expected] of Object.entries(refusals)) {
  Deno.test(`a pod is not launched because of a plugin: ${script}`, async () => {
    await withPlugins({ "10-x": script }, async (plugins) => {
      const message = await refusalOf(plugins);
      assertEquals(message.startsWith(expected), true, message);
    });
  });
}

Deno.test("a plugin that hangs is ended with all that it has started", async () => {
  await withPlugins(
    { "10-hang": 'sleep 1000 & echo $! > "${0%/*}/child"; wait' },
    async (plugins, directory) => {
      assertEquals(
        await refusalOf(plugins),
        "/pods/compose.yaml: Cannot wait for the plugin 10-hang: no answer within 0.5 s",
      );
      const child = (await Deno.readTextFile(`${directory}/child`)).trim();
      // Dead, it may wait to be reaped.
      await waitUntil(
        "it is dead",
        async () => / Z\b/.test(await Deno.readTextFile(`/proc/${child}/stat`).catch(() => "gone Z")),
      );
    },
    500,
  );
});

Deno.test("plugins are told of what happens after a launch; one that fails keeps no other from it", async () => {
  await withPlugins({
    "10-fails": "exit 1",
    "20-writes": 'cat > "${0%/*}/$1.json"',
  }, async (plugins, directory) => {
    const facts = { runner: "executor", reason: "killed by the framework", pod: { services: {} } };
    const problems = await plugins.tell("pre-kill", facts, new AbortController().signal);
    assertEquals(problems, ["the plugin 10-fails failed: exited with code 1"]);
    assertEquals(JSON.parse(await Deno.readTextFile(`${directory}/pre-kill.json`)), {
      schema: 1,
      step: "pre-kill",
      ...facts,
    });
  });
});

Deno.test("the plugins of a directory are its executable files, by name, and none that others may change", async () => {
  await withPlugins({ "b": "", "a.sh": "", "c.bak": "", ".d": "", "e~": "" }, async (_, directory) => {
    await Deno.writeTextFile(`${directory}/plain`, "", { mode: 0o644 });
    await Deno.mkdir(`${directory}/directory`);
    const names = () => pluginsIn(directory).map(({ name }) => name);
    assertEquals(names(), ["a.sh", "b"]);
    assertEquals(pluginsIn(`${directory}/none`), []);
    await Deno.chmod(`${directory}/b`, 0o777);
    try {
      names();
      throw new Error("it was taken");
    } catch (error) {
      assertMatch(error instanceof MesoletError ? error.message : "", /b can be changed by others/);
    }
  });
});

Deno.test("an answer that is nested too deep for whoever walks through it is refused", async () => {
  const deep = (before: string) =>
    `printf '${before}'; i=0; while [ $i -lt 200 ]; do printf '{"x":'; i=$((i+1)); done; printf 1; ` +
    "while [ $i -gt 0 ]; do printf '}'; i=$((i-1)); done; printf '}'";
  await withPlugins({ "deep": deep('{"services":') }, async (plugins) => {
    assertMatch(await refusalOf(plugins), /the plugin deep answered with JSON that is nested too deep/);
  });
});

Deno.test("a plugin that cannot be looked at, or a directory that others may change, is an error and no gap", async () => {
  await withPlugins({ "10-good": "exit 0" }, async (_, directory) => {
    await Deno.symlink(`${directory}/nowhere`, `${directory}/20-link`);
    assertMatch(
      String(assertThrows(() => pluginsIn(directory), MesoletError).message),
      /^Cannot look at the plugin .*20-link: /,
    );
    await Deno.remove(`${directory}/20-link`);
    await Deno.chmod(directory, 0o777);
    assertMatch(
      assertThrows(() => pluginsIn(directory), MesoletError).message,
      /^The directory of plugins .* can be changed by others/,
    );
  });
});
