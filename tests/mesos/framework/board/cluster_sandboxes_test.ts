import type { PodInstance, PodLogOptions } from "../../../../src/operator/pod_board.ts";
import { type AgentDoor, DoorRefusal } from "../../../../src/mesos/agent_files/agent_door.ts";
import {
  type ClusterSandboxes,
  clusterSandboxes,
} from "../../../../src/mesos/framework/board/cluster_sandboxes.ts";
import { type Clock, systemClock } from "../../../../src/pod/clock.ts";
import { ExitCode, MesoletError } from "../../../../src/pod/errors.ts";
import { FakeBoard, podEntry } from "../../../status/fake_board.ts";
import { assert, assertEquals, assertRejects } from "../../../support/assert.ts";
import { waitUntil } from "../../../support/wait.ts";

/** Waits are short: what counts is their order. */
const clock: Clock = {
  ...systemClock,
  sleep: (time, signal) => systemClock.sleep(Math.min(time, 10), signal),
};

/** Agents by id, with the files of their sandboxes; one that is not here does not answer. */
class Agents {
  readonly files = new Map<string, Map<string, string>>();

  write(agent: string, task: string, name: string, text: string): void {
    const own = this.files.get(agent) ?? new Map<string, string>();
    this.files.set(agent, own);
    const path = `/frameworks/F/executors/${task}/runs/latest/${name}`;
    own.set(path, (own.get(path) ?? "") + text);
  }

  /** Every agent refuses whatever it is asked. */
  recovering = false;

  find(id: string): Promise<AgentDoor> {
    const files = this.files.get(id);
    if (files === undefined) {
      return Promise.reject(new MesoletError(`Cannot connect to ${id}`, ExitCode.unavailable));
    }
    const missing = () => new DoorRefusal("404", 404, undefined);
    return Promise.resolve({
      host: { hostname: "10.0.0.1", port: 5051 },
      get: () => Promise.resolve({}),
      call: (call) => {
        if (this.recovering) {
          return Promise.reject(new DoorRefusal("Agent has not finished recovery", 503, undefined));
        }
        const [{ path, offset, length }] = Object.values(call).filter((value) =>
          typeof value === "object"
        ) as [
          { path: string; offset: number; length: number },
        ];
        const size = (text: string) => new TextEncoder().encode(text).length;
        if (call["type"] === "READ_FILE") {
          const text = files.get(path);
          if (text === undefined) return Promise.reject(missing());
          const data = new TextEncoder().encode(text).subarray(offset, offset + length).toBase64();
          return Promise.resolve({ read_file: { size: size(text), data } });
        }
        const below = [...files].filter(([name]) => name.startsWith(`${path}/`));
        if (below.length === 0) return Promise.reject(missing());
        const file_infos = below.map(([name, text]) => ({
          path: name,
          size: size(text),
          mtime: { nanoseconds: 1 },
        }));
        return Promise.resolve({ list_files: { file_infos } });
      },
    });
  }
}

function instance(
  slot: number,
  task: string,
  agent: string,
  changes: Partial<PodInstance> = {},
): PodInstance {
  return {
    slot,
    state: "running",
    ready: true,
    version: "v1",
    task,
    agent: { id: agent, hostname: `${agent}.example` },
    ports: [],
    ...changes,
  };
}

function shown(instances: readonly PodInstance[]): FakeBoard {
  const board = new FakeBoard();
  board.entries = [podEntry("web", { entry: { instances }, containers: [] })];
  return board;
}

function reading(board: FakeBoard, agents: Agents): ClusterSandboxes {
  return clusterSandboxes({ board, agents, frameworkId: () => "F", clock });
}

async function read(sandboxes: ClusterSandboxes, options: Partial<PodLogOptions> = {}): Promise<string[]> {
  const signal = new AbortController().signal;
  const lines = await Array.fromAsync(sandboxes.readLogs("web", { follow: false, ...options }, signal));
  return lines.map(({ container, line }) => `${container} ${line.text}`);
}

Deno.test("the output of all instances is merged, and what ended last is read where nothing runs", async () => {
  const agents = new Agents();
  agents.write("one", "web.0", "logs/api-1.stdout", "2026-01-01T00:00:01Z a\n2026-01-01T00:00:03Z c\n");
  agents.write("two", "web.1", "logs/api-1.stdout", "2026-01-01T00:00:02Z b\n");
  agents.write("two", "web.1.old", "logs/api-1.stderr", "why\n");
  agents.write("one", "web.2.old", "logs/api-1.stderr", "gone wrong\n");
  const last = (task: string, id: string) => ({ last: { task, agent: { id, hostname: `${id}.example` } } });
  const { task: _task, agent: _agent, ...empty } = instance(2, "", "");
  const sandboxes = reading(
    shown([
      instance(0, "web.0", "one"),
      instance(1, "web.1", "two", last("web.1.old", "two")),
      { ...empty, state: "backing-off", ready: false, ...last("web.2.old", "one") },
    ]),
    agents,
  );
  assertEquals(await read(sandboxes), [
    "2/api-1 gone wrong",
    "0/api-1 2026-01-01T00:00:01Z a",
    "1/api-1 2026-01-01T00:00:02Z b",
    "0/api-1 2026-01-01T00:00:03Z c",
  ]);
  assertEquals(await read(sandboxes, { instance: 0, tail: 1 }), ["0/api-1 2026-01-01T00:00:03Z c"]);
  assertEquals(await read(sandboxes, { previous: true, follow: true }), [
    "1/api-1 why",
    "2/api-1 gone wrong",
  ]);
  assertEquals(await read(sandboxes, { instance: 9 }), []);
});

Deno.test("an agent that is gone is said among the lines, once", async () => {
  const agents = new Agents();
  agents.write("one", "web.0", "logs/api-1.stdout", "a\n");
  agents.write("two", "other", "stdout", "");
  const sandboxes = reading(
    shown([instance(0, "web.0", "one"), instance(1, "web.1", "three"), instance(2, "web.2", "two")]),
    agents,
  );
  assertEquals((await read(sandboxes)).sort(), [
    "0/api-1 a",
    "1/- mesolet: the output of web.1 on three.example cannot be read: Cannot connect to three",
    "2/- mesolet: the output of web.2 on two.example cannot be read: its sandbox is not on the agent (any more)",
  ]);
});

Deno.test("a follower goes from an instance to the one that takes its place, with nothing lost", async () => {
  const agents = new Agents();
  agents.write("one", "web.a", "logs/api-1.stdout", "old\nlast\n");
  const board = shown([instance(0, "web.a", "one")]);
  const over = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (
      const { line } of reading(board, agents).readLogs("web", { follow: true, tail: 1 }, over.signal)
    ) {
      seen.push(line.text);
    }
  })();
  await waitUntil("the last line", () => seen.length === 1);
  agents.write("one", "web.a", "logs/api-1.stdout", "more\nthe end");
  await waitUntil("what is written", () => seen.includes("more"));
  // The next one is launched: there is no sandbox of it yet.
  board.entries = [podEntry("web", { entry: { instances: [instance(0, "web.b", "two")] }, containers: [] })];
  agents.write("two", "other", "stdout", "");
  board.changed();
  await waitUntil("a line without an end", () => seen.includes("the end"));
  agents.write("two", "web.b", "logs/api-1.stdout", "new\n");
  await waitUntil("the new instance", () => seen.includes("new"));
  assertEquals(seen, ["last", "more", "the end", "new"]);
  over.abort();
  await following;
  assertEquals(board.listeners, 0);
});

Deno.test("an agent that restarts holds a follower up, and no line comes twice", async () => {
  const agents = new Agents();
  agents.write("one", "web.a", "logs/api-1.stdout", "one\n");
  const over = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    const board = shown([instance(0, "web.a", "one")]);
    for await (const { line } of reading(board, agents).readLogs("web", { follow: true }, over.signal)) {
      seen.push(line.text);
    }
  })();
  await waitUntil("the first line", () => seen.includes("one"));
  agents.recovering = true;
  await waitUntil("it is said", () => seen.some((text) => text.includes("has not finished recovery")));
  agents.write("one", "web.a", "logs/api-1.stdout", "two\n");
  agents.recovering = false;
  await waitUntil("it goes on", () => seen.includes("two"));
  over.abort();
  await following;
  assertEquals(seen.filter((text) => !text.startsWith("mesolet:")), ["one", "two"]);
  assertEquals(seen.length, 3);
});

Deno.test("what an executor wrote down is read from its sandbox", async () => {
  const agents = new Agents();
  agents.write("one", "web.0", "pod.json", `{"schema":1}`);
  agents.write("one", "web.1", "stdout", "");
  const sandboxes = reading(
    shown([instance(0, "web.0", "one"), instance(1, "web.1", "one"), instance(2, "web.2", "two")]),
    agents,
  );
  const signal = new AbortController().signal;
  const ask = (slot: number) => sandboxes.readInstance("web", { instance: slot }, signal);
  assertEquals(await ask(0), {
    task: "web.0",
    agent: { id: "one", hostname: "one.example" },
    framework: "F",
    agentAddress: "10.0.0.1:5051",
    pod: { schema: 1 },
  });
  assert((await ask(1))?.pod === undefined);
  assertEquals(await ask(7), undefined);
  await assertRejects(() => ask(2), MesoletError, "Cannot connect to two");
});
