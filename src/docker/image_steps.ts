import type { Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import { referenceSegments } from "./connection.ts";
import type { ApplyContext } from "./engine.ts";
import { refusedByEngine } from "./engine_error.ts";
import { isObject, objectOf, textOf } from "./json.ts";
import { pauseImageArchive } from "./pause_image.ts";
import { readJsonLines } from "./json_lines.ts";
import { TimeBounds } from "./time_bounds.ts";

/** Loads the pause image that is built into this program. No registry is asked. */
export async function loadPauseImage(
  step: Step<"load-pause-image">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  await loadPauseImageAs(step.image, tools, context);
}

/** As the step, under a name: for a container whose image another pod's removal took away at the last moment. */
export async function loadPauseImageAs(
  image: string,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const call = `load the pause image ${image}`;
  const archive = await pauseImageArchive(image, tools.facts.architecture);
  const stop = new AbortController();
  const chunks = await tools.connection.stream({
    method: "POST",
    path: "/images/load",
    query: { quiet: true },
    archive,
    headers: { "Content-Type": "application/x-tar" },
    call,
    bound: TimeBounds.load,
    signal: AbortSignal.any([stop.signal, context.signal]),
  });
  try {
    // The status is 200 before the archive has been looked at: whether it worked stands in the stream.
    for await (const line of readJsonLines(chunks)) {
      const said = isObject(line) ? textOf(line.error) : "";
      if (said !== "") throw refusedByEngine(call, 500, said);
    }
  } finally {
    stop.abort();
  }
}

/** Removes an image; one that is gone or still used is left as it is. */
export async function removeImage(
  step: Step<"remove-image">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const answer = await tools.connection.request({
    method: "DELETE",
    path: `/images/${referenceSegments(step.image)}`,
    call: `remove image ${step.image}`,
    bound: TimeBounds.remove,
    accept: [404, 409],
    signal: context.signal,
  });
  if (answer.status === 409) {
    context.onWarning?.(step, `image ${step.image} is kept: ${textOf(objectOf(answer.body).message)}`);
  }
}
