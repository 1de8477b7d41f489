import type { FrameworkInfo } from "../../../src/mesos/wire/messages.ts";
import { join } from "./http_connection.ts";
import { idOf, members, statusesIn, typed, typeOf } from "./recorded_messages.ts";
import type { RecordedLine, Recording } from "./recording.ts";

/** Ids and infos that the recorded agent had. */
export function factsOf(recording: Recording) {
  const subscribed = recording.lines.find((line) =>
    line.dir === "agent->executor" && typeOf(line) === "SUBSCRIBED"
  );
  const event = members(members(subscribed?.body).subscribed);
  const frameworkId = idOf(
    members(
      members(
        recording.lines.find((line) => line.dir === "master->scheduler" && typeOf(line) === "SUBSCRIBED")
          ?.body,
      ).subscribed,
    ).framework_id,
  );
  const asked = recording.lines.find((line) =>
    line.dir === "scheduler->master" && typeOf(line) === "SUBSCRIBE"
  );
  const given = members(members(members(asked?.body).subscribe).framework_info);
  const framework = event.framework_info ?? { ...given, id: { value: frameworkId } };
  const agentId = idOf(members(event.agent_info).id) ||
    (/"agent_id": ?\{"value": ?"([^"]+)"/.exec(JSON.stringify(recording.lines))?.[1] ?? "");
  const containers = new Map(recording.containers);
  const pids = new Map<string, number>();
  for (const line of recording.lines) {
    if (line.dir === "agent->executor" && typeOf(line) === "SUBSCRIBED") {
      const one = members(members(line.body).subscribed);
      containers.set(idOf(members(one.executor_info).executor_id), idOf(one.container_id));
    }
    for (const { container_status: container } of statusesIn(line)) {
      const { container_id: id, executor_pid: pid } = container ?? {};
      if (id !== undefined && pid !== undefined) pids.set(id.value, pid);
    }
  }
  return {
    framework: typed<FrameworkInfo>("FrameworkInfo", framework),
    agent: event.agent_info === undefined
      ? { hostname: "127.0.0.1" }
      : typed<{ readonly hostname: string }>("AgentInfo", event.agent_info),
    agentId,
    containers,
    pids,
  };
}

/** When the recording began: milliseconds since 1970. Executors write their clock into updates. */
export function baseTime(lines: readonly RecordedLine[]): number {
  for (const line of lines) {
    const status = members(members(members(line.body).update).status);
    if (line.kind === "request" && typeof status.timestamp === "number") {
      return Math.round(status.timestamp * 1_000) - line.at_ms;
    }
  }
  return Date.UTC(2026, 0, 1);
}

/** The bytes of a recorded request. */
export function requestBytes(line: RecordedLine): Uint8Array {
  const encoder = new TextEncoder();
  const body = line.body_base64 !== undefined
    ? Uint8Array.fromBase64(line.body_base64)
    : line.body === undefined
    ? new Uint8Array()
    : encoder.encode(JSON.stringify(line.body));
  const head = [`${line.method} ${line.path} HTTP/1.1`];
  for (const [name, value] of line.headers ?? []) {
    head.push(`${name}: ${name === "Content-Length" ? body.length : value}`);
  }
  const start = encoder.encode(`${head.join("\r\n")}\r\n\r\n`);
  if (line.http_chunks === undefined) return join(start, body);
  const cut = line.http_chunks[0] ?? body.length;
  const chunks = [body.subarray(0, cut), body.subarray(cut)];
  return join(
    start,
    ...chunks.flatMap((
      chunk,
    ) => [encoder.encode(`${chunk.length.toString(16)}\r\n`), chunk, encoder.encode("\r\n")]),
    encoder.encode("0\r\n\r\n"),
  );
}
