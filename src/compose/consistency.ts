/** Whether the parts of a project fit together. */

import type { ComposeProject, ComposeService } from "./model.ts";
import type { ProblemCollector } from "./problems.ts";
import type { PathSegments } from "./tree.ts";

/**
 * Notes everything about the active services that does not fit together. Where a part of the project could not be read,
 * what it would have given is not missed.
 */
export function checkConsistency(project: ComposeProject, problems: ProblemCollector): void {
  const checker = new ConsistencyChecker(project, problems);
  for (const name of Object.keys(project.services).sort()) checker.service(name, project.services[name]);
  if (!problems.lacksParts) checker.secrets();
  checker.cycles();
}

class ConsistencyChecker {
  constructor(readonly project: ComposeProject, readonly problems: ProblemCollector) {}

  service(name: string, service: ComposeService | undefined): void {
    if (service === undefined) return;
    const note = (path: PathSegments, message: string) =>
      this.problems.error(["services", name, ...path], message);
    if (!this.problems.lacksParts) this.#completeness(service, note);
    this.#build(service, note);
    this.#health(service, note);
    checkScale(service, note);
    checkResources(service, note);
    checkMountTargets(service, note);
    for (const [index, watch] of (service.develop?.watch ?? []).entries()) {
      if (watch.target === undefined && watch.action !== "rebuild" && watch.action !== "restart") {
        note(["develop", "watch", index], `needs the field target: ${watch.action} copies to it`);
      }
    }
  }

  #completeness(service: ComposeService, note: Note): void {
    if (service.image === undefined && service.build === undefined && service.provider === undefined) {
      note([], "needs an image");
    }
    this.#references(service, note);
    this.#dependencies(service, note);
  }

  secrets(): void {
    for (const [name, secret] of Object.entries(this.project.secrets)) {
      if (secret.external || secret.file !== undefined || secret.environment !== undefined) continue;
      this.problems.error(["secrets", name], "needs one of file, environment");
    }
  }

  cycles(): void {
    const done = new Set<string>();
    for (const name of Object.keys(this.project.services).sort()) {
      const cycle = this.#cycleFrom(name, done);
      if (cycle === undefined) continue;
      const first = cycle[0] ?? name;
      this.problems.error(
        ["services", first],
        `depends on itself: ${[...cycle, first].join(" → ")}; take one of these dependencies away`,
      );
      return;
    }
  }

  /** Walks without recursion: a chain of services may be longer than the stack is deep. */
  #cycleFrom(start: string, done: Set<string>): string[] | undefined {
    const path: string[] = [];
    const onPath = new Set<string>();
    const work: { name: string; next: string[] }[] = [];
    const enter = (name: string) => {
      path.push(name);
      onPath.add(name);
      work.push({ name, next: Object.keys(this.project.services[name]?.depends_on ?? {}).sort().reverse() });
    };
    if (!done.has(start)) enter(start);
    for (let top = work[work.length - 1]; top !== undefined; top = work[work.length - 1]) {
      const next = top.next.pop();
      if (next === undefined) {
        done.add(top.name);
        onPath.delete(top.name);
        path.pop();
        work.pop();
      } else if (onPath.has(next)) {
        return path.slice(path.indexOf(next));
      } else if (!done.has(next) && next in this.project.services) {
        enter(next);
      }
    }
    return undefined;
  }

  #build(service: ComposeService, note: Note): void {
    const build = service.build;
    if (build === undefined) return;
    if (build.dockerfile !== undefined && build.dockerfile_inline !== undefined) {
      note(["build"], "has both dockerfile and dockerfile_inline: one of them is enough");
    }
    for (const [name, context] of Object.entries(build.additional_contexts ?? {})) {
      if (!context.startsWith("service:")) continue;
      const target = this.project.services[context.slice("service:".length)];
      if (target?.build !== undefined) continue;
      note(
        ["build", "additional_contexts", name],
        `names ${context}, which is ${target === undefined ? "not a service of this project" : "not built"}`,
      );
    }
    const platforms = build.platforms ?? [];
    if (platforms.length > 0 && service.platform !== undefined && !platforms.includes(service.platform)) {
      note(["build", "platforms"], `must include the service's platform ${service.platform}`);
    }
    for (const [index, secret] of (build.secrets ?? []).entries()) {
      if (!(secret.source in this.project.secrets)) {
        note(["build", "secrets", index], undefinedResource("secret", secret.source));
      }
    }
  }

  #references(service: ComposeService, note: Note): void {
    const { networks, volumes, configs, secrets, models } = this.project;
    const attached = Object.keys(service.networks ?? {});
    if (service.network_mode !== undefined && attached.length > 0) {
      note(["network_mode"], "cannot be set together with networks: keep one of them");
    }
    for (const network of attached) {
      if (!(network in networks)) note(["networks", network], undefinedResource("network", network));
    }
    for (const [index, volume] of (service.volumes ?? []).entries()) {
      if (volume.type === "volume" && volume.source !== undefined && !(volume.source in volumes)) {
        note(["volumes", index], undefinedResource("volume", volume.source));
      }
    }
    for (const [index, config] of (service.configs ?? []).entries()) {
      if (!(config.source in configs)) note(["configs", index], undefinedResource("config", config.source));
    }
    for (const [index, secret] of (service.secrets ?? []).entries()) {
      if (!(secret.source in secrets)) note(["secrets", index], undefinedResource("secret", secret.source));
    }
    for (const model of Object.keys(service.models ?? {})) {
      if (!(model in models)) note(["models", model], undefinedResource("model", model));
    }
  }

  #dependencies(service: ComposeService, note: Note): void {
    for (const [name, dependency] of Object.entries(service.depends_on ?? {})) {
      if (name in this.project.services) continue;
      const disabled = name in this.project.disabledServices;
      if (disabled && !dependency.required) continue;
      const why = disabled ? "none of whose profiles is active" : "which the project does not have";
      note(whereDependsOn(service, name), `depends on the service ${JSON.stringify(name)}, ${why}`);
    }
  }

  #health(service: ComposeService, note: Note): void {
    const first = service.healthcheck?.test?.[0];
    if (first !== undefined && !["CMD", "CMD-SHELL", "NONE"].includes(first)) {
      note(
        ["healthcheck", "test"],
        `must start with "CMD", "CMD-SHELL" or "NONE", not ${JSON.stringify(first)}`,
      );
    }
  }
}

type Note = (path: PathSegments, message: string) => void;

function undefinedResource(kind: string, name: string): string {
  return `names the ${kind} ${JSON.stringify(name)}, which the file does not define under ${kind}s`;
}

/** Finds the field that a dependency came from. */
function whereDependsOn(service: ComposeService, name: string): PathSegments {
  const reference = `service:${name}`;
  for (const field of ["network_mode", "ipc", "pid", "uts", "cgroup"] as const) {
    if (service[field] === reference) return [field];
  }
  const link = (service.links ?? []).findIndex((entry) => entry.split(":", 1)[0] === name);
  if (link >= 0) return ["links", link];
  const source = (service.volumes_from ?? []).findIndex((entry) => entry.split(":", 1)[0] === name);
  if (source >= 0) return ["volumes_from", source];
  return ["depends_on", name];
}

function checkScale(service: ComposeService, note: Note): void {
  const replicas = service.deploy?.replicas;
  const scale = service.scale;
  if (scale !== undefined && replicas !== undefined && scale !== replicas) {
    note(["scale"], `says ${scale} but deploy.replicas says ${replicas}: set one of them, or the same`);
  }
  if (scale !== undefined && scale < 0) note(["scale"], "must be at least 0");
  if (replicas !== undefined && replicas < 0) note(["deploy", "replicas"], "must be at least 0");
  if ((scale ?? replicas ?? 1) > 1 && service.container_name !== undefined) {
    note(["container_name"], "cannot be set on a service with several containers: names are unique");
  }
}

function checkResources(service: ComposeService, note: Note): void {
  const limits = service.deploy?.resources.limits;
  const reservations = service.deploy?.resources.reservations;
  const pairs: [field: string, value: unknown, group: object | undefined, other: unknown, path: string][] = [
    ["cpus", service.cpus, limits, limits?.cpus, "deploy.resources.limits.cpus"],
    ["mem_limit", service.mem_limit, limits, limits?.memory, "deploy.resources.limits.memory"],
    ["pids_limit", service.pids_limit, limits, limits?.pids, "deploy.resources.limits.pids"],
    [
      "mem_reservation",
      service.mem_reservation,
      reservations,
      reservations?.memory,
      "deploy.resources.reservations.memory",
    ],
  ];
  for (const [field, value, group, other, path] of pairs) {
    if (value === undefined || group === undefined || value === other) continue;
    const said = other === undefined ? "is not set beside it" : `says ${other}`;
    note([field], `says ${value} but ${path} ${said}: set both to the same, or only the latter`);
  }
}

function checkMountTargets(service: ComposeService, note: Note): void {
  const targets = new Map<string, string>();
  const take = (target: string, field: string, index: number) => {
    const first = targets.get(target);
    if (first === undefined) targets.set(target, `${field}[${index}]`);
    else note([field, index], `mounts ${target}, where ${first} is mounted already`);
  };
  for (const [index, entry] of (service.tmpfs ?? []).entries()) {
    take(entry.split(":", 1)[0] ?? "", "tmpfs", index);
  }
  for (const [index, volume] of (service.volumes ?? []).entries()) take(volume.target, "volumes", index);
}
