import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { bareTree, below } from "../support/bare_tree.ts";
import { builtFile } from "../support/built_file.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { goesOn, livesOf } from "../support/running_operator.ts";
import { type ProgramCall, runProgram, startProgram } from "../cli/program.ts";

/** Stands for systemd where none runs: it notes what it is told, and knows what it was told. */
const standIn = `#!/bin/sh
echo "$@" >> /told
case "$1" in
  enable) echo > /enabled ;;
  disable) rm -f /enabled ;;
  is-enabled | is-active) [ -e /enabled ] ;;
esac
`;

/** A host with nothing but libc, a shell and an engine's socket, where something says that it is systemd. */
async function bareHost(engine: TestEngine) {
  const tree = await bareTree();
  await Deno.mkdir(`${tree.path}/run/systemd/system`, { recursive: true });
  await Deno.writeTextFile(`${tree.path}/bin/systemctl`, standIn, { mode: 0o755 });
  await Deno.copyFile((await builtFile()).path, `${tree.path}/mesolet`);
  const call = (program: string): ProgramCall => ({
    host: engine.host,
    program: [...below(tree.path, engine.host), program],
  });
  return {
    path: tree.path,
    call,
    setup: (program: string, ...words: string[]) => runProgram(["setup", ...words], call(program)),
    async told() {
      const text = await Deno.readTextFile(`${tree.path}/told`).catch(() => "");
      await Deno.remove(`${tree.path}/told`).catch(() => {});
      return text.split("\n").filter((line) => line !== "" && !line.startsWith("is-"));
    },
    [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose](),
  };
}

Deno.test("engine: setup installs, upgrades beside pods that run on, and uninstalls", async () => {
  await using engine = await testEngine();
  await using host = await bareHost(engine);
  const installed = "/usr/local/bin/mesolet";

  const first = await host.setup("/mesolet", "--enable");
  assertEquals(first.code, 0, first.error);
  assertStringIncludes(first.error, "DOCKER_HOST names, which a service does not see");
  assertEquals(await host.told(), ["daemon-reload", "enable --now mesolet-operator"]);
  const second = await host.setup(installed, "--enable");
  assertEquals([second.code, second.out.endsWith("nothing to do\n")], [0, true], second.out);
  assertEquals(await host.told(), []);

  const pod = engine.podName();
  const spec = `name: ${pod}\nservices:\n  web: { image: busybox, command: ${goesOn} }\n`;
  await Deno.writeTextFile(`${host.path}/etc/mesolet/pods/one.yaml`, spec);
  const service = ["operator", "--listen", "none", "/etc/mesolet/pods"];
  let lives: ReadonlyMap<string, string>;
  {
    await using operator = startProgram(service, host.call(installed));
    await operator.seen("runs");
    lives = await livesOf(engine, [pod]);
    // Another file, and the same program: what is behind its last part is never read.
    await Deno.writeTextFile(`${host.path}/mesolet`, "\n", { append: true });
    const upgrade = await host.setup("/mesolet");
    assertEquals(upgrade.code, 0, upgrade.error);
    assertEquals(await host.told(), ["restart mesolet-operator"]);
    operator.signal("SIGTERM");
    assertEquals((await operator.ended()).code, 0);
  }
  {
    await using operator = startProgram(service, host.call(installed));
    await operator.seen("runs");
    assertEquals(await livesOf(engine, [pod]), lives);
    operator.signal("SIGTERM");
    assertEquals((await operator.ended()).code, 0);
  }

  const gone = await host.setup(installed, "--uninstall", "--stop-pods");
  assertEquals(gone.code, 0, gone.error);
  assertEquals(await host.told(), ["disable --now mesolet-operator", "daemon-reload"]);
  assertEquals(await livesOf(engine, [pod]), new Map());
  assertStringIncludes(gone.error, "/etc/mesolet/pods stays: there is one.yaml in it");
  assertEquals([...Deno.readDirSync(`${host.path}/var`)].map(({ name }) => name), ["cache"]);
});

Deno.test("engine: setup does nothing on a host without an engine, or as another user than root", async () => {
  await using engine = await testEngine();
  await using host = await bareHost(engine);
  const noEngine = await runProgram(["setup", "--host", "unix:///no/socket"], host.call("/mesolet"));
  assertEquals(noEngine.code, 1, noEngine.error);
  assertStringIncludes(noEngine.out, "fail  engine");
  assertStringIncludes(noEngine.error, "nothing was done: mend what fails");
  const looked = await runProgram(
    ["setup", "--host", "unix:///no/socket", "--dry-run"],
    host.call("/mesolet"),
  );
  assertEquals(looked.code, 1);
  assertStringIncludes(looked.out, "would write /usr/local/bin/mesolet");

  const directory = await Deno.makeTempDir({ prefix: "mesolet-nobody-" });
  try {
    await Deno.chown(directory, 65534, 65534);
    const user = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const variables = { MESOLET_CACHE_DIR: directory };
    const { path } = await builtFile();
    const refused = await runProgram(["setup", "--no-checks"], { program: [...user, path], variables });
    assertEquals([refused.code, refused.out], [77, ""]);
    assertStringIncludes(refused.error, "setup changes what belongs to root: run it as root (sudo)");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
