import { decodeExecutorEvent } from "../../../src/mesos/wire/codec.ts";
import type { SchedulerNews } from "./agent_settings.ts";
import type { RawClient } from "./raw_client.ts";
import { isObject } from "./read_call.ts";
import { members, typed } from "./recorded_messages.ts";
import type { RecordedLine, Recording } from "./recording.ts";

/** What an agent did in a scenario, in a form in which the recorded and the strict agent can be compared. */
export interface Deeds {
  /** Answers and records by connection. */
  readonly connections: Readonly<Record<string, readonly unknown[]>>;
  /** What the scheduler saw, by task, and failures and messages. */
  readonly scheduler: Readonly<Record<string, readonly unknown[]>>;
}

const key = { update: "UPDATE of", failure: "FAILURE", message: "MESSAGE" };

/** What the recorded agent did. */
export function deedsOf(recording: Recording): Deeds {
  const connections: Record<string, unknown[]> = {};
  const news: SchedulerNews[] = [];
  const media = new Map<number, string>();
  for (const line of recording.lines) {
    const conn = line.conn ?? 0;
    if (line.dir === "executor->agent" && line.kind === "request") connections[conn] ??= [];
    if (line.dir === "agent->executor") {
      const deeds = connections[conn] ??= [];
      if (line.kind === "response-head") {
        deeds.push({ status: line.status, headers: comparable(line.headers ?? []), text: line.text ?? "" });
        const type = line.headers?.find(([name]) => name === "Content-Type")?.[1];
        if (type !== undefined) media.set(conn, type);
      }
      if (line.kind === "chunk") {
        deeds.push(eventOf(Uint8Array.fromBase64(line.body_base64 ?? ""), media.get(conn) ?? ""));
      }
      const streamed = deeds.some((deed) => members(deed).status === 200);
      if (line.kind === "eof" && streamed) deeds.push(line.how);
    }
    if (line.dir === "master->scheduler" && line.kind === "chunk") news.push(...newsIn(line));
  }
  return { connections, scheduler: newsByTask(news) };
}

/** What came over a connection, and how it ended if the agent ended it. */
export function heard(client: RawClient): readonly unknown[] {
  const deeds: unknown[] = [];
  for (const answer of client.answers) {
    deeds.push({ status: answer.status, headers: comparable(answer.headers), text: answer.text });
    const type = answer.headers.find(([name]) => name === "Content-Type")?.[1] ?? "";
    deeds.push(...answer.chunks.map((chunk) => eventOf(chunk, type)));
  }
  if (client.complete) deeds.push("last-chunk");
  else if (client.ended !== undefined && client.answers.at(-1)?.status === 200) deeds.push("tcp-fin");
  return deeds;
}

function comparable(headers: readonly (readonly [string, string])[]): readonly string[] {
  return headers.map(([name, value]) => `${name}: ${name === "Date" ? "…" : value}`);
}

function eventOf(record: Uint8Array, media: string): unknown {
  const bytes = record.subarray(record.indexOf(10) + 1);
  return media === "application/json"
    ? JSON.parse(new TextDecoder().decode(bytes))
    : decodeExecutorEvent(bytes, "application/x-protobuf");
}

/** What the scheduler saw, by task. */
export function newsByTask(news: readonly SchedulerNews[]): Readonly<Record<string, readonly unknown[]>> {
  const sorted: Record<string, unknown[]> = {};
  for (const one of news) {
    if (one.type === "UPDATE") {
      const { status } = one.update;
      // Ids and times that the agent or the master made are not to be compared.
      const made = status.source !== "SOURCE_EXECUTOR";
      const seen = sorted[`${key.update} ${status.task_id.value}`] ??= [];
      const shown = plain({
        ...status,
        uuid: made ? status.uuid?.length : status.uuid,
        timestamp: status.timestamp !== undefined,
      });
      // Whether a pending update comes once or twice to a master that is back is a matter of moments.
      if (JSON.stringify(seen.at(-1)) !== JSON.stringify(shown)) seen.push(shown);
    } else if (one.type === "FAILURE") (sorted[key.failure] ??= []).push(plain(one.failure));
    else (sorted[key.message] ??= []).push(plain(one.message));
  }
  return sorted;
}

/** With bytes as text and without the order of members. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toBase64();
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value).sort().filter((name) => value[name] !== undefined && name !== "protocol")
      .map((name) => [name, plain(value[name])]),
  );
}

function newsIn(line: RecordedLine): readonly SchedulerNews[] {
  const body = members(line.body);
  const known = ["UPDATE", "FAILURE", "MESSAGE"].includes(String(body.type));
  const news = known ? [typed<SchedulerNews>("scheduler.Event", body)] : [];
  // What the master refuses is none of the agent's deeds.
  return news.filter((one) => one.type !== "UPDATE" || one.update.status.state !== "TASK_ERROR");
}
