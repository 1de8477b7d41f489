import type { ComposeProject, ComposeService } from "../compose/model.ts";
import type { Pod } from "../pod/model.ts";
import { type Digests, imageByDigest } from "../pod/pins.ts";

/**
 * The project with its images as they are to run, for a system that knows neither binders nor `x-pod.pin`: by digest
 * where one is given, else as the pod has them.
 *
 * @param digests by image, for those in `Container.pins`
 */
export function withBoundImages(project: ComposeProject, pod: Pod, digests: Digests): ComposeProject {
  const services = Object.entries(project.services).map(([name, service]) => {
    const container = pod.containers.find((one) => one.name === name);
    if (container === undefined) return [name, service] as const;
    const pins = new Set(container.pins);
    const bound = (image: string) => {
      const digest = pins.has(image) ? digests.get(image) : undefined;
      return digest === undefined ? image : imageByDigest(image, digest);
    };
    const { volumes } = service;
    const result: ComposeService = {
      ...service,
      image: bound(container.image),
      ...(volumes === undefined ? {} : {
        volumes: volumes.map((mount) =>
          mount.type === "image" && mount.source !== undefined
            ? { ...mount, source: bound(mount.source) }
            : mount
        ),
      }),
    };
    return [name, result] as const;
  });
  return { ...project, services: Object.fromEntries(services) };
}
