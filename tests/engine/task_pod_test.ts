import { MesosLabel } from "../../src/pod/labels.ts";
import { programWords, projectDirectory } from "../cli/program.ts";
import { testEngine } from "../support/engine.ts";
import { assertEquals } from "../support/assert.ts";
import { RunningExecutor, shopTask } from "../support/mesos_task.ts";

/** What a task gives to its containers, seen from inside them. */

const compose = `
services:
  web:
    image: busybox
    user: "7:7"
    container_name: front
    ports: ["8080:80"]
    volumes: ["./page:/page:ro"]
    environment: {OWN: "$GREETING $HOST", PORT_80: null}
    command:
      - sh
      - -c
      - |
        { env | grep -E '^(OWN|PORT|MESOS_|GREETING|SECRET|LIBPROCESS)' | sort; id -u; id -g; cat /page; echo; } \\
          > /mnt/mesos/sandbox/app/out/seen
        grep -q "127.0.0.1.*front" /etc/hosts && echo named >> /mnt/mesos/sandbox/app/out/seen
        until [ -e /mnt/mesos/sandbox/app/out/enough ]; do sleep 0.1; done
  plain:
    image: busybox
    command: ["sh", "-c", "id -u > $$MESOS_SANDBOX/app/out/plain"]
`;

async function run(program: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args }).output();
  assertEquals(success, true, `${program} ${args.join(" ")}`);
}

Deno.test("task with an engine: ports, variables, sandbox, user and files are as the task says", async () => {
  await using engine = await testEngine();
  await using executor = await RunningExecutor.start(engine);
  const { agent } = executor;
  await using directory = await projectDirectory({ page: "hello", "docker-compose.yml": compose });
  await Deno.mkdir(`${directory.path}/out`);
  await Deno.chmod(`${directory.path}/out`, 0o777);
  const archive = `${directory.path}/app.tgz`;
  await run(
    "tar",
    "-czf",
    archive,
    "-C",
    directory.path,
    "--transform",
    "s,^,app/,",
    "page",
    "docker-compose.yml",
    "out",
  );
  const [program = ""] = programWords;
  await agent.launch({
    ...shopTask("t1", ""),
    executor: {
      executor_id: { value: "own" },
      command: { shell: false, value: program, arguments: programWords, uris: [{ value: archive }] },
    },
    data: new TextEncoder().encode("{}"),
    resources: [{ name: "ports", type: "RANGES", ranges: { range: [{ begin: 31871, end: 31872 }] } }],
    labels: {
      labels: [{ key: "fileName", value: "docker-compose.yml" }, { key: "mesolet.user", value: "12:13" }],
    },
    command: {
      environment: {
        variables: [
          { name: "GREETING", value: "hi" },
          { name: "MESOS_EXECUTOR_AUTHENTICATION_TOKEN", value: "never" },
        ],
      },
    },
  });
  const running = await agent.update(({ state }) => state === "TASK_RUNNING");
  const [inspected] = JSON.parse(new TextDecoder().decode(running.data));
  assertEquals(inspected.Config.Labels[MesosLabel.task], "t1");
  await Deno.writeTextFile(`${agent.sandbox}/app/out/enough`, "");
  await agent.update(({ state }) => state === "TASK_FINISHED");
  const seen = (await executor.read("app/out/seen")).trim().split("\n");
  assertEquals(seen.map((line) => line.replace(/^OWN=hi .+/, "OWN=hi HOST")), [
    "GREETING=hi",
    "MESOS_SANDBOX=/mnt/mesos/sandbox",
    "MESOS_TASK_ID=t1",
    "OWN=hi HOST",
    "PORT0=31871",
    "PORT1=31872",
    "PORT=31871",
    "PORTS=31871,31872",
    "PORT_80=31871",
    "PORT_WEB_80=31871",
    "7",
    "7",
    "hello",
    "named",
  ]);
  assertEquals((await executor.read("app/out/plain")).trim(), "12");
  await agent.exited;
  assertEquals(await executor.left(), []);
});
