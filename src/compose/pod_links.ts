import type { Link, VolumesFrom } from "../pod/model.ts";
import type { ComposeService } from "./model.ts";

/** `service[:alias]` links. */
export function linksOf(service: ComposeService): Link[] {
  return (service.links ?? []).map((text) => {
    const [container = "", alias] = text.split(":");
    return { container, alias: alias ?? container };
  });
}

/** `service[:mode]` and `container:name[:mode]`. */
export function volumesFromOf(service: ComposeService): VolumesFrom[] {
  return (service.volumes_from ?? []).map((text) => {
    const parts = text.split(":");
    const external = parts[0] === "container" && parts.length > 1;
    const name = (external ? parts[1] : parts[0]) ?? "";
    const mode = external ? parts[2] : parts[1];
    return { from: external ? { external: name } : { container: name }, readOnly: mode === "ro" };
  });
}
