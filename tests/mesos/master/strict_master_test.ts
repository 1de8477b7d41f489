import type { Offer, SchedulerCall, SchedulerEvent } from "../../../src/mesos/wire/messages.ts";
import { decodeSchedulerEvent, encodeSchedulerCall } from "../../../src/mesos/wire/codec.ts";
import { type AgentConnection, connectAgent } from "../../../src/mesos/wire/http.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { StrictMaster } from "./strict_master.ts";
import { politeInfo } from "./test_framework.ts";

const script = new URL("../fixtures/scripted_executor.ts", import.meta.url).pathname;
const media = "application/x-protobuf";

/** A scheduler over the connections of mesolet, which acknowledges. */
class HttpFramework implements AsyncDisposable {
  readonly events: SchedulerEvent[] = [];
  id: string | undefined;
  readonly #connection: AgentConnection;
  #stream = "";
  readonly #end = new AbortController();
  #reading: Promise<void> = Promise.resolve();

  constructor(port: number) {
    this.#connection = connectAgent({
      endpoint: { kind: "tcp", hostname: "127.0.0.1", port, path: "/api/v1/scheduler", secure: false },
      media,
      clock: systemClock,
    });
  }

  /** Subscribes; while nobody answers, once more. */
  async subscribe(): Promise<void> {
    const id = this.id === undefined ? {} : { id: { value: this.id } };
    const body = encodeSchedulerCall({
      ...(this.id === undefined ? {} : { framework_id: { value: this.id } }),
      type: "SUBSCRIBE",
      subscribe: { framework_info: { ...politeInfo, ...id } },
    }, media);
    await waitUntil("a master takes the subscription", async () => {
      const answer = await this.#connection.subscribe(body, this.#end.signal).catch(() => undefined);
      if (answer?.status !== 200) return false;
      this.#stream = answer.headers.get("mesos-stream-id") ?? "";
      this.#reading = this.#read(answer.records).catch(() => {/* The master went. */});
      return true;
    });
    await waitUntil("the framework's id", () => this.id !== undefined);
  }

  async call(call: SchedulerCall): Promise<number> {
    const body = encodeSchedulerCall({ ...call, framework_id: { value: this.id ?? "" } }, media);
    const headers = { "Mesos-Stream-Id": this.#stream };
    return (await this.#connection.call(body, this.#end.signal, { headers })).status;
  }

  async offer(): Promise<Offer> {
    let found: Offer | undefined;
    await waitUntil("an offer", () => {
      const last = this.events.findLast((event) => event.type === "OFFERS");
      found = last?.type === "OFFERS" ? last.offers.offers?.at(-1) : undefined;
      return found !== undefined;
    });
    if (found === undefined) throw new Error("The offer is gone");
    return found;
  }

  async told(taskId: string, state: string): Promise<void> {
    await waitUntil(
      `${taskId} is ${state}`,
      () =>
        this.events.some((event) =>
          event.type === "UPDATE" && event.update.status.task_id.value === taskId &&
          event.update.status.state === state
        ),
    );
  }

  /** Launches a task with the scripted executor. */
  async launch(id: string): Promise<Offer> {
    const offer = await this.offer();
    const resources = [
      { name: "cpus", type: "SCALAR", scalar: { value: 0.1 } },
      { name: "mem", type: "SCALAR", scalar: { value: 32 } },
    ] as const;
    const words = [Deno.execPath(), "run", "-A", "--no-check", "--node-modules-dir=manual", script];
    await this.call({
      type: "ACCEPT",
      accept: {
        offer_ids: [offer.id],
        filters: { refuse_seconds: 3_600 },
        operations: [{
          type: "LAUNCH",
          launch: {
            task_infos: [{
              name: id,
              task_id: { value: id },
              agent_id: offer.agent_id,
              resources,
              executor: {
                type: "CUSTOM",
                executor_id: { value: `executor-${id}` },
                framework_id: { value: this.id ?? "" },
                command: { value: `echo out; echo err >&2; exec ${words.join(" ")}` },
                resources,
              },
            }],
          },
        }],
      },
    });
    return offer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#connection.close();
    await this.#reading;
  }

  async #read(records: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const record of records) this.#hear(decodeSchedulerEvent(record, media));
  }

  #hear(event: SchedulerEvent): void {
    this.events.push(event);
    if (event.type === "SUBSCRIBED") this.id = event.subscribed.framework_id.value;
    if (event.type !== "UPDATE") return;
    const { uuid, task_id, agent_id } = event.update.status;
    if (uuid === undefined || agent_id === undefined) return;
    this.call({ type: "ACKNOWLEDGE", acknowledge: { uuid, task_id, agent_id } }).catch(() => {
      // The master went: it sends the update once more.
    });
  }
}

Deno.test("strict master: a real executor on a strict agent, its files, its agent's and its master's restart", async () => {
  await using master = new StrictMaster();
  const agent = await master.addStrictAgent({ subscriptionBackoffMax: 100 });
  await using framework = new HttpFramework(master.port);
  await framework.subscribe();
  const offer = await framework.launch("t1");
  await framework.told("t1", "TASK_RUNNING");

  const { port } = offer.url?.address ?? {};
  const base = `http://127.0.0.1:${port}/slave(1)`;
  const state = await (await fetch(`${base}/state`)).json();
  const [shown] = state.frameworks[0].executors;
  assertEquals([shown.id, shown.tasks[0].id, shown.tasks[0].state], ["executor-t1", "t1", "TASK_RUNNING"]);
  const files = await (await fetch(`${base}/files/browse?path=${shown.directory}`)).json();
  assertEquals(files.map(({ path }: { path: string }) => path.split("/").at(-1)), ["stderr", "stdout"]);
  const read = async (query: string) =>
    await (await fetch(`${base}/files/read?path=${shown.directory}/${query}`)).json();
  assertEquals(await read("stdout&offset=0"), { data: "out\n", offset: 0 });
  assertEquals(await read("stdout&offset=1&length=2"), { data: "ut", offset: 1 });
  assertEquals(await read("stdout"), { data: "", offset: 4 });
  const elsewhere = await fetch(`${base}/files/read?path=/etc/passwd&offset=0`);
  assertEquals(`${elsewhere.status} ${await elsewhere.text()}`, "404 404 Not Found.");

  await agent.restart({ downFor: 100 });
  const [executor] = await agent.executors();
  assertEquals([executor?.executorId, executor?.taskIds], ["executor-t1", ["t1"]], "it survives its agent");

  await master.restart({ agentsAfter: 100 });
  await framework.subscribe();
  await waitUntil("the task is known again", async () => {
    await framework.call({ type: "RECONCILE", reconcile: { tasks: [{ task_id: { value: "t1" } }] } });
    return framework.events.some((event) =>
      event.type === "UPDATE" && event.update.status.reason === "REASON_RECONCILIATION" &&
      event.update.status.state === "TASK_RUNNING"
    );
  });
  const data = new TextEncoder().encode("say hello");
  await framework.call({
    type: "MESSAGE",
    message: { agent_id: offer.agent_id, executor_id: { value: "executor-t1" }, data },
  });
  await waitUntil("the executor's message", () => framework.events.some(({ type }) => type === "MESSAGE"));
  await framework.call({ type: "KILL", kill: { task_id: { value: "t1" }, agent_id: offer.agent_id } });
  await framework.told("t1", "TASK_KILLED");
  await waitUntil("the executor's end", () => framework.events.some(({ type }) => type === "FAILURE"));
  // It asks again and again until the agent is back, which a scheduler had better do with pauses.
  assertEquals(master.breaches.filter((breach) => !breach.startsWith("A storm of RECONCILE")), []);
  assertEquals(await agent.problems(), []);
  await framework.call({ type: "TEARDOWN" });
});

Deno.test("strict master: TEARDOWN ends real executors, and MARK_AGENT_GONE everything of an agent", async () => {
  await using master = new StrictMaster();
  const agent = await master.addStrictAgent({ shutdownGrace: 1_000 });
  await using framework = new HttpFramework(master.port);
  await framework.subscribe();
  await framework.launch("t1");
  await framework.told("t1", "TASK_RUNNING");
  master.host.drive((core) => core.markGone(agent.id));
  await framework.told("t1", "TASK_GONE_BY_OPERATOR");
  await waitUntil("the executor is gone", async () => (await agent.executors()).length === 0);
  await framework.call({ type: "TEARDOWN" });
});

Deno.test("strict master: an executor that is killed fails its task alone", async () => {
  await using master = new StrictMaster({ allocationInterval: 100 });
  const agent = await master.addStrictAgent();
  await using framework = new HttpFramework(master.port);
  await framework.subscribe();
  await framework.launch("t1");
  await framework.call({ type: "REVIVE" });
  await waitUntil("the rest is offered", async () => (await framework.offer()).executor_ids?.length === 1);
  await framework.launch("t2");
  await framework.told("t1", "TASK_RUNNING");
  await framework.told("t2", "TASK_RUNNING");
  assertEquals(await agent.killExecutor("executor-t1"), true);
  await framework.told("t1", "TASK_FAILED");
  assertEquals((await agent.executors()).map(({ executorId }) => executorId), ["executor-t2"]);
  assertEquals(master.breaches, []);
  await framework.call({ type: "TEARDOWN" });
});
