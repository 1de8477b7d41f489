import { LogFollower } from "../../src/supervisor/log_follow.ts";
import { refusedByEngine } from "../../src/docker/engine_error.ts";
import type { Engine, EngineEvent, LogLine, LogOptions } from "../../src/docker/engine.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { Label } from "../../src/pod/labels.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

/** Something that can be written to and read once, and that ends, breaks, or is aborted. */
class Pipe<Value> {
  #ready: Value[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake = Promise.withResolvers<void>();

  write(value: Value): void {
    this.#ready.push(value);
    this.#wake.resolve();
  }

  end(error?: unknown): void {
    this.#end = error === undefined ? {} : { error };
    this.#wake.resolve();
  }

  async *read(signal: AbortSignal): AsyncGenerator<Value, void, void> {
    const onAbort = () => this.end();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      for (;;) {
        yield* this.#ready.splice(0);
        if (this.#ready.length > 0) continue;
        if (this.#end?.error !== undefined) throw this.#end.error;
        if (this.#end !== undefined) return;
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** An engine of one pod whose logs and events a test writes. */
class FakeEngine implements Pick<Engine, "logs" | "events" | "listContainers"> {
  readonly asked: { readonly id: string; readonly options: LogOptions }[] = [];
  running: string[] = [];
  isGone = false;
  #logs = new Map<string, Pipe<LogLine>>();
  #events = new Pipe<EngineEvent>();

  constructor(private readonly clock: SteppedClock) {}

  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    this.asked.push({ id, options });
    const pipe = new Pipe<LogLine>();
    this.#logs.set(id, pipe);
    return pipe.read(signal);
  }

  events(_: unknown, signal: AbortSignal): AsyncIterable<EngineEvent> {
    this.#events = new Pipe();
    if (this.isGone) this.#events.end();
    return this.#events.read(signal);
  }

  listContainers(): Promise<ObservedContainer[]> {
    if (this.isGone) return Promise.reject(new MesoletError("no engine", ExitCode.unavailable));
    return Promise.resolve(this.running.map((id): ObservedContainer => ({
      id,
      name: id,
      image: "busybox",
      imageId: "i",
      state: "running",
      labels: labelsOf(id),
      created: 0,
      networks: {},
      networkMode: "",
      mounts: [],
      ports: [],
    })));
  }

  write(id: string, text: string, at = this.clock.now()): void {
    const time = new Date(at).toISOString();
    this.#logs.get(id)?.write({ stream: "stdout", time, text });
  }

  say(action: EngineEvent["action"], id: string): void {
    const time = this.clock.now();
    this.#events.write({ action, containerId: id, containerName: id, labels: labelsOf(id), time });
  }

  endLog(id: string, error?: unknown): void {
    this.#logs.get(id)?.end(error);
  }

  lose(): void {
    this.isGone = true;
    this.#events.end();
    for (const log of this.#logs.values()) log.end(new MesoletError("connection lost", ExitCode.unavailable));
  }
}

function labelsOf(id: string): Record<string, string> {
  return { [Label.pod]: "shop", [Label.container]: id, [Label.number]: "1", [Label.role]: "container" };
}

function followed(endsWhenIdle: boolean) {
  const unreadable: string[] = [];
  const clock = new SteppedClock();
  const engine = new FakeEngine(clock);
  const over = new AbortController();
  const follower = new LogFollower({
    engine,
    clock,
    pod: "shop",
    wanted: () => true,
    endsWhenIdle,
    onUnreadable: (name) => unreadable.push(name),
    signal: over.signal,
  });
  const lines: string[] = [];
  const reading = (async () => {
    for await (const { source, line } of follower.lines()) lines.push(`${source} ${line.text}`);
  })();
  reading.catch(() => {});
  return { clock, engine, follower, lines, reading, unreadable };
}

Deno.test("containers that start later are followed, and the log ends with the last of them", async () => {
  const { clock, engine, follower, lines, reading } = followed(true);
  engine.running = ["web"];
  follower.begin("web", "web-1");
  await clock.settle();
  engine.write("web", "one");
  await clock.advance(200);
  engine.running.push("late");
  engine.say("start", "late");
  await clock.settle();
  engine.write("late", "two");
  await clock.advance(200);
  assertEquals(lines, ["web-1 one", "late-1 two"]);
  engine.endLog("web");
  engine.say("die", "web");
  await clock.advance(2000);
  engine.endLog("late");
  // The list still has it as running when its end is told.
  engine.say("die", "late");
  await clock.advance(100);
  engine.running = [];
  await clock.advance(2000);
  await reading;
  assertEquals(clock.sleeping, 0);
});

Deno.test("a container that starts again goes on behind its last line, also while the old log is being read", async () => {
  const { clock, engine, follower, lines, reading } = followed(true);
  engine.running = ["web"];
  follower.begin("web", "web-1");
  await clock.settle();
  engine.write("web", "before");
  await clock.advance(200);
  engine.say("start", "web");
  await clock.settle();
  assertEquals(engine.asked.length, 1);
  engine.endLog("web");
  await clock.advance(200);
  assertEquals(engine.asked.length, 2);
  engine.write("web", "after");
  await clock.advance(200);
  assertEquals(lines, ["web-1 before", "web-1 after"]);
  follower.stop();
  await reading;
});

Deno.test("lines that were shown are not shown again", async () => {
  const { clock, engine, follower, lines, reading } = followed(false);
  follower.begin("web", "web-1");
  await clock.settle();
  engine.write("web", "once");
  await clock.advance(200);
  engine.endLog("web");
  await clock.settle();
  const shown = clock.now() - 200;
  engine.say("start", "web");
  await clock.settle();
  assertEquals(engine.asked[1]?.options.since, shown - 1000);
  engine.endLog("web");
  follower.finish();
  await clock.advance(200);
  await reading;
  assertEquals(lines, ["web-1 once"]);
});

Deno.test("the log of a supervised pod outlasts a lost engine", async () => {
  const { clock, engine, follower, lines, reading } = followed(false);
  engine.running = ["web"];
  follower.begin("web", "web-1");
  await clock.settle();
  engine.write("web", "before");
  await clock.advance(200);
  engine.lose();
  await clock.advance(5000);
  engine.isGone = false;
  await clock.advance(2000);
  engine.write("web", "after");
  await clock.advance(200);
  assertEquals(lines, ["web-1 before", "web-1 after"]);
  follower.stop();
  await reading;
  assertEquals(clock.sleeping, 0);
});

Deno.test("logs -f ends with the error when the engine is lost", async () => {
  const { clock, engine, follower, reading } = followed(true);
  follower.begin("web", "web-1");
  await clock.settle();
  engine.lose();
  await clock.advance(2000);
  await assertRejects(() => reading, MesoletError, "connection lost");
});

Deno.test("a log that cannot be read is told once, and those of the others go on", async () => {
  for (const endsWhenIdle of [true, false]) {
    const { clock, engine, follower, lines, reading, unreadable } = followed(endsWhenIdle);
    engine.running = ["web", "mute"];
    follower.begin("web", "web-1");
    follower.begin("mute", "mute-1");
    await clock.settle();
    const refusal = refusedByEngine(
      "read the logs",
      501,
      "configured logging driver does not support reading",
    );
    engine.endLog("mute", refusal);
    await clock.settle();
    engine.say("start", "mute");
    await clock.settle();
    engine.endLog("mute", refusal);
    await clock.settle();
    engine.write("web", "one");
    await clock.advance(200);
    assertEquals([lines, unreadable], [["web-1 one"], ["mute-1"]]);
    follower.stop();
    await reading;
  }
});

Deno.test("what a container wrote in a former life is not shown when it is started again", async () => {
  const { clock, engine, follower, lines, reading } = followed(false);
  follower.passOver("web", clock.now());
  await clock.advance(10);
  const late = clock.now();
  await clock.advance(500);
  engine.say("start", "web");
  await clock.settle();
  assertEquals((engine.asked[0]?.options.since ?? Infinity) <= clock.now(), true);
  engine.write("web", "of the former life", late);
  engine.write("web", "of this life");
  await clock.advance(200);
  assertEquals(lines, ["web-1 of this life"]);
  follower.stop();
  await reading;
});
