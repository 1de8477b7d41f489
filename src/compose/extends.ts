/** `extends`: a service starts from another one. */

import { mergeServices } from "./merge.ts";
import type { ProblemCollector } from "./problems.ts";
import { applyResets } from "./resets.ts";
import { leaveOut } from "./set_aside.ts";
import { describeValue } from "./schema.ts";
import { cloneMapping, isMapping, type Mapping, mappingOf, type PathSegments, type Tree } from "./tree.ts";

/** The services of a file that a service extends, with absolute paths. */
export interface BaseServices {
  /** Absolute path of the file. */
  readonly path: string;
  readonly tree: Mapping;
  readonly resets: readonly PathSegments[];
}

/** What extending the services of one document needs. */
export interface ExtendsContext {
  /** The file that the services stand in. */
  readonly file: string;
  /** What the document marks `!reset` or `!override`. */
  readonly resets: readonly PathSegments[];
  readonly problems: ProblemCollector;
  /** Loads the services of another file. */
  readonly baseFile: (path: string) => BaseServices;
  /** Told that a service of the document has fields of another one, of a file. */
  readonly extended: (file: string, base: string, name: string) => void;
}

interface Place {
  readonly file: string;
  readonly services: Mapping;
  readonly resets: readonly PathSegments[];
}

/** No person extends in longer chains. */
const longestChain = 100;

/** Puts what they extend below the services of a document, in place. */
export function applyExtends(tree: Mapping, context: ExtendsContext): void {
  const services = tree.services;
  if (services === undefined) return;
  if (!isMapping(services)) {
    context.problems.error(["services"], `must be a mapping, not ${describeValue(services)}`);
    return;
  }
  const place: Place = { file: context.file, services, resets: context.resets };
  for (const name in services) {
    const extended = context.problems.attempt(() => extendService(name, place, [], name, context));
    if (extended === undefined) leaveOut(tree, ["services", name, "extends"], context.problems);
  }
}

/** Gives the extended service, which it also leaves in its place; null where there is nothing to start from. */
function extendService(
  name: string,
  place: Place,
  chain: readonly string[],
  top: string,
  context: ExtendsContext,
): Mapping | null {
  const { problems } = context;
  const service = place.services[name] as Tree;
  if (service === null) return null;
  const where = ["services", name];
  if (!isMapping(service)) {
    throw problems.stop(where, `must be a mapping, not ${describeValue(service)}`);
  }
  if (!("extends" in service)) return service;
  const step = `${place.file}:${name}`;
  const steps = [...chain, step];
  if (chain.includes(step)) {
    throw problems.stop([...where, "extends"], `extends itself: ${steps.join(" → ")}`);
  }
  if (chain.length > longestChain) {
    throw problems.stop([...where, "extends"], `extends more than ${longestChain} services`);
  }
  const { base, file } = baseOf(service.extends as Tree, [...where, "extends"], problems);
  const from = file === undefined ? place : placeOf(context.baseFile(file));
  if (from === undefined || !(base in from.services)) {
    if (problems.lacksParts) throw problems.stopped();
    problems.error(
      [...where, "extends"],
      `names the service ${JSON.stringify(base)}, which ${from?.file ?? file} does not have`,
    );
    return service;
  }
  context.extended(from.file, base, top);
  const extended = extendService(base, from, steps, top, context);
  if (extended === null) return service;
  const source = cloneMapping(extended);
  applyResets(mappingOf({ services: mappingOf({ [name]: source }) }), place.resets);
  const merged = mergeServices(source, service, name, problems);
  delete merged.extends;
  place.services[name] = merged;
  return merged;
}

function placeOf(base: BaseServices): Place | undefined {
  const services = base.tree.services;
  return isMapping(services) ? { file: base.path, services, resets: base.resets } : undefined;
}

function baseOf(
  value: Tree,
  where: PathSegments,
  problems: ProblemCollector,
): { base: string; file: string | undefined } {
  if (typeof value === "string") return { base: value, file: undefined };
  if (!isMapping(value)) {
    throw problems.stop(where, `must be the name of a service or a mapping, not ${describeValue(value)}`);
  }
  const { service, file } = value;
  if (typeof service !== "string") {
    throw problems.stop(where, "needs the field service: the one to start from");
  }
  if (file === undefined || file === null) return { base: service, file: undefined };
  if (typeof file !== "string") {
    throw problems.stop([...where, "file"], `must be text, not ${describeValue(file)}`);
  }
  return { base: service, file };
}
