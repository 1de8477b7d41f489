import { scanDirectory } from "../../src/operator/scan_directory.ts";
import { FilesLook, hostSpecFiles } from "../../src/operator/spec_files.ts";
import type { SpecPart } from "../../src/operator/spec_version.ts";
import { WatchTargets } from "../../src/operator/watch_target.ts";
import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { spec, type TestDirectory, withDirectory } from "./directory.ts";

function targetOf({ path }: TestDirectory, parts: readonly SpecPart[] = []) {
  const look = new FilesLook(hostSpecFiles);
  const scan = scanDirectory(path, look, () => undefined);
  return new WatchTargets(hostSpecFiles).target([scan], [parts], look);
}

Deno.test("watched are the directory, the one above, those in it, and those of all files of specs", async () => {
  await withDirectory((directory) => {
    const { path } = directory;
    directory.write("shop/compose.yaml", spec());
    directory.write("shop/deep/deeper/x", "");
    directory.write("not-yet/x", "");
    directory.write(".hidden/x", "");
    directory.write("../shared/real.env", "");
    directory.write("../links/x", "");
    Deno.symlinkSync("../shared/real.env", `${path}/../links/linked.env`);
    const root = path.slice(0, path.lastIndexOf("/"));
    const { directories } = targetOf(directory, [
      { path: `${path}/shop/compose.yaml`, counts: "content" },
      { path: `${root}/links/linked.env`, counts: "content", target: `${root}/shared/real.env` },
      { path: `${root}/nowhere/x.env`, counts: "presence" },
    ]);
    assertEquals(
      [...directories.keys()].map((each) => each.slice(root.length)).sort(),
      ["", "/links", "/pods", "/pods/not-yet", "/pods/shop", "/shared"],
    );
  });
});

Deno.test("only changes that may be those of a spec count", async () => {
  await withDirectory((directory) => {
    const { path } = directory;
    directory.write("shop/compose.yaml", spec());
    directory.write("../shared/part.txt", "");
    const root = path.slice(0, path.lastIndexOf("/"));
    const { concerns } = targetOf(directory, [
      { path: `${root}/shared/part.txt`, counts: "content" },
      { path: `${path}/.env`, counts: "presence" },
    ]);
    const table: Record<string, boolean> = {
      "/pods": true,
      "/pods/web.yaml": true,
      "/pods/new-directory": true,
      "/pods/..data": true,
      "/pods/.env": true,
      "/pods/.web.yaml.swp": false,
      "/pods/web.yaml~": false,
      "/pods/shop": true,
      "/pods/shop/compose.yaml": true,
      "/pods/shop/compose.override.yml": true,
      "/pods/shop/docker-compose.yml": true,
      "/pods/shop/.env": true,
      "/pods/shop/app.log": false,
      "/shared/part.txt": true,
      "/shared/other.txt": false,
      "/elsewhere": false,
    };
    assertEquals(
      Object.fromEntries(Object.keys(table).map((each) => [each, concerns(`${root}${each}`)])),
      table,
    );
  });
});

Deno.test("a directory that takes another one's place has another identity", async () => {
  await withDirectory((directory) => {
    const before = targetOf(directory).directories.get(directory.path);
    Deno.renameSync(directory.path, `${directory.path}.old`);
    Deno.mkdirSync(directory.path);
    const after = targetOf(directory).directories.get(directory.path);
    assertEquals([before === undefined, before === after], [false, false]);
  });
});

Deno.test("a directory that is made anew is another one, though it may have the number of the one before", async () => {
  await withDirectory(async (directory) => {
    const seen = new Set<string | undefined>();
    for (let round = 0; round < 5; round++) {
      seen.add(targetOf(directory).directories.get(directory.path));
      Deno.removeSync(directory.path, { recursive: true });
      // Times of birth are told in milliseconds.
      const before = Date.now();
      await waitUntil("the next milliseconds", () => Date.now() > before + 10);
      Deno.mkdirSync(directory.path);
    }
    assertEquals(seen.size, 5);
  });
});
