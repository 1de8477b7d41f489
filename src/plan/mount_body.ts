import type { Container, Mount } from "../pod/model.ts";
import type { EngineBody } from "./step.ts";

/** What the mounts of a container take from the place it is given. */
export interface MountPlacement {
  /** Names on the engine by key of the spec. */
  readonly volumeNames: ReadonlyMap<string, string>;
  /** Volumes that hold copied files, by the directory they are mounted on. */
  readonly filesVolumes: readonly { readonly name: string; readonly target: string }[];
}

/**
 * `Binds`, `Mounts` and `Tmpfs` of a container. Plain volumes and binds go to `Binds`, because only there does the
 * Engine make a missing source directory; what that short form cannot say goes to `Mounts`, as Docker Compose does.
 */
export function mountBodies(container: Container, placement: MountPlacement): EngineBody {
  const binds = new Map<string, string>();
  const mounts = new Map<string, EngineBody>();
  for (const mount of container.mounts) {
    const source = mount.type === "volume" && mount.source !== undefined
      ? placement.volumeNames.get(mount.source) ?? mount.source
      : mount.source;
    // A target that is named twice: the last one wins, whichever form it has.
    binds.delete(mount.target);
    mounts.delete(mount.target);
    if (fitsBind(mount)) binds.set(mount.target, bindText(mount, source ?? ""));
    else mounts.set(mount.target, mountBody(mount, source));
  }
  for (const volume of placement.filesVolumes) {
    mounts.set(volume.target, { Type: "volume", Source: volume.name, Target: volume.target });
  }
  for (const file of container.files) {
    if (file.content.kind !== "file") continue;
    mounts.set(file.target, {
      Type: "bind",
      Source: file.content.path,
      Target: file.target,
      ReadOnly: true,
      BindOptions: {},
    });
  }
  const tmpfs = Object.fromEntries(
    container.temporaryFilesystems.map(({ target, options }) => [target, options]),
  );
  return {
    Binds: binds.size === 0 ? undefined : [...binds.values()],
    Mounts: mounts.size === 0 ? undefined : [...mounts.values()],
    Tmpfs: Object.keys(tmpfs).length === 0 ? undefined : tmpfs,
  };
}

function fitsBind(mount: Mount): boolean {
  if (mount.type === "bind") {
    const bind = mount.bind;
    return bind === undefined ||
      (bind.createHostPath && bind.propagation === undefined && bind.recursive === undefined);
  }
  if (mount.type === "volume" && mount.source !== undefined) {
    const volume = mount.volume;
    return volume === undefined ||
      (!volume.noCopy && volume.subpath === undefined && Object.keys(volume.labels).length === 0);
  }
  return false;
}

function bindText(mount: Mount, source: string): string {
  const options = [mount.readOnly ? "ro" : "rw"];
  if (mount.bind?.selinux !== undefined) options.push(mount.bind.selinux);
  if (mount.bind?.propagation !== undefined) options.push(mount.bind.propagation);
  return `${source}:${mount.target}:${options.join(",")}`;
}

function mountBody(mount: Mount, source: string | undefined): EngineBody {
  const common: EngineBody = {
    Type: mount.type,
    Source: source,
    Target: mount.target,
    ReadOnly: mount.readOnly || undefined,
    Consistency: mount.consistency,
  };
  switch (mount.type) {
    case "bind": {
      const recursive = mount.bind?.recursive;
      return {
        ...common,
        BindOptions: {
          Propagation: mount.bind?.propagation,
          CreateMountpoint: mount.bind?.createHostPath || undefined,
          NonRecursive: recursive === "disabled" || undefined,
          ReadOnlyNonRecursive: recursive === "writable" || undefined,
          ReadOnlyForceRecursive: recursive === "readonly" || undefined,
        },
      };
    }
    case "volume":
      return {
        ...common,
        VolumeOptions: {
          NoCopy: mount.volume?.noCopy || undefined,
          Subpath: mount.volume?.subpath,
          Labels: mount.volume === undefined || Object.keys(mount.volume.labels).length === 0
            ? undefined
            : mount.volume.labels,
        },
      };
    case "tmpfs":
      return { ...common, TmpfsOptions: { SizeBytes: mount.tmpfs?.sizeBytes, Mode: mount.tmpfs?.mode } };
    case "image":
      return { ...common, ImageOptions: { Subpath: mount.image?.subpath } };
    case "npipe":
    case "cluster":
      return common;
  }
}
