import type { Container, Mount, Pod, ProjectedFile, Volume } from "./model.ts";

/**
 * Where a path of the spec is on the engine's host, when the spec was read somewhere else: in a container that sees the
 * directory at another path. Undefined where that is not known.
 */
export type HostPathOf = (path: string) => string | undefined;

/**
 * The pod with the paths of its bind mounts, of its files and of its volumes that are bound to a directory as the
 * engine's host has them; those that are not known stay.
 */
export function withHostPaths(pod: Pod, hostPathOf: HostPathOf): Pod {
  const at = (path: string) => hostPathOf(path) ?? path;
  const mount = (mount: Mount): Mount =>
    mount.type === "bind" && mount.source !== undefined ? { ...mount, source: at(mount.source) } : mount;
  const file = (file: ProjectedFile): ProjectedFile =>
    file.content.kind === "file"
      ? { ...file, content: { ...file.content, path: at(file.content.path) } }
      : file;
  const volume = (volume: Volume): Volume => {
    const device = boundDeviceOf(volume);
    if (device === undefined) return volume;
    return { ...volume, driverOptions: { ...volume.driverOptions, device: at(device) } };
  };
  return {
    ...pod,
    containers: pod.containers.map((container): Container => ({
      ...container,
      mounts: container.mounts.map(mount),
      files: container.files.map(file),
    })),
    volumes: pod.volumes.map(volume),
  };
}

/** The paths of a pod that the engine looks for on its host, each once, in order. */
export function hostPathsOf(pod: Pod): string[] {
  const paths: (string | undefined)[] = [
    ...pod.containers.flatMap(({ mounts, files }) => [
      ...mounts.map(({ type, source }) => type === "bind" ? source : undefined),
      ...files.map(({ content }) => content.kind === "file" ? content.path : undefined),
    ]),
    ...pod.volumes.map(boundDeviceOf),
  ];
  return [...new Set(paths.filter((path) => path !== undefined))].sort();
}

/** `driver_opts: { type: none, o: bind, device: /path }` */
function boundDeviceOf({ driverOptions: { o, device } }: Volume): string | undefined {
  return (o ?? "").split(",").some((option) => option === "bind" || option === "rbind") ? device : undefined;
}
