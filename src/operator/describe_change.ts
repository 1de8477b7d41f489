import { canonicalJson } from "../pod/canonical.ts";
import type { Container, FileContent, Pod } from "../pod/model.ts";
import { sha256 } from "../pod/sha256.ts";

/** What is called by another name than the model's, where it changed. */
const words: { readonly [Field in keyof Container]?: string } = {
  replicas: "number of replicas",
  containerName: "container name",
  workingDirectory: "working directory",
  stdinOpen: "standard input",
  temporaryFilesystems: "tmpfs",
  volumesFrom: "volumes_from",
  storageOptions: "storage options",
  networkNamespace: "network mode",
  ipcNamespace: "ipc mode",
  pidNamespace: "pid mode",
  extraHosts: "extra hosts",
  dependsOn: "dependencies",
  health: "health check",
  restart: "restart policy",
  stop: "stop policy",
  pull: "pull policy",
  pins: "images by digest",
};

/**
 * What of a container differs between two versions of a spec, in words: `image changed a → b, environment changed
 * (DEBUG)`. Values are told where they are no secrets: those of the environment, of files and of commands never are.
 *
 * @returns undefined where nothing differs, or one of the pods does not have it
 */
export function describeChange(name: string, before: Pod, after: Pod): string | undefined {
  const old = before.containers.find((container) => container.name === name);
  const now = after.containers.find((container) => container.name === name);
  if (old === undefined || now === undefined) return undefined;
  const fields = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(isField).sort(imageFirst);
  const changes = fields.flatMap((field) => changeOf(field, old, now) ?? []);
  return changes.length === 0 ? undefined : changes.join(", ");
}

function isField(name: string): name is keyof Container {
  return name !== "imageIsBuilt";
}

function imageFirst(one: string, other: string): number {
  if (one === "image" || other === "image") return one === "image" ? -1 : 1;
  return one < other ? -1 : 1;
}

function changeOf(field: keyof Container, old: Container, now: Container): string | undefined {
  if (textOf(field, old) === textOf(field, now)) return undefined;
  switch (field) {
    case "image":
    case "replicas":
      return `${words[field] ?? field} changed ${old[field]} → ${now[field]}`;
    case "environment": {
      const values = (container: Container) =>
        new Map(container.environment.map(({ name, value }) => [name, value]));
      return `environment changed (${differing(values(old), values(now)).join(", ")})`;
    }
    case "files": {
      const contents = (container: Container) =>
        new Map(container.files.map((file) => [file.source, canonicalJson(identityOf(file))]));
      return `files changed (${differing(contents(old), contents(now)).join(", ")})`;
    }
    case "labels":
      return `labels changed (${
        differing(new Map(Object.entries(old.labels)), new Map(Object.entries(now.labels))).join(", ")
      })`;
    default:
      return `${words[field] ?? field} changed`;
  }
}

function differing<T>(old: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): string[] {
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name))
    .sort();
}

function textOf(field: keyof Container, container: Container): string {
  return canonicalJson(field === "files" ? container.files.map(identityOf) : container[field]);
}

function identityOf(file: Container["files"][number]): Record<string, unknown> {
  return { ...file, content: digestOf(file.content) };
}

function digestOf(content: FileContent): string {
  return content.kind === "inline" ? sha256(content.bytes) : `${content.path} ${content.digest}`;
}
