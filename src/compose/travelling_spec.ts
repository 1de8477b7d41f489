/** A spec that leaves its directory: one text with all that it needs, for a task that runs on another host. */

import type { Problem } from "../pod/errors.ts";
import type { ComposeMount, ComposePort, ComposeProject, ComposeService, ComposeVolume } from "./model.ts";
import { binderRegistryOf, hasBinders } from "./image_binder.ts";
import { joinPath } from "./paths.ts";
import { printForLoading } from "./print.ts";
import { ProblemList } from "./problem_list.ts";
import { noMounts, type RelativeMounts } from "./relative_mounts.ts";
import { type FileReader, type InlinedFiles, inlineFiles } from "./travelling_files.ts";
import { howToBring, SpecPlace } from "./travelling_place.ts";

/** A spec as it travels. */
export interface TravellingSpec {
  /** A Compose file in normal form. It may hold secrets: it is never told. */
  readonly text: string;
  /** The same as JSON: as long as it is equal, it is the same spec, however it is printed. */
  readonly identity: string;
  /** What does not travel, and what is not there as it is here. Errors among them: the text is of no use. */
  readonly problems: readonly Problem[];
}

/** The largest text that travels: 1 MiB. Whatever passes it on (masters, agents) keeps it in memory. */
export const largestTravelling = 1024 * 1024;

/** Fields of `x-pod` that say what runs. The others say where, how often and under which name. */
const travellingFields = [
  "network",
  "resources",
  "essential",
  "hooks",
  "ports",
  "pin",
  "docker_registry",
  "preload",
];

/**
 * Packs a project into one text: interpolated, with environment files merged, with the files of configs and secrets in
 * it, without what is not run (services of other profiles, builds).
 *
 * Paths of bind mounts are of the host that the pod runs on. Those below the directory of the spec travel only by
 * `x-pod.uris`, which are fetched to where relative paths start from there.
 *
 * @param readFile as for `podOf`
 * @param hasUris whether `x-pod.uris` names anything
 * @param outside mounts of paths that are no paths of another host
 */
export function travellingSpec(
  project: ComposeProject,
  { readFile, hasUris, outside = noMounts }: {
    readonly readFile: FileReader;
    readonly hasUris: boolean;
    readonly outside?: RelativeMounts;
  },
): TravellingSpec {
  const problems = new ProblemList();
  const place = new SpecPlace(project.workingDirectory, hasUris);
  const files = inlineFiles(project, { readFile, place, problems });
  const services = Object.entries(project.services).map(([name, service]) =>
    [name, travellingService(name, service, project, { files, place, problems, readFile, outside })] as const
  );
  const travelling: ComposeProject = {
    ...project,
    services: Object.fromEntries(services),
    disabledServices: {},
    networks: mapped(
      project.networks,
      (key, network) => ({ ...network, name: ownName(project, key, network) }),
    ),
    volumes: mapped(
      project.volumes,
      (key, volume) => travellingVolume(key, volume, project, place, problems),
    ),
    configs: files.configs,
    secrets: {},
    models: {},
    extensions: travellingExtensions(project),
  };
  const text = printForLoading(travelling, "yaml");
  refuseTooLarge(text, files, problems);
  return { text, identity: printForLoading(travelling, "json"), problems: problems.problems };
}

function travellingService(
  name: string,
  service: ComposeService,
  { services }: ComposeProject,
  { files, place, problems, readFile, outside }: {
    readonly outside: RelativeMounts;
    readonly files: InlinedFiles;
    readonly place: SpecPlace;
    readonly problems: ProblemList;
    readonly readFile: FileReader;
  },
): ComposeService {
  const {
    // Nothing is built, watched or selected there.
    build: _build,
    develop: _develop,
    profiles: _profiles,
    attach: _attach,
    credential_spec: _credentials,
    configs: _configs,
    secrets: _secrets,
    depends_on: dependencies,
    ports,
    volumes,
    security_opt: options,
    ...rest
  } = service;
  refuseOddNames(`services.${name}`, service, problems);
  const references = files.referencesOf(service);
  const kept = Object.entries(dependencies ?? {}).filter(([other]) => other in services);
  return {
    ...rest,
    ...(references.length === 0 ? {} : { configs: references }),
    ...(kept.length === 0 ? {} : { depends_on: Object.fromEntries(kept) }),
    ...(ports === undefined ? {} : {
      ports: ports.map((port, index) => withoutRange(port, `services.${name}.ports[${index}]`, problems)),
    }),
    ...(volumes === undefined ? {} : {
      volumes: volumes.map((mount, index) =>
        travellingMount(mount, `services.${name}.volumes[${index}]`, {
          place,
          problems,
          isOutside: outside.has(name, mount.target),
        })
      ),
    }),
    ...(options === undefined
      ? {}
      : { security_opt: options.map((option) => withProfile(option, place, readFile)) }),
  };
}

/** No form of a Compose file has a name that ends in a blank; a slip of merging can make one. */
function refuseOddNames(path: string, service: ComposeService, problems: ProblemList): void {
  for (const field of ["environment", "labels", "annotations"] as const) {
    for (const name of Object.keys(service[field] ?? {})) {
      if (!/\s$/.test(name)) continue;
      problems.error(`${path}.${field}`, `the name ${JSON.stringify(name)} ends in a blank: take that away`);
    }
  }
}

/** A cluster offers ports one by one: of a range, any port will do. */
function withoutRange({ published, ...port }: ComposePort, path: string, problems: ProblemList): ComposePort {
  if (published === undefined || !published.includes("-")) {
    return published === undefined ? port : { ...port, published };
  }
  problems.warning(`${path}.published`, `has no effect: ${published} counts as any port that is offered`);
  return port;
}

function travellingMount(
  mount: ComposeMount,
  path: string,
  { place, problems, isOutside }: {
    readonly place: SpecPlace;
    readonly problems: ProblemList;
    readonly isOutside: boolean;
  },
): ComposeMount {
  if (mount.type !== "bind" || mount.source === undefined) return mount;
  const relative = place.relative(mount.source);
  if (relative === undefined) {
    if (isOutside) {
      problems.error(
        path,
        `${mount.source} is outside the directory of the spec and does not travel with a task: put it below, ` +
          `${howToBring}; or write the absolute path of something that all agents have`,
      );
    }
    return mount;
  }
  if (!place.hasUris) {
    problems.error(
      path,
      `${doesNotTravel(relative)}; or use configs, an image, or a path that all agents have`,
    );
  }
  return { ...mount, source: relative };
}

/** A seccomp profile is part of the option itself, as engines take it. What cannot be read `podOf` has refused. */
function withProfile(option: string, place: SpecPlace, readFile: FileReader): string {
  const [, start, value = ""] = /^(seccomp[=:])(.*)$/s.exec(option) ?? [];
  if (start === undefined || ["unconfined", "builtin"].includes(value) || value.startsWith("{")) {
    return option;
  }
  const bytes = readFile(joinPath(place.directory, value));
  return bytes === undefined ? option : `seccomp=${new TextDecoder().decode(bytes)}`;
}

function travellingVolume(
  key: string,
  volume: ComposeVolume,
  project: ComposeProject,
  place: SpecPlace,
  problems: ProblemList,
): ComposeVolume {
  const name = ownName(project, key, volume);
  if (name === "") {
    problems.warning(
      `volumes.${key}`,
      "is a new volume for each task: with a `name:` of its own, tasks find it again on the same agent, all of them",
    );
  }
  const { device, o } = volume.driver_opts ?? {};
  if (volume.driver !== "local" || o !== "bind" || device === undefined) return { ...volume, name };
  const relative = place.relative(device);
  if (relative === undefined) return { ...volume, name };
  if (!place.hasUris) problems.error(`volumes.${key}.driver_opts.device`, doesNotTravel(relative));
  return { ...volume, name, driver_opts: { ...volume.driver_opts, device: relative } };
}

function doesNotTravel(relative: string): string {
  return `${relative} lies beside the spec and does not travel with a task: ${howToBring}`;
}

/** Empty where the name is made from that of the project: each task has a name of its own. */
function ownName(
  project: ComposeProject,
  key: string,
  { name, external }: { readonly name: string; readonly external?: boolean },
): string {
  return external !== true && name === `${project.name}_${key}` ? "" : name;
}

function travellingExtensions(
  { extensions, environment, services }: ComposeProject,
): Record<string, unknown> {
  const extension = extensions["x-pod"] ?? {};
  if (typeof extension !== "object") return {};
  // The variable of this host is not there where binders are read.
  const registry = hasBinders(services) ? binderRegistryOf({ extensions, environment }) : undefined;
  const fields = Object.entries(extension).flatMap(([name, field]): [string, unknown][] => {
    if (!travellingFields.includes(name)) return [];
    if (name !== "resources" || typeof field !== "object" || field === null) return [[name, field]];
    const { disk: _disk, gpus: _gpus, ...total } = { disk: undefined, gpus: undefined, ...field };
    return [[name, total]];
  });
  if (registry !== undefined) fields.push(["docker_registry", registry]);
  return fields.length === 0 ? {} : { "x-pod": Object.fromEntries(fields) };
}

function refuseTooLarge(text: string, files: InlinedFiles, problems: ProblemList): void {
  const size = new TextEncoder().encode(text).length;
  if (size <= largestTravelling) return;
  const largest = files.largest;
  const inMiB = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  problems.error(
    largest?.path ?? "",
    `the spec has ${inMiB(size)} with its files, and ${inMiB(largestTravelling)} travel with a task` +
      (largest === undefined
        ? ": make it smaller"
        : `: this one has ${
          inMiB(largest.bytes)
        }; let agents fetch it (x-pod.uris), or put it into an image`),
  );
}

function mapped<Value>(
  record: Readonly<Record<string, Value>>,
  change: (key: string, value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]));
}
