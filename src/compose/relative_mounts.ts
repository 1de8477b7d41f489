import { loadCompose } from "./load.ts";
import type { ComposeProject } from "./model.ts";
import type { ComposeRequest } from "./request.ts";
import { SpecPlace } from "./travelling_place.ts";

/** Bind mounts of a project by what they are written as. */
export interface RelativeMounts {
  has(service: string, target: string): boolean;
}

/** No mount. */
export const noMounts: RelativeMounts = { has: () => false };

/**
 * The bind mounts whose source is written as a path from the spec or from home (`../page`, `~/page`), and that is outside
 * the directory of the spec: there are no such paths on another host. A project has only what they come to, so it is
 * loaded once more without that step where any mount may be one; of included files that is not known.
 */
export async function relativeMountsOutside(
  project: ComposeProject,
  request: ComposeRequest,
): Promise<RelativeMounts> {
  const place = new SpecPlace(project.workingDirectory, false);
  const isOutside = Object.values(project.services).some(({ volumes = [] }) =>
    volumes.some(({ type, source }) =>
      type === "bind" && source !== undefined && place.relative(source) === undefined
    )
  );
  if (!isOutside) return noMounts;
  const skip = { pathResolution: true, environmentResolution: true, consistency: true };
  const written = (await loadCompose({ ...request, skip })).project;
  return {
    has: (service, target) =>
      (written.services[service]?.volumes ?? []).some((mount) =>
        mount.type === "bind" && mount.target === target && mount.source !== undefined &&
        (mount.source.startsWith("~") ||
          (!mount.source.startsWith("/") && place.relative(mount.source) === undefined))
      ),
  };
}
