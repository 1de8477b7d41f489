import type { StrictAgent } from "../mesos/agent/strict_agent.ts";
import { makeCertificates } from "../mesos/wire/certificates.ts";
import { Label, MesosLabel } from "../../src/pod/labels.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../support/assert.ts";
import { testHost } from "../support/engine.ts";
import { shopTask } from "../support/mesos_task.ts";
import {
  exitCode,
  killUntilOver,
  podOf,
  reached,
  specOf,
  statesOf,
  untilTold,
  waitingFor,
  withExecutor,
} from "../support/task_life.ts";
import { waitUntil } from "../support/wait.ts";
import { WatchedSocket } from "../support/watched_socket.ts";

/** What the executor shows to the outside: to containers, the host, the framework, the agent and the engine. */

const whole = ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"];

/** Asks the executor something through the framework, and reads its answer. */
async function ask(
  agent: StrictAgent,
  question: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const id = crypto.randomUUID();
  const answers = () =>
    agent.news.flatMap((one) =>
      one.type === "MESSAGE" ? [JSON.parse(new TextDecoder().decode(one.message.data))] : []
    );
  const bytes = new TextEncoder().encode(JSON.stringify({ ...question, id }));
  let looks = 0;
  await waitUntil("the executor answers", () => {
    // An agent that starts loses messages.
    if (looks++ % 100 === 0) agent.message(bytes);
    return answers().some((answer) => answer.id === id);
  });
  return answers().find((answer) => answer.id === id);
}

/** A port of this host that nobody has. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return listener.addr.port;
}

Deno.test("ports of the offer are published and reachable; every container knows them and its place", async () => {
  const [one, other] = [freePort(), freePort()];
  await withExecutor({}, async ({ agent, engine }) => {
    const serve = `["sh", "-c", "mkdir /www; echo hello > /www/index.html; exec httpd -f -p 8080 -h /www"]`;
    await agent.launch(shopTask(
      "t1",
      `${
        specOf(serve, ["ports: ['8080']", "stop_signal: SIGKILL"])
      }\n  side: {image: busybox, command: ${untilTold}}`,
      {
        resources: [
          { name: "cpus", type: "SCALAR", scalar: { value: 0.5 } },
          { name: "mem", type: "SCALAR", scalar: { value: 64 } },
          {
            name: "ports",
            type: "RANGES",
            ranges: { range: [{ begin: one, end: one }, { begin: other, end: other }] },
          },
        ],
      },
    ));
    const running = await reached(agent, "t1", "TASK_RUNNING");
    const [network] = running.container_status?.network_infos ?? [];
    const [mapping] = network?.port_mappings ?? [];
    assertEquals([mapping?.container_port, mapping?.protocol], [8080, "tcp"]);
    const port = mapping?.host_port ?? 0;
    assert(port === one || port === other, `${port} is not of the offer`);
    await waitUntil("the page is there", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return (await answer?.text()) === "hello\n";
    });
    for (const container of ["web", "side"]) {
      const { exec } = await ask(agent, {
        exec: { container, command: ["sh", "-c", "env; ls /mnt/mesos/sandbox"] },
      });
      const output = outputOf(exec);
      for (const text of [`PORT0=`, `PORT_WEB_8080=${port}`, "HOST=127.0.0.1", "MESOS_TASK_ID=t1"]) {
        assertStringIncludes(output, text);
      }
      assertStringIncludes(output, "MESOS_SANDBOX=/mnt/mesos/sandbox");
      assertStringIncludes(output, "pod.json");
      assert(!/MESOS_(FRAMEWORK|EXECUTOR|SLAVE|AGENT|CHECKPOINT|RECOVERY|DIRECTORY)/.test(output), output);
    }
    for (const part of await engine.engine.listParts(MesosLabel.framework)) {
      if (part.labels[MesosLabel.framework] !== agent.frameworkId) continue;
      const { labels } = part;
      assertEquals(labels[Label.pod], podOf(agent, "t1"));
      assertEquals(labels[MesosLabel.executor], "executor-t1");
      assertEquals(labels[MesosLabel.task], "t1");
      assertEquals(labels[MesosLabel.agent], agent.agentId);
      assertEquals(labels[MesosLabel.container], agent.sandbox.replace(/.*\//, ""));
      assert(labels[MesosLabel.owner]?.includes(`:${agent.pid}:`));
    }
    agent.kill("t1");
    assertEquals(await exitCode(agent), 0);
  });
});

function outputOf(exec: unknown): string {
  return typeof exec === "object" && exec !== null && "output" in exec ? String(exec.output) : "";
}

Deno.test("3.5 MESSAGE: status, logs and exec are answered, and what is none of ours is left alone", async () => {
  await withExecutor({}, async ({ agent }) => {
    await agent.launch(shopTask("t1", specOf(untilTold.replace("trap", "echo ready; echo bad >&2; trap"))));
    await reached(agent, "t1", "TASK_RUNNING");
    const { status } = await ask(agent, { status: true });
    assertStringIncludes(JSON.stringify(status), `"pod":"${podOf(agent, "t1")}","phase":"running"`);
    await waitUntil(
      "its log is there",
      async () => String((await ask(agent, { logs: "web" })).logs).includes("ready"),
    );
    assertEquals(
      (await ask(agent, { exec: { container: "web", command: ["sh", "-c", "echo x; exit 7"] } })).exec,
      {
        exitCode: 7,
        output: "x\n",
        truncated: false,
      },
    );
    const { ok, error } = await ask(agent, { logs: "nobody" });
    assertEquals([ok, error], [false, "the pod has no container nobody: it has web"]);
    agent.message(Uint8Array.of(0, 255, 1));
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});

/** An executor whose tasks may have hooks run on the host. */
const hooked = ["executor", "--allow", "host_commands"];

Deno.test("the token opens the door, and is nowhere else", async () => {
  await withExecutor({ jwtKey: "key", words: hooked }, async ({ agent, executor, engine }) => {
    const hook = (moment: string) => ({
      key: `mesolet.hook.${moment}`,
      value: `sh -c 'env > hook-${moment}'`,
    });
    await agent.launch(shopTask("t1", specOf(untilTold), {
      labels: { labels: ["launching", "running", "killed"].map(hook) },
      health_check: { type: "COMMAND", command: { value: "true" }, delay_seconds: 0, interval_seconds: 0.1 },
    }));
    await agent.update(({ healthy }) => healthy === true);
    const environment = await Deno.readTextFile(`/proc/${agent.pid}/environ`);
    const [, token = ""] = /MESOS_EXECUTOR_AUTHENTICATION_TOKEN=([^\0]+)/.exec(environment) ?? [];
    assert(token.length > 20);
    assertEquals(await agent.tokenHolders(), []);
    const { exec } = await ask(agent, { exec: { container: "web", command: ["env"] } });
    const places = [outputOf(exec), JSON.stringify(await ask(agent, { status: true }))];
    for (const { id } of await engine.engine.listContainers(podOf(agent, "t1"))) {
      places.push(JSON.stringify(await engine.engine.inspectVerbatim(id)));
    }
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    for await (const { name, isFile } of Deno.readDir(agent.sandbox)) {
      if (isFile) places.push(await executor.read(name));
    }
    places.push(
      JSON.stringify(
        agent.updates,
        (_, value) => value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
      ),
    );
    assert(places.length > 8, `${places.length}`);
    assert(places.every((text) => !text.includes(token)));
  });
});

Deno.test("5.1 TLS: an agent at an IP, its certificate looked at, and ours shown", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-agent-tls-" });
  try {
    const made = await makeCertificates(directory, "IP:127.0.0.1");
    const tls = {
      certificate: await Deno.readTextFile(made.server),
      key: await Deno.readTextFile(made.serverKey),
    };
    const environment = {
      LIBPROCESS_SSL_ENABLED: "1",
      LIBPROCESS_SSL_VERIFY_SERVER_CERT: "true",
      LIBPROCESS_SSL_CA_FILE: made.authority,
      LIBPROCESS_SSL_CERT_FILE: made.client,
      LIBPROCESS_SSL_KEY_FILE: made.clientKey,
    };
    await withExecutor(
      { tls, jwtKey: "key", environment: { ...environment, DOCKER_HOST: testHost() } },
      async ({ agent }) => {
        await agent.launch(shopTask("t1", specOf(untilTold)));
        await reached(agent, "t1", "TASK_RUNNING");
        await agent.restart({ downFor: 100 });
        await agent.subscribed();
        const { exec } = await ask(agent, { exec: { container: "web", command: ["env"] } });
        assert(!outputOf(exec).includes("SSL"));
        await killUntilOver(agent, "t1");
        assertEquals(await exitCode(agent), 0);
        assertEquals(statesOf(agent, "t1"), whole);
      },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("5.3 the domain socket of the agent, through a restart", async () => {
  await withExecutor({ domainSocket: true }, async ({ agent }) => {
    await agent.launch(shopTask("t1", specOf(untilTold)));
    await reached(agent, "t1", "TASK_RUNNING");
    assert(
      agent.exchanges.every((one) => one.startsWith("POST /slave(1)/api/v1/executor ")),
      agent.exchanges.join(),
    );
    await agent.restart({ downFor: 100 });
    await agent.subscribed();
    await killUntilOver(agent, "t1");
    assertEquals(await exitCode(agent), 0);
    assertEquals(statesOf(agent, "t1"), whole);
  });
});

Deno.test("an executor whose pod runs asks the engine nothing", async () => {
  await using socket = new WatchedSocket(testHost());
  await withExecutor({ environment: { DOCKER_HOST: socket.host } }, async ({ agent, executor }) => {
    const ticks = `["sh", "-c", "trap 'exit 0' TERM; while :; do echo tick; sleep 0.2 & wait; done"]`;
    await agent.launch(shopTask("t1", `${specOf(ticks)}\n  side: {image: busybox, command: ${untilTold}}`));
    await reached(agent, "t1", "TASK_RUNNING");
    const ticked = async () => (await executor.read("stdout")).split("tick").length;
    await waitUntil("its output arrives", async () => await ticked() > 3);
    const before = socket.calls.length;
    await waitUntil("it has run for a while", async () => await ticked() > 20);
    // At the full minute the pod is listed once, whatever was told before.
    const calls = socket.calls.slice(before);
    assertEquals(calls.filter((call) => !/^GET \S*\/containers\/json/.test(call)), []);
    assertLess(calls.length, 2);
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
  });
});

Deno.test("outputs: one stream of all containers, a file for each, pod.json, and a hook for each moment", async () => {
  await withExecutor({ words: hooked }, async ({ agent, executor }) => {
    const hook = (moment: string) => ({
      key: `mesolet.hook.${moment}`,
      value: `sh -c 'echo $MESOLET_MOMENT $MESOLET_TASK_ID >> moments'`,
    });
    await agent.launch(shopTask(
      "t1",
      `x-pod: {essential: [web]}\n${
        specOf(waitingFor("go", "echo out; echo err >&2"))
      }\n  side: {image: busybox, command: ${untilTold.replace("trap", "echo beside; trap")}}`,
      { labels: { labels: ["launching", "running", "failed", "killed", "finished"].map(hook) } },
    ));
    await waitUntil(
      "the hook has run",
      async () => (await executor.read("moments").catch(() => "")).includes("running"),
    );
    await Deno.writeTextFile(`${agent.sandbox}/go`, "");
    await reached(agent, "t1", "TASK_FINISHED");
    assertEquals(await exitCode(agent), 0);
    assertStringIncludes(await executor.read("stdout"), "out\n");
    assertStringIncludes(await executor.read("stdout"), "beside\n");
    assertStringIncludes(await executor.read("stderr"), "err\n");
    const record = JSON.parse(await executor.read("pod.json"));
    assertEquals([record.task, record.pod, record.phase], ["t1", podOf(agent, "t1"), "succeeded"]);
    assertEquals(
      (await executor.read("moments")).trim().split("\n"),
      ["launching t1", "running t1", "finished t1"],
    );
  });
});

Deno.test("3.10 KILL during the launch, while a hook of launching goes on: KILLED, and its command is gone", async () => {
  await withExecutor({ words: hooked }, async ({ agent, executor }) => {
    const labels = {
      labels: [{ key: "mesolet.hook.launching", value: "sh -c 'echo $$ > hook; exec sleep 10000'" }],
    };
    await agent.launch(shopTask("t1", specOf(untilTold), { labels }));
    await waitUntil(
      "the hook runs",
      async () => (await executor.read("hook").catch(() => "")).endsWith("\n"),
    );
    const pid = Number(await executor.read("hook"));
    agent.kill("t1");
    await reached(agent, "t1", "TASK_KILLED");
    assertEquals(await exitCode(agent), 0);
    assertEquals(statesOf(agent, "t1"), ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
    await waitUntil(
      "its command has ended",
      async () => !/sleep/.test(await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")),
    );
  });
});
