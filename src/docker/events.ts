import { Label } from "../pod/labels.ts";
import { present } from "../pod/present.ts";
import type { Connection } from "./connection.ts";
import type { EngineEvent } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { readJsonLines } from "./json_lines.ts";
import { isObject, numberOf, objectOf, textOf, textsOf } from "./json.ts";
import { parseHealth } from "./status_words.ts";
import { TimeBounds } from "./time_bounds.ts";

/** What events are asked for. */
export interface EventsRequest {
  /** Of one pod; absent: of all pods. Ignored when `container` is given. */
  readonly pod?: string;
  /** Of one container, by id. */
  readonly container?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

/**
 * Subscribes to container events. When the promise is fulfilled the engine is listening: nothing that happens
 * afterwards is missed. The stream ends without an error when it is lost or `signal` is aborted.
 *
 * @throws {EngineError} when the subscription is refused or nobody answers
 */
export async function containerEvents(
  connection: Connection,
  request: EventsRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<EngineEvent>> {
  const filters = request.container !== undefined
    ? { type: ["container"], container: [request.container] }
    : { type: ["container"], label: [request.pod === undefined ? Label.pod : `${Label.pod}=${request.pod}`] };
  const chunks = await connection.stream({
    method: "GET",
    path: "/events",
    query: {
      filters: JSON.stringify(filters),
      // Seconds with a fraction: with whole ones a second would be told twice, or lost.
      since: request.since === undefined ? undefined : (request.since / 1_000).toFixed(3),
      until: request.until === undefined ? undefined : (request.until / 1_000).toFixed(3),
    },
    call: "listen to the engine's events",
    bound: TimeBounds.streamStart,
    signal,
  });
  return decode(chunks, signal);
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, void, undefined> {
  try {
    for await (const value of readJsonLines(chunks)) {
      const event = engineEventOf(value);
      if (event !== undefined) yield event;
    }
  } catch (error) {
    // A lost stream is the ordinary end of one: the caller lists anew.
    if (signal.aborted || error instanceof EngineError || error instanceof SyntaxError) return;
    throw error;
  }
}

/** Makes an event of what the engine wrote; undefined for what is of no interest. */
export function engineEventOf(value: unknown): EngineEvent | undefined {
  if (!isObject(value) || value.Type !== "container") return undefined;
  const [word = "", detail = ""] = textOf(value.Action || value.status).split(": ");
  const action = actionOf(word);
  if (action === undefined) return undefined;
  const actor = objectOf(value.Actor);
  // What the engine adds to the labels. Podman has another name for the exit code.
  const { name, exitCode, containerExitCode, ...labels } = textsOf(actor.Attributes);
  const code = exitCode ?? containerExitCode;
  return present({
    action,
    containerId: textOf(actor.ID) || textOf(value.id),
    containerName: name ?? "",
    labels,
    exitCode: action === "die" && code !== undefined ? Number(code) : undefined,
    health: action === "health" ? parseHealth(detail || healthIn(value)) : undefined,
    time: timeIn(value),
  });
}

/** Podman writes the status of a health check into a field of its own. */
function healthIn(value: { readonly [key: string]: unknown }): string {
  return textOf(value.HealthStatus) || textOf(objectOf(objectOf(value.Actor).Attributes).health_status);
}

function timeIn(value: { readonly [key: string]: unknown }): number {
  const nanoseconds = numberOf(value.timeNano);
  return nanoseconds > 0 ? Math.floor(nanoseconds / 1e6) : numberOf(value.time) * 1_000;
}

function actionOf(word: string): EngineEvent["action"] | undefined {
  switch (word) {
    case "create":
    case "start":
    case "die":
    case "stop":
    case "kill":
    case "oom":
    case "destroy":
    case "rename":
    case "pause":
    case "unpause":
    case "update":
      return word;
    case "health_status":
      return "health";
    // Podman's names of the same.
    case "died":
      return "die";
    case "remove":
      return "destroy";
    default:
      return undefined;
  }
}
