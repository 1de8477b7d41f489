import type { Mount, TemporaryFilesystem } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { ComposeMount, ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";

/** The `volumes` of a service. */
export function mountsOf(path: string, service: ComposeService, problems: ProblemList): Mount[] {
  return (service.volumes ?? []).map((mount, index) => {
    const where = `${path}.volumes[${index}]`;
    if (mount.type === "npipe" || mount.type === "cluster") {
      problems.warning(
        where,
        `mounts of type ${mount.type} are for other systems than this one: the engine may refuse it`,
      );
    }
    // `v:/data` is read as drive v: of Windows by the specification's grammar.
    const drive = /^([A-Za-z]):[\\/]/.exec(mount.source ?? mount.target);
    if (drive !== null) {
      problems.warning(
        where,
        `a volume name of one letter is taken for a Windows drive: give volume "${drive[1]}" a longer name`,
      );
    }
    return mountOf(mount);
  });
}

function mountOf(mount: ComposeMount): Mount {
  const { bind, volume, tmpfs, image } = mount;
  return present({
    type: mount.type,
    source: mount.source,
    target: mount.target,
    readOnly: mount.read_only ?? false,
    consistency: mount.consistency,
    bind: bind === undefined ? undefined : present({
      propagation: bind.propagation,
      createHostPath: bind.create_host_path ?? true,
      selinux: bind.selinux,
      recursive: bind.recursive,
    }),
    volume: volume === undefined ? undefined : present({
      noCopy: volume.nocopy ?? false,
      subpath: volume.subpath,
      labels: volume.labels ?? {},
    }),
    tmpfs: tmpfs === undefined
      ? undefined
      : present({ sizeBytes: tmpfs.size === undefined ? undefined : Number(tmpfs.size), mode: tmpfs.mode }),
    image: image === undefined ? undefined : present({ subpath: image.subpath }),
  });
}

/** `path[:options]` of `tmpfs`. */
export function temporaryFilesystemsOf(service: ComposeService): TemporaryFilesystem[] {
  return (service.tmpfs ?? []).map((text) => {
    const split = text.indexOf(":");
    return split < 0
      ? { target: text, options: "" }
      : { target: text.slice(0, split), options: text.slice(split + 1) };
  });
}
