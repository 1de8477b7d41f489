import { readTaskDocument } from "../../../src/mesos/task/task_document.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals } from "../../support/assert.ts";
import { type Asked, containerOf, docker, podFor, sandbox } from "./asking.ts";

/** A generator of numbers below 2³² that gives the same ones each time (xorshift32). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const words: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  "",
  " ",
  "redis:7",
  "$x",
  "${",
  "../../etc/passwd",
  "\0",
  "💥",
  "a".repeat(10_000),
  "host",
  "__proto__",
  "constructor",
  "31000",
  "31000-40000",
  "*",
  "a=b",
  "-v",
  "--",
  "services: {",
  [],
  {},
  [[]],
];

const names = [
  "container",
  "docker",
  "image",
  "options",
  "portMappings",
  "containerPort",
  "hostPort",
  "protocol",
  "parameters",
  "key",
  "value",
  "volumes",
  "containerPath",
  "hostPath",
  "mode",
  "network",
  "networks",
  "name",
  "cmd",
  "args",
  "env",
  "services",
  "apiVersion",
  "kind",
  "ipAddress",
  "external",
  "__proto__",
  "constructor",
];

function tree(next: () => number, depth: number): unknown {
  const kind = next() % 4;
  if (depth === 0 || kind === 0) return words[next() % words.length];
  const size = next() % 6;
  if (kind === 1) return Array.from({ length: size }, () => tree(next, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [names[next() % names.length], tree(next, depth - 1)]),
  );
}

/** A pod, or a refusal that is meant for people: anything else is a defect. */
async function survives(asked: Asked): Promise<"pod" | "refused"> {
  try {
    const { pod } = await podFor(asked);
    assertEquals(pod.name.length < 64, true);
    return "pod";
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    assertEquals(error.message.includes("[object"), false, error.message);
    return "refused";
  }
}

Deno.test("data of any form gives a pod or a refusal in words", async () => {
  const next = sequence(7);
  const ends = { pod: 0, refused: 0 };
  for (let round = 0; round < 600; round++) {
    const container = { docker: { image: "redis:7", ...Object(tree(next, 2)) }, ...Object(tree(next, 2)) };
    const data = round % 3 === 0 ? tree(next, 5) : { ...Object(tree(next, 3)), container };
    ends[await survives({ task: { text: JSON.stringify(data), ports: "31000-31003" } })]++;
  }
  assertEquals(ends.pod > 50 && ends.refused > 50, true, JSON.stringify(ends));
});

Deno.test("labels and parameters of any value give a pod or a refusal in words", async () => {
  const next = sequence(11);
  const labels = [
    "name",
    "network",
    "essential",
    "profiles",
    "user",
    "cgroup",
    "launch-timeout",
    "stop-timeout",
    "ports",
    "spec",
    "spec-data",
    "hook.running",
    "hook-timeout",
    "log-max-size",
    "check-container",
    "pull-retries",
  ];
  const parameters = [
    "env",
    "volume",
    "mount",
    "publish",
    "ulimit",
    "device",
    "health-cmd",
    "memory",
    "gpus",
    "label",
  ];
  const texts = words.filter((word) => typeof word === "string");
  const word = () => texts[next() % texts.length] ?? "";
  const ends = { pod: 0, refused: 0 };
  for (let round = 0; round < 600; round++) {
    const label = { [`mesolet.${labels[next() % labels.length]}`]: word() };
    const key = parameters[next() % parameters.length] ?? "";
    const container = docker({ image: "redis:7", network: "BRIDGE", parameters: [{ key, value: word() }] });
    ends[await survives({ task: { label: round % 2 === 0 ? label : {}, container, ports: "31000" } })]++;
  }
  assertEquals(ends.pod > 50 && ends.refused > 50, true, JSON.stringify(ends));
});

Deno.test("random bytes as data are no spec and no defect", async () => {
  const next = sequence(13);
  for (let round = 0; round < 300; round++) {
    const data = Uint8Array.from({ length: next() % 200 }, () => next() & 0xff);
    const files = { "compose.yaml": "services: {a: {image: a}}" };
    if (data[0] === 0x1f) continue;
    assertEquals(await survives({ task: { data }, files }), "pod");
  }
});

Deno.test("names of paths are taken as they are written", async () => {
  const task = { label: { "mesolet.spec": "./a//b/../b/compose.yaml" } };
  const { pod } = await podFor({ task, files: { "a/b/compose.yaml": "services: {a: {image: a}}" } });
  assertEquals(pod.source.directory, `${sandbox.onHost}/a/b`);
  const odd = { label: { "mesolet.spec": "söme file.yaml" } };
  const found = await podFor({ task: odd, files: { "söme file.yaml": "services: {a: {image: a}}" } });
  assertEquals(found.pod.source.files, [`${sandbox.onHost}/söme file.yaml`]);
});

Deno.test("a name of a prototype's member is a name", async () => {
  const environment = { variables: [{ name: "__proto__", value: "x" }, { name: "constructor", value: "y" }] };
  const pod = await podFor({
    task: { text: "services: {constructor: {image: a}}", command: { environment } },
  });
  const variables = containerOf(pod).environment.filter(({ name }) => /^_|^c/.test(name));
  assertEquals(variables, [{ name: "__proto__", value: "x" }, { name: "constructor", value: "y" }]);
  const nested = '{"launch":'.repeat(5000) + "1" + "}".repeat(5000);
  let refusal = "";
  try {
    readTaskDocument(nested);
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    refusal = error.message;
  }
  assertEquals(refusal, "Cannot read the task: there is no TaskInfo in it, which has a task_id");
});
