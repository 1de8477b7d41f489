import type { ObservedImage } from "../plan/observed.ts";
import type { PlacedPod } from "../plan/placed.ts";
import { withMountedImages } from "../plan/mounted_images.ts";
import { restrict } from "../plan/restrict.ts";
import type { Plan, Step } from "../plan/step.ts";
import { pauseImageName } from "../pod/names.ts";

/** What `mesolet pull` was asked for. */
export interface PullRequest {
  readonly services: readonly string[];
  readonly withDependencies: boolean;
  readonly policy: "always" | "missing";
  /** A pull that fails is a warning. */
  readonly optional: boolean;
}

/** The images of a pod that a registry can have: not the built-in one, not built ones, not those never pulled. */
export function pullableImages(
  placed: PlacedPod,
  request: PullRequest,
): { readonly image: string; readonly platform?: string }[] {
  const chosen = restrict(placed, { only: request.services, withoutDependencies: !request.withDependencies });
  const images = new Map<string, { readonly image: string; readonly platform?: string }>();
  for (const { image, platform, imageIsBuilt, pull } of withMountedImages(chosen.containers)) {
    if (image === pauseImageName || imageIsBuilt || pull.kind === "never") continue;
    images.set(`${image} ${platform ?? ""}`, { image, ...(platform === undefined ? {} : { platform }) });
  }
  return [...images.values()].sort((left, right) => left.image < right.image ? -1 : 1);
}

/** One step for each image. `present`: what the engine holds, needed for the policy `missing`. */
export function planPull(
  placed: PlacedPod,
  request: PullRequest,
  present: ReadonlyMap<string, ObservedImage | null>,
): Plan {
  const steps = pullableImages(placed, request)
    .filter(({ image }) => request.policy === "always" || (present.get(image) ?? null) === null)
    .map((pull): Step<"pull-image"> => ({
      id: `pull ${pull.image}${pull.platform === undefined ? "" : ` for ${pull.platform}`}`,
      kind: "pull-image",
      cause: request.policy === "always" ? "it was asked to be pulled" : "it is not there",
      after: [],
      ...(request.optional ? { optional: true } : {}),
      ...pull,
    }));
  return { pod: placed.name, steps, warnings: [] };
}
