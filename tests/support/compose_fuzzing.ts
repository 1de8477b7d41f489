/** Mutated Compose files: a seed gives the same ones again. */

import { loadCompose } from "../../src/compose/load.ts";
import { printProject } from "../../src/compose/print.ts";
import { SpecError } from "../../src/pod/errors.ts";
import { memoryFiles } from "./memory_files.ts";

/** Gives whole numbers from 0 to below a bound, the same for the same seed. */
export function seededNumbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Text that breaks parsers, or turns one kind of value into another. */
const splices = [
  "[",
  "]",
  "{",
  "}",
  ":",
  ": ",
  "- ",
  "-",
  "#",
  "&a ",
  "*a",
  "<<: *a",
  "!reset ",
  "!override ",
  "!!str ",
  "!foo ",
  "|\n",
  ">-\n",
  "'",
  '"',
  "\n",
  "\t",
  "  ",
  "\r\n",
  "\0",
  "\uFEFF",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "? ",
  "~",
  "null",
  "true",
  "yes",
  "0",
  "-1",
  "1e9",
  "0x1F",
  ".inf",
  "2020-01-01",
  "99999999999999999999",
  "$",
  "$$",
  "${",
  "${A",
  "${A:-",
  "${A:?x}",
  "}",
  "__proto__",
  "constructor",
  "é",
  "💥",
  "\uD800",
  "extends: s",
  "include: [compose.yaml]",
  "x-a: ",
  "services:",
  "image: ",
  "ports: [",
  "80:80",
  "1-65535:1-65535",
  "/a:/b",
  "::",
  "=",
  ",",
  "\\",
];

/** Values of every kind, right in some places and wrong in others. */
const values = [
  "",
  "~",
  "5",
  "-1",
  "0.5",
  "1e9",
  "true",
  "no",
  "text",
  "'5'",
  '""',
  "[]",
  "{}",
  "[a, b]",
  "[a=b, a=c]",
  "{a: b}",
  "{a: }",
  "{a: {b: c}}",
  "[{a: b}]",
  "[[a]]",
  "a:b:c",
  "/a:/b",
  "80:80",
  "1-3:4-6",
  "10s",
  "1d",
  "5m",
  "1.5g",
  "-1",
  "service:s",
  "service:t",
  "container:c",
  "host",
  "[s]",
  "[t, u]",
  "{s: {condition: service_started}}",
  "*env",
  "{<<: *env}",
  "!reset null",
  "!override [x]",
  "${A}",
  "${A:-5}",
  "$$",
  "{source: a, target: b}",
  "[{source: k}]",
  "{soft: 1, hard: x}",
  "{external: true}",
  "{name: x, external: {name: y}}",
  "2020-01-01",
  "0o17",
];

/** Compose files of our own that together touch most of the specification. */
export const fuzzSeeds: readonly string[] = [
  `name: app
x-common: &common
  restart: always
  environment: &env {A: "1", B: 2}
services:
  s:
    <<: *common
    image: nginx:\${TAG:-1.25}
    command: nginx -g 'daemon off;'
    ports: ["8080:80", {target: 443, published: 8443, protocol: tcp}]
    volumes: ["data:/d:ro", {type: bind, source: ./c, target: /c, bind: {propagation: rslave}}]
    depends_on: {t: {condition: service_healthy, required: false}}
    deploy: {replicas: 2, resources: {limits: {cpus: "0.5", memory: 512m}}}
    healthcheck: {test: [CMD, curl, x], interval: 10s, retries: 3}
  t:
    image: y
    profiles: [p]
    networks: {n: {aliases: [x], ipv4_address: 10.0.0.2}}
    ulimits: {nofile: {soft: 1, hard: 2}}
    secrets: [k, {source: k, target: /k, mode: 0440}]
volumes: {data: {labels: {a: b}}}
networks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}]}}, default: }
secrets: {k: {environment: HOME}}
`,
  `services:
  base:
    image: x
    environment:
      - A=\${A:-\${B:-c}}
      - D
    labels: [a=b]
    extra_hosts: ["h:1.2.3.4", "i=[::1]"]
    logging: {driver: json-file, options: {max-size: 1m}}
  s:
    extends: base
    environment: !override {E: f}
    labels: !reset null
    devices: ["/dev/a:/dev/b:r"]
    gpus: all
    tmpfs: /run
    post_start: [{command: echo a}]
    blkio_config: {weight: 5, device_read_bps: [{path: /dev/a, rate: 1m}]}
    stop_grace_period: 1m30s
    mem_limit: 1.5g
    configs: [{source: c, target: /c}]
configs:
  c:
    content: |
      one
      two \${A}
`,
  `include:
  - inc.yaml
  - {path: [inc.yaml], project_directory: sub, env_file: e.env}
services: {s: {image: x, env_file: [e.env, {path: no.env, required: false, format: raw}], label_file: e.env}}
---
services: {s: {user: "0644", hostname: h}}
`,
];

/** Changes a text in one to three places. */
export function mutate(text: string, below: (bound: number) => number): string {
  let result = text;
  for (let times = below(3) + 1; times > 0; times--) {
    const at = below(result.length + 1);
    const length = below(12);
    const splice = splices[below(splices.length)] ?? "";
    switch (below(10)) {
      case 6:
      case 7:
      case 8:
      case 9:
        result = replaceValue(result, below);
        break;
      case 0:
        result = result.slice(0, at) + splice + result.slice(at);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 2:
        result = result.slice(0, at) + splice + result.slice(at + length);
        break;
      case 3: {
        const from = below(result.length + 1);
        result = result.slice(0, at) + result.slice(from, from + below(60)) + result.slice(at);
        break;
      }
      case 4:
        result = result.slice(0, at) + String.fromCharCode(below(256)) + result.slice(at + 1);
        break;
      default: {
        const lines = result.split("\n");
        const line = below(lines.length);
        lines.splice(line, 1, ...(below(2) === 0 ? [] : [`${"  ".repeat(below(4))}${lines[line]?.trim()}`]));
        result = lines.join("\n");
      }
    }
  }
  return result;
}

/** Gives one line another value: the file stays YAML, and means something else. */
function replaceValue(text: string, below: (bound: number) => number): string {
  const lines = text.split("\n");
  const valued = [...lines.keys()].filter((index) => /^\s*(?:- )?[\w-]+:|^\s*- /.test(lines[index] ?? ""));
  const index = valued[below(Math.max(1, valued.length))];
  if (index === undefined) return text;
  const [, lead = ""] = /^(\s*(?:- )?[\w-]+:|\s*-)/.exec(lines[index] ?? "") ?? [];
  lines[index] = `${lead} ${values[below(values.length)]}`;
  return lines.join("\n");
}

/** The YAML files below a directory, in the order of their paths; none of more than 50,000 characters. */
export async function readSeeds(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  const texts: string[] = [];
  for (const { name, isDirectory } of entries.sort((left, right) => left.name < right.name ? -1 : 1)) {
    const path = `${directory}/${name}`;
    if (isDirectory) texts.push(...await readSeeds(path));
    else if (/\.ya?ml$/.test(name)) {
      const text = await Deno.readTextFile(path).catch(() => "");
      if (text !== "" && text.length < 50_000) texts.push(text);
    }
  }
  return texts;
}

/** What became of one mutated file. */
export interface FuzzOutcome {
  readonly loaded: boolean;
  readonly milliseconds: number;
  /** Set where neither a project nor a SpecError came of it. */
  readonly defect?: unknown;
}

/** Loads a text, and prints what comes of it; says what happened. */
export async function fuzzOnce(text: string): Promise<FuzzOutcome> {
  const start = performance.now();
  const files = memoryFiles({
    "/p/compose.yaml": text,
    "/p/inc.yaml": "services: {i: {image: x}}\n",
    "/p/e.env": "A=1\nB='x'\nC",
  });
  try {
    const { project } = await loadCompose({
      files: ["/p/compose.yaml"],
      environment: { HOME: "/h" },
      workingDirectory: "/p",
      access: files,
    });
    printProject(project, "json");
    printProject(project, "yaml");
    return { loaded: true, milliseconds: performance.now() - start };
  } catch (error) {
    const milliseconds = performance.now() - start;
    return error instanceof SpecError
      ? { loaded: false, milliseconds }
      : { loaded: false, milliseconds, defect: error };
  }
}
