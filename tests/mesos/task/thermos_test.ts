import { SpecError } from "../../../src/pod/errors.ts";
import { Policies } from "../../../src/policy/policies.ts";
import { readPolicy } from "../../../src/policy/read_policy.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { type ThriftField, thriftStruct } from "../thrift_bytes.ts";
import {
  type Asked,
  type AskedTask,
  containerOf,
  mountText,
  podFor,
  portsOf,
  variablesOf,
  warningsOf,
} from "./asking.ts";

/** A job of Thermos as Aurora's client writes it. */
const job = (task: object, more: object = {}) => ({
  name: "hello",
  role: "www",
  environment: "devel",
  cluster: "devcluster",
  instance: 3,
  service: false,
  priority: 0,
  task: { name: "hello", resources: { cpu: 1, ram: 1048576, disk: 8388608 }, ...task },
  ...more,
});

const hello = { name: "hello", cmdline: "echo $HOME on {{thermos.ports[http]}} as {{mesos.instance}}" };

/** What the scheduler sends of a job, in Thrift. */
function assigned(
  executorData: string,
  { isService = false, ports = [["http", 31000]], container }: {
    readonly isService?: boolean;
    readonly ports?: readonly (readonly [string, number])[];
    readonly container?: readonly ThriftField[];
  } = {},
): Uint8Array {
  return thriftStruct([
    [1, "www-devel-hello-3-abc"],
    [2, "agent"],
    [3, "node7.example"],
    [4, [
      [7, isService],
      [11, 0],
      [25, [[1, "mesolet"], [2, executorData]]],
      [28, [[1, "www"], [2, "devel"], [3, "hello"]]],
      [29, container ?? [[1, []]]],
    ]],
    [5, { pairs: ports }],
    [6, 3],
  ]);
}

const task = (data: object, more: Parameters<typeof assigned>[1] = {}): AskedTask => ({
  data: assigned(JSON.stringify(data), more),
  ports: "31000-31001",
  label: { "mesolet.image": "busybox" },
});

Deno.test("a job of Thermos becomes a pod: a container for each process, as the role, in order, on the host's network", async () => {
  const pod = await podFor({
    task: task(job({
      processes: [
        hello,
        { name: "prepare it", cmdline: "true", max_failures: 3 },
        { name: "log", cmdline: "sleep 1", daemon: true, max_failures: 0, ephemeral: true },
      ],
      constraints: [{ order: ["prepare it", "hello"] }],
      finalization_wait: 7,
    })),
  });
  assertEquals(pod.origin.rule, "thermos");
  assertEquals(pod.pod.network.mode, "host");
  assertEquals(pod.pod.essential, ["hello"]);
  const { command, entrypoint, user, workingDirectory, dependsOn, stop } = containerOf(pod, "hello");
  assertEquals(command, ["echo $HOME on 31000 as 3"]);
  assertEquals(entrypoint?.slice(0, 2), ["/bin/sh", "-c"]);
  assertEquals({ user, workingDirectory }, { user: "33:44", workingDirectory: "/mnt/mesos/sandbox" });
  assertEquals(dependsOn.map(({ container, condition }) => [container, condition]), [[
    "prepare_it",
    "completed",
  ]]);
  assertEquals(stop.graceMilliseconds, 7000);
  const { kind, maximumRetries } = containerOf(pod, "prepare_it").restart;
  assertEquals([kind, maximumRetries], ["on-failure", 2]);
  assertEquals(containerOf(pod, "log").restart.kind, "always");
  const { HOME, USER, PORT_HTTP, AURORA_ROLE, AURORA_INSTANCE, AURORA_JOB } = variablesOf(pod, "hello");
  assertEquals({ HOME, USER, PORT_HTTP, AURORA_ROLE, AURORA_INSTANCE, AURORA_JOB }, {
    HOME: "/mnt/mesos/sandbox",
    USER: "www",
    PORT_HTTP: "31000",
    AURORA_ROLE: "www",
    AURORA_INSTANCE: "3",
    AURORA_JOB: "hello",
  });
  assertEquals(warningsOf(pod), []);
});

/** The same task in the forms that it may come in. */
const inner = job({ processes: [hello] }, { container: { image: "busybox" } });
const forms: Readonly<Record<string, AskedTask>> = {
  "Thrift": { data: assigned(JSON.stringify(inner)) },
  "the AssignedTask as JSON": {
    text: JSON.stringify({
      taskId: "t",
      instanceId: 3,
      assignedPorts: { http: 31000 },
      task: {
        isService: false,
        job: { role: "www" },
        executorConfig: { name: "x", data: JSON.stringify(inner) },
      },
    }),
  },
  "its TaskConfig as JSON, the job in it as such": {
    text: JSON.stringify({
      executorConfig: { data: { ...inner, task: { processes: [{ ...hello, cmdline: "x" }] } } },
    }),
  },
  "the job alone": {
    text: JSON.stringify(job({ processes: [{ ...hello, cmdline: "x {{thermos.user}}" }] }, {
      container: { image: { name: "busybox", tag: "1" } },
    })),
  },
};

for (const [name, form] of Object.entries(forms)) {
  Deno.test(`a task of Aurora is read as ${name}`, async () => {
    const pod = await podFor({ task: { ...form, ports: "31000" } });
    assertEquals(containerOf(pod).image.startsWith("busybox"), true);
    assertEquals(pod.origin.rule, "thermos");
  });
}

Deno.test("the container of a job has its image, parameters and volumes, under the policy of the host", async () => {
  const ofMesos: readonly ThriftField[] = [[1, [
    [1, [[1, [[1, "debian"], [2, "jessie"]]]]],
    [2, { list: [[[1, "/data"], [2, "/srv/data"], [3, 2]]] }],
  ]]];
  const { label: _label, ...plain } = task(job({ processes: [hello] }), { container: ofMesos });
  const mesos = containerOf(await podFor({ task: plain }));
  assertEquals(mesos.image, "debian:jessie");
  assertEquals(mesos.mounts.map(mountText)[0], "bind /srv/data /data ro");
  const ofDocker: readonly ThriftField[] = [[2, [
    [1, "{{docker.image[library/python][2.7]}}"],
    [2, { list: [[[1, "v"], [2, "/srv:/srv"]]] }],
  ]]];
  const { label: _, ...bare } = task(job({ processes: [hello] }), { container: ofDocker });
  const docker = await podFor({ task: bare });
  assertEquals(containerOf(docker).image, "library/python:2.7");
  assertEquals(containerOf(docker).pins !== undefined, true);
  const policies = new Policies([
    readPolicy("docker_parameters: {deny: [volume], default: [dns=10.0.0.1]}", "p.yaml"),
  ]);
  await refused({ task: bare, policies }, [
    'the parameter "v" is not allowed by the rule docker_parameters of p.yaml',
  ]);
});

async function refused(asked: Asked, expected: readonly string[]): Promise<void> {
  const error = await assertRejects(() => podFor(asked), SpecError);
  for (const text of expected) assertStringIncludes(error.message, text);
}

/** What is refused, by its path. */
const wrong: readonly [name: string, task: object, more: object, message: string][] = [
  [
    "a final process",
    { processes: [{ ...hello, final: true }] },
    {},
    "task.processes[0].final: a process after all",
  ],
  ["a process without a name", { processes: [{ cmdline: "x" }] }, {}, "task.processes[0].name: is missing"],
  [
    "a process that does nothing",
    { processes: [{ name: "a" }] },
    {},
    "task.processes[0].cmdline: is missing",
  ],
  ["no process", { processes: [] }, {}, "task.processes: names no process"],
  [
    "a port that there is not",
    { processes: [{ name: "a", cmdline: "{{thermos.ports[admin]}}" }] },
    {},
    "task.processes[0].cmdline: {{thermos.ports[admin]}}: the task has no port admin: use http",
  ],
  [
    "a binding that there is not",
    { processes: [{ name: "a", cmdline: "{{mesos.cluster}}" }] },
    {},
    "{{mesos.cluster}}: is not known here",
  ],
  [
    "an order of others",
    { processes: [hello], constraints: [{ order: ["hello", "other"] }] },
    {},
    'task.constraints[0].order: no process is called "other"',
  ],
  [
    "fewer at a time",
    { processes: [hello, { name: "b", cmdline: "x" }], max_concurrency: 1 },
    {},
    "task.max_concurrency: is not kept by a pod",
  ],
  [
    "an ephemeral process beside two that decide",
    { processes: [hello, { name: "b", cmdline: "x" }, { name: "c", cmdline: "x", ephemeral: true }] },
    {},
    "task.processes[2].ephemeral: is possible beside one process",
  ],
];
for (const [name, given, more, message] of wrong) {
  Deno.test(`a job of Thermos is refused by the field: ${name}`, () =>
    refused({ task: task(job(given, more)) }, [message]));
}

Deno.test("a job of Thermos needs an image", () => {
  const { label: _, ...bare } = task(job({ processes: [hello] }));
  return refused({ task: bare }, ["TaskInfo.data (executorConfig.data): container: names no image"]);
});

Deno.test("what a pod does not do of a job of Thermos is a warning by its field", async () => {
  const pod = await podFor({
    task: task(job({
      processes: [{ ...hello, min_duration: 60, logger: { mode: "rotate" }, daemon: true, other: 1 }, {
        name: "b",
        cmdline: "x",
      }],
      max_failures: 2,
      user: "x",
    }, { announce: { primary_port: "http" }, role: "nobody", colour: 1 })),
    users: () => undefined,
  });
  const paths = warningsOf(pod).map((warning) => /\(executorConfig\.data\): ([^:]+): /.exec(warning)?.[1]);
  assertEquals(
    paths,
    [
      "colour",
      "task.processes[0].other",
      "task.processes[0].min_duration",
      "task.processes[0].logger",
      "task.max_failures",
      "task.user",
      "announce",
      "task.processes[0].max_failures",
    ].toSpliced(0, 0, 'the role "www" is no user of this host'),
  );
});

Deno.test("health checks and the HTTP lifecycle of a job hold where it has the port", async () => {
  const config = {
    health_check_config: {
      health_checker: { http: { endpoint: "/ok", expected_response_code: 204 } },
      max_consecutive_failures: 2,
      initial_interval_secs: 30,
    },
    lifecycle: { http: { graceful_shutdown_wait_secs: 9 } },
  };
  const ports = [["http", 31000], ["health", 31001]] as const;
  const pod = await podFor({ task: task(job({ processes: [hello] }, config), { ports }) });
  assertEquals(pod.healthCheck, {
    type: "HTTP",
    http: { port: 31001, path: "/ok", scheme: "http", statuses: [204] },
    interval_seconds: 10,
    timeout_seconds: 20,
    consecutive_failures: 3,
    grace_period_seconds: 30,
    delay_seconds: 0,
  });
  assertEquals(pod.pod.httpLifecycle, {
    port: 31001,
    requests: [{ path: "/quitquitquit", wait: 9000 }, { path: "/abortabortabort", wait: 5000 }],
  });
  const without = await podFor({ task: task(job({ processes: [hello] }, config)) });
  assertEquals([without.healthCheck, without.pod.httpLifecycle], [undefined, undefined]);
  const shell = {
    health_check_config: { health_checker: { shell: { shell_command: "test {{mesos.instance}} = 3" } } },
  };
  const { healthCheck } = await podFor({ task: task(job({ processes: [hello] }, shell)) });
  assertEquals(healthCheck?.command, { value: "test 3 = 3", shell: true });
});

Deno.test("a job of Thermos in a namespace of its own has its ports under their own numbers", async () => {
  const asked = task(job({ processes: [hello] }));
  const pod = await podFor({ task: { ...asked, label: { ...asked.label, "mesolet.network": "pod" } } });
  assertEquals(portsOf(pod), ["hello:31000/tcp=31000 http"]);
});

/** A Compose pod by Aurora: what else its data says. */
const compose = { "compose.yaml": "services: {web: {image: nginx, ports: ['8080:80']}}\n" };
Deno.test("a pod of Compose files has ports by the names of the job, is a service as it says, and may run as the role", async () => {
  const data = assigned("{}", { isService: true });
  const pod = await podFor({
    task: { data, ports: "31000-31001", label: { "mesolet.ports": "80=http", "mesolet.user": "role" } },
    files: compose,
  });
  assertEquals(portsOf(pod), ["web:80/tcp=31000 http"]);
  assertEquals([pod.settings.isService, containerOf(pod).user], [true, "33:44"]);
  const job = await podFor({
    task: { data, ports: "31000", label: { "mesolet.service": "false" } },
    files: compose,
  });
  assertEquals([job.settings.isService, containerOf(job).user], [undefined, undefined]);
  await refused({ task: { label: { "mesolet.user": "role" }, ports: "31000" }, files: compose }, [
    "label mesolet.user: role is that of Aurora",
  ]);
});

Deno.test("a Compose file in the job's data has what Aurora's client leaves between braces", async () => {
  const data = assigned(
    "services: {web: {image: nginx, command: ['{{mesos.instance}}', '{{thermos.task_id}}']}}",
  );
  const pod = await podFor({ task: { data, ports: "31000" } });
  assertEquals([pod.origin.rule, containerOf(pod).command], ["data", ["3", "www-devel-hello-3-abc"]]);
});

Deno.test("the HTTP lifecycle of a task is what its labels say", async () => {
  const at = async (label: Record<string, string>) =>
    (await podFor({ task: { ports: "31000", label }, files: compose })).pod.httpLifecycle;
  assertEquals(await at({ "mesolet.lifecycle-port": "31000" }), {
    port: 80,
    container: "web",
    requests: [{ path: "/quitquitquit", wait: 5000 }, { path: "/abortabortabort", wait: 5000 }],
  });
  assertEquals(await at({ "mesolet.lifecycle-port": "9000", "mesolet.lifecycle-requests": "/stop=2s" }), {
    port: 9000,
    requests: [{ path: "/stop", wait: 2000 }],
  });
  await refused({ task: { ports: "31000", label: { "mesolet.lifecycle-port": "admin" } }, files: compose }, [
    'label mesolet.lifecycle-port: "admin" is no port of the pod',
  ]);
});

Deno.test("bytes that begin like Thrift and are none are left alone", async () => {
  const whole = assigned("{}");
  for (let length = 0; length < whole.length; length++) {
    const pod = await podFor({ task: { data: whole.subarray(0, length), ports: "31000" }, files: compose });
    assertEquals(pod.settings.isService, undefined);
  }
  const deep = new Uint8Array(3000).map((_, index) => index % 3 === 0 ? 12 : index % 3 === 1 ? 0 : 4);
  const long = Uint8Array.of(15, 0, 4, 2, 127, 255, 255, 255);
  for (const data of [deep, long]) {
    assertEquals((await podFor({ task: { data, ports: "31000" }, files: compose })).pod.containers.length, 1);
  }
});
