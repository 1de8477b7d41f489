import type { PodBoard, PodEntry } from "../operator/pod_board.ts";
import { MesoletError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import { type HttpAnswer, jsonAnswer } from "./http_answer.ts";
import { type HttpRequest, RefusedRequest } from "./http_request.ts";
import { type LogRequest, logStream } from "./log_stream.ts";

/** Lines of each container that a request for a log gets when it does not say how many. */
const usualTail = 1_000;

/** `/v1/pods/NAME/logs`. */
export function logsAnswer(board: PodBoard, entry: PodEntry, request: HttpRequest): HttpAnswer {
  const wanted = logRequestOf(request, entry);
  const { container, instance, json } = wanted;
  const { instances } = entry;
  if (
    instances === undefined && container !== undefined &&
    !entry.status.containers.some(({ name }) => name === container)
  ) {
    return jsonAnswer(404, { error: `the pod ${entry.name} has no container ${container}` });
  }
  if (instance !== undefined && !instances?.some(({ slot }) => slot === instance)) {
    return noInstance(entry, instance);
  }
  return {
    status: 200,
    headers: { "Content-Type": json ? "application/x-ndjson" : "text/plain; charset=utf-8" },
    body: (signal) => logStream(board, entry.name, wanted, signal),
  };
}

/** `/v1/pods/NAME/instances/SLOT`: what the instance's executor wrote down. */
export async function instanceAnswer(
  board: PodBoard,
  entry: PodEntry,
  slot: string,
  { query }: HttpRequest,
): Promise<HttpAnswer> {
  refuseUnknown(query, ["previous"]);
  const instance = /^\d{1,6}$/.test(slot) ? Number(slot) : -1;
  if (!entry.instances?.some((one) => one.slot === instance)) return noInstance(entry, slot);
  if (board.readInstance === undefined) return noInstance(entry, slot);
  const previous = switchOf(query, "previous");
  try {
    const detail = await board.readInstance(entry.name, { instance, previous }, new AbortController().signal);
    if (detail === undefined) {
      return jsonAnswer(404, { error: `instance ${slot} of the pod ${entry.name} is nowhere now` });
    }
    const { task, agent, framework, agentAddress, pod } = detail;
    return jsonAnswer(
      200,
      present({
        slot: instance,
        task,
        framework,
        agent: { id: agent.id, hostname: agent.hostname, address: agentAddress },
        pod,
      }),
    );
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    return jsonAnswer(503, { error: error.message });
  }
}

function noInstance({ name, instances }: PodEntry, slot: number | string): HttpAnswer {
  const why = instances === undefined
    ? "its containers are on this host: /v1/pods/NAME has them"
    : `it has ${instances.map((one) => one.slot).join(", ") || "none"}`;
  return jsonAnswer(404, { error: `the pod ${name} has no instance ${slot}; ${why}` });
}

function logRequestOf({ query, headers }: HttpRequest, { instances }: PodEntry): LogRequest {
  const ofCluster = instances === undefined ? [] : ["instance", "previous"];
  refuseUnknown(query, ["container", "follow", "tail", ...ofCluster]);
  const tail = query.get("tail") ?? String(usualTail);
  if (tail !== "all" && !/^\d{1,9}$/.test(tail)) {
    throw new RefusedRequest(400, "tail is a number of lines, or all");
  }
  const instance = query.get("instance") ?? undefined;
  if (instance !== undefined && !/^\d{1,6}$/.test(instance)) {
    throw new RefusedRequest(400, "instance is the number of a slot, from 0 on");
  }
  return {
    follow: switchOf(query, "follow"),
    json: (headers.get("accept") ?? "").includes("application/x-ndjson"),
    ...present({
      container: query.get("container") ?? undefined,
      tail: tail === "all" ? undefined : Number(tail),
      instance: instance === undefined ? undefined : Number(instance),
      previous: switchOf(query, "previous") || undefined,
    }),
  };
}

function switchOf(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value !== null && !["", "0", "1", "false", "true"].includes(value)) {
    throw new RefusedRequest(400, `${name} is true or false`);
  }
  return value !== null && value !== "0" && value !== "false";
}

/** Refuses parameters of a query that mean nothing. */
export function refuseUnknown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) {
      throw new RefusedRequest(400, `only ${known.join(", ")} can be asked for here`);
    }
  }
}
