import { documentPath, withTable } from "../../scripts/convert_docs.ts";
import { Report } from "../../src/convert/conversion.ts";
import { reportLost, saysSomething } from "../../src/convert/field_support.ts";
import { assertEquals } from "../support/assert.ts";
import { lossesOf, sourceOf } from "./converting.ts";

Deno.test("docs/convert.md has what the targets say (else: deno run -A scripts/convert_docs.ts)", async () => {
  const document = await Deno.readTextFile(documentPath);
  assertEquals(document, await withTable(document));
});

Deno.test("fields: what a target does not name is lost, where it says anything", async () => {
  const { project } = await sourceOf({
    text: `
services:
  a: {image: i, tty: false, init: true, labels: {}, ulimits: {nofile: 0}, environment: {A: ""}, networks: [back], volumes: ["data:/d", "named:/n"]}
volumes: {data: {}, named: {name: own, labels: {a: b}}}
networks: {back: {internal: true}}
x-pod: {essential: [a], replicas: 0}
`,
  });
  const report = new Report();
  const services = { image: "expressed", networks: "partly", volumes: "partly" } as const;
  reportLost(project, { target: "it", services, volumes: {}, networks: {}, "x-pod": {} }, report);
  assertEquals(lossesOf(report.conversion("")).map((line) => line.split(":")[0]), [
    "services.a.environment",
    "services.a.init",
    "services.a.ulimits",
    "volumes.named.name",
    "volumes.named.labels",
    "networks.back.internal",
    "x-pod.essential",
    "x-pod.replicas",
  ]);
});

const values: readonly (readonly [value: unknown, says: boolean])[] = [
  [undefined, false],
  [null, false],
  [false, false],
  [[], false],
  [{}, false],
  [{ a: {}, b: [] }, false],
  [{ default: null }, false],
  [0, true],
  ["", true],
  [true, true],
  [[""], true],
  [{ a: { b: 0 } }, true],
];

for (const [value, says] of values) {
  Deno.test(`fields: ${JSON.stringify(value)} says ${says ? "something" : "nothing"}`, () => {
    assertEquals(saysSomething(value), says);
  });
}
