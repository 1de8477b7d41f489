import { imageNames, printProject, printTree, profileNames, treeVariables } from "../../src/compose/print.ts";
import { hashService } from "../../src/compose/service_hash.ts";
import { assertEquals, assertNotEquals } from "../support/assert.ts";
import { load, loadResult, model, serviceOf, serviceText } from "./loading.ts";

const text = `x-top: {price: "$$5"}
services:
  b: {image: y, command: 'echo $$HOME', profiles: [p]}
  a: {build: ., labels: {octal: "0644", yes: "yes"}}
`;

Deno.test("YAML doubles every $ and is loaded again as the same project", async () => {
  const project = await load(text, { profiles: ["p"] });
  const yaml = printProject(project, "yaml");
  assertEquals(yaml.includes("echo"), true);
  assertEquals(yaml.includes("$$HOME"), true);
  assertEquals(await model(yaml, { profiles: ["p"] }), await model(text, { profiles: ["p"] }));
});

Deno.test("JSON shows values as they are, with sorted keys", async () => {
  const json = JSON.parse(printProject(await load(text, { profiles: ["p"] }), "json")) as Record<
    string,
    unknown
  >;
  assertEquals(Object.keys(json), ["name", "networks", "services", "x-top"]);
  assertEquals(json["x-top"], { price: "$5" });
  assertEquals(Object.keys(json.services as object), ["a", "b"]);
});

Deno.test("without interpolation the variables stay", async () => {
  const { tree } = await loadResult(serviceText("hostname: ${A:-b}\nports: ['${P}:80']"), {
    skip: { interpolation: true },
  });
  assertEquals(printTree(tree, "yaml").includes('hostname: "${A:-b}"'), true);
  assertEquals(treeVariables(tree), [
    { name: "A", required: false, defaultValue: "b" },
    { name: "P", required: false },
  ]);
});

Deno.test("steps can be left out", async () => {
  const raw = serviceText("volumes: ['./a:/a']\ndepends_on: [no]");
  const project = await load(raw, { skip: { pathResolution: true, consistency: true, normalisation: true } });
  assertEquals(serviceOf(project, "s").volumes?.[0]?.source, "./a");
  assertEquals(serviceOf(project, "s").networks, undefined);
  const files = await load(serviceText("env_file: no.env"), { skip: { environmentResolution: true } });
  assertEquals(serviceOf(files, "s").env_file, [{ path: "/p/no.env" }]);
});

Deno.test("images and profiles are listed", async () => {
  const project = await load(text, { profiles: ["p"] });
  assertEquals(imageNames(project), ["proj-a", "y"]);
  assertEquals(profileNames(await load(text)), ["p"]);
});

Deno.test("the hash of a service changes with what its containers are, and with nothing else", async () => {
  const hash = async (fields: string, files = {}) => {
    const project = await load({ "compose.yaml": serviceText(fields), ...files });
    return await hashService(project, serviceOf(project, "s"));
  };
  const base = await hash("hostname: h");
  assertEquals(base.length, 64);
  for (
    const same of [
      "hostname: h\nbuild: .",
      "hostname: h\npull_policy: always",
      "hostname: h\nscale: 3",
      "hostname: h\ndeploy: {replicas: 2}",
      "hostname: h\nx-a: 1",
    ]
  ) {
    assertEquals(await hash(same), base, same);
  }
  for (
    const other of [
      "hostname: i",
      "hostname: h\nstop_grace_period: 1s",
      "hostname: h\nlabels: {a: b}",
      "hostname: h\nenvironment: [A=1]",
    ]
  ) {
    assertNotEquals(await hash(other), base, other);
  }
  const moved = async (directory: string) => {
    const project = await load(serviceText("volumes: ['./a:/a']"), { projectDirectory: directory });
    return await hashService(project, serviceOf(project, "s"));
  };
  assertEquals(await moved("/one"), await moved("/two"));
});
