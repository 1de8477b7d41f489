/** `env_file` and `label_file` are read, and what they say goes into `environment` and `labels`. */

import { DotenvError, readDotenv, readRawEnvironment } from "./dotenv.ts";
import { emptyRecord } from "./field_reader.ts";
import { type ComposeFiles, FileProblem } from "./files.ts";
import type { Lookup } from "./interpolation.ts";
import type { ComposeProject, ComposeService, NullableStringMap, StringMap } from "./model.ts";
import type { ProblemCollector } from "./problems.ts";

/**
 * Reads the environment files of the active services.
 *
 * `environment` wins over `env_file`, a later file over an earlier one. A variable that `environment` names without a
 * value takes that of the shell or stays without one, even where a file gives it.
 */
export function resolveEnvironmentFiles(
  project: ComposeProject,
  files: ComposeFiles,
  problems: ProblemCollector,
): void {
  const shell: Lookup = (name) => project.environment[name];
  for (const [name, service] of Object.entries(project.services)) {
    resolveService(name, service, shell, files, problems);
  }
}

function resolveService(
  name: string,
  service: ComposeService,
  shell: Lookup,
  files: ComposeFiles,
  problems: ProblemCollector,
): void {
  const own = service.environment ?? emptyRecord<string | null>();
  for (const key in own) own[key] ??= shell(key) ?? null;
  const variables = new Map<string, string>();
  for (const key in own) {
    const value = own[key];
    if (typeof value === "string") variables.set(key, value);
  }
  const lookup: Lookup = (key) => shell(key) ?? own[key] ?? undefined;
  for (const [index, file] of (service.env_file ?? []).entries()) {
    const path = ["services", name, "env_file", index];
    if (files.kind(file.path) === "absent" && file.required === false) continue;
    readInto(files, file.path, problems, path, (text) => {
      if (file.format === "raw") readRawEnvironment(text, variables, lookup);
      else if (file.format === undefined) readDotenv(text, variables, { lookup });
      else problems.error([...path, "format"], `must be raw or absent, not ${JSON.stringify(file.format)}`);
    });
  }
  const environment: NullableStringMap = emptyRecord<string | null>();
  for (const [key, value] of variables) environment[key] = value;
  for (const key in own) environment[key] = own[key] ?? null;
  if (Object.keys(environment).length > 0) service.environment = environment;
  delete service.env_file;
}

/** Reads the label files of the active services; `labels` win over them. */
export function resolveLabelFiles(
  project: ComposeProject,
  files: ComposeFiles,
  problems: ProblemCollector,
): void {
  for (const [name, service] of Object.entries(project.services)) {
    const variables = new Map<string, string>();
    for (const [index, file] of (service.label_file ?? []).entries()) {
      const own = new Map<string, string>();
      readInto(files, file, problems, ["services", name, "label_file", index], (text) => {
        readDotenv(text, own, { lookup: (key) => variables.get(key) });
      });
      for (const [key, value] of own) variables.set(key, value);
    }
    delete service.label_file;
    if (variables.size === 0) continue;
    const labels: StringMap = emptyRecord<string>();
    for (const [key, value] of variables) labels[key] = value;
    service.labels = Object.assign(labels, service.labels);
  }
}

function readInto(
  files: ComposeFiles,
  path: string,
  problems: ProblemCollector,
  segments: (string | number)[],
  read: (text: string) => void,
): void {
  try {
    read(files.readText(path));
  } catch (error) {
    if (error instanceof FileProblem) problems.error(segments, `cannot read ${path}: ${error.message}`);
    else if (error instanceof DotenvError) {
      problems.error(segments, `${path}:${error.line}: ${error.message}`);
    } else throw error;
  }
}
