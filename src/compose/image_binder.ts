import { imageProblem } from "../pod/image_reference.ts";
import type { ComposeProject, ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";

/** `{{docker.image[NAME][TAG]}}`: the image that the tag stands for when the pod is launched, by its digest. */
const binder = /^\{\{\s*docker\.image\[([^\[\]]*)\]\[([^\[\]]*)\]\s*\}\}$/;

/** The variable that names the registry of binders without one. */
export const binderRegistryVariable = "MESOLET_DOCKER_REGISTRY";

/** A service with plain images for its binders. */
export interface BoundService {
  readonly service: ComposeService;
  /** The images that stand where binders were: they are to run by digest. */
  readonly bound: ReadonlySet<string>;
}

/**
 * Puts images in place of the binders of a service: of `image`, of `pre_start` and of image mounts.
 *
 * Source: Apache Aurora, "Containers": `{{docker.image[name][tag]}}`, and `docker_registry` of a cluster for names.
 *
 * @param registry of names that have none; absent: Docker Hub
 */
export function bindImages(
  path: string,
  service: ComposeService,
  registry: string | undefined,
  problems: ProblemList,
): BoundService {
  const bound = new Set<string>();
  const bind = (image: string, field: string): string => {
    if (!image.includes("{{")) return image;
    const [, name = "", tag = ""] = binder.exec(image.trim()) ?? [];
    const whole = `${withRegistry(name, registry)}:${tag}`;
    const problem = name === "" || tag === "" || name.includes("@") ? "" : imageProblem(whole);
    if (problem !== undefined) {
      problems.error(
        `${path}.${field}`,
        `${
          JSON.stringify(image)
        } is no binder of an image: write "{{docker.image[NAME][TAG]}}" and nothing beside it` +
          (problem === "" ? "" : `; ${problem}`),
      );
      // What is said of it is said.
      return "unbound";
    }
    bound.add(whole);
    return whole;
  };
  if (!hasBinder(service)) return { service, bound };
  const { image, pre_start: hooks, volumes } = service;
  return {
    service: {
      ...service,
      ...(image === undefined ? {} : { image: bind(image, "image") }),
      ...(hooks === undefined ? {} : {
        pre_start: hooks.map((hook, index) =>
          hook.image === undefined ? hook : { ...hook, image: bind(hook.image, `pre_start[${index}].image`) }
        ),
      }),
      ...(volumes === undefined ? {} : {
        volumes: volumes.map((mount, index) =>
          mount.type === "image" && mount.source !== undefined
            ? { ...mount, source: bind(mount.source, `volumes[${index}].source`) }
            : mount
        ),
      }),
    },
    bound,
  };
}

/** Whether any image of the services is a binder. */
export function hasBinders(services: Readonly<Record<string, ComposeService>>): boolean {
  return Object.values(services).some(hasBinder);
}

function hasBinder({ image, pre_start: hooks = [], volumes = [] }: ComposeService): boolean {
  const texts = [image, ...hooks.map((hook) => hook.image), ...volumes.map(({ source }) => source)];
  return texts.some((text) => text?.includes("{{") === true);
}

/** A name whose first part is a registry keeps it. */
function withRegistry(name: string, registry: string | undefined): string {
  const [head = ""] = name.split("/");
  const hasOwn = name.includes("/") && (head === "localhost" || /[.:]/.test(head));
  return registry === undefined || hasOwn ? name : `${registry}/${name}`;
}

/**
 * The registry that binders without one mean: `x-pod.docker_registry`, else the variable. As in Aurora's `clusters.json`
 * it may be a URL; how it is reached is up to the engine.
 */
export function binderRegistryOf(
  { extensions, environment }: Pick<ComposeProject, "extensions" | "environment">,
): string | undefined {
  const extension = extensions["x-pod"];
  const field = typeof extension === "object" && extension !== null && "docker_registry" in extension
    ? extension.docker_registry
    : undefined;
  const text = typeof field === "string" && field !== "" ? field : environment[binderRegistryVariable] ?? "";
  const registry = registryIn(text);
  // Names of Docker Hub are written without it.
  return registry === "" || /^(registry-1\.|index\.)?docker\.io$/.test(registry) ? undefined : registry;
}

/** `https://registry.example.com/` is `registry.example.com`. */
export function registryIn(text: string): string {
  return text.replace(/^https?:\/\//, "").replace(/\/+$/, "");
}
