import type { Engine } from "../../src/docker/engine.ts";
import { Connection } from "../../src/docker/connection.ts";
import { DockerEngine } from "../../src/docker/docker_engine.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";
import type { EngineFacts } from "../../src/plan/observed.ts";
import type { Step } from "../../src/plan/step.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { type Behaviour, fakeServer, httpAnswer } from "../support/fake_server.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

const facts: EngineFacts = {
  kind: "docker",
  apiVersion: "1.41",
  serverVersion: "20.10.24",
  operatingSystem: "linux",
  architecture: "amd64",
  cgroupVersion: 1,
  cgroupDriver: "cgroupfs",
  local: true,
  rootless: false,
};

const base = { id: "step", cause: "a test", after: [] };
const target = { name: "web", id: "0123" };
const body = {};

function applied(step: Step): (engine: Engine) => Promise<unknown> {
  const context = { ids: new Map(), signal: new AbortController().signal };
  return (engine) => engine.apply(step, context);
}

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

const never = new AbortController().signal;

/** Every call of an engine, and the bounds that pass one after the other until it gives up. */
const calls: Readonly<
  Record<string, { readonly call: (engine: Engine) => Promise<unknown>; readonly bounds: number[] }>
> = {
  "list containers": { call: (engine) => engine.listContainers(), bounds: [TimeBounds.read] },
  "inspect": { call: (engine) => engine.inspect("0123"), bounds: [TimeBounds.read] },
  "observe": {
    call: (engine) =>
      engine.observe({
        pod: "shop",
        containers: [],
        needs: {
          images: ["busybox"],
          networks: ["a"],
          volumes: ["b"],
          labelled: true,
          externalContainers: ["c"],
          restartPolicies: ["d"],
        },
      }),
    bounds: [TimeBounds.read],
  },
  "logs": {
    call: (engine) => drained(engine.logs("0123", { follow: true }, never)),
    bounds: [TimeBounds.read],
  },
  "execute": {
    call: (engine) => engine.execute("0123", { command: ["true"], tty: false, onOutput: () => {} }),
    bounds: [TimeBounds.change],
  },
  "load-pause-image": {
    call: applied({ ...base, kind: "load-pause-image", image: "mesolet/pause:2" }),
    bounds: [TimeBounds.load],
  },
  "pull-image": {
    call: applied({ ...base, kind: "pull-image", image: "busybox" }),
    bounds: [TimeBounds.pullSilence],
  },
  "remove-image": {
    call: applied({ ...base, kind: "remove-image", image: "busybox" }),
    bounds: [TimeBounds.remove],
  },
  "create-network": {
    call: applied({ ...base, kind: "create-network", name: "n", body }),
    bounds: [TimeBounds.create],
  },
  "remove-network": {
    call: applied({ ...base, kind: "remove-network", name: "n" }),
    bounds: [TimeBounds.change],
  },
  "connect-network": {
    call: applied({ ...base, kind: "connect-network", network: "n", target, body }),
    bounds: [TimeBounds.change],
  },
  "disconnect-network": {
    call: applied({ ...base, kind: "disconnect-network", network: "n", target }),
    bounds: [TimeBounds.change],
  },
  "create-volume": {
    call: applied({ ...base, kind: "create-volume", name: "v", body }),
    bounds: [TimeBounds.create],
  },
  "remove-volume": {
    call: applied({ ...base, kind: "remove-volume", name: "v" }),
    bounds: [TimeBounds.remove],
  },
  "create-container": {
    call: applied({ ...base, kind: "create-container", name: "web", body }),
    bounds: [TimeBounds.create],
  },
  "copy-files": {
    call: applied({
      ...base,
      kind: "copy-files",
      target,
      files: [{ path: "/a", bytes: new Uint8Array(1), uid: 0, gid: 0, mode: 0o444 }],
    }),
    bounds: [TimeBounds.archive],
  },
  "start-container": {
    call: applied({ ...base, kind: "start-container", target }),
    bounds: [TimeBounds.start],
  },
  "wait-container": {
    call: applied({ ...base, kind: "wait-container", target, condition: "running" }),
    bounds: [TimeBounds.streamStart],
  },
  "run-hook": {
    call: applied({ ...base, kind: "run-hook", hook: "pre_stop", target, body }),
    bounds: [TimeBounds.change],
  },
  "stop-container": {
    call: applied({ ...base, kind: "stop-container", target, graceSeconds: 30 }),
    // The stop itself, then the kill.
    bounds: [30_000 + TimeBounds.stopMargin, TimeBounds.change],
  },
  "stop-container without a grace": {
    call: applied({ ...base, kind: "stop-container", target }),
    // The stop, then the look at the container's own grace, then the kill.
    bounds: [TimeBounds.engineStopGrace + TimeBounds.stopMargin, TimeBounds.read, TimeBounds.change],
  },
  "stop-container with a signal": {
    call: applied({ ...base, kind: "stop-container", target, signal: "SIGHUP" }),
    bounds: [TimeBounds.change],
  },
  "kill-container": {
    call: applied({ ...base, kind: "kill-container", target, signal: "SIGKILL" }),
    bounds: [TimeBounds.change],
  },
  "remove-container": {
    call: applied({ ...base, kind: "remove-container", target, force: true, volumes: true }),
    bounds: [TimeBounds.remove],
  },
  "rename-container": {
    call: applied({ ...base, kind: "rename-container", target, to: "other" }),
    bounds: [TimeBounds.change],
  },
  "update-container": {
    call: applied({ ...base, kind: "update-container", target, body }),
    bounds: [TimeBounds.change],
  },
};

async function withEngine<T>(
  kind: "unix" | "tcp",
  behave: Behaviour,
  work: (engine: DockerEngine, clock: SteppedClock, requests: readonly string[]) => Promise<T>,
): Promise<T> {
  await using server = await fakeServer(kind, behave);
  const clock = new SteppedClock();
  const connection = new Connection(parseEngineAddress(server.host, "test"), {
    clock,
    apiVersion: facts.apiVersion,
    random: () => 0,
  });
  const engine = new DockerEngine(connection, facts, {});
  try {
    return await work(engine, clock, server.requests);
  } finally {
    engine.close();
    await clock.settle();
    assertEquals(clock.sleeping, 0, "a timer is left");
  }
}

for (const kind of ["unix", "tcp"] as const) {
  for (const [name, { call, bounds }] of Object.entries(calls)) {
    Deno.test(`${name} gives up on an engine that hangs, over ${kind}`, async () => {
      await withEngine(kind, () => "hang", async (engine, clock, requests) => {
        let outcome: unknown;
        const done = call(engine).then(() => outcome = "fulfilled", (error) => outcome = error);
        let seen = 0;
        for (const bound of bounds) {
          await waitUntil("the engine is asked", () => requests.length > seen);
          seen = requests.length;
          await clock.advance(bound - 1);
          assertEquals(outcome, undefined, `gave up before ${bound} ms`);
          await clock.advance(1);
        }
        await done;
        assertInstanceOf(outcome, EngineError);
        assertEquals([outcome.reason, outcome.exitCode], ["timed-out", ExitCode.temporary]);
      });
    });
  }

  Deno.test(`a container with a long grace is told to stop once, over ${kind}`, async () => {
    const body = JSON.stringify({
      Id: "0123",
      Name: "/web",
      State: { Status: "running" },
      Config: { StopTimeout: 60 },
    });
    const inspection =
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const behave = (request: string) => request.includes("/json") ? inspection : "hang";
    await withEngine(kind, behave, async (engine, clock, requests) => {
      const stopping = engine.apply({ ...base, kind: "stop-container", target }, {
        ids: new Map(),
        signal: never,
      });
      const asked = (what: string) => requests.filter((request) => request.includes(what)).length;
      const failed = assertRejects(() => stopping, EngineError);
      await waitUntil("the engine is told to stop it", () => asked("/stop") === 1);
      await clock.advance(TimeBounds.engineStopGrace + TimeBounds.stopMargin);
      await waitUntil("the engine is asked for the grace", () => asked("/json") === 1);
      await waitUntil("the grace is waited for", async () => {
        await clock.advance(1_000);
        return asked("/kill") === 1;
      });
      assertEquals([asked("/stop"), clock.elapsed() >= 60_000 + TimeBounds.stopMargin], [1, true]);
      await clock.advance(TimeBounds.change);
      await failed;
    });
  });

  Deno.test(`an answer that stops half-way is given up, over ${kind}`, async () => {
    const half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[";
    await withEngine(kind, () => half, async (engine, clock, requests) => {
      const listing = assertRejects(() => engine.listContainers(), EngineError, "did not answer within 30 s");
      await waitUntil("the engine is asked", () => requests.length === 1);
      await clock.advance(TimeBounds.read);
      await listing;
    });
  });

  Deno.test(`a ping of an engine that hangs is false, over ${kind}`, async () => {
    await withEngine(kind, () => "hang", async (engine, clock, requests) => {
      const pinging = engine.ping();
      await waitUntil("the engine is asked", () => requests.length === 1);
      await clock.advance(TimeBounds.ping);
      assertEquals(await pinging, false);
    });
  });

  Deno.test(`events end when the engine hangs, and when it hangs up, over ${kind}`, async () => {
    for (const behaviour of ["hang", "drop"] as const) {
      await withEngine(kind, () => behaviour, async (engine, clock, requests) => {
        const events = drained(engine.events({}, never));
        await waitUntil("the engine is asked", () => requests.length >= 1);
        let ended = false;
        events.then(() => ended = true);
        await waitUntil("the events end", async () => {
          await clock.advance(1_000);
          return ended;
        });
      });
    }
  });

  Deno.test(`every call can be aborted, over ${kind}`, async () => {
    await withEngine(kind, () => "hang", async (engine, _, requests) => {
      const abort = new AbortController();
      const context = { ids: new Map<string, string>(), signal: abort.signal };
      const outcomes = Promise.allSettled([
        engine.listContainers("shop", abort.signal),
        engine.inspect("0123", abort.signal),
        engine.ping(abort.signal),
        engine.execute("0123", { command: ["true"], tty: false, onOutput: () => {} }, abort.signal),
        engine.apply({ ...base, kind: "pull-image", image: "busybox" }, context),
        engine.apply({ ...base, kind: "start-container", target }, context),
        engine.apply({ ...base, kind: "wait-container", target, condition: "healthy" }, context),
      ]);
      await waitUntil("all have asked", () => requests.length === 7);
      const reason = new Error("no longer wanted");
      abort.abort(reason);
      for (const outcome of await outcomes) {
        assertEquals(outcome.status === "rejected" ? outcome.reason : outcome, reason);
      }
      await drained(engine.events({}, abort.signal));
      await drained(engine.logs("0123", { follow: true }, abort.signal));
    });
  });

  Deno.test(`closing the engine ends what is under way, over ${kind}`, async () => {
    await withEngine(kind, () => "hang", async (engine, _, requests) => {
      const listing = assertRejects(() => engine.listContainers(), EngineError, "was closed");
      await waitUntil("the engine is asked", () => requests.length === 1);
      engine.close();
      await listing;
      await assertRejects(() => engine.listContainers(), EngineError, "was closed");
    });
  });

  Deno.test(`a read is tried again when the connection breaks, a change is not, over ${kind}`, async () => {
    let drops = 2;
    const flaky = () => drops-- > 0 ? "drop" : httpAnswer(200, []);
    await withEngine(kind, flaky, async (engine, clock, requests) => {
      const listing = engine.listContainers();
      await waitUntil("the first try", () => requests.length === 1 && clock.sleeping === 1);
      await clock.advance(100);
      await waitUntil("the second try", () => requests.length === 2 && clock.sleeping === 1);
      await clock.advance(200);
      assertEquals(await listing, []);
    });
    await withEngine(kind, () => "drop", async (engine, _, requests) => {
      const start = applied({ ...base, kind: "start-container", target });
      const error = await assertRejects(() => start(engine), EngineError, "was lost");
      assertEquals([error.reason, error.exitCode], ["connection-lost", ExitCode.unavailable]);
      assertEquals(requests.length, 1);
    });
  });

  Deno.test(`an engine that answers with an error is quoted, over ${kind}`, async () => {
    const answer = httpAnswer(500, { message: "disk is\nfull\n" });
    await withEngine(kind, () => answer, async (engine, _, requests) => {
      const start = applied({ ...base, kind: "start-container", target });
      const error = await assertRejects(() => start(engine), EngineError);
      assertEquals(error.message, "Cannot start container web: the engine says: disk is; full");
      assertEquals([error.status, error.exitCode, requests.length], [500, ExitCode.failed, 1]);
    });
  });
}

Deno.test("nobody at the address: even a change is tried again, then the error says what to do", async () => {
  const clock = new SteppedClock();
  const directory = await Deno.makeTempDir();
  const connection = new Connection({ kind: "unix", path: `${directory}/none.sock` }, {
    clock,
    random: () => 0,
  });
  const engine = new DockerEngine(connection, facts, {});
  const start = applied({ ...base, kind: "start-container", target });
  const failing = assertRejects(() => start(engine), EngineError);
  for (const [index, pause] of [100, 200].entries()) {
    await waitUntil("a try has failed", async () => {
      await clock.settle();
      return engine.calls[index]?.milliseconds !== undefined && clock.sleeping === 1;
    });
    await clock.advance(pause);
  }
  const error = await failing;
  assertEquals([error.reason, error.exitCode], ["not-running", ExitCode.unavailable]);
  assertStringIncludes(error.message, "systemctl start docker");
  assertEquals(engine.calls.length, 3);
  engine.close();
  await Deno.remove(directory, { recursive: true });
});
