import { type StatusHook, statusHookTimeout, type StatusMoment, statusMoments } from "../pod/status_hook.ts";
import type { ProblemList } from "./problem_list.ts";
import { splitShellWords } from "./shell_words.ts";
import { parseDurationNanoseconds } from "./units.ts";

/** Longer than that nobody waits for a hook. */
const longestTimeout = 3_600_000;

/**
 * Reads `x-pod.hooks`: by moment, one hook or a list of them. A hook is a text (see {@linkcode hookActionOf}) or a
 * mapping with `command` (text or words) or `post` (a URL), `timeout` and `on_failure`.
 */
export function readStatusHooks(value: unknown, path: string, problems: ProblemList): StatusHook[] {
  const byMoment = fieldsOf(value);
  if (byMoment === undefined) {
    problems.error(path, `must be a mapping with ${statusMoments.join(", ")}`);
    return [];
  }
  return Object.entries(byMoment).flatMap(([name, hooks]) => {
    const moment = statusMoments.find((known) => known === name);
    if (moment === undefined) {
      problems.error(`${path}.${name}`, `is not a moment of a pod's life: use ${statusMoments.join(", ")}`);
      return [];
    }
    if (!Array.isArray(hooks)) return readHook(hooks, moment, `${path}.${name}`, problems);
    return hooks.flatMap((hook, index) => readHook(hook, moment, `${path}.${name}[${index}]`, problems));
  });
}

function readHook(value: unknown, moment: StatusMoment, path: string, problems: ProblemList): StatusHook[] {
  const fields = typeof value === "string" ? { command: value } : fieldsOf(value);
  if (fields === undefined) {
    problems.error(path, "must be a command, a URL, or a mapping with command or post");
    return [];
  }
  let action: StatusHook["action"] | undefined;
  let timeout = statusHookTimeout;
  let onFailure: StatusHook["onFailure"] = "ignore";
  if (("command" in fields) === ("post" in fields)) problems.error(path, "needs either command or post");
  for (const [name, field] of Object.entries(fields)) {
    const where = typeof value === "string" ? path : `${path}.${name}`;
    try {
      if (name === "command") action = readCommand(field, typeof value === "string");
      else if (name === "post") action = { kind: "post", url: readUrl(field) };
      else if (name === "timeout") timeout = hookTimeoutOf(String(field));
      else if (name === "on_failure") onFailure = onFailureOf(String(field));
      else if (!name.startsWith("x-")) {
        problems.error(where, "is not a field of a hook: it has command, post, timeout and on_failure");
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.error(where, error.message);
    }
  }
  return action === undefined ? [] : [{ moment, action, timeout, onFailure }];
}

function readCommand(field: unknown, mayBeUrl: boolean): StatusHook["action"] {
  if (typeof field === "string") {
    if (mayBeUrl) return hookActionOf(field);
    return commandOf(splitShellWords(field));
  }
  if (!Array.isArray(field) || !field.every((word) => typeof word === "string")) {
    throw new RangeError("must be text or a list of words");
  }
  return commandOf(field);
}

function commandOf(command: readonly string[]): StatusHook["action"] {
  if (command.length === 0 || command[0] === "") throw new RangeError("names no command");
  if (command.some((word) => word.includes("\0"))) {
    throw new RangeError("holds a NUL, which no command takes");
  }
  return { kind: "command", command };
}

function readUrl(field: unknown): string {
  if (typeof field === "string" && isUrl(field)) return field;
  throw new RangeError(`${JSON.stringify(field)} is not an http or https URL`);
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/**
 * What a hook's text asks for: an http or https URL is posted to, anything else is a command, split into words as
 * Compose splits `command:` and run without a shell.
 *
 * @throws {RangeError} where it is neither
 */
export function hookActionOf(text: string): StatusHook["action"] {
  return isUrl(text.trim()) ? { kind: "post", url: text.trim() } : commandOf(splitShellWords(text));
}

/**
 * How long a hook may take, as a duration of Compose.
 *
 * @returns milliseconds
 * @throws {RangeError} where it is none, or not between 1 ms and 1 h
 */
export function hookTimeoutOf(text: string): number {
  const milliseconds = parseDurationNanoseconds(text) / 1e6;
  if (milliseconds < 1 || milliseconds > longestTimeout) {
    throw new RangeError(`${JSON.stringify(text)} is not between 1ms and 1h`);
  }
  return milliseconds;
}

/** @throws {RangeError} where the text is neither `ignore` nor `fail` */
export function onFailureOf(text: string): StatusHook["onFailure"] {
  if (text === "ignore" || text === "fail") return text;
  throw new RangeError(`${JSON.stringify(text)} is neither ignore nor fail`);
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}
