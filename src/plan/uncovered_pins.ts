import type { Pod } from "../pod/model.ts";
import { type CoveredImages, fullImageName } from "./covered_images.ts";

/**
 * Takes from pods what is not to be pinned: an image that an archive has is known by what it is, and no registry is
 * asked which one is meant by its tag.
 */
export class UncoveredPins {
  #last: { readonly pod: Pod; readonly names: string; readonly uncovered: Pod } | undefined;

  /** @returns the same object for the same pod and archives; the pod itself where nothing of it is pinned and covered */
  of(pod: Pod, covered: CoveredImages | undefined): Pod {
    const isCovered = (image: string) => covered?.images.has(fullImageName(image) ?? "") === true;
    const names = pod.containers.flatMap(({ pins = [] }) => pins.filter(isCovered)).join(" ");
    if (names === "") return pod;
    if (this.#last?.pod === pod && this.#last.names === names) return this.#last.uncovered;
    const uncovered = {
      ...pod,
      containers: pod.containers.map((container) => {
        const { pins, ...rest } = container;
        const left = pins?.filter((image) => !isCovered(image)) ?? [];
        return left.length === 0 ? rest : { ...rest, pins: left };
      }),
    };
    this.#last = { pod, names, uncovered };
    return uncovered;
  }
}
