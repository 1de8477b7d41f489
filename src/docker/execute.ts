import type { Socket } from "node:net";
import type { EngineBody } from "../plan/step.ts";
import { present } from "../pod/present.ts";
import { type Connection, segment } from "./connection.ts";
import type { ExecuteOptions } from "./engine.ts";
import { connectionFailed, notUnderstood } from "./engine_error.ts";
import { formatEngineAddress } from "./engine_address.ts";
import { FrameReader } from "./frames.ts";
import { objectOf, textOf } from "./json.ts";
import { settle } from "./settle.ts";
import { SizeTeller } from "./terminal_size.ts";
import { TimeBounds } from "./time_bounds.ts";

/** What a command of a container is, in the words of the engine. */
export function executeBody(options: ExecuteOptions): EngineBody {
  return {
    AttachStdin: options.stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    Tty: options.tty,
    Cmd: options.command,
    ...present({
      User: options.user,
      WorkingDir: options.workingDirectory,
      Env: options.environment,
      Privileged: options.privileged,
    }),
  };
}

/**
 * Runs a command in a running container, passes its streams on and waits for its end. How long it runs is its own
 * affair: only `signal` ends the waiting (the command itself cannot be ended by an engine).
 *
 * @throws {EngineError} 404 when the container is gone, 409 when it does not run
 */
export async function execute(
  connection: Connection,
  request: {
    readonly id: string;
    readonly body: EngineBody;
    readonly stdin?: ReadableStream<Uint8Array> | undefined;
    readonly onOutput: ExecuteOptions["onOutput"];
    readonly size?: ExecuteOptions["size"];
    readonly resizes?: ExecuteOptions["resizes"];
  },
  signal?: AbortSignal,
): Promise<{ readonly exitCode: number }> {
  const call = `run a command in container ${request.id.slice(0, 12)}`;
  const created = await connection.request({
    method: "POST",
    path: `/containers/${segment(request.id)}/exec`,
    body: request.body,
    call,
    bound: TimeBounds.change,
    signal,
  });
  const id = textOf(objectOf(created.body).Id);
  if (id === "") throw notUnderstood(call, "it has no id");
  const terminal = request.body.Tty === true;
  const socket = await connection.hijack({
    method: "POST",
    path: `/exec/${segment(id)}/start`,
    body: { Detach: false, Tty: terminal },
    call,
    bound: TimeBounds.start,
    signal,
  });
  const sizes = terminal ? new SizeTeller(connection, id) : undefined;
  if (request.size !== undefined) sizes?.tell(request.size);
  const stopResizes = sizes === undefined ? undefined : request.resizes?.((size) => sizes.tell(size));
  try {
    await passStreams(socket, terminal, request, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionFailed(call, formatEngineAddress(connection.address), error);
  } finally {
    stopResizes?.();
    await sizes?.end();
    socket.destroy();
  }
  return { exitCode: await exitCodeOf(connection, id, call, signal) };
}

async function passStreams(
  socket: Socket,
  terminal: boolean,
  request: {
    readonly stdin?: ReadableStream<Uint8Array> | undefined;
    readonly onOutput: ExecuteOptions["onOutput"];
  },
  signal: AbortSignal | undefined,
): Promise<void> {
  const onAbort = () => socket.destroy();
  signal?.addEventListener("abort", onAbort, { once: true });
  const stopInput = new AbortController();
  const input = request.stdin === undefined
    ? Promise.resolve()
    : passInput(request.stdin, socket, stopInput.signal);
  // An error of the input shows itself as the end of the output.
  input.catch(() => {});
  try {
    const frames = new FrameReader();
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      if (terminal) request.onOutput("stdout", chunk);
      else for (const frame of frames.read(chunk)) request.onOutput(frame.stream, frame.bytes);
    }
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stopInput.abort();
  }
}

/** Writes until the input ends, then closes our direction alone, so that the command sees the end of its input. */
async function passInput(
  stdin: ReadableStream<Uint8Array>,
  socket: Socket,
  signal: AbortSignal,
): Promise<void> {
  const reader = stdin.getReader();
  const onAbort = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!socket.write(value)) await drained(socket);
    }
    if (!signal.aborted) socket.end();
  } finally {
    signal.removeEventListener("abort", onAbort);
    reader.releaseLock();
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}

async function exitCodeOf(
  connection: Connection,
  executionId: string,
  call: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  let exitCode: number | undefined;
  // The stream ends a moment before the engine has noted the exit code.
  await settle(connection.clock, signal ?? new AbortController().signal, async () => {
    const answer = await connection.request({
      method: "GET",
      path: `/exec/${segment(executionId)}/json`,
      call,
      bound: TimeBounds.read,
      signal,
    });
    const { ExitCode, Running } = objectOf(answer.body);
    if (Running === true || typeof ExitCode !== "number") return false;
    exitCode = ExitCode;
    return true;
  }, () => notUnderstood(call, "the command ended without an exit code"));
  return exitCode ?? 0;
}
