import { watchUntil } from "../../src/docker/wait_step.ts";
import { Connection } from "../../src/docker/connection.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import { assertEquals } from "../support/assert.ts";
import { fakeServer, httpAnswer } from "../support/fake_server.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

Deno.test("a container whose events have dried up is looked at again", async () => {
  let looks = 0;
  const silent = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  await using server = await fakeServer("unix", (request) => {
    if (request.includes("/events")) return silent;
    return httpAnswer(200, { Id: "0123", State: { Status: ++looks < 3 ? "running" : "exited" } });
  });
  const clock = new SteppedClock();
  const connection = new Connection(parseEngineAddress(server.host, "test"), { clock });
  let done = false;
  const watching = watchUntil(
    connection,
    "0123",
    (seen) => seen?.state === "exited",
    new AbortController().signal,
  ).then(() => done = true);
  await waitUntil("the end is seen", async () => {
    await clock.advance(5_000);
    return done;
  });
  await watching;
  assertEquals(looks, 3);
  connection.close();
});
