import { objectOf, textOf } from "../../../src/docker/json.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import type { BoardRecord } from "../../../src/status/pod_record.ts";
import { type RunningProgram, startProgram } from "../../cli/program.ts";
import type { StrictAgentHost } from "../../mesos/master/strict_agent_host.ts";
import { StrictMaster } from "../../mesos/master/strict_master.ts";
import { ask, bodyOf } from "../../status/raw_client.ts";
import type { TestEngine } from "../engine.ts";
import { RunningOperator } from "../running_operator.ts";
import { executorVariables, servedProgram } from "../served_program.ts";
import { type ChaosPod, dataVolumes, thirtyPods } from "./chaos_pods.ts";
import { InstanceWatch } from "./instance_watch.ts";

/** How long an agent may be silent before it is out of reach, in milliseconds. */
export const pingTimeout = 10_000;

const agents = 5;

/** How long executors of the first agent wait for it, in milliseconds; those of others for longer than it takes. */
const recoveryTimeout = 5_000;

type SceneParts = Pick<
  ChaosScene,
  "engine" | "master" | "follower" | "hosts" | "operator" | "watch" | "reaper"
>;

/** A cluster of one machine: two masters of which one leads, agents, an operator, and the reaper of the machine. */
export class ChaosScene implements AsyncDisposable {
  readonly engine: TestEngine;
  readonly master: StrictMaster;
  readonly follower: StrictMaster;
  readonly hosts: readonly StrictAgentHost[];
  readonly operator: RunningOperator;
  readonly watch: InstanceWatch;
  readonly reaper: RunningProgram;
  readonly pods: readonly ChaosPod[] = thirtyPods();
  /** What was done, for somebody who has to find out why. */
  readonly story: string[] = [];
  /** What all operators but the last one logged. */
  logged = "";
  /** What should never have happened. */
  readonly wrongs: string[] = [];
  readonly #stack: AsyncDisposableStack;
  readonly #began = systemClock.elapsed();
  readonly #said = new Map<string, string>();
  readonly #flags: readonly string[];
  readonly #address: string;
  #awaitsEnd = false;

  private constructor(stack: AsyncDisposableStack, parts: SceneParts, programUri: string) {
    const { engine, master, follower, hosts, operator, watch, reaper } = parts;
    this.#stack = stack;
    this.engine = engine;
    this.master = master;
    this.follower = follower;
    this.hosts = hosts;
    this.operator = operator;
    this.watch = watch;
    this.reaper = reaper;
    Deno.mkdirSync(`${operator.directory}/.state`);
    this.#address = `unix:${operator.directory}/.state/status.sock`;
    this.#flags = [
      ["--target", "mesos", "--master", `${master.endpoint},${follower.endpoint}`],
      ["--executor-uri", programUri, "--state", `${operator.directory}/.state/framework.db`],
      ["--listen", this.#address, "--stop-pods"],
    ].flat();
  }

  /** @param engine one that nobody else uses */
  static async start(engine: TestEngine): Promise<ChaosScene> {
    await using stack = new AsyncDisposableStack();
    const { host } = engine;
    const program = stack.use(servedProgram());
    const times = { allocationInterval: 200, agentPingTimeout: pingTimeout, agentReregisterTimeout: 60_000 };
    const follower = stack.use(new StrictMaster());
    const master = stack.use(new StrictMaster(times));
    follower.follow(master.endpoint);
    const hosts = [];
    for (let count = 0; count < agents; count++) {
      hosts.push(
        await master.addStrictAgent({
          environment: executorVariables(host),
          // A busy machine may take a while to start programs, and to let them come back.
          reregistrationTimeout: 5_000,
          registrationTimeout: 120_000,
          // Executors of one agent wait for it less long than it may be away.
          ...(count === 0 ? { recoveryTimeout } : {}),
        }),
      );
    }
    const operator = stack.use(new RunningOperator({ host }));
    const words = ["reap", "--watch", "--interval", "1", "--timeout", "2"];
    const reaper = stack.use(startProgram(words, { host }));
    const watch = stack.use(new InstanceWatch(engine));
    const parts = { engine, master, follower, hosts, operator, watch, reaper };
    return new ChaosScene(stack.move(), parts, program.uri);
  }

  /** Notes what is done. */
  tell(what: string): void {
    this.story.push(`${((systemClock.elapsed() - this.#began) / 1_000).toFixed(1)} s: ${what}`);
    if (Deno.env.get("MESOLET_CHAOS_STORY") === "1") {
      Deno.stderr.writeSync(new TextEncoder().encode(`${this.story.at(-1)}\n`));
    }
  }

  /** Pods that have a spec now, with what it says. */
  get wanted(): ReadonlyMap<string, string> {
    return this.#said;
  }

  put(pod: ChaosPod, said: string): void {
    this.operator.put(`${pod.name}.yaml`, pod.text(said));
    this.#said.set(pod.name, said);
  }

  take(pod: ChaosPod): void {
    this.operator.take(`${pod.name}.yaml`);
    this.#said.delete(pod.name);
  }

  startOperator(): void {
    this.#awaitsEnd = false;
    const program = this.operator.start(this.#flags);
    program.ended().then(({ code, out, error }) => {
      if (this.operator.program !== program || this.#awaitsEnd) return;
      this.wrongs.push(`the operator ended by itself with ${code}: ${out.slice(-2_000)}${error}`);
    });
  }

  async killOperator(): Promise<void> {
    this.#awaitsEnd = true;
    this.operator.program.signal("SIGKILL");
    const { out, error } = await this.operator.program.ended();
    this.logged += out + error;
  }

  /** Ends it as somebody does who wants its pods to go with it. @returns its exit code */
  async stopOperator(): Promise<number> {
    this.#awaitsEnd = true;
    return await this.operator.end();
  }

  async board(): Promise<BoardRecord> {
    return JSON.parse(bodyOf(await ask(this.#address, "GET /v1/pods")));
  }

  /** How often the job has run to its end. */
  async ran(): Promise<number> {
    const { body } = await this.engine.connection.request({
      method: "GET",
      path: `/volumes/${dataVolumes.job}`,
      call: "look for the data of the job",
      bound: 30_000,
      accept: [404],
    });
    const text = await Deno.readTextFile(`${textOf(objectOf(body).Mountpoint)}/ran`).catch(() => "");
    return text.split("\n").length - 1;
  }

  /** The leader dies, and the other one leads, at its address; the one that died comes back to follow it. */
  async failOver(): Promise<void> {
    const [from, to] = [this.master.port, this.follower.port];
    await Promise.all([this.master.stop(to), this.follower.stop(from)]);
    await systemClock.sleep(100);
    await this.master.start();
    // Were it to lead for a moment, nothing would be known to it.
    await this.follower.start({ leader: this.master.endpoint });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
