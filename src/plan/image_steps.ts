import { pauseImageName } from "../pod/names.ts";
import type { PullPolicy } from "../pod/model.ts";
import { ArchiveSteps } from "./archive_steps.ts";
import type { Decisions } from "./decide.ts";
import type { EngineFacts, Observed, ObservedImage } from "./observed.ts";
import { type WantedImage, withMountedImages } from "./mounted_images.ts";
import type { PlacedPod } from "./placed.ts";
import type { UpOptions } from "./plan_options.ts";
import type { StepList } from "./step_list.ts";

/** Adds what is needed to have all images, and says which cannot be had. Nothing is made before they are there. */
export function imageSteps(
  placed: PlacedPod,
  observed: Observed,
  options: UpOptions,
  decisions: Decisions,
  steps: StepList,
  reasons: string[],
): void {
  const made = new Set(
    withMountedImages(decisions.wanted.flatMap(({ action, wanted }) => action === "keep" ? [] : [wanted]))
      .map(({ image }) => image),
  );
  const archives = new ArchiveSteps(observed, options);
  for (const container of wantedImages(withMountedImages(placed.containers))) {
    const { image, platform } = container;
    const existing = observed.images.get(image) ?? null;
    if (image === pauseImageName) {
      // A pause container that runs needs its image no more.
      if (existing === null && made.has(image)) {
        const cause = "the built-in image of the pause container is not there";
        steps.add({ id: `load ${image}`, kind: "load-pause-image", cause, after: [], image });
      }
      continue;
    }
    if (archives.takes(container, existing, made.has(image))) continue;
    const usable = existing !== null && fitsPlatform(existing, platform, observed.engine) ? existing : null;
    if (container.imageIsBuilt) {
      if (usable === null && made.has(image)) {
        reasons.push(
          `${container.container} has no image but a build, and mesolet builds none: name an \`image:\`, or build ` +
            `${image} on this host before`,
        );
      }
      continue;
    }
    const policy = effectivePolicy(container.pull, options);
    const cause = pullCause(policy, usable, image, platform, options);
    // What was just pulled for a platform is for it, whatever an engine that emulates says of it.
    if (cause === undefined || options.pulled.has(image)) continue;
    if (policy.kind === "never") {
      // What runs, runs on: only making it anew needs the image.
      if (made.has(image)) {
        reasons.push(
          `the image ${image} is not there, and pulling is off (pull policy never): load it first`,
        );
      }
      continue;
    }
    if (usable === null && !made.has(image) && policy.kind !== "always") continue;
    const pull = platform === undefined ? { image } : { image, platform };
    const id = platform === undefined ? `pull ${image}` : `pull ${image} for ${platform}`;
    steps.add({ id, kind: "pull-image", cause, after: [], ...pull });
  }
  archives.addTo(steps);
}

/**
 * Every image once for each platform it is wanted for, with the most eager pull policy of those who want it: what one
 * container asks for is not lost because another one is content.
 */
function wantedImages(containers: readonly WantedImage[]): WantedImage[] {
  const wanted = new Map<string, WantedImage>();
  for (const container of containers) {
    const key = `${container.image} ${container.platform ?? ""}`;
    const known = wanted.get(key);
    if (known === undefined) wanted.set(key, container);
    else {
      const pull = eagerness(container.pull) > eagerness(known.pull) ? container.pull : known.pull;
      wanted.set(key, { ...known, pull, imageIsBuilt: known.imageIsBuilt && container.imageIsBuilt });
    }
  }
  return [...wanted.values()];
}

/** Of two intervals the shorter one is the more eager. */
function eagerness(policy: PullPolicy): number {
  if (policy.kind === "interval") return 3 + 1 / (1 + policy.milliseconds);
  return { never: 0, unset: 1, missing: 2, always: 5 }[policy.kind];
}

function effectivePolicy(policy: PullPolicy, options: UpOptions): PullPolicy {
  return options.pull === undefined ? policy : { kind: options.pull };
}

function pullCause(
  policy: PullPolicy,
  existing: ObservedImage | null,
  image: string,
  platform: string | undefined,
  options: UpOptions,
): string | undefined {
  // A digest never moves: what is there is what a registry has.
  if (existing !== null && isDigest(image)) return undefined;
  if (policy.kind === "always") return "its pull policy is always";
  if (existing === null) {
    return platform === undefined ? "it is not there" : `it is not there for ${platform}`;
  }
  if (policy.kind !== "interval") return undefined;
  const { lastTagged } = existing;
  if (lastTagged === undefined) return "the engine does not say when it was pulled last";
  return options.now - lastTagged >= policy.milliseconds
    ? "it was pulled too long ago for its pull policy"
    : undefined;
}

function isDigest(image: string): boolean {
  return image.includes("@sha256:");
}

/** Whether a local image is for the platform `os[/architecture[/variant]]` that the spec asks for. */
export function fitsPlatform(
  image: ObservedImage,
  platform: string | undefined,
  engine: EngineFacts,
): boolean {
  if (platform === undefined) return true;
  const [system = "", architecture, variant] = platform.toLowerCase().split("/");
  const wantedSystem = architecture === undefined && isArchitecture(system) ? engine.operatingSystem : system;
  const wantedArchitecture = architecture ?? (isArchitecture(system) ? system : undefined);
  if (image.operatingSystem.toLowerCase() !== wantedSystem) return false;
  if (
    wantedArchitecture !== undefined &&
    normalArchitecture(wantedArchitecture) !== normalArchitecture(image.architecture)
  ) {
    return false;
  }
  return variant === undefined || image.variant === undefined || image.variant === "" ||
    image.variant === variant;
}

function isArchitecture(word: string): boolean {
  return ["amd64", "arm64", "arm", "386", "x86_64", "aarch64", "ppc64le", "s390x", "riscv64"].includes(word);
}

function normalArchitecture(name: string): string {
  return { x86_64: "amd64", aarch64: "arm64", i386: "386" }[name.toLowerCase()] ?? name.toLowerCase();
}
