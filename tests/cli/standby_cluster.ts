import { readTaskId } from "../../src/mesos/framework/cluster/task_id.ts";
import { StrictMaster } from "../mesos/master/strict_master.ts";
import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { type RunningProgram, startProgram } from "./program.ts";

/** A cluster with simulated executors, a directory with three pods, and operators of it as processes. */
export class StandbyCluster implements AsyncDisposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "mesolet-standby-" });
  readonly master = new StrictMaster({ allocationInterval: 50, agentPingTimeout: 300 });
  readonly #programs: RunningProgram[] = [];

  constructor() {
    for (const hostname of ["one", "two"]) this.master.addAgent({ hostname });
    Deno.mkdirSync(`${this.directory}/pods`);
    for (const name of ["web", "db", "job"]) this.put(name, "one");
  }

  put(name: string, said: string): void {
    Deno.writeTextFileSync(
      `${this.directory}/pods/${name}.yaml`,
      `services: {main: {image: busybox, environment: {SAID: ${said}}}}\nx-pod: {resources: {cpus: 0.1, memory: 32m}}\n`,
    );
  }

  operator(...flags: readonly string[]): RunningProgram {
    const listen = flags.includes("--listen") ? [] : ["--listen", "none"];
    const program = startProgram([
      ["operator", `${this.directory}/pods`, ...listen, "--target", "mesos"],
      ["--master", this.master.endpoint, "--executor-file", "/opt/mesolet", ...flags],
    ].flat());
    this.#programs.push(program);
    return program;
  }

  /** A state of its own for an operator that stands for a host of its own. */
  state(host: string): readonly string[] {
    return ["--state", `${this.directory}/${host}/framework.db`];
  }

  /** Ids of tasks that run or are about to, in order. */
  get tasks(): readonly string[] {
    return [...this.master.host.core.state.frameworks.values()]
      .flatMap(({ tasks }) => [...tasks.values()])
      .filter(({ state }) => /RUNNING|STARTING|STAGING/.test(state))
      .map(({ id }) => id).sort();
  }

  async allRun(): Promise<readonly string[]> {
    await waitUntil("each pod runs once", () => {
      const { tasks } = this;
      assertEquals(tasks.map((id) => readTaskId(id)?.pod), ["db", "job", "web"]);
      return [...this.master.host.core.state.frameworks.values()]
        .every(({ tasks }) => [...tasks.values()].every(({ state }) => state !== "TASK_STAGING"));
    }, 30_000);
    return this.tasks;
  }

  /** Waits until each pod runs once, with what {@linkcode StandbyCluster.put} was last told. */
  async allRunAs(said: string): Promise<void> {
    await waitUntil(`all say ${said}`, async () => {
      const running = new Set(this.tasks);
      const found = [...this.master.host.core.state.frameworks.values()]
        .flatMap(({ tasks }) => [...tasks.values()])
        .filter(({ id }) => running.has(id))
        .map(async ({ id, info }) => {
          const spec = await unpacked(info.data ?? new Uint8Array());
          return `${readTaskId(id)?.pod} ${/SAID"?: ?"?(\w+)/.exec(spec)?.[1]}`;
        });
      assertEquals((await Promise.all(found)).sort(), ["db", "job", "web"].map((name) => `${name} ${said}`));
      return true;
    }, 60_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await this.master[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** The spec that travels in a task. */
async function unpacked(data: Uint8Array): Promise<string> {
  const stream = new Blob([new Uint8Array(data)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}
