import { type Connection, referenceSegments } from "../docker/connection.ts";
import { dockerConfigDirectory } from "../docker/find_engine.ts";
import { parseImageReference } from "../pod/image_reference.ts";
import { objectOf, textOf } from "../docker/json.ts";
import {
  credentialSource,
  encodeCredentials,
  findRegistryCredentials,
} from "../docker/registry_credentials.ts";
import { TimeBounds } from "../docker/time_bounds.ts";
import { MesoletError, messageOf, SpecError } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";
import { judgeImageRegistry, judgeRegistry } from "./doctor_checks.ts";
import type { Finding } from "./doctor_finding.ts";
import type { GlobalValues } from "./global_flags.ts";
import { PodFiles } from "./pod_spec.ts";

/** The images of the Compose file at hand that a registry has to have; what is wrong with the file is a finding. */
export async function specOf(
  globals: GlobalValues,
  context: CommandContext,
): Promise<{ readonly images: readonly string[]; readonly findings: readonly Finding[] }> {
  const files = new PodFiles({ ...globals, quiet: true }, context);
  try {
    const isAsked = globals.file.length > 0;
    if (!isAsked && await files.podName() === undefined) return { images: [], findings: [] };
    if (!isAsked && globals.projectName !== undefined) return { images: [], findings: [] };
    const { containers } = (await files.pod()).pod;
    const pulled = containers.filter(({ imageIsBuilt, pull }) => !imageIsBuilt && pull.kind !== "never");
    return { images: [...new Set(pulled.map(({ image }) => image))].sort(), findings: [] };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return {
      images: [],
      findings: [{
        name: "Compose file",
        verdict: "fail",
        message: error.message.replaceAll("\n", "; "),
        mend: "correct it: mesolet config -q says when it is right",
      }],
    };
  }
}

/** Each registry that images of the file come from: whether the engine reaches it, and with which credentials. */
export async function imageRegistries(
  images: readonly string[],
  connection: Connection,
  context: CommandContext,
): Promise<Finding[]> {
  const first = new Map<string, string>();
  for (const image of images) {
    const registry = registryOfImage(image);
    if (registry !== "" && !first.has(registry)) first.set(registry, image);
  }
  return await Promise.all(
    [...first].map(([registry, image]) => lookAt(registry, image, connection, context)),
  );
}

/** Empty for what no registry can have: the id of an image. */
function registryOfImage(image: string): string {
  try {
    return parseImageReference(image).registry;
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    return "";
  }
}

/** The engine itself asks the registry for an image, without pulling it: that is what a pull would do first. */
async function lookAt(
  registry: string,
  image: string,
  connection: Connection,
  context: CommandContext,
): Promise<Finding> {
  const sources = { environment: context.variables, clock: context.clock };
  const signal = context.interrupts.graceful;
  try {
    const source = await credentialSource(registry, sources);
    const credentials = await findRegistryCredentials(registry, sources, signal);
    const { status, body } = await connection.request({
      method: "GET",
      path: `/distribution/${referenceSegments(image)}/json`,
      ...(credentials === null ? {} : { headers: { "X-Registry-Auth": encodeCredentials(credentials) } }),
      call: `ask ${registry} for ${image}`,
      bound: TimeBounds.read,
      accept: [400, 401, 403, 404, 500, 502, 503, 504],
      signal,
    });
    const said = textOf(objectOf(body).message) || textOf(body);
    return judgeImageRegistry(registry, image, { credentials: source, status, said });
  } catch (error) {
    if (!(error instanceof MesoletError) || signal.aborted) throw error;
    return judgeRegistry(registry, { error: error.message });
  }
}

/** The other registries that Docker's configuration names: whether their credentials are at hand. */
export async function configuredRegistries(
  context: CommandContext,
  images: readonly string[],
): Promise<Finding[]> {
  const directory = dockerConfigDirectory(context.variables);
  if (directory === undefined) return [];
  const path = `${directory}/config.json`;
  let config: ReturnType<typeof objectOf>;
  try {
    config = objectOf(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    return [{
      name: "registry",
      verdict: "fail",
      message: `${path} cannot be read: ${messageOf(error)}`,
      mend: `correct the file, or remove it and log in again`,
    }];
  }
  const names = new Set(
    [...Object.keys(objectOf(config.auths)), ...Object.keys(objectOf(config.credHelpers))].map(registryOf),
  );
  for (const image of images) names.delete(registryOfImage(image));
  const findings: Finding[] = [];
  for (const registry of [...names].sort()) {
    try {
      const credentials = await findRegistryCredentials(
        registry,
        { environment: context.variables, clock: context.clock },
        context.interrupts.graceful,
      );
      findings.push(judgeRegistry(registry, { found: credentials !== null }));
    } catch (error) {
      if (!(error instanceof MesoletError)) throw error;
      findings.push(judgeRegistry(registry, { error: error.message }));
    }
  }
  return findings;
}

/** The name of a registry as images write it. Docker's configuration has Docker Hub under an old address. */
function registryOf(key: string): string {
  const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return host === "index.docker.io" ? "docker.io" : host;
}
