import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { ContainerReference, EngineBody, Json } from "../plan/step.ts";

const placeholder = /<id:([^<>]+)>/g;

/**
 * Replaces every `<id:NAME>` in a body by the id of the container.
 *
 * @param ids by name on the engine
 * @throws {MesoletError} exit code 70, when a plan refers to a container that no step before made
 */
export function fillIds(body: EngineBody, ids: ReadonlyMap<string, string>): EngineBody {
  const filled: Record<string, Json | undefined> = {};
  for (const [key, value] of Object.entries(body)) {
    filled[key] = value === undefined ? undefined : fill(value, ids);
  }
  return filled;
}

function fill(value: Json, ids: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return value.replace(placeholder, (_, name: string) => idOfName(name, ids));
  if (isList(value)) return value.map((entry) => fill(entry, ids));
  if (typeof value === "object" && value !== null) {
    const filled: Record<string, Json | undefined> = {};
    for (const [key, entry] of Object.entries(value)) {
      filled[key] = entry === undefined ? undefined : fill(entry, ids);
    }
    return filled;
  }
  return value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function idOfName(name: string, ids: ReadonlyMap<string, string>): string {
  const id = ids.get(name);
  if (id === undefined) {
    throw new MesoletError(
      `Cannot fill in the id of container ${name}: no step before made it`,
      ExitCode.software,
    );
  }
  return id;
}

/** What to call a container in a request: its id where it is known, so that a renamed one is still the right one. */
export function idOrName(target: ContainerReference, ids: ReadonlyMap<string, string>): string {
  return target.id ?? ids.get(target.name) ?? target.name;
}
