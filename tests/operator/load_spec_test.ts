import { isGood } from "../../src/operator/spec_source.ts";
import { formatProblem } from "../../src/pod/errors.ts";
import { OperatorLabel } from "../../src/pod/labels.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { CountedFiles, outcome, readerOf, spec, type TestDirectory, withDirectory } from "./directory.ts";

async function outcomeOf(directory: TestDirectory, name: string, environment = {}): Promise<string> {
  return outcome(await readerOf(directory.path, { environment }).read(name), directory.path);
}

Deno.test("a pod has the name that its spec gives, else that of its file or directory", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    directory.write("api.yaml", spec({ name: "shop-api" }));
    directory.write("Big.Cache.json", JSON.stringify({ services: { main: { image: "busybox" } } }));
    directory.write("shop/compose.yaml", spec());
    directory.write("old/docker-compose.yml", spec({ name: "older" }));
    directory.write("compose.yaml", spec());
    directory.write("extension.yaml", `x-pod: {name: by-extension}\n${spec({ name: "other" })}`);
    const names: Record<string, string> = {
      "web.yaml": "web",
      "api.yaml": "shop-api",
      "Big.Cache.json": "bigcache",
      "shop": "shop",
      "old": "older",
      "compose.yaml": "pods",
      "extension.yaml": "by-extension",
    };
    for (const [name, pod] of Object.entries(names)) {
      assertEquals(await outcomeOf(directory, name), `${pod}: busybox`);
    }
  });
});

Deno.test("a file whose name makes no name of a pod is told to give one", async () => {
  await withDirectory(async (directory) => {
    directory.write("_.yaml", spec());
    assertEquals(
      await outcomeOf(directory, "_.yaml"),
      '_.yaml: "_" gives no project name: set one with -p or `name`',
    );
  });
});

Deno.test("a pod carries the label of its directory", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    const loaded = await readerOf(directory.path).read("web.yaml");
    assert(isGood(loaded));
    assertEquals(loaded.pod.labels, { [OperatorLabel.directory]: directory.path });
  });
});

Deno.test("a project is read with its override and its .env", async () => {
  await withDirectory(async (directory) => {
    directory.write("shop/compose.yaml", spec({ image: "${IMAGE}" }));
    directory.write("shop/.env", "IMAGE=from-env\n");
    assertEquals(await outcomeOf(directory, "shop"), "shop: from-env");
    directory.write("shop/compose.override.yaml", "services:\n  main: {image: overridden}\n");
    assertEquals(await outcomeOf(directory, "shop"), "shop: overridden");
    directory.write("shop/.env", "IMAGE=x\nCOMPOSE_FILE=compose.yaml:more.yaml\n");
    directory.write("shop/more.yaml", "services:\n  main: {image: more}\n");
    assertEquals(await outcomeOf(directory, "shop"), "shop: more");
  });
});

Deno.test("the override of a project in the watched directory itself is merged", async () => {
  await withDirectory(async (directory) => {
    directory.write("compose.yaml", spec());
    directory.write("compose.override.yaml", "services:\n  main: {image: overridden}\n");
    assertEquals(await outcomeOf(directory, "compose.yaml"), "pods: overridden");
  });
});

Deno.test("a project is never searched above its directory", async () => {
  await withDirectory(async (directory) => {
    directory.write("compose.yaml", spec());
    Deno.mkdirSync(`${directory.path}/empty`);
    assertMatch(
      await outcomeOf(directory, "empty"),
      /^empty: there is no compose\.yaml, .* in empty$/,
    );
  });
});

Deno.test("variables come from the operator's environment and .env, but for what Compose itself would take", async () => {
  await withDirectory(async (directory) => {
    directory.write(".env", "FROM_FILE=file\nBOTH=file\n");
    directory.write("web.yaml", spec({ image: "${FROM_FILE}-${BOTH}-${FROM_SHELL}" }));
    const environment = {
      FROM_SHELL: "shell",
      BOTH: "shell",
      COMPOSE_PROJECT_NAME: "other",
      COMPOSE_FILE: "/none.yaml",
      COMPOSE_PROFILES: "p",
      COMPOSE_ENV_FILES: "/none",
      COMPOSE_DISABLE_ENV_FILE: "1",
    };
    assertEquals(await outcomeOf(directory, "web.yaml", environment), "web: file-shell-shell");
  });
});

Deno.test("what is wrong with a spec is told with its place", async () => {
  const table: Record<string, readonly [string | Uint8Array, RegExp]> = {
    "empty.yaml": ["", /^empty\.yaml: the file is empty$/],
    "half.yaml": [
      'services:\n  main:\n    image: busybox\n    command: ["sleep", "10',
      /^half\.yaml:\d+:\d+: /,
    ],
    "tab.yaml": ["services:\n\tmain: {image: x}\n", /^tab\.yaml:2:1: /],
    "nul.yaml": [`${spec()}\0\0\0`, /^nul\.yaml:4:1: /],
    "binary.yaml": [
      new Uint8Array([0x7f, 0x45, 0xff, 0xfe]),
      /^binary\.yaml: cannot be read: is not UTF-8 text$/,
    ],
    "schema.yaml": [
      "services:\n  main:\n    image: x\n    imagee: y\n",
      /^schema\.yaml:4:5: services\.main\.imagee: /,
    ],
    "list.yaml": ["- a\n", /^list\.yaml: the top of a Compose file must be a mapping/],
    "none.yaml": ["services: {}\n", /^none\.yaml.*no service is selected/],
    "half.json": ['{"services": {"main": {"image": ', /^half\.json:\d+:\d+: /],
    "port.yaml": [
      "services:\n  main:\n    image: x\n    ports:\n      - 'a:b'\n",
      /^port\.yaml:5:9: services\.main\.ports\[0\]: /,
    ],
  };
  await withDirectory(async (directory) => {
    for (const [name, [text, expected]] of Object.entries(table)) {
      if (typeof text === "string") directory.write(name, text);
      else Deno.writeFileSync(`${directory.path}/${name}`, text);
      assertMatch(await outcomeOf(directory, name), expected);
    }
  });
});

Deno.test("what no pod can have is told with what no project can have", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", "services:\n  web:\n    image: a\n    user: 5\n    use_api_socket: true\n");
    const loaded = await readerOf(directory.path).read("web.yaml");
    assert(!isGood(loaded));
    assertEquals(loaded.problems.map(({ path, position }) => [path, position?.line]), [
      ["services.web.user", 4],
      ["services.web.use_api_socket", 5],
    ]);
  });
});

Deno.test("what is no file of a sensible size is refused unread", async () => {
  await withDirectory(async (directory) => {
    directory.write("large.yaml", "#".repeat(10 * 1024 * 1024));
    Deno.mkdirSync(`${directory.path}/directory.yaml`);
    Deno.symlinkSync("/nowhere/at/all.yaml", `${directory.path}/dangling.yaml`);
    Deno.symlinkSync("loop.yaml", `${directory.path}/loop.yaml`);
    const fifo = await new Deno.Command("mkfifo", { args: [`${directory.path}/fifo.yaml`] }).output();
    assert(fifo.success);
    const files = new CountedFiles();
    const { read } = readerOf(directory.path, { files });
    const told = async (name: string) => outcome(await read(name), directory.path);
    assertEquals(await told("large.yaml"), "large.yaml: cannot be read: is larger than 1 MiB");
    assertEquals(files.reads, []);
    assertEquals(await told("fifo.yaml"), "fifo.yaml: cannot be read: is not a regular file");
    assertEquals(await told("dangling.yaml"), "dangling.yaml: cannot be read: there is no such file");
    assertMatch(await told("loop.yaml"), /^loop\.yaml: cannot be read: .*[Ss]ymbolic links/);
    assertMatch(await told("directory.yaml"), /there is no compose\.yaml, .*directory\.yaml$/);
  });
});

Deno.test("a Kubernetes manifest is refused with one problem, at its kind", async () => {
  const message =
    "kind: this is a Kubernetes manifest, which is not run yet: write the pod as a Compose file";
  await withDirectory(async (directory) => {
    directory.write(
      "pod.yaml",
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers: [{name: main, image: x, args: [$(A)]}]\n",
    );
    directory.write("pod.json", '{\n  "kind": "Pod", "apiVersion": "v1",\n  "metadata": {"name": "web"}}\n');
    directory.write("two.yaml", "---\nkind: ConfigMap\napiVersion: v1\n---\napiVersion: v1\nkind: Pod\n");
    directory.write("compose.yaml", "kind: odd\nservices:\n  main: {image: x}\n");
    assertEquals(await outcomeOf(directory, "pod.yaml"), `pod.yaml:2:1: ${message}`);
    assertEquals(await outcomeOf(directory, "pod.json"), `pod.json:2:3: ${message}`);
    assertEquals(await outcomeOf(directory, "two.yaml"), `two.yaml:2:1: ${message}`);
    assertMatch(
      await outcomeOf(directory, "compose.yaml"),
      /^compose\.yaml:1:1: kind: /,
    );
  });
});

Deno.test("warnings have, and problems of the engine get, the places of the version that was read", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", "services:\n  main:\n    image: x\n    hostname: ${NOT_SET}\n");
    const loaded = await readerOf(directory.path).read("web.yaml");
    assert(isGood(loaded));
    directory.write("web.yaml", "# moved\n# down\nservices: {}\n");
    const path = "services.main.hostname";
    const places = await loaded.locate([{ severity: "error", path, message: "taken" }]);
    const told = [...loaded.warnings, ...places];
    assertEquals(told.map((problem) => formatProblem(problem).replace(`${directory.path}/`, "")), [
      "web.yaml:4:5: services.main.hostname: the variable NOT_SET is not set and becomes empty",
      "web.yaml:4:5: services.main.hostname: taken",
    ]);
  });
});

Deno.test("a spec is another version when any file that it was made of changes, comes or goes", async () => {
  await withDirectory(async (directory) => {
    directory.write(
      "shop/compose.yaml",
      "include: [part/part.yaml]\n" +
        "services:\n" +
        "  main:\n" +
        "    extends: {file: base.yaml, service: base}\n" +
        "    env_file: [main.env, {path: optional.env, required: false}]\n" +
        "    label_file: [main.labels]\n" +
        "    configs: [settings]\n" +
        "    secrets: [password]\n" +
        "configs: {settings: {file: ./settings.conf}}\n" +
        "secrets: {password: {file: ./password}}\n",
    );
    directory.write("shop/part/part.yaml", "services:\n  part: {image: busybox}\n");
    directory.write("shop/base.yaml", "services:\n  base: {image: busybox}\n");
    for (const name of ["main.env", "main.labels", "settings.conf", "password"]) {
      directory.write(`shop/${name}`, "");
    }
    directory.write("shop/unrelated.txt", "");
    directory.write("web.yaml", spec());
    const { read, changed } = readerOf(directory.path);
    const loaded = await read("shop");
    assert(isGood(loaded), outcome(loaded, directory.path));
    await read("web.yaml");
    assertEquals(changed(), []);
    const files = [
      "compose.yaml",
      "part/part.yaml",
      "base.yaml",
      "main.env",
      "main.labels",
      "settings.conf",
      "password",
    ];
    assertEquals(
      loaded.files.map((path) => path.slice(`${directory.path}/shop/`.length)).sort(),
      [...files].sort(),
    );
    for (const name of files) {
      const text = Deno.readTextFileSync(`${directory.path}/shop/${name}`);
      directory.write(`shop/${name}`, `${text}# changed\n`);
      assertEquals(changed(), ["shop"], name);
      await read("shop");
      assertEquals(changed(), []);
    }
    for (const name of [".env", "part/.env", "compose.override.yaml", "optional.env", "compose.yml"]) {
      directory.write(`shop/${name}`, "# new\n");
      assertEquals(changed(), ["shop"], name);
      Deno.removeSync(`${directory.path}/shop/${name}`);
      assertEquals(changed(), []);
    }
    directory.write("shop/unrelated.txt", "changed");
    assertEquals(changed(), []);
    directory.write(".env", "A=b");
    assertEquals(changed(), ["web.yaml"]);
  });
});

Deno.test("a bad spec is read again when what it lacked is there", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", `include: [part.yaml]\n${spec()}`);
    const { read, changed } = readerOf(directory.path);
    assertMatch(
      outcome(await read("web.yaml"), directory.path),
      /part\.yaml: cannot be read: there is no such file/,
    );
    assertEquals(changed(), []);
    directory.write("part.txt", "");
    assertEquals(changed(), []);
    directory.write("part.yaml", "services: {part: {image: x}}\n");
    assertEquals(changed(), ["part.yaml", "web.yaml"]);
    assertEquals(outcome(await read("web.yaml"), directory.path), "web: busybox,x");
  });
});

Deno.test("a file that stat cannot tell apart by size and time of modification is told apart all the same", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec({ image: "aaa" }));
    const path = `${directory.path}/web.yaml`;
    const time = new Date(1_700_000_000_000);
    Deno.utimeSync(path, time, time);
    const { read, changed } = readerOf(directory.path);
    await read("web.yaml");
    directory.replace("web.yaml", spec({ image: "bbb" }));
    Deno.utimeSync(path, time, time);
    assertEquals(changed(), ["web.yaml"]);
  });
});

Deno.test("a file that was written a moment before it was read is looked at once more", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    const time = new Date(1_700_000_000_000);
    Deno.utimeSync(`${directory.path}/web.yaml`, time, time);
    const { SpecReader } = await import("../../src/operator/load_spec.ts");
    const files = new CountedFiles();
    let now = time.getTime() + 5;
    const reader = new SpecReader({ files, environment: {}, clock: { now: () => now } });
    const read = () => reader.read(`${directory.path}/web.yaml`, directory.path);
    const first = await read();
    now += 100;
    const second = await read();
    const third = await read();
    assertEquals([first.version === second.version, second.version === third.version], [false, true]);
    assert(isGood(first) && isGood(second) && isGood(third));
    assert(first.pod === second.pod && second.pod === third.pod);
  });
});

Deno.test("the same text is parsed once: another time, another mode, another inode change nothing", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    const { read, changed } = readerOf(directory.path);
    const first = await read("web.yaml");
    assert(isGood(first));
    const changes: (() => void)[] = [
      () => Deno.utimeSync(`${directory.path}/web.yaml`, new Date(1), new Date(1)),
      () => Deno.chmodSync(`${directory.path}/web.yaml`, 0o600),
      () => directory.replace("web.yaml", spec()),
    ];
    for (const change of changes) {
      change();
      assertEquals(changed(), ["web.yaml"]);
      const again = await read("web.yaml");
      assert(isGood(again) && again.pod === first.pod && again.version !== first.version);
    }
    directory.replace("web.yaml", spec({ image: "other" }));
    const other = await read("web.yaml");
    assertEquals(outcome(other, directory.path), "web: other");
  });
});

Deno.test("a bad spec that did not change is not parsed again", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", "services: [");
    const { read } = readerOf(directory.path);
    const first = await read("web.yaml");
    directory.replace("web.yaml", "services: [");
    const second = await read("web.yaml");
    assert(!isGood(first) && !isGood(second));
    assertEquals(first.problems === second.problems, true);
  });
});

Deno.test("the swap of a directory as Kubernetes mounts it is a new version of each file, and parsed only where it differs", async () => {
  await withDirectory(async (directory) => {
    const version = (number: number, web: string) => {
      directory.write(`..${number}/web.yaml`, spec({ image: web }));
      directory.write(`..${number}/api.yaml`, spec());
      Deno.symlinkSync(`..${number}`, `${directory.path}/..data_tmp`);
      Deno.renameSync(`${directory.path}/..data_tmp`, `${directory.path}/..data`);
    };
    version(1, "one");
    for (const name of ["web.yaml", "api.yaml"]) {
      Deno.symlinkSync(`..data/${name}`, `${directory.path}/${name}`);
    }
    const { read, changed } = readerOf(directory.path);
    const web = await read("web.yaml");
    const api = await read("api.yaml");
    version(2, "two");
    Deno.removeSync(`${directory.path}/..1`, { recursive: true });
    assertEquals(changed(), ["api.yaml", "web.yaml"]);
    const [newWeb, newApi] = [await read("web.yaml"), await read("api.yaml")];
    assertEquals([web, newWeb].map((each) => outcome(each, directory.path)), ["web: one", "web: two"]);
    assert(isGood(api) && isGood(newApi) && api.pod === newApi.pod);
  });
});

Deno.test("a text is read once for one version, however often it is included", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", `include: [a.txt, b.txt]\n${spec()}`);
    directory.write("a.txt", "include: [c.txt]\n");
    directory.write("b.txt", "include: [c.txt]\n");
    directory.write("c.txt", "services: {c: {image: x, command: !override [a]}}\n");
    const files = new CountedFiles();
    await readerOf(directory.path, { files }).read("web.yaml");
    assertEquals(files.reads.sort(), ["a.txt", "b.txt", "c.txt", "web.yaml"]);
  });
});
