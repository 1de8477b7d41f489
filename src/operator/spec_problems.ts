/** What is to be told of specs and directories. */

import type { Problem } from "../pod/errors.ts";
import type { Rival } from "./claim_pods.ts";
import type { KnownSpec, SpecBounds, SpecsState } from "./decide_specs.ts";
import type { Leaving, Loss } from "./leaving_pods.ts";
import type { SpecProblem } from "./pod_board.ts";
import { isGood } from "./spec_source.ts";

interface Findings {
  readonly state: SpecsState;
  readonly rivals: readonly Rival[];
  readonly losses: readonly Loss[];
  /** Milliseconds since 1970. */
  readonly date: number;
  readonly bounds: SpecBounds;
}

type Finding = Omit<SpecProblem, "since">;

/** All problems of a pass, sorted by key; one that was there before keeps its time. */
export function listProblems({ state, rivals, losses, date, bounds }: Findings): readonly SpecProblem[] {
  const findings: Finding[] = [];
  for (const known of state.specs.values()) findings.push(...ofSpec(known, state));
  for (const rival of rivals) findings.push(...ofRivals(rival));
  for (const [directory, problems] of state.unreadable) {
    const keptVersion = [...state.pods.values()].some((pod) => pod.directory === directory);
    for (const problem of problems) findings.push({ key: directory, problem, keptVersion });
  }
  for (const [key, { problem }] of state.unclear) {
    const pod = state.specs.get(key)?.good?.pod.name;
    findings.push({ key, problem, keptVersion: pod !== undefined, ...(pod === undefined ? {} : { pod }) });
  }
  for (const leaving of state.leaving.values()) findings.push(...ofLeaving(leaving));
  for (const loss of losses) findings.push(ofLoss(loss, bounds));
  const since = new Map(state.problems.map((problem) => [identity(problem), problem.since]));
  return findings
    .sort((one, other) => one.key < other.key ? -1 : one.key > other.key ? 1 : 0)
    .map((finding) => ({ ...finding, since: since.get(identity(finding)) ?? date }));
}

function ofSpec({ key, spec, good }: KnownSpec, { pods }: SpecsState): Finding[] {
  if (spec === undefined || isGood(spec)) return [];
  const keptVersion = good !== undefined && pods.get(good.pod.name)?.key === key;
  return spec.problems
    .filter(({ severity }) => severity === "error")
    .map((problem) => ({
      key,
      problem,
      keptVersion,
      ...(good === undefined ? {} : { pod: good.pod.name }),
    }));
}

function ofRivals({ key, pod, owner }: Rival): Finding[] {
  const of = (subject: string, message: string, keptVersion: boolean): Finding => ({
    key: subject,
    pod,
    problem: { severity: "error", path: "name", message, position: { file: subject } },
    keptVersion,
  });
  return [
    of(
      key,
      `the pod ${pod} is that of ${owner} already, which keeps it: give one of them another name`,
      false,
    ),
    of(owner, `${key} names the pod ${pod} as well: this file keeps it; give one of them another name`, true),
  ];
}

function ofLeaving({ pod: { key, pod }, heir }: Leaving): Finding[] {
  if (heir === undefined) return [];
  const problem: Problem = {
    severity: "error",
    path: "",
    message: `is gone, and ${heir} has come, which has never been right and may be the same spec: ` +
      `the pod ${pod.name} runs on until that one is right, or gone`,
    position: { file: key },
  };
  return [{ key, pod: pod.name, problem, keptVersion: true }];
}

function ofLoss({ directory, lost, of }: Loss, { rescan }: SpecBounds): Finding {
  const problem: Problem = {
    severity: "error",
    path: "",
    message: `${lost} of ${of} pods have lost their specs at once: they run on until this has lasted for ` +
      `${rescan / 1_000} s (--allow-empty believes it at once)`,
    position: { file: directory },
  };
  return { key: directory, problem, keptVersion: true };
}

function identity({ key, problem: { path, message, position } }: Omit<SpecProblem, "since">): string {
  return JSON.stringify([key, path, message, position]);
}
