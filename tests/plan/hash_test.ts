import { Label } from "../../src/pod/labels.ts";
import { assertEquals } from "../support/assert.ts";
import { objectOf, placementOf } from "../support/placing.ts";

type PlaceOptions = Parameters<typeof placementOf>[1];

/** What changes the hash of container `a`, and what does not. */
const base =
  "services: {a: {image: i, volumes: ['./d:/d'], environment: {X: '1', Y: '2'}, configs: [c]}, b: {image: i}}\nconfigs: {c: {file: ./c}}\n";
const hashed: {
  readonly name: string;
  readonly text: string;
  readonly same: boolean;
  readonly options?: PlaceOptions;
}[] = [
  {
    name: "key order and comments",
    text: `# hello\n${base.replace("X: '1', Y: '2'", "Y: '2', X: '1'")}`,
    same: true,
  },
  {
    name: "another directory",
    text: base,
    same: true,
    options: { directory: "/elsewhere/spec", files: { "/elsewhere/spec/c": "c" } },
  },
  { name: "depends_on", text: base.replace("a: {image: i,", "a: {image: i, depends_on: [b],"), same: true },
  { name: "scale", text: base.replace("a: {image: i,", "a: {image: i, scale: 2,"), same: true },
  {
    name: "pull policy",
    text: base.replace("a: {image: i,", "a: {image: i, pull_policy: always,"),
    same: true,
  },
  {
    name: "profiles",
    text: base.replace("a: {image: i,", "a: {image: i, profiles: [p],"),
    same: true,
    options: { profiles: ["p"] },
  },
  {
    name: "a change of the other container",
    text: base.replace("b: {image: i}", "b: {image: j}"),
    same: true,
  },
  { name: "the content of a config", text: base, same: false, options: { files: { "/spec/c": "other" } } },
  { name: "an environment variable", text: base.replace("'2'", "'3'"), same: false },
  {
    name: "an empty command",
    text: base.replace("a: {image: i,", "a: {image: i, command: [],"),
    same: false,
  },
  {
    name: "the restart policy",
    text: base.replace("a: {image: i,", "a: {image: i, restart: always,"),
    same: false,
  },
  { name: "the network mode", text: base, same: false, options: { network: "services" } },
];

for (const { name, text, same, options } of hashed) {
  Deno.test(`the hash ${same ? "stays with" : "changes with"} ${name}`, async () => {
    const hashOf = async (spec: string, given: PlaceOptions) => {
      const { placed } = await placementOf(spec, { files: { "/spec/c": "c" }, ...given });
      const container = placed.containers.find(({ container }) => container === "a");
      assertEquals(objectOf(container?.body["Labels"])[Label.hash], container?.hash);
      return container?.hash;
    };
    assertEquals(await hashOf(text, options ?? {}) === await hashOf(base, {}), same);
  });
}

Deno.test("a hash names its schema", async () => {
  const { placed } = await placementOf("services: {a: {image: i}}");
  assertEquals(placed.containers.map(({ hash }) => /^1:[0-9a-f]{64}$/.test(hash)), [true, true]);
});
