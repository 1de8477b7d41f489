import type { Engine } from "../docker/engine.ts";
import type { Container, Pod, Port } from "../pod/model.ts";

/**
 * Puts the ports that images EXPOSE in place of those that nobody knows (`Port.ofImage`): the first such port of a
 * container gets the lowest that its image exposes by TCP, and so on. What an image that is not there exposes, or one
 * that exposes fewer, leaves the number that is published.
 *
 * What was learned of an image holds as long as its pod is kept, so that a lost image moves no port.
 */
export class ImagePorts {
  readonly #exposed = new Map<string, readonly number[]>();
  #last: { readonly pod: Pod; readonly known: string; readonly resolved: Pod } | undefined;

  constructor(readonly engine: Pick<Engine, "observe">) {}

  /** The same object for the same pod and images; the pod itself where all of its ports are known. */
  async resolve(pod: Pod, signal: AbortSignal): Promise<Pod> {
    const open = pod.containers.filter(({ ports }) => ports.some(({ ofImage }) => ofImage === true));
    if (open.length === 0) return pod;
    const isMapped = pod.network.mode !== "host" && pod.network.mode !== "none";
    if (isMapped) await this.#learn(open.map(({ image }) => image), signal);
    const known = JSON.stringify([...this.#exposed]);
    if (this.#last?.pod !== pod || this.#last.known !== known) {
      const containers = pod.containers.map((container) =>
        open.includes(container) ? this.#withPorts(container, isMapped) : container
      );
      this.#last = { pod, known, resolved: { ...pod, containers } };
    }
    return this.#last.resolved;
  }

  async #learn(images: readonly string[], signal: AbortSignal): Promise<void> {
    const needs = {
      images,
      networks: [],
      volumes: [],
      labelled: false,
      externalContainers: [],
      restartPolicies: [],
    };
    const { images: found } = await this.engine.observe({ pod: "", containers: [], needs }, signal);
    for (const [image, there] of found) if (there !== null) this.#exposed.set(image, there.exposed ?? []);
  }

  #withPorts(container: Container, isMapped: boolean): Container {
    const exposed = isMapped ? [...this.#exposed.get(container.image) ?? []] : [];
    return {
      ...container,
      ports: container.ports.map(({ ofImage, ...port }): Port =>
        ofImage === true ? { ...port, target: exposed.shift() ?? port.target } : port
      ),
    };
  }
}
