import protobuf from "protobufjs/light.js";
import descriptor from "../../../proto/descriptor.json" with { type: "json" };

/** The messages of Mesos, as `proto/` describes them. */
export interface Schema {
  /** @param name in full: `mesos.v1.executor.Event` */
  message(name: string): protobuf.Type;
  /** Whether a message without this member is wrong. */
  isRequired(field: protobuf.Field): boolean;
}

let loaded: Schema | undefined;

/**
 * The schema, made on first use because that takes some 20 ms.
 *
 * The protobuf library sees every member as optional: its own error for a missing one names no path, and JSON, which it
 * does not read as Mesos writes it, needs the check as well. So `transcode` has it for both.
 */
export function schema(): Schema {
  return loaded ??= load();
}

function load(): Schema {
  const required = new Set<string>();
  const root = protobuf.Root.fromJSON(relax(descriptor, "", required));
  return {
    message: (name) => root.lookupType(name),
    isRequired: (field) => required.has(field.fullName),
  };
}

/** A part of the descriptor: a package, a message or an enum. */
interface DescriptorNode {
  readonly nested?: Readonly<Record<string, DescriptorNode>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly fields?: Readonly<Record<string, { readonly type: string; readonly rule?: string }>>;
}

/** The descriptor with every member optional; the full names of those that are not go to `required`. */
function relax<Node extends DescriptorNode>(node: Node, path: string, required: Set<string>): Node {
  const nested = Object.entries(node.nested ?? {}).map(([name, child]) =>
    [name, relax(child, `${path}.${name}`, required)] as const
  );
  const fields = Object.entries(node.fields ?? {}).map(([name, field]) => {
    if (field.rule !== "required") return [name, field] as const;
    required.add(`${path}.${name}`);
    const { rule: _, ...rest } = field;
    return [name, rest] as const;
  });
  return {
    ...node,
    ...(node.nested === undefined ? {} : { nested: Object.fromEntries(nested) }),
    ...(node.fields === undefined ? {} : { fields: Object.fromEntries(fields) }),
  };
}
