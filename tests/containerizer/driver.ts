import { programWords } from "../cli/program.ts";
import {
  type AskedLaunch,
  type AskedResources,
  chosenMessage,
  launchMessage,
  updateMessage,
} from "./agent_messages.ts";
import { ReadMessage } from "./protobuf.ts";

/**
 * An agent of Mesos 1.0 towards an external containerizer program, written from the last version of the protocol
 * (`docs/external-containerizer.md` and `external_containerizer.cpp` of 1.0). It is as strict as that one, and stricter:
 *
 * - each call is a process of its own, started by a shell from a path and the name of the call, with the variables of an
 *   agent and no others; `launch` alone has those of an executor;
 * - the message goes in with its length in front, and the pipe stays open;
 * - exit code 0, or the call has failed: then nothing at all may be on standard output;
 * - what comes out is one length and that many bytes, and nothing more; nothing where the call has no answer.
 */
export interface Driver {
  launch(asked: AskedLaunch): Promise<void>;
  update(id: string, resources: AskedResources): Promise<void>;
  usage(id: string): Promise<ReadMessage>;
  wait(id: string): Promise<ReadMessage>;
  destroy(id: string): Promise<void>;
  recover(): Promise<void>;
  containers(): Promise<string[]>;
  /** Starts a call that may be killed; its message as above. */
  start(call: string, message?: Uint8Array, sandbox?: string): RunningCall;
}

/** A call that is under way. */
export interface RunningCall {
  /** As an agent ends a wait: with SIGKILL. */
  kill(): void;
  readonly ended: Promise<EndedCall>;
}

/** A call that has ended, with whatever it printed. */
export interface EndedCall {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly out: Uint8Array;
  readonly error: string;
}

/** A call that did not do what it was asked for. */
export class CallFailed extends Error {
  constructor(readonly call: string, readonly result: EndedCall) {
    super(`${call} ended with ${result.signal ?? result.code}: ${result.error.trim()}`);
  }
}

/** What an agent was started with. */
export interface DriverOptions {
  /** The engine, for `DOCKER_HOST`. */
  readonly host: string;
  /** Of the agent; also where the program keeps its locks. */
  readonly workDirectory: string;
  readonly libexec: string;
  readonly defaultImage?: string;
  /** Flags in `--containerizer_path`, behind the program. */
  readonly flags?: readonly string[];
}

/** Makes an agent; the same options make it once more, as after a restart. */
export function containerizerDriver(options: DriverOptions): Driver {
  const { HOME = "/", DENO_DIR } = Deno.env.toObject();
  const path = [...programWords, "containerizer", ...(options.flags ?? [])].map(quoted).join(" ");
  const always = {
    MESOS_LIBEXEC_DIRECTORY: options.libexec,
    MESOS_WORK_DIRECTORY: options.workDirectory,
    // What runs it from source and finds the tests' engine: no agent sets these.
    HOME,
    DENO_NO_UPDATE_CHECK: "1",
    ...(DENO_DIR === undefined ? {} : { DENO_DIR }),
    DOCKER_HOST: options.host,
  };

  const start = (call: string, message?: Uint8Array, sandbox?: string): RunningCall => {
    const forLaunch = call === "launch"
      ? {
        ...executorVariables(sandbox ?? ""),
        ...(options.defaultImage === undefined
          ? {}
          : { MESOS_DEFAULT_CONTAINER_IMAGE: options.defaultImage }),
      }
      : {};
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", `exec ${path} ${call}`],
      clearEnv: true,
      env: { ...always, ...forLaunch },
      ...(sandbox === undefined ? {} : { cwd: sandbox }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    const written = message === undefined
      ? Promise.resolve()
      : writer.write(withLength(message)).catch(() => {});
    const ended = (async () => {
      const [out, error, status] = await Promise.all([
        new Response(child.stdout).bytes(),
        new Response(child.stderr).text(),
        child.status,
        written,
      ]);
      // Only now: an agent leaves it open as well.
      await writer.close().catch(() => {});
      return { code: status.code, signal: status.signal, out, error };
    })();
    return { kill: () => child.kill("SIGKILL"), ended };
  };

  const call = async (name: string, message?: Uint8Array, sandbox?: string): Promise<Uint8Array> => {
    const result = await start(name, message, sandbox).ended;
    if (result.code === 0) return result.out;
    if (result.out.length > 0) throw new Error(`${name} failed, with ${result.out.length} bytes printed`);
    throw new CallFailed(name, result);
  };
  const silent = async (name: string, message?: Uint8Array, sandbox?: string) => {
    const out = await call(name, message, sandbox);
    if (out.length > 0) throw new Error(`${name} has no answer, and printed ${out.length} bytes`);
  };
  const answered = async (name: string, message?: Uint8Array) =>
    new ReadMessage(withoutLength(name, await call(name, message)));

  return {
    start,
    launch: (asked) => silent("launch", launchMessage(asked), asked.directory),
    update: (id, resources) => silent("update", updateMessage(id, resources)),
    usage: (id) => answered("usage", chosenMessage(id)),
    wait: (id) => answered("wait", chosenMessage(id)),
    destroy: (id) => silent("destroy", chosenMessage(id)),
    recover: () => silent("recover"),
    containers: async () => {
      const list = await answered("containers");
      return list.messages(1).map((id) => id.text(1) ?? "").sort();
    },
  };
}

/** What an agent sets for an executor that it starts. */
function executorVariables(directory: string): Record<string, string> {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LIBPROCESS_PORT: "0",
    MESOS_FRAMEWORK_ID: "framework-1",
    MESOS_EXECUTOR_ID: "executor-1",
    MESOS_DIRECTORY: directory,
    MESOS_SLAVE_ID: "agent-1",
    MESOS_SLAVE_PID: "slave(1)@127.0.0.1:5051",
    MESOS_AGENT_ENDPOINT: "127.0.0.1:5051",
    MESOS_CHECKPOINT: "1",
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5secs",
    MESOS_RECOVERY_TIMEOUT: "15mins",
    MESOS_SUBSCRIPTION_BACKOFF_MAX: "2secs",
  };
}

/** As four bytes in the order of the processor. */
function withLength(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(4 + message.length);
  new DataView(whole.buffer).setUint32(0, message.length, isLittleEndian);
  whole.set(message, 4);
  return whole;
}

function withoutLength(name: string, out: Uint8Array): Uint8Array {
  if (out.length < 4) throw new Error(`${name} printed ${out.length} bytes, which are no message`);
  const length = new DataView(out.buffer, out.byteOffset).getUint32(0, isLittleEndian);
  if (out.length !== 4 + length) {
    throw new Error(`${name} printed ${out.length - 4} bytes behind a length of ${length}`);
  }
  return out.subarray(4);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
