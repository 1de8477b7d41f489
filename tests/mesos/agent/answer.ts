import type { ExecutorCall } from "../../../src/mesos/wire/messages.ts";
import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import type { AgentCore } from "./agent_core.ts";
import type { ExecutorRun } from "./executor_run.ts";
import { answerOperator } from "./operator_answers.ts";
import { readJsonCall, readProtobufCall } from "./read_call.ts";
import { authenticate, claimsProblem } from "./token.ts";
import { validateCall } from "./validate_call.ts";

/** A request as it came in. */
export interface AgentRequest {
  readonly method: string;
  readonly path: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly socket: "tcp" | "domain";
}

/** What the agent answers. A stream's answer goes on with the events of the subscription. */
export type AgentAnswer =
  | {
    readonly kind: "text";
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
    /** The call, where there was one to refuse. */
    readonly call?: ExecutorCall;
  }
  | { readonly kind: "accepted"; readonly call: ExecutorCall }
  | {
    readonly kind: "stream";
    readonly call: ExecutorCall;
    readonly run: ExecutorRun;
    readonly media: MediaType;
  };

type Headers = readonly (readonly [name: string, value: string])[];

/** How far the agent is with its start: `routing` knows no paths yet, `reading` has not read its checkpoints yet. */
export type Readiness = "routing" | "reading" | "ready";

/** Settings of the agent's door. */
export interface DoorSettings {
  readonly core: AgentCore;
  readonly jwtKey?: string;
  readonly now: () => number;
}

const executorPath = "/slave(1)/api/v1/executor";
const recovering = "Agent has not finished recovery";

/** Answers a request as the agent does, word for word. What an accepted call does is up to {@linkcode carryOut}. */
export function answerRequest(
  request: AgentRequest,
  readiness: Readiness,
  settings: DoorSettings,
): AgentAnswer {
  if (request.socket === "domain" && request.path !== executorPath) return text(403, "403 Forbidden.");
  if (readiness === "routing") return text(404, "404 Not Found.");
  const path = request.path.replace(/\/+$/, "");
  if (path !== "/api/v1/executor" && path !== executorPath) {
    const isReading = readiness === "reading";
    return answerOperator(request, path, {
      recovering: isReading || settings.core.recovering,
      executors: isReading ? [] : settings.core.executors,
    });
  }
  const principal = settings.jwtKey === undefined
    ? undefined
    : authenticate(settings.jwtKey, request.headers.get("authorization"), settings.now());
  if (principal !== undefined && "challenge" in principal) {
    return text(401, "401 Unauthorized.", [["WWW-Authenticate", principal.challenge]]);
  }
  if (readiness === "reading") return text(503, recovering);
  if (request.method !== "POST") {
    const words = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${request.method}'.`;
    return text(405, words, [["Allow", "POST"]]);
  }
  const contentType = request.headers.get("content-type");
  if (contentType === undefined) return text(400, "Expecting 'Content-Type' to be present");
  if (contentType !== "application/json" && contentType !== "application/x-protobuf") {
    return text(415, "Expecting 'Content-Type' of application/json or application/x-protobuf");
  }
  const reading = contentType === "application/json"
    ? readJsonCall(request.body)
    : readProtobufCall(request.body);
  if ("problem" in reading) return text(400, reading.problem);
  const validation = validateCall(reading.call);
  if ("problem" in validation) return text(400, validation.problem);
  const answer = answerCall(validation.call, request, principal?.claims, settings.core);
  return answer.kind === "text" ? { ...answer, call: validation.call } : answer;
}

function answerCall(
  call: ExecutorCall,
  request: AgentRequest,
  claims: Readonly<Record<string, string>> | undefined,
  core: AgentCore,
): AgentAnswer {
  const media = acceptable(request.headers.get("accept"));
  if (call.type === "SUBSCRIBE") {
    if (media === undefined) {
      return text(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
    }
  } else if (call.type === "HEARTBEAT") return { kind: "accepted", call };
  else if (core.recovering) return text(503, recovering);
  const run = core.find(call.framework_id.value, call.executor_id.value);
  if (typeof run === "string") return text(400, run);
  if (claims !== undefined) {
    const problem = claimsProblem(claims, call.framework_id.value, call.executor_id.value, run.containerId);
    if (problem !== undefined) return text(403, problem);
  }
  if (call.type === "SUBSCRIBE" && media !== undefined) return { kind: "stream", call, run, media };
  if (run.state === "REGISTERING") return text(403, "Executor is not subscribed");
  return call.type === "UNKNOWN" ? text(501, "501 Not Implemented.") : { kind: "accepted", call };
}

/** Does what an accepted call asks for. */
export function carryOut(call: ExecutorCall, core: AgentCore): void {
  if (call.type === "UPDATE") core.update(call.update.status);
  if (call.type === "MESSAGE") core.executorMessage(call.executor_id.value, call.message.data);
}

/** JSON whenever it is allowed: qualities are not weighed, except that 0 forbids. */
function acceptable(accept: string | undefined): MediaType | undefined {
  const allowed = (accept ?? "*/*").replace(/[ \t\n]/g, "").toLowerCase().split(",")
    .filter((type) => !/;q=0(\.0*)?$/.test(type))
    .map((type) => type.split(";")[0]);
  const media: readonly MediaType[] = ["application/json", "application/x-protobuf"];
  return media.find((type) => [type, "application/*", "*/*"].some((one) => allowed.includes(one)));
}

/** An answer in plain text. */
export function text(status: number, words: string, headers: Headers = []): AgentAnswer {
  return {
    kind: "text",
    status,
    headers: [...headers, ["Content-Type", "text/plain; charset=utf-8"]],
    text: words,
  };
}

/** Whether a call's answer says that the executor is to blame. */
export function blames(answer: AgentAnswer): boolean {
  return answer.kind === "text" && ([405, 406, 415, 501].includes(answer.status) ||
    (answer.status === 400 && !answer.text.endsWith("cannot be found")));
}
