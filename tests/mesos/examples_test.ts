import { decodeSchedulerCall } from "../../src/mesos/wire/codec.ts";
import { denoSandboxFiles } from "../../src/mesos/task/deno_sandbox_files.ts";
import { podOfTask, type TaskPod } from "../../src/mesos/task/pod_of_task.ts";
import type { TaskInfo } from "../../src/mesos/wire/messages.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { runProgram } from "../cli/program.ts";
import { argvOf } from "./agent/executor_process.ts";
import type { TaskWish } from "./agent/strict_agent.ts";
import {
  auroraExample,
  exampleFiles,
  exampleJson,
  examples,
  fetchedFrom,
  frameworkExample,
  marathonExample,
} from "./example_tasks.ts";
import { type MarathonApp, marathonTask } from "./marathon_task.ts";
import { fetchInto } from "./agent/sandbox.ts";

const offer = { frameworkId: "framework", port: 31_005 };

/** The pod that the executor makes of a task, with what the agent has fetched for it. */
async function podOf(task: TaskWish, words: readonly string[] = []): Promise<TaskPod> {
  const files = await exampleFiles(["true"]);
  const sandbox = await Deno.makeTempDir();
  try {
    const fetched = fetchedFrom(files, task);
    await fetchInto(sandbox, fetched.executor?.command?.uris ?? []);
    const variables = Object.fromEntries(
      (task.executor?.command?.environment?.variables ?? []).map(({ name, value = "" }) => [name, value]),
    );
    return await podOfTask({
      task: { ...fetched, agent_id: { value: "agent" } },
      ...(fetched.executor === undefined ? {} : { executor: fetched.executor }),
      identity: { frameworkId: "framework", executorId: "executor", hostname: "127.0.0.1" },
      sandbox: { path: sandbox, onHost: sandbox },
      words,
      variables,
      files: denoSandboxFiles,
      users: () => undefined,
    });
  } finally {
    await Deno.remove(files, { recursive: true });
    await Deno.remove(sandbox, { recursive: true });
  }
}

/** The words that a shell gives to the executor of a task. */
async function wordsOf(task: TaskWish): Promise<string[]> {
  const files = await exampleFiles(["sh", "-c", 'for word; do printf "%s\\0" "$word"; done', "mesolet"]);
  try {
    const sandbox = `${files}/sandbox`;
    await Deno.mkdir(sandbox);
    await fetchInto(sandbox, fetchedFrom(files, task).executor?.command?.uris ?? []);
    const [program = "", ...args] = argvOf(task.executor?.command ?? {}, sandbox);
    const { stdout, stderr } = await new Deno.Command(program, { args, cwd: sandbox }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  } finally {
    await Deno.remove(files, { recursive: true });
  }
}

function portsOf({ ports }: TaskPod): string[] {
  return ports.map(({ container, target, hostPort, name = "" }) =>
    `${name} ${container}:${target}=${hostPort}`
  );
}

const shops: Readonly<Record<string, () => TaskWish>> = {
  Marathon: () => marathonExample("marathon-shop.json", offer),
  "an older Marathon": () => marathonExample("marathon-shop.json", offer, true),
  Aurora: () => auroraExample(offer),
  "a framework by hand": () => frameworkExample(offer),
};

for (const [framework, taskOf] of Object.entries(shops)) {
  Deno.test(`examples: the shop of ${framework} comes from its archive, without a warning but of the disk`, async () => {
    const pod = await podOf(taskOf());
    assertEquals(pod.origin.rule, "files-label");
    assertEquals(pod.pod.containers.map(({ name }) => name), ["cache", "sidecar", "web"]);
    assertEquals(pod.pod.essential, ["cache", "web"]);
    assertEquals(portsOf(pod), ["web web:8080=31005"]);
    assertEquals(pod.warnings.filter(({ path }) => !path.endsWith(".disk")), []);
  });
}

for (const sendsApp of [false, true]) {
  const release = sendsApp ? "an older Marathon" : "Marathon";
  Deno.test(`examples: the image of ${release} gets its words as the app has them`, async () => {
    const task = marathonExample("marathon-image.json", offer, sendsApp);
    const words = await wordsOf(task);
    const pod = await podOf(task, words);
    assertEquals(pod.origin.rule, "image");
    const [container] = pod.pod.containers;
    assertEquals(container?.image, "busybox");
    assertEquals(container?.command?.slice(0, 2), ["sh", "-c"]);
    // A variable in single quotes is the container's.
    assertStringIncludes(container?.command?.[2] ?? "", '"hello from $MARATHON_APP_ID"');
    assertEquals(portsOf(pod), [" app:8080=31005"]);
    assertEquals(pod.warnings, []);
    assertEquals(
      container?.environment.find(({ name }) => name === "MARATHON_APP_ID")?.value,
      "/hello",
    );
  });
}

Deno.test("examples: a blank cmd of Marathon is no word, and without one the executor is no command at all", async () => {
  const app = exampleJson<MarathonApp>("marathon-shop.json");
  assertEquals(await wordsOf(marathonExample("marathon-shop.json", offer)), []);
  const { cmd: _cmd, ...without } = app;
  const task = marathonTask(without, {
    taskId: "t1",
    frameworkId: "framework",
    hostname: "127.0.0.1",
    ports: [31_000],
    sendsApp: false,
  });
  // docs/mesos-marathon.md warns of it: the agent looks for a file of this name.
  const [program = ""] = argvOf(task.executor?.command ?? {}, "/sandbox");
  assertEquals(program, "/sandbox/chmod ug+rx './mesolet' && exec './mesolet' ");
});

Deno.test("examples: what a framework sends by hand is as Mesos has it, and its task is the same in both files", () => {
  const subscribe = decodeSchedulerCall(
    Deno.readFileSync(`${examples}framework-subscribe.json`),
    "application/json",
  );
  assert(subscribe.type === "SUBSCRIBE");
  assertEquals(subscribe.subscribe.framework_info.checkpoint, true);
  const accept = exampleJson<{
    readonly accept: {
      readonly operations: readonly { readonly launch: { readonly task_infos: readonly unknown[] } }[];
    };
  }>("framework-accept.json");
  assertEquals(
    accept.accept.operations[0]?.launch.task_infos[0],
    exampleJson<unknown>("framework-task.json"),
  );
  const task: TaskInfo = frameworkExample(offer);
  // What the agent gives to the executor has to be enough for what the pod may take.
  const shutdown = task.executor?.shutdown_grace_period?.nanoseconds ?? 0;
  const kill = task.kill_policy?.grace_period?.nanoseconds ?? 0;
  assert(shutdown >= kill + 5e9);
});

Deno.test("examples: mesolet plan shows what becomes of the task of a framework", async () => {
  for (const file of ["framework-task.json", "framework-accept.json"]) {
    const { code, out, error } = await runProgram(
      ["plan", "--offline", "--task", file, "--sandbox", "."],
      { directory: examples },
    );
    assertEquals([code, error], [0, ""]);
    assertStringIncludes(out, "task:      shop-1 (shop)\n");
    assertStringIncludes(out, "/shop/compose.yaml, by the label mesolet.spec\n");
    assertStringIncludes(out, "ports:     31000 → web:8080/tcp (web)\n");
  }
});
