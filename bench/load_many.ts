import { denoFiles } from "../src/compose/deno_files.ts";
import { loadCompose } from "../src/compose/load.ts";
import { podOf } from "../src/compose/pod.ts";
import { smallSpec } from "./specs.ts";

/** Loads so many small Compose files from disk, to pods, in this process; the first ten warm up and are not counted. */
export async function loadMany(
  files: number,
): Promise<{ readonly files: number; readonly bytes: number; readonly milliseconds: number }> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-bench-load-" });
  try {
    const warmUp = 10;
    for (let index = 0; index < files + warmUp; index++) {
      await Deno.writeTextFile(`${directory}/${index}.yaml`, smallSpec(index));
    }
    let start = performance.now();
    for (let index = 0; index < files + warmUp; index++) {
      if (index === warmUp) start = performance.now();
      const { project } = await loadCompose({
        files: [`${directory}/${index}.yaml`],
        environment: {},
        workingDirectory: directory,
        access: denoFiles,
      });
      podOf({ project, readFile: () => undefined });
    }
    return { files, bytes: smallSpec(0).length, milliseconds: performance.now() - start };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
