import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { type Asked, docker, podFor, sandbox, warningsOf } from "./asking.ts";

const compose = (image: string) => `services: {web: {image: ${image}}}\n`;

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** A Marathon app as Marathon writes it into the data of every task of a custom executor. */
const marathonApp = JSON.stringify({
  id: "/shop/web",
  cmd: " ",
  args: null,
  env: { MODE: "live" },
  instances: 1,
  cpus: 0.5,
  mem: 64,
  executor: "./mesolet",
  uris: ["http://files/sample.tar.gz"],
  ports: [10001],
  portDefinitions: [{ port: 10001, protocol: "tcp", labels: {} }],
  container: null,
  labels: { fileName: "docker-compose.yml" },
});

const origins:
  readonly (Asked & { readonly name: string; readonly from: string; readonly image?: string })[] = [
    {
      name: "a label names a file",
      task: { label: { "mesolet.spec": "pod/web.yaml" } },
      files: { "pod/web.yaml": compose("a"), "compose.yaml": compose("other") },
      from: "files-label: /sandbox/pod/web.yaml, by the label mesolet.spec",
      image: "a",
    },
    {
      name: "dce-go's label, several files merged in order",
      task: { label: { fileName: "one.yml, two.yml" } },
      files: { "one.yml": compose("a"), "two.yml": compose("b") },
      from: "files-label: /sandbox/one.yml, /sandbox/two.yml, by the label fileName",
      image: "b",
    },
    {
      name: "Aurora's metadata, and an archive with a directory of its own",
      task: { label: { "org.apache.aurora.metadata.fileName": "docker-compose.yml" }, text: "{}" },
      files: { "sampleapp/docker-compose.yml": compose("a") },
      from:
        "files-label: /sandbox/sampleapp/docker-compose.yml, by the label org.apache.aurora.metadata.fileName",
      image: "a",
    },
    {
      name: "mesolet's label wins over dce-go's, with Aurora's prefix too",
      task: { label: { fileName: "one.yml", "org.apache.aurora.metadata.mesolet.spec": "two.yml" } },
      files: { "one.yml": compose("a"), "two.yml": compose("b") },
      from: "files-label: /sandbox/two.yml, by the label org.apache.aurora.metadata.mesolet.spec",
      image: "b",
    },
    {
      name: "a bare archive that was extracted in place",
      task: { label: { fileName: "sampleapp/docker-compose.yml" } },
      files: { "docker-compose.yml": compose("a") },
      from: "files-label: /sandbox/docker-compose.yml, by the label fileName",
      image: "a",
    },
    {
      name: "Marathon's app in the data breaks no label",
      task: { label: { fileName: "docker-compose.yml" }, text: marathonApp },
      files: { "docker-compose.yml": compose("a") },
      from: "files-label: /sandbox/docker-compose.yml, by the label fileName",
      image: "a",
    },
    {
      name: "the spec itself in the data",
      task: { text: compose("a") },
      files: { "compose.yaml": compose("other") },
      from: "data: the text of TaskInfo.data",
      image: "a",
    },
    {
      name: "the spec as JSON",
      task: { text: '{"services": {"web": {"image": "a"}}}' },
      from: "data: the text of TaskInfo.data",
      image: "a",
    },
    {
      name: "the spec in a label, as base64",
      task: { label: { "mesolet.spec-data": base64(bytes(compose("a"))) }, text: compose("other") },
      from: "label: the text of label mesolet.spec-data",
      image: "a",
    },
    {
      name: "Marathon's app in the data breaks no file of the sandbox",
      task: { text: marathonApp },
      files: {
        "compose.yaml": compose("a"),
        "compose.override.yaml": compose("b"),
        "x/compose.yaml": compose("c"),
      },
      from:
        "sandbox-file: /sandbox/compose.yaml, /sandbox/compose.override.yaml, by the sandbox, as no label or " +
        "data names a spec",
      image: "b",
    },
    {
      name: "a thrift blob in the data is no spec",
      task: { data: new Uint8Array([0x0b, 0, 1, 0, 0, 0, 3, 0xff, 0xfe, 0xfd]) },
      files: { "docker-compose.yml": compose("a") },
      from: "sandbox-file: /sandbox/docker-compose.yml, by the sandbox, as no label or data names a spec",
      image: "a",
    },
    {
      name: "the task's container, before an image in the data",
      task: { container: docker({ image: "redis:7" }), text: "other:1" },
      from: "docker-container: the task's container (TaskInfo.container)",
      image: "redis:7",
    },
    {
      name: "a container of the Mesos containerizer with a Docker image",
      task: {
        container: { type: "MESOS", mesos: { image: { type: "DOCKER", docker: { name: "redis:7" } } } },
      },
      from: "docker-container: the task's container (TaskInfo.container)",
      image: "redis:7",
    },
    {
      name: "an image in front in the data",
      task: { text: "johncosta/redis --port 1\n" },
      from: "image: the image johncosta/redis of the task's data (TaskInfo.data)",
      image: "johncosta/redis",
    },
    {
      name: "an image in front of the task's command",
      task: { command: { value: "redis:7 --port 1" } },
      from: "image: the image redis:7 of the task's command (TaskInfo.command)",
      image: "redis:7",
    },
    {
      name: "an image in front of the executor's arguments, beside a Marathon app without one",
      task: { text: marathonApp },
      words: ["registry.example:5000/redis@sha256:" + "a".repeat(64), "--port", "1"],
      from: `image: the image registry.example:5000/redis@sha256:${
        "a".repeat(64)
      } of the executor's arguments`,
      image: `registry.example:5000/redis@sha256:${"a".repeat(64)}`,
    },
    {
      name: "a Marathon app with an image",
      task: { text: JSON.stringify({ id: "/a", container: { docker: { image: "redis:7" } } }) },
      from: "image: the image redis:7 of the task's data (TaskInfo.data)",
      image: "redis:7",
    },
    {
      name: "the first releases of Marathon",
      task: { text: JSON.stringify({ container: { image: "docker:///redis:7", options: ["-e A=b"] } }) },
      from: "image: the image redis:7 of the task's data (TaskInfo.data)",
      image: "redis:7",
    },
  ];

for (const { name, from, image, ...asked } of origins) {
  Deno.test(`the pod comes from: ${name}`, async () => {
    const { origin, pod } = await podFor(asked);
    assertEquals(`${origin.rule}: ${origin.description}`, from);
    assertEquals(pod.containers.map((each) => each.image), [image]);
    assertEquals(pod.source.files, origin.files.map((file) => file.replace(sandbox.path, sandbox.onHost)));
  });
}

for (const packed of ["text", "gzip", "base64", "base64 of gzip", "base64 in lines"]) {
  Deno.test(`the spec in the data may be ${packed}`, async () => {
    const text = compose("a");
    const data = packed === "text"
      ? bytes(text)
      : packed === "gzip"
      ? await gzip(text)
      : packed === "base64"
      ? bytes(base64(bytes(text)))
      : packed === "base64 of gzip"
      ? bytes(base64(await gzip(text)))
      : bytes(base64(bytes(text)).replace(/(.{20})/g, "$1\r\n"));
    const { origin, pod } = await podFor({ task: { data } });
    assertEquals([origin.rule, pod.containers[0]?.image], ["data", "a"]);
  });
}

const refusals: readonly (Asked & { readonly name: string; readonly message: string | RegExp })[] = [
  {
    name: "a file that is not there: what is there, and what was fetched, without passwords",
    task: {
      label: { fileName: "docker-compose.yml" },
      command: { uris: [{ value: "https://u:p@files.example/app.tgz?X-Signature=s" }] },
    },
    files: { "app.yml": compose("a"), "stdout": "" },
    message:
      "label fileName: there is no docker-compose.yml in the sandbox, which holds app.yml, stdout; the task's " +
      "URIs are https://files.example/app.tgz",
  },
  {
    name: "a path that leaves the sandbox",
    task: { label: { "mesolet.spec": "../c2/compose.yaml" } },
    files: { "/c2/compose.yaml": compose("a") },
    message:
      "label mesolet.spec: ../c2/compose.yaml is not in the sandbox: name a file that is fetched with the task",
  },
  {
    name: "an absolute path",
    task: { label: { "mesolet.spec": "/etc/passwd" } },
    files: { "/etc/passwd": compose("a") },
    message:
      "label mesolet.spec: /etc/passwd is not in the sandbox: name a file that is fetched with the task",
  },
  {
    name: "a symbolic link that leaves the sandbox",
    task: { label: { "mesolet.spec": "compose.yaml" } },
    files: { "/etc/shadow": compose("a") },
    links: { "/sandbox/compose.yaml": "/etc/shadow" },
    message:
      "label mesolet.spec: compose.yaml is not in the sandbox: name a file that is fetched with the task",
  },
  {
    name: "a directory behind a symbolic link",
    task: { label: { "mesolet.spec": "compose.yaml" } },
    files: { "/etc/compose.yaml": compose("a") },
    links: { "/sandbox/x": "/etc" },
    message:
      "label mesolet.spec: compose.yaml is not in the sandbox: name a file that is fetched with the task",
  },
  {
    name: "a file of a default name that is a link out of the sandbox",
    files: { "/etc/shadow": compose("a") },
    links: { "/sandbox/compose.yaml": "/etc/shadow" },
    message: "/sandbox/compose.yaml is a link to a file that is not in the sandbox",
  },
  {
    name: "a directory of a default name",
    files: { "compose.yaml/x": "" },
    message: "/sandbox/compose.yaml: cannot be read: it is a directory",
  },
  {
    name: "a file that is there more than once",
    task: { label: { fileName: "compose.yml" } },
    files: { "a/compose.yml": compose("a"), "b/compose.yml": compose("b") },
    message:
      "label fileName: compose.yml is there more than once: /sandbox/a/compose.yml, /sandbox/b/compose.yml; " +
      "name one with its directory",
  },
  {
    name: "commas alone",
    task: { label: { fileName: " , ," } },
    message: 'label fileName: ", ," names no file',
  },
  {
    name: "a directory",
    task: { label: { fileName: "app" } },
    files: { "app/compose.yml": compose("a") },
    message: "/sandbox/app: cannot be read: it is a directory",
  },
  {
    name: "a label that holds no spec",
    task: { label: { "mesolet.spec-data": "image: a" } },
    message:
      "label mesolet.spec-data holds no Compose file: it has to be a mapping with services, as text, gzip or " +
      "base64",
  },
  {
    name: "a Kubernetes manifest",
    task: { text: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n" },
    files: { "compose.yaml": compose("a") },
    message: "TaskInfo.data is a Kubernetes manifest, which is not read yet: write the pod as a Compose file",
  },
  {
    name: "a wrong spec in the data, with its line",
    task: { text: "services:\n  web:\n    imge: a\n" },
    message: /^TaskInfo\.data:3:5: services\.web\.imge: /,
  },
  {
    name: "a spec in the data that is no YAML",
    task: { text: "services:\n  web: {image: a\n" },
    message: /^TaskInfo\.data:\d+:\d+: /,
  },
  {
    name: "gzip that breaks off",
    task: { data: new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]) },
    message: "TaskInfo.data begins like gzip and cannot be unpacked",
  },
  {
    name: "more than 10 MiB of text",
    task: { data: new Uint8Array(10 * 1024 * 1024 + 1).fill(0x20) },
    message: "TaskInfo.data is larger than 10 MiB when it is unpacked",
  },
  {
    name: "nothing at all",
    task: { text: "{}", container: { type: "MESOS" } },
    files: { stdout: "", stderr: "" },
    words: ["--verbose"],
    message:
      "The task has no spec of a pod. Looked for: files that the label mesolet.spec or fileName names (no such " +
      "label); a Compose file in TaskInfo.data (a JSON object without services or an image) or the label " +
      "mesolet.spec-data (no such label); compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml in the " +
      "sandbox (it holds stderr, stdout); an image in TaskInfo.container (one of type MESOS without a Docker image); " +
      "an image in front of TaskInfo.command or of the executor's arguments (--verbose)",
  },
  {
    name: "a label that is misspelt",
    task: { label: { "mesolet.sepc": "compose.yaml" } },
    message: /; label mesolet\.sepc: has no effect: no such label: did you mean mesolet\.spec\?$/,
  },
  {
    name: "bytes that are no text, with a NUL or not UTF-8",
    task: { data: bytes("services:\0 {}") },
    message: /TaskInfo\.data \(13 bytes that are no text\)/,
  },
];

for (const { name, message, ...asked } of refusals) {
  Deno.test(`refused: ${name}`, async () => {
    const error = await assertRejects(() => podFor(asked), MesoletError);
    if (typeof message === "string") assertEquals(error.message, message);
    else assertEquals([error.message.match(message) !== null, error.message], [true, error.message]);
  });
}

Deno.test("a gzip bomb is given up at 10 MiB, packed once or twice", async () => {
  const bomb = await gzip("services: {}\n" + " ".repeat(64 * 1024 * 1024));
  for (const data of [bomb, bytes(base64(bomb))]) {
    const error = await assertRejects(() => podFor({ task: { data } }), MesoletError);
    assertEquals(error.message, "TaskInfo.data is larger than 10 MiB when it is unpacked");
  }
});

Deno.test("the sandbox itself may lie behind a symbolic link, as `latest` does", async () => {
  const { pod } = await podFor({
    sandbox: { path: "/latest", onHost: "/latest" },
    task: { label: { "mesolet.spec": "compose.yaml" } },
    files: { "/runs/c1/compose.yaml": "services: {web: {image: a, volumes: [./data:/data, /runs/c1/x:/x]}}" },
    links: { "/latest": "/runs/c1" },
  });
  assertEquals(pod.containers[0]?.mounts.map(({ source }) => source), [
    "/latest/data",
    "/latest/x",
    "/latest",
  ]);
});

Deno.test("other default names in the sandbox are told", async () => {
  const pod = await podFor({ files: { "compose.yaml": compose("a"), "docker-compose.yml": compose("b") } });
  assertEquals(warningsOf(pod), [
    "/sandbox/compose.yaml is used; also in the sandbox: /sandbox/docker-compose.yml",
  ]);
});
