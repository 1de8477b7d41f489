import type { PodRecord } from "../../../src/mesos/executor/pod_record.ts";
import { digestFor, PodRecordWriter } from "../../../src/mesos/executor/pod_record_writer.ts";
import type { TaskPod } from "../../../src/mesos/task/task_pod.ts";
import { ExitCode, MesoletError } from "../../../src/pod/errors.ts";
import type { PodStatus } from "../../../src/pod/status.ts";
import { assertEquals, assertMatch } from "../../support/assert.ts";
import { podOfText } from "../../support/compose_pod.ts";
import { anImage, engineFacts } from "../../support/placing.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

const start = Date.UTC(2026, 0, 2, 3, 4, 5);

function statusAt(seconds: number, more: Partial<PodStatus> = {}): PodStatus {
  return {
    pod: "shop",
    phase: "running",
    reason: "",
    reasonCode: "none",
    address: "10.1.2.3",
    containers: [{
      name: "web",
      number: 1,
      containerName: "shop-web-1",
      id: "c1",
      image: "busybox",
      state: "running",
      outOfMemory: false,
      restarts: 2,
      startedAt: start,
      addresses: [],
      ports: [{ target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 31000 }],
      essential: true,
    }],
    observedAt: start + seconds * 1000,
    ...more,
  };
}

async function writing(
  test: (
    written: {
      readonly writer: PodRecordWriter;
      readonly sandbox: string;
      readonly read: () => Promise<PodRecord>;
      readonly problems: string[];
      readonly lists: () => number;
    },
  ) => Promise<void>,
  listContainers?: () => Promise<never>,
): Promise<void> {
  const sandbox = await Deno.makeTempDir({ prefix: "mesolet-record-" });
  const problems: string[] = [];
  let lists = 0;
  const taskPod: TaskPod = {
    pod: (await podOfText("name: shop\nservices: { web: { image: busybox } }")).pod,
    origin: { rule: "label", description: "a test", files: [] },
    ports: [{ container: "web", target: 80, protocol: "tcp", hostPort: 31000, name: "http" }],
    settings: {
      keepFailed: false,
      removeVolumes: false,
      removeImages: false,
      statusHooks: [],
      log: { maximumBytes: 1, files: 1 },
      cgroup: "own",
    },
    warnings: [],
  };
  const container = {
    id: "c1",
    name: "shop-web-1",
    image: "busybox",
    imageId: "sha256:abc",
    state: "running" as const,
    labels: {},
    created: 0,
    networks: {},
    networkMode: "none",
    mounts: [],
    ports: [],
  };
  const writer = new PodRecordWriter({
    task: { name: "web", task_id: { value: "task-1" }, agent_id: { value: "agent-1" } },
    taskPod,
    engine: {
      listContainers: () => {
        lists++;
        return listContainers?.() ?? Promise.resolve([container]);
      },
      observe: ({ containers, needs }) =>
        Promise.resolve({
          engine: engineFacts,
          containers,
          otherPodContainers: 0,
          networks: new Map(),
          volumes: new Map(),
          images: new Map(needs.images.map((id) => [id, { ...anImage, id, digests }])),
          externalContainers: new Map(),
          restartPolicies: new Map(),
        }),
    },
    clock: new SteppedClock(),
    environment: { frameworkId: "framework-1", executorId: "executor-1", agentId: "agent-1", sandbox },
    version: "1.2.3",
    onProblem: (problem) => problems.push(problem),
  });
  try {
    await test({
      writer,
      sandbox,
      read: async () => JSON.parse(await Deno.readTextFile(`${sandbox}/pod.json`)),
      problems,
      lists: () => lists,
    });
  } finally {
    await Deno.remove(sandbox, { recursive: true });
  }
}

/** A registry knows the image by its own name, and it was tagged with another one. */
const digests = ["registry.example/busybox@sha256:4567", "busybox@sha256:0123"];

Deno.test("the digest is that under the name of the spec, else any", () => {
  assertEquals(digestFor("busybox:1.36", digests), "busybox@sha256:0123");
  assertEquals(digestFor("registry.example/busybox", digests), "registry.example/busybox@sha256:4567");
  assertEquals(
    digestFor("localhost:5000/web:1@sha256:99", ["localhost:5000/web@sha256:99"]),
    "localhost:5000/web@sha256:99",
  );
  assertEquals(digestFor("other", digests), "registry.example/busybox@sha256:4567");
  assertEquals(digestFor("busybox", []), undefined);
});

Deno.test("pod.json says what is known of the pod", async () => {
  await writing(async ({ writer, read, sandbox, problems }) => {
    writer.write(statusAt(1, { phase: "starting", reason: "not up yet" }));
    writer.write(statusAt(2));
    writer.write(statusAt(9, { reason: "web is unhealthy", reasonCode: "container-unhealthy" }));
    await writer.finish();
    assertEquals(await read(), {
      schema: 1,
      mesolet: "1.2.3",
      pod: "shop",
      task: "task-1",
      framework: "framework-1",
      executor: "executor-1",
      agent: "agent-1",
      phase: "running",
      reason: "web is unhealthy",
      reasonCode: "container-unhealthy",
      since: "2026-01-02T03:04:07.000Z",
      network: "pod",
      address: "10.1.2.3",
      containers: [{
        name: "web",
        number: 1,
        containerName: "shop-web-1",
        id: "c1",
        image: "busybox",
        imageId: "sha256:abc",
        imageDigest: "busybox@sha256:0123",
        essential: true,
        state: "running",
        outOfMemory: false,
        restarts: 2,
        startedAt: "2026-01-02T03:04:05.000Z",
        addresses: [],
        ports: [{ target: 80, protocol: "tcp", hostAddress: "0.0.0.0", published: 31000 }],
      }],
      ports: [{ container: "web", target: 80, protocol: "tcp", hostPort: 31000, name: "http" }],
    });
    assertEquals((await Deno.stat(`${sandbox}/pod.json`)).mode ?? 0, 0o100644);
    assertEquals((await Array.fromAsync(Deno.readDir(sandbox))).map(({ name }) => name), ["pod.json"]);
    assertEquals(problems, []);
  });
});

Deno.test("pod.json is written on a change only, and images are asked for once for each new container", async () => {
  await writing(async ({ writer, sandbox, lists }) => {
    writer.write(statusAt(1));
    await writer.finish();
    const before = await Deno.stat(`${sandbox}/pod.json`);
    writer.write(statusAt(2));
    await writer.finish();
    assertEquals((await Deno.stat(`${sandbox}/pod.json`)).ino, before.ino);
    writer.write(statusAt(3, { reason: "another" }));
    await writer.finish();
    assertEquals(lists(), 1);
  });
});

Deno.test("a sandbox that cannot be written to is told of once, and tried again at the next change", async () => {
  await writing(async ({ writer, read, sandbox, problems }) => {
    await Deno.mkdir(`${sandbox}/pod.json`);
    for (const reason of ["one", "two"]) {
      writer.write(statusAt(1, { reason }));
      await writer.finish();
    }
    assertEquals(problems.length, 1);
    assertMatch(problems[0] ?? "", /^Cannot write .*pod\.json: /);
    await Deno.remove(`${sandbox}/pod.json`);
    writer.write(statusAt(1, { reason: "three" }));
    await writer.finish();
    assertEquals((await read()).reason, "three");
  });
});

Deno.test("an engine that does not say of which images the containers are takes nothing else away", async () => {
  const gone = () => Promise.reject(new MesoletError("the engine is gone", ExitCode.unavailable));
  await writing(async ({ writer, read }) => {
    writer.write(statusAt(1));
    await writer.finish();
    assertEquals((await read()).containers[0]?.imageId, undefined);
  }, gone);
});
