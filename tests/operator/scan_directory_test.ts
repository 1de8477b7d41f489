import { isLeftover, isSpecName, podNameOfFile, scanDirectory } from "../../src/operator/scan_directory.ts";
import { DirectoryProblem, FilesLook, hostSpecFiles } from "../../src/operator/spec_files.ts";
import { formatProblem } from "../../src/pod/errors.ts";
import { assertEquals } from "../support/assert.ts";
import { spec, type TestDirectory, withDirectory } from "./directory.ts";

function found({ path }: TestDirectory, files = hostSpecFiles): string[] {
  return scanDirectory(path, new FilesLook(files), () => undefined).specs.map(({ key }) =>
    key.slice(path.length + 1)
  );
}

Deno.test("files with the names of specs are specs, everything else is not", () => {
  const names: Record<string, boolean> = {
    "web.yaml": true,
    "web.yml": true,
    "web.json": true,
    "10-web.prod.yaml": true,
    "web~.yaml": true,
    "web.YAML": false,
    "web": false,
    "web.txt": false,
    "README.md": false,
    ".yaml": false,
    ".web.yaml": false,
    ".web.yaml.swp": false,
    "..data": false,
    ".#web.yaml": false,
    "#web.yaml#": false,
    "web.yaml~": false,
    "web.yaml.bak": false,
    "web.yaml.orig": false,
    "web.yaml.swp": false,
    "web.yaml.swo": false,
    "web.yaml.tmp": false,
    "web.yaml.part": false,
    "web.yaml.old": false,
    "web.yaml.rej": false,
    "web.yaml.save": false,
    "web.yaml.rpmsave": false,
    "web.yaml.rpmnew": false,
    "web.yaml.dpkg-old": false,
    "web.yaml.dpkg-new": false,
    "web.yaml.dpkg-dist": false,
    "web.yaml.ucf-dist": false,
    "web.yaml.pacnew": false,
    "web.yaml.disabled": false,
  };
  assertEquals(Object.fromEntries(Object.keys(names).map((name) => [name, isSpecName(name)])), names);
});

Deno.test("the page for users names every end of what is ignored", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/operator.md", import.meta.url));
  const source = Deno.readTextFileSync(new URL("../../src/operator/scan_directory.ts", import.meta.url));
  const ends = [...source.matchAll(/^ {2}"(\.[a-z-]+|~)",$/gm)].map(([, end]) => end ?? "");
  assertEquals(ends.length > 20, true);
  assertEquals(ends.filter((end) => !isLeftover(`x.yaml${end}`) || !page.includes(`\`${end}\``)), []);
});

Deno.test("a pod has the name of its file where nothing else names it", () => {
  assertEquals(["web.yaml", "web.prod.yml", "a.json"].map(podNameOfFile), ["web", "web.prod", "a"]);
});

Deno.test("files and directories of Compose projects are found, sorted", async () => {
  await withDirectory((directory) => {
    for (const name of ["b.yaml", "a.json", "c.yml", "b.yaml~", ".env", "notes.txt"]) {
      directory.write(name, "");
    }
    directory.write("shop/compose.yaml", spec());
    directory.write("shop/other.yaml", spec());
    directory.write("old/docker-compose.yml", spec());
    directory.write("old/deep/compose.yaml", spec());
    directory.write("no-project/readme.txt", "");
    directory.write(".hidden/compose.yaml", spec());
    directory.write("shop.bak/compose.yaml", spec());
    assertEquals(found(directory), ["a.json", "b.yaml", "c.yml", "old", "shop"]);
  });
});

Deno.test("a project in the watched directory itself is one spec", async () => {
  await withDirectory((directory) => {
    for (const name of ["compose.yml", "compose.override.yaml", "docker-compose.yml", "web.yaml"]) {
      directory.write(name, spec());
    }
    assertEquals(found(directory), ["compose.yml", "web.yaml"]);
  });
});

Deno.test("an override without its file is a spec like any other", async () => {
  await withDirectory((directory) => {
    directory.write("compose.override.yaml", spec());
    assertEquals(found(directory), ["compose.override.yaml"]);
  });
});

Deno.test("what only has the name of a spec is found, so that somebody hears of it", async () => {
  await withDirectory((directory) => {
    Deno.mkdirSync(`${directory.path}/directory.yaml`);
    Deno.symlinkSync("/nowhere/at/all.yaml", `${directory.path}/dangling.yaml`);
    Deno.symlinkSync("loop.yaml", `${directory.path}/loop.yaml`);
    assertEquals(found(directory), ["dangling.yaml", "directory.yaml", "loop.yaml"]);
  });
});

Deno.test("links to files and to projects are followed", async () => {
  await withDirectory((directory) => {
    directory.write("../elsewhere/web.yaml", spec());
    directory.write("../elsewhere/shop/compose.yaml", spec());
    Deno.symlinkSync("../elsewhere/web.yaml", `${directory.path}/linked.yaml`);
    Deno.symlinkSync("../elsewhere/shop", `${directory.path}/shop`);
    Deno.symlinkSync(".", `${directory.path}/itself`);
    assertEquals(found(directory), ["linked.yaml", "shop"]);
  });
});

Deno.test("a directory as Kubernetes mounts it has each spec once", async () => {
  await withDirectory((directory) => {
    directory.write("..2026_01/web.yaml", spec());
    Deno.symlinkSync("..2026_01", `${directory.path}/..data`);
    Deno.symlinkSync("..data/web.yaml", `${directory.path}/web.yaml`);
    assertEquals(found(directory), ["web.yaml"]);
  });
});

Deno.test("a directory that is missing, or is a file, is not readable, and the problem says why", async () => {
  await withDirectory((directory) => {
    directory.write("file", "");
    const problemOf = (path: string) => {
      const scan = scanDirectory(path, new FilesLook(hostSpecFiles), () => undefined);
      return `${scan.readable} ${scan.problems.map(formatProblem).join()}`.replace(directory.path, "D");
    };
    assertEquals(
      problemOf(`${directory.path}/none`),
      "false D/none: cannot be read: there is no such directory; what runs of it is left alone",
    );
    assertEquals(
      problemOf(`${directory.path}/file`),
      "false D/file: cannot be read: is no directory; what runs of it is left alone",
    );
  });
});

Deno.test("a sub-directory that may not be read leaves open whether it is a project", async () => {
  await withDirectory((directory) => {
    directory.write("shop/compose.yaml", spec());
    directory.write("web.yaml", spec());
    const files = {
      ...hostSpecFiles,
      list(path: string): readonly string[] {
        if (path.endsWith("/shop")) throw new DirectoryProblem("may not be read");
        return hostSpecFiles.list(path);
      },
    };
    const scan = scanDirectory(directory.path, new FilesLook(files), () => undefined);
    assertEquals(scan.unclear.map(({ key }) => key), [`${directory.path}/shop`]);
    assertEquals(found(directory, files), ["web.yaml"]);
  });
});

Deno.test("a scan looks at each file once and reads none", async () => {
  await withDirectory((directory) => {
    for (let index = 0; index < 20; index++) directory.write(`${index}.yaml`, spec());
    const looked: string[] = [];
    const files = {
      ...hostSpecFiles,
      stat(path: string) {
        looked.push(path);
        return hostSpecFiles.stat(path);
      },
      readText(path: string): string {
        throw new Error(`${path} is read`);
      },
    };
    scanDirectory(directory.path, new FilesLook(files), (key) => [
      { path: key, counts: "content" },
      { path: `${directory.path}/.env`, counts: "presence" },
    ]);
    // With the directory itself, for its file system.
    assertEquals([looked.length, new Set(looked).size], [21, 21]);
  });
});
