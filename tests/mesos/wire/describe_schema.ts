import protobuf from "protobufjs";
import { schema } from "../../../src/mesos/wire/schema.ts";

/** Every message and enum of the schema on a line of its own, as in `tests/mesos/fixtures/field_numbers.txt`. */
export function describeSchema(): string[] {
  const lines: string[] = [];
  const visit = (node: protobuf.ReflectionObject): void => {
    const name = node.fullName.slice(1);
    if (node instanceof protobuf.Enum) {
      const values = Object.entries(node.values).sort(([, one], [, other]) => one - other);
      lines.push(`enum ${name}: ${values.map(([value, number]) => `${value}=${number}`).join(" ")}`);
    } else if (node instanceof protobuf.Type) {
      const fields = [...node.fieldsArray].sort((one, other) => one.id - other.id).map(describeField);
      lines.push(`message ${name}: ${fields.join(", ")}`.trim());
    }
    if (node instanceof protobuf.Namespace) { for (const child of node.nestedArray) visit(child); }
  };
  visit(schema().message("mesos.v1.executor.Event").root);
  return lines.sort();
}

function describeField(field: protobuf.Field): string {
  const type = field.resolvedType === null ? field.type : field.resolvedType.fullName.slice(1);
  const rule = field instanceof protobuf.MapField
    ? " map"
    : schema().isRequired(field)
    ? " required"
    : field.repeated
    ? " repeated"
    : "";
  const preset = field.options?.default;
  return `${field.id} ${field.name} ${type}${rule}${
    preset === undefined ? "" : ` = ${presetOf(preset, field)}`
  }`;
}

/** Field tables write the default of a double with its decimal, and that of a text in quotes. */
function presetOf(preset: unknown, field: protobuf.Field): string {
  if (typeof preset === "number" && field.type === "double" && Number.isInteger(preset)) {
    return preset.toFixed(1);
  }
  return typeof preset === "string" && field.type === "string" ? JSON.stringify(preset) : String(preset);
}
