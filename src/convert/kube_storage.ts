/** The files and volumes of a pod, as Kubernetes has them. */

import type { Container, Mount, Pod, ProjectedFile, TemporaryFilesystem } from "../pod/model.ts";
import { parseBytes } from "../compose/units.ts";
import { present } from "../pod/present.ts";
import type { ConversionSource, Report } from "./conversion.ts";
import { fileKey, kubeName } from "./kube_names.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What the containers of a pod mount, and the objects that stand beside it. */
export class KubeStorage {
  readonly #source: ConversionSource;
  readonly #size: string;
  readonly #report: Report;
  readonly #volumes = new Map<string, Fields>();
  readonly #objects = new Map<string, Fields>();

  /** @param size what each volume asks for */
  constructor(source: ConversionSource, size: string, report: Report) {
    this.#source = source;
    this.#size = size;
    this.#report = report;
  }

  /** The volumes of the pod, once all containers were asked for. */
  get volumes(): Fields[] {
    return [...this.#volumes].map(([name, volume]) => ({ name, ...volume }));
  }

  /** Claims, ConfigMaps and Secrets. */
  get objects(): Fields[] {
    return [...this.#objects.values()];
  }

  /** The `volumeMounts` of a container. */
  mountsOf(container: Container): Fields[] {
    const path = `services.${container.name}`;
    return [
      ...container.mounts.flatMap((mount, index) => this.#mount(container, mount, `${path}.volumes`, index)),
      ...container.temporaryFilesystems.map((each, index) => this.#tmpfs(container, each, index)),
      ...container.files.flatMap((file) => this.#file(file, path)),
    ];
  }

  #mount(container: Container, mount: Mount, path: string, index: number): Fields[] {
    const { target: mountPath, readOnly } = mount;
    const common = (name: string, more: Fields = {}) => [{
      name,
      mountPath,
      ...(readOnly ? { readOnly: true } : {}),
      ...more,
    }];
    switch (mount.type) {
      case "bind":
        return common(this.#hostPath(mount, `${path}[${index}]`), propagationOf(mount, path, this.#report));
      case "volume": {
        const name = mount.source === undefined
          ? this.#put(`${container.name}-volume-${index}`, { emptyDir: {} })
          : this.#claim(this.#source.pod, mount.source);
        const subPath = mount.volume?.subpath;
        return common(name, subPath === undefined ? {} : { subPath });
      }
      case "tmpfs": {
        if (mount.tmpfs?.mode !== undefined) {
          this.#report.lost(
            `${path}[${index}].tmpfs.mode`,
            "Kubernetes makes such a directory with mode 0777",
          );
        }
        return common(this.#put(`${container.name}-tmpfs-${index}`, inMemory(mount.tmpfs?.sizeBytes)));
      }
      case "image": {
        const subPath = mount.image?.subpath;
        const image = { image: { reference: mount.source } };
        return common(
          this.#put(`${container.name}-image-${index}`, image),
          subPath === undefined ? {} : { subPath },
        );
      }
      case "npipe":
      case "cluster":
        this.#report.lost(`${path}[${index}]`, `Kubernetes has no mounts of type ${mount.type}`);
        return [];
    }
  }

  #hostPath({ source = "", bind }: Mount, path: string): string {
    if (bind?.selinux !== undefined) {
      this.#report.lost(`${path}.bind.selinux`, "Kubernetes relabels no path of a host");
    }
    if (bind?.recursive !== undefined) {
      this.#report.lost(`${path}.bind.recursive`, "Kubernetes mounts what is below a path as well");
    }
    if (source.startsWith(`${this.#source.project.workingDirectory}/`)) {
      this.#report.note(path, `${source} has to be on the node that the pod runs on`);
    }
    for (const [name, volume] of this.#volumes) {
      if (isHostPath(volume, source)) return name;
    }
    // A file is taken for what it is: only a missing path has to become a directory.
    const type = bind?.createHostPath === true && this.#isDirectory(source)
      ? { type: "DirectoryOrCreate" }
      : {};
    return this.#put(`host-${kubeName(source).slice(0, 40)}`, { hostPath: { path: source, ...type } });
  }

  /** What can be read as a file is none. */
  #isDirectory(path: string): boolean {
    return this.#source.readFile(path) === undefined && !/\.\w+$/.test(path);
  }

  #claim({ volumes, name: pod }: Pod, key: string): string {
    const volume = volumes.find((one) => one.key === key);
    const isOwn = volume?.external !== true;
    const claimName = kubeName(
      volume?.name === undefined || volume.name === "" ? `${pod}-${key}` : volume.name,
    );
    if (isOwn) {
      this.#objects.set(`PersistentVolumeClaim/${claimName}`, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: claimName },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: this.#size } } },
      });
      this.#report.note(
        `volumes.${key}`,
        `asks for ${this.#size}, as a claim has to: --volume-size says how much`,
      );
    }
    const found = [...this.#volumes].find(([, each]) =>
      JSON.stringify(each) === JSON.stringify({ persistentVolumeClaim: { claimName } })
    );
    return found?.[0] ?? this.#put(key, { persistentVolumeClaim: { claimName } });
  }

  #tmpfs({ name }: Container, { target, options }: TemporaryFilesystem, index: number): Fields {
    let size: number | undefined;
    for (const option of options.split(",").filter((each) => each !== "" && each !== "rw")) {
      const [, text] = /^size=(.+)$/.exec(option) ?? [];
      size = text === undefined || text.endsWith("%") ? size : bytesOf(text);
      if (text === undefined || text.endsWith("%")) {
        this.#report.lost(
          `services.${name}.tmpfs`,
          `${option} of ${target}: Kubernetes takes a size in bytes alone`,
        );
      }
    }
    return { name: this.#put(`${name}-memory-${index}`, inMemory(size)), mountPath: target };
  }

  #file(file: ProjectedFile, path: string): Fields[] {
    const { kind, source, target, mode } = file;
    const field = `${path}.${kind}s`;
    const bytes = file.content.kind === "inline"
      ? file.content.bytes
      : this.#source.readFile(file.content.path);
    if (bytes === undefined) {
      this.#report.lost(`${kind}s.${source}`, "its file cannot be read here, or is a directory");
      return [];
    }
    if (file.uid !== undefined || file.gid !== undefined) {
      this.#report.lost(
        field,
        `uid and gid of ${source}: such a file belongs to root, or to the pod's fsGroup`,
      );
    }
    const key = fileKey(source);
    const object = kubeName(`${this.#source.pod.name}-${source}`);
    const isSecret = kind === "secret";
    this.#objects.set(`${kind}/${object}`, objectOf(isSecret, object, key, bytes));
    const item = { key, path: key, ...present({ mode }) };
    const volume = isSecret
      ? { secret: { secretName: object, items: [item] } }
      : { configMap: { name: object, items: [item] } };
    const wanted = JSON.stringify(volume);
    const found = [...this.#volumes].find(([, each]) => JSON.stringify(each) === wanted)?.[0];
    const name = found ?? this.#put(`${kind}-${source}`, volume);
    return [{ name, mountPath: target, subPath: key, readOnly: true }];
  }

  /** Puts a volume under a name that is free. */
  #put(wanted: string, volume: Fields): string {
    const base = kubeName(wanted);
    let name = base;
    for (let number = 2; this.#volumes.has(name); number++) name = `${base.slice(0, 59)}-${number}`;
    this.#volumes.set(name, volume);
    return name;
  }
}

function objectOf(isSecret: boolean, name: string, key: string, bytes: Uint8Array): Fields {
  const metadata = { name };
  if (isSecret) {
    return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: { [key]: bytes.toBase64() } };
  }
  const text = textOf(bytes);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    ...(text === undefined ? { binaryData: { [key]: bytes.toBase64() } } : { data: { [key]: text } }),
  };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

function inMemory(sizeBytes: number | undefined): Fields {
  const sizeLimit = sizeBytes === undefined || sizeBytes === 0 ? {} : { sizeLimit: String(sizeBytes) };
  return { emptyDir: { medium: "Memory", ...sizeLimit } };
}

function isHostPath(volume: Fields, path: string): boolean {
  const { hostPath } = volume;
  return typeof hostPath === "object" && hostPath !== null && "path" in hostPath && hostPath.path === path;
}

function propagationOf({ bind }: Mount, path: string, report: Report): Fields {
  switch (bind?.propagation) {
    case undefined:
    case "":
    case "rprivate":
    case "private":
      return {};
    case "rshared":
    case "shared":
      return { mountPropagation: "Bidirectional" };
    case "rslave":
    case "slave":
      return { mountPropagation: "HostToContainer" };
    default:
      report.lost(path, `Kubernetes has no propagation ${bind?.propagation}`);
      return {};
  }
}

/** Sizes of mount options, which take letters as Docker's do. */
function bytesOf(text: string): number | undefined {
  try {
    return parseBytes(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}
