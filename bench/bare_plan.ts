import { pauseImageArchive } from "../src/docker/pause_image.ts";
import { denoFiles } from "../src/compose/deno_files.ts";
import { loadCompose } from "../src/compose/load.ts";
import { podOf } from "../src/compose/pod.ts";
import { pauseImageName } from "../src/pod/names.ts";
import { place } from "../src/plan/place.ts";

/** Writes what `bare_calls.ts` sends: the request bodies of the pod that mesolet would make of a Compose file. */
export async function writeBarePlan(file: string, directory: string): Promise<string> {
  const { project } = await loadCompose({
    files: [file],
    environment: {},
    workingDirectory: directory,
    access: denoFiles,
  });
  const { pod } = podOf({ project, readFile: () => undefined });
  const engine = {
    kind: "docker",
    apiVersion: "1.41",
    serverVersion: "",
    operatingSystem: "linux",
    architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
    cgroupVersion: 1,
    cgroupDriver: "cgroupfs",
    local: true,
    rootless: false,
  } as const;
  const { placed } = place(pod, { engine, environment: [], cgroups: { usable: true } }, {
    supervision: "engine",
    version: "bench",
  });
  const [pause, ...containers] = placed.containers;
  const pauseArchive = `${directory}/pause.tar`;
  await Deno.writeFile(pauseArchive, await pauseImageArchive(pauseImageName, engine.architecture));
  const plan = `${directory}/bare.json`;
  await Deno.writeTextFile(
    plan,
    JSON.stringify({ network: placed.networks[0]?.body, pauseArchive, pause, containers }),
  );
  return plan;
}
