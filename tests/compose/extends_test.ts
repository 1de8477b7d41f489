import { assertEquals } from "../support/assert.ts";
import { load, problems, service, serviceOf, serviceText } from "./loading.ts";

Deno.test("extends: a service of the same file", async () => {
  const text = `services:
  base: {image: y, environment: {A: 1}, command: a, cap_add: [X]}
  s: {extends: base, image: x, environment: {B: 2}, cap_add: [Y]}
`;
  assertEquals(await service(text), { environment: { A: "1", B: "2" }, command: ["a"], cap_add: ["X", "Y"] });
});

Deno.test("extends: a chain through files, with paths from where they stand", async () => {
  const project = await load({
    "compose.yaml":
      "services:\n  s: {image: x, extends: {service: a, file: one/a.yaml}, volumes: [./main:/m]}\n",
    "one/a.yaml": "services:\n  a: {extends: {service: b, file: ../two/b.yaml}, volumes: [./a:/a]}\n",
    "two/b.yaml": "services:\n  b: {env_file: b.env, volumes: [./b:/b], build: .}\n",
    "two/b.env": "FROM_B=$HOME",
  });
  const found = serviceOf(project, "s");
  assertEquals(found.volumes?.map((volume) => volume.source), ["/p/two/b", "/p/one/a", "/p/main"]);
  assertEquals(JSON.stringify(found.environment), '{"FROM_B":"/home/me"}');
  assertEquals(found.build?.context, "/p/two");
});

Deno.test("extends: variables of the base are replaced, and !reset holds", async () => {
  const given = {
    "compose.yaml":
      "services:\n  s:\n    image: x\n    extends: {service: b, file: b.yaml}\n    ports: !reset []\n",
    "b.yaml": "services:\n  b: {hostname: '${N:-host}', ports: ['80:80'], user: u}\n",
  };
  assertEquals(await service(given), { hostname: "host", user: "u" });
});

Deno.test("extends: a service that an include brings", async () => {
  const project = await load({
    "compose.yaml": "include: [i/i.yaml]\nservices:\n  s: {extends: b, hostname: h}\n",
    "i/i.yaml": "services:\n  b: {image: y, user: u}\n",
  });
  assertEquals([serviceOf(project, "s").image, serviceOf(project, "s").user], ["y", "u"]);
});

Deno.test("extends: what is wrong is said where it is", async () => {
  const cases: [given: string | Record<string, string>, problem: string][] = [
    [
      serviceText("extends: no"),
      '/p/compose.yaml:4:5: services.s.extends: names the service "no", which /p/compose.yaml does not have',
    ],
    [
      serviceText("extends: s"),
      "/p/compose.yaml:4:5: services.s.extends: extends itself: /p/compose.yaml:s → /p/compose.yaml:s",
    ],
    [
      serviceText("extends: {file: a.yaml}"),
      "/p/compose.yaml:4:5: services.s.extends: needs the field service: the one to start from",
    ],
    [serviceText("extends: {service: a, file: a.yaml}"), "/p/a.yaml: cannot be read: there is no such file"],
    [
      serviceText("extends: 5"),
      "/p/compose.yaml:4:5: services.s.extends: must be the name of a service or a mapping, not the number 5",
    ],
    [
      {
        "compose.yaml": serviceText("extends: {service: b, file: b.yaml}"),
        "b.yaml": "services:\n  b:\n    hostnam: h\n",
      },
      "/p/b.yaml:3:5: services.s.hostnam: is an unknown field: is hostname meant?",
    ],
  ];
  for (const [given, problem] of cases) assertEquals(await problems(given), [problem], JSON.stringify(given));
});
