import type { Requirement, RequirementTest } from "../../../pod/cluster.ts";

/**
 * Reads where a task may run, in the words of a command line: `hostname=a`, `rack!=r3`, `zone in a,b`, `disk~ssd.*`. The
 * same rules as those of `x-pod.placement.require`.
 *
 * @throws {RangeError} with what is wrong, and what would be right
 */
export function readConstraint(text: string): Requirement {
  const match = /^\s*([^\s=!~]+)\s*(!=|=?~|==?|\sin\s)\s*(.*?)\s*$/s.exec(text);
  if (match === null) {
    throw new RangeError(
      `${JSON.stringify(text)} is no rule: it has the form hostname=a, rack!=r3, "zone in a,b" or disk~ssd.*`,
    );
  }
  const [, name = "", operator = "", value = ""] = match;
  if (value === "") throw new RangeError(`${JSON.stringify(text)} has no value behind ${operator.trim()}`);
  return { name, test: testOf(operator.trim(), value) };
}

function testOf(operator: string, value: string): RequirementTest {
  switch (operator) {
    case "!=":
      return { kind: "not", value };
    case "in":
      return { kind: "in", values: listed(value) };
    case "~":
    case "=~":
      return { kind: "matches", pattern: checkedPattern(value) };
    default:
      return { kind: "is", value };
  }
}

function listed(text: string): string[] {
  const values = text.split(",").map((value) => value.trim());
  if (values.includes("")) throw new RangeError(`${JSON.stringify(text)} is no list: it has the form a,b`);
  return values;
}

function checkedPattern(text: string): string {
  try {
    new RegExp(text, "u");
    return text;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.replace(/^Invalid regular expression: (?:.*: )?/s, "");
    throw new RangeError(`${JSON.stringify(text)} is no regular expression: ${reason}`);
  }
}
