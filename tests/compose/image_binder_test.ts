import { travellingSpec } from "../../src/compose/travelling_spec.ts";
import { loadCompose } from "../../src/compose/load.ts";
import { SpecError } from "../../src/pod/errors.ts";
import { memoryFiles } from "../support/memory_files.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";

const python = '"{{docker.image[library/python][2.7]}}"';

async function imagesOf(
  text: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Record<string, readonly [string, readonly string[] | undefined]>> {
  const { pod } = await podOfText(text, { environment });
  return Object.fromEntries(pod.containers.map(({ name, image, pins }) => [name, [image, pins] as const]));
}

Deno.test("a binder is the image of its name and tag, to be run by digest", async () => {
  assertEquals(await imagesOf(`services: {a: {image: ${python}}, b: {image: busybox}}`), {
    a: ["library/python:2.7", ["library/python:2.7"]],
    b: ["busybox", undefined],
  });
  const parts = `services:
  a:
    image: busybox
    pre_start: [{image: "{{ docker.image[init][\${TAG}] }}", command: x}]
    volumes: [{type: image, source: "{{docker.image[data][2]}}", target: /data}]
`;
  assertEquals(await imagesOf(parts, { TAG: "3" }), {
    a: ["busybox", ["data:2"]],
    "a-pre_start-0": ["init:3", ["init:3", "data:2"]],
  });
});

Deno.test("a binder without a registry means that of the spec, else that of the variable, else Docker Hub", async () => {
  const one = (more: string) => `${more}\nservices: {a: {image: ${python}}}`;
  const variable = { MESOLET_DOCKER_REGISTRY: "https://registry.lan:5000/" };
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ["", variable, "registry.lan:5000/library/python:2.7"],
    ["x-pod: {docker_registry: own.example.com}", variable, "own.example.com/library/python:2.7"],
    ["x-pod: {docker_registry: https://registry-1.docker.io}", variable, "library/python:2.7"],
  ];
  for (const [more, environment, expected] of cases) {
    assertEquals((await imagesOf(one(more), environment))["a"]?.[0], expected);
  }
  const named = 'services: {a: {image: "{{docker.image[ghcr.io/a/b][1]}}"}}';
  assertEquals((await imagesOf(named, variable))["a"]?.[0], "ghcr.io/a/b:1");
});

Deno.test("x-pod.pin chooses all services, or some; what has a digest and what is built is left", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const spec = (pin: string) =>
    `x-pod: {pin: ${pin}, network: services}
services: {a: {image: a}, b: {image: "b@${digest}"}, c: {build: .}, d: {image: d}}`;
  assertEquals(await imagesOf(spec("true")), {
    a: ["a", ["a"]],
    b: [`b@${digest}`, undefined],
    c: ["shop-c", undefined],
    d: ["d", ["d"]],
  });
  assertEquals((await imagesOf(spec("[d]")))["a"], ["a", undefined]);
  assertEquals((await imagesOf(spec("false")))["a"], ["a", undefined]);
});

Deno.test("what is no binder is refused at its place", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['services: {a: {image: "{{docker.image[a]}}"}}', "services.a.image"],
    ["services:\n  a:\n    image: {{docker.image[a][1]}}\n", "put quotes around"],
    ['services: {a: {image: "x{{docker.image[a][1]}}"}}', "services.a.image"],
    ['services: {a: {image: "{{docker.image[A][1]}}"}}', "lower case"],
    ['services: {a: {image: "{{docker.image[a][]}}"}}', "services.a.image"],
    ["x-pod: {pin: [z]}\nservices: {a: {image: a}}", "x-pod.pin[0]"],
    ["x-pod: {pin: 1}\nservices: {a: {image: a}}", "x-pod.pin"],
    ["x-pod: {docker_registry: 'a b'}\nservices: {a: {image: a}}", "x-pod.docker_registry"],
  ];
  for (const [text, expected] of cases) {
    const error = await assertRejects(() => podOfText(text), SpecError);
    assertStringIncludes(error.message, expected);
  }
});

Deno.test("a spec that travels keeps its pins, its binders and the registry that they mean", async () => {
  const { project } = await loadCompose({
    files: ["/spec/compose.yaml"],
    projectName: "shop",
    environment: { MESOLET_DOCKER_REGISTRY: "registry.lan" },
    workingDirectory: "/spec",
    access: memoryFiles({ "/spec/compose.yaml": `x-pod: {pin: true}\nservices: {a: {image: ${python}}}` }),
  });
  const { text, problems } = travellingSpec(project, { readFile: () => undefined, hasUris: false });
  assertEquals(problems, []);
  const there = await imagesOf(text);
  assertEquals(there["a"], ["registry.lan/library/python:2.7", ["registry.lan/library/python:2.7"]]);
});
