import { assertEquals } from "../support/assert.ts";
import { runInMemory } from "./command_line.ts";
import { projectDirectory } from "./program.ts";

const task = {
  name: "shop",
  task_id: { value: "shop.1" },
  agent_id: { value: "a" },
  resources: [
    { name: "cpus", type: "SCALAR", scalar: { value: 0.5 } },
    { name: "disk", type: "SCALAR", scalar: { value: 10 } },
    { name: "ports", type: "RANGES", ranges: { range: [{ begin: 31000, end: 31001 }] } },
  ],
  labels: {
    labels: [
      { key: "mesolet.spec", value: "pod.yaml" },
      { key: "mesolet.hook.failed", value: "http://h/x" },
      { key: "mesolet.pull-retries", value: "2" },
    ],
  },
};

const spec = "services: {web: {image: web, ports: ['80'], environment: {KEY: s3cret}}}\n";

async function plan(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  await using directory = await projectDirectory({
    "task.json": JSON.stringify(task),
    "pod.yaml": spec,
    ...files,
  });
  const result = await runInMemory(["plan", "--offline", ...args], { workingDirectory: directory.path });
  const plain = (text: string) =>
    text.replaceAll(directory.path, "DIR").replace(/[0-9a-f]{10}(?=[ ,_-])/g, "HASH");
  return { code: result.code, out: plain(result.out), error: plain(result.error) };
}

Deno.test("plan --task tells where the pod comes from, what it gets, and what would be done", async () => {
  const { code, out, error } = await plan(["--task", "task.json"]);
  assertEquals(code, 0);
  assertEquals(out.split("\n\n")[0]?.split("\n"), [
    "task:      shop.1 (shop)",
    "spec:      DIR/pod.yaml, by the label mesolet.spec",
    "pod:       shop-HASH, network pod",
    "essential: web",
    "total:     0.5 CPUs",
    "ports:     31000 → web:80/tcp",
    "settings:  pull retries 2, keep failed false, remove volumes false, remove images false, log 3 × 10240 KiB, " +
    "cgroup own",
    "hooks:     failed: POST http://h/x (10 s, on failure ignore)",
    "variables: HOST, KEY, MESOS_SANDBOX, MESOS_TASK_ID, PORT, PORT0, PORT1, PORTS, PORT_80, PORT_WEB_80",
  ]);
  assertEquals(out.includes("create container shop-HASH-web-1: it is not there"), true);
  assertEquals(error, "warning: TaskInfo.resources.disk: is not enforced: containers may use more disk\n");
});

Deno.test("plan --task in JSON holds the task, and no value of a variable", async () => {
  const { out } = await plan(["--task", "task.json", "--format", "json"]);
  const { task: planned, pod, steps } = JSON.parse(out);
  assertEquals(planned.ports, [{ container: "web", target: 80, protocol: "tcp", hostPort: 31000 }]);
  assertEquals([planned.origin.rule, planned.settings.pullRetries, typeof pod], ["files-label", 2, "string"]);
  assertEquals(steps.length > 3, true);
  assertEquals(out.includes("s3cret"), false);
});

Deno.test("plan --task finds the spec in the sandbox that is named, and says where it looked", async () => {
  await using directory = await projectDirectory({ "pod.yaml": spec });
  const { code, out } = await plan(["--task", "task.json", "--sandbox", directory.path]);
  assertEquals([code, out.includes(`${directory.path}/pod.yaml`)], [0, true]);
  const missing = await plan(["--task", "task.json", "--sandbox", "nowhere"]);
  assertEquals([missing.code, missing.error], [66, "error: --sandbox nowhere: there is no such directory\n"]);
});

Deno.test("plan --task: what cannot be is told", async () => {
  const cases: [string[], number, string][] = [
    [["--task", "none.json"], 66, "error: --task none.json: there is no such file\n"],
    [["--task", "pod.yaml"], 65, "error: Cannot read the task: it is not JSON"],
    [["--sandbox", "."], 64, "error: --sandbox is for --task: name the task's file with it"],
    [["-f", "pod.yaml", "--task", "task.json"], 64, "error: --task and --file exclude each other"],
  ];
  for (const [args, expected, message] of cases) {
    const { code, error } = await plan(args);
    assertEquals([code, error.slice(0, message.length)], [expected, message]);
  }
});

Deno.test("plan --task tells of checks that cannot be made, and of what of them has no effect", async () => {
  const withCheck = (health_check: unknown) => JSON.stringify({ ...task, health_check });
  const told = await plan(["--task", "checked.json"], {
    "checked.json": withCheck({ type: "COMMAND", command: { value: "true", user: "www" } }),
  });
  assertEquals(
    [told.code, told.error.includes("warning: TaskInfo.health_check.command.user: has no effect")],
    [0, true],
  );
  const refused = await plan(["--task", "checked.json"], { "checked.json": withCheck({ type: "TCP" }) });
  assertEquals([refused.code, refused.error], [
    65,
    "error: Cannot check the task: health_check.tcp is missing\n",
  ]);
});
