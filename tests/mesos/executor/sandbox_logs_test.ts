import type { Engine, EngineEvent, LogPiece } from "../../../src/docker/engine.ts";
import { EngineError } from "../../../src/docker/engine_error.ts";
import { recordLogs, type RecordLogsOptions } from "../../../src/mesos/executor/sandbox_logs.ts";
import { type SandboxPlace, SandboxPlaces } from "../../../src/mesos/executor/sandbox_places.ts";
import { Label } from "../../../src/pod/labels.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals, assertMatch } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An engine that has nothing but logs. */
class LogEngine implements Pick<Engine, "logPieces" | "events" | "ping" | "listContainers"> {
  readonly #logs = new Map<string, LogPiece[]>();
  readonly #running = new Set<string>();
  #changed = Promise.withResolvers<void>();
  #outages = 0;
  #events: EngineEvent[] = [];
  #time = Date.UTC(2026, 0, 1);
  /** Ids of the containers whose logs were asked for. */
  readonly reads: string[] = [];
  failure: Error | undefined;
  /** The next streams end so often after their first pieces, as an engine ends one that it is ahead of. */
  cuts = 0;

  start(id: string, name: string): void {
    this.#running.add(id);
    if (!this.#logs.has(id)) this.#logs.set(id, []);
    const labels = { [Label.container]: name, [Label.number]: "1" };
    this.#events.push({
      action: "start",
      containerId: id,
      containerName: `pod-${name}-1`,
      labels,
      time: this.#time,
    });
    this.#change();
  }

  write(id: string, text: string, stream: LogPiece["stream"] = "stdout"): void {
    this.#time += 7;
    const time = new Date(this.#time).toISOString().replace("Z", "000000Z");
    this.#logs.get(id)?.push({ stream, time, bytes: encoder.encode(text) });
    this.#change();
  }

  stop(id: string): void {
    this.#running.delete(id);
    this.#change();
  }

  /** All streams break. */
  breakStreams(): void {
    this.#outages++;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async *logPieces(id: string, { since = 0 }: { readonly since?: number }, signal: AbortSignal) {
    this.reads.push(id);
    if (this.failure !== undefined) throw this.failure;
    const outages = this.#outages;
    const log = this.#logs.get(id) ?? [];
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    for (let next = 0; !signal.aborted;) {
      const some = log.slice(next).filter(({ time }) => Date.parse(time) >= since);
      next = log.length;
      if (some.length > 0 && this.cuts > 0) {
        this.cuts--;
        yield some.slice(0, 1);
        return;
      }
      if (some.length > 0) yield some;
      else if (outages !== this.#outages) throw lost();
      else if (!this.#running.has(id)) return;
      else await Promise.race([this.#changed.promise, aborted]);
    }
  }

  async *events(_: unknown, signal: AbortSignal) {
    const outages = this.#outages;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    while (!signal.aborted && outages === this.#outages) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else await Promise.race([this.#changed.promise, aborted]);
    }
  }

  ping(): Promise<boolean> {
    return Promise.resolve(true);
  }

  listContainers: Engine["listContainers"] = () => Promise.resolve([]);
}

function lost(): EngineError {
  return new EngineError("Cannot read the logs: the connection broke", 69, {
    reason: "connection-lost",
    call: "x",
  });
}

async function recording(
  test: (
    recording: {
      readonly engine: LogEngine;
      readonly directory: string;
      readonly problems: string[];
      readonly out: () => string;
      readonly err: () => string;
      readonly begin: (options?: Partial<RecordLogsOptions>) => ReturnType<typeof recordLogs>;
    },
  ) => Promise<void>,
): Promise<void> {
  const sandbox = await Deno.makeTempDir({ prefix: "mesolet-logs-" });
  const engine = new LogEngine();
  const problems: string[] = [];
  const written = { out: "", err: "" };
  const sink = (name: "out" | "err") => ({
    write: (bytes: Uint8Array) => {
      written[name] += decoder.decode(bytes);
      return Promise.resolve();
    },
  });
  const directory = `${sandbox}/logs`;
  try {
    await test({
      engine,
      directory,
      problems,
      out: () => written.out,
      err: () => written.err,
      begin: (options = {}) =>
        recordLogs({
          engine,
          clock: systemClock,
          pod: "pod",
          directory,
          settings: { maximumBytes: 1_000_000, files: 3 },
          out: sink("out"),
          err: sink("err"),
          onProblem: (message) => problems.push(message),
          signal: new AbortController().signal,
          ...options,
        }),
    });
  } finally {
    await Deno.remove(sandbox, { recursive: true });
  }
}

Deno.test("the output of all containers is in the sandbox, each for itself and all with names in front", async () => {
  await recording(async ({ engine, directory, begin, out, err, problems }) => {
    const logs = begin({ names: ["database-1"] });
    engine.start("1", "web");
    logs.begin("1", "web-1");
    engine.write("1", "one\n");
    engine.write("1", "wrong\n", "stderr");
    await waitUntil("the lines have come", () => out() !== "" && err() !== "");
    // A container that starts later is followed without being told; a line without an end waits for it.
    engine.start("2", "database");
    engine.write("1", "tw");
    engine.write("2", "ready\n");
    await waitUntil("the line of the other has come", () => out().includes("ready"));
    engine.write("1", "o\nno end");
    engine.stop("1");
    engine.stop("2");
    await logs.finish(60_000);
    assertEquals(out(), "web-1       | one\ndatabase-1  | ready\nweb-1       | two\nweb-1       | no end\n");
    assertEquals(err(), "web-1       | wrong\n");
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "one\ntwo\nno end");
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stderr`), "wrong\n");
    assertEquals(await Deno.readTextFile(`${directory}/database-1.stdout`), "ready\n");
    assertEquals(problems, []);
  });
});

Deno.test("a container that starts again goes on in its file, and is followed once at a time", async () => {
  await recording(async ({ engine, directory, begin, out }) => {
    const logs = begin();
    engine.start("1", "web");
    for (let life = 1; life <= 3; life++) {
      logs.begin("1", "web-1");
      logs.begin("1", "web-1");
      engine.write("1", `life ${life}\n`);
      await waitUntil("the line has come", () => out().includes(`life ${life}`));
      engine.stop("1");
      if (life < 3) engine.start("1", "web");
    }
    await logs.finish(60_000);
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "life 1\nlife 2\nlife 3\n");
    assertEquals(out(), "web-1  | life 1\nweb-1  | life 2\nweb-1  | life 3\n");
  });
});

Deno.test("the loss of the engine loses and repeats no line", async () => {
  await recording(async ({ engine, directory, begin, out, problems }) => {
    const logs = begin();
    engine.start("1", "web");
    for (let outage = 1; outage <= 3; outage++) {
      engine.write("1", `before ${outage}\n`);
      engine.write("1", `at ${outage}\n`);
      engine.breakStreams();
      engine.write("1", `after ${outage}\n`);
      await waitUntil("it goes on", () => out().includes(`after ${outage}`));
    }
    engine.stop("1");
    await logs.finish(60_000);
    const lines = [1, 2, 3].flatMap((outage) =>
      ["before", "at", "after"].map((word) => `${word} ${outage}\n`)
    );
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), lines.join(""));
    assertEquals(out(), lines.map((line) => `web-1  | ${line}`).join(""));
    assertEquals(problems, [], "the engine's outages are told by others");
  });
});

Deno.test("an executor that is begun anew goes on where the former stopped", async () => {
  await recording(async ({ engine, directory, begin, out }) => {
    engine.start("1", "web");
    for (let life = 1; life <= 3; life++) {
      const stop = new AbortController();
      const logs = begin({ signal: stop.signal });
      logs.begin("1", "web-1");
      engine.write("1", `life ${life}\n`);
      await waitUntil("the line has come", () => out().includes(`life ${life}\n`));
      stop.abort();
      await logs.finish(60_000);
      engine.write("1", `between ${life}\n`);
    }
    const expected = "life 1\nbetween 1\nlife 2\nbetween 2\nlife 3\n";
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), expected);
    assertEquals(out(), expected.replaceAll(/^/gm, "web-1  | ").replace(/web-1 {2}\| $/, ""));
  });
});

Deno.test("a sandbox that cannot be written to is told of once, and what it lacks comes later", async () => {
  await recording(async ({ engine, directory, begin, problems, out }) => {
    const clock = new SteppedClock();
    await Deno.writeTextFile(directory, "in the way");
    const logs = begin({ clock });
    engine.start("1", "web");
    logs.begin("1", "web-1");
    engine.write("1", "early\n");
    await waitUntil("it is told of", () => problems.length > 0);
    for (let times = 0; times < 3; times++) {
      const before = engine.reads.length;
      await waitUntil("it is tried again", async () => {
        await clock.advance(30_000);
        return clock.sleeping > 0;
      });
      assertEquals(engine.reads.length, before, "nothing is read that cannot be written");
    }
    await Deno.remove(directory);
    await waitUntil("it goes on", async () => {
      await clock.advance(30_000);
      return out().includes("early");
    });
    engine.write("1", "late\n");
    engine.stop("1");
    await waitUntil("it has come", () => out().includes("late"));
    await logs.finish(60_000);
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "early\nlate\n");
    assertEquals(out(), "web-1  | early\nweb-1  | late\n");
    assertEquals(problems.length, 1);
    assertMatch(
      problems[0] ?? "",
      /^The log of web-1 stops in the sandbox, and is tried again: Cannot write /,
    );
    assertEquals(clock.sleeping, 0);
  });
});

Deno.test("output that cannot be merged is left out, told of once, and missing nowhere else", async () => {
  await recording(async ({ engine, directory, begin, problems }) => {
    const broken = { write: () => Promise.reject(new Error("no space left on device")) };
    const logs = begin({ out: broken });
    engine.start("1", "web");
    engine.write("1", "one\n");
    engine.write("1", "two\n");
    await waitUntil("it is told of", () => problems.length > 0);
    engine.write("1", "three\n");
    engine.stop("1");
    await logs.finish(60_000);
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "one\ntwo\nthree\n");
    assertEquals(problems, [
      "Cannot write to the standard output: no space left on device. Lines of containers are left out there",
    ]);
  });
});

Deno.test("a log that the engine does not keep is told of once and not asked for again", async () => {
  await recording(async ({ engine, begin, problems }) => {
    engine.failure = new EngineError("configured logging driver does not support reading", 69, {
      reason: "refused",
      call: "x",
      status: 501,
    });
    const logs = begin();
    engine.start("1", "web");
    await waitUntil("it is told of", () => problems.length > 0);
    logs.begin("1", "web-1");
    await logs.finish(60_000);
    assertEquals([problems.length, engine.reads.length], [1, 1]);
  });
});

Deno.test("a stream that ends before all is told is read on from there", async () => {
  await recording(async ({ engine, directory, begin, out }) => {
    engine.cuts = 1;
    engine.start("1", "web");
    for (const line of ["one", "two", "three"]) engine.write("1", `${line}\n`);
    engine.stop("1");
    const logs = begin();
    await waitUntil("something has come", () => out() !== "");
    await logs.finish(60_000);
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "one\ntwo\nthree\n");
  });
});

for (const status of [404, 409]) {
  Deno.test(`a container that is gone, or being removed, has no log any more: ${status} is no trouble`, async () => {
    await recording(async ({ engine, begin, problems }) => {
      engine.failure = new EngineError("no such container", 69, { reason: "refused", call: "x", status });
      const logs = begin();
      engine.start("1", "web");
      await waitUntil("it is asked for", () => engine.reads.length > 0);
      await logs.finish(60_000);
      assertEquals([problems, engine.reads.length], [[], 1]);
    });
  });
}

Deno.test("the end waits three seconds for a container that goes on, and no longer", async () => {
  await recording(async ({ engine, directory, begin, out }) => {
    const clock = new SteppedClock();
    const logs = begin({ clock });
    engine.start("1", "web");
    engine.write("1", "one\n");
    await waitUntil("it is followed", () => out() !== "");
    let finished = false;
    const finishing = logs.finish(60_000).then(() => finished = true);
    await clock.advance(2_999);
    assertEquals(finished, false);
    await clock.advance(1);
    await finishing;
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "one\n");
    assertEquals(clock.sleeping, 0);
  });
});

Deno.test("the end waits for lines as long as they come, and for a bounded time", async () => {
  await recording(async ({ engine, directory, begin, out }) => {
    const clock = new SteppedClock();
    const logs = begin({ clock });
    engine.start("1", "web");
    engine.write("1", "0\n");
    await waitUntil("it is followed", () => out().includes("0\n"));
    let finished = false;
    const finishing = logs.finish(7_000).then(() => finished = true);
    for (let line = 1; line <= 3; line++) {
      await clock.advance(2_000);
      assertEquals(finished, false);
      engine.write("1", `${line}\n`);
      await waitUntil("the line has come", () => out().includes(`${line}\n`));
    }
    await clock.advance(999);
    assertEquals(finished, false);
    await clock.advance(1);
    await finishing;
    assertEquals(await Deno.readTextFile(`${directory}/web-1.stdout`), "0\n1\n2\n3\n");
  });
});

Deno.test("several pods of one sandbox have places of their own", async () => {
  const places = new SandboxPlaces("/sandbox");
  const shown = ({ logs, recordName, title }: SandboxPlace) => [logs, recordName, title];
  const first = places.take("shop");
  assertEquals(shown(first), ["/sandbox/logs", "pod.json", undefined]);
  const second = places.take("mail");
  assertEquals(shown(second), ["/sandbox/logs/mail", "pod-mail.json", "mail"]);
  second.release();
  assertEquals(shown(places.take("news")), ["/sandbox/logs/news", "pod-news.json", "news"]);
  first.release();
  assertEquals(shown(places.take("next")), ["/sandbox/logs", "pod.json", undefined]);
  await recording(async ({ engine, begin, out }) => {
    const logs = begin({ title: "mail" });
    engine.start("1", "web");
    engine.write("1", "one\n");
    engine.stop("1");
    await waitUntil("the line has come", () => out() !== "");
    await logs.finish(60_000);
    assertEquals(out(), "mail/web-1  | one\n");
  });
});

Deno.test("a slow sink slows the reading down", async () => {
  await recording(async ({ engine, begin }) => {
    let room = Promise.withResolvers<void>();
    let writes = 0;
    const out = {
      write: async () => {
        writes++;
        await room.promise;
      },
    };
    let asked = 0;
    const endless = {
      events: engine.events.bind(engine),
      ping: engine.ping.bind(engine),
      listContainers: engine.listContainers,
      async *logPieces(_id: string, _options: unknown, signal: AbortSignal) {
        for (; !signal.aborted; asked++) {
          const time = new Date(asked).toISOString().replace("Z", "000000Z");
          yield [{ stream: "stdout" as const, time, bytes: encoder.encode("line\n") }];
        }
      },
    };
    const stop = new AbortController();
    const logs = begin({ engine: endless, out, signal: stop.signal });
    logs.begin("1", "web-1");
    for (let times = 1; times <= 3; times++) {
      await waitUntil("a line is being written", () => writes === times);
      assertEquals(asked, times - 1, "the next is asked for when there is room");
      const former = room;
      room = Promise.withResolvers();
      former.resolve();
    }
    stop.abort();
    room.resolve();
    await logs.finish(60_000);
  });
});
