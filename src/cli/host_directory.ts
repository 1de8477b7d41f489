import type { Engine } from "../docker/engine.ts";
import { listOf, objectOf, textOf } from "../docker/json.ts";
import type { HostPathOf } from "../pod/host_paths.ts";

/** What this process can see of the container that it may be in. Injected, so that the decisions are tested. */
export interface ContainerSurroundings {
  readonly variables: Readonly<Record<string, string>>;
  readonly hostName: string;
  /** The text of a file; undefined where there is none. */
  readText(path: string): string | undefined;
}

/** The surroundings of this process. */
export function surroundingsOfContainer(variables: Readonly<Record<string, string>>): ContainerSurroundings {
  return {
    variables,
    hostName: Deno.hostname(),
    readText(path) {
      try {
        return Deno.readTextFileSync(path);
      } catch {
        return undefined;
      }
    },
  };
}

/** Whether this process is in a container, as Docker, Podman, and images of containers by their variables tell. */
export function isInContainer({ variables, readText }: ContainerSurroundings): boolean {
  return (variables["container"] ?? "") !== "" || readText("/.dockerenv") !== undefined ||
    readText("/run/.containerenv") !== undefined;
}

/**
 * Where paths below a directory are on the engine's host.
 *
 * On a host the engine sees what we see. In a container that the engine itself runs it is asked which of its own
 * directories are mounted where; in any other container that has to be said.
 *
 * @param directory absolute, of this process
 * @param said where the directory is on the engine's host, if somebody says so
 */
export async function hostPathsBelow(
  directory: string,
  said: string | undefined,
  engine: Pick<Engine, "inspectVerbatim">,
  surroundings: ContainerSurroundings,
  signal: AbortSignal,
): Promise<HostPathOf> {
  if (said !== undefined) return (path) => moved(path, directory, said);
  if (!isInContainer(surroundings)) return (path) => path;
  const mounts = await ownMounts(engine, surroundings, signal);
  return (path) => {
    if (moved(path, directory, directory) === undefined) return path;
    const [nearest] = mounts.filter(({ target }) => moved(path, target, target) !== undefined)
      .sort((left, right) => right.target.length - left.target.length);
    return nearest === undefined ? undefined : moved(path, nearest.target, nearest.source);
  };
}

interface OwnMount {
  readonly source: string;
  readonly target: string;
}

async function ownMounts(
  engine: Pick<Engine, "inspectVerbatim">,
  surroundings: ContainerSurroundings,
  signal: AbortSignal,
): Promise<OwnMount[]> {
  for (const id of possibleIds(surroundings)) {
    const container = await engine.inspectVerbatim(id, signal);
    if (container === null) continue;
    return listOf(container.Mounts).map(objectOf)
      .map(({ Source, Destination }) => ({ source: textOf(Source), target: textOf(Destination) }))
      .filter(({ source, target }) => source.startsWith("/") && target.startsWith("/"));
  }
  return [];
}

/**
 * What may be the id of the container that this is in, the surest first. Its cgroup is called so, where it sees that.
 * Docker and Podman mount files of a directory that has the id, which is another's in the network of another container;
 * and the host name is the id's beginning, unless somebody chose one.
 */
function possibleIds({ hostName, readText }: ContainerSurroundings): string[] {
  const cgroup = /[/-]([0-9a-f]{64})(?:\.scope)?$/m.exec(readText("/proc/self/cgroup") ?? "")?.[1];
  const mount =
    /\/(?:containers|overlay-containers)\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf)\s/
      .exec(readText("/proc/self/mountinfo") ?? "")?.[1];
  const named = /^[0-9a-f]{12}$/.test(hostName) ? hostName : undefined;
  return [cgroup, mount, named].filter((id) => id !== undefined);
}

/** A path below one directory as it is below another; undefined where it is not below it. */
function moved(path: string, from: string, to: string): string | undefined {
  const prefix = from.endsWith("/") ? from : `${from}/`;
  if (!`${path}/`.startsWith(prefix)) return undefined;
  return `${to.replace(/\/+$/, "")}/${path.slice(prefix.length)}`.replace(/(?<=.)\/$/, "");
}
