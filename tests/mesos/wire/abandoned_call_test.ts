import { connectAgent } from "../../../src/mesos/wire/http.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { plainAnswer, rawServer } from "./raw_server.ts";

const call = new TextEncoder().encode("{}");

for (const why of ["aborted", "late", "closed"] as const) {
  Deno.test(`a call on a connection that served one before is ${why}: it is not sent once more behind our back`, async () => {
    let answering = true;
    await using server = rawServer({ kind: "tcp" }, async (request) => {
      if (answering) await request.write(plainAnswer(202));
    });
    const agent = connectAgent({
      endpoint: { kind: "tcp", secure: false, hostname: "127.0.0.1", port: server.port, path: "/" },
      media: "application/json",
      clock: systemClock,
      bounds: { answer: why === "late" ? 200 : 10_000 },
    });
    const abort = new AbortController();
    await agent.call(call, abort.signal);
    answering = false;
    const failing = assertRejects(() => agent.call(call, abort.signal));
    await waitUntil("the second call has arrived", () => server.requests.length === 2);
    if (why === "aborted") abort.abort(new Error("enough"));
    if (why === "closed") agent.close();
    await failing;
    if (why !== "closed") {
      // Whatever was sent behind our back would be before this one.
      answering = true;
      await agent.call(call, new AbortController().signal);
      assertEquals(server.requests.length, 3);
    }
    await waitUntil(
      "no connection of a call that nobody waits for",
      () => server.open <= (why === "closed" ? 0 : 1),
    );
    agent.close();
    assertEquals(server.requests.length, why === "closed" ? 2 : 3);
  });
}
