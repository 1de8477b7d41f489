import type { PodBoard, PodEntry } from "../operator/pod_board.ts";
import type { ReachablePod } from "../operator/reachable_pod.ts";
import { agentsRecordOf, endpointsRecordOf, whyRecordOf } from "./cluster_record.ts";
import { type HttpAnswer, jsonAnswer, textAnswer } from "./http_answer.ts";
import type { HttpRequest } from "./http_request.ts";
import { localEndpoints } from "./local_endpoints.ts";
import { marathonLines, marathonTasks } from "./marathon_tasks.ts";
import { preferredType } from "./negotiate.ts";

const spoken = "only text/plain and application/json are spoken here";

/** `/v1/agents`. */
export function agentsAnswer({ cluster }: PodBoard): HttpAnswer {
  if (cluster === undefined) {
    return jsonAnswer(404, { error: "this operator keeps its pods on one host: there are no agents" });
  }
  return jsonAnswer(200, agentsRecordOf(cluster));
}

/** `/v1/pods/NAME/why`. */
export function whyAnswer({ cluster }: PodBoard, entry: PodEntry): HttpAnswer {
  if (cluster === undefined) {
    return jsonAnswer(404, {
      error: `this operator keeps its pods on one host: /v1/pods/${
        encodeURIComponent(entry.name)
      } says how its containers are`,
    });
  }
  return jsonAnswer(200, whyRecordOf(entry, cluster));
}

/** `/v1/endpoints`: in JSON unless text is asked for, which is that of Marathon. */
export function endpointsAnswer(board: PodBoard, request: HttpRequest, hostname: () => string): HttpAnswer {
  const type = preferredType(request.headers.get("accept"), ["application/json", "text/plain"]);
  if (type === undefined) return textAnswer(406, spoken);
  const pods = reachable(board, hostname);
  return type === "text/plain" ? marathonText(pods) : jsonAnswer(200, endpointsRecordOf(pods));
}

/** `/v2/tasks`, as Marathon answers: in text unless JSON is asked for. */
export function marathonAnswer(board: PodBoard, request: HttpRequest, hostname: () => string): HttpAnswer {
  const type = preferredType(request.headers.get("accept"), ["text/plain", "application/json"]);
  if (type === undefined) return textAnswer(406, spoken);
  // Tasks are asked for by their state there; all that are told of here run.
  const states = [...request.query].flatMap(([name, value]) => /^status(\[\])?$/.test(name) ? [value] : []);
  const pods = states.length > 0 && !states.includes("running") ? [] : reachable(board, hostname);
  if (type === "application/json") return jsonAnswer(200, { tasks: marathonTasks(pods) });
  return marathonText(pods);
}

function marathonText(pods: readonly ReachablePod[]): HttpAnswer {
  return {
    status: 200,
    headers: { "Content-Type": "text/plain; charset=utf-8", Vary: "Accept" },
    body: new TextEncoder().encode(marathonLines(pods)),
  };
}

function reachable(board: PodBoard, hostname: () => string): readonly ReachablePod[] {
  return board.cluster?.endpoints() ?? localEndpoints(board.pods(), hostname());
}
