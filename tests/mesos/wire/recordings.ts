import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import { joined } from "./chunking.ts";

/** A stream of events as it was recorded. */
export interface RecordedStream {
  /** Where it is, for failures. */
  readonly name: string;
  readonly message: "mesos.v1.executor.Event" | "mesos.v1.scheduler.Event";
  readonly media: MediaType;
  /** The bytes of the stream, without HTTP's. */
  readonly bytes: Uint8Array;
  /** Its events, as the recorder parsed them. */
  readonly events: readonly unknown[];
}

/** A call that was accepted (200 or 202), as it was recorded. */
export interface RecordedCall {
  readonly name: string;
  readonly message: "mesos.v1.executor.Call" | "mesos.v1.scheduler.Call";
  readonly media: MediaType;
  readonly bytes: Uint8Array;
}

/** Everything that is recorded of the v1 API of executors and schedulers. */
export interface Recordings {
  readonly streams: readonly RecordedStream[];
  readonly calls: readonly RecordedCall[];
}

/** A line of a recording, as far as it is used here. */
interface Line {
  readonly dir: string;
  readonly conn: number;
  readonly kind: string;
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  readonly body_base64?: string;
}

/** Reads every scenario below a directory. */
export async function readRecordings(directory: string): Promise<Recordings> {
  const streams: RecordedStream[] = [];
  const calls: RecordedCall[] = [];
  for await (const scenario of Deno.readDir(directory)) {
    if (!scenario.isDirectory) continue;
    for await (const file of Deno.readDir(`${directory}/${scenario.name}`)) {
      if (!file.name.endsWith(".jsonl")) continue;
      const text = await Deno.readTextFile(`${directory}/${scenario.name}/${file.name}`);
      const lines: Line[] = text.trim().split("\n").map((line) => JSON.parse(line));
      readScenario(`${scenario.name}/${file.name}`, lines, streams, calls);
    }
  }
  return { streams, calls };
}

const eventSenders = {
  "agent->executor": "mesos.v1.executor.Event",
  "master->scheduler": "mesos.v1.scheduler.Event",
} as const;
const callers = {
  "executor->agent": "mesos.v1.executor.Call",
  "scheduler->master": "mesos.v1.scheduler.Call",
} as const;

function readScenario(
  name: string,
  lines: readonly Line[],
  streams: RecordedStream[],
  calls: RecordedCall[],
): void {
  /** By connection, what came last on it. */
  const asked = new Map<number, Line>();
  const open = new Map<
    number,
    { readonly media: MediaType; readonly chunks: Uint8Array[]; readonly events: unknown[] }
  >();
  const finish = (line: Line, message: RecordedStream["message"]) => {
    const stream = open.get(line.conn);
    open.delete(line.conn);
    if (stream === undefined || stream.chunks.length === 0) return;
    const { media, events } = stream;
    streams.push({
      name: `${name}, connection ${line.conn}`,
      message,
      media,
      bytes: joined(stream.chunks),
      events,
    });
  };
  const last = new Map<number, readonly [Line, RecordedStream["message"]]>();
  for (const line of lines) {
    if (line.kind === "request") asked.set(line.conn, line);
    const message = find(eventSenders, line.dir);
    if (message === undefined) continue;
    if (line.kind === "response-head") {
      finish(line, message);
      const media = mediaOf(line);
      if (media !== undefined) open.set(line.conn, { media, chunks: [], events: [] });
      const call = readCall(name, asked.get(line.conn), line.status);
      if (call !== undefined) calls.push(call);
    } else if (line.kind === "chunk" && line.body_base64 !== undefined) {
      open.get(line.conn)?.chunks.push(Uint8Array.fromBase64(line.body_base64));
      open.get(line.conn)?.events.push(line.body);
    }
    last.set(line.conn, [line, message]);
  }
  for (const [line, message] of last.values()) finish(line, message);
}

function readCall(
  name: string,
  request: Line | undefined,
  status: number | undefined,
): RecordedCall | undefined {
  if (request === undefined || (status !== 200 && status !== 202)) return undefined;
  const message = find(callers, request.dir);
  const media = mediaOf(request);
  if (message === undefined || media === undefined) return undefined;
  const bytes = request.body_base64 === undefined
    ? new TextEncoder().encode(JSON.stringify(request.body))
    : Uint8Array.fromBase64(request.body_base64);
  return { name: `${name}, connection ${request.conn}`, message, media, bytes };
}

function mediaOf(line: Line): MediaType | undefined {
  const [, value] = line.headers?.find(([name]) => name.toLowerCase() === "content-type") ?? [];
  return value === "application/json" || value === "application/x-protobuf" ? value : undefined;
}

function find<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return table[key];
}
