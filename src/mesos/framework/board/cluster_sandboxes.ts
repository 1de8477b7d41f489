/** What the instances of pods leave in their sandboxes, for those who look at an operator's board. */

import type {
  InstanceDetail,
  PodBoard,
  PodEntry,
  PodInstance,
  PodLogOptions,
  ReadInstance,
} from "../../../operator/pod_board.ts";
import type { LogLine } from "../../../docker/engine.ts";
import type { Clock } from "../../../pod/clock.ts";
import { messageOf } from "../../../pod/errors.ts";
import { present } from "../../../pod/present.ts";
import { LogMerge } from "../../../supervisor/log_merge.ts";
import type { AgentDirectory } from "../../agent_files/agent_directory.ts";
import { InstanceOutput, SandboxGone, shownLine } from "../../agent_files/instance_output.ts";
import { openSandbox, readWhole, type Sandbox } from "../../agent_files/sandbox.ts";

/** What reading sandboxes needs. */
export interface ClusterSandboxOptions {
  readonly board: Pick<PodBoard, "pods" | "onChange">;
  readonly agents: AgentDirectory;
  /** Absent: the master has not given one yet. */
  readonly frameworkId: () => string | undefined;
  readonly clock: Clock;
}

/** Reads what instances wrote. */
export interface ClusterSandboxes {
  readonly readLogs: PodBoard["logs"];
  readonly readInstance: ReadInstance;
}

/** A task whose output can be read: one that runs, or the last one that ended. */
interface Run {
  readonly slot: number;
  readonly task: string;
  readonly agent: { readonly id: string; readonly hostname: string };
  readonly isOver: boolean;
}

/** A line on its way: its source has the slot in front, `0/api-1`. */
interface SlotLine {
  readonly time: string;
  readonly source: string;
  readonly line: LogLine;
}

/** With `follow` a line waits at most so long for older ones of other instances, in milliseconds. */
const window = 500;
/** Sandboxes that could not be read are tried again after so long, in milliseconds. */
const retryPause = 5_000;
/** The greatest `pod.json` that is read, in bytes. */
const greatestRecord = 4 * 1024 * 1024;

export function clusterSandboxes(options: ClusterSandboxOptions): ClusterSandboxes {
  const reader = new SandboxReader(options);
  return {
    readLogs: (pod, wanted, signal) => reader.logs(pod, wanted, signal),
    readInstance: (pod, wanted, signal) => reader.instance(pod, wanted, signal),
  };
}

class SandboxReader {
  constructor(private readonly options: ClusterSandboxOptions) {}

  async *logs(
    pod: string,
    asked: PodLogOptions,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly container: string; readonly line: LogLine }> {
    const { clock, board } = this.options;
    // What has ended writes nothing more.
    const wanted = { ...asked, follow: asked.follow && asked.previous !== true };
    const ended = new AbortController();
    const whole = AbortSignal.any([signal, ended.signal]);
    const merge = new LogMerge<SlotLine>({ clock, ...(wanted.follow ? { window } : {}) });
    const runs = new Map<string, AbortController>();
    const look = () => {
      const now = runsOf(this.#entry(pod), wanted);
      for (const [task, over] of runs) if (!now.some((run) => run.task === task)) over.abort();
      for (const run of now) {
        if (runs.has(run.task)) continue;
        const over = new AbortController();
        if (run.isOver) over.abort();
        // Of those that come later all is new.
        const tail = runs.size > 0 && wanted.follow && merging ? undefined : wanted.tail;
        runs.set(run.task, over);
        merge.add({ name: run.task, lines: this.#lines(run, { ...wanted, tail }, over.signal, whole) });
      }
    };
    let merging = false;
    look();
    merging = true;
    const watching = wanted.follow ? this.#watch(board, look, whole) : undefined;
    if (watching === undefined) merge.close();
    else signal.addEventListener("abort", () => merge.close(), { once: true });
    try {
      for await (const { line: { source, line } } of merge.lines()) yield { container: source, line };
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      ended.abort();
      await watching;
    }
  }

  async instance(
    pod: string,
    wanted: { readonly instance: number; readonly previous?: boolean },
    signal: AbortSignal,
  ): Promise<InstanceDetail | undefined> {
    const run = runsOf(this.#entry(pod), wanted)[0];
    const framework = this.options.frameworkId();
    if (run === undefined || framework === undefined) return undefined;
    const door = await this.options.agents.find(run.agent.id, signal);
    const { hostname, port } = door.host;
    const sandbox = openSandbox(door, { frameworkId: framework, executorId: run.task });
    const bytes = await readWhole(sandbox, "pod.json", greatestRecord, signal);
    return {
      task: run.task,
      agent: run.agent,
      framework,
      agentAddress: `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
      ...present({ pod: bytes === undefined ? undefined : parsed(bytes) }),
    };
  }

  #entry(pod: string): PodEntry | undefined {
    return this.options.board.pods().find(({ name }) => name === pod);
  }

  /** Looks again when something changed, twice a second at most. */
  async #watch(board: Pick<PodBoard, "onChange">, look: () => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    let changed = Promise.withResolvers<void>();
    const wake = () => changed.resolve();
    const stop = board.onChange(wake);
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        await changed.promise;
        changed = Promise.withResolvers();
        if (signal.aborted) return;
        look();
        await clock.sleep(window, signal).catch(() => {});
      }
    } finally {
      stop();
    }
  }

  async *#lines(
    run: Run,
    wanted: Omit<PodLogOptions, "tail"> & { readonly tail: number | undefined },
    over: AbortSignal,
    signal: AbortSignal,
  ): AsyncGenerator<SlotLine> {
    const { clock } = this.options;
    const { container, tail, follow } = wanted;
    const request = { clock, follow, over, ...present({ container, tail }) };
    let output: InstanceOutput | undefined;
    let told = "";
    for (;;) {
      try {
        output ??= new InstanceOutput(await this.#open(run, signal), request);
        for await (const { container, line } of output.lines(signal)) {
          told = "";
          yield { time: line.time, source: `${run.slot}/${container}`, line: shownLine(line) };
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        const why = messageOf(error);
        // Of a task that was launched just now there is nothing yet.
        const isEarly = error instanceof SandboxGone && !run.isOver && follow;
        if (!isEarly && why !== told) yield this.#trouble(run, why);
        told = why;
        if (!follow || over.aborted) return;
        await clock.sleep(retryPause, AbortSignal.any([signal, over])).catch(() => {});
        if (signal.aborted) return;
      }
    }
  }

  /** That something is missing stands among the lines. */
  #trouble({ slot, agent, task }: Run, why: string): SlotLine {
    const text = `mesolet: the output of ${task} on ${agent.hostname} cannot be read: ${why}`;
    return { time: "", source: `${slot}/-`, line: { stream: "stderr", time: "", text } };
  }

  async #open({ agent, task }: Run, signal: AbortSignal): Promise<Sandbox> {
    const frameworkId = this.options.frameworkId();
    if (frameworkId === undefined) throw new SandboxGone();
    return openSandbox(await this.options.agents.find(agent.id, signal), { frameworkId, executorId: task });
  }
}

/** Containers may write to the sandbox: there may be anything. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** Whose output is wanted: in each slot what runs, or what has ended last where nothing does. */
function runsOf(
  entry: PodEntry | undefined,
  { instance, previous = false }: { readonly instance?: number; readonly previous?: boolean },
): Run[] {
  const chosen = (entry?.instances ?? []).filter(({ slot }) => instance === undefined || slot === instance);
  const running = previous ? [] : chosen.flatMap(runningOf);
  const slots = new Set(running.map(({ slot }) => slot));
  const ended = chosen.flatMap(({ slot, last }): Run[] => {
    if (last === undefined || slots.has(slot)) return [];
    slots.add(slot);
    return [{ slot, ...last, isOver: true }];
  });
  return [...running, ...ended];
}

function runningOf({ slot, task, agent }: PodInstance): Run[] {
  return task === undefined || agent === undefined ? [] : [{ slot, task, agent, isOver: false }];
}
