/** What the end of a task means for whoever launched it: an exit code, and words where that says too little. */

import { ExitCode } from "../../../pod/errors.ts";
import type { TaskStatus } from "../../wire/messages.ts";

/** How a launch ended. */
export interface TaskOutcome {
  /** Of this program. */
  readonly code: number;
  /** Why, in words; absent where the container's own code says all. */
  readonly message?: string;
}

/** How `docker run` says that a container was never started, that its program may not be run, and that there is none. */
export const launchCodes = { neverStarted: 125, notExecutable: 126, notFound: 127 } as const;

/** 128 + SIGKILL, as shells and `docker run` report it. */
const killed = 137;

const mostLines = 12;

/**
 * The outcome of a terminal status.
 *
 * @param known.interrupted the code of the signal that had the task killed; absent: nobody did here
 * @param known.exitCode of the pod, from its record, for a status that has none: answers of the master
 */
export function outcomeOf(
  { state, labels, message, reason }: TaskStatus,
  known: { readonly interrupted?: number; readonly exitCode?: number } = {},
): TaskOutcome {
  const facts = new Map((labels?.labels ?? []).map(({ key, value }) => [key, value ?? ""]));
  const said = firstLines(message ?? "");
  const own = codeIn(facts.get("mesolet.exit-code")) ?? known.exitCode;
  const { interrupted } = known;
  switch (state) {
    case "TASK_FINISHED":
      return { code: ExitCode.ok };
    case "TASK_KILLED":
      if (own !== undefined && own !== 0) return { code: own };
      if (interrupted !== undefined) return { code: interrupted };
      return { code: killed, message: `it was killed${said === "" ? "" : `: ${said}`}` };
    case "TASK_FAILED":
      break;
    case "TASK_ERROR":
      return { code: ExitCode.data, message: `the master refused the task: ${said}` };
    default:
      return { code: ExitCode.osError, message: `the task is lost: ${wordsOf(state, said)}` };
  }
  if (reason === "REASON_TASK_INVALID") {
    return { code: ExitCode.data, message: `the agent refused it: ${said}` };
  }
  const code = facts.get("mesolet.reason") ?? "";
  if (neverStarted.has(code)) return { code: codeOfStart(message ?? ""), message: said };
  if (facts.get("mesolet.out-of-memory") === "true" || code.endsWith("out-of-memory")) {
    return { code: own === undefined || own === 0 ? killed : own, message: said };
  }
  if (own !== undefined && own !== 0) {
    // What a container did by itself is known by its code and its own words.
    return code === "container-exited" || code === "" ? { code: own } : { code: own, message: said };
  }
  if (reason === "REASON_RECONCILIATION") return { code: ExitCode.failed, message: "it failed" };
  if (facts.size > 0) return { code: ExitCode.failed, message: said };
  // Of the tasks of Mesos' own executor, which tells it in words.
  const ofMesos = ofMember.exec(said);
  if (ofMesos !== null) return { code: codeIn(ofMesos[1]) || ExitCode.failed, message: said };
  // The executor never told: it could not be fetched, or has died.
  return { code: ExitCode.osError, message: `its executor failed: ${wordsOf(reason ?? state, said)}` };
}

/** Codes of reasons for which nothing of the container's own was run. */
const neverStarted: ReadonlySet<string> = new Set([
  "image-pull-failed",
  "create-failed",
  "start-failed",
  "engine-unavailable",
]);

/** A container and what became of it: `web-1: Command exited with status 3` (Mesos, `launcher/default_executor.cpp`). */
const ofMember = /^[\w.-]+-\d+(?:: (?:Command exited with status (\d{1,3}))?| is unhealthy| ended:)/;

/** Engines say why in words alone; these are those that `docker run` goes by. */
function codeOfStart(message: string): number {
  if (/executable file not found|no such file or directory/i.test(message)) return launchCodes.notFound;
  if (/permission denied|is a directory|exec format error/i.test(message)) return launchCodes.notExecutable;
  return launchCodes.neverStarted;
}

function codeIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,3}$/.test(text)) return undefined;
  return Number(text) & 0xff;
}

function wordsOf(word: string, said: string): string {
  return said === "" ? word : `${word}: ${said}`;
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, mostLines).join("\n").trim();
}
