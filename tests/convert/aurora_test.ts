import { toAurora } from "../../src/convert/aurora.ts";
import { printPython } from "../../src/convert/python_text.ts";
import { type AuroraExecutor, type AuroraJob, auroraTask } from "../mesos/aurora_task.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertArrives, everything } from "./arriving.ts";
import { lossesOf, notesOf, sourceOf } from "./converting.ts";

const choices = { cluster: "devcluster", role: "www-data", environment: "prod", executor: "mesolet" };

/** Stands for Aurora's configuration schema: structs with the members that it has (`config/schema/base.py`). */
const schema = `
import ast, json, sys
members = {
  'Process': ['name', 'cmdline'],
  'Task': ['name', 'processes', 'resources'],
  'Resources': ['cpu', 'ram', 'disk', 'gpu'],
  'ExecutorConfig': ['name', 'data'],
  'Metadata': ['key', 'value'],
  'UpdateConfig': ['batch_size', 'watch_secs', 'max_total_failures', 'rollback_on_failure'],
  'PartitionPolicy': ['reschedule', 'delay_secs'],
  'Service': ['cluster', 'role', 'environment', 'name', 'instances', 'task', 'executor_config', 'metadata',
              'constraints', 'update_config', 'partition_policy'],
}
def struct(name, known):
  def make(**given):
    unknown = [each for each in given if each not in known]
    if unknown: raise TypeError(name + ' has no ' + ', '.join(unknown))
    return given
  return make
scope = {name: struct(name, known) for name, known in members.items()}
scope['MB'] = 1024 * 1024
text = sys.stdin.read()
ast.parse(text)
exec(text, scope)
print(json.dumps(scope['jobs']))
`;

/** The jobs as Python reads them; undefined without Python. */
async function readByPython(text: string): Promise<Record<string, unknown>[] | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("python3", {
      args: ["-c", schema],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("aurora: the configuration as text", async () => {
  const text =
    "services: {a: {image: i, ports: [{name: web, target: 80}]}}\nx-pod: {resources: {cpus: 0.5, memory: 100m}}\n";
  const conversion = toAurora(await sourceOf({ text }), choices);
  assertEquals(
    conversion.text.replace(/(value = ')[\w+/=]+'/, "$1SPEC'"),
    `task = Task(
  name = 'shop',
  processes = [Process(
    name = 'pod',
    cmdline = 'mesolet executor {{thermos.ports[web]}}',
  )],
  resources = Resources(
    cpu = 0.5,
    ram = 100 * MB,
    disk = 16 * MB,
  ),
)

jobs = [Service(
  cluster = 'devcluster',
  role = 'www-data',
  environment = 'prod',
  name = 'shop',
  instances = 1,
  task = task,
  executor_config = ExecutorConfig(
    name = 'mesolet',
    data = '{}',
  ),
  metadata = [Metadata(
    key = 'mesolet.spec-data',
    value = 'SPEC',
  )],
  update_config = UpdateConfig(
    batch_size = 1,
    watch_secs = 10,
    max_total_failures = 0,
    rollback_on_failure = False,
  ),
  partition_policy = PartitionPolicy(
    delay_secs = 300,
  ),
)]
`,
  );
  assertEquals(lossesOf(conversion), []);
  assert(notesOf(conversion).some((line) => line.includes("-custom_executor_config")));
});

Deno.test("aurora: what it cannot say is lost", async () => {
  assertEquals(lossesOf(toAurora(await sourceOf({ text: everything }), choices)), [
    "services.web.ports: is lost: 53 for 53 becomes any port: Aurora gives out ports by names alone",
    "x-pod.placement.require.disk: is lost: Aurora compares no values with regular expressions",
    "x-pod.placement.spread[0]: is lost: Aurora spreads by limits alone, such as unique",
    "x-pod.update.order: is lost: Aurora stops an instance before it starts the new one",
  ]);
});

Deno.test("aurora: Python reads it, and the scheduler's task of it is the same pod", async () => {
  const jobs = await readByPython(toAurora(await sourceOf({ text: everything }), choices).text);
  if (jobs === undefined) return;
  const [job = {}] = jobs;
  assertEquals(job["constraints"], { rack: "r.1,r2", zone: "a", kind: "!slow", host: "limit:1" });
  assertEquals(job["instances"], 4);
  assertEquals(job["task"], {
    name: "shop",
    processes: [{
      name: "pod",
      cmdline: "mesolet executor {{thermos.ports[web-80]}} {{thermos.ports[dns]}} {{thermos.ports[web-53]}}",
    }],
    resources: { cpu: 2, ram: 512 * 1024 * 1024, disk: 1024 * 1024 * 1024 },
  });
  const [metadata] = job["metadata"] as { key: string; value: string }[];
  const executors: AuroraExecutor[] = [{
    executor: { name: "mesolet", command: { value: "./mesolet executor" }, resources: [] },
    task_prefix: "mesolet-",
  }];
  const made: AuroraJob = {
    name: "shop",
    cpu: 2,
    ram_mb: 512,
    disk_mb: 1024,
    executor: "mesolet",
    ports: 3,
    uris: [],
    labels: { [metadata?.key ?? ""]: metadata?.value ?? "" },
  };
  const task = auroraTask(executors, made, {
    taskId: "t",
    frameworkId: "f",
    ports: [31_000, 31_001, 31_002],
  });
  await assertArrives({ ...task, agent_id: { value: "agent" } }, everything);
});

Deno.test("aurora: texts are Python's, whatever is in them", async () => {
  const odd = `it's "quoted" \\ and\nlong \u2028 \u{1F600} \u0001`;
  const text = printPython([["jobs", [odd]]]);
  const read = await readByPython(text);
  if (read !== undefined) assertEquals<unknown>(read, [odd]);
});
