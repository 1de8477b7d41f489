import { digestIn, type Digests, nameOf, parseDigests, pinnedContainer, pinnedSpecOf } from "../pod/pins.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { isOfSameSchema } from "../pod/hash.ts";
import { formatImageReference, parseImageReference } from "../pod/image_reference.ts";
import { Label } from "../pod/labels.ts";
import type { Container, Pod } from "../pod/model.ts";
import type { Engine } from "../docker/engine.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { UpOptions } from "../plan/plan_options.ts";
import type { DigestSource } from "../registry/digest_source.ts";
import { RegistryError } from "../registry/registry_error.ts";

/** The images of a pod are not known by digest. */
export class PinError extends MesoletError {
  override readonly name = "PinError";
}

/** What pinning works with. */
export interface PinnerOptions {
  readonly registry: DigestSource;
  readonly engine: Pick<Engine, "observe">;
  /** Digests that somebody else has found out for this very pod: they go before what a registry says now. */
  readonly known?: Digests;
}

/** Puts digests in place of tags, for one pod over its life. */
export interface PodPinner {
  /**
   * The pod by digests. A digest that was found for the spec of a container holds as long as that says the same: it is
   * read from the labels of the containers that are there. No registry is asked for it, whether its tag has moved or the
   * registry is down.
   *
   * @param containers of the pod, as they are now
   * @param pull what was asked for on the command line: `always` finds all digests anew, `never` takes those that the
   * engine has its own images from
   * @returns the same object for the same pod and digests; the pod itself where there is nothing to pin
   * @throws {PinError} when a digest cannot be found out
   */
  pin(
    pod: Pod,
    containers: readonly ObservedContainer[],
    pull: UpOptions["pull"],
    signal: AbortSignal,
  ): Promise<Pod>;
}

/** Makes the pinner of one pod. */
export function makePodPinner(options: PinnerOptions): PodPinner {
  return new Pinner(options);
}

/** Whether anything of a pod is to run by digest that its spec has none for. */
export function hasPins(pod: Pod): boolean {
  return pod.containers.some(({ pins }) => pins !== undefined);
}

class Pinner implements PodPinner {
  readonly #options: PinnerOptions;
  /** What was found out by this pinner, by container, its spec and image: so that it holds when the container is gone. */
  readonly #found = new Map<string, string>();
  #last: { readonly pod: Pod; readonly digests: string; readonly pinned: Pod } | undefined;

  constructor(options: PinnerOptions) {
    this.#options = options;
  }

  async pin(
    pod: Pod,
    containers: readonly ObservedContainer[],
    pull: UpOptions["pull"],
    signal: AbortSignal,
  ): Promise<Pod> {
    if (!hasPins(pod)) return pod;
    const digests = await Promise.all(
      pod.containers.map((container) => this.#digestsOf(container, pod, containers, pull, signal)),
    );
    const text = JSON.stringify(digests.map((each) => [...each]));
    if (this.#last?.pod === pod && this.#last.digests === text) return this.#last.pinned;
    const pinned = {
      ...pod,
      containers: pod.containers.map((container, index) =>
        pinnedContainer(container, digests[index] ?? new Map(), pod.source.directory)
      ),
    };
    this.#last = { pod, digests: text, pinned };
    return pinned;
  }

  async #digestsOf(
    container: Container,
    pod: Pod,
    containers: readonly ObservedContainer[],
    pull: UpOptions["pull"],
    signal: AbortSignal,
  ): Promise<Digests> {
    const { pins = [] } = container;
    if (pins.length === 0) return new Map();
    const spec = pinnedSpecOf(container, pod.source.directory);
    const remembered = pull === "always" ? new Map() : rememberedDigests(container.name, spec, containers);
    return new Map(
      await Promise.all(pins.map(async (image) => {
        const key = JSON.stringify([container.name, spec, image]);
        const digest = this.#found.get(key) ?? remembered.get(image) ??
          await this.#find(image, container, pull, signal);
        this.#found.set(key, digest);
        return [image, digest] as const;
      })),
    );
  }

  async #find(
    image: string,
    container: Container,
    pull: UpOptions["pull"],
    signal: AbortSignal,
  ): Promise<string> {
    const told = this.#options.known?.get(image);
    if (told !== undefined) return told;
    if ((pull ?? container.pull.kind) === "never") return await this.#ofEngine(image, signal);
    try {
      return await this.#options.registry.digestOf(image, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MesoletError)) throw error;
      const advice = error instanceof RegistryError && error.failure === "not-found"
        ? "; an image that is only on this host has none: push it, or leave its service out of x-pod.pin"
        : "";
      throw new PinError(error.message + advice, error.exitCode, { cause: error });
    }
  }

  /** Nothing is to be pulled: then it is the digest by which the image that is there once came. */
  async #ofEngine(image: string, signal: AbortSignal): Promise<string> {
    const needs = {
      images: [image],
      networks: [],
      volumes: [],
      labelled: false,
      externalContainers: [],
      restartPolicies: [],
    };
    const observed = await this.#options.engine.observe({ pod: "", containers: [], needs }, signal);
    const there = observed.images.get(image) ?? null;
    const digest = there?.digests?.find((known) => isSameRepository(known, image));
    const found = digest === undefined ? undefined : digestIn(digest);
    if (found !== undefined) return found;
    throw new PinError(
      there === null
        ? `Cannot pin ${image}: it is not there, and pulling is off (pull policy never): load it first`
        : `Cannot pin ${image}: it did not come from a registry, so it has no digest, and pulling is off (pull policy ` +
          "never): leave its service out of x-pod.pin",
      ExitCode.unavailable,
    );
  }
}

/** What the labels of a container's replicas say, where they were made for this spec. */
function rememberedDigests(
  name: string,
  spec: string,
  containers: readonly ObservedContainer[],
): Map<string, string> {
  const own = containers.filter(({ labels }) =>
    labels[Label.container] === name && labels[Label.role] !== "pause"
  );
  // The newest one last: should there be two, it is what was wanted last.
  return new Map(
    own.sort((one, other) => one.created - other.created).flatMap(({ labels }) => {
      const of = labels[Label.pinnedSpec];
      // A spec by another schema of hashes says nothing: an upgrade of mesolet moves no tag.
      if (of === undefined || (of !== spec && isOfSameSchema(of, spec))) return [];
      return [...parseDigests(labels[Label.digests])];
    }),
  );
}

function isSameRepository(one: string, other: string): boolean {
  const repository = (image: string) => {
    const { registry, repository } = parseImageReference(nameOf(image));
    return formatImageReference({ registry, repository });
  };
  return repository(one) === repository(other);
}
