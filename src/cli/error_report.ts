import { ExitCode, formatProblem, MesoletError, type Problem, SpecError } from "../pod/errors.ts";
import { Interrupted } from "./interrupts.ts";
import type { Style } from "./style.ts";
import { withoutControls } from "./text_width.ts";

/** What a person is told of an error, and what the shell is. */
export interface ErrorReport {
  /** Without line ends. */
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/**
 * Says an error in as few lines as it has things to say: one for each problem of a spec, else one. An error that
 * nobody foresaw is a defect of mesolet and says so. With `debug` the causes and stacks follow.
 */
export function reportError(
  error: unknown,
  options: { readonly debug: boolean; readonly style: Style },
): ErrorReport {
  const { style } = options;
  const label = style.red("error:");
  const lines: string[] = [];
  let exitCode: number = ExitCode.software;
  if (error instanceof SpecError) {
    exitCode = error.exitCode;
    lines.push(...error.problems.map((problem) => problemLine(problem, style)));
  } else if (error instanceof Interrupted) {
    exitCode = error.exitCode;
    lines.push(error.message);
  } else if (error instanceof MesoletError) {
    exitCode = error.exitCode;
    lines.push(...error.message.split("\n").map((line) => `${label} ${withoutControls(line)}`));
  } else {
    lines.push(`${label} ${oneLine(error)}`);
    lines.push(
      options.debug
        ? "This is a defect of mesolet: please report it with these lines."
        : "This is a defect of mesolet: please report it with what the same command prints with --debug.",
    );
  }
  if (options.debug && !(error instanceof Interrupted)) {
    lines.push(...stackLines(error).map((line) => style.dim(line)));
  }
  return { lines, exitCode };
}

/** One line for a problem of a spec: `error: file:line:column: path: message`. */
export function problemLine(problem: Problem, style: Style): string {
  const label = problem.severity === "error" ? style.red("error:") : style.yellow("warning:");
  return `${label} ${withoutControls(formatProblem(problem)).replaceAll("\n", " ")}`;
}

/** One line for something a person should know that stops nothing. */
export function warningLine(message: string, style: Style): string {
  return `${style.yellow("warning:")} ${withoutControls(message).replaceAll("\n", " ")}`;
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return withoutControls(text).replaceAll("\n", " ");
}

/** The stack of an error and of all its causes. A chain that bites its own tail ends after some links. */
function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && depth < 10; depth++) {
    if (depth > 0) lines.push(`caused by: ${oneLine(current)}`);
    if (!(current instanceof Error)) break;
    const stack = current.stack ?? "";
    lines.push(...stack.split("\n").filter((line) => line.trimStart().startsWith("at ")));
    current = current.cause;
  }
  return lines;
}
