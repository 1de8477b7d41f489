import type { ComposeProject } from "../../src/compose/model.ts";
import { podErrors } from "../../src/compose/pod.ts";
import { assertEquals } from "../support/assert.ts";
import { problems } from "./loading.ts";

Deno.test("problems of every kind are told in one run", async () => {
  const text = `services:
  web:
    image: \${IMAGE:?name it}
    ports: \${PORTS:?name them}
    user: 5
    healthcheck: { interval: soon }
    depends_on: [nobody]
  cache:
    imagee: redis
    networks: [absent]
    scale: 2
    container_name: one
  worker:
    extends: nothing
    volumes: ["/a:/b:c:d:e"]
    env_file: absent.env
  job:
    command: [run]
networks:
  front: { ipam: { config: [{ subne: x }] } }
what: 1
`;
  assertEquals((await problems(text)).map((line) => line.replace("/p/compose.yaml:", "")), [
    "3:5: services.web.image: the variable IMAGE must be set: name it",
    "4:5: services.web.ports: the variable PORTS must be set: name them",
    "5:5: services.web.user: must be text, not the number 5",
    '6:20: services.web.healthcheck.interval: "soon" is not a duration such as 1m30s',
    '7:5: services.web.depends_on.nobody: depends on the service "nobody", which the project does not have',
    "9:5: services.cache.imagee: is an unknown field: is image meant?",
    '10:5: services.cache.networks.absent: names the network "absent", which the file does not define under networks',
    "12:5: services.cache.container_name: cannot be set on a service with several containers: names are unique",
    '14:5: services.worker.extends: names the service "nothing", which /p/compose.yaml does not have',
    '15:15: services.worker.volumes[0]: "/a:/b:c:d:e" has too many colons: write source:target[:options]',
    "16:5: services.worker.env_file[0]: cannot read /p/absent.env: there is no such file",
    "17:3: services.job: needs an image",
    "20:31: networks.front.ipam.config[0].subne: is an unknown field: is subnet meant?",
    "21:1: what: is an unknown field",
  ]);
});

Deno.test("what is wrong has no further problems for that", async () => {
  const cases: [text: string, ...found: string[]][] = [
    [
      "services:\n  web: { imagee: x }\n  other: { image: x, depends_on: [web], network_mode: 'service:web' }\n",
      "2:10: services.web.imagee: is an unknown field: is image meant?",
    ],
    [
      "services:\n  web: { image: x, networks: [front] }\nnetworks:\n  front: { drive: x }\n",
      "4:12: networks.front.drive: is an unknown field: is driver meant?",
    ],
    [
      "services:\n  web: { image: x, secrets: [key], volumes: ['data:/data'] }\nsecrets: { key: 5 }\nvolumes: { data: 5 }\n",
      "3:12: secrets.key: must be a mapping, not the number 5",
      "4:12: volumes.data: must be nothing or a mapping, not the number 5",
    ],
    [
      "services:\n  web: 5\n  other: { image: x, depends_on: [web] }\n",
      "2:3: services.web: must be a mapping, not the number 5",
    ],
    [
      "services:\n  web: { image: x, ports: 80 }\n  other: { extends: web, scale: -1 }\n",
      "2:20: services.web.ports: must be a list, not the number 80",
      "3:26: services.other.scale: must be at least 0",
    ],
    [
      "services: 5\nnetworks: 5\n",
      "1:1: services: must be a mapping, not the number 5",
      "2:1: networks: must be a mapping, not the number 5",
    ],
  ];
  for (const [text, ...expected] of cases) {
    assertEquals((await problems(text)).map((line) => line.replace("/p/compose.yaml:", "")), expected);
  }
});

Deno.test("a file that cannot be used as a base or a part has its problems told with those of the others", async () => {
  const files = {
    "compose.yaml": `include: [absent.yaml, broken.yaml, part.yaml, round.yaml]
services:
  web: { extends: { file: bases.yaml, service: web }, scale: -1, depends_on: [of_absent] }
  cache: { extends: { file: no_yaml.yaml, service: cache }, user: 5 }
  worker: { extends: { file: gone.yaml, service: worker } }
  late: { extends: of_absent }
  job: { image: x, prots: [80] }
`,
    "bases.yaml": "services:\n  web: { image: x, ports: 80 }\n",
    "no_yaml.yaml": "services: [\n",
    "broken.yaml": "services:\n  other: { image: x\n",
    "part.yaml": "services:\n  part: { image: x, user: 5 }\n",
    "round.yaml": "include: [compose.yaml]\n",
  };
  assertEquals((await problems(files)).map((line) => line.replaceAll("/p/", "")), [
    "absent.yaml: cannot be read: there is no such file",
    "broken.yaml:3:1: not readable as YAML: Flow map in block collection must be sufficiently indented and end with a }",
    "part.yaml:2:21: services.part.user: must be text, not the number 5",
    "round.yaml:1:11: include[0]: includes itself: compose.yaml → round.yaml → compose.yaml",
    "no_yaml.yaml:2:1: not readable as YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    "gone.yaml: cannot be read: there is no such file",
    "bases.yaml:2:20: services.web.ports: must be a list, not the number 80",
    "compose.yaml:3:55: services.web.scale: must be at least 0",
    "compose.yaml:4:61: services.cache.user: must be text, not the number 5",
    "compose.yaml:7:20: services.job.prots: is an unknown field: is ports meant?",
  ]);
});

Deno.test("files of the command line that cannot be read have their problems told with those of the others", async () => {
  const files = {
    "no_yaml.yaml": "services: [\n",
    "good.yaml":
      "services:\n  web: { image: x, scale: -1, depends_on: [elsewhere] }\n  job: { extends: elsewhere }\n",
    "list.yaml": "[1]\n",
  };
  const asked = ["/p/no_yaml.yaml", "/p/good.yaml", "/p/gone.yaml", "/p/list.yaml"];
  assertEquals((await problems(files, { files: asked })).map((line) => line.replaceAll("/p/", "")), [
    "no_yaml.yaml:2:1: not readable as YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    "gone.yaml: cannot be read: there is no such file",
    "list.yaml: the top of a Compose file must be a mapping, not a list",
    "good.yaml:2:20: services.web.scale: must be at least 0",
  ]);
});

Deno.test("where no file can be read, each is told", async () => {
  const found = await problems({ "a.yaml": "services: [\n" }, { files: ["/p/a.yaml", "/p/gone.yaml"] });
  assertEquals(found.map((line) => line.split(": ")[0]), ["/p/a.yaml:2:1", "/p/gone.yaml"]);
});

Deno.test("what no pod can have is told with what no project can have", async () => {
  const text = `x-pod: { network: 5 }
services:
  web: { imagee: x, depends_on: [job] }
  job: { image: x, provider: { type: t } }
`;
  const furtherErrors = (project: ComposeProject) => podErrors({ project, readFile: () => undefined });
  assertEquals(
    (await problems(text, { furtherErrors })).map((line) => line.replaceAll("/p/compose.yaml:", "")),
    [
      "1:10: x-pod.network: must be pod, services, host, none or the name of an existing network",
      "3:10: services.web.imagee: is an unknown field: is image meant?",
      "4:20: services.job.provider: provider services are run by Docker Compose's plugins and not by mesolet: use a container",
    ],
  );
});
