import { ExitCode, MesoletError } from "../../pod/errors.ts";
import {
  type AgentDoor,
  authorizationOf,
  type DoorAccess,
  type DoorAddress,
  DoorRefusal,
  endpointOf,
  openDoor,
} from "../agent_files/agent_door.ts";
import { formatEndpoint } from "../wire/agent_address.ts";
import { connectAgent } from "../wire/http.ts";
import { SessionInput } from "./session_input.ts";
import {
  commandIn,
  containerIn,
  type ExecutorCommand,
  exitCodeIn,
  input as messages,
  killCall,
  launchCall,
  type NestedId,
  outputOf,
  waitCall,
  type WindowSize,
} from "./session_messages.ts";

/** What is run beside an executor, and its streams. */
export interface NestedSessionOptions {
  readonly agent: DoorAddress;
  readonly access: DoorAccess;
  readonly frameworkId: string;
  readonly executorId: string;
  /** For `/bin/sh -c`, in the executor's sandbox, with the executor's environment. */
  readonly script: (executor: RunningExecutor) => string;
  readonly stdin: ReadableStream<Uint8Array>;
  readonly onOutput: (stream: "stdout" | "stderr", bytes: Uint8Array) => void | Promise<void>;
  /** Present: the command gets a terminal of this size. */
  readonly size?: WindowSize;
  /** Calls back with each new size, until what it gives back is called. */
  readonly resizes?: (changed: (size: WindowSize) => void) => () => void;
  /** Of the signal that ends the session; absent: it is killed. */
  readonly signalNumber?: () => number | undefined;
}

/** What an agent says of an executor. */
export interface RunningExecutor {
  /** Id of its container. */
  readonly container: string;
  readonly command: ExecutorCommand;
}

/** A container may take a while to be made. */
const bounds = { connect: 3_000, answer: 60_000 } as const;
/** After a signal a command has so long to end by itself, in milliseconds. */
const patience = 2_000;

/**
 * Runs a command beside an executor, in a container below the executor's, and passes its streams on. The container goes
 * with the session.
 *
 * @returns the exit code
 * @throws {MesoletError} the agent does not answer, does not allow it, or has no such executor
 * @throws the signal's reason
 */
export async function runNestedSession(options: NestedSessionOptions, signal: AbortSignal): Promise<number> {
  const { agent, access, size, onOutput } = options;
  const door = openDoor(agent, access);
  const parent = containerIn(await door.call({ type: "GET_CONTAINERS" }, signal), options);
  if (parent === undefined) {
    throw new MesoletError(
      `the agent ${agent.hostname} runs no executor ${options.executorId} any more`,
      ExitCode.failed,
    );
  }
  const command = commandIn(await door.call({ type: "GET_EXECUTORS" }, signal), options);
  const script = options.script({ container: parent, command });
  const id: NestedId = { parent, value: crypto.randomUUID() };
  const endpoint = endpointOf(agent, "/api/v1", access);
  const where = formatEndpoint(endpoint);
  const connection = connectAgent({
    endpoint,
    media: "application/json",
    headers: authorizationOf(access),
    ...(access.tls === undefined ? {} : { tls: access.tls }),
    clock: access.clock,
    bounds,
  });
  const over = new AbortController();
  let isRunning = false;
  const onSignal = () => {
    // From when it runs on a signal is for the command.
    if (isRunning) stopSoon(door, id, options, signal, over);
    else over.abort(signal.reason);
  };
  signal.addEventListener("abort", onSignal, { once: true });
  if (signal.aborted) onSignal();
  try {
    const body = new TextEncoder().encode(JSON.stringify(launchCall(id, script, size)));
    const headers = { Accept: "application/recordio", "Message-Accept": "application/json" };
    const output = await connection.subscribe(body, over.signal, { headers });
    if (output.status !== 200) throw refusal(where, output.status, output.text, access);
    isRunning = true;
    const input = await SessionInput.open({ agent, access, id, terminal: size !== undefined }, over);
    const stopResizes = options.resizes?.((changed) => input.write(messages.size(changed)));
    const passing = input.pass(options.stdin);
    try {
      for await (const record of output.records) {
        const some = outputOf(record);
        if (some !== undefined) await onOutput(some.stream, some.bytes);
      }
    } finally {
      stopResizes?.();
      input.close();
      await passing;
    }
    signal.throwIfAborted();
    const code = exitCodeIn(await door.call(waitCall(id), over.signal));
    if (code === undefined) {
      throw new MesoletError(`${where} does not tell how the command ended`, ExitCode.unavailable);
    }
    return code;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    signal.removeEventListener("abort", onSignal);
    over.abort();
    connection.close();
  }
}

/** Passes the signal on; what does not end of it ends with the session. */
function stopSoon(
  door: AgentDoor,
  id: NestedId,
  { access, signalNumber }: NestedSessionOptions,
  signal: AbortSignal,
  over: AbortController,
): void {
  const number = signalNumber?.() ?? 15;
  door.call(killCall(id, number), over.signal).catch(() => {});
  access.clock.sleep(patience, over.signal).then(() => over.abort(signal.reason), () => {});
}

function refusal(where: string, status: number, text: string, { credential }: DoorAccess): MesoletError {
  if (status === 401 || status === 403) {
    const who = credential === undefined ? "nobody in particular" : `the principal ${credential.principal}`;
    return new DoorRefusal(
      `${where} answers ${status}: it does not allow sessions to ${who} (launch_nested_container_sessions…): see ` +
        "docs/mesos-operator.md",
      status,
      undefined,
    );
  }
  return new DoorRefusal(`${where} does not run the command: ${text.trim() || status}`, status, undefined);
}
