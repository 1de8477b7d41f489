/** Reads a policy file. */

import { exactReader } from "../compose/yaml_exact.ts";
import { readYamlDocuments, YamlError } from "../compose/yaml_document.ts";
import { plainOf } from "../compose/field_reader.ts";
import { parsePath } from "../compose/tree.ts";
import { cleanPath } from "../compose/volume_syntax.ts";
import { ExitCode, type Problem, SpecError } from "../pod/errors.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import { capabilityName } from "./judge_pod.ts";
import {
  type AllowedPath,
  type Choice,
  type GlobalMount,
  type NamespaceName,
  namespaceNames,
  openPolicy,
  pathNames,
  type Policy,
} from "./policy.ts";

/**
 * Reads the text of a policy file over a policy that holds where the file says nothing.
 *
 * @param exitCode of the error
 * @throws {SpecError} with everything that is wrong, each with its place
 */
export function readPolicy(
  text: string,
  file: string,
  base: Policy = openPolicy,
  exitCode: number = ExitCode.configuration,
): Policy {
  const reader = new PolicyReader(text, file);
  const policy = reader.read(base);
  if (reader.problems.length > 0) throw new SpecError(reader.problems, exitCode);
  return policy;
}

/** The members of a policy by the names that files have for them. */
export const ruleMembers = {
  privileged: "privileged",
  unconfined: "unconfined",
  host_namespaces: "hostNamespaces",
  outside_containers: "outsideContainers",
  bind_mounts: "bindMounts",
  files: "files",
  capabilities: "capabilities",
  devices: "devices",
  volume_drivers: "volumeDrivers",
  outside_volumes: "outsideVolumes",
  runtimes: "runtimes",
  registries: "registries",
  image_archives: "imageArchives",
  host_commands: "hostCommands",
  unpinned_images: "unpinnedImages",
  users: "users",
  docker_parameters: "dockerParameters",
} as const satisfies Record<string, keyof Policy>;

/** The name of a rule, as policy files have it. */
export type RuleName = keyof typeof ruleMembers;

/** All of them. */
export const ruleNames = Object.keys(ruleMembers) as readonly RuleName[];

/** Rules that are allow or deny, and nothing else. */
type VerdictName =
  | "privileged"
  | "unconfined"
  | "outside_containers"
  | "image_archives"
  | "host_commands"
  | "unpinned_images";

class PolicyReader {
  readonly problems: Problem[] = [];

  constructor(readonly text: string, readonly file: string) {}

  read(base: Policy): Policy {
    return { ...base, name: this.file, ...this.#rules(this.#document(), base) };
  }

  #document(): Readonly<Record<string, unknown>> {
    try {
      const documents = readYamlDocuments(this.text, exactReader);
      const value = plainOf(documents[0]?.value ?? null);
      if (documents.length > 1) this.#error("", "has several documents: a policy is one");
      if (value === null) return {};
      if (isRecord(value)) return value;
      this.#error("", "is no mapping of rules");
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const { offset } = error;
      this.problems.push({
        severity: "error",
        path: "",
        message: `is no YAML: ${error.message}`,
        position: {
          file: this.file,
          ...(offset === undefined ? {} : exactReader.locate(this.text).at(offset)),
        },
      });
    }
    return {};
  }

  #rules(rules: Readonly<Record<string, unknown>>, base: Policy): Partial<Policy> {
    for (const name of Object.keys(rules)) {
      if (Object.hasOwn(ruleMembers, name)) continue;
      const near = suggestionFor(name, ruleNames);
      this.#error(
        name,
        `is no rule${near === undefined ? `: there are ${ruleNames.join(", ")}` : `: ${near} is one`}`,
      );
    }
    const said = (name: RuleName) => Object.hasOwn(rules, name) ? rules[name] : undefined;
    const verdict = (name: VerdictName) => {
      const value = said(name);
      if (value === undefined) return base[ruleMembers[name]];
      if (value !== "allow" && value !== "deny") this.#error(name, "is allow or deny");
      return value === "allow";
    };
    const texts = (name: RuleName, before: Choice<string>, item: (text: string) => string | undefined) =>
      this.#choice(name, said(name), before, (value) => typeof value === "string" ? item(value) : undefined);
    const paths = (name: "bind_mounts" | "files") =>
      this.#choice(name, said(name), base[ruleMembers[name]], readPath);
    const asWritten = (text: string) => text === "" ? undefined : text;
    return {
      privileged: verdict("privileged"),
      unconfined: verdict("unconfined"),
      outsideContainers: verdict("outside_containers"),
      imageArchives: verdict("image_archives"),
      hostCommands: verdict("host_commands"),
      unpinnedImages: verdict("unpinned_images"),
      hostNamespaces: this.#choice(
        "host_namespaces",
        said("host_namespaces"),
        base.hostNamespaces,
        (value) => namespaceNames.find((name: NamespaceName) => name === value),
        `is one of ${namespaceNames.join(", ")}`,
      ),
      bindMounts: {
        ...paths("bind_mounts"),
        default: this.#defaults("bind_mounts", said("bind_mounts"), base.bindMounts.default, readGlobalMount),
      },
      files: paths("files"),
      capabilities: {
        ...texts("capabilities", base.capabilities, capabilityName),
        default: this.#defaults(
          "capabilities",
          said("capabilities"),
          base.capabilities.default,
          (value) => typeof value === "string" ? capabilityName(value) : undefined,
        ),
      },
      devices: texts("devices", base.devices, readDevice),
      volumeDrivers: texts("volume_drivers", base.volumeDrivers, asWritten),
      outsideVolumes: texts("outside_volumes", base.outsideVolumes, asWritten),
      runtimes: texts("runtimes", base.runtimes, asWritten),
      registries: texts("registries", base.registries, readRegistry),
      users: this.#users(said("users"), base.users),
      dockerParameters: {
        ...texts("docker_parameters", base.dockerParameters, (text) => text.replace(/^--/, "") || undefined),
        default: this.#defaults(
          "docker_parameters",
          said("docker_parameters"),
          base.dockerParameters.default,
          readParameter,
        ),
      },
    };
  }

  /** `allow`, `deny`, a list of what is allowed, or a mapping with `allow` and `deny`. */
  #choice<Item>(
    rule: RuleName,
    said: unknown,
    before: Choice<Item>,
    item: (value: unknown) => Item | undefined,
    expected = "cannot be read: see docs/policy.md for what this rule lists",
  ): Choice<Item> {
    if (said === undefined) return { allow: before.allow, deny: before.deny };
    if (said === "allow") return { allow: "all", deny: [] };
    if (said === "deny") return { allow: [], deny: [] };
    const items = (value: unknown, path: string): Item[] => {
      if (!Array.isArray(value)) {
        this.#error(path, "is a list");
        return [];
      }
      return value.flatMap((each: unknown, index) => {
        const read = item(each);
        if (read === undefined) this.#error(`${path}[${index}]`, expected);
        return read === undefined ? [] : [read];
      });
    };
    if (Array.isArray(said)) return { allow: items(said, rule), deny: [] };
    if (!isRecord(said)) {
      this.#error(rule, "is allow, deny, a list of what is allowed, or a mapping with allow and deny");
      return before;
    }
    const hasDefault = ["bind_mounts", "capabilities", "users", "docker_parameters"].includes(rule);
    for (const key of Object.keys(said)) {
      if (key !== "allow" && key !== "deny" && !(key === "default" && hasDefault)) {
        this.#error(
          `${rule}.${key}`,
          `is nothing of a rule: there are allow, deny${hasDefault ? " and default" : ""}`,
        );
      }
    }
    const { allow, deny } = said;
    // Who only says what is denied, or the default, means that the rest stays as it is.
    return {
      allow: allow === undefined ? before.allow : allow === "all" ? "all" : items(allow, `${rule}.allow`),
      deny: deny === undefined ? (allow === undefined ? before.deny : []) : items(deny, `${rule}.deny`),
    };
  }

  #defaults<Item>(
    rule: RuleName,
    said: unknown,
    before: readonly Item[],
    item: (value: unknown) => Item | undefined,
  ): readonly Item[] {
    if (!isRecord(said) || said["default"] === undefined) return before;
    const list = said["default"];
    if (!Array.isArray(list)) {
      this.#error(`${rule}.default`, "is a list");
      return before;
    }
    return list.flatMap((each: unknown, index) => {
      const read = item(each);
      if (read === undefined) {
        this.#error(
          `${rule}.default[${index}]`,
          "cannot be read: see docs/policy.md for what this rule lists",
        );
      }
      return read === undefined ? [] : [read];
    });
  }

  #users(said: unknown, before: Policy["users"]): Policy["users"] {
    const user = (value: unknown) =>
      typeof value === "number"
        ? String(value)
        : typeof value === "string" && value !== ""
        ? value
        : undefined;
    const choice = this.#choice("users", said, before, user);
    if (!isRecord(said) || said["default"] === undefined) {
      return { ...choice, ...(before.default === undefined ? {} : { default: before.default }) };
    }
    const name = user(said["default"]);
    if (name === undefined) this.#error("users.default", "is a user: a name, a number, or user:group");
    return { ...choice, ...(name === undefined ? {} : { default: name }) };
  }

  #error(path: string, message: string): void {
    const found = path === "" ? undefined : exactReader.locate(this.text).find(parsePath(path));
    const position = { file: this.file, ...found?.position };
    this.problems.push({ severity: "error", path, message, position });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `/data`, `/data:ro`, `sandbox`, or `spec`. */
function readPath(value: unknown): AllowedPath | undefined {
  if (typeof value !== "string") return undefined;
  const [, path = "", mode] = /^([^:]*)(?::(ro|rw))?$/.exec(value) ?? [];
  const name = pathNames.find((each) => each === path);
  if (name === undefined && !path.startsWith("/")) return undefined;
  return { path: name === undefined ? cleanPath(path) : { name }, readOnly: mode === "ro" };
}

/** `/dev/fuse`, or a name of the Container Device Interface: `vendor.example/class=name`. */
function readDevice(text: string): string | undefined {
  if (text.startsWith("/")) return cleanPath(text);
  return /^[^/\s]+\/[^/\s]+=\S+$/.test(text) ? text : undefined;
}

/** `docker.io`, `registry.example.com:5000/team`; no URL and no image, which would never be met. */
function readRegistry(text: string): string | undefined {
  const name = text.replace(/\/+$/, "");
  return /^[A-Za-z0-9.[\]:-]+(?:\/[a-z0-9._-]+)*$/.test(name) ? name : undefined;
}

/** `/source:/target` or `/source:/target:ro`. */
function readGlobalMount(value: unknown): GlobalMount | undefined {
  if (typeof value !== "string") return undefined;
  const [, source, target, mode] = /^(\/[^:]*):(\/[^:]*)(?::(ro|rw))?$/.exec(value) ?? [];
  if (source === undefined || target === undefined) return undefined;
  return { source: cleanPath(source), target: cleanPath(target), readOnly: mode === "ro" };
}

/** `log-driver=syslog`. */
function readParameter(value: unknown): { readonly key: string; readonly value: string } | undefined {
  if (typeof value !== "string") return undefined;
  const [, key, rest] = /^(?:--)?([^=]+)=(.*)$/s.exec(value) ?? [];
  return key === undefined || rest === undefined ? undefined : { key, value: rest };
}
