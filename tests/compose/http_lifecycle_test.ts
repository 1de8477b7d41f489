import { loadCompose } from "../../src/compose/load.ts";
import { podOf, type PodResult } from "../../src/compose/pod.ts";
import { SpecError } from "../../src/pod/errors.ts";
import type { HttpLifecycle } from "../../src/pod/http_lifecycle.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { memoryFiles } from "../support/memory_files.ts";

async function podWith(lifecycle: string): Promise<PodResult> {
  const ports = "[{name: admin, target: 9000}, '80']";
  const { project } = await loadCompose({
    files: ["/spec/compose.yaml"],
    environment: {},
    workingDirectory: "/spec",
    access: memoryFiles({
      "/spec/compose.yaml":
        `services: {a: {image: i}, b: {image: i, ports: ${ports}}}\nx-pod: {http_lifecycle: ${lifecycle}}`,
    }),
  });
  return podOf({ project, readFile: () => undefined });
}

const both = [{ path: "/quitquitquit", wait: 5000 }, { path: "/abortabortabort", wait: 5000 }];

const read: Readonly<Record<string, HttpLifecycle>> = {
  "8080": { port: 8080, requests: both },
  "'8080'": { port: 8080, requests: both },
  "80": { port: 80, container: "b", requests: both },
  "admin": { port: 9000, container: "b", requests: both },
  "{port: 80, container: a, requests: [/bye, {path: '/end?now', wait: 1m}, {path: /x, wait: 0.5}]}": {
    port: 80,
    container: "a",
    requests: [{ path: "/bye", wait: 5000 }, { path: "/end?now", wait: 60_000 }, { path: "/x", wait: 500 }],
  },
};

for (const [text, expected] of Object.entries(read)) {
  Deno.test(`x-pod.http_lifecycle: ${text}`, async () => {
    const { pod, warnings } = await podWith(text);
    assertEquals(pod.httpLifecycle, expected);
    assertEquals(warnings, []);
  });
}

const refused: Readonly<Record<string, string>> = {
  "[]": "x-pod.http_lifecycle: must be a port, or a mapping",
  "0": "x-pod.http_lifecycle: must be a port that a container listens on",
  "{requests: [/a]}": "x-pod.http_lifecycle.port: must be a port",
  "other": 'x-pod.http_lifecycle: no container has a port of the name "other"',
  "{port: 80, container: c}": 'x-pod.http_lifecycle.container: "c" is not an active service: use one of a, b',
  "{port: 80, paths: []}": "x-pod.http_lifecycle.paths: is not a field of it",
  "{port: 80, requests: []}": "x-pod.http_lifecycle.requests: must be a list of up to 10",
  "{port: 80, requests: [quit]}": 'x-pod.http_lifecycle.requests[0]: "quit" is no path',
  "{port: 80, requests: [{path: /a, wait: soon}]}":
    'x-pod.http_lifecycle.requests[0]: "soon" is not a duration',
  "{port: 80, requests: [{path: /a, delay: 1s}]}": "x-pod.http_lifecycle.requests[0].delay: is not a field",
};

for (const [text, message] of Object.entries(refused)) {
  Deno.test(`x-pod.http_lifecycle refused: ${text}`, async () => {
    const error = await assertRejects(() => podWith(text), SpecError);
    assertEquals(error.message.includes(message), true, error.message);
  });
}
