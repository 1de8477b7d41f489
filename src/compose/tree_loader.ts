/**
 * Files become one canonical tree. The order of the steps is that of the Compose Specification's reference loader:
 * each document is interpolated, gets its includes, resets what it marks, is extended, merged, checked and brought to
 * long forms; when all are merged, defaults are set and paths made absolute.
 */

import { makeCanonical, omitEmptyServers } from "./canonical.ts";
import { checkParts, setDefaults } from "./defaults.ts";
import { DotenvError, readDotenv } from "./dotenv.ts";
import { applyExtends, type BaseServices } from "./extends.ts";
import { type ComposeFiles, FileProblem } from "./files.ts";
import { interpolateTree } from "./interpolate_tree.ts";
import type { Lookup } from "./interpolation.ts";
import type { SourceMap } from "./locate.ts";
import { mergeEntries, mergeFiles } from "./merge.ts";
import { directoryOf, joinPath, resolvePaths } from "./paths.ts";
import type { ProblemCollector } from "./problems.ts";
import { ExitCode } from "../pod/errors.ts";
import type { SkippedSteps } from "./request.ts";
import { setAside } from "./set_aside.ts";
import { applyResets } from "./resets.ts";
import { checkTree, describeValue } from "./schema.ts";
import { composeFileRule } from "./schema_rules.ts";
import {
  cloneMapping,
  emptyMapping,
  isMapping,
  type Mapping,
  mappingOf,
  type PathSegments,
  type Tree,
} from "./tree.ts";
import { keepLastOfEach } from "./uniqueness.ts";
import type { LoadedExactReader } from "./yaml_exact.ts";
import { readYamlDocuments, type YamlDocument, YamlError } from "./yaml_document.ts";

/** What is the same for all files of a request. */
export interface LoaderSetup {
  readonly access: ComposeFiles;
  readonly problems: ProblemCollector;
  readonly sources: SourceMap;
  readonly exact: LoadedExactReader | undefined;
  readonly skip: SkippedSteps;
  readonly home: string | undefined;
}

/** What a set of files that are merged is loaded with. */
export interface LoadScope {
  /** Absolute; relative paths start from it. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The files that are open already: to include one of them again would never end. */
  readonly including: readonly string[];
}

/** No project includes more; what does is most likely including in circles of another kind. */
const mostIncludes = 500;
const sections = ["services", "volumes", "networks", "secrets", "configs", "models"] as const;

/** Loads files into trees; remembers what it read. */
export class TreeLoader {
  readonly #documents = new Map<string, readonly YamlDocument[]>();
  readonly #bases = new Map<string, BaseServices>();
  #includes = 0;

  constructor(readonly setup: LoaderSetup) {}

  /** Reads the YAML documents of a file; problems stop the loader. */
  documents(file: string): readonly YamlDocument[] {
    const known = this.#documents.get(file);
    if (known !== undefined) return known;
    const { access, problems, sources, exact } = this.setup;
    problems.file = file;
    let text: string;
    try {
      text = file === "-" ? access.readStandardInput() : access.readText(file);
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      throw problems.stop([], `cannot be read: ${error.message}`, { exitCode: ExitCode.noInput });
    }
    sources.addText(file, text);
    try {
      const documents = readYamlDocuments(text, exact);
      this.#documents.set(file, documents);
      return documents;
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      throw problems.stop([], error.message, error.offset === undefined ? {} : { offset: error.offset });
    }
  }

  /** Loads files, merged in order, into one canonical tree with defaults and absolute paths. */
  load(files: readonly string[], scope: LoadScope): Mapping {
    const { problems, skip } = this.setup;
    let tree = emptyMapping();
    for (const file of files) tree = problems.attempt(() => this.#loadFile(file, scope, tree)) ?? tree;
    setDefaults(tree, problems);
    problems.file = undefined;
    checkParts(tree, problems);
    setAside(tree, problems);
    if (!skip.pathResolution || scope.including.length > 0) this.#resolvePaths(tree, scope.directory);
    this.#resolveVariableLists(tree, scope);
    return tree;
  }

  #loadFile(file: string, scope: LoadScope, before: Mapping): Mapping {
    const { problems } = this.setup;
    let tree = before;
    this.setup.sources.addMerged(file);
    for (const document of this.documents(file)) {
      problems.file = file;
      const own = this.#interpolated(document.value, scope);
      this.#include(own, file, scope, document.resets);
      problems.file = file;
      // What it says itself is merged over what it includes.
      this.setup.sources.addMerged(file);
      applyResets(tree, document.resets);
      applyExtends(own, {
        file,
        resets: document.resets,
        problems,
        baseFile: (path) => this.#baseServices(path, scope),
        extended: (from, base, name) => this.setup.sources.addExtended(from, base, name),
      });
      setAside(own, problems);
      tree = mergeFiles(tree, own, problems);
      keepLastOfEach(tree, problems);
      checkTree(tree, composeFileRule, problems);
      setAside(tree, problems);
      if ("version" in tree) {
        problems.warning(["version"], "is obsolete and not used: take it out");
        delete tree.version;
      }
      this.#makeCanonical(tree);
    }
    return tree;
  }

  #makeCanonical(tree: Mapping): void {
    const { problems, skip } = this.setup;
    makeCanonical(tree, problems, skip.interpolation === true);
    omitEmptyServers(tree);
    // A range of ports shows only now which of them an earlier entry has too.
    keepLastOfEach(tree, problems);
    setAside(tree, problems);
  }

  #interpolated(value: Tree, scope: LoadScope): Mapping {
    const { problems, skip } = this.setup;
    if (!isMapping(value)) {
      throw problems.stop([], `the top of a Compose file must be a mapping, not ${describeValue(value)}`);
    }
    if (skip.interpolation) return cloneMapping(value);
    const tree = interpolateTree(value, lookupIn(scope.environment), problems);
    setAside(tree, problems);
    return tree;
  }

  #resolvePaths(tree: Mapping, directory: string): void {
    const { access, home } = this.setup;
    resolvePaths(tree, { directory, home, followLinks: (path) => access.followLinks(path) });
  }

  /** Gives names without a value the one of the environment of the files that they stand in. */
  #resolveVariableLists(tree: Mapping, scope: LoadScope): void {
    const lookup = lookupIn(scope.environment);
    const services = tree.services;
    if (!isMapping(services)) return;
    for (const name in services) {
      const service = services[name] as Tree;
      if (!isMapping(service) || !Array.isArray(service.environment)) continue;
      service.environment = service.environment.map((entry) => {
        const value = typeof entry === "string" ? lookup(entry) : undefined;
        return value === undefined ? entry : `${entry}=${value}`;
      });
    }
  }

  /** Loads the services of a file that others extend: short of checks, which see the result. */
  #baseServices(reference: string, scope: LoadScope): BaseServices {
    const { problems, home } = this.setup;
    const expanded = reference.startsWith("~") && home !== undefined
      ? `${home}/${reference.slice(1)}`
      : reference;
    const path = joinPath(scope.directory, expanded);
    const known = this.#bases.get(path);
    if (known !== undefined) return known;
    const file = problems.file;
    let tree = emptyMapping();
    const resets: PathSegments[] = [];
    for (const document of this.documents(path)) {
      problems.file = path;
      const own = this.#interpolated(document.value, scope);
      applyResets(tree, document.resets);
      tree = mergeFiles(tree, own, problems);
      keepLastOfEach(tree, problems);
      this.#makeCanonical(tree);
      resets.push(...document.resets);
    }
    this.#resolvePaths(tree, directoryOf(path));
    problems.file = file;
    const base: BaseServices = { path, tree, resets };
    this.#bases.set(path, base);
    return base;
  }

  #include(tree: Mapping, file: string, scope: LoadScope, resets: readonly PathSegments[]): void {
    const { problems } = this.setup;
    const includes = tree.include;
    delete tree.include;
    if (includes === undefined || includes === null) return;
    if (!Array.isArray(includes)) {
      throw problems.stop(["include"], `must be a list, not ${describeValue(includes)}`);
    }
    // The includes are used before the whole file is checked, so they are checked here.
    const checked = mappingOf({ include: includes });
    checkTree(checked, composeFileRule, problems);
    setAside(checked, problems);
    if (!("include" in checked)) return problems.lackPart();
    for (const [index, entry] of includes.entries()) {
      problems.file = file;
      const include = isMapping(entry) ? entry : mappingOf({ path: entry });
      const included = problems.attempt(() => this.#loadIncluded(include, index, file, scope));
      problems.file = file;
      if (included !== undefined) this.#importInto(tree, included, resets);
    }
  }

  #loadIncluded(include: Mapping, index: number, file: string, scope: LoadScope): Mapping | undefined {
    const { problems } = this.setup;
    const where = ["include", index];
    const paths = textsOf(include.path).map((path) => joinPath(scope.directory, path));
    const first = paths[0];
    if (first === undefined) return undefined;
    if (++this.#includes > mostIncludes) throw problems.stop(where, `more than ${mostIncludes} includes`);
    const including = [...scope.including, file];
    if (including.includes(first)) {
      throw problems.stop(
        where,
        `includes itself: ${[...including.slice(including.indexOf(first)), first].join(" → ")}`,
      );
    }
    const given = include.project_directory;
    const directory = typeof given === "string" && given !== ""
      ? joinPath(scope.directory, given)
      : directoryOf(first);
    const environment = this.#includeEnvironment(include, directory, [...where, "env_file"], scope);
    return this.load(paths, { directory, environment, including });
  }

  #includeEnvironment(
    include: Mapping,
    directory: string,
    where: PathSegments,
    scope: LoadScope,
  ): Readonly<Record<string, string>> {
    const { access, problems } = this.setup;
    const given = textsOf(include.env_file).filter((path) => path !== "/dev/null");
    const named = textsOf(include.env_file).length > 0;
    const found = `${directory}/.env`;
    const files = named
      ? given.map((path) => joinPath(scope.directory, path))
      : access.kind(found) === "file"
      ? [found]
      : [];
    return environmentWith(scope.environment, files, access, problems, where);
  }

  /** Puts what was included below what the file says itself. */
  #importInto(tree: Mapping, included: Mapping, resets: readonly PathSegments[]): void {
    for (const section of sections) {
      const from = included[section];
      if (!isMapping(from)) continue;
      const to = tree[section] ?? emptyMapping();
      // The schema reports what is no mapping.
      if (!isMapping(to)) continue;
      tree[section] = to;
      for (const name in from) {
        const entry = from[name] as Tree;
        if (!(name in to)) {
          to[name] = entry;
          continue;
        }
        applyResets(mappingOf({ [section]: mappingOf({ [name]: entry }) }), resets);
        to[name] = mergeEntries(entry, to[name] as Tree, [section, name], this.setup.problems);
      }
    }
  }
}

/** Looks variables up in a record. */
export function lookupIn(environment: Readonly<Record<string, string>>): Lookup {
  return (name) => Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/**
 * Adds the variables of environment files to an environment, which wins; a later file wins over an earlier one.
 * What cannot be read stops the loader.
 */
export function environmentWith(
  environment: Readonly<Record<string, string>>,
  files: readonly string[],
  access: ComposeFiles,
  problems: ProblemCollector,
  where: PathSegments,
): Record<string, string> {
  const variables = new Map<string, string>();
  for (const file of files) {
    try {
      readDotenv(access.readText(file), variables, {
        lookup: (name) => lookupIn(environment)(name) ?? variables.get(name),
        unset: (name) => problems.unsetVariable(name, where),
      });
    } catch (error) {
      if (error instanceof FileProblem) {
        throw problems.stop(where, `the environment file ${file} cannot be read: ${error.message}`, {
          exitCode: ExitCode.noInput,
        });
      }
      if (!(error instanceof DotenvError)) throw error;
      throw problems.stop([], error.message, { file, line: error.line });
    }
  }
  return Object.assign(Object.create(null), Object.fromEntries(variables), environment) as Record<
    string,
    string
  >;
}

function textsOf(value: Tree | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
