import { decodeSchedulerEvent } from "../../../src/mesos/wire/codec.ts";
import type { RawClient } from "../agent/raw_client.ts";
import { isObject } from "../agent/read_call.ts";
import { members } from "../agent/recorded_messages.ts";
import type { Recording } from "../agent/recording.ts";

/** Answers and records by connection, in a form in which the recorded and the strict master can be compared. */
export type MasterDeeds = Readonly<Record<string, readonly unknown[]>>;

/** What the recorded master did on connections of schedulers and operators. */
export function deedsOf(recording: Recording): MasterDeeds {
  const connections: Record<string, unknown[]> = {};
  const media = new Map<number, string>();
  for (const line of recording.lines) {
    const conn = line.conn ?? 0;
    if (line.kind === "request" && /^(scheduler|operator)->master$/.test(line.dir)) connections[conn] ??= [];
    if (!/^master->(scheduler|operator)$/.test(line.dir)) continue;
    const deeds = connections[conn] ??= [];
    if (line.kind === "response-head") {
      const given = { status: line.status, headers: comparable(line.headers ?? []) };
      deeds.push(
        line.body === undefined
          ? { ...given, text: line.text ?? "" }
          : { ...given, body: comparableBody(line.body) },
      );
      const type = line.headers?.find(([name]) => name === "Content-Type")?.[1];
      if (type !== undefined) media.set(conn, type);
    }
    if (line.kind === "chunk") {
      deeds.push(eventOf(Uint8Array.fromBase64(line.body_base64 ?? ""), media.get(conn) ?? ""));
    }
    const streamed = deeds.some((deed) => members(deed).status === 200);
    if (line.kind === "eof" && streamed) deeds.push(line.how);
  }
  return connections;
}

/** What came over a connection, and how it ended if the master ended it. */
export function heard(client: RawClient): readonly unknown[] {
  const deeds: unknown[] = [];
  for (const answer of client.answers) {
    const given = { status: answer.status, headers: comparable(answer.headers) };
    const type = answer.headers.find(([name]) => name === "Content-Type")?.[1] ?? "";
    const isDocument = type === "application/json" && answer.text !== "";
    deeds.push(
      isDocument
        ? { ...given, body: comparableBody(JSON.parse(answer.text)) }
        : { ...given, text: answer.text },
    );
    deeds.push(...answer.chunks.map((chunk) => eventOf(chunk, type)));
  }
  if (client.complete) deeds.push("last-chunk");
  else if (client.ended !== undefined && client.answers.at(-1)?.status === 200) deeds.push("tcp-fin");
  return deeds;
}

/** Heartbeats are counted apart: whether the first comes before or after the first offers is a matter of moments. */
export function withoutHeartbeats(deeds: readonly unknown[]): readonly unknown[] {
  const events = deeds.filter((deed) => members(deed).type !== "HEARTBEAT");
  return [...events, `${deeds.length - events.length} heartbeats`];
}

/** The length of a document says nothing beside the document; headers are a set. */
function comparable(headers: readonly (readonly [string, string])[]): readonly string[] {
  const isDocument = headers.some(([name, value]) => name === "Content-Type" && value === "application/json");
  return headers.filter(([name]) => !(isDocument && name === "Content-Length"))
    .map(([name, value]) => `${name}: ${name === "Date" ? "…" : value}`).sort();
}

function eventOf(record: Uint8Array, media: string): unknown {
  const bytes = record.subarray(record.indexOf(10) + 1);
  const event = media === "application/json"
    ? JSON.parse(new TextDecoder().decode(bytes))
    : plain(decodeSchedulerEvent(bytes, "application/x-protobuf"));
  const { status } = members(members(event).update);
  return isObject(status) ? { ...members(event), update: { status: comparableStatus(status) } } : event;
}

/** Times and ids that the master or the agent made are not to be compared. */
function comparableStatus(status: Readonly<Record<string, unknown>>): unknown {
  const { timestamp, uuid, unreachable_time, ...rest } = status;
  if (status.source === "SOURCE_EXECUTOR") return status;
  return {
    ...rest,
    timestamp: timestamp !== undefined,
    uuid: uuid !== undefined,
    unreachable_time: unreachable_time !== undefined,
  };
}

const moments = new Set([
  "start_time",
  "elected_time",
  "registered_time",
  "reregistered_time",
  "unregistered_time",
  "timestamp",
]);

/** Without moments, which are the machine's, and flags, which are the build's. */
function comparableBody(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparableBody);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== "flags")
      .map(([name, member]) => [name, moments.has(name) ? "…" : comparableBody(member)]),
  );
}

/** With bytes as text and without members that are not set. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toBase64();
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined).map(([name, member]) => [
      name,
      plain(member),
    ]),
  );
}
