import { assert, assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import { AgentService } from "./agent_service.ts";
import { RawClient } from "./raw_client.ts";

const ids = { executor_id: { value: "e1" }, framework_id: { value: "F" } };
const task = { name: "t1", task_id: { value: "t1" }, agent_id: { value: "A" } };

/** An agent that has an executor to wait for, without a process. */
async function withService(
  work: (service: AgentService, connect: () => Promise<RawClient>, clock: SteppedClock) => Promise<void>,
) {
  const clock = new SteppedClock();
  const service = new AgentService({
    core: {
      agent: { hostname: "localhost" },
      agentId: "A",
      ip: "127.0.0.1",
      framework: { user: "root", name: "f", checkpoint: true },
      frameworkId: "F",
      launcher: "posix",
      registrationTimeout: 60_000,
      reregistrationTimeout: 2_000,
      shutdownGrace: 5_000,
      randomUuid: () => crypto.getRandomValues(new Uint8Array(16)),
      newContainerId: () => "c1",
    },
    listening: { hostname: "127.0.0.1", port: 0 },
    clock,
    act: () => {},
  });
  const clients: RawClient[] = [];
  service.listen();
  service.drive((core) => core.launch({ executor_id: { value: "e1" } }, [task], false));
  try {
    await work(service, async () => {
      const client = new RawClient(await Deno.connect({ hostname: "127.0.0.1", port: service.port }));
      clients.push(client);
      return client;
    }, clock);
  } finally {
    for (const client of clients) await client.close();
    await service.end();
  }
}

function post(call: unknown, contentType = "application/json"): Uint8Array {
  const body = JSON.stringify(call);
  return new TextEncoder().encode(
    `POST /api/v1/executor HTTP/1.1\r\nContent-Type: ${contentType}\r\nAccept: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

async function ask(client: RawClient, request: Uint8Array): Promise<number | undefined> {
  const before = client.answers.length;
  await client.send(request);
  await waitUntil("an answer", () => client.answers.length > before);
  return client.answers.at(-1)?.status;
}

Deno.test("conduct: a call behind the stream is never answered and noted", async () => {
  await withService(async (service, connect) => {
    const client = await connect();
    assertEquals(await ask(client, post({ ...ids, type: "SUBSCRIBE", subscribe: {} })), 200);
    await client.send(post({ ...ids, type: "HEARTBEAT" }));
    await waitUntil("it is noted", () => service.conduct.problems.length > 0);
    assertEquals(service.conduct.problems, [
      "a call on the connection of the event stream: it is never answered",
    ]);
    assertEquals(client.answers.length, 1);
  });
});

Deno.test("conduct: a Content-Type that is not exact, heartbeats that hurry, and polling", async () => {
  await withService(async (service, connect, clock) => {
    const client = await connect();
    assertEquals(
      await ask(client, post({ ...ids, type: "HEARTBEAT" }, "application/json;charset=utf-8")),
      415,
    );
    assertEquals(await ask(client, post({ ...ids, type: "HEARTBEAT" })), 202);
    await clock.advance(1_800_000);
    assertEquals(await ask(client, post({ ...ids, type: "HEARTBEAT" })), 202);
    assertEquals(service.conduct.problems.length, 1);
    assertEquals(await ask(client, post({ ...ids, type: "HEARTBEAT" })), 202);
    const status = {
      task_id: { value: "t1" },
      state: "TASK_RUNNING",
      source: "SOURCE_EXECUTOR",
      uuid: "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    for (let time = 0; time < 9; time++) {
      // The executor never registered and is gone; what is sent for it is taken and leads nowhere.
      assertEquals(await ask(client, post({ ...ids, type: "UPDATE", update: { status } })), 202);
    }
    const [contentType, hurry, ...others] = service.conduct.problems;
    assert(contentType?.startsWith("refused with 415"));
    assertEquals(hurry, "two heartbeats within a minute");
    assertEquals(others.filter((problem) => problem.startsWith("polling: 9 times")).length, 1);
  });
});

Deno.test("conduct: a call before the answer to the one before", async () => {
  await withService(async (service, connect) => {
    service.hanging = true;
    const [first, second] = [await connect(), await connect()];
    await first.send(post({ ...ids, type: "HEARTBEAT" }));
    await waitUntil("the first is there", () => service.waiting === 1);
    await second.send(post({ ...ids, type: "HEARTBEAT" }));
    await waitUntil("the second is there", () => service.waiting === 2);
    assertEquals(service.conduct.problems, [
      "a call before the answer to the one before, on another connection",
    ]);
    service.hanging = false;
    await waitUntil("both are answered", () => first.answers.length + second.answers.length === 2);
  });
});

Deno.test("conduct: several executors of a framework do not wait for each other", async () => {
  await withService(async (service, connect) => {
    const others = ["e2", "e3"].map((value) => ({ ...ids, executor_id: { value } }));
    for (const { executor_id } of others) {
      const own = { ...task, task_id: executor_id };
      service.drive((core) => core.launch({ executor_id }, [own], false));
    }
    service.hanging = true;
    const clients = [await connect(), await connect(), await connect()];
    for (const [index, who] of [ids, ...others].entries()) {
      await clients[index]?.send(post({ ...who, type: "HEARTBEAT" }));
      await waitUntil("it is there", () => service.waiting === index + 1);
    }
    service.hanging = false;
    await waitUntil("all are answered", () => clients.every(({ answers }) => answers.length === 1));
    assertEquals(service.conduct.problems, []);
  });
});

Deno.test("while an agent reads its checkpoints it lists no containers, and its API v1 refuses to", async () => {
  await withService(async (service, connect) => {
    const client = await connect();
    const older = new TextEncoder().encode("GET /containers HTTP/1.1\r\n\r\n");
    const body = '{"type":"GET_CONTAINERS"}';
    const newer = new TextEncoder().encode(
      `POST /api/v1 HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const listed = async (request: Uint8Array) => {
      const status = await ask(client, request);
      return [status, client.answers.at(-1)?.text.includes("c1")];
    };
    assertEquals([await listed(older), await listed(newer)], [[200, true], [200, true]]);
    service.readiness = "reading";
    assertEquals([await listed(older), await listed(newer)], [[200, false], [503, false]]);
    assertEquals(service.conduct.problems, []);
  });
});
