import { loadCompose } from "../compose/load.ts";
import { located } from "../compose/located.ts";
import { podErrors, podOf } from "../compose/pod.ts";
import type { ComposeProject } from "../compose/model.ts";
import { defaultNames } from "../compose/project_setup.ts";
import type { ComposeRequest, ComposeResult } from "../compose/request.ts";
import { relativeMountsOutside } from "../compose/relative_mounts.ts";
import { type TravellingSpec, travellingSpec } from "../compose/travelling_spec.ts";
import type { Clock } from "../pod/clock.ts";
import { messageOf, type Problem, SpecError } from "../pod/errors.ts";
import { OperatorLabel } from "../pod/labels.ts";
import type { Pod } from "../pod/model.ts";
import { noPolicies, type Policies } from "../policy/policies.ts";
import { noteProblems, type Plugins } from "../plugins/plugins.ts";
import type { SpecAccess } from "../policy/confined_files.ts";
import { hideValues } from "./hide_values.ts";
import { kubernetesProblem } from "./kubernetes_problem.ts";
import { RecordedFiles } from "./recorded_files.ts";
import { podNameOfFile } from "./scan_directory.ts";
import { FilesLook, type SpecFiles } from "./spec_files.ts";
import type { BadSpec, GoodSpec, LoadedSpec } from "./spec_source.ts";
import type { SpecPart } from "./spec_version.ts";

/** What a reader of specs needs of its surroundings. */
export interface SpecReaderSetup {
  readonly files: SpecFiles;
  /** The variables of the operator's own environment; those of Compose itself (`COMPOSE_…`) are passed over. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, "now">;
  /** Specs are read for a cluster, and not for this host; absent: false. */
  readonly forCluster?: boolean;
  /** What the owner of this host lets specs do; absent: everything. */
  readonly policies?: Policies;
  /** Programs of the owner of this host that look at pods before they are launched here. */
  readonly plugins?: Plugins | undefined;
}

interface Reading {
  readonly spec: LoadedSpec;
  readonly record: RecordedFiles;
  readonly parts: readonly SpecPart[];
}

/** Reads specs, each version once, and knows what each was made of. */
export class SpecReader {
  readonly #readings = new Map<string, Reading>();
  readonly #environment: Readonly<Record<string, string>>;

  constructor(readonly setup: SpecReaderSetup) {
    // They would choose the files, the name or the profiles of one project, and an operator has many.
    this.#environment = Object.fromEntries(
      Object.entries(setup.environment).filter(([name]) => !name.startsWith("COMPOSE_")),
    );
  }

  /** What a spec was made of when it was last read; undefined for one that was not. */
  partsOf(key: string): readonly SpecPart[] | undefined {
    return this.#readings.get(key)?.parts;
  }

  /** What all specs were made of. */
  *allParts(): Iterable<readonly SpecPart[]> {
    for (const { parts } of this.#readings.values()) yield parts;
  }

  /**
   * Reads a spec as it is now. Where its files say the same as before, nothing is parsed, and it is the same pod object.
   *
   * @param directory the watched directory that it is in
   * @param look what is known of the file system from just before
   */
  async read(key: string, directory: string, look = new FilesLook(this.setup.files)): Promise<LoadedSpec> {
    const { files, clock } = this.setup;
    const before = this.#readings.get(key);
    const record = new RecordedFiles(files, look, clock);
    const spec = before !== undefined && record.repeats(before.record)
      ? { ...before.spec, version: record.version }
      : await this.#parse(key, directory, record);
    record.forgetBytes();
    this.#readings.set(key, { spec, record, parts: record.listParts() });
    return spec;
  }

  /** Forgets all specs but these. */
  keepOnly(keys: { has(key: string): boolean }): void {
    for (const key of this.#readings.keys()) if (!keys.has(key)) this.#readings.delete(key);
  }

  async #parse(key: string, directory: string, record: RecordedFiles): Promise<LoadedSpec> {
    const { forCluster = false, policies = noPolicies, plugins } = this.setup;
    const asked = this.#requestFor(key, record);
    const place = {
      names: { spec: asked.workingDirectory },
      followLinks: (path: string) => record.followLinks(path),
    };
    const access = policies.confine(record, place);
    const request = { ...asked, access };
    try {
      // Agents have policies of their own.
      const judge = (pod: Pod) =>
        forCluster ? policies.judgeForCluster(pod, place) : policies.judge(pod, place);
      // So have they plugins of their own.
      const ofHost = forCluster ? undefined : plugins;
      const spec = await goodSpec({
        key,
        directory,
        request,
        record,
        access,
        judge,
        plugins: ofHost,
        forCluster,
      });
      return forCluster ? spec : { ...spec, pod: policies.complete(spec.pod) };
    } catch (error) {
      return badSpec(key, shown(problemsOf(error, key), request, record), record);
    }
  }

  #requestFor(key: string, record: RecordedFiles): ComposeRequest {
    const slash = key.lastIndexOf("/");
    const name = key.slice(slash + 1);
    const parent = slash === 0 ? "/" : key.slice(0, slash);
    const isProject = record.kind(key) === "directory";
    const common = { environment: this.#environment, access: record, searchAbove: false };
    if (isProject) return { ...common, workingDirectory: key };
    // The override of a project in the watched directory itself belongs to it.
    if (defaultNames.includes(name)) return { ...common, workingDirectory: parent };
    return { ...common, workingDirectory: parent, files: [key], defaultName: podNameOfFile(name) };
  }
}

async function goodSpec(
  { key, directory, request, record, access, judge, plugins, forCluster }: {
    readonly key: string;
    readonly directory: string;
    readonly request: ComposeRequest;
    readonly record: RecordedFiles;
    /** What of it the spec may read. */
    readonly access: SpecAccess;
    readonly judge: (pod: Pod) => readonly Problem[];
    readonly plugins: Plugins | undefined;
    readonly forCluster: boolean;
  },
): Promise<GoodSpec> {
  const readFile = (path: string) => access.readBytes(path);
  const podRequest = (project: ComposeProject) => ({ project, readFile, forCluster });
  const loaded = await loadCompose({
    ...request,
    furtherErrors: (project) => podErrors(podRequest(project)),
  });
  const { compose, notes } = await changedBy(plugins, loaded, access);
  const { pod, warnings, offeredPorts } = await located(compose, () => podOf(podRequest(compose.project)));
  const refusals = judge(pod);
  if (refusals.length > 0) throw new SpecError(await compose.locate(refusals));
  return {
    key,
    version: record.version,
    pod: { ...pod, labels: { ...pod.labels, [OperatorLabel.directory]: directory } },
    ...(forCluster
      ? {
        forCluster: {
          travelling: await packed(pod, compose.project, request, { record, readFile }),
          offeredPorts,
        },
      }
      : {}),
    files: record.contentPaths,
    warnings: shown(await compose.locate([...compose.warnings, ...warnings, ...notes]), request, record),
    locate: locatorOf(request, record),
  };
}

/** A project as plugins want it; each is bounded, and nobody waits for long. */
async function changedBy(
  plugins: Plugins | undefined,
  compose: ComposeResult,
  access: SpecAccess,
): Promise<{ readonly compose: ComposeResult; readonly notes: readonly Problem[] }> {
  if (plugins === undefined) return { compose, notes: [] };
  const signal = new AbortController().signal;
  const changed = await plugins.change(compose, { runner: "operator" }, access, signal);
  return { compose: changed.compose, notes: noteProblems(changed.notes) };
}

/** A spec as it travels to agents; its problems are those of the spec for a cluster. */
async function packed(
  { cluster }: Pod,
  project: ComposeProject,
  request: ComposeRequest,
  { record, readFile }: {
    readonly record: RecordedFiles;
    readonly readFile: (path: string) => Uint8Array | undefined;
  },
): Promise<TravellingSpec> {
  const travelling = travellingSpec(project, {
    readFile,
    hasUris: (cluster?.uris ?? []).length > 0,
    outside: await relativeMountsOutside(project, { ...request, access: record.replay() }),
  });
  return { ...travelling, problems: shown(travelling.problems, request, record) };
}

/**
 * The loaded project is large and seldom asked: it is made once more, of the texts that were read. This function stands
 * apart from the one that loads, as all functions of one call keep alive what any of them uses.
 */
function locatorOf(request: ComposeRequest, record: RecordedFiles): GoodSpec["locate"] {
  return async (problems) =>
    problems.length === 0 ? [] : shown(
      await (await loadCompose({ ...request, access: record.replay() })).locate(problems),
      request,
      record,
    );
}

/** Problems as everybody may read them. */
function shown(problems: readonly Problem[], request: ComposeRequest, record: RecordedFiles): Problem[] {
  return hideValues(problems, { texts: record.texts, environment: request.environment });
}

function badSpec(key: string, problems: readonly Problem[], record: RecordedFiles): BadSpec {
  const kubernetes = kubernetesProblem(key, record.replay());
  return {
    key,
    version: record.version,
    files: record.contentPaths,
    problems: kubernetes === undefined ? problems : [kubernetes],
  };
}

/** Whatever goes wrong with one spec is a problem of that spec: the others go on. */
function problemsOf(error: unknown, key: string): Problem[] {
  const position = { file: key };
  if (error instanceof SpecError) {
    return error.problems.map((problem) =>
      problem.position === undefined ? { ...problem, position } : problem
    );
  }
  const reason = messageOf(error);
  return [{
    severity: "error",
    path: "",
    message: `cannot be loaded, a defect of mesolet: ${reason}`,
    position,
  }];
}
