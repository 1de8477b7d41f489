import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { spec, withDirectory } from "./directory.ts";
import { Following, noticing } from "./following.ts";

Deno.test("edits, additions, renames and deletions are noticed", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    await using following = noticing(directory);
    await following.wants("web=busybox");
    directory.replace("web.yaml", spec({ image: "edited" }));
    await following.wants("web=edited");
    directory.write("api.yaml", spec());
    await following.wants("api=busybox web=edited");
    directory.write("shop/compose.yaml", spec());
    await following.wants("api=busybox shop=busybox web=edited");
    directory.write("shop/compose.override.yaml", "services: {main: {image: overridden}}");
    await following.wants("api=busybox shop=overridden web=edited");
    directory.write("shop/.env", "COMPOSE_FILE=compose.yaml");
    await following.wants("api=busybox shop=busybox web=edited");
    const web = following.looks.at(-1)?.wanted.pods.get("web")?.pod;
    Deno.renameSync(`${directory.path}/web.yaml`, `${directory.path}/moved.yaml`);
    directory.write("moved.yaml", spec({ name: "web", image: "edited" }));
    Deno.removeSync(`${directory.path}/api.yaml`);
    await following.wants("shop=busybox web=edited");
    assertEquals(web?.name, "web");
    Deno.removeSync(`${directory.path}/shop`, { recursive: true });
    await following.wants("web=edited");
  });
});

Deno.test("files that a spec includes are noticed, beside it and elsewhere", async () => {
  await withDirectory(async (directory) => {
    directory.write("../shared/part.txt", "services: {part: {image: one}}\n");
    directory.write("shop/compose.yaml", `include: [../../shared/part.txt]\n${spec()}`);
    await using following = noticing(directory);
    await following.wants("shop=busybox,one");
    directory.replace("../shared/part.txt", "services: {part: {image: two}}\n");
    await following.wants("shop=busybox,two");
  });
});

Deno.test("a bad edit leaves what runs; the problem has its place and goes with the next good one", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    await using following = noticing(directory);
    await following.wants("web=busybox");
    const bad: Record<string, string> = {
      "services:\n  main:\n    image: [\n": "web.yaml:4:1: ",
      "services:\n  main:\n    imagee: x\n": "web.yaml:3:5: services.main.imagee: ",
      "\0\0\0\0": "web.yaml:1:1: ",
      ["#".repeat(10 * 1024 * 1024)]: "web.yaml: cannot be read: is larger than 1 MiB",
    };
    for (const [text, expected] of Object.entries(bad)) {
      directory.replace("web.yaml", text);
      await waitUntil(`the problem ${expected}`, () => following.problems[0]?.includes(expected) === true);
      assertEquals([following.pods, following.problems[0]?.endsWith("(kept)")], ["web=busybox", true]);
    }
    Deno.removeSync(`${directory.path}/web.yaml`);
    Deno.mkdirSync(`${directory.path}/web.yaml`);
    await waitUntil(
      "the directory is refused",
      () => following.problems[0]?.includes("there is no compose.yaml") === true,
    );
    assertEquals(following.pods, "web=busybox");
    Deno.removeSync(`${directory.path}/web.yaml`);
    directory.write("web.yaml", spec({ image: "good" }));
    await following.wants("web=good");
    assertEquals(following.problems, []);
  });
});

Deno.test("a FIFO is refused, and what changes after it is noticed all the same", async () => {
  await withDirectory(async (directory) => {
    const { path } = directory;
    directory.write("web.yaml", spec());
    await using following = new Following([path], { rescan: 300 });
    await following.wants("web=busybox");
    await new Deno.Command("mkfifo", { args: [`${path}/../web`, `${path}/../pipe`] }).output();
    Deno.renameSync(`${path}/../web`, `${path}/web.yaml`);
    Deno.renameSync(`${path}/../pipe`, `${path}/pipe`);
    await waitUntil("it is refused", () => following.problems[0]?.includes("is not a regular file") === true);
    assertEquals(following.pods, "web=busybox");
    directory.write("shop/compose.yaml", spec());
    directory.replace("web.yaml", spec({ image: "good" }));
    await following.wants("shop=busybox web=good");
  });
});

Deno.test("sockets, devices and endless or huge files are refused, and take nothing that runs", async () => {
  await withDirectory(async (directory) => {
    const { path } = directory;
    const refused = "is not a regular file";
    directory.write("web.yaml", spec());
    await using following = new Following([path], { rescan: 300 });
    await following.wants("web=busybox");
    using _socket = Deno.listen({ transport: "unix", path: `${path}/.socket` });
    const cases: readonly (readonly [string, () => void])[] = [
      [refused, () => Deno.renameSync(`${path}/.socket`, `${path}/web.yaml`)],
      [refused, () => Deno.symlinkSync("/dev/null", `${path}/web.yaml`)],
      [
        "is larger than 1 MiB",
        () => directory.write("web.yaml", `${spec()}#${"x".repeat(10 * 1024 * 1024)}`),
      ],
      ["is larger than 1 MiB", () => {
        directory.write("web.yaml", spec());
        Deno.truncateSync(`${path}/web.yaml`, 2 ** 40);
      }],
    ];
    for (const [problem, put] of cases) {
      Deno.removeSync(`${path}/web.yaml`);
      put();
      await waitUntil("it is refused", () => following.problems[0]?.includes(problem) === true);
      assertEquals([following.pods, following.problems[0]?.endsWith("(kept)")], ["web=busybox", true]);
      assertEquals(following.looks.slice(1).every(({ wanted }) => wanted.pods.has("web")), true);
    }
    Deno.removeSync(`${path}/web.yaml`);
    directory.write("web.yaml", spec({ image: "good" }));
    await following.wants("web=good");
  });
});

Deno.test("a directory whose link leads in circles takes nothing with it", async () => {
  await withDirectory(async (directory) => {
    directory.write("one/web.yaml", spec());
    const link = `${directory.path}/link`;
    Deno.symlinkSync("one", link);
    await using following = new Following([link], { rescan: 300 });
    await following.wants("web=busybox");
    Deno.removeSync(link);
    Deno.symlinkSync("link", link);
    await waitUntil("it is reported", () => following.problems[0]?.includes("cannot be read: ") === true);
    assertEquals(following.pods, "web=busybox");
  });
});

Deno.test("an edit in the midst of a storm of other changes is noticed", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    await using following = noticing(directory);
    await following.wants("web=busybox");
    for (let edit = 0; edit < 10; edit++) {
      for (let change = 0; change < 200; change++) directory.write("notes.txt.tmp", String(change));
      directory.replace("web.yaml", spec({ image: `v${edit}` }));
      for (let change = 0; change < 200; change++) directory.write("notes.txt.tmp", String(change));
      await following.wants(`web=v${edit}`);
    }
  });
});

Deno.test("a directory that appears late is read when it is there", async () => {
  await withDirectory(async (directory) => {
    const late = `${directory.path}/late`;
    await using following = new Following([late], { rescan: 3_600_000 });
    await waitUntil("it is reported", () => following.problems.length === 1);
    assertEquals(following.problems, [
      `${late}: cannot be read: there is no such directory; what runs of it is left alone`,
    ]);
    Deno.mkdirSync(late);
    await waitUntil("it is seen", () => following.problems.length === 0);
    Deno.writeTextFileSync(`${late}/web.yaml`, spec());
    await following.wants("web=busybox");
  });
});

Deno.test("a directory that appears late with all above it is found by the full look", async () => {
  await withDirectory(async (directory) => {
    await using following = new Following([`${directory.path}/a/b/c`], { rescan: 200 });
    await waitUntil("it is reported", () => following.problems.length === 1);
    directory.write("a/b/c/web.yaml", spec());
    await following.wants("web=busybox");
  });
});

Deno.test("a directory that is replaced as a whole is followed from then on", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    await using following = noticing(directory);
    await following.wants("web=busybox");
    const next = `${directory.path}.next`;
    Deno.mkdirSync(next);
    Deno.writeTextFileSync(`${next}/web.yaml`, spec({ image: "replaced" }));
    Deno.renameSync(directory.path, `${directory.path}.old`);
    Deno.renameSync(next, directory.path);
    await following.wants("web=replaced");
    directory.replace("web.yaml", spec({ image: "edited" }));
    await following.wants("web=edited");
    Deno.writeTextFileSync(`${directory.path}.old/web.yaml`, spec({ image: "stale" }));
    await following.rests();
    assertEquals(following.pods, "web=edited");
  });
});

Deno.test("a directory that is a link to another one is followed where the link leads", async () => {
  await withDirectory(async (directory) => {
    const link = `${directory.path}/current`;
    directory.write("one/web.yaml", spec({ image: "one" }));
    directory.write("two/web.yaml", spec({ image: "two" }));
    Deno.symlinkSync("one", link);
    await using following = new Following([link], { rescan: 3_600_000 });
    await following.wants("web=one");
    Deno.symlinkSync("two", `${link}.new`);
    Deno.renameSync(`${link}.new`, link);
    await following.wants("web=two");
    directory.replace("two/web.yaml", spec({ image: "edited" }));
    await following.wants("web=edited");
  });
});

Deno.test("a directory that vanishes takes nothing with it, and what it holds when it is back counts", async () => {
  await withDirectory(async (directory) => {
    for (let index = 0; index < 6; index++) directory.write(`p${index}.yaml`, spec());
    const all = "p0=busybox p1=busybox p2=busybox p3=busybox p4=busybox p5=busybox";
    await using following = noticing(directory);
    await following.wants(all);
    Deno.renameSync(directory.path, `${directory.path}.away`);
    await waitUntil(
      "it is reported",
      () => following.problems[0]?.includes("there is no such directory") === true,
    );
    Deno.writeTextFileSync(directory.path, "a file in its place");
    await waitUntil("that is reported", () => following.problems[0]?.includes("is no directory") === true);
    assertEquals(following.pods, all);
    Deno.removeSync(directory.path);
    Deno.removeSync(`${directory.path}.away/p0.yaml`);
    Deno.renameSync(`${directory.path}.away`, directory.path);
    await following.wants(all.slice("p0=busybox ".length));
    assertEquals(following.problems, []);
  });
});

Deno.test("the swap of ..data as Kubernetes does it is noticed, and stops nothing", async () => {
  await withDirectory(async (directory) => {
    const publish = (version: string, image: string) => {
      directory.write(`..${version}/web.yaml`, spec({ image }));
      directory.write(`..${version}/api.yaml`, spec());
      Deno.symlinkSync(`..${version}`, `${directory.path}/..data_tmp`);
      Deno.renameSync(`${directory.path}/..data_tmp`, `${directory.path}/..data`);
    };
    publish("2026_1", "one");
    for (const name of ["web.yaml", "api.yaml"]) {
      Deno.symlinkSync(`..data/${name}`, `${directory.path}/${name}`);
    }
    await using following = noticing(directory);
    await following.wants("api=busybox web=one");
    for (let version = 2; version < 8; version++) {
      const api = following.looks.at(-1)?.wanted.pods.get("api")?.pod;
      publish(`2026_${version}`, `image${version}`);
      Deno.removeSync(`${directory.path}/..2026_${version - 1}`, { recursive: true });
      await following.wants(`api=busybox web=image${version}`);
      assertEquals(following.looks.at(-1)?.wanted.pods.get("api")?.pod === api, true);
    }
    assertEquals(following.looks.slice(1).every(({ wanted }) => wanted.pods.size === 2), true);
    assertEquals(following.problems, []);
  });
});

Deno.test("how editors save never stops a pod, nor leaves a leftover running", async () => {
  await withDirectory(async (directory) => {
    const { path } = directory;
    directory.write("web.yaml", spec({ image: "v0" }));
    await using following = noticing(directory);
    await following.wants("web=v0");
    const saves: ((text: string) => void)[] = [
      // In place.
      (text) => Deno.writeTextFileSync(`${path}/web.yaml`, text),
      // Beside, and renamed over it.
      (text) => directory.replace("web.yaml", text),
      // The old one is moved away first, and a new one is written.
      (text) => {
        Deno.writeTextFileSync(`${path}/.web.yaml.swp`, "swap");
        Deno.renameSync(`${path}/web.yaml`, `${path}/web.yaml~`);
        Deno.writeTextFileSync(`${path}/web.yaml`, text);
        Deno.removeSync(`${path}/.web.yaml.swp`);
      },
      // With a lock that dangles, and a copy of the work.
      (text) => {
        Deno.symlinkSync("me@host.1:2", `${path}/.#web.yaml`);
        Deno.writeTextFileSync(`${path}/#web.yaml#`, "half");
        Deno.writeTextFileSync(`${path}/web.yaml`, text);
        Deno.removeSync(`${path}/.#web.yaml`);
        Deno.removeSync(`${path}/#web.yaml#`);
      },
    ];
    let number = 0;
    for (const save of [...saves, ...saves]) {
      save(spec({ image: `v${++number}` }));
      await following.wants(`web=v${number}`);
    }
    assertEquals(following.looks.every(({ wanted }) => wanted.pods.has("web")), true);
    assertEquals(following.problems, []);
  });
});
