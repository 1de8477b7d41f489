import type { Problem } from "../pod/errors.ts";
import { isOfSameSchema } from "../pod/hash.ts";
import { Label } from "../pod/labels.ts";
import type { Pod } from "../pod/model.ts";
import type { Engine } from "../docker/engine.ts";
import type { CoveredImages } from "../plan/covered_images.ts";
import { planDown } from "../plan/down.ts";
import { hookBody } from "../plan/hook_body.ts";
import type { Host } from "../plan/host.ts";
import { planStop } from "../plan/lifecycle.ts";
import { needsForDown, needsForUp } from "../plan/needs.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import { place } from "../plan/place.ts";
import type { PlacedPod } from "../plan/placed.ts";
import { defaultUpOptions, type UpOptions } from "../plan/plan_options.ts";
import type { Plan, Step } from "../plan/step.ts";
import { UncoveredPins } from "../plan/uncovered_pins.ts";
import { planUp } from "../plan/up.ts";
import { ImagePorts } from "./image_ports.ts";
import type { PodPinner } from "./pod_pinner.ts";
import type { Clock } from "../pod/clock.ts";

export interface BringUpRequest {
  readonly pod: Pod;
  readonly containers: readonly ObservedContainer[];
  /** Images that have just been pulled. */
  readonly pulled: ReadonlySet<string>;
  /** Paths of archives that have just been loaded, or could not be. Absent: none. */
  readonly triedArchives?: ReadonlySet<string>;
  /**
   * The pod was brought up as wanted before, and something of it was lost: what is there is kept as it is, even when
   * a tag has moved since or a registry cannot be reached.
   */
  readonly restore: boolean;
}

/** Makes the plans that a supervisor walks. It may look things up on the engine; it changes nothing. */
export interface PodPlanner {
  /** A plan that brings a pod from what is there to what is wanted. */
  bringUp(request: BringUpRequest, signal: AbortSignal): Promise<Plan>;
  /** A plan that stops a pod's containers, dependents first, and removes all of the pod if asked to. */
  takeDown(
    request: {
      readonly pod: Pod;
      readonly containers: readonly ObservedContainer[];
      readonly remove: boolean;
      /** With `remove`: the pod's volumes as well. */
      readonly volumes?: boolean;
      readonly graceSeconds?: number;
    },
    signal: AbortSignal,
  ): Promise<Plan>;
  /** A plan that starts one container again which has ended, with its hooks. Makes no call. */
  startAgain(
    request: {
      readonly pod: Pod;
      readonly container: {
        readonly name: string;
        readonly number: number;
        readonly containerName: string;
        readonly id: string;
      };
    },
  ): Plan;
}

/**
 * The planner for pods on an engine.
 *
 * @param options.up what a person asked for on the command line: it holds until the pod is as asked for; after an
 * edit, without the wish to replace what did not change.
 */
export function makePodPlanner(
  options: {
    readonly engine: Pick<Engine, "facts" | "observe">;
    readonly host: Host;
    readonly clock: Clock;
    /** Version of mesolet, for the labels. */
    readonly version: string;
    readonly up?: Partial<UpOptions>;
    /** Puts digests in place of tags. Absent: images run as the spec names them. */
    readonly pinner?: PodPinner;
    /** What archives beside the spec have. Absent: no archives are looked for. */
    readonly archives?: (pod: Pod) => Promise<CoveredImages>;
    /** A pod that was placed already on this host, for the same supervision. */
    readonly placed?: { readonly pod: Pod; readonly placed: PlacedPod };
    /** Is told what a pod cannot have on this host, once for each pod that is placed here. */
    readonly onWarnings?: (warnings: readonly Problem[]) => void;
  },
): PodPlanner {
  const { engine, host } = options;
  let asked: UpOptions = { ...defaultUpOptions, ...options.up };
  let first: Pod | undefined;
  let last = options.placed;
  let covered: CoveredImages | undefined;
  const uncoveredPins = new UncoveredPins();
  const imagePorts = new ImagePorts(engine);
  /** Of containers with a hash of another schema: what the spec said when they were found, so that an edit is seen. */
  const takenHashes = new Map<string, string>();
  const placed = (pod: Pod): PlacedPod => {
    // A pod is never changed: the same one has the same place.
    if (last?.pod !== pod) {
      const { placed, problems } = place(pod, host, { supervision: "mesolet", version: options.version });
      last = { pod, placed };
      if (problems.length > 0) options.onWarnings?.(problems);
    }
    return last.placed;
  };
  return {
    async bringUp({ pod, containers, pulled, triedArchives, restore }, signal) {
      first ??= pod;
      if (restore || pod !== first) asked = withoutOnce(asked);
      // What was loaded may be removed by now.
      if (pulled.size === 0 && triedArchives === undefined) covered = await options.archives?.(pod);
      const uncovered = uncoveredPins.of(pod, covered);
      const byDigest = await options.pinner?.pin(uncovered, containers, asked.pull, signal) ?? uncovered;
      const pinned = await imagePorts.resolve(byDigest, signal);
      const up: UpOptions = {
        ...asked,
        takenHashes,
        ...(covered === undefined ? {} : { covered }),
        ...(triedArchives === undefined ? {} : { triedArchives }),
        now: options.clock.now(),
        pulled: restore ? new Set([...pulled, ...imagesInUse(pinned, containers)]) : pulled,
        ...(restore ? { recreate: "never" } : {}),
      };
      const wanted = placed(pinned);
      takeHashes(wanted, containers, takenHashes);
      const needs = needsForUp(wanted, containers, engine.facts, up);
      const observed = await engine.observe({ pod: pod.name, containers, needs }, signal);
      return planUp(wanted, observed, up);
    },
    async takeDown({ pod, containers, remove, volumes = false, graceSeconds }, signal) {
      const spec = placed(pod);
      const grace = graceSeconds === undefined ? {} : { graceSeconds };
      if (!remove) return planStop({ pod: pod.name, containers, spec, ...grace });
      const observed = await engine.observe(
        { pod: pod.name, containers, needs: needsForDown(pod.name, containers, engine.facts) },
        signal,
      );
      return planDown(pod.name, observed, { volumes, ...grace }, spec);
    },
    startAgain({ pod, container }) {
      const hooks = pod.containers.find(({ name }) => name === container.name)?.hooks.postStart ?? [];
      const base = {
        container: { name: container.name, number: container.number },
        target: { name: container.containerName, id: container.id },
      };
      const start = `start ${container.containerName}`;
      const steps: Step[] = [{
        ...base,
        kind: "start-container",
        id: start,
        cause: "its restart policy",
        after: [],
        again: true,
      }];
      hooks.forEach((hook, index) =>
        steps.push({
          ...base,
          kind: "run-hook",
          id: `hook ${container.containerName} post_start ${index + 1}`,
          cause: "the spec has a post_start hook",
          after: [steps.at(-1)?.id ?? start],
          hook: "post_start",
          body: hookBody(hook, { networking: pod.network, supervision: "mesolet" }),
        })
      );
      return { pod: pod.name, steps, warnings: [] };
    },
  };
}

/** Takes containers that were made by another schema of hashes to be as the first spec says that they were found beside. */
function takeHashes(
  wanted: PlacedPod,
  containers: readonly ObservedContainer[],
  taken: Map<string, string>,
): void {
  const byName = new Map(wanted.containers.map(({ name, hash }) => [name, hash]));
  for (const { id, name, labels } of containers) {
    const hash = byName.get(name);
    const own = labels[Label.hash];
    if (hash === undefined || own === undefined || taken.has(id) || isOfSameSchema(own, hash)) continue;
    taken.set(id, hash);
  }
  const there = new Set(containers.map(({ id }) => id));
  for (const id of taken.keys()) if (!there.has(id)) taken.delete(id);
}

function withoutOnce(asked: UpOptions): UpOptions {
  const { pull: _, ...rest } = asked;
  return {
    ...rest,
    recreate: asked.recreate === "always" ? "changed" : asked.recreate,
    renewAnonymousVolumes: false,
  };
}

/** Images of which every container is there: nothing has to be made from them. */
function imagesInUse(pod: Pod, containers: readonly ObservedContainer[]): string[] {
  const count = (name: string) => containers.filter(({ labels }) => labels[Label.container] === name).length;
  const lacking = new Set(
    pod.containers.filter(({ name, replicas }) => count(name) < replicas).map(({ image }) => image),
  );
  return pod.containers.map(({ image }) => image).filter((image) => !lacking.has(image));
}
