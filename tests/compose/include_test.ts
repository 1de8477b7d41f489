import { assertEquals } from "../support/assert.ts";
import { load, problems, serviceOf, serviceText } from "./loading.ts";

Deno.test("include: a project of its own directory and variables", async () => {
  const project = await load({
    "compose.yaml": "include:\n  - sub/inc.yaml\nservices:\n  s: {image: x, depends_on: [i]}\n",
    ".env": "PARENT=p",
    "sub/.env": "OWN=o\nPARENT=child",
    "sub/inc.yaml":
      "name: ignored\nservices:\n  i: {image: 'y:${OWN}-${PARENT}', volumes: [./d:/d, v:/v]}\nvolumes: {v: }\nx-gone: 1\n"
        .replace("v:/v", "vol:/v").replace("v: }", "vol: }"),
  });
  assertEquals(serviceOf(project, "i").image, "y:o-p");
  assertEquals(serviceOf(project, "i").volumes?.map((volume) => volume.source), ["/p/sub/d", "vol"]);
  assertEquals([project.name, project.volumes.vol?.name, Object.keys(project.extensions)], [
    "proj",
    "proj_vol",
    [],
  ]);
});

Deno.test("include: several files, another directory, other environment files", async () => {
  const project = await load({
    "compose.yaml":
      "include:\n  - path: [a/one.yaml, a/two.yaml]\n    project_directory: b\n    env_file: [c.env]\n" +
      serviceText(""),
    "a/one.yaml": "services:\n  i: {image: '${C}', volumes: [./d:/d]}\n",
    "a/two.yaml": "services:\n  i: {user: u}\n",
    "c.env": "C=img",
    "b/.env": "C=not-this",
  });
  assertEquals([serviceOf(project, "i").image, serviceOf(project, "i").user], ["img", "u"]);
  assertEquals(serviceOf(project, "i").volumes?.[0]?.source, "/p/b/d");
});

Deno.test("include: the file that includes wins, and so does a later file", async () => {
  const project = await load({
    "compose.yaml": "include: [inc.yaml]\nservices:\n  i: {user: main}\n",
    "inc.yaml": "services:\n  i: {image: y, user: included, hostname: h}\n",
    "over.yaml": "services:\n  i: {hostname: over}\n",
  }, { files: ["/p/compose.yaml", "/p/over.yaml"] });
  const found = serviceOf(project, "i");
  assertEquals([found.image, found.user, found.hostname], ["y", "main", "over"]);
});

Deno.test("include: what is wrong is said where it is", async () => {
  const cases: [given: Record<string, string>, problem: string][] = [
    [
      { "compose.yaml": "include: inc.yaml\n" },
      '/p/compose.yaml:1:1: include: must be a list, not "inc.yaml"',
    ],
    [{ "compose.yaml": "include: [no.yaml]\n" }, "/p/no.yaml: cannot be read: there is no such file"],
    [
      { "compose.yaml": "include: [compose.yaml]\n" },
      "/p/compose.yaml:1:11: include[0]: includes itself: /p/compose.yaml → /p/compose.yaml",
    ],
    [
      { "compose.yaml": "include: [{paths: a}]\n" },
      "/p/compose.yaml:1:12: include[0].paths: is an unknown field: is path meant?",
    ],
    [
      { "compose.yaml": "include: [a.yaml]\n" + serviceText(""), "a.yaml": "services:\n  a:\n    imag: x\n" },
      "/p/a.yaml:3:5: services.a.imag: is an unknown field: is image meant?",
    ],
  ];
  for (const [given, problem] of cases) assertEquals(await problems(given), [problem], JSON.stringify(given));
});
