import { applySetupStep, lockRoot, type SetupTools } from "../../src/setup/apply_setup.ts";
import { observeHost, readReceipt } from "../../src/setup/observe_host.ts";
import { planSetup, planUninstall } from "../../src/setup/plan_setup.ts";
import type { Found, SetupStep } from "../../src/setup/setup_model.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { tryProgram } from "../../src/setup/try_program.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { wantedOf } from "./setup_state.ts";

const places = { prefix: "/usr/local", specs: "/etc/mesolet/pods" };
const noService = {
  state: () => Promise.resolve({ manager: "none", enabled: false, active: false } as const),
  run: () => Promise.reject(new Error("nobody asks systemd here")),
};

function toolsFor(root: string): SetupTools {
  return {
    root,
    service: noService,
    tryProgram: () => Promise.resolve(),
    removePods: () => Promise.resolve(),
  };
}

async function withRoot(work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "mesolet-root-" });
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function stepsFor(root: string, version: string): Promise<readonly SetupStep[]> {
  const wanted = wantedOf(version, { unit: "" });
  const state = await observeHost(root, wanted, await readReceipt(root), noService);
  return planSetup({ wanted, ...places, enable: false, force: false }, state).steps;
}

async function apply(root: string, steps: readonly SetupStep[]): Promise<void> {
  for (const step of steps) await applySetupStep(step, toolsFor(root));
}

/** All that is below a directory, with its mode. */
function treeOf(directory: string, path = ""): string[] {
  return [...Deno.readDirSync(directory + path)].flatMap(({ name, isDirectory }) => {
    const own = `${path}/${name}`;
    const mode = ((Deno.lstatSync(directory + own).mode ?? 0) & 0o777).toString(8);
    return [`${own} ${mode}`, ...isDirectory ? treeOf(directory, own) : []];
  }).sort();
}

Deno.test("what is planned is made on a real file system, found again, and removed", async () => {
  await withRoot(async (root) => {
    await apply(root, await stepsFor(root, "one"));
    assertEquals(treeOf(root), [
      "/etc 755",
      "/etc/mesolet 755",
      "/etc/mesolet/pods 750",
      "/usr 755",
      "/usr/local 755",
      "/usr/local/bin 755",
      "/usr/local/bin/mesolet 755",
      "/var 755",
      "/var/lib 755",
      "/var/lib/mesolet 755",
      "/var/lib/mesolet/setup.json 644",
    ]);
    assertEquals(await stepsFor(root, "one"), []);
    const state = await observeHost(root, { directories: [], files: [] }, await readReceipt(root), noService);
    await apply(root, planUninstall({ force: false, removePods: false }, state).steps);
    assertEquals(treeOf(root), []);
  });
});

Deno.test("who has the old program open keeps it, and what a killed run left is written over", async () => {
  await withRoot(async (root) => {
    await apply(root, await stepsFor(root, "one"));
    const path = `${root}/usr/local/bin/mesolet`;
    using old = await Deno.open(path);
    await Deno.writeTextFile(`${root}/usr/local/bin/.mesolet.mesolet-setup`, "half");
    await apply(root, await stepsFor(root, "two"));
    const bytes = new Uint8Array(10);
    assertEquals(new TextDecoder().decode(bytes.subarray(0, await old.read(bytes) ?? 0)), "one");
    assertEquals(await Deno.readTextFile(path), "two");
    assertEquals([...Deno.readDirSync(`${root}/usr/local/bin`)].map(({ name }) => name), ["mesolet"]);
  });
});

Deno.test("a step that fails leaves what was there, nothing half, and says what could not be done", async () => {
  await withRoot(async (root) => {
    await apply(root, await stepsFor(root, "one"));
    const [, write] = await stepsFor(root, "two");
    assert(write?.kind === "write-file");
    const { file } = write;
    const lost: SetupStep = { ...write, file: { ...file, content: { copyOf: `${root}/nothing` } } };
    const error = await assertRejects(() => applySetupStep(lost, toolsFor(root)), MesoletError);
    assert(error.message.startsWith("Cannot write /usr/local/bin/mesolet: No such file"), error.message);
    assertEquals(error.exitCode, 73);
    assertEquals(await Deno.readTextFile(`${root}/usr/local/bin/mesolet`), "one");
    assertEquals([...Deno.readDirSync(`${root}/usr/local/bin`)].map(({ name }) => name), ["mesolet"]);
    const missing: SetupStep = { kind: "remove-file", path: "/no/file", cause: "" };
    await assertRejects(
      () => applySetupStep(missing, toolsFor(root)),
      MesoletError,
      "Cannot remove /no/file",
    );
  });
});

Deno.test("a program that does not run replaces none that does", async () => {
  await withRoot(async (root) => {
    const [, write] = await stepsFor(root, "one").then((steps) =>
      steps.filter(({ kind }) => kind !== "make-directory")
    );
    assert(write?.kind === "write-file");
    const path = `${root}/mesolet`;
    const put = async (text: string) => {
      const step = { ...write, file: { ...write.file, path, content: { text } } };
      const tools = { ...toolsFor("/"), tryProgram: (at: string) => tryProgram(at, "1.2.3", {}) };
      await applySetupStep(step, tools);
    };
    await put("#!/bin/sh\necho 1.2.3\n");
    const cases: readonly [string, string][] = [
      ["#!/no/interpreter\n", "No such file"],
      ["#!/bin/sh\necho 1.2.2\n", "1.2.2"],
      ["#!/bin/sh\necho no room >&2; exit 73\n", "no room"],
    ];
    for (const [text, said] of cases) {
      const error = await assertRejects(() => put(text), MesoletError, "does not run from where it is to be");
      assertStringIncludes(error.message, said);
      assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["mesolet"]);
      assertEquals(await Deno.readTextFile(path), "#!/bin/sh\necho 1.2.3\n");
    }
  });
});

Deno.test("two setups do not work on one root", async () => {
  await withRoot((root) => {
    {
      using _lock = lockRoot(root);
      assertThrows(() => lockRoot(root), MesoletError, "Another setup is at work");
    }
    lockRoot(root)[Symbol.dispose]();
    return Promise.resolve();
  });
});

Deno.test("links, devices and files in the way are seen as what they are", async () => {
  await withRoot(async (root) => {
    await Deno.mkdir(`${root}/etc/mesolet`, { recursive: true });
    await Deno.mkdir(`${root}/usr/local/bin`, { recursive: true });
    await Deno.mkdir(`${root}/real`);
    await Deno.symlink(`${root}/real`, `${root}/etc/mesolet/pods`);
    await Deno.symlink("/nowhere", `${root}/usr/local/bin/mesolet`);
    await Deno.writeTextFile(`${root}/var`, "");
    const { found } = await observeHost(root, wantedOf("one", { unit: "" }), undefined, noService);
    const expected: readonly [string, Found][] = [
      ["/etc/mesolet", { kind: "directory", names: ["pods"] }],
      ["/etc/mesolet/pods", { kind: "directory", names: [] }],
      ["/usr/local/bin/mesolet", { kind: "other" }],
      ["/var/lib", { kind: "missing" }],
    ];
    for (const [path, what] of expected) assertEquals(found.get(path), what, path);
    assertEquals(found.get("/var")?.kind, "file");
  });
});

Deno.test("a record that is damaged, or names paths that nobody may remove, is refused", async () => {
  const good = {
    schema: 1,
    finished: true,
    prefix: "/usr/local",
    specs: "/pods",
    directories: ["/a"],
    files: {},
  };
  const cases: readonly string[] = [
    "",
    "[]",
    "{}",
    JSON.stringify({ ...good, schema: 2 }),
    JSON.stringify({ ...good, directories: ["relative"] }),
    JSON.stringify({ ...good, directories: ["/a/../etc"] }),
    JSON.stringify({ ...good, files: { "/a": ["no digest"] } }),
    JSON.stringify({ ...good, files: { "/a": "x" } }),
  ];
  await withRoot(async (root) => {
    assertEquals(await readReceipt(root), undefined);
    await Deno.mkdir(`${root}/var/lib/mesolet`, { recursive: true });
    const put = (text: string) => Deno.writeTextFile(`${root}/var/lib/mesolet/setup.json`, text);
    for (const text of cases) {
      await put(text);
      const error = await assertRejects(() => readReceipt(root), MesoletError);
      assertEquals(error.exitCode, 78, text);
    }
    await put(JSON.stringify(good));
    const { schema: _schema, ...receipt } = good;
    assertEquals(await readReceipt(root), receipt);
  });
});
