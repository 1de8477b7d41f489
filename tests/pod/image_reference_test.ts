import { formatImageReference, imageProblem, parseImageReference } from "../../src/pod/image_reference.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

const references: Readonly<Record<string, string>> = {
  "busybox": "docker.io/library/busybox:latest",
  "busybox:1.36": "docker.io/library/busybox:1.36",
  "library/busybox": "docker.io/library/busybox:latest",
  "user/app": "docker.io/user/app:latest",
  "docker.io/busybox": "docker.io/library/busybox:latest",
  "index.docker.io/library/busybox:x": "docker.io/library/busybox:x",
  "docker.io/a/b/c": "docker.io/a/b/c:latest",
  "localhost/app": "localhost/app:latest",
  "localhost:5000/app": "localhost:5000/app:latest",
  "localhost:5000/app:1.0": "localhost:5000/app:1.0",
  "registry.example.com/team/app:v1": "registry.example.com/team/app:v1",
  "registry.example.com:443/team/app": "registry.example.com:443/team/app:latest",
  "[::1]:5000/app": "[::1]:5000/app:latest",
  "192.168.0.1/app": "192.168.0.1/app:latest",
  [`busybox@${digest}`]: `docker.io/library/busybox@${digest}`,
  [`busybox:1.36@${digest}`]: `docker.io/library/busybox:1.36@${digest}`,
  "a__b/c.d-e---f": "docker.io/a__b/c.d-e---f:latest",
  "Registry.example/app": "Registry.example/app:latest",
};

Deno.test("references are filled in", () => {
  for (const [text, full] of Object.entries(references)) {
    assertEquals(formatImageReference(parseImageReference(text)), full, text);
    assertEquals(formatImageReference(parseImageReference(full)), full, full);
  }
});

Deno.test("what is no reference is refused with the reason", () => {
  const wrong: Readonly<Record<string, string>> = {
    "": "no name of a repository",
    "Busybox": "lower case",
    "user/App": "lower case",
    "busybox:": "no tag",
    "busybox:-x": "no tag",
    [`busybox:${"a".repeat(129)}`]: "no tag",
    "busybox@sha256": "no digest",
    "busybox@sha256:abc": "no digest",
    "a//b": "no name of a repository",
    "a/b/": "no name of a repository",
    "-a.b/c": "no registry",
    "a b": "no name of a repository",
    ["0123456789abcdef".repeat(4)]: "id of an image",
  };
  for (const [text, why] of Object.entries(wrong)) {
    assertThrows(() => parseImageReference(text), MesoletError, why);
  }
});

Deno.test("an engine takes ids of images as well", () => {
  for (const text of [...Object.keys(references), "0123456789abcdef".repeat(4), digest]) {
    assertEquals(imageProblem(text), undefined, text);
  }
  assertEquals(imageProblem("user/App"), "the name of a repository is in lower case");
});
