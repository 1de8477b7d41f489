import { SpecError } from "../../../src/pod/errors.ts";
import { offeredPortsOf } from "../../../src/mesos/task/offered_ports.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import {
  type Asked,
  containerOf,
  discovery,
  podFor,
  portsOf,
  taskInfo,
  variablesOf,
  warningsOf,
} from "./asking.ts";

const web = (ports: string, more = "") => `services: {web: {image: a, ports: ${ports}}${more}}`;

const assigned: readonly (Asked & {
  readonly name: string;
  readonly text: string;
  readonly offer: string;
  readonly ports: readonly string[];
})[] = [
  { name: "a container port alone", text: web('["80"]'), offer: "31000-31001", ports: ["web:80/tcp=31000"] },
  { name: "a number", text: web("[80]"), offer: "31000", ports: ["web:80/tcp=31000"] },
  {
    name: "host:container outside of the offer",
    text: web('["8080:80"]'),
    offer: "31000",
    ports: ["web:80/tcp=31000"],
  },
  {
    name: "host:container inside the offer is kept, and others take what is free",
    text: web('["80", "31000:90"]'),
    offer: "31000-31001",
    ports: ["web:90/tcp=31000", "web:80/tcp=31001"],
  },
  {
    name: "a variable of a port",
    text: web('["$PORT1:80", "81"]'),
    offer: "31000-31001",
    ports: ["web:81/tcp=31000", "web:80/tcp=31001"],
  },
  {
    name: "ranges on both sides",
    text: web('["8000-8001:80-81"]'),
    offer: "31000-31001",
    ports: ["web:80/tcp=31000", "web:81/tcp=31001"],
  },
  {
    name: "a range for one port takes the lowest offered one in it",
    text: web('["31001-31005:80"]'),
    offer: "31000-31002",
    ports: ["web:80/tcp=31001"],
  },
  {
    name: "a range for one port, none of it offered",
    text: web('["8000-8005:80"]'),
    offer: "31000",
    ports: ["web:80/tcp=31000"],
  },
  {
    name: "an address of the host",
    text: web('["127.0.0.1::80"]'),
    offer: "31000",
    ports: ["web:80/tcp=31000"],
  },
  { name: "udp", text: web('["53:53/udp"]'), offer: "31000", ports: ["web:53/udp=31000"] },
  {
    name: "tcp and udp of one port share a number",
    text: web('["53:53/udp", "53:53/tcp"]'),
    offer: "31000",
    ports: ["web:53/tcp=31000", "web:53/udp=31000"],
  },
  {
    name: "tcp and udp that are published apart do not",
    text: web('["53:53/udp", "54:53/tcp"]'),
    offer: "31000-31001",
    ports: ["web:53/udp=31000", "web:53/tcp=31001"],
  },
  {
    name: "tcp and udp of one offered port, in two containers",
    text: web('["31000:80"]', ", x: {image: b, ports: ['31000:53/udp']}"),
    offer: "31000",
    ports: ["web:80/tcp=31000", "x:53/udp=31000"],
  },
  {
    name: "one port under two addresses shares a number",
    text: web('["127.0.0.1:80:80", "[::1]:80:80"]'),
    offer: "31000",
    ports: ["web:80/tcp=31000"],
  },
  {
    name: "one port published twice has two",
    text: web('["8080:80", "8081:80"]'),
    offer: "31000-31001",
    ports: ["web:80/tcp=31000", "web:80/tcp=31001"],
  },
  {
    name: "the long syntax, with a name",
    text: web("[{target: 80, published: 8080, protocol: tcp, mode: host, name: http}]"),
    offer: "31000",
    ports: ["web:80/tcp=31000 http"],
  },
  {
    name: "the long syntax, published as text and as nothing",
    text: web('[{target: 80, published: "31001"}, {target: 81}]'),
    offer: "31000-31001",
    ports: ["web:81/tcp=31000", "web:80/tcp=31001"],
  },
  { name: "port 0 of the host is any", text: web('["0:80"]'), offer: "31000", ports: ["web:80/tcp=31000"] },
  {
    name: "exposed ports are not published",
    text: "services: {web: {image: a, expose: ['80']}}",
    offer: "",
    ports: [],
  },
  {
    name: "containers by name, ports as written",
    text: "services: {b: {image: a, ports: ['2', '1']}, a: {image: a, ports: ['9']}}",
    offer: "31000-31002",
    ports: ["a:9/tcp=31000", "b:2/tcp=31001", "b:1/tcp=31002"],
  },
  {
    name: "the order of discovery, then of the offer",
    text: web('["1", "2", "3"]'),
    offer: "31000-31002",
    task: { discovery: discovery([{ number: 31002, name: "admin" }, { number: 8080 }]) },
    ports: ["web:1/tcp=31002 admin", "web:2/tcp=31000", "web:3/tcp=31001"],
  },
  {
    name: "a port of the spec gets the port of discovery of its name",
    text: web("['1', {target: 2, name: admin}]"),
    offer: "31000-31001",
    task: { discovery: discovery([{ number: 31000, name: "admin" }]) },
    ports: ["web:2/tcp=31000 admin", "web:1/tcp=31001"],
  },
  {
    name: "Marathon's order of PORT0, PORT1",
    text: web('["1", "2"]'),
    offer: "31000-31001",
    variables: { PORT0: "31001", PORT1: "31000" },
    ports: ["web:1/tcp=31001", "web:2/tcp=31000"],
  },
  {
    name: "PORT0 that is none of the offer counts for nothing",
    text: web('["1", "2"]'),
    offer: "31000-31001",
    variables: { PORT0: "31001", PORT1: "8080" },
    ports: ["web:1/tcp=31000", "web:2/tcp=31001"],
  },
  {
    name: "several ranges, in the order that they are listed",
    text: web('["1", "2"]'),
    offer: "31500,31000",
    ports: ["web:1/tcp=31500", "web:2/tcp=31000"],
  },
  {
    name: "a label fixes some",
    text: web('["80", "81", "82"]'),
    offer: "31000-31002",
    task: { label: { "mesolet.ports": "web:82=31000, 80=PORT2" } },
    ports: ["web:82/tcp=31000", "web:81/tcp=31001", "web:80/tcp=31002"],
  },
  {
    name: "a label fixes by names, and for one protocol",
    text: web("[{target: 80, name: http}, '53/udp', '53/tcp']"),
    offer: "31000-31002",
    task: {
      label: { "mesolet.ports": "http=front,web:53/udp=31002" },
      discovery: discovery([{ number: 31001, name: "front" }]),
    },
    ports: ["web:80/tcp=31001 http", "web:53/tcp=31002", "web:53/udp=31002"],
  },
  {
    name: "a label publishes what the spec does not",
    text: "services: {web: {image: a}}",
    offer: "31000-31001",
    task: { label: { "mesolet.ports": "80=PORT1" } },
    ports: ["web:80/tcp=31001"],
  },
  {
    name: "x-pod.ports does as the label",
    text: `${web('["80", "81"]')}\nx-pod: {ports: {"web:81": PORT0}}`,
    offer: "31000-31001",
    ports: ["web:81/tcp=31000", "web:80/tcp=31001"],
  },
  {
    name: "the label wins over x-pod.ports",
    text: `${web('["80", "81"]')}\nx-pod: {ports: ["web:81=PORT0"]}`,
    offer: "31000-31001",
    task: { label: { "mesolet.ports": "80=PORT0" } },
    ports: ["web:80/tcp=31000", "web:81/tcp=31001"],
  },
  {
    name: "on the host's network a container binds offered ports itself",
    text: `${web('["$PORT0:$PORT0"]')}\nx-pod: {network: host}`,
    offer: "31000-31001",
    ports: ["web:31000/tcp=31000"],
  },
  {
    name: "a container that joins another's network",
    text: "services: {a: {image: a, network_mode: 'service:b', ports: ['80']}, b: {image: b}, " +
      "c: {image: c, network_mode: host}, d: {image: d, network_mode: 'service:c', ports: ['31001']}}",
    offer: "31000-31001",
    ports: ["a:80/tcp=31000", "d:31001/tcp=31001"],
  },
  {
    name: "without a network nothing is published, as the placement says",
    text: `${web('["80"]')}\nx-pod: {network: none}`,
    offer: "",
    ports: [],
  },
  {
    name: "a container on the host's network takes none from the others",
    text: "services: {a: {image: a, network_mode: host, ports: ['80']}, b: {image: b, ports: ['81']}}",
    offer: "31000",
    ports: ["b:81/tcp=31000"],
  },
];

for (const { name, text, offer, ports, task, ...asked } of assigned) {
  Deno.test(`ports: ${name}`, async () => {
    const pod = await podFor({ ...asked, task: { ...task, text, ports: offer } });
    assertEquals(portsOf(pod), ports);
    for (const container of pod.pod.containers) {
      const published = container.ports.flatMap((port) =>
        port.published === undefined ? [] : [port.published]
      );
      const known = pod.ports.filter(({ hostPort }) => published.includes(String(hostPort)));
      assertEquals(new Set(known.map(({ hostPort }) => String(hostPort))), new Set(published));
    }
  });
}

const refused: readonly (Asked & { name: string; text: string; offer: string; message: string })[] = [
  {
    name: "too few, each that gets none by its place",
    text: web('["80", "81", "82/udp"]'),
    offer: "31000",
    message:
      "TaskInfo.data:1:42: services.web.ports[1]: there is no port of the host left for 81/tcp: the pod publishes 3, and " +
      "the task has 1 (31000); ask for more `ports`\n" +
      "TaskInfo.data:1:48: services.web.ports[2]: there is no port of the host left for 82/udp: the pod publishes 3, and " +
      "the task has 1 (31000); ask for more `ports`",
  },
  {
    name: "none at all",
    text: web('["80"]'),
    offer: "",
    message:
      "TaskInfo.data:1:36: services.web.ports[0]: there is no port of the host left for 80/tcp: the pod publishes " +
      "1, and the task has 0 (none); ask for more `ports`",
  },
  {
    name: "wishes that cannot be",
    text: web('["80", "81"]', ", x: {image: b}"),
    offer: "31000-31001",
    task: {
      label: { "mesolet.ports": "web:80=8080,nobody:80=PORT0,82=PORT0,http=PORT0,web=,web:80=PORT9,0=PORT0" },
    },
    message: [
      'label mesolet.ports: "web:80=8080": 8080 is none of the task\'s ports: 31000-31001',
      'label mesolet.ports: "nobody:80=PORT0": no container is called nobody: use one of web, x',
      'label mesolet.ports: "82=PORT0" does not say which container it is for: write web:82=…',
      'label mesolet.ports: "http=PORT0": no port of the pod has the name http',
      'label mesolet.ports: "web=" is not of the form web:80=31005 or web:80=PORT0',
      'label mesolet.ports: "web:80=PORT9": PORT9 is none of the task\'s ports: 31000-31001',
      'label mesolet.ports: "0=PORT0": 0 is no port',
    ].join("\n"),
  },
  {
    name: "two wishes for one port",
    text: web('["80", "81"]'),
    offer: "31000-31001",
    task: { label: { "mesolet.ports": "80=PORT0,81=PORT0" } },
    message:
      'TaskInfo.data:1:42: services.web.ports[1]: cannot have 31000, as "81=PORT0" asks: another port of the pod ' +
      "has it",
  },
  {
    name: "replicas with a port of the host each, which one spec cannot say",
    text: "services: {web: {image: a, scale: 2, ports: ['80']}}\nx-pod: {network: services}",
    offer: "31000-31001",
    message:
      "TaskInfo.data:1:46: services.web.ports[0]: 2 replicas cannot share one offered port: run one, or make " +
      "services of them",
  },
];

for (const { name, text, offer, message, task, ...asked } of refused) {
  Deno.test(`ports refused: ${name}`, async () => {
    const error = await assertRejects(
      () => podFor({ ...asked, task: { ...task, text, ports: offer } }),
      SpecError,
    );
    assertEquals(error.message, message);
  });
}

Deno.test("on the host's network a port that is none of the task's is told, and published as nothing", async () => {
  const pod = await podFor({
    task: { text: `${web('["8080:80"]')}\nx-pod: {network: host}`, ports: "31000" },
  });
  assertEquals(warningsOf(pod), [
    "TaskInfo.data:1:36: services.web.ports[0]: the container listens on port 80 of the host itself, which is none of " +
    "the task's (31000): let it listen on PORT0",
  ]);
  assertEquals(containerOf(pod).ports, [{ target: 80, protocol: "tcp" }]);
});

Deno.test("variables of ports", async () => {
  const text = `services:
  web: {image: a, ports: ["80", {target: 9090, name: admin}]}
  api-2: {image: a, ports: ["80", "53:53/tcp", "54:53/udp"], environment: {PORT: mine, PORT_80: null}}`;
  const task = { text, ports: "31000-31005", discovery: discovery([{ number: 31005, name: "adm-in" }]) };
  const pod = await podFor({ task });
  assertEquals(portsOf(pod), [
    "api-2:80/tcp=31005 adm-in",
    "api-2:53/tcp=31000",
    "api-2:53/udp=31001",
    "web:80/tcp=31002",
    "web:9090/tcp=31003 admin",
  ]);
  const ofPorts = Object.entries(variablesOf(pod, "web")).filter(([name]) => name.startsWith("PORT"));
  assertEquals(Object.fromEntries(ofPorts), {
    PORT: "31005",
    PORTS: "31005,31000,31001,31002,31003,31004",
    PORT0: "31005",
    PORT1: "31000",
    PORT2: "31001",
    PORT3: "31002",
    PORT4: "31003",
    PORT5: "31004",
    PORT_ADM_IN: "31005",
    PORT_ADMIN: "31003",
    PORT_API_2_80: "31005",
    PORT_API_2_53: "31000",
    PORT_API_2_53_UDP: "31001",
    PORT_53: "31000",
    PORT_53_UDP: "31001",
    PORT_WEB_80: "31002",
    PORT_WEB_9090: "31003",
    PORT_9090: "31003",
  });
  const own = variablesOf(pod, "api-2");
  assertEquals([own["PORT"], own["PORT_80"], own["PORT0"]], ["mine", null, "31005"]);
});

Deno.test("an image of which only the name is known listens on the offered ports, or where the label says", async () => {
  const plain = await podFor({ task: { ports: "31000-31001" }, words: ["redis:7"] });
  assertEquals(portsOf(plain), ["app:31000/tcp=31000", "app:31001/tcp=31001"]);
  assertEquals(warningsOf(plain).length, 1);
  const told = await podFor({
    task: { ports: "31000-31001", label: { "mesolet.ports": "6379=PORT0" } },
    words: ["redis:7"],
  });
  assertEquals(portsOf(told), ["app:6379/tcp=31000", "app:31001/tcp=31001"]);
  assertEquals(warningsOf(told), []);
});

Deno.test("ranges of a hostile offer are cut to ports", () => {
  const task = taskInfo({ ports: "0-18446744073709551615,70000-80000" });
  const { ordered } = offeredPortsOf(task, {});
  assertEquals([ordered.length, ordered[0], ordered.at(-1)], [65_535, 1, 65_535]);
});
