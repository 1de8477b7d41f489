/** What is wrong with a spec is told in logs and over HTTP: the values of variables, which may be secrets, are not. */

import { DotenvError, readDotenv } from "../compose/dotenv.ts";
import { interpolate, InterpolationError, variablesOf } from "../compose/interpolation.ts";
import type { Problem } from "../pod/errors.ts";

/** What a spec was made of. */
export interface SpecTexts {
  /** Texts by path: of the spec, and of the files with variables that it names. */
  readonly texts: ReadonlyMap<string, string>;
  /** The variables of the operator's own environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Shorter values are in every sentence by chance; where they are quoted they are found all the same. */
const shortestValue = 4;

/**
 * Gives problems without the values of variables: the name of the variable stands in their place where it is known, else
 * `…`. What stands in the spec itself is shown as it is.
 */
export function hideValues(problems: readonly Problem[], { texts, environment }: SpecTexts): Problem[] {
  if (problems.length === 0) return [];
  const written: string[] = [];
  const others: string[] = [];
  for (const [path, text] of texts) (/\.(ya?ml|json)$/.test(path) ? written : others).push(text);
  const raw = written.join("\n");
  if (others.length === 0 && !raw.includes("$")) return [...problems];
  const values = valuesOf(raw, others, environment);
  const secret = [expanded(raw, values), ...others].join("\n");
  const isValue = (text: string) => text !== "" && !raw.includes(text) && secret.includes(text);
  const long = [...values].filter(([, value]) => value.length >= shortestValue && !raw.includes(value))
    .sort(([, one], [, other]) => other.length - one.length);
  const hide = (text: string) => {
    let shown = text;
    for (const [name, value] of long) shown = shown.replaceAll(value, () => `\${${name}}`);
    return shown
      .replaceAll(/"(?:[^"\\]|\\.)*"/g, (quoted) => piecesOf(quoted).some(isValue) ? '"…"' : quoted)
      .replace(
        /(\bnot (?:the (?:number|date) )?)([^\s"]+)$/,
        (whole, before: string, value: string) => isValue(value) ? `${before}…` : whole,
      );
  };
  return problems.map((problem) => ({
    ...problem,
    message: hide(problem.message),
    path: hide(problem.path),
  }));
}

/** What stands between the names of variables in a quoted text, which the loader may have cut short. */
function piecesOf(quoted: string): string[] {
  return textIn(quoted).replace(/…$/, "").split(/\$\{\w+\}/);
}

function textIn(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

/** The variables that a spec may have its values from, as far as their files can be read. */
function valuesOf(
  raw: string,
  others: readonly string[],
  environment: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const text of others) {
    try {
      readDotenv(text, values, { lookup: (name) => environment[name] });
    } catch (error) {
      // What came before the wrong line is known; the text as a whole is compared as well.
      if (!(error instanceof DotenvError)) throw error;
    }
  }
  for (const { name } of variablesOf(raw)) {
    const value = environment[name];
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** The text with its values, line by line: one that is wrong is left out. */
function expanded(raw: string, values: ReadonlyMap<string, string>): string {
  const context = { lookup: (name: string) => values.get(name), unset: () => {} };
  return raw.split("\n").flatMap((line) => {
    try {
      return line.includes("$") ? [interpolate(line, context)] : [];
    } catch (error) {
      if (error instanceof InterpolationError) return [];
      throw error;
    }
  }).join("\n");
}
