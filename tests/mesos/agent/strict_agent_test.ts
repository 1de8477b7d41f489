import { companions, startExecutor } from "./executor_process.ts";
import { assert, assertEquals, assertStringIncludes } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { makeCertificates } from "../wire/certificates.ts";
import { StrictAgent, type StrictAgentOptions, type TaskWish } from "./strict_agent.ts";

const script = new URL("../fixtures/scripted_executor.ts", import.meta.url).pathname;

function executor(...words: readonly string[]): readonly string[] {
  return [Deno.execPath(), "run", "-A", "--no-check", "--node-modules-dir=manual", script, ...words];
}

function task(id: string, more: Partial<TaskWish> = {}): TaskWish {
  return { name: id, task_id: { value: id }, ...more };
}

async function withAgent(
  words: readonly string[],
  options: Partial<StrictAgentOptions>,
  work: (agent: StrictAgent) => Promise<void>,
): Promise<void> {
  await using agent = await StrictAgent.start({
    checkpoint: true,
    executorCommand: executor(...words),
    ...options,
  });
  await work(agent);
}

/** States that the scheduler saw, with who said so. */
function states(agent: StrictAgent): readonly string[] {
  return agent.updates.map(({ state, source }) =>
    source === "SOURCE_EXECUTOR" ? state : `${state} ${source}`
  );
}

function words(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

for (const media of ["json", "protobuf"]) {
  Deno.test(`strict agent: a life in ${media}, over TCP, in scattered chunks`, async () => {
    await withAgent([media], { scatter: true, jwtKey: "key" }, async (agent) => {
      await agent.launch(task("t1"));
      const running = await agent.update((status) => status.state === "TASK_RUNNING");
      assertEquals(running.container_status?.executor_pid, agent.pid);
      assertEquals(running.container_status?.network_infos?.[0]?.ip_addresses?.[0]?.ip_address, "127.0.0.1");
      agent.message(words("say hello"));
      await waitUntil("the message", () => agent.news.some((news) => news.type === "MESSAGE"));
      agent.kill("t1", { gracePeriod: 1_000 });
      assertEquals(await agent.exited, { code: 0, signal: null, waitStatus: 0 });
      assertEquals(states(agent), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
      assertEquals(agent.news.at(-1)?.type, "FAILURE");
      assertEquals(agent.problems, []);
    });
  });
}

Deno.test("strict agent: a group over the domain socket", async () => {
  await withAgent([], { domainSocket: true }, async (agent) => {
    await agent.launch({ tasks: [task("a"), task("b")] });
    await agent.update((status) => status.state === "TASK_RUNNING" && status.task_id.value === "b");
    agent.message(words("finish"));
    await agent.exited;
    assertEquals(states(agent).filter((state) => state === "TASK_FINISHED").length, 2);
    assert(agent.exchanges.every((exchange) => exchange.startsWith("POST /slave(1)/api/v1/executor")));
    assertEquals(agent.problems, []);
  });
});

Deno.test("strict agent: over TLS", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-agent-tls-" });
  try {
    const made = await makeCertificates(directory, "IP:127.0.0.1");
    const tls = {
      certificate: await Deno.readTextFile(made.server),
      key: await Deno.readTextFile(made.serverKey),
    };
    const environment = {
      LIBPROCESS_SSL_ENABLED: "1",
      LIBPROCESS_SSL_CA_FILE: made.authority,
      LIBPROCESS_SSL_VERIFY_SERVER_CERT: "1",
    };
    await withAgent([], { tls, environment }, async (agent) => {
      await agent.launch(task("t1"));
      await agent.update((status) => status.state === "TASK_RUNNING");
      agent.message(words("finish"));
      assertEquals((await agent.exited).code, 0);
      assertEquals(agent.problems, []);
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("strict agent: an executor that exits with live tasks", async () => {
  await withAgent([], {}, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.state === "TASK_RUNNING");
    agent.message(words("exit 7"));
    assertEquals(await agent.exited, { code: 7, signal: null, waitStatus: 1_792 });
    const failed = await agent.update((status) => status.state === "TASK_FAILED");
    assertEquals([failed.source, failed.reason, failed.message], [
      "SOURCE_AGENT",
      "REASON_EXECUTOR_TERMINATED",
      "Executor terminated",
    ]);
    const failure = agent.news.find((news) => news.type === "FAILURE");
    assertEquals(failure?.type === "FAILURE" && failure.failure.status, 1_792);
  });
});

Deno.test("strict agent: an executor whose program is not there ends, and its agent goes on", async () => {
  await withAgent([], {}, async (agent) => {
    await agent.launch(task("t1", {
      executor: {
        type: "CUSTOM",
        executor_id: { value: "absent" },
        framework_id: { value: agent.frameworkId },
        command: { shell: false, value: "/no/such/program" },
      },
    }));
    assertEquals((await agent.exited).code, 1);
    const failed = await agent.update((status) => status.state === "TASK_FAILED");
    assertEquals(failed.reason, "REASON_EXECUTOR_TERMINATED");
    const said = await Deno.readTextFile(`${agent.sandbox}/stderr`);
    assertStringIncludes(said, "Failed to execute '/no/such/program'");
  });
});

Deno.test("strict agent: after the grace the whole group of a stubborn executor is killed", async () => {
  await withAgent(["stubborn", "parent"], { shutdownGrace: 300 }, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.state === "TASK_RUNNING");
    const { pid } = agent;
    agent.shutdown();
    assertEquals(await agent.exited, { code: 137, signal: "SIGKILL", waitStatus: 9 });
    await agent.update((status) => status.reason === "REASON_EXECUTOR_TERMINATED");
    await waitUntil("nothing of the group is left", async () => !(await groupExists(pid)));
  });
});

async function groupExists(group: number | undefined): Promise<boolean> {
  for await (const entry of Deno.readDir("/proc")) {
    const stat = await Deno.readTextFile(`/proc/${entry.name}/stat`).catch(() => "");
    const [, state, , processGroup] = /^\d+ \(.*\) (\S) (\d+) (\d+)/s.exec(stat) ?? [];
    if (Number(processGroup) === group && state !== "Z") return true;
  }
  return false;
}

Deno.test("strict agent: who has the token", async () => {
  for (const [words, holders] of [[["parent"], 1], [["parent", "careful"], 0]] as const) {
    await withAgent(words, { jwtKey: "key" }, async (agent) => {
      await agent.launch(task("t1"));
      await agent.update((status) => status.state === "TASK_RUNNING");
      const isChild = (text: string) => text.endsWith("sleep 300");
      // A process that has just been forked is still called as its parent.
      await waitUntil(
        "the child runs",
        async () => (await companions(agent.pid ?? 0)).some((one) => isChild(one.words)),
      );
      assertEquals((await agent.tokenHolders()).filter(isChild).length, holders);
    });
  }
});

Deno.test("strict agent: KILL before SUBSCRIBE is answered by the agent", async () => {
  await withAgent(["silent"], {}, async (agent) => {
    await agent.launch(task("t1"));
    agent.kill("t1");
    const killed = await agent.update((status) => status.state === "TASK_KILLED");
    assertEquals(killed.reason, "REASON_TASK_KILLED_DURING_LAUNCH");
  });
});

Deno.test("strict agent: an executor that does not register in time is killed", async () => {
  await withAgent(["silent"], { registrationTimeout: 300 }, async (agent) => {
    await agent.launch(task("t1"));
    assertEquals((await agent.exited).signal, "SIGKILL");
    const failed = await agent.update((status) => status.state === "TASK_FAILED");
    assertEquals(failed.message, "Executor did not register within 300ms");
  });
});

Deno.test("strict agent: a restart with checkpoints", async () => {
  await withAgent([], { reregistrationTimeout: 1_500 }, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.state === "TASK_RUNNING");
    agent.acknowledging = false;
    agent.message(words("update TASK_RUNNING"));
    await waitUntil("an update that waits for the scheduler", () => agent.updates.length === 3);
    await agent.restart({ downFor: 300 });
    await agent.subscribed();
    // Pending updates come again when the master has the agent back, twice.
    await waitUntil("the pending update came again", () => agent.updates.length === 5);
    agent.acknowledging = true;
    agent.message(words("finish"));
    await agent.exited;
    await agent.update((status) => status.state === "TASK_FINISHED");
    const refusals = agent.exchanges.filter((exchange) =>
      exchange.startsWith("POST /api/v1/executor SUBSCRIBE 200")
    );
    assertEquals(refusals.length, 2);
  });
});

Deno.test("strict agent: an executor that comes back too late, or lists nothing", async () => {
  await withAgent(["silent"], { reregistrationTimeout: 300 }, async (agent) => {
    await agent.launch(task("t1"));
    await agent.restart({ downFor: 50 });
    assertEquals((await agent.exited).signal, "SIGKILL");
    const gone = await agent.update((status) => status.source === "SOURCE_AGENT");
    assertEquals([gone.state, gone.reason], ["TASK_GONE", "REASON_EXECUTOR_REREGISTRATION_TIMEOUT"]);
  });
  await withAgent(["quiet", "forgetful"], {}, async (agent) => {
    await agent.launch(task("t1"));
    await agent.subscribed();
    agent.drop();
    const dropped = await agent.update((status) => status.state === "TASK_DROPPED");
    assertEquals(dropped.reason, "REASON_AGENT_RESTARTED");
  });
});

Deno.test("strict agent: without checkpoints a restart ends the framework here", async () => {
  await withAgent([], { checkpoint: false }, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.state === "TASK_RUNNING");
    await agent.restart({ downFor: 100 });
    await agent.update((status) => status.state === "TASK_LOST" && status.source === "SOURCE_MASTER");
    // Nobody kills it: it is told 400 until it gives up by itself.
    assertEquals((await agent.exited).code, 70);
    assert(agent.exchanges.includes("POST /api/v1/executor SUBSCRIBE 400"));
  });
  await withAgent([], { checkpoint: false, launcher: "linux" }, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.state === "TASK_RUNNING");
    await agent.restart({ downFor: 100 });
    assertEquals((await agent.exited).signal, "SIGKILL");
  });
});

Deno.test("strict agent: silence, refusal and a broken stream", async () => {
  await withAgent([], {}, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.state === "TASK_RUNNING");
    agent.refuse(503);
    agent.drop();
    await waitUntil("a refusal", () => agent.exchanges.at(-1)?.endsWith("503") ?? false);
    agent.refuse();
    await agent.subscribed();
    agent.hang();
    agent.message(words("finish"));
    agent.resume();
    await agent.update((status) => status.state === "TASK_FINISHED");
    assertEquals((await agent.exited).code, 0);
    assertEquals(agent.problems, []);
  });
});

Deno.test("strict agent: what a fetch brings, and one that fails", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-fetch-" });
  try {
    await Deno.writeTextFile(`${directory}/compose.yml`, "services: {}");
    await new Deno.Command("tar", {
      args: ["-C", directory, "-czf", `${directory}/files.tar.gz`, "compose.yml"],
    })
      .output();
    const command = (uris: readonly { readonly value: string; readonly extract?: boolean }[]) => ({
      executor: { executor_id: { value: "own" }, command: { value: "sleep 300", uris } },
    });
    await withAgent([], {}, async (agent) => {
      await agent.launch(task("t1", command([{ value: `file://${directory}/files.tar.gz` }])));
      assertEquals(await Deno.readTextFile(`${agent.sandbox}/compose.yml`), "services: {}");
    });
    await withAgent([], {}, async (agent) => {
      await agent.launch(task("t1", command([{ value: `${directory}/nothing` }])));
      const failed = await agent.update((status) => status.state === "TASK_FAILED");
      assertEquals(failed.reason, "REASON_CONTAINER_LAUNCH_FAILED");
      assertStringIncludes(failed.message ?? "", "Failed to fetch all URIs");
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("strict agent: the environment of the process is exact", async () => {
  await withAgent([], {}, async (agent) => {
    const executor = { executor_id: { value: "own" }, command: { value: "env; sleep 300" } };
    await agent.launch(task("t1", { executor }));
    const path = `${agent.sandbox}/stdout`;
    await waitUntil(
      "the environment",
      async () => (await Deno.readTextFile(path)).includes("MESOS_SLAVE_PID"),
    );
    const names = (await Deno.readTextFile(path)).trim().split("\n").map((line) => line.split("=")[0]);
    for (const name of ["HOME", "DOCKER_HOST", "USER"]) assert(!names.includes(name), name);
    assert(names.includes("PWD"));
    assertEquals(names.length, 16);
  });
});

Deno.test("strict agent: bad manners are noted", async () => {
  await withAgent(["rude"], { capabilities: ["PARTITION_AWARE"] }, async (agent) => {
    await agent.launch(task("t1"));
    await agent.update((status) => status.task_id.value === "nobody");
    assertEquals([...agent.problems], [
      "TASK_RUNNING of t1: container_status.container_id is the agent's to set",
      "TASK_RUNNING of t1 after nothing: STARTING comes first",
      "TASK_KILLING of t1: the framework does not have TASK_KILLING_STATE",
      "TASK_RUNNING of t1 after TASK_RUNNING, TASK_KILLING: it is being killed",
      "TASK_RUNNING of t1: its uuid was that of another update",
      "TASK_FAILED of t1 after TASK_RUNNING, TASK_KILLING, TASK_RUNNING, TASK_FINISHED: the task is over",
      "TASK_RUNNING of nobody: no such task was launched",
    ]);
  });
});

Deno.test("strict agent: a full disk loses an executor's output, and ends nothing", async () => {
  const sandbox = await Deno.makeTempDir({ prefix: "mesolet-agent-" });
  try {
    for (const name of ["stdout", "stderr"]) await Deno.symlink("/dev/full", `${sandbox}/${name}`);
    const command = { value: "echo one; echo two >&2; exit 3" };
    assertEquals((await startExecutor(command, sandbox, { PATH: "/usr/bin:/bin" }).exited).code, 3);
  } finally {
    await Deno.remove(sandbox, { recursive: true });
  }
});
