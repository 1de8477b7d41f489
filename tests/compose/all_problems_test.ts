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
    "17:3: services.job: needs an image (or a build)",
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
