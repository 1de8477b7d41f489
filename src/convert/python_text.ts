/** Writes the small part of Python that configurations of Aurora are made of. */

/** A call with named arguments: `Task(name = 'shop')`. */
export class Call {
  constructor(
    readonly name: string,
    readonly members: readonly (readonly [name: string, value: PythonValue])[],
  ) {}
}

/** A mapping of texts. */
export class TextMapping {
  constructor(readonly entries: ReadonlyMap<string, string>) {}
}

/** So many of the constant `MB`. */
export class Megabytes {
  constructor(readonly amount: number) {}
}

export type PythonValue =
  | string
  | number
  | boolean
  | Call
  | TextMapping
  | Megabytes
  /** A variable. */
  | { readonly name: string }
  | readonly PythonValue[];

export function mapping(entries: ReadonlyMap<string, string>): TextMapping {
  return new TextMapping(entries);
}

export function megabytes(amount: number): Megabytes {
  return new Megabytes(amount);
}

/** Prints assignments, one after the other. */
export function printPython(assignments: readonly (readonly [name: string, value: PythonValue])[]): string {
  return `${assignments.map(([name, value]) => `${name} = ${printed(value, "")}`).join("\n\n")}\n`;
}

function printed(value: PythonValue, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Megabytes) return `${value.amount} * MB`;
  if (value instanceof TextMapping) {
    const lines = [...value.entries].map(([key, text]) => `${inner}${quoted(key)}: ${quoted(text)},\n`);
    return `{\n${lines.join("")}${indent}}`;
  }
  if (value instanceof Call) {
    const lines = value.members.map(([name, member]) => `${inner}${name} = ${printed(member, inner)},\n`);
    return `${value.name}(\n${lines.join("")}${indent})`;
  }
  if ("name" in value) return value.name;
  return `[${value.map((item) => printed(item, indent)).join(", ")}]`;
}

/** Escapes of JSON are Python's as well, but for letters beyond the sixteen bits, which JSON leaves as they are. */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}
