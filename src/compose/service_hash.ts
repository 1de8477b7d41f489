/** What a service is, in one number: it changes where its containers have to be made anew. */

import type { ComposeProject, ComposeService } from "./model.ts";
import { sorted } from "./print.ts";

/**
 * Gives the SHA-256 of a service in normal form, in hexadecimal.
 *
 * Left out is what makes no other container: build, pull_policy, scale, deploy.replicas, depends_on, profiles and
 * `x-*`. The project directory counts as `.`, so that a project may move.
 */
export async function hashService(project: ComposeProject, service: ComposeService): Promise<string> {
  const text = JSON.stringify(
    sorted(relevantPart(service)),
    (_, value: unknown) => typeof value === "string" ? relativeTo(project.workingDirectory, value) : value,
  );
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function relevantPart(service: ComposeService): Partial<ComposeService> {
  const {
    build: _build,
    pull_policy: _pullPolicy,
    scale: _scale,
    depends_on: _dependsOn,
    profiles: _profiles,
    extensions: _extensions,
    deploy,
    ...rest
  } = service;
  if (deploy === undefined) return rest;
  const { replicas: _replicas, ...deployRest } = deploy;
  const empty = Object.values(deployRest).every((value) =>
    typeof value === "object" && Object.keys(value).length === 0
  );
  return empty ? rest : { ...rest, deploy: deployRest };
}

function relativeTo(directory: string, text: string): string {
  if (text === directory) return ".";
  return text.startsWith(`${directory}/`) ? `.${text.slice(directory.length)}` : text;
}
