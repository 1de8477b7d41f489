import { SpecDirectories, type SpecsLook } from "../../src/operator/spec_directories.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { timeStampGrain } from "../../src/operator/spec_version.ts";
import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { spec, type TestDirectory, withDirectory } from "./directory.ts";

/** Looks until a look is the very one before it. */
async function settle(directories: SpecDirectories): Promise<SpecsLook> {
  let last = await directories.look();
  for (let look = 0; look < 20; look++) {
    const next = await directories.look();
    if (next === last) return next;
    last = next;
  }
  throw new Error("twenty looks, and each worked something out anew");
}

function lookerAt(directory: TestDirectory): SpecDirectories {
  return new SpecDirectories({
    directories: [directory.path],
    environment: {},
    // Long after the files were written: what is newer may have to be read again.
    clock: { ...systemClock, now: () => Date.now() + 60_000 },
  });
}

const changes: Record<string, (directory: TestDirectory) => void> = {
  "a file in place of another": (directory) => directory.replace("web.yaml", spec({ image: "edited" })),
  "other text of the same length": (directory) => directory.write("web.yaml", spec({ image: "busybux" })),
  "another mode": ({ path }) => Deno.chmodSync(`${path}/web.yaml`, 0o600),
  "a new file": (directory) => directory.write("api.yaml", spec()),
  "a file that goes": ({ path }) => Deno.removeSync(`${path}/web.yaml`),
  "a new project": (directory) => directory.write("blog/compose.yaml", spec()),
  "a file of a project": (directory) => directory.write("shop/.env", "NAME=shop"),
  "an override of a project": (directory) =>
    directory.write("shop/compose.override.yaml", spec({ image: "x" })),
  "a file that a spec includes": (directory) =>
    directory.write("../part.txt", "services: {part: {image: y}}"),
  "a link that leads elsewhere": ({ path }) => {
    Deno.symlinkSync("../other.txt", `${path}/next`);
    Deno.renameSync(`${path}/next`, `${path}/linked.yaml`);
  },
  "the target of a link": (directory) => directory.write("../target.txt", spec({ image: "target2" })),
  "a directory in place of a file": ({ path }) => {
    Deno.removeSync(`${path}/web.yaml`);
    Deno.mkdirSync(`${path}/web.yaml`);
  },
  "another directory in its place": ({ path }) => {
    Deno.renameSync(path, `${path}.old`);
    Deno.mkdirSync(path);
  },
  "no directory at all": ({ path }) => Deno.renameSync(path, `${path}.old`),
};

for (const [change, make] of Object.entries(changes)) {
  Deno.test(`a look is the one before it until something changes: ${change}`, async () => {
    await withDirectory(async (directory) => {
      directory.write("web.yaml", spec());
      directory.write("../part.txt", "services: {part: {image: one}}");
      directory.write("../target.txt", spec({ image: "target" }));
      directory.write("../other.txt", spec({ image: "other" }));
      directory.write("shop/compose.yaml", `include: [../../part.txt]\n${spec()}`);
      Deno.symlinkSync("../target.txt", `${directory.path}/linked.yaml`);
      const directories = lookerAt(directory);
      const written = Date.now();
      const before = await settle(directories);
      await waitUntil("time stamps are others", () => Date.now() > written + 2 * timeStampGrain);
      make(directory);
      assertEquals(await directories.look() === before, false);
    });
  });
}

Deno.test("a look that could not see everything is never taken for the next one", async () => {
  await withDirectory(async (directory) => {
    Deno.removeSync(directory.path);
    const directories = lookerAt(directory);
    assertEquals(await directories.look() === await directories.look(), false);
    Deno.mkdirSync(directory.path);
    directory.write("web.yaml", spec());
    assertEquals([...(await directories.look()).wanted.pods.keys()], ["web"]);
  });
});
