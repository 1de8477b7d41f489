import { compileDescriptor, protoDirectory } from "../../../scripts/proto.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { describeSchema } from "./describe_schema.ts";
import { readFieldTables } from "./field_tables.ts";
import { mesosMaterial } from "./mesos_material.ts";
import { describeTypes } from "./describe_types.ts";

const wire = new URL("../../../src/mesos/wire/", import.meta.url);

Deno.test("proto/descriptor.json is what the proto texts say; deno task proto makes it anew", async () => {
  assertEquals(await Deno.readTextFile(`${protoDirectory}descriptor.json`), compileDescriptor());
});

Deno.test("every message and enum has the names, numbers and types of Mesos", async () => {
  const table = await Deno.readTextFile(new URL("../fixtures/field_numbers.txt", import.meta.url));
  assertEquals(describeSchema(), table.trim().split("\n"));
});

Deno.test("the types in messages.ts say what the schema says", async () => {
  const sources: string[] = [];
  for await (const entry of Deno.readDir(wire)) {
    if (/^messages_.*\.ts$/.test(entry.name)) {
      sources.push(await Deno.readTextFile(new URL(entry.name, wire)));
    }
  }
  const { written, expected } = describeTypes(sources.join("\n"));
  assert(expected.length > 150);
  assertEquals(written, expected);
});

if (mesosMaterial !== undefined) {
  Deno.test("the numbers are those of the field tables of Mesos", async () => {
    const tables = readFieldTables(await Deno.readTextFile(`${mesosMaterial}/field-tables.md`));
    for (const line of describeSchema()) {
      const [name = ""] = line.split(":");
      assertEquals(line, tables.get(name), name);
    }
  });
}
