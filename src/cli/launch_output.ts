import { type AgentDirectory, agentDirectory } from "../mesos/agent_files/agent_directory.ts";
import type { DoorAccess } from "../mesos/agent_files/agent_door.ts";
import { LineReader } from "../mesos/agent_files/log_lines.ts";
import { openSandbox, readWhole } from "../mesos/agent_files/sandbox.ts";
import {
  followOutput,
  hasExecutorEnded,
  type OutputPiece,
} from "../mesos/framework/one_off/follow_output.ts";
import { MesoletError } from "../pod/errors.ts";
import { listOf, objectOf, textOf } from "../pod/json.ts";
import type { ClusterAccess } from "./cluster_access.ts";
import type { CommandContext } from "./context.ts";
import { LogWriter } from "./log_writer.ts";

/** Whose output it is. */
export interface OutputOwner {
  readonly frameworkId: string;
  readonly executorId: string;
  readonly agentId: string;
}

/** The output of a task on its way to the terminal. */
export interface TaskOutput {
  /** The task is over: what is still to come is waited for, while its executor is there. */
  finish(executorEnded: Promise<void>): Promise<void>;
  /** Reads no more. */
  stop(): Promise<void>;
  /** What the pod's own record says; undefined where there is none. */
  record(): Promise<PodFacts | undefined>;
  /** What the executor itself said last, for one that failed. */
  executorWords(): Promise<readonly string[]>;
}

/** What is read of `pod.json`. */
export interface PodFacts {
  readonly exitCode: number | undefined;
  /** All containers, as their files are called: `web-1`. */
  readonly replicas: readonly string[];
}

/** An executor has a minute for the last lines of its containers, and some time to remove them; milliseconds. */
const executorBound = 90_000;
/** Between two questions whether it is still there. */
const executorPause = 1_000;
/** `pod.json` of the largest pod is not greater, in bytes. */
const largestRecord = 8 * 1024 * 1024;
/** Of what an executor said, so much is shown. */
const lastWords = { bytes: 4_096, lines: 10 } as const;

/**
 * Shows what the containers of a task write: of a single one byte for byte, of several line by line behind their names.
 *
 * @param replicas all containers, as their files are called
 */
export function showOutput(
  owner: OutputOwner,
  { access, context, replicas, onTrouble }: {
    readonly access: ClusterAccess;
    readonly context: CommandContext;
    /** Absent: as the record of the pod says. */
    readonly replicas?: readonly string[];
    readonly onTrouble: (reason: string) => void;
  },
): TaskOutput {
  const { clock } = context;
  const door: DoorAccess = {
    clock,
    ...(access.tls === undefined ? {} : { tls: access.tls }),
    ...(access.credential === undefined ? {} : { credential: access.credential }),
  };
  const agents: AgentDirectory = agentDirectory(access.locator, door);
  const [over, stopped] = [new AbortController(), new AbortController()];
  const open = async (signal: AbortSignal) => openSandbox(await agents.find(owner.agentId, signal), owner);
  const record = async (): Promise<PodFacts | undefined> => {
    try {
      const bytes = await readWhole(await open(stopped.signal), "pod.json", largestRecord, stopped.signal);
      return bytes === undefined ? undefined : factsIn(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      // It is one of several places that know it.
      if (stopped.signal.aborted || error instanceof MesoletError || error instanceof SyntaxError) {
        return undefined;
      }
      throw error;
    }
  };
  const follow = async () => {
    const names = replicas ?? (await record())?.replicas ?? [];
    const show = names.length === 1 ? asItIs(context) : lineByLine(context, names);
    const options = { clock, open, onPiece: show.piece, onTrouble, over: over.signal };
    try {
      await followOutput(options, stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
    }
    await show.end();
  };
  const following = follow();
  // Whoever waits for it is told.
  following.catch(() => {});
  return {
    async finish(executorEnded) {
      await Promise.race([
        executorEnded,
        untilGone(owner, { agents, clock, signal: stopped.signal }),
        following,
      ]);
      over.abort();
      await following;
    },
    async stop() {
      stopped.abort();
      await following;
    },
    record,
    async executorWords() {
      try {
        const sandbox = await open(stopped.signal);
        const size = (await sandbox.read("stderr", 0, 0, stopped.signal))?.size ?? 0;
        const from = Math.max(0, size - lastWords.bytes);
        const part = await sandbox.read("stderr", from, lastWords.bytes, stopped.signal);
        return new TextDecoder().decode(part?.data).trimEnd().split("\n").filter((line) => line !== "")
          .slice(-lastWords.lines);
      } catch (error) {
        if (stopped.signal.aborted || error instanceof MesoletError) return [];
        throw error;
      }
    },
  };
}

function factsIn(record: unknown): PodFacts {
  const { exitCode, containers } = objectOf(record);
  return {
    exitCode: typeof exitCode === "number" ? exitCode & 0xff : undefined,
    replicas: listOf(containers).map(objectOf).map(({ name, number }) => `${textOf(name)}-${Number(number)}`),
  };
}

/** Fulfilled when the agent says that the executor is gone, or nobody has told for as long as it may take. */
async function untilGone(
  owner: OutputOwner,
  { agents, clock, signal }: {
    readonly agents: AgentDirectory;
    readonly clock: CommandContext["clock"];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const since = clock.elapsed();
  while (!signal.aborted && clock.elapsed() - since < executorBound) {
    try {
      if (await hasExecutorEnded(await agents.find(owner.agentId, signal), owner, signal)) return;
    } catch (error) {
      if (!signal.aborted && !(error instanceof MesoletError)) throw error;
    }
    await clock.sleep(executorPause, signal).catch(() => {});
  }
}

interface Show {
  piece(piece: OutputPiece): Promise<void>;
  /** Lines without an end are shown as well. */
  end(): Promise<void>;
}

function asItIs({ out, error }: Pick<CommandContext, "out" | "error">): Show {
  return {
    async piece({ stream, bytes }) {
      const output = stream === "stdout" ? out : error;
      output.writeBytes(bytes);
      await output.ready();
    },
    end: () => Promise.resolve(),
  };
}

function lineByLine(
  { out, error, outStyle, errorStyle }: Pick<CommandContext, "out" | "error" | "outStyle" | "errorStyle">,
  names: readonly string[],
): Show {
  const format = { prefix: true, timestamps: false };
  const writers = {
    stdout: new LogWriter(out, { ...format, style: outStyle }, names),
    stderr: new LogWriter(error, { ...format, style: errorStyle }, names),
  };
  const readers = new Map<string, { readonly container: string; readonly lines: LineReader }>();
  return {
    async piece({ container, stream, bytes }) {
      const key = `${container} ${stream}`;
      let reader = readers.get(key);
      if (reader === undefined) {
        readers.set(key, reader = { container, lines: new LineReader(stream) });
      }
      for (const line of reader.lines.lines(bytes)) await writers[stream].write(container, line);
    },
    async end() {
      for (const { container, lines } of readers.values()) {
        for (const line of lines.end()) await writers[line.stream].write(container, line);
      }
    },
  };
}
