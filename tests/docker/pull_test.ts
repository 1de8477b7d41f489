import { Connection } from "../../src/docker/connection.ts";
import type { PullProgress } from "../../src/docker/engine.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { PullProgressReader } from "../../src/docker/pull_progress.ts";
import { Puller } from "../../src/docker/pull.ts";
import { Seats } from "../../src/docker/seats.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { type Behaviour, fakeServer, httpAnswer } from "../support/fake_server.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

const never = new AbortController().signal;

Deno.test("progress is added up over layers", () => {
  const reader = new PullProgressReader();
  const lines: readonly [unknown, Partial<PullProgress>][] = [
    [{ status: "Pulling from library/busybox", id: "latest" }, { layersTotal: 0 }],
    [{ status: "Pulling fs layer", id: "a", progressDetail: {} }, { layersTotal: 1, layersDone: 0 }],
    [{ status: "Already exists", id: "b" }, { layersTotal: 2, layersDone: 1 }],
    [{ status: "Downloading", id: "a", progressDetail: { current: 3, total: 10 } }, {
      bytesDone: 3,
      bytesTotal: 10,
    }],
    [{ status: "Download complete", id: "a" }, { bytesDone: 10, bytesTotal: 10 }],
    [{ status: "Extracting", id: "a", progressDetail: { current: 1, total: 10 } }, {
      bytesDone: 10,
      layersDone: 1,
    }],
    [{ status: "Pull complete", id: "a" }, { layersDone: 2, layersTotal: 2, text: "a: Pull complete" }],
    [{ status: "Digest: sha256:1" }, { text: "Digest: sha256:1", layersTotal: 2 }],
  ];
  for (const [line, expected] of lines) {
    assertEquals(reader.read(line), undefined);
    assertEquals({ ...reader.progress(), ...expected }, reader.progress(), JSON.stringify(line));
  }
  assertEquals(reader.read({ errorDetail: { message: "no space" }, error: "no space" }), "no space");
  assertEquals(reader.read({ error: "old" }), "old");
});

async function withPuller<T>(
  behave: Behaviour,
  work: (puller: Puller, clock: SteppedClock, requests: readonly string[]) => Promise<T>,
): Promise<T> {
  await using server = await fakeServer("unix", behave);
  const clock = new SteppedClock();
  const connection = new Connection(parseEngineAddress(server.host, "test"), { clock, random: () => 0 });
  try {
    return await work(new Puller(connection, {}, { random: () => 0 }), clock, server.requests);
  } finally {
    connection.close();
    await clock.settle();
    assertEquals(clock.sleeping, 0, "a timer is left");
  }
}

const failing = (said: string) =>
  httpAnswer(200, JSON.stringify({ errorDetail: { message: said }, error: said }) + "\n");

Deno.test("failures are told apart by what the engine says", async () => {
  const table: readonly [string, string, number, number][] = [
    [
      httpAnswer(404, { message: "manifest for x:latest not found: manifest unknown" }),
      "there is no",
      1,
      ExitCode.unavailable,
    ],
    [
      httpAnswer(404, {
        message: "pull access denied for x, repository does not exist or may require 'docker login'",
      }),
      "docker login docker.io",
      1,
      ExitCode.permission,
    ],
    [failing("unauthorized: authentication required"), "docker login", 1, ExitCode.permission],
    [
      failing("no matching manifest for linux/amd64 in the manifest list entries"),
      "there is no",
      1,
      ExitCode.unavailable,
    ],
    [failing("no space left on device"), "no space left", 1, ExitCode.failed],
    [failing("dial tcp: lookup registry: no such host"), "is not reached", 3, ExitCode.temporary],
    [
      httpAnswer(500, { message: "Get https://registry/v2/: net/http: TLS handshake timeout" }),
      "is not reached",
      3,
      ExitCode.temporary,
    ],
    [
      httpAnswer(500, { message: "toomanyrequests: You have reached your pull rate limit" }),
      "is not reached",
      3,
      ExitCode.temporary,
    ],
  ];
  for (const [answer, why, tries, exitCode] of table) {
    await withPuller(() => answer, async (puller, clock, requests) => {
      const failure = assertRejects(() => puller.pull("x", undefined, never), EngineError, why);
      for (let next = 2; next <= tries; next++) {
        await waitUntil("a try has failed", async () => {
          await clock.settle();
          return requests.length === next - 1 && clock.sleeping === 1;
        });
        await clock.advance(1_000 * 2 ** (next - 2));
      }
      assertEquals([(await failure).exitCode, requests.length], [exitCode, tries], why);
    });
  }
});

Deno.test("the request names the image in full", async () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const table: readonly [string, string | undefined, string][] = [
    ["busybox", undefined, "fromImage=docker.io%2Flibrary%2Fbusybox&tag=latest"],
    ["user/app:1", "linux/arm64", "fromImage=docker.io%2Fuser%2Fapp&tag=1&platform=linux%2Farm64"],
    [`host:5000/app:1@${digest}`, undefined, `fromImage=host%3A5000%2Fapp&tag=${encodeURIComponent(digest)}`],
  ];
  for (const [image, platform, query] of table) {
    await withPuller(() => httpAnswer(200, ""), async (puller, _, requests) => {
      await puller.pull(image, platform, never);
      assertEquals(requests, [`POST /images/create?${query}`]);
    });
  }
});

Deno.test("a pull that makes no progress any more is given up", async () => {
  const begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + '10\r\n{"status":"one"}\r\n';
  await withPuller(() => begun, async (puller, clock, requests) => {
    const told: string[] = [];
    const failure = assertRejects(
      () => puller.pull("x", undefined, never, ({ text }) => told.push(text)),
      EngineError,
    );
    await waitUntil("the pull has begun", () => requests.length === 1 && clock.sleeping === 1);
    let given = false;
    failure.then(() => given = true);
    await waitUntil("it is given up", async () => {
      await clock.advance(TimeBounds.pullSilence);
      return given;
    });
    assertEquals((await failure).exitCode, ExitCode.temporary);
  });
});

Deno.test("only so many pieces of work run at once, in the order they came", async () => {
  const seats = new Seats(2);
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const works = gates.map((gate, index) =>
    seats.hold(never, async () => {
      begun.push(index);
      await gate.promise;
    })
  );
  const abort = new AbortController();
  const aborted = assertRejects(() => seats.hold(abort.signal, () => Promise.resolve()), Error, "enough");
  assertEquals(begun, [0, 1]);
  abort.abort(new Error("enough"));
  await aborted;
  gates[1]?.resolve();
  await works[1];
  await Promise.resolve();
  assertEquals(begun, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(works);
  assertEquals(begun, [0, 1, 2, 3, 4]);
  await assertRejects(() => seats.hold(never, () => Promise.reject(new Error("failed"))), Error, "failed");
  assertEquals(await seats.hold(never, () => Promise.resolve(1)), 1);
});
