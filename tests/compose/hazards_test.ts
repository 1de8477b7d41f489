import { assertEquals, assertLess } from "../support/assert.ts";
import type { HostileOutcome } from "../support/load_hostile.ts";

/** The contract is 2 s for any input; a process on a busy machine takes its time to start. */
const deadline = 20_000;

/** MiB of the whole process, whatever it is given to read. */
const mostMemory = 200;

const program = new URL("../support/load_hostile.ts", import.meta.url).pathname;

/** Loads real files of a directory of its own, in a process of its own; gives what is said of them. */
async function told(files: Record<string, string | Uint8Array>, entry = "compose.yaml"): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-hazards-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === "string") await Deno.writeTextFile(`${directory}/${name}`, content);
      else await Deno.writeFile(`${directory}/${name}`, content);
    }
    await new Deno.Command("mkfifo", { args: [`${directory}/fifo`] }).output();
    const { success, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-all",
        "--node-modules-dir=manual",
        // What is left after the runtime itself: without it a runaway would take the machine's memory first.
        `--v8-flags=--max-old-space-size=${mostMemory}`,
        program,
        entry,
      ],
      cwd: directory,
      signal: AbortSignal.timeout(deadline),
    }).output();
    assertEquals([success, signal], [true, null], new TextDecoder().decode(stderr).slice(-1000));
    const outcome: HostileOutcome = JSON.parse(new TextDecoder().decode(stdout));
    assertLess(outcome.peakMebibytes, mostMemory);
    return outcome.told;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const good = "services: {a: {image: x}}\n";

function bomb(levels: number, wide: (name: string) => string): string {
  let text = "x-0: &a0 {k: v}\n";
  for (let level = 1; level <= levels; level++) text += `x-${level}: &a${level} ${wide(`*a${level - 1}`)}\n`;
  return text + good;
}

const cases: [what: string, files: Record<string, string | Uint8Array>, message: string, entry?: string][] = [
  ["a FIFO", {}, "is not a regular file", "fifo"],
  [
    "a FIFO as environment file",
    { "compose.yaml": "services: {a: {image: x, env_file: fifo}}\n" },
    "is not a regular file",
  ],
  [
    "an endless device",
    { "compose.yaml": "services: {a: {image: x, env_file: /dev/zero}}\n" },
    "is not a regular file",
  ],
  ["a directory as the file", {}, "is a directory", "."],
  ["a file that cannot be read", {}, "/proc/self/mem", "/proc/self/mem"],
  ["a file that is not there", {}, "there is no such file", "none.yaml"],
  ["a directory", { "compose.yaml": "include: [.]\n" }, "is a directory"],
  [
    "a file of more than 10 MiB",
    { "compose.yaml": new Uint8Array(11 * 1024 * 1024).fill(35) },
    "is larger than 10 MiB",
  ],
  ["YAML of more than 4 MiB", { "compose.yaml": `${good}# ${"x".repeat(5 << 20)}` }, "larger than 4 MiB"],
  ["a NUL byte", { "compose.yaml": "services: {a: {image: 'x\0'}}" }, "a NUL byte"],
  ["text that is not UTF-8", { "compose.yaml": new Uint8Array([0x61, 0xff]) }, "is not UTF-8"],
  [
    "lists of aliases",
    { "compose.yaml": bomb(9, (name) => `[${Array(10).fill(name).join()}]`) },
    "aliases unfolded",
  ],
  [
    "mappings of aliases",
    { "compose.yaml": bomb(30, (name) => `{a: ${name}, b: ${name}}`) },
    "aliases unfolded",
  ],
  ["aliases as keys", {
    "compose.yaml": bomb(9, (name) => `[${Array(10).fill(name).join()}]`) + "? *a9\n: x\n",
  }, "aliases unfolded"],
  [
    "many merges of many keys",
    {
      "compose.yaml": `x-a: &a {${Array.from({ length: 9000 }, (_, key) => `k${key}: 1`).join()}}\n` +
        Array.from({ length: 900 }, (_, merge) => `x-m${merge}: {<<: *a}\n`).join("") + good,
    },
    "aliases unfolded",
  ],
  ["lists in lists", { "compose.yaml": `x: ${"[".repeat(100_000)}` }, "nested too deeply"],
  ["mappings in mappings", {
    "compose.yaml": Array.from({ length: 1000 }, (_, level) => `${" ".repeat(level)}a:\n`).join(""),
  }, "nested "],
  ["an alias in itself", { "compose.yaml": "x-a: &a\n  b: *a\n" + good }, "contains itself"],
  ["a merge into itself", { "compose.yaml": "x-a: &a\n  b:\n    <<: *a\n" + good }, "contains itself"],
  [
    "includes in a circle",
    { "compose.yaml": "include: [b.yaml]\n", "b.yaml": "include: [compose.yaml]\n" },
    "includes itself",
  ],
  [
    "extends in a circle",
    { "compose.yaml": "services: {a: {extends: b}, b: {extends: a}}\n" },
    "extends itself",
  ],
  ["very many defaults in defaults", {
    "compose.yaml": `services: {a: {image: "${"${A:-".repeat(1900)}${"}".repeat(1900)}"}}`,
  }, "defaults nest too deeply"],
  [
    "a number of very many digits",
    { "compose.yaml": `services: {a: {image: ${"9".repeat(200_000)}}}` },
    "must be text",
  ],
  ["a key that repeats a pattern", { "compose.yaml": `x-a: ${"*a".repeat(200_000)}\n` }, "unknown alias"],
];

for (const [what, files, message, entry] of cases) {
  Deno.test(`hazard: ${what} is refused soon`, async () => {
    const text = await told(files, entry);
    assertEquals(text.includes(message), true, text.slice(0, 300));
  });
}

Deno.test("hazard: two includes on each of many levels are counted", async () => {
  const files: Record<string, string> = { "l12.yaml": good };
  for (let level = 0; level < 12; level++) {
    files[`l${level}.yaml`] = `include: [l${level + 1}.yaml, l${level + 1}.yaml]\n`;
  }
  assertEquals((await told(files, "l0.yaml")).includes("more than 500 includes"), true);
});

Deno.test("hazard: a long chain of dependencies is no cycle", async () => {
  let text = "services:\n";
  for (let index = 0; index < 5000; index++) text += `  s${index}: {image: x, depends_on: [s${index + 1}]}\n`;
  assertEquals(await told({ "compose.yaml": `${text}  s5000: {image: x}\n` }), "loaded");
});

Deno.test("hazard: a file of very many services is loaded in little memory, or refused", async () => {
  const services = (count: number) => {
    let text = "services:\n";
    for (let index = 0; index < count; index++) {
      text += `  s${index}: {image: x, environment: {A: "${index}"}, ports: ["${index + 1}:80"]}\n`;
    }
    return text;
  };
  assertEquals(await told({ "compose.yaml": services(15_000) }), "loaded");
  assertEquals(
    await told({ "compose.yaml": services(20_000) }),
    "/compose.yaml: more than 120000 keys and items: no Compose file has as many",
  );
});
