/** One container of a command line as a Compose document, so that it is loaded and checked as every other spec. */

import type { RunParameter } from "../../task/docker_parameters.ts";
import { documentOf, imageContainerName } from "../../task/image_run.ts";
import { type LaunchFlags, usualResources } from "./launch_flags.ts";

/** A document, and the names that a person knows its fields by. */
export interface LaunchDocument {
  readonly document: Readonly<Record<string, unknown>>;
  /** What a person wrote for the field of a path; the path itself where nobody wrote it. */
  readonly nameOf: (path: string) => string;
}

/** Where what flags say is in the document, each before what is around it. */
const places: readonly (readonly [path: RegExp, flag: string])[] = [
  [/^services\.app\.image$/, "IMAGE"],
  [/^services\.app\.command/, "the command"],
  [/^services\.app\.entrypoint/, "--entrypoint"],
  [/^services\.app\.working_dir/, "--workdir"],
  [/^services\.app\.environment/, "--env"],
  [/^services\.app\.env_file/, "--env-file"],
  [/^services\.app\.user/, "--user"],
  [/^services\.app\.labels/, "--label"],
  [/^services\.app\.ports/, "--ports"],
  [/^services\.app\.volumes/, "--volume"],
  [/^services\.app\.pull_policy/, "--pull"],
];

/**
 * The document of one container.
 *
 * @param variables of the shell: `--env NAME` passes one on
 * @throws {RangeError} for a flag that makes no sense, by its name
 */
export function imageDocument(
  image: string,
  words: readonly string[],
  flags: LaunchFlags,
  { network, variables }: {
    readonly network: string | undefined;
    readonly variables: Readonly<Record<string, string>>;
  },
): LaunchDocument {
  const refusals: string[] = [];
  const document = documentOf({
    image: image.replace(/^docker:\/\/\/?/, ""),
    ...(words.length === 0 ? {} : { command: words }),
    network: network ?? "pod",
    ports: [],
    publishOffered: false,
    privileged: false,
    pullAlways: false,
    environment: {},
    mounts: [],
    parameters: parametersOf(flags, variables),
  }, ({ key, value }, reason) => refusals.push(`--docker-arg ${key}=${value}: ${reason}`));
  const [refusal] = refusals;
  if (refusal !== undefined) throw new RangeError(refusal);
  const { disk, gpus, uri } = flags;
  return {
    document: withPodFields(document, {
      resources: {
        cpus: flags.cpus ?? usualResources.cpus,
        memory: flags.memory ?? usualResources.memory,
        ...(disk === undefined ? {} : { disk }),
        ...(gpus === undefined ? {} : { gpus }),
      },
      ...(uri.length === 0 ? {} : { uris: uri }),
    }),
    nameOf,
  };
}

/** What flags say over the pod of a file; undefined where they say nothing. */
export function overlayDocument(
  { cpus, memory, disk, gpus, uri }: LaunchFlags,
): LaunchDocument | undefined {
  const resources = Object.entries({ cpus, memory, disk, gpus }).filter(([, value]) => value !== undefined);
  if (resources.length === 0 && uri.length === 0) return undefined;
  return {
    document: withPodFields({}, {
      ...(resources.length === 0 ? {} : { resources: Object.fromEntries(resources) }),
      ...(uri.length === 0 ? {} : { uris: uri }),
    }),
    nameOf,
  };
}

/** The flags that are for a container alone, and so for no pod of a file; as they are written. */
export function flagsOfImage(flags: LaunchFlags): string[] {
  const { env, envFile, volume, ports, dockerArg, entrypoint, workdir, user } = flags;
  const given = {
    env,
    "env-file": envFile,
    volume,
    ports,
    "docker-arg": dockerArg,
    entrypoint,
    workdir,
    user,
  };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined && value.length > 0)
    .map(([name]) => `--${name}`);
}

/**
 * The labels that flags give the task.
 *
 * @throws {RangeError}
 */
export function labelsOf({ label, pull }: LaunchFlags): Record<string, string> {
  const labels: Record<string, string> = pull === undefined ? {} : { "mesolet.pull": pull };
  for (const text of label) {
    const [name, value = ""] = splitOnce(text);
    if (name === "") throw new RangeError(`--label ${text} names no label: it has the form NAME=VALUE`);
    labels[name] = value;
  }
  return labels;
}

function parametersOf(
  { ports, env, envFile, volume, dockerArg, entrypoint, workdir, user, label }: LaunchFlags,
  variables: Readonly<Record<string, string>>,
): RunParameter[] {
  const one = (key: string, value: string | undefined) => value === undefined ? [] : [{ key, value }];
  return [
    ...one("entrypoint", entrypoint),
    ...one("workdir", workdir),
    ...one("user", user),
    ...envFile.map((value) => ({ key: "env-file", value })),
    ...env.flatMap((text) => environmentOf(text, variables)),
    ...volume.map((value) => ({ key: "volume", value })),
    ...ports.flatMap((list) => list.split(",")).map((value) => ({ key: "publish", value: value.trim() })),
    ...label.map((value) => ({ key: "label", value })),
    ...dockerArg.map((text) => {
      const [key, value = ""] = splitOnce(text);
      return { key, value };
    }),
  ];
}

/** `NAME` alone is that of the shell, as with `docker run`; not set there, it is not set. */
function environmentOf(text: string, variables: Readonly<Record<string, string>>): RunParameter[] {
  if (text === "" || text.startsWith("=")) throw new RangeError(`--env ${text} names no variable`);
  if (text.includes("=")) return [{ key: "env", value: text }];
  const value = variables[text];
  return value === undefined ? [] : [{ key: "env", value: `${text}=${value}` }];
}

function withPodFields(
  document: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const own: Record<string, unknown> = Object(document["x-pod"]);
  return { ...document, "x-pod": { ...own, ...withoutVariables(fields) } };
}

/** What is written on a command line is meant as it stands: the shell was there before. */
function withoutVariables(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = JSON.stringify(fields).replaceAll("$", "$$$$");
  return Object(JSON.parse(text));
}

function nameOf(path: string): string {
  const [, field] = /^x-pod\.resources\.(\w+)$/.exec(path) ?? [];
  if (field !== undefined) return `--${field}`;
  if (path.startsWith("x-pod.uris")) return "--uri";
  return places.find(([place]) => place.test(path))?.[1] ??
    path.replace(`services.${imageContainerName}.`, "");
}

function splitOnce(text: string): [string, string | undefined] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}
