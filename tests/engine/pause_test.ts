import { pauseProgram } from "../../src/docker/pause_program.ts";
import { Label } from "../../src/pod/labels.ts";
import { pauseImageName } from "../../src/pod/names.ts";
import type { EngineBody } from "../../src/plan/step.ts";
import { installPackages } from "../../scripts/engine/host_command.ts";
import { assertEquals, assertGreater, assertLess } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

async function startPause(test: TestEngine, pod: string, body: EngineBody = {}) {
  const context = test.context();
  const target = { name: `${pod}_pause` };
  await test.engine.apply({ ...base, kind: "load-pause-image", image: pauseImageName }, context);
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: target.name,
    body: {
      Image: pauseImageName,
      Labels: { [Label.pod]: pod },
      ...body,
      HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target }, context);
  return { context, target };
}

/** The image stays on the engine while another test uses it: its last user removes it. */
async function removeImage(test: TestEngine): Promise<void> {
  await waitUntil("no other test uses the pause image", async () => {
    await test.engine.apply({ ...base, kind: "remove-image", image: pauseImageName }, test.context());
    const { images } = await test.engine.observe({
      pod: "none",
      containers: [],
      needs: {
        images: [pauseImageName],
        networks: [],
        volumes: [],
        labelled: false,
        externalContainers: [],
        restartPolicies: [],
      },
    });
    return images.get(pauseImageName) === null || (await test.engine.listContainers()).length > 0;
  });
}

Deno.test("engine: the pause container needs no registry, waits without waking, and ends at once with 0", async () => {
  await using test = await testEngine();
  for (const [signal, code] of [["SIGTERM", 0], ["SIGINT", 0], ["SIGKILL", 137]] as const) {
    const pod = test.podName();
    const { context, target } = await startPause(test, pod);
    const detail = await test.engine.inspect(target.name);
    await waitUntil("the program waits for a signal", () => waitsForSignal(detail?.processId ?? 0));
    const ended = Promise.withResolvers<number>();
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of test.engine.events({ pod, since: Date.now() - 5_000 }, stop.signal)) {
        if (event.action === "die") ended.resolve(performance.now());
      }
    })();
    const sent = performance.now();
    await test.engine.apply({ ...base, kind: "kill-container", target, signal }, context);
    const duration = await ended.promise - sent;
    if (code === 0) assertLess(duration, 1_000);
    stop.abort();
    await watching;
    // Not by a list: engines up to 20.10 tell of the end before their lists know it.
    assertEquals((await test.engine.inspect(target.name))?.exitCode, code);
    await test.engine.apply(
      { ...base, kind: "remove-container", target, force: true, volumes: true },
      context,
    );
  }
  assertEquals(test.engine.calls.filter(({ path }) => path.startsWith("/images/create")), []);
  await removeImage(test);
});

Deno.test("engine: the pause program itself ends within 100 ms of a signal", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/pause`;
    await Deno.writeFile(path, pauseProgram(Deno.build.arch === "x86_64" ? "amd64" : "arm64"), {
      mode: 0o755,
    });
    for (const signal of ["SIGTERM", "SIGINT"] as const) await endsOn(signal, path, [], 100);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("engine: the pause program for arm64 runs under an emulator", async () => {
  await installPackages({ "qemu-aarch64-static": "qemu-user-static" });
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/pause`;
    await Deno.writeFile(path, pauseProgram("arm64"), { mode: 0o755 });
    await endsOn("SIGTERM", "qemu-aarch64-static", [path], 5_000);
    await endsOn("SIGINT", "qemu-aarch64-static", [path], 5_000);
    const { stderr } = await traced(path);
    assertEquals(stderr.match(/rt_sigprocmask\(SIG_BLOCK/g)?.length, 1);
    assertGreater(stderr.match(/wait4\(-1,/g)?.length ?? 0, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function endsOn(
  signal: Deno.Signal,
  program: string,
  parameters: string[],
  bound: number,
): Promise<void> {
  const child = new Deno.Command(program, { args: parameters, stdin: "null" }).spawn();
  await waitUntil("the program waits for a signal", () => waitsForSignal(child.pid));
  // A signal without a meaning: it goes on waiting.
  child.kill("SIGCHLD");
  const sent = performance.now();
  child.kill(signal);
  assertEquals((await child.status).code, 0);
  assertLess(performance.now() - sent, bound);
}

/** Whether a process sleeps in rt_sigtimedwait, by the number of the system call on x86-64 or arm64. */
async function waitsForSignal(pid: number): Promise<boolean> {
  return /^(128|137) /.test(await Deno.readTextFile(`/proc/${pid}/syscall`).catch(() => ""));
}

async function traced(path: string): Promise<{ readonly stderr: string }> {
  const child = new Deno.Command("qemu-aarch64-static", {
    args: ["-strace", path],
    stdin: "null",
    stderr: "piped",
  })
    .spawn();
  let stderr = "";
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
  })();
  await waitUntil("the program waits", () => stderr.includes("rt_sigtimedwait"));
  child.kill("SIGCHLD");
  await waitUntil("the program has looked for children", () => stderr.includes("wait4"));
  child.kill("SIGTERM");
  await child.status;
  await reading;
  return { stderr };
}

Deno.test("engine: the pause container reaps what is left to it", async () => {
  await using test = await testEngine();
  const pod = test.podName();
  const { context, target } = await startPause(test, pod);
  const worker = { name: `${pod}-worker-1` };
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: worker.name,
    body: {
      Image: "busybox",
      // Each leaves a child behind, which ends later and belongs to the pause container then.
      Cmd: [
        "sh",
        "-c",
        "for i in 1 2 3 4 5 6 7 8; do (sleep 0.2 & exec true); done; echo left; exec sleep 1000",
      ],
      Labels: { [Label.pod]: pod },
      HostConfig: { NetworkMode: "none", PidMode: `container:<id:${target.name}>` },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target: worker }, context);
  const processes = async () => {
    let output = "";
    const decoder = new TextDecoder();
    const id = context.ids.get(worker.name) ?? "";
    const command = ["sh", "-c", "grep -H ^State: /proc/[0-9]*/status; cat /proc/[0-9]*/comm"];
    await test.engine.execute(id, {
      command,
      tty: false,
      onOutput: (_, bytes) => output += decoder.decode(bytes),
    });
    return output;
  };
  const stop = new AbortController();
  for await (const line of test.engine.logs(worker.name, { follow: true }, stop.signal)) {
    if (line.text === "left") break;
  }
  await waitUntil("all that were left behind have ended and are reaped", async () => {
    const seen = await processes();
    return (seen.match(/^sleep$/gm)?.length ?? 0) === 1 && !/^State:.*Z/m.test(seen) &&
      !seen.includes("zombie");
  });
  await test.engine.apply({ ...base, kind: "stop-container", target: worker, graceSeconds: 0 }, context);
  await test.engine.apply({ ...base, kind: "stop-container", target }, context);
  for (const one of [worker, target]) {
    await test.engine.apply(
      { ...base, kind: "remove-container", target: one, force: true, volumes: true },
      context,
    );
  }
  await removeImage(test);
});
