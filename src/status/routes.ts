import { awaitedOf, type PodBoard } from "../operator/pod_board.ts";
import type { Clock } from "../pod/clock.ts";
import { agentsAnswer, endpointsAnswer, marathonAnswer, whyAnswer } from "./cluster_routes.ts";
import { eventStream, resumeAfter } from "./event_stream.ts";
import { type HttpAnswer, jsonAnswer, textAnswer } from "./http_answer.ts";
import { type HttpRequest, RefusedRequest } from "./http_request.ts";
import { isLoopbackHost } from "./listen_address.ts";
import { instanceAnswer, logsAnswer, refuseUnknown } from "./log_routes.ts";
import { metricsMediaType, type StatusMetrics } from "./metrics.ts";
import { statusPage } from "./page/status_page.ts";
import { boardRecordOf, podRecordOf } from "./pod_record.ts";
import type { ServerBounds } from "./server_bounds.ts";

/** What answers are made of. */
export interface RouteSources {
  readonly board: PodBoard;
  readonly metrics: Pick<StatusMetrics, "text">;
  readonly clock: Clock;
  readonly bounds: ServerBounds;
  /** Of mesolet. */
  readonly version: string;
  /** Tells this run of the operator from another. */
  readonly run: string;
  /** Only this machine can connect: requests have to be for it by name. */
  readonly loopback: boolean;
}

/** Makes the function that answers requests. It throws {@linkcode RefusedRequest} alone. */
export function routes(sources: RouteSources): (request: HttpRequest) => Promise<HttpAnswer> {
  const { board, clock, bounds, version, run } = sources;
  const boardJson = (): HttpAnswer => jsonAnswer(200, boardRecordOf(board, version));
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return textAnswer(405, "only GET and HEAD are answered here", { Allow: "GET, HEAD" });
    }
    if (sources.loopback) refuseForeign(request);
    const [first = "", second = "", third, fourth, fifth, ...more] = request.segments;
    const path = request.segments.slice(0, 2).join("/");
    if (more.length > 0 || (fifth !== undefined && fourth !== "instances")) return notFound();
    if (second === "" && request.segments.length === 1) {
      switch (first) {
        case "":
          return statusPage();
        case "healthz":
          return health(board, clock, bounds);
        case "readyz":
          return board.ready ? textAnswer(200, "ready") : textAnswer(
            503,
            board.waitsFor === undefined
              ? "the specs were not all looked at yet"
              : `waits for the ${awaitedOf(board)}: ${board.waitsFor}`,
          );
        case "metrics":
          return {
            status: 200,
            headers: { "Content-Type": metricsMediaType },
            body: new TextEncoder().encode(await sources.metrics.text(board)),
          };
      }
    }
    if (path === "v1/pods" && third === undefined) return boardJson();
    if (path === "v1/pods" && third !== undefined) {
      const entry = board.pods().find(({ name }) => name === third);
      if (fourth === undefined) {
        return entry === undefined ? noPod(third) : jsonAnswer(200, podRecordOf(entry));
      }
      if (fourth === "why") return entry === undefined ? noPod(third) : whyAnswer(board, entry);
      if (fourth === "logs") return entry === undefined ? noPod(third) : logsAnswer(board, entry, request);
      if (fourth === "instances" && fifth !== undefined) {
        return entry === undefined ? noPod(third) : await instanceAnswer(board, entry, fifth, request);
      }
    }
    if (third === undefined) {
      if (path === "v1/agents") return agentsAnswer(board);
      if (path === "v1/endpoints") return endpointsAnswer(board, request, Deno.hostname);
      if (path === "v2/tasks") return marathonAnswer(board, request, Deno.hostname);
    }
    if (path === "v1/events" && third === undefined) {
      const since = sinceOf(request, run);
      return {
        status: 200,
        headers: { "Content-Type": "text/event-stream" },
        body: (signal) => eventStream(board, { run, since, clock, bounds }, signal),
      };
    }
    return notFound();
  };
}

/** Pages of other sites must neither read what is told here, nor keep the server busy. */
function refuseForeign(request: HttpRequest): void {
  const host = request.headers.get("host");
  if (host !== undefined && !isLoopbackHost(host)) {
    throw new RefusedRequest(421, "this is not the host that was asked for: ask for localhost or 127.0.0.1");
  }
  const site = request.headers.get("sec-fetch-site");
  if (site === "cross-site" && request.headers.get("sec-fetch-mode") !== "navigate") {
    throw new RefusedRequest(403, "pages of other sites get no answer");
  }
}

/** A loop that hangs is as bad as a process that is gone, and only this can tell. */
function health(board: PodBoard, clock: Clock, bounds: ServerBounds): HttpAnswer {
  const still = clock.elapsed() - board.lastProgress;
  if (still <= bounds.stalled) return textAnswer(200, "ok");
  return textAnswer(
    503,
    `the operator made no progress for ${Math.round(still / 1_000)} s; ${
      bounds.stalled / 1_000
    } s are allowed`,
  );
}

/** A browser that reconnects asks at the same address, with the last id: the id is what counts. */
function sinceOf({ query, headers }: HttpRequest, run: string): number | undefined {
  refuseUnknown(query, ["since"]);
  const id = headers.get("last-event-id");
  if (id !== undefined && id !== "") return resumeAfter(id, run);
  const since = query.get("since");
  if (since === null) return undefined;
  if (!/^\d{1,15}$/.test(since)) throw new RefusedRequest(400, "since is the number of an event");
  return Number(since);
}

function noPod(name: string): HttpAnswer {
  return jsonAnswer(404, { error: `there is no pod ${name}` });
}

function notFound(): HttpAnswer {
  return textAnswer(404, "there is nothing here; see / for people, /v1/pods and /metrics for programs");
}
