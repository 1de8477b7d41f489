import { Connection } from "../../src/docker/connection.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { loadImages } from "../../src/docker/load_images.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { fakeServer } from "../support/fake_server.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

const never = new AbortController().signal;

/** A server that takes a whole archive and answers with these lines. */
async function loadingServer(kind: "unix" | "tcp", lines: readonly object[]) {
  const directory = await Deno.makeTempDir();
  const received = { bytes: 0, target: "" };
  const handler = async (request: Request) => {
    received.target = request.url.replace(/^.*?(?=\/images)/, "");
    for await (const piece of request.body ?? []) received.bytes += piece.length;
    return new Response(lines.map((line) => JSON.stringify(line)).join("\r\n"));
  };
  const server = kind === "unix"
    ? Deno.serve({ path: `${directory}/engine.sock`, onListen: () => {} }, handler)
    : Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const host = server.addr.transport === "tcp"
    ? `tcp://127.0.0.1:${server.addr.port}`
    : `unix://${directory}/engine.sock`;
  return {
    received,
    connection: new Connection(parseEngineAddress(host, "test"), { clock: systemClock }),
    async [Symbol.asyncDispose]() {
      this.connection.close();
      await server.shutdown();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Pieces that are made when they are asked for. */
function pieces(count: number, size: number, atEnd?: () => never): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(size));
      else if (atEnd === undefined) controller.close();
      else atEnd();
    },
  }, { highWaterMark: 0 });
}

for (const kind of ["unix", "tcp"] as const) {
  Deno.test(`an archive is sent piece by piece over ${kind}, and what was loaded is told`, async () => {
    await using server = await loadingServer(kind, [
      { status: "Loading layer", progressDetail: { current: 1, total: 2 }, id: "abc" },
      { stream: "Loaded image: busybox:latest\n" },
      { stream: `Loaded image ID: sha256:${"a".repeat(64)}\n` },
      { stream: "Loaded image(s): localhost/one:1,localhost/two:2\n" },
    ]);
    assertEquals(await loadImages(server.connection, "images/x.tar", pieces(300, 100_000), never), [
      "busybox:latest",
      `sha256:${"a".repeat(64)}`,
      "localhost/one:1",
      "localhost/two:2",
    ]);
    assertEquals(server.received, { bytes: 30_000_000, target: "/images/load?quiet=false" });
  });

  Deno.test(`what the engine says against an archive over ${kind} is the error`, async () => {
    await using server = await loadingServer(kind, [{ error: "no space left on device" }]);
    const error = await assertRejects(
      () => loadImages(server.connection, "images/x.tar", pieces(1, 10), never),
      EngineError,
    );
    assertEquals(error.message, "Cannot load images/x.tar: the engine says: no space left on device");
  });

  Deno.test(`a file that cannot be read to its end is the error over ${kind}`, async () => {
    await using server = await loadingServer(kind, []);
    const failing = pieces(3, 100_000, () => {
      throw new Error("the disk is broken");
    });
    await assertRejects(
      () => loadImages(server.connection, "images/x.tar", failing, never),
      Error,
      "the disk is broken",
    );
  });

  Deno.test(`an engine that goes away over ${kind} is an error`, async () => {
    await using server = await fakeServer(kind, () => "drop");
    const connection = new Connection(parseEngineAddress(server.host, "test"), { clock: systemClock });
    await assertRejects(
      () => loadImages(connection, "images/x.tar", pieces(1_000, 100_000), never),
      EngineError,
      "Cannot load images/x.tar: the connection to the engine",
    );
    connection.close();
  });

  Deno.test(`an engine over ${kind} that does not get on is given up`, async () => {
    await using server = await fakeServer(kind, () => "hang");
    const clock = new SteppedClock();
    const connection = new Connection(parseEngineAddress(server.host, "test"), { clock });
    const loading = loadImages(connection, "images/x.tar", pieces(1, 10), never);
    const failed = assertRejects(
      () => loading,
      EngineError,
      "Cannot load images/x.tar: no progress for 600 s",
    );
    let isOver = false;
    failed.finally(() => isOver = true);
    // As often as it takes: a piece that is sent starts the bound anew.
    await waitUntil("it is given up", async () => {
      if (server.requests.length === 1) await clock.advance(TimeBounds.loadSilence);
      return isOver;
    });
    await failed;
    connection.close();
  });
}
