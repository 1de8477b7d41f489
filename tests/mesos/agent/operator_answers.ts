import { type AgentAnswer, type AgentRequest, text } from "./answer.ts";
import type { ExecutorRun } from "./executor_run.ts";
import { isObject, readJsonCall } from "./read_call.ts";

/** What operators can see of an agent. */
export interface AgentView {
  readonly recovering: boolean;
  /** Those that have not ended. */
  readonly executors: readonly ExecutorRun[];
}

/**
 * What an agent answers to operators. Of its API there are the lists of containers: `GET /containers`, which answers
 * while the agent still recovers, and knows of none then; and GET_CONTAINERS of the API v1, which refuses to answer.
 */
export function answerOperator(
  request: AgentRequest,
  path: string,
  { recovering, executors }: AgentView,
): AgentAnswer {
  const own = path.replace(/^\/slave\(1\)/, "");
  if (own === "/containers") return json(executors.map(listed));
  // Below `/api/v1` every other path belongs to the API for operators.
  if (!/^\/api\/v1(\/|$)/.test(own)) return text(404, "404 Not Found.");
  if (recovering) return text(503, "Agent has not finished recovery");
  if (request.headers.get("content-type") !== "application/json") {
    return text(400, "Failed to parse body into a protobuf object");
  }
  const reading = readJsonCall(request.body);
  if ("problem" in reading && !reading.problem.includes("Missing required")) {
    return text(400, reading.problem);
  }
  const call: unknown = JSON.parse(new TextDecoder().decode(request.body));
  if (isObject(call) && call.type === "GET_CONTAINERS") {
    return json({ type: "GET_CONTAINERS", get_containers: { containers: executors.map(listedInV1) } });
  }
  return text(400, "Failed to validate agent::Call: Expecting 'type' to be present");
}

function listed(run: ExecutorRun) {
  const { info: { executor_id, framework_id, name = "", source = "" }, containerId } = run;
  return {
    container_id: containerId,
    executor_id: executor_id.value,
    executor_name: name,
    framework_id: framework_id?.value,
    source,
    status: statusOf(run),
  };
}

function listedInV1(run: ExecutorRun) {
  const { info: { executor_id, framework_id, name = "" }, containerId } = run;
  return {
    framework_id,
    executor_id,
    executor_name: name,
    container_id: { value: containerId },
    container_status: statusOf(run),
  };
}

/** Statistics are missing, as of a container whose processes cannot be counted: nothing here isolates any. */
function statusOf({ containerId, pid }: ExecutorRun) {
  return { container_id: { value: containerId }, ...(pid === undefined ? {} : { executor_pid: pid }) };
}

function json(value: unknown): AgentAnswer {
  return {
    kind: "text",
    status: 200,
    headers: [["Content-Type", "application/json"]],
    text: JSON.stringify(value),
  };
}
