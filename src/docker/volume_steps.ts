import { Label } from "../pod/labels.ts";
import type { Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import { segment } from "./connection.ts";
import type { ApplyContext } from "./engine.ts";
import { refusedByEngine } from "./engine_error.ts";
import { objectOf, textOf, textsOf } from "./json.ts";
import { ownerOf } from "./ownership.ts";
import { fillIds } from "./references.ts";
import { settle } from "./settle.ts";
import { TimeBounds } from "./time_bounds.ts";

/** How long a container that is just going away may still hold its volume, in milliseconds. */
const inUseBound = 5_000;

/**
 * Creates a volume. The engine answers with the volume that is there when the name is taken; that data is used, and
 * a warning says whose it is when it is not this pod's.
 */
export async function createVolume(
  step: Step<"create-volume">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const body = fillIds(step.body, context.ids);
  const answer = await tools.connection.request({
    method: "POST",
    path: "/volumes/create",
    body,
    call: `create volume ${step.name}`,
    bound: TimeBounds.create,
    signal: context.signal,
  });
  const have = textsOf(objectOf(answer.body).Labels);
  if (have[Label.pod] !== textsOf(body.Labels)[Label.pod]) {
    context.onWarning?.(
      step,
      `volume ${step.name} was there already and belongs to ${ownerOf(have)}: it is used as it is`,
    );
  }
}

/** Removes a volume; one that is gone is fine. */
export async function removeVolume(
  step: Step<"remove-volume">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const call = `remove volume ${step.name}`;
  let said = "";
  await settle(
    tools.connection.clock,
    context.signal,
    async () => {
      const answer = await tools.connection.request({
        method: "DELETE",
        path: `/volumes/${segment(step.name)}`,
        call,
        bound: TimeBounds.remove,
        accept: [404, 409],
        signal: context.signal,
      });
      said = textOf(objectOf(answer.body).message);
      return answer.status !== 409;
    },
    () => refusedByEngine(call, 409, said),
    inUseBound,
  );
}
