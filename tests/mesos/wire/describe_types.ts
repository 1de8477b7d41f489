import protobuf from "protobufjs";
import { schema } from "../../../src/mesos/wire/schema.ts";

/** What the TypeScript types of the messages are, and what the schema says they are: lines that should be equal. */
export interface TypeComparison {
  readonly written: readonly string[];
  readonly expected: readonly string[];
}

/** Compares interfaces and unions of names, as they are written in `src/mesos/wire/messages_*.ts`, with the schema. */
export function describeTypes(source: string): TypeComparison {
  const code = source.replace(/\/\*\*[^]*?\*\//g, "").replace(/^import[^;]*;/gm, "");
  const written: string[] = [];
  for (const [, name = "", body = ""] of code.matchAll(/^export interface (\w+) \{\n([^]*?)^\}/gm)) {
    if (name === "ExecutorCaller") continue;
    const members = body.split(";").map((member) => member.replace(/\s+/g, " ").trim()).filter((member) =>
      member !== ""
    );
    written.push(`${name} { ${members.join("; ")} }`);
  }
  for (const [, name = "", body = ""] of code.matchAll(/^export type (\w+) =\s*([^;{}]*);/gm)) {
    if (name === "Empty") continue;
    const parts = body.split("|").map((part) => part.trim()).filter((part) => part !== "");
    written.push(`${name} = ${parts.join(" | ")}`);
  }
  return { written: written.sort(), expected: expectedTypes().sort() };
}

function expectedTypes(): string[] {
  const lines: string[] = [];
  const visit = (node: protobuf.ReflectionObject): void => {
    if (node instanceof protobuf.Enum && !isEnvelope(node.parent)) {
      lines.push(`${typeName(node)} = ${Object.keys(node.values).map((value) => `"${value}"`).join(" | ")}`);
    } else if (node instanceof protobuf.Type && !isEnvelope(node)) {
      const members = node.fieldsArray.map(memberOf);
      lines.push(
        members.length === 0 ? `${typeName(node)} = Empty` : `${typeName(node)} { ${members.join("; ")} }`,
      );
    }
    if (node instanceof protobuf.Namespace) { for (const child of node.nestedArray) visit(child); }
  };
  visit(schema().message("mesos.v1.executor.Event").root);
  return lines;
}

/** Events and calls themselves are unions by their type, which is proven by decoding each. */
function isEnvelope(node: protobuf.ReflectionObject | null): boolean {
  return node !== null && /^\.mesos\.v1\.(executor|scheduler)\.(Event|Call)$/.test(node.fullName);
}

/** `mesos.v1.executor.Event.Launch` is `ExecutorEventLaunch`. */
function typeName(node: protobuf.ReflectionObject): string {
  const [room = "", ...rest] = node.fullName.replace(/^\.mesos\.v1\./, "").split(".");
  return room.charAt(0).toUpperCase() + room.slice(1) + rest.join("");
}

function memberOf(field: protobuf.Field): string {
  const one = field.resolvedType === null ? primitive(field.type) : typeName(field.resolvedType);
  const type = field instanceof protobuf.MapField
    ? `Readonly<Record<string, ${one}>>`
    : field.repeated
    ? `readonly ${one}[]`
    : one;
  return `readonly ${field.name}${schema().isRequired(field) ? "" : "?"}: ${type}`;
}

function primitive(type: string): string {
  if (type === "string") return "string";
  if (type === "bool") return "boolean";
  return type === "bytes" ? "Uint8Array" : "number";
}
