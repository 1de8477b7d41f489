/** A wish as a task on a cluster: strict master, strict agent, the program as its executor, a real engine. */

import { factsOf } from "../../src/mesos/framework/placement/agent_facts.ts";
import { AvailableResources } from "../../src/mesos/framework/placement/available_resources.ts";
import { taskBuilder } from "../../src/mesos/framework/task/task_of_wish.ts";
import type { PodWish } from "../../src/mesos/framework/wish/pod_wish.ts";
import type { MediaType } from "../../src/mesos/wire/codec.ts";
import type { Offer, TaskInfo, TaskState, TaskStatus } from "../../src/mesos/wire/messages.ts";
import { MesosLabel } from "../../src/pod/labels.ts";
import { HeardSession } from "../mesos/framework/session/session_samples.ts";
import { wishOf } from "../mesos/framework/wish/wishing.ts";
import { machine } from "../mesos/master/simulated_agents.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { executorVariables, servedProgram } from "../support/served_program.ts";
import { waitUntil } from "../support/wait.ts";

const text = `
services:
  web:
    image: busybox
    command: [sh, -c, "cp /run/secrets/key /www/key; exec httpd -f -p 8080 -h /www"]
    configs: [{source: page, target: /www/index.html}]
    secrets: [key]
    ports: [{name: http, target: 8080}]
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"], interval: 1s, retries: 20}
    stop_signal: SIGKILL
  idle: {image: busybox, command: [sleep, "1000000"], stop_signal: SIGKILL}
configs: {page: {file: ./page.html}}
secrets: {key: {file: ./key}}
x-pod: {essential: [web], resources: {cpus: 1, memory: 64m}, replicas: 1}
`;

/** A framework that launches one wish with the first offer. */
class OneWish implements AsyncDisposable {
  readonly statuses: TaskStatus[] = [];
  task: TaskInfo | undefined;
  readonly heard: HeardSession;
  readonly #wish: PodWish;
  readonly #uri: string;

  constructor(master: string, media: MediaType, wish: PodWish, uri: string) {
    this.#wish = wish;
    this.#uri = uri;
    this.heard = new HeardSession(master, { media, info: { roles: ["mesolet"] } });
    this.heard.onNotice = (notice) => {
      // A session asks for no offers by itself.
      if (notice.kind === "subscribed") this.heard.session.send({ ...this.#caller, type: "REVIVE" });
      if (notice.kind !== "event") return;
      const { event } = notice;
      if (event.type === "OFFERS") { for (const offer of event.offers.offers ?? []) this.#launch(offer); }
      if (event.type === "UPDATE") this.#hear(event.update.status);
    };
  }

  async state(state: TaskState, more: (status: TaskStatus) => boolean = () => true): Promise<TaskStatus> {
    const isIt = (status: TaskStatus) => status.state === state && more(status);
    await waitUntil(
      `${state}: ${JSON.stringify(this.statuses.map(({ state, message }) => [state, message]))}`,
      () => this.statuses.some(isIt),
      60_000,
    );
    const found = this.statuses.find(isIt);
    assert(found !== undefined);
    return found;
  }

  kill(): void {
    const task_id = this.task?.task_id ?? { value: "" };
    this.heard.session.send({ ...this.#caller, type: "KILL", kill: { task_id } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.heard[Symbol.asyncDispose]();
  }

  get #caller() {
    return { framework_id: { value: this.heard.id ?? "" } };
  }

  #launch(offer: Offer): void {
    if (this.task !== undefined) return;
    const taken = new AvailableResources(offer.resources ?? []).take(this.#wish.needs);
    if (taken === undefined) throw new Error("The agent of the test is too small");
    const id = `${this.#wish.name}.0.${this.#wish.version}.1`;
    this.task = taskBuilder({ program: { kind: "uri", uri: this.#uri } })(this.#wish, {
      id,
      frameworkId: this.heard.id ?? "",
      executorId: id,
      slot: 0,
      agent: factsOf(offer),
      role: "mesolet",
      taken,
    });
    this.heard.session.send({
      ...this.#caller,
      type: "ACCEPT",
      accept: {
        offer_ids: [offer.id],
        operations: [{ type: "LAUNCH", launch: { task_infos: [this.task] } }],
        filters: { refuse_seconds: 3_600 },
      },
    });
  }

  #hear(status: TaskStatus): void {
    this.statuses.push(status);
    const { uuid, task_id, agent_id } = status;
    if (uuid === undefined || agent_id === undefined) return;
    this.heard.session.send({
      ...this.#caller,
      type: "ACKNOWLEDGE",
      acknowledge: { uuid, task_id, agent_id },
    });
  }
}

for (const media of ["application/json", "application/x-protobuf"] as const) {
  Deno.test(`engine: a wish runs as a task on a strict cluster, and ends: ${media}`, async () => {
    await using engine = await testEngine();
    await using program = servedProgram();
    await using master = new StrictMaster();
    const environment = executorVariables(engine.host);
    const reservations = [{ type: "STATIC", role: "mesolet" }] as const;
    const agent = await master.addStrictAgent({
      environment,
      description: {
        resources: [...machine(), { name: "cpus", type: "SCALAR", scalar: { value: 1 }, reservations }],
      },
    });
    const name = engine.podName();
    const wish = await wishOf({
      text: `name: ${name}\n${text}`,
      files: { "page.html": "<p>it costs $5</p>", key: "the key" },
    });
    await using framework = new OneWish(master.endpoint, media, wish, program.uri);
    const running = await framework.state("TASK_RUNNING");
    // The executor tells of health as the wish says that it does.
    assertEquals([wish.hasHealth, running.healthy], [true, true]);
    const number = framework.task?.discovery?.ports?.ports?.[0]?.number;
    const get = async (path: string) => await (await fetch(`http://127.0.0.1:${number}/${path}`)).text();
    assertEquals([await get(""), await get("key")], ["<p>it costs $5</p>", "the key"]);
    framework.kill();
    await framework.state("TASK_KILLED");
    await waitUntil(
      "the executor ends",
      () =>
        framework.heard.notices.some((notice) => notice.kind === "event" && notice.event.type === "FAILURE"),
    );
    assertEquals(framework.statuses.filter(({ state }) => state === "TASK_ERROR"), []);
    assertEquals(master.breaches, []);
    assertEquals(await agent.problems(), []);
    const left = await engine.engine.listParts(MesosLabel.executor);
    assertEquals(left.filter(({ labels }) => labels[MesosLabel.framework] === framework.heard.id), []);
  });
}
