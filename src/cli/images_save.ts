import { resolve } from "node:path/posix";
import type { Engine, ImageLoader } from "../docker/engine.ts";
import { saveBundle } from "../images/save_bundle.ts";
import { imagesOf } from "../pod/pins.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { formatImageReference, parseImageReference } from "../pod/image_reference.ts";
import type { Pod } from "../pod/model.ts";
import { warningLine } from "./error_report.ts";
import { withEngine } from "./engine_session.ts";
import { counted, formatBytes } from "./human.ts";
import type { ImagesInvocation } from "./images.ts";
import { hostOf, PodSession } from "./pod_session.ts";
import type { PodSpec } from "./pod_spec.ts";
import { planPull } from "./pull_plan.ts";
import { waitEngineOf } from "./wait_engine_flag.ts";

const endings = { none: "images.tar", gzip: "images.tar.gz", zstd: "images.tar.zst" } as const;

/** `mesolet images save`: one archive with all images of specs. */
export async function saveImages(invocation: ImagesInvocation, files: readonly string[]): Promise<number> {
  const { globals, values, context } = invocation;
  const { out, error, errorStyle, workingDirectory, interrupts } = context;
  const packing = values.pack ?? "none";
  const directory = resolve(workingDirectory, values.output ?? "images");
  const wait = waitEngineOf(values.waitEngine);
  // Each file is a spec of its own.
  const sessions = (files.length === 0 ? [globals.file] : files.map((file) => [file]))
    .map((file) => new PodSession({ ...globals, file }, context));
  const specs: { readonly session: PodSession; readonly spec: PodSpec }[] = [];
  for (const session of sessions) specs.push({ session, spec: await session.load() });
  return await withEngine(globals, context, async (engine) => {
    const signal = interrupts.graceful;
    if (values.pull !== undefined && values.pull !== "never") {
      for (const { session, spec } of specs) {
        const code = await pullImages(session, spec, engine, values.pull, invocation);
        if (code !== ExitCode.ok) return code;
      }
    }
    const names = await idsOfNames(specs.map(({ spec }) => spec.pod), engine, signal);
    for (const name of [...names.values()].flat().filter((name) => name.includes("@"))) {
      const text =
        `${name} is saved without its name: an archive gives no name with a digest; name it by a tag alone`;
      error.write(`${warningLine(text, errorStyle)}\n`);
    }
    const path = `${directory}/${endings[packing]}`;
    await makeDirectory(directory);
    const references = [...names.values()].map(([first = ""]) => first);
    const archive = await engine.images.save(references, signal);
    const saved = await saveBundle({ names, archive, path, packing, signal });
    if (values.format === "json") {
      const images = saved.images.map(({ references, variant: { id } }) => ({ names: references, id }));
      const { layers, layerBytes, size } = saved;
      out.write(`${JSON.stringify({ archive: path, size, layers, layerBytes, images }, null, 2)}\n`);
    } else if (!globals.quiet) {
      out.write(
        `${path}: ${counted(saved.images.length, "image")}, ${counted(saved.layers, "layer")} of ` +
          `${formatBytes(saved.layerBytes)}, ${formatBytes(saved.size)} in all\n`,
      );
    }
    return ExitCode.ok;
  }, wait);
}

async function pullImages(
  session: PodSession,
  spec: PodSpec,
  engine: Engine & ImageLoader,
  policy: "always" | "missing",
  { context }: ImagesInvocation,
): Promise<number> {
  const placed = await session.place(spec, await hostOf(engine, context), {
    supervision: "engine",
    scale: [],
  });
  const request = { services: [], withDependencies: true, policy, optional: false };
  const images = imageNamesOf(spec.pod);
  const needs = {
    images,
    networks: [],
    volumes: [],
    labelled: false,
    externalContainers: [],
    restartPolicies: [],
  };
  const present = (await engine.observe({ pod: placed.name, containers: [], needs })).images;
  const plan = planPull(placed, request, present);
  if (plan.steps.length === 0) return ExitCode.ok;
  const result = await session.carryOut(
    `Pulling images of pod ${placed.name}`,
    { plan, containers: [] },
    engine,
  );
  return result.outcome === "succeeded" ? ExitCode.ok : result.failures[0]?.exitCode ?? ExitCode.failed;
}

function imageNamesOf(pod: Pod): string[] {
  return [...new Set(pod.containers.flatMap(imagesOf))].sort();
}

/**
 * The ids of all images of pods, each with its names in full.
 *
 * @throws {MesoletError} when the engine does not have all of them
 */
async function idsOfNames(
  pods: readonly Pod[],
  engine: ImageLoader,
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  const missing: string[] = [];
  for (const image of new Set(pods.flatMap(imageNamesOf))) {
    const id = await engine.images.idOf(image, signal);
    if (id === undefined) missing.push(image);
    else {
      const name = formatImageReference(parseImageReference(image));
      names.set(id, [...new Set([...names.get(id) ?? [], name])]);
    }
  }
  if (missing.length === 0 && names.size > 0) return names;
  throw new MesoletError(
    missing.length === 0
      ? "Cannot save images: the spec has none"
      : `Cannot save images: the engine does not have ${
        missing.join(", ")
      }; give --pull missing, or build or load them`,
    ExitCode.unavailable,
  );
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new MesoletError(`Cannot write into ${directory}: ${messageOf(error)}`, ExitCode.cannotCreate, {
      cause: error,
    });
  }
}
