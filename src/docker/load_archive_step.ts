import { MesoletError, messageOf } from "../pod/errors.ts";
import type { Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import type { ApplyContext } from "./engine.ts";
import { EngineError } from "./engine_error.ts";

/** Verifies an archive and loads what is wanted of it; removes it after that where the step says so. */
export async function loadArchiveOfStep(
  step: Step<"load-images">,
  { images }: Pick<StepTools, "images">,
  context: ApplyContext,
): Promise<void> {
  const { archive, title, within, remove } = step;
  // Few pods come from archives: nothing of them is loaded for the others.
  const [{ loadArchive }, { openArchive }] = await Promise.all([
    import("../images/load_archive.ts"),
    import("../images/open_archive.ts"),
  ]);
  await images.seats.hold(context.signal, async () => {
    try {
      using file = await openArchive(archive, within);
      await loadArchive(file, {
        title,
        // What goes is to be on the engine as a whole.
        wanted: remove ? undefined : new Set(step.images),
        store: images,
        signal: context.signal,
        onProgress: (bytesDone, bytesTotal) =>
          context.onProgress?.(step, {
            layersDone: 0,
            layersTotal: 0,
            bytesDone,
            bytesTotal,
            text: "verifying",
          }),
      });
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof EngineError) throw error;
      // Another pod of the same bundle was first.
      if (remove && error instanceof Deno.errors.NotFound) return;
      throw new MesoletError(
        `Cannot load ${title}: ${messageOf(error)}`,
        error instanceof MesoletError ? error.exitCode : 66,
        { cause: error },
      );
    }
    if (remove) await removeArchive(step, context);
  });
}

async function removeArchive(step: Step<"load-images">, context: ApplyContext): Promise<void> {
  try {
    await Deno.remove(step.archive);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    context.onWarning?.(step, `${step.title} is loaded, and cannot be removed: ${messageOf(error)}`);
  }
}
