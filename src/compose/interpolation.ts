/**
 * Variables in text: `$NAME`, `${NAME}`, `${NAME:-word}` and the other operators of the Compose Specification
 * (12-interpolation).
 */

/** Gives a variable's value, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A use of a variable, for `config --variables`. */
export interface VariableUse {
  readonly name: string;
  readonly required: boolean;
  readonly defaultValue?: string;
  readonly alternateValue?: string;
}

/** Interpolation failed; the message is a part of a sentence about a field. */
export class InterpolationError extends Error {
  override readonly name = "InterpolationError";
}

/** What {@linkcode interpolate} is told and tells. */
export interface InterpolationContext {
  readonly lookup: Lookup;
  /** Called for a variable that is not set and has no default; it becomes empty. */
  readonly unset: (name: string) => void;
}

interface Reference {
  readonly name: string;
  readonly operator: "" | ":-" | "-" | ":+" | "+" | ":?" | "?";
  readonly word: string;
  /** Where the text goes on. */
  readonly end: number;
}

const namePattern = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const operatorPattern = /:?[-+?]/y;
// Words nest; no file that a person wrote nests them deeper.
const depthLimit = 50;

/**
 * Puts values for the variables of a text. `$$` is a `$`; a `$` before anything but a name or a brace stays.
 *
 * A word (what stands after an operator) is looked at only where it is used, so that
 * `${SET:-${OTHER:?needed}}` needs no `OTHER`. Values are not looked through again.
 *
 * @throws {InterpolationError} where `${` is not followed by a valid form, or a required variable has no value
 */
export function interpolate(text: string, context: InterpolationContext): string {
  return substitute(text, context, 0);
}

function substitute(text: string, context: InterpolationContext, depth: number): string {
  let start = text.indexOf("$");
  if (start < 0) return text;
  if (depth > depthLimit) throw new InterpolationError("defaults nest too deeply");
  let result = "";
  let done = 0;
  while (start >= 0) {
    result += text.slice(done, start);
    const next = text[start + 1];
    if (next === "$") {
      result += "$";
      done = start + 2;
    } else {
      const reference = referenceAt(text, start);
      if (reference === undefined) {
        result += "$";
        done = start + 1;
      } else {
        result += valueOf(reference, context, depth);
        done = reference.end;
      }
    }
    start = text.indexOf("$", done);
  }
  return result + text.slice(done);
}

function valueOf(reference: Reference, context: InterpolationContext, depth: number): string {
  const { name, operator, word } = reference;
  const value = context.lookup(name);
  const filled = operator.startsWith(":") ? value !== undefined && value !== "" : value !== undefined;
  switch (operator) {
    case "":
      if (value === undefined) context.unset(name);
      return value ?? "";
    case ":-":
    case "-":
      return filled ? value ?? "" : substitute(word, context, depth + 1);
    case ":+":
    case "+":
      return filled ? substitute(word, context, depth + 1) : "";
    case ":?":
    case "?": {
      if (filled) return value ?? "";
      const reason = substitute(word, context, depth + 1);
      throw new InterpolationError(`the variable ${name} must be set${reason === "" ? "" : `: ${reason}`}`);
    }
  }
}

/** Reads what follows a `$`; undefined where it is no reference. */
function referenceAt(text: string, start: number): Reference | undefined {
  const braced = text[start + 1] === "{";
  namePattern.lastIndex = start + (braced ? 2 : 1);
  const name = namePattern.exec(text)?.[0];
  if (!braced) {
    if (name === undefined) return undefined;
    return { name, operator: "", word: "", end: start + 1 + name.length };
  }
  if (name === undefined) throw invalid(text, start);
  const afterName = start + 2 + name.length;
  if (text[afterName] === "}") return { name, operator: "", word: "", end: afterName + 1 };
  operatorPattern.lastIndex = afterName;
  const operator = operatorPattern.exec(text)?.[0] as Reference["operator"] | undefined;
  if (operator === undefined) throw invalid(text, start);
  const wordStart = afterName + operator.length;
  const wordEnd = closingBrace(text, wordStart);
  if (wordEnd < 0) throw invalid(text, start);
  return { name, operator, word: text.slice(wordStart, wordEnd), end: wordEnd + 1 };
}

/** Finds the brace that ends a word; braces inside it balance. Where they do not, the last brace of the text ends it. */
function closingBrace(text: string, from: number): number {
  let open = 0;
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (character === "{") open++;
    else if (character === "}" && open-- === 0) return index;
  }
  const last = text.lastIndexOf("}");
  return last >= from ? last : -1;
}

function invalid(text: string, start: number): InterpolationError {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(start, start + 60)}…` : text);
  return new InterpolationError(
    `${shown} is no valid variable: write \${NAME}, \${NAME:-default} or the like, or $$ for a plain $`,
  );
}

/** Lists the variables that a text uses, those inside words included, in order. Text that is not valid uses none. */
export function variablesOf(text: string): VariableUse[] {
  const uses: VariableUse[] = [];
  let start = text.indexOf("$");
  while (start >= 0) {
    if (text[start + 1] === "$") {
      start = text.indexOf("$", start + 2);
      continue;
    }
    let reference: Reference | undefined;
    try {
      reference = referenceAt(text, start);
    } catch {
      return uses;
    }
    if (reference === undefined) {
      start = text.indexOf("$", start + 1);
      continue;
    }
    const { name, operator, word } = reference;
    uses.push({
      name,
      required: operator.endsWith("?"),
      ...(operator.endsWith("-") ? { defaultValue: word } : {}),
      ...(operator.endsWith("+") ? { alternateValue: word } : {}),
    }, ...variablesOf(word));
    start = text.indexOf("$", reference.end);
  }
  return uses;
}
