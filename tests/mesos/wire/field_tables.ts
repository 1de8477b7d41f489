/**
 * Reads field tables: under a heading `## FILE` messages as `NAME:` with a line `NUMBER NAME RULE TYPE [default = X]`
 * for each field, maps as `map<KEY,TYPE>NAME = NUMBER`, enums as `enum NAME: VALUE=NUMBER, …`.
 *
 * @returns each message and enum as {@linkcode describeSchema} writes it, by what stands before its colon
 */
export function readFieldTables(text: string): Map<string, string> {
  const sections: Section[] = text.split(/^## /m).flatMap((section) => {
    const [heading = "", ...lines] = section.split("\n");
    const prefix = packages[heading.split(" ")[0] ?? ""];
    return prefix === undefined ? [] : [{ prefix, lines }];
  });
  const names = new Set(sections.flatMap(({ prefix, lines }) =>
    lines.flatMap((line) => {
      const name = /^(?:enum )?(\S+):(?: |$)/.exec(line)?.[1];
      return name === undefined ? [] : [prefix + name];
    })
  ));
  return new Map(sections.flatMap((section) => describeSection(section, names)));
}

interface Section {
  /** The package, with a dot at its end. */
  readonly prefix: string;
  readonly lines: readonly string[];
}

const packages: Readonly<Record<string, string>> = {
  "mesos.proto": "mesos.v1.",
  "executor/executor.proto": "mesos.v1.executor.",
  "scheduler/scheduler.proto": "mesos.v1.scheduler.",
};

function describeSection({ prefix, lines }: Section, names: ReadonlySet<string>): [string, string][] {
  const described: [string, string][] = [];
  let message = "";
  let fields: { readonly number: number; readonly text: string }[] = [];
  const finish = () => {
    if (message === "") return;
    const sorted = fields.sort((one, other) => one.number - other.number).map(({ text }) => text);
    described.push([`message ${message}`, `message ${message}: ${sorted.join(", ")}`.trim()]);
    message = "";
  };
  for (const line of lines) {
    const enumeration = /^enum (\S+): (.*)$/.exec(line);
    const [, head] = /^(\S+):$/.exec(line) ?? [];
    if (enumeration !== null) {
      finish();
      const name = `enum ${prefix}${enumeration[1]}`;
      const values = (enumeration[2] ?? "").trim().split(", ");
      values.sort((one, other) => Number(one.split("=")[1]) - Number(other.split("=")[1]));
      described.push([name, `${name}: ${values.join(" ")}`]);
    } else if (head !== undefined) {
      finish();
      message = prefix + head;
      fields = [];
    } else {
      const field = describeField(line, message, names);
      if (field !== undefined) fields.push(field);
    }
  }
  finish();
  return described;
}

const rules: Readonly<Record<string, string>> = { REQ: " required", rep: " repeated", opt: "", oneof: "" };

function describeField(
  line: string,
  message: string,
  names: ReadonlySet<string>,
): { readonly number: number; readonly text: string } | undefined {
  const map = /^ +map<\w+,([\w.]+)>(\w+) = (\d+)/.exec(line);
  if (map !== null) {
    const [, type = "", name, number] = map;
    return { number: Number(number), text: `${number} ${name} ${resolve(type, message, names)} map` };
  }
  const [, number, name, rule = "", type = "", options = ""] =
    /^ +(\d+) (\S+) (REQ|opt|rep|oneof) (\S+) ?(\[.*\])?/.exec(line) ?? [];
  if (number === undefined) return undefined;
  const preset = /default = ("[^"]*"|[^,\] ]+)/.exec(options)?.[1];
  const text = `${number} ${name} ${resolve(type, message, names)}${rules[rule]}${
    preset === undefined ? "" : ` = ${preset}`
  }`;
  return { number: Number(number), text };
}

/** The full name of a type as it is seen from within a message: inner names go first. */
function resolve(type: string, message: string, names: ReadonlySet<string>): string {
  if (names.has(type)) return type;
  for (let scope = message; scope !== ""; scope = scope.slice(0, Math.max(0, scope.lastIndexOf(".")))) {
    if (names.has(`${scope}.${type}`)) return `${scope}.${type}`;
  }
  return type;
}
