/** Prints by how many bytes the memory in use grows for each edit, in a directory of a thousand specs. */
import { SpecDirectories } from "../../src/operator/spec_directories.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { spec, withDirectory } from "./directory.ts";

const edits = 100;

function memoryInUse(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("run it with --v8-flags=--expose-gc");
  for (let round = 0; round < 3; round++) gc();
  return Deno.memoryUsage().heapUsed;
}

await withDirectory(async (directory) => {
  for (let index = 0; index < 1_000; index++) directory.write(`${index}.yaml`, spec({ name: `pod${index}` }));
  const directories = new SpecDirectories({
    directories: [directory.path],
    environment: {},
    clock: { ...systemClock, now: () => Date.now() + 60_000 },
  });
  await directories.look();
  const before = memoryInUse();
  for (let index = 0; index < edits; index++) {
    directory.replace(`${index}.yaml`, spec({ name: `pod${index}`, image: "edited" }));
    await directories.look();
  }
  const grown = (memoryInUse() - before) / edits;
  Deno.stdout.writeSync(new TextEncoder().encode(`${Math.round(grown)}\n`));
});
