/** Which services are active, and what they need. */

import { emptyRecord } from "./field_reader.ts";
import type { ComposeProject, ComposeService } from "./model.ts";

/** Says whether a service is active: it has no profile, or one of the active ones (`*` is all). */
export function isActive(service: ComposeService, profiles: readonly string[]): boolean {
  if (service.profiles === undefined) return true;
  return profiles.includes("*") || service.profiles.some((profile) => profiles.includes(profile));
}

/** Parts services into those that are active and those that are not. */
export function partServices(
  services: Record<string, ComposeService>,
  profiles: readonly string[],
): { active: Record<string, ComposeService>; disabled: Record<string, ComposeService> } {
  const active = emptyRecord<ComposeService>();
  const disabled = emptyRecord<ComposeService>();
  for (const [name, service] of Object.entries(services)) {
    (isActive(service, profiles) ? active : disabled)[name] = service;
  }
  return { active, disabled };
}

/** Takes networks, volumes, configs, secrets and models out that no active service uses. */
export function dropUnused(project: ComposeProject): void {
  const used = {
    networks: new Set<string>(),
    volumes: new Set<string>(),
    configs: new Set<string>(),
    secrets: new Set<string>(),
    models: new Set<string>(),
  };
  for (const service of Object.values(project.services)) {
    for (const network of Object.keys(service.networks ?? {})) used.networks.add(network);
    for (const volume of service.volumes ?? []) {
      if (volume.type === "volume" && volume.source !== undefined) used.volumes.add(volume.source);
    }
    for (const config of service.configs ?? []) used.configs.add(config.source);
    for (const secret of service.secrets ?? []) used.secrets.add(secret.source);
    for (const secret of service.build?.secrets ?? []) used.secrets.add(secret.source);
    for (const model of Object.keys(service.models ?? {})) used.models.add(model);
  }
  project.networks = only(project.networks, used.networks);
  project.volumes = only(project.volumes, used.volumes);
  project.configs = only(project.configs, used.configs);
  project.secrets = only(project.secrets, used.secrets);
  project.models = only(project.models, used.models);
}

function only<T>(record: Record<string, T>, names: ReadonlySet<string>): Record<string, T> {
  const kept = emptyRecord<T>();
  for (const [name, value] of Object.entries(record)) if (names.has(name)) kept[name] = value;
  return kept;
}

/**
 * Keeps the named services and what they depend on; the other active ones go to the disabled.
 *
 * @throws {RangeError} where a name is none of the project's active services
 */
export function selectServices(project: ComposeProject, names: readonly string[]): void {
  const kept = new Set<string>();
  const work = [...names];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    const service = project.services[name];
    if (service === undefined) {
      if (names.includes(name)) {
        throw new RangeError(`the project has no active service ${JSON.stringify(name)}`);
      }
      continue;
    }
    if (kept.has(name)) continue;
    kept.add(name);
    work.push(...Object.keys(service.depends_on ?? {}));
  }
  for (const [name, service] of Object.entries(project.services)) {
    if (kept.has(name)) continue;
    project.disabledServices[name] = service;
    delete project.services[name];
  }
  dropUnused(project);
}
