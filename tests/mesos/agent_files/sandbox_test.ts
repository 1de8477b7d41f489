import { agentDirectory, agentsIn } from "../../../src/mesos/agent_files/agent_directory.ts";
import { openDoor } from "../../../src/mesos/agent_files/agent_door.ts";
import { InstanceOutput, SandboxGone } from "../../../src/mesos/agent_files/instance_output.ts";
import { LineReader, timeIn } from "../../../src/mesos/agent_files/log_lines.ts";
import { RotatedReader } from "../../../src/mesos/agent_files/rotated_reader.ts";
import { openSandbox, readWhole, type Sandbox } from "../../../src/mesos/agent_files/sandbox.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../support/assert.ts";
import { randomFrom } from "../../support/random.ts";
import { showSandbox } from "./shown_sandbox.ts";

const clock = systemClock;
const signal = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("files of a sandbox are read by the path that agents give to the last run, or by that of their state", async () => {
  for (const virtual of [true, false]) {
    await using shown = await showSandbox({ virtual });
    const content = new Uint8Array(150_000).map((_, index) => index % 251);
    await Deno.writeFile(`${shown.path}/pod.json`, content);
    assertEquals(await readWhole(shown.sandbox, "pod.json", 1_000_000, signal), content);
    assertEquals(await readWhole(shown.sandbox, "nothing", 10, signal), undefined);
    await assertRejects(() => readWhole(shown.sandbox, "pod.json", 10, signal), MesoletError);
    const listed = await shown.sandbox.list("", signal);
    assertEquals(listed?.map(({ name }) => name), ["logs", "pod.json"]);
    assertEquals(listed?.[1]?.size, content.length);
    assertEquals(await shown.sandbox.list("nowhere", signal), undefined);
    assertEquals(shown.asked.includes("/state"), !virtual);
  }
});

Deno.test("a sandbox that is not there is said to be gone", async () => {
  await using shown = await showSandbox();
  const door = openDoor({ hostname: "127.0.0.1", port: shown.port }, { clock });
  const sandbox = openSandbox(door, { frameworkId: "F", executorId: "other" });
  const lines = new InstanceOutput(sandbox, { clock, follow: false }).lines(signal);
  await assertRejects(() => Array.fromAsync(lines), SandboxGone);
});

Deno.test("output comes container by container, by the times in its lines where they have some", async () => {
  await using shown = await showSandbox();
  const write = (name: string, text: string) => Deno.writeTextFile(`${shown.path}/logs/${name}`, text);
  await write("api-1.stdout", "2026-01-01T00:00:01Z one\n2026-01-01T00:00:03Z three\n");
  await write("api-1.stdout.1", "2026-01-01T00:00:00Z zero\n  a line behind it\n");
  await write("api-1.stderr", `{"level":"warn","time":"2026-01-01T00:00:02.5Z"}\nno end`);
  await write("db-1.stdout", "2026-01-01 00:00:02,250 db\n");
  await write(".api-1.position", "{}");
  const read = async (options: { container?: string; tail?: number }) =>
    (await Array.fromAsync(
      new InstanceOutput(shown.sandbox, { clock, follow: false, ...options }).lines(signal),
    ))
      .map(({ container, line }) => `${container} ${line.text}`);
  assertEquals(await read({}), [
    "api-1 2026-01-01T00:00:00Z zero",
    "api-1   a line behind it",
    "api-1 2026-01-01T00:00:01Z one",
    "db-1 2026-01-01 00:00:02,250 db",
    `api-1 {"level":"warn","time":"2026-01-01T00:00:02.5Z"}`,
    "api-1 no end",
    "api-1 2026-01-01T00:00:03Z three",
  ]);
  assertEquals(await read({ container: "db" }), ["db-1 2026-01-01 00:00:02,250 db"]);
  assertEquals(await read({ container: "api", tail: 2 }), [
    "api-1 no end",
    "api-1 2026-01-01T00:00:03Z three",
  ]);
  assertEquals(await read({ tail: 0 }), []);
});

Deno.test("whatever a writer does between two looks, no line is lost or doubled as long as it is kept", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const files = new RotatingFiles("web-1.stdout", 4);
    const reader = new RotatedReader(files.sandbox, "logs", "web-1.stdout");
    const lines = new LineReader("stdout");
    const read: string[] = [];
    const look = async () => {
      for await (const piece of reader.read(files.list(), signal)) {
        read.push(...[...lines.lines(piece)].map(({ text }) => text));
      }
    };
    const random = randomFrom(seed);
    const chance = (most: number) => Math.floor(random() * most);
    const written: string[] = [];
    for (let step = 0; step < 60; step++) {
      for (let count = chance(5); count > 0; count--) {
        // The same text often: files look alike.
        const text = chance(2) === 0 ? "tick" : `line ${written.length}`;
        written.push(text);
        files.append(`${text}\n`);
      }
      if (chance(4) === 0) files.rotate();
      if (chance(2) === 0 || files.unread >= 2) {
        await look();
        files.unread = 0;
      }
    }
    await look();
    assertEquals(read, written, `seed ${seed}`);
  }
});

Deno.test("last lines are found across files that were moved aside", async () => {
  const files = new RotatingFiles("web-1.stdout", 4);
  const written = Array.from({ length: 300 }, (_, index) => `${index} ${"x".repeat(700)}`);
  for (const [index, text] of written.entries()) {
    files.append(`${text}\n`);
    if (index % 120 === 119) files.rotate();
  }
  for (const tail of [0, 1, 59, 60, 61, 200, 299, 300, 1_000]) {
    const reader = new RotatedReader(files.sandbox, "logs", "web-1.stdout");
    await reader.seekTail(tail, files.list(), signal);
    const lines = new LineReader("stdout");
    const read: string[] = [];
    for await (const piece of reader.read(files.list(), signal)) {
      read.push(...[...lines.lines(piece)].map(({ text }) => text));
    }
    assertEquals(read, tail === 0 ? [] : written.slice(-tail), `tail ${tail}`);
    files.append("more\n");
    const next = await Array.fromAsync(reader.read(files.list(), signal));
    assertEquals(next, [bytes("more\n")]);
    files.cut("more\n");
  }
});

Deno.test("times that programs write", () => {
  const times: Readonly<Record<string, string>> = {
    "2026-01-31T12:00:00Z started": "2026-01-31T12:00:00.000000000Z",
    "2026-01-31T12:00:00.123456+02:00 started": "2026-01-31T10:00:00.123456000Z",
    "2026-01-31 12:00:00,5 INFO": "2026-01-31T12:00:00.500000000Z",
    "[2026/01/31 12:00:00] INFO": "2026-01-31T12:00:00.000000000Z",
    '{"msg":"x","ts":"2026-01-31T12:00:00.000Z"}': "2026-01-31T12:00:00.000000000Z",
    "started at 2026-01-31T12:00:00Z": "",
    "2026-13-41T12:00:00Z": "",
    "": "",
  };
  for (const [text, time] of Object.entries(times)) assertEquals(timeIn(text), time, text);
});

Deno.test("where agents are is asked of the leading master", async () => {
  const answer = {
    slaves: [
      { id: "S0", hostname: "one.example", pid: "slave(1)@10.0.0.1:5051" },
      { id: "S1", hostname: "two.example", port: 5052, pid: "slave(1)@[fd00::1]:5052" },
    ],
  };
  assertEquals([...agentsIn(answer)], [
    ["S0", { hostname: "10.0.0.1", port: 5051 }],
    ["S1", { hostname: "fd00::1", port: 5052 }],
  ]);
  let asked = 0;
  await using leader = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked++;
    const given = request.headers.get("authorization");
    return given === "Basic bWU6b2g=" ? Response.json(answer) : new Response("who?", { status: 401 });
  });
  await using follower = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response("", {
        status: 307,
        headers: { Location: `//127.0.0.1:${leader.addr.port}/slaves` },
      }),
  );
  const { port } = follower.addr;
  const locator = { find: () => Promise.resolve({ hostname: "127.0.0.1", port, secure: false }) };
  const credential = { principal: "me", secret: "oh" };
  const agents = agentDirectory(locator, { clock, credential });
  assertEquals((await agents.find("S0", signal)).host, { hostname: "10.0.0.1", port: 5051 });
  assertEquals((await agents.find("S1", signal)).host, { hostname: "fd00::1", port: 5052 });
  await assertRejects(() => agents.find("S9", signal), MesoletError, "the master knows no agent S9");
  assertEquals(asked, 1);
  const nobody = await assertRejects(
    () => agentDirectory(locator, { clock }).find("S0", signal),
    MesoletError,
  );
  assertStringIncludes(
    nobody.message,
    "it wants to know who asks: name it with --principal and --secret-file",
  );
});

/** A file in memory that is written and moved aside, and the sandbox that shows it. */
class RotatingFiles {
  /** How often it was moved since it was read. */
  unread = 0;
  #files: { text: string; modified: number }[] = [{ text: "", modified: 0 }];
  #time = 0;

  constructor(private readonly name: string, private readonly most: number) {}

  append(text: string): void {
    const file = this.#files[0];
    if (file === undefined) return;
    file.text += text;
    file.modified = ++this.#time;
  }

  cut(text: string): void {
    const file = this.#files[0];
    if (file !== undefined) file.text = file.text.slice(0, -text.length);
  }

  rotate(): void {
    if (this.#files[0]?.text === "") return;
    this.unread++;
    this.#files = [{ text: "", modified: ++this.#time }, ...this.#files].slice(0, this.most);
  }

  list() {
    return this.#files.map(({ text, modified }, number) => ({
      name: number === 0 ? this.name : `${this.name}.${number}`,
      size: bytes(text).length,
      modified,
    }));
  }

  readonly sandbox: Sandbox = {
    list: () => Promise.resolve(this.list()),
    directory: () => Promise.resolve(undefined),
    read: (path, offset, length) => {
      const number = this.list().findIndex(({ name }) => `logs/${name}` === path);
      const file = this.#files[number];
      if (file === undefined) return Promise.resolve(undefined);
      const whole = bytes(file.text);
      return Promise.resolve({ size: whole.length, data: whole.slice(offset, offset + length) });
    },
  };
}
