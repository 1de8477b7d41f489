/** What follows from other parts of a project is written out: the default network, implied dependencies, names. */

import { emptyMapping, isMapping, type Mapping, mappingOf, type Tree } from "./tree.ts";
import { textOf } from "./scalars.ts";
import type { Lookup } from "./interpolation.ts";
import { cleanPath } from "./volume_syntax.ts";

/** Writes out what a canonical tree implies, in place. */
export function normalise(tree: Mapping, name: string, lookup: Lookup): void {
  addDefaultNetwork(tree);
  if (isMapping(tree.services)) {
    for (const key in tree.services) {
      const service = tree.services[key] as Tree;
      if (isMapping(service)) normaliseService(service, lookup);
    }
  }
  for (const section of ["networks", "volumes", "configs", "secrets"]) nameResources(tree[section], name);
}

function addDefaultNetwork(tree: Mapping): void {
  const services = tree.services;
  let used = false;
  if (isMapping(services)) {
    for (const key in services) {
      const service = services[key] as Tree;
      if (!isMapping(service) || "provider" in service || "network_mode" in service) continue;
      const networks = service.networks;
      if (!isMapping(networks) || Object.keys(networks).length === 0) {
        service.networks = mappingOf({ default: null });
        used = true;
      } else if ("default" in networks) {
        used = true;
      }
    }
  }
  if (!used) return;
  const networks = isMapping(tree.networks) ? tree.networks : tree.networks = emptyMapping();
  if (!("default" in networks)) networks.default = null;
}

function normaliseService(service: Mapping, lookup: Lookup): void {
  if (service.pull_policy === "if_not_present") service.pull_policy = "missing";
  if (isMapping(service.build)) normaliseBuild(service.build, lookup);
  if ("environment" in service) service.environment = inherited(service.environment ?? null, lookup, true);
  addImpliedDependencies(service);
  if (Array.isArray(service.volumes)) {
    for (const volume of service.volumes) {
      if (isMapping(volume) && typeof volume.target === "string") volume.target = cleanPath(volume.target);
    }
  }
  if (Array.isArray(service.pre_start) && typeof service.image === "string" && service.image !== "") {
    for (const hook of service.pre_start) if (isMapping(hook)) hook.image ??= service.image;
  }
}

function normaliseBuild(build: Mapping, lookup: Lookup): void {
  build.context ??= ".";
  if (build.dockerfile === undefined && build.dockerfile_inline === undefined) {
    build.dockerfile = "Dockerfile";
  }
  if ("args" in build) build.args = inherited(build.args ?? null, lookup, false);
}

/** Gives variables without a value the one of the environment; those that have none there stay bare or go. */
function inherited(variables: Tree, lookup: Lookup, keepUnset: boolean): Tree {
  if (Array.isArray(variables)) {
    const list: Tree[] = [];
    for (const item of variables) {
      const text = textOf(item);
      const value = text.includes("=") ? undefined : lookup(text);
      if (value !== undefined) list.push(`${text}=${value}`);
      else if (text.includes("=") || keepUnset) list.push(text);
    }
    return list;
  }
  if (!isMapping(variables)) return variables;
  const mapping = emptyMapping();
  for (const key in variables) {
    const value = variables[key] as Tree;
    const found = value === null ? lookup(key) : undefined;
    if (value !== null) mapping[key] = value;
    else if (found !== undefined) mapping[key] = found;
    else if (keepUnset) mapping[key] = null;
  }
  return mapping;
}

/** What a service cannot do without is a dependency, unless `depends_on` speaks of it already. */
function addImpliedDependencies(service: Mapping): void {
  const dependencies = isMapping(service.depends_on) ? service.depends_on : emptyMapping();
  const imply = (name: string, restart: boolean) => {
    if (!(name in dependencies)) {
      dependencies[name] = mappingOf({ condition: "service_started", required: true, restart });
    }
  };
  for (const link of textsOf(service.links)) {
    const parts = link.split(":");
    imply(parts.length === 2 ? parts[0] ?? link : link, true);
  }
  for (const namespace of ["network_mode", "ipc", "pid", "uts", "cgroup"]) {
    const mode = service[namespace];
    if (typeof mode === "string" && mode.startsWith("service:")) imply(mode.slice("service:".length), true);
  }
  for (const source of textsOf(service.volumes_from)) {
    if (!source.startsWith("container:")) imply(source.split(":", 1)[0] ?? source, false);
  }
  if (Object.keys(dependencies).length > 0) service.depends_on = dependencies;
}

function textsOf(value: Tree | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A resource without a name is called by its key, with the project's name before it unless it exists already. */
function nameResources(section: Tree | undefined, project: string): void {
  if (!isMapping(section)) return;
  for (const key in section) {
    const resource = isMapping(section[key]) ? section[key] : emptyMapping();
    section[key] = resource;
    resource.name ??= resource.external === true ? key : `${project}_${key}`;
  }
}
