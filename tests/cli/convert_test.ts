import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { runInMemory } from "./command_line.ts";
import { projectDirectory } from "./program.ts";

const plain = "name: shop\nservices:\n  web:\n    image: web\n";
const lossy = `${plain}    ulimits: {nofile: 5}\n`;

async function convert(text: string, args: readonly string[]) {
  await using directory = await projectDirectory({ "compose.yaml": text });
  const result = await runInMemory(["convert", ...args], { workingDirectory: directory.path });
  const written = await Deno.readTextFile(`${directory.path}/out`).catch(() => undefined);
  const mode = written === undefined ? undefined : (await Deno.stat(`${directory.path}/out`)).mode;
  return { ...result, error: result.error.replaceAll(directory.path, "DIR"), written, mode };
}

Deno.test("convert: 0 where all is expressed, for each system", async () => {
  const program = ["--executor-uri", "https://files.example.com/mesolet-1"];
  for (
    const [to, ...flags] of [
      ["marathon", ...program],
      ["taskinfo", ...program],
      ["aurora"],
      ["linuxkit"],
      ["compose"],
      ["kube"],
    ]
  ) {
    const { code, out } = await convert(plain, ["--to", to ?? "", ...flags]);
    assertEquals(code, 0, to);
    assertStringIncludes(out, "shop", to);
  }
});

Deno.test("convert: 1 with what is lost by its place, and the text all the same", async () => {
  const { code, out, error } = await convert(lossy, ["--to", "kube"]);
  assertEquals(code, 1);
  assertStringIncludes(out, "kind: Pod");
  assertEquals(
    error,
    "warning: DIR/compose.yaml:5:5: services.web.ulimits: is lost: Kubernetes has nothing like it\n",
  );
});

Deno.test("convert: nothing is printed or written with --strict", async () => {
  const { code, out, error, written } = await convert(lossy, ["--to", "kube", "--strict", "-o", "out"]);
  assertEquals([code, out, written], [1, "", undefined]);
  assertEquals(
    error,
    "error: DIR/compose.yaml:5:5: services.web.ulimits: is lost: Kubernetes has nothing like it\n",
  );
});

Deno.test("convert: a file is its owner's alone", async () => {
  const { code, out, written, mode } = await convert(plain, ["--to", "compose", "--output", "out"]);
  assertEquals([code, out, (mode ?? 0) & 0o777], [0, "", 0o600]);
  assertStringIncludes(written ?? "", "network_mode: service:pod");
});

Deno.test("convert: 65 for a spec that is wrong, or cannot travel", async () => {
  const wrong = await convert(`${plain}    imag: x\n`, ["--to", "kube"]);
  assertEquals(wrong.code, 65);
  const bound = await convert(`${plain}    volumes: [./x:/x]\n`, [
    "--to",
    "taskinfo",
    "--executor-file",
    "/m",
  ]);
  assertEquals(bound.code, 65);
  assertStringIncludes(bound.error, "DIR/compose.yaml:5:15: services.web.volumes[0]: ");
});

const wrongLines: readonly (readonly [args: readonly string[], message: string])[] = [
  [["--to", "marathon"], "--to marathon needs the place where agents have this program"],
  [["--to", "taskinfo", "--executor-file", "x"], "--executor-file x must be an absolute path"],
  [["--to", "taskinfo", "--executor-file", "/x", "--executor-uri", "u"], "give one of them"],
  [["--to", "kube", "--volume-size", "much"], "--volume-size much: a size is a number"],
  [["--to", "kube", "other"], "other"],
  [["--to", "nomad"], "nomad"],
];

for (const [args, message] of wrongLines) {
  Deno.test(`convert: ${args.join(" ")} is refused`, async () => {
    const { code, error } = await convert(plain, args);
    assertEquals(code, 64);
    assertStringIncludes(error, message);
  });
}

Deno.test("convert: plan --task reads a task back", async () => {
  await using directory = await projectDirectory({ "compose.yaml": `${plain}    ports: ["80"]\n` });
  const edges = { workingDirectory: directory.path };
  const flags = ["--to", "taskinfo", "--executor-file", "/opt/mesolet", "-o", "task.json"];
  assertEquals((await runInMemory(["convert", ...flags], edges)).code, 0);
  const { code, out } = await runInMemory(["plan", "--offline", "--task", "task.json"], edges);
  assertEquals(code, 0);
  assertStringIncludes(out, "spec:      the text of TaskInfo.data\n");
  assertStringIncludes(out, "ports:     31000 → web:80/tcp");
});

Deno.test("convert: without --to it is config", async () => {
  const { code, out } = await convert(plain, ["--services"]);
  assertEquals([code, out], [0, "web\n"]);
});

Deno.test("convert: services that are named, with what they depend on", async () => {
  const text = `${plain}    depends_on: [db]\n  db: {image: db}\n  other: {image: other}\n`;
  const { out } = await convert(text, ["--to", "kube", "web"]);
  assertStringIncludes(out, "- name: db");
  assertEquals(out.includes("other"), false);
});
