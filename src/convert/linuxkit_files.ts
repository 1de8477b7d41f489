/** The files and volumes of a pod, as LinuxKit has them. */

import type { Container, Mount, Pod } from "../pod/model.ts";
import { loopback, type SharedNamespace } from "../plan/shared_namespace.ts";
import type { ConversionSource, Report } from "./conversion.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a container mounts, and what has to be made before it starts. */
export interface LinuxKitMounts {
  readonly binds: readonly string[];
  readonly tmpfs: readonly string[];
  readonly runtime: Fields | undefined;
}

/** Where volumes are kept when the machine has a disk. */
export const diskMount = "/var/lib/mesolet";

/** What the containers mount, and what the system has to have for it. */
export class LinuxKitFiles {
  readonly #source: ConversionSource;
  readonly #report: Report;
  readonly #hasDisk: boolean;
  readonly #directory: string;
  readonly #hosts: string;
  readonly #files = new Map<string, Fields>();
  readonly #volumes = new Map<string, Fields>();

  constructor(
    source: ConversionSource,
    shared: SharedNamespace,
    options: { readonly hasDisk: boolean },
    report: Report,
  ) {
    this.#source = source;
    this.#report = report;
    this.#hasDisk = options.hasDisk;
    this.#directory = `etc/mesolet/${source.pod.name}`;
    this.#hosts = `/${this.#put("hosts", { contents: hostsText(source.pod, shared, report), mode: "0644" })}`;
  }

  /** Once all containers were asked for. */
  get files(): Fields[] {
    return [...this.#files].map(([path, file]) => ({ path, ...file }));
  }

  get volumes(): Fields[] {
    return [...this.#volumes.values()];
  }

  /** What a container mounts; names and name servers among it. */
  mountsOf(container: Container): LinuxKitMounts {
    const made: string[] = [];
    const tmpfs = container.temporaryFilesystems.map(({ target, options }) =>
      options === "" ? target : `${target}:${options}`
    );
    const binds = ["/etc/resolv.conf:/etc/resolv.conf:ro", `${this.#hosts}:/etc/hosts:ro`];
    container.mounts.forEach((mount, index) => {
      const path = `services.${container.name}.volumes[${index}]`;
      if (mount.type === "tmpfs") {
        const { sizeBytes, mode } = mount.tmpfs ?? {};
        const options = [
          ...(sizeBytes === undefined ? [] : [`size=${sizeBytes}`]),
          ...(mode === undefined ? [] : [`mode=${mode.toString(8)}`]),
        ];
        tmpfs.push(options.length === 0 ? mount.target : `${mount.target}:${options.join(",")}`);
        return;
      }
      const source = this.#sourceOf(container, mount, index, path, made);
      if (source !== undefined) binds.push(bindOf(source, mount));
    });
    for (const file of container.files) {
      const bytes = file.content.kind === "inline"
        ? file.content.bytes
        : this.#source.readFile(file.content.path);
      const contents = bytes === undefined ? undefined : textOf(bytes);
      if (contents === undefined) {
        this.#report.lost(
          `${file.kind}s.${file.source}`,
          "its file is no text, or cannot be read here: LinuxKit takes text alone",
        );
        continue;
      }
      const mode = `0${(file.mode ?? 0o444).toString(8)}`;
      const path = this.#put(`${file.kind}s/${file.source}`, {
        contents,
        mode,
        ...(file.uid === undefined ? {} : { uid: numberOr(file.uid) }),
        ...(file.gid === undefined ? {} : { gid: numberOr(file.gid) }),
      });
      binds.push(`/${path}:${file.target}:ro`);
    }
    return { binds, tmpfs, runtime: made.length === 0 ? undefined : { mkdir: made } };
  }

  /** What stands in front of a bind; undefined where there is nothing to bind. */
  #sourceOf(
    container: Container,
    mount: Mount,
    index: number,
    path: string,
    made: string[],
  ): string | undefined {
    switch (mount.type) {
      case "bind":
        return this.#bindSource(mount, path, made);
      case "volume": {
        if (mount.volume?.subpath !== undefined) {
          this.#report.lost(`${path}.volume.subpath`, "LinuxKit mounts a volume as a whole");
        }
        return this.#volume(mount.source ?? `${container.name}-${index}`, mount.source, made);
      }
      case "image": {
        const name = volumeName(`${container.name}-image-${index}`);
        this.#volumes.set(name, { name, image: mount.source, readonly: mount.readOnly });
        return name;
      }
      default:
        this.#report.lost(path, `LinuxKit has no mounts of type ${mount.type}`);
        return undefined;
    }
  }

  /** What lies beside the spec goes into the system; other paths are those of the machine. */
  #bindSource({ source = "", bind }: Mount, path: string, made: string[]): string | undefined {
    const directory = this.#source.project.workingDirectory;
    if (source.startsWith(`${directory}/`)) {
      const relative = source.slice(directory.length + 1);
      if (this.#source.readFile(source) === undefined) {
        this.#report.lost(
          path,
          `${relative} is no file that can be read here: LinuxKit takes files one by one`,
        );
        return undefined;
      }
      return `/${this.#put(`files/${relative}`, { source, mode: "0644" })}`;
    }
    if (bind?.createHostPath === true && /^\/(?:var|run|tmp)\//.test(source)) made.push(source);
    return source;
  }

  #volume(key: string, named: string | undefined, made: string[]): string {
    const name = volumeName(key);
    if (this.#hasDisk && named !== undefined) {
      const directory = `${diskMount}/volumes/${name}`;
      made.push(directory);
      return directory;
    }
    if (named !== undefined) {
      this.#report.lost(`volumes.${named}`, "it lasts until the machine stops: --disk keeps it");
    }
    this.#volumes.set(name, { name });
    return name;
  }

  #put(name: string, file: Fields): string {
    const path = `${this.#directory}/${name}`;
    this.#files.set(path, file);
    return path;
  }
}

/** Names of the pod's containers resolve to loopback: their network is the machine's. */
function hostsText({ containers }: Pod, { pause }: SharedNamespace, report: Report): string {
  for (const { name, extraHosts } of containers) {
    if (!extraHosts.some(({ addresses }) => addresses.includes("host-gateway"))) continue;
    report.lost(`services.${name}.extra_hosts`, "there is no host around the machine to name");
  }
  const lines = pause.extraHosts.flatMap(({ name, addresses }) =>
    addresses.filter((address) => address !== "host-gateway").map((address) => `${address} ${name}`)
  );
  return [`${loopback} localhost`, "::1 localhost", ...lines].map((line) => `${line}\n`).join("");
}

function bindOf(source: string, { target, readOnly, bind }: Mount): string {
  const options = [
    ...(readOnly ? ["ro"] : []),
    ...(bind?.propagation === undefined || bind.propagation === "" ? [] : [bind.propagation]),
  ];
  return [source, target, ...(options.length === 0 ? [] : [options.join(",")])].join(":");
}

/** Lower-case letters, digits, `-` and `_` (LinuxKit, docs/yaml.md). */
function volumeName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-");
}

function numberOr(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}
